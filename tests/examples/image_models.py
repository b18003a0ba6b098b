"""pix2pix, cyclegan, stylegan, superres (and the frame they share with gan and cgan): what they
write, the report, stopping by -minutes, resuming.

usage: image_models.py CYCLEGAN PIX2PIX STYLEGAN SUPERRES GAN
"""
import html
import json
import os
import random
import re
import subprocess
import sys
import tempfile

CYCLEGAN, PIX2PIX, STYLEGAN, SUPERRES, GAN = sys.argv[1:6]
SIDE = 16


def run(*arguments, status=0):
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    if done.returncode != status:
        sys.exit(f"{arguments}: status {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout if status == 0 else done.stderr


def expect(condition, what):
    if not condition:
        sys.exit(f"failed: {what}")


def write_images(folder):
    """Discs of two colours on white, PPM; and a table of their colours."""
    draw = random.Random(1)
    rows = ["file,warm"]
    for kind in "ab":
        os.makedirs(os.path.join(folder, kind))
        for i in range(12):
            x0, y0, radius = draw.uniform(5, 11), draw.uniform(5, 11), draw.uniform(3, 5)
            colour = (220, 80, 40) if kind == "a" else (40, 90, 200)
            pixels = bytearray()
            for y in range(SIDE):
                for x in range(SIDE):
                    inside = (x - x0) ** 2 + (y - y0) ** 2 < radius ** 2
                    pixels += bytes(colour if inside else (255, 255, 255))
            name = f"{kind}{i:02}.ppm"
            rows.append(f"{name},{int(kind == 'a')}")
            with open(os.path.join(folder, kind, name), "wb") as file:
                file.write(b"P6 %d %d 255\n" % (SIDE, SIDE) + pixels)
    with open(os.path.join(folder, "table.csv"), "w", encoding="utf-8") as file:
        file.write("\n".join(rows) + "\n")


def is_png(path):
    with open(path, "rb") as file:
        return file.read(8) == b"\x89PNG\r\n\x1a\n"


def check_run(program, folder, name, data, trainer, networks, extra=()):
    out = os.path.join(folder, name)
    line = run(program, "-data", data, "-trainer", trainer, "-steps", "6", "-every", "2", "-rows",
               "2", "-quiet", "-json", "-out", out, *extra)
    result = json.loads(line)
    expect(result["trainer"] == name and result["steps"] == 6, result)
    for picture in ["samples.png", "samples-0000002.png", "samples-0000006.png"]:
        expect(is_png(os.path.join(out, picture)), f"{name}: {picture}")
    for network in networks:
        expect(os.path.getsize(os.path.join(out, network)) > 1000, f"{name}: {network}")
    with open(os.path.join(out, "losses.csv"), encoding="utf-8") as file:
        lines = file.read().split("\n")
    heading = lines[0].split(",")
    expect(heading[0] == "step" and len(lines) == 8 and lines[7] == "", lines)
    expect([row.split(",")[0] for row in lines[1:7]] == [str(i) for i in range(1, 7)], lines)
    expect(all(len(row.split(",")) == len(heading) for row in lines[1:7]), lines)
    check_report(out, name, data)
    return out


def check_report(out, name, data):
    """Whole, without anything from elsewhere, and every picture that it shows is there."""
    with open(os.path.join(out, "report.html"), encoding="utf-8") as file:
        page = file.read()
    expect(page.startswith("<!doctype html>") and page.rstrip().endswith("</html>"), name)
    expect(f"<h1>{name}</h1>" in page and "<polyline" in page, f"{name}: title and curves")
    expect(html.escape(data, quote=False) in page, f"{name}: the data are told")
    expect("http:" not in page and "https:" not in page and "<script" not in page, name)
    for source in re.findall(r'(?:src|href)="([^"]*)"', page):
        expect(is_png(os.path.join(out, source)), f"{name}: {source}")
    with open(os.path.join(out, "losses.svg"), encoding="utf-8") as file:
        expect(file.read().startswith('<svg xmlns="http://www.w3.org/2000/svg"'), name)


with tempfile.TemporaryDirectory() as root:
    write_images(root)
    images = f"path='{root}/a' size={SIDE}"
    small_d = "discriminator='conv2d in=%d out=4 kernel=4 stride=2 pad=1; leaky_relu; conv2d out=1'"
    one = ["generator.safetensors"]
    check_run(PIX2PIX, root, "pix2pix", f"pairs {images} derive=grey part=train holdout=0.3",
              "batch=2 width=2 generator='unet_generator size=16 in=1 width=2 norm=instance_norm' "
              + small_d % 4, one, ["-test", f"pairs {images} derive=grey part=test holdout=0.3"])
    check_run(CYCLEGAN, root, "cyclegan", f"unpaired a='{root}/a' b='{root}/b' size={SIDE}",
              "width=2 blocks=1 pool=2 " + small_d % 3,
              ["generator_ab.safetensors", "generator_ba.safetensors"])
    out = check_run(STYLEGAN, root, "stylegan", f"images {images}",
                    "batch=4 latent=4 style=4 depth=1 width=2 most=4", one)
    expect(is_png(os.path.join(out, "interpolation.png")), "interpolation")
    table = f"table='{root}/table.csv' attributes=warm"
    check_run(SUPERRES, root, "superres", f"images path='{root}' size={SIDE} {table}",
              "batch=2 width=2 blocks=1 adversarial=1e-3", one)

    # What a page must not believe: names with signs of HTML in them.
    odd = os.path.join(root, "a & <b>")
    os.rename(os.path.join(root, "a"), odd)
    check_run(GAN, root, "gan", f"images path='{odd}' size={SIDE}",
              "batch=4 latent=4 generator='mlp_generator shape=\"3 16 16\" width=2 latent=4' "
              "discriminator='mlp_discriminator shape=\"3 16 16\" width=2'", one)

    # Stopping by the clock, then going on from the checkpoint.
    saved = os.path.join(root, "run.safetensors")
    common = [GAN, "-data", f"images path='{odd}' size={SIDE}", "-trainer", "batch=4", "-quiet",
              "-json", "-steps", "400", "-out", os.path.join(root, "again"), "-checkpoint", saved]
    first = json.loads(run(*common, "-minutes", "0.001"))
    expect(0 < first["steps"] < 400, first)
    second = json.loads(run(*common, "-minutes", "0.001", "-resume", saved))
    expect(second["steps"] > first["steps"], second)

    # What is missing is said.
    expect("-data is missing" in run(PIX2PIX, "-out", root, status=2), "no data")
    text = run(PIX2PIX, "-data", f"images path='{odd}' size={SIDE}", "-out", root, status=1)
    expect("no field 'source'" in text, text)
    for program in (CYCLEGAN, PIX2PIX, STYLEGAN, SUPERRES):
        expect("-data SPEC" in run(program, "--help"), program)
