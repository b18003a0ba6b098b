"""Trains a classifier, a GAN and a conditional GAN on MNIST with the shared library, and measures:
the share of conditional samples that the classifier recognises as their digit, and Fréchet
distances in the classifier's features beside those of real digits and of a Gaussian fitted to
the pixels.

usage: mnist_gan.py LIBRARY [--data FOLDER] [--out FOLDER] [--threads N] [--seed N]
                    [--only PART]... [--gan SPEC] [--cgan SPEC] [--classifier SPEC]

FOLDER has mnist/*.gz (default: the environment's GENREP_TEST_DATA).  Takes some 11 minutes of CPU
time; the last line is JSON.  Needs numpy.  docs/benchmarks.md tells what is measured and why.
"""
import argparse
import ctypes as c
import json
import os
import sys
import time

import numpy as np

F32, I32, U8 = 1, 3, 4
SAMPLES = 10000
TRUNK = ("flatten; dropout p=0.2; linear out=512; batch_norm; relu; dropout p=0.4; "
         "linear out=256; batch_norm; relu; dropout p=0.4")
HEAD = "; linear out=10"
STEPS = {"classifier": 12000, "gan": 10000, "cgan": 10000}


def adam(steps, rate, beta):
    """Adam whose rate falls to 0 over the second half of the steps."""
    return f"adam lr={rate} beta1={beta} schedule=linear hold={steps // 2} total={steps}"


SPECS = {
    "classifier": f"classifier batch=128 steps={STEPS['classifier']} network='{TRUNK}{HEAD}' "
                  f"optimizer='{adam(STEPS['classifier'], '1e-3', '0.9')}'",
    "gan": f"gan batch=128 ema=0.999 steps={STEPS['gan']}",
    "cgan": f"cgan batch=128 ema=0.999 steps={STEPS['cgan']}",
}


class Library:
    """The calls that are needed, by exception where they fail; handles live as long as the run."""

    def __init__(self, path, spec):
        self.lib = c.CDLL(path)
        for name in ("ctx_error", "layer_spec", "trainer_metric_name"):
            getattr(self.lib, "genrep_" + name).restype = c.c_char_p
        self.lib.genrep_tensor_data.restype = self.lib.genrep_tensor_read.restype = c.c_void_p
        self.lib.genrep_layer_parameters.restype = c.c_int64
        self.ctx = c.c_void_p()
        if self.lib.genrep_ctx_new(spec.encode(), None, c.byref(self.ctx)):
            sys.exit(f"no context from '{spec}'")

    def call(self, name, *args):
        status = getattr(self.lib, "genrep_" + name)(*args)
        if status < 0:
            sys.exit(f"{name}: {self.lib.genrep_ctx_error(self.ctx).decode()}")
        return status

    def new(self, name, *args):
        out = c.c_void_p()
        self.call(name, *args, c.byref(out))
        return out

    def unref(self, kind, handle):
        getattr(self.lib, f"genrep_{kind}_unref")(handle)

    def tensor(self, array):
        """A tensor of a copy."""
        kind = {"float32": F32, "int32": I32, "uint8": U8}[array.dtype.name]
        shape = (c.c_int64 * array.ndim)(*array.shape)
        out = self.new("tensor_new", self.ctx, kind, array.ndim, shape)
        c.memmove(self.lib.genrep_tensor_data(out), np.ascontiguousarray(array).ctypes.data,
                  array.nbytes)
        return out

    def array(self, tensor):
        """A copy of a tensor, which is given back."""
        kind, rank, shape = c.c_int32(), c.c_int32(), (c.c_int64 * 8)()
        self.call("tensor_info", tensor, c.byref(kind), c.byref(rank), shape, None)
        types = {F32: np.float32, I32: np.int32, U8: np.uint8}
        out = np.empty(shape[:rank.value], types[kind.value])
        c.memmove(out.ctypes.data, self.lib.genrep_tensor_read(tensor), out.nbytes)
        self.unref("tensor", tensor)
        return out

    def dataset(self, images, labels):
        tensors = (c.c_void_p * 2)(self.tensor(images), self.tensor(labels))
        names = (c.c_char_p * 2)(b"images", b"labels")
        return self.new("dataset_from_tensors", self.ctx, 2, names, tensors)

    def apply(self, network, images, batch=500):
        """What the network gives in use for images in -1..1."""
        tape = self.new("tape_new", self.ctx, b"mode=eval")
        parts = []
        for begin in range(0, len(images), batch):
            self.call("tape_reset", tape, c.c_int64(0))
            given = self.tensor(images[begin:begin + batch])
            made = c.c_void_p()
            self.call("layer_apply", network, tape, c.byref(given), 1, c.byref(made), 1)
            parts.append(self.array(made))
            self.unref("tensor", given)
        self.unref("tape", tape)
        return np.concatenate(parts)

    def trunk(self, network, head):
        """The network without its last layers, with copies of the parameters."""
        spec = self.lib.genrep_layer_spec(network).decode()
        assert spec.endswith(head), spec
        trunk = self.new("layer_new", self.ctx, spec[:-len(head)].encode())
        values = {}
        for layer in (network, trunk):
            for index in range(self.lib.genrep_layer_parameters(layer)):
                name, value = c.c_char_p(), c.c_void_p()
                self.call("layer_parameter", layer, c.c_int64(index), c.byref(name), c.byref(value),
                          None)
                if layer is network:
                    values[name.value] = value
                else:
                    self.call("layer_set", trunk, name, values[name.value])
        return trunk


def train(g, part, spec, data):
    """Trains to the end of the spec's steps; the trainer, and the CPU and wall seconds it took."""
    trainer = g.new("trainer_new", g.ctx, spec.encode(), data)
    done, total = c.c_int64(), c.c_int64()
    cpu, wall = time.process_time(), time.monotonic()
    while True:
        status = g.call("trainer_step", trainer, c.c_int64(500))
        g.call("trainer_progress", trainer, c.byref(done), c.byref(total))
        metrics, index = [], 0
        while (name := g.lib.genrep_trainer_metric_name(trainer, index)) is not None:
            value = c.c_double()
            g.call("trainer_metric", trainer, name, c.byref(value))
            metrics.append(f"{name.decode()} {value.value:.4g}")
            index += 1
        print(f"\r{part} {done.value}/{total.value} {' '.join(metrics):100.100}", end="",
              file=sys.stderr, flush=True)
        if status != 0 or total.value == 0:
            break
    print(file=sys.stderr)
    seconds = time.process_time() - cpu, time.monotonic() - wall
    print(f"{part}: {done.value} steps, {seconds[0]:.0f} s of CPU time, {seconds[1]:.0f} s")
    return trainer, {"steps": done.value, "cpu_s": round(seconds[0], 1),
                     "wall_s": round(seconds[1], 1)}


def sample(g, trainer, labels, stream):
    given = None if labels is None else g.tensor(labels)
    count = SAMPLES if labels is None else len(labels)
    images = g.array(g.new("trainer_sample", trainer, c.c_int64(count), given, c.c_uint64(stream)))
    return images.reshape(count, 28, 28)


def statistics(features):
    return features.mean(0, dtype=np.float64), np.cov(features.astype(np.float64), rowvar=False)


def frechet(a, b):
    """|m1 - m2|^2 + tr S1 + tr S2 - 2 tr (S1^1/2 S2 S1^1/2)^1/2 (Heusel et al. 2017)."""
    (m1, s1), (m2, s2) = a, b
    values, vectors = np.linalg.eigh(s1)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    both = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ s2 @ root), 0)).sum()
    return float(((m1 - m2) ** 2).sum() + np.trace(s1) + np.trace(s2) - 2 * both)


def gaussian(images, seed):
    """m + L z with the mean and covariance of the pixels: L from the eigenvectors, as pixels that
    never change make the covariance singular."""
    flat = images.reshape(len(images), -1).astype(np.float64)
    values, vectors = np.linalg.eigh(np.cov(flat, rowvar=False))
    z = np.random.default_rng(seed).standard_normal((SAMPLES, flat.shape[1]))
    made = flat.mean(0) + (z * np.sqrt(np.maximum(values, 0))) @ vectors.T
    return made.astype(np.float32).reshape(-1, 28, 28)


def grid(g, images, path):
    """Ten rows of ten, one column a digit."""
    g.call("image_grid", g.tensor(np.ascontiguousarray(images[:100])), b"columns=10 scale=2",
           os.fsencode(path))


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].split("\n\n")[0])
    parser.add_argument("library")
    parser.add_argument("--data", default=os.environ.get("GENREP_TEST_DATA"))
    parser.add_argument("--out", help="where sample grids and the classifier go")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", choices=["gan", "cgan"])
    for part, spec in SPECS.items():
        parser.add_argument("--" + part, default=spec)
    args = parser.parse_args()
    if not args.data:
        sys.exit("where is MNIST?  --data FOLDER, or GENREP_TEST_DATA")
    g = Library(args.library, f"seed={args.seed} threads={args.threads}")

    def load(name):
        path = os.path.join(args.data, "mnist", name + "-ubyte.gz")
        return g.array(g.new("tensor_load", g.ctx, os.fsencode(path), None))

    images, labels = load("train-images-idx3"), load("train-labels-idx1").astype(np.int32)
    test, test_labels = load("t10k-images-idx3"), load("t10k-labels-idx1")
    data = g.dataset(images, labels)
    images, test = (x.astype(np.float32) / 127.5 - 1 for x in (images, test))
    out = {"seed": args.seed, "threads": args.threads}

    saved = args.out and os.path.join(args.out, "classifier.safetensors")
    if args.out:
        os.makedirs(args.out, exist_ok=True)
    if saved and os.path.exists(saved):
        network = g.new("layer_load", g.ctx, os.fsencode(saved), None)
    else:
        trainer, out["classifier"] = train(g, "classifier", args.classifier, data)
        network = g.new("trainer_layer", trainer, b"network")
        if saved:
            g.call("layer_save", network, os.fsencode(saved))
    out["test_accuracy"] = float((g.apply(network, test).argmax(1) == test_labels).mean())
    print(f"classifier: {100 * out['test_accuracy']:.2f} % of the test images right")

    trunk = g.trunk(network, HEAD)
    real = statistics(g.apply(trunk, test))

    def distance(name, made):
        out["frechet_" + name] = value = frechet(real, statistics(g.apply(trunk, made)))
        print(f"Fréchet distance to the test images, {name}: {value:.2f}")
        return value

    distance("training_images", images[:SAMPLES])
    fitted = gaussian(images, args.seed)
    baseline = min(distance("gaussian", fitted),
                   distance("gaussian_clamped", np.clip(fitted, -1, 1)))

    def recognised(made, digits):
        return g.apply(network, made).argmax(1) == digits

    digits = np.arange(SAMPLES, dtype=np.int32) % 10
    for part in args.only or ["gan", "cgan"]:
        trainer, out[part] = train(g, part, getattr(args, part), data)
        made = sample(g, trainer, digits if part == "cgan" else None, stream=1)
        value = distance(part, made)
        if part == "gan":
            print(f"gan: {value / baseline:.3f} of the fitted Gaussian's distance")
            out["gan_of_gaussian"] = value / baseline
        else:
            right = recognised(made, digits)
            out["recognised"] = float(right.mean())
            each = [100 * right[digits == digit].mean() for digit in range(10)]
            print(f"cgan: {100 * right.mean():.2f} % of the samples recognised as their digit; "
                  f"by digit {' '.join(f'{x:.1f}' for x in each)}")
        if args.out:
            grid(g, made, os.path.join(args.out, part + ".png"))
        g.unref("trainer", trainer)
    print(json.dumps({k: round(v, 4) if isinstance(v, float) else v for k, v in out.items()}))


if __name__ == "__main__":
    main()
