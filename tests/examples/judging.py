"""density and evaluate, with networks of classifier, gan and cgan: what they print and write.

usage: judging.py DENSITY EVALUATE CLASSIFIER GAN CGAN
"""
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import zlib

DENSITY, EVALUATE, CLASSIFIER, GAN, CGAN = sys.argv[1:6]
SIDE, SAMPLES = 12, 240


def run(*arguments, status=0):
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    if done.returncode != status:
        sys.exit(f"{arguments}: status {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout if status == 0 else done.stderr


def expect(condition, what):
    if not condition:
        sys.exit(f"failed: {what}")


def write_images(folder, name, seed):
    """Bars, upright (class 0) or level (class 1), with noise: IDX files, and their spec."""
    draw = random.Random(seed)
    pixels, labels = bytearray(), bytearray()
    for i in range(SAMPLES):
        at, upright = draw.randrange(2, SIDE - 2), i % 2 == 0
        labels.append(i % 2)
        for y in range(SIDE):
            for x in range(SIDE):
                inside = abs((x if upright else y) - at) <= 1
                pixels.append(min(255, max(0, int(draw.gauss(200 if inside else 50, 20)))))
    images = os.path.join(folder, name + "-images")
    with open(images, "wb") as file:
        file.write(struct.pack(">4B3I", 0, 0, 8, 3, SAMPLES, SIDE, SIDE) + pixels)
    with open(os.path.join(folder, name + "-labels"), "wb") as file:
        file.write(struct.pack(">4BI", 0, 0, 8, 1, SAMPLES) + labels)
    return f"idx images='{images}' labels='{os.path.join(folder, name)}-labels'"


def check_density(folder, data):
    out = os.path.join(folder, "density")
    result = json.loads(run(DENSITY, "-data", data, "-out", out, "-held-out", "0.25", "-json"))
    expect(result["samples"] == SAMPLES * 3 // 4 and result["numbers"] == SIDE * SIDE, result)
    expect(result["density"].startswith("gaussian covariance=full shrinkage=0."), result)
    expect(result["held_out"] < result["log_density"], "what was fitted is likelier")
    with open(os.path.join(out, "samples.png"), "rb") as file:
        expect(file.read(8) == b"\x89PNG\r\n\x1a\n", "samples are a PNG")
    expect(os.path.exists(os.path.join(out, "density.safetensors")), "the density is saved")
    ppca = json.loads(run(DENSITY, "-data", data, "-density", "ppca components=9", "-held-out",
                          "0", "-json"))
    expect(ppca["samples"] == SAMPLES and ppca["held_out"] is None, ppca)
    expect(abs(ppca["log_density"] + ppca["entropy"]) < 1e-6 * abs(ppca["entropy"]),
           "of what was fitted the mean log-density is the negative entropy")
    expect("mean log-density" in run(DENSITY, "-data", data), "a text for people")
    expect("shrinkage" in run(DENSITY, "-data", data, "-density", "gaussian", "-count", "99",
                              status=1), "what to do about a singular covariance")
    expect("held-out" in run(DENSITY, "--help"), "help")
    run(DENSITY, status=2)
    run(DENSITY, "-data", data, "-held-out", "1", status=2)


FIGURES = ["frechet", "kid", "precision", "recall", "density", "coverage"]


def rows_of(text):
    result = json.loads(text)
    for row in result["rows"]:
        expect(all(isinstance(row[name], float | int) for name in FIGURES), row)
        expect(row["kid_deviation"] >= 0 and row["frechet"] >= 0, row)
        expect(all(0 <= row[name] <= 1 for name in ("precision", "recall", "coverage")), row)
    return result, {row["set"]: row for row in result["rows"]}


def check_evaluate(folder, data, other):
    network, gan, cgan = (os.path.join(folder, name) for name in ("network", "gan", "cgan"))
    run(CLASSIFIER, "-data", data, "-out", network, "-steps", "60", "-quiet", "-trainer",
        "batch=20 classes=2 network=\"reshape shape='1 12 12'; "
        "small_classifier size=12 classes=2 width=4\"")
    run(GAN, "-data", data, "-out", gan, "-steps", "5", "-quiet", "-trainer",
        "batch=20 width=16 latent=7")
    run(CGAN, "-data", data, "-out", cgan, "-steps", "5", "-quiet", "-trainer",
        "batch=20 width=16")
    classifier = os.path.join(network, "network.safetensors")
    made = os.path.join(gan, "generator.safetensors")
    common = ["-real", data, "-count", "120", "-json"]
    result, rows = rows_of(run(EVALUATE, *common, "-classifier", classifier, "-generator", made,
                               "-baselines", "-components", "9"))
    with open(classifier, "rb") as file:
        expect(result["crc32"] == f"{zlib.crc32(file.read()):08x}", "the classifier's hash")
    expect(list(rows) == ["real", "made", "gaussian", "ppca"], rows)
    expect(result["count"] == 120 and result["features"] == 16 * 9, result)
    for name in ("made", "gaussian", "ppca"):
        expect(rows[name]["frechet"] > rows["real"]["frechet"], "real ones are nearest")
    expect(rows["real"]["classifier_score"] > 1.5 > rows["made"]["classifier_score"] >= 1, rows)
    _, cgan_rows = rows_of(run(EVALUATE, *common, "-generator",
                               os.path.join(cgan, "generator.safetensors")))
    expect(list(cgan_rows) == ["real", "made"], "without a classifier, of pixels")
    again, fake = rows_of(run(EVALUATE, *common, "-fake", other, "-threads", "1"))
    expect(again["classifier"] is None and again["features"] == SIDE * SIDE, again)
    expect(fake["made"]["frechet"] < cgan_rows["made"]["frechet"], "other bars are nearer")
    expect(fake["real"] == cgan_rows["real"], "the same figures each time, for any threads")
    text = run(EVALUATE, "-real", data, "-classifier", classifier, "-count", "60")
    expect("crc32" in text and text.splitlines()[-1].startswith("real "), text)
    expect("real" in run(EVALUATE, "--help"), "help")
    run(EVALUATE, status=2)
    run(EVALUATE, "-real", data, "-fake", other, "-generator", made, status=2)
    run(EVALUATE, "-real", data, "-classifier", classifier, "-drop", "99", status=1)


with tempfile.TemporaryDirectory() as temporary:
    bars, more = write_images(temporary, "a", 1), write_images(temporary, "b", 2)
    check_density(temporary, bars)
    check_evaluate(temporary, bars, more)
