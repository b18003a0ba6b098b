"""Uses the shared library from Python with ctypes and nothing else: trains, reads parameters, sees
error texts, lends memory through DLPack, and is called back.

usage: test_ctypes.py LIBRARY
"""
import ctypes as c
import sys

F32, U8, I32 = 1, 4, 3
INVALID, USER = -2, -10

lib = c.CDLL(sys.argv[1])
VOID, I64, I32T, TEXT = c.c_void_p, c.c_int64, c.c_int32, c.c_char_p
HANDLES = c.POINTER(VOID)

# Results that are not int32_t.  Arguments are wrapped where they are not pointers or int.
for name, result in {
        "genrep_version": c.c_uint32, "genrep_ctx_error": TEXT, "genrep_layer_spec": TEXT,
        "genrep_status_name": TEXT, "genrep_layer_parameters": I64, "genrep_tensor_data": VOID,
        "genrep_tensor_read": VOID, "genrep_density_spec": TEXT,
        "genrep_dataset_count": I64, "genrep_build_info": TEXT}.items():
    getattr(lib, name).restype = result
for name in ("ctx", "layer", "tape", "optimizer", "tensor", "dataset", "trainer", "density"):
    unref = getattr(lib, f"genrep_{name}_unref")
    unref.restype, unref.argtypes = None, [VOID]


class Error(Exception):
    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


class Context:
    """A context, and the calls that fail by exception."""

    def __init__(self, spec=b"seed=1"):
        self.ctx = VOID()
        if lib.genrep_ctx_new(spec, None, c.byref(self.ctx)):
            raise Error(INVALID, "no context")

    def call(self, name, *args):
        status = getattr(lib, "genrep_" + name)(*args)
        if status < 0:
            raise Error(status, lib.genrep_ctx_error(self.ctx).decode())
        return status

    def new(self, name, *args):
        out = VOID()
        self.call(name, *args, c.byref(out))
        assert out.value
        return out

    def layer(self, spec):
        return self.new("layer_new", self.ctx, spec)

    def tensor(self, values, shape, dtype=F32):
        out = self.new("tensor_new", self.ctx, dtype, len(shape), (I64 * len(shape))(*shape))
        kind = {F32: c.c_float, I32: c.c_int32, U8: c.c_uint8}[dtype]
        (kind * len(values)).from_address(lib.genrep_tensor_data(out))[:] = values
        return out

    def apply(self, layer, tape, *inputs):
        out = VOID()
        self.call("layer_apply", layer, tape, (VOID * len(inputs))(*inputs), len(inputs),
                  c.byref(out), 1)
        return out

    def close(self, *handles):
        for kind, handle in handles:
            getattr(lib, f"genrep_{kind}_unref")(handle)
        now = I64()
        self.call("ctx_memory", self.ctx, c.byref(now), None)
        lib.genrep_ctx_unref(self.ctx)
        return now.value


def floats(tensor, count):
    return (c.c_float * count).from_address(lib.genrep_tensor_read(tensor))[:]


def train(g, net, steps=300):
    """Fits y = x1 x2 with what is returned as (first loss, last loss)."""
    grid = [(a / 4, b / 4) for a in range(-4, 5) for b in range(-4, 5)]
    x = g.tensor([v for pair in grid for v in pair], (len(grid), 2))
    y = g.tensor([a * b for a, b in grid], (len(grid), 1))
    mse, tape = g.layer(b"mse"), g.new("tape_new", g.ctx, None)
    optimizer = g.new("optimizer_new", g.ctx, b"adam lr=0.02")
    g.call("optimizer_add", optimizer, net)
    losses = []
    for step in range(steps):
        g.call("tape_reset", tape, I64(step))
        out = g.apply(net, tape, x)
        loss = g.apply(mse, tape, out, y)
        g.call("tape_backward", tape, loss)
        g.call("optimizer_step", optimizer)
        losses.append(floats(loss, 1)[0])
        lib.genrep_tensor_unref(loss)
        lib.genrep_tensor_unref(out)
    for kind, handle in (("optimizer", optimizer), ("tape", tape), ("layer", mse), ("tensor", y),
                         ("tensor", x)):
        getattr(lib, f"genrep_{kind}_unref")(handle)
    return losses[0], losses[-1]


def test_a_network_learns_and_its_parameters_are_readable():
    g = Context()
    net = g.layer(b"linear in=2 out=16; tanh; linear out=1")
    first, last = train(g, net)
    assert last < 0.02 and last < first / 5, (first, last)
    names = []
    for index in range(lib.genrep_layer_parameters(net)):
        name, value, count = TEXT(), VOID(), I64()
        g.call("layer_parameter", net, I64(index), c.byref(name), c.byref(value), None)
        g.call("tensor_info", value, None, None, None, c.byref(count))
        assert any(floats(value, count.value))
        names.append(name.value.decode())
    assert names == ["0.weight", "0.bias", "2.weight", "2.bias"], names
    g.close(("layer", net))


def test_a_dataset_in_memory_trains_a_gan():
    g = Context()
    images = g.tensor([i % 256 for i in range(32 * 16)], (32, 16), U8)
    data = g.new("dataset_from_tensors", g.ctx, 1, (TEXT * 1)(b"images"), (VOID * 1)(images))
    assert lib.genrep_dataset_count(data) == 32
    trainer = g.new("trainer_new", g.ctx, b"gan batch=8 steps=4", data)
    g.call("trainer_step", trainer, I64(3))
    done, value = I64(), c.c_double()
    g.call("trainer_progress", trainer, c.byref(done), None)
    g.call("trainer_metric", trainer, b"loss_d", c.byref(value))
    assert done.value == 3 and 0 < value.value < 100, (done, value)
    assert lib.genrep_trainer_step(trainer, I64(3)) == 1, "the fourth step is the last"
    g.close(("trainer", trainer), ("dataset", data), ("tensor", images))


def test_a_bad_spec_is_refused_with_a_text_that_helps():
    g = Context()
    for spec, status, word in ((b"linear in=2 otu=3", INVALID, "out"),
                               (b"linnear in=2", INVALID, "linear"),
                               (b"leaky_relu slope=0,2", INVALID, "0,2")):
        try:
            g.layer(spec)
        except Error as error:
            assert error.status == status and word in str(error), (spec, error.status, str(error))
        else:
            raise AssertionError(f"{spec} was accepted")
    g.close()


class Logger(c.Structure):
    WRITE = c.CFUNCTYPE(None, VOID, I32T, TEXT)
    _fields_ = [("size", c.c_size_t), ("user", VOID), ("level", I32T), ("reserved", I32T),
                ("write", WRITE)]


def test_a_logger_in_python_is_taken_and_a_struct_of_another_size_is_not():
    g = Context()
    lines = []
    write = Logger.WRITE(lambda user, level, text: lines.append(text.decode()))
    logger = Logger(c.sizeof(Logger), None, 3, 0, write)
    g.call("ctx_set_logger", g.ctx, c.byref(logger))
    net = g.layer(b"linear in=2 out=4; tanh; linear out=1")
    train(g, net, 3)
    logger.size = 4
    assert lib.genrep_ctx_set_logger(g.ctx, c.byref(logger)) == -8
    g.call("ctx_set_logger", g.ctx, None)
    assert all(line and "\n" not in line for line in lines), lines
    g.close(("layer", net))


class Source(c.Structure):
    READ = c.CFUNCTYPE(I32T, VOID, I64, I32T, VOID)
    _fields_ = [("size", c.c_size_t), ("user", VOID), ("count", I64), ("n_fields", I32T),
                ("reserved", I32T), ("names", c.POINTER(TEXT)), ("dtypes", c.POINTER(I32T)),
                ("ranks", c.POINTER(I32T)), ("shapes", c.POINTER(c.POINTER(I64))), ("read", READ)]


def test_samples_come_from_python_and_its_failure_comes_back():
    g = Context()
    broken = []

    def read(user, sample, field, to):
        if broken:
            return 1
        (c.c_float * 3).from_address(to)[:] = [sample, sample + 0.25, sample + 0.5]
        return 0

    callback = Source.READ(read)
    shapes = (c.POINTER(I64) * 1)(c.cast((I64 * 1)(3), c.POINTER(I64)))
    source = Source(c.sizeof(Source), None, 10, 1, 0, (TEXT * 1)(b"points"), (I32T * 1)(F32),
                    (I32T * 1)(1), shapes, callback)
    data = g.new("dataset_from_source", g.ctx, c.byref(source))
    batch = g.tensor([0.0] * 30, (10, 3))
    g.call("dataset_batch", data, I64(0), (VOID * 1)(batch), 1)
    rows = floats(batch, 30)
    assert sorted(rows[::3]) == list(range(10)), "a pass takes each sample once"
    assert all(rows[i + 1] == rows[i] + 0.25 for i in range(0, 30, 3))
    broken.append(True)
    assert lib.genrep_dataset_batch(data, I64(1), (VOID * 1)(batch), 1) == USER
    assert lib.genrep_ctx_error(g.ctx)
    g.close(("dataset", data), ("tensor", batch))


class TextSource(c.Structure):
    READ = c.CFUNCTYPE(I32T, VOID, VOID, c.c_size_t, c.POINTER(c.c_size_t))
    REWIND = c.CFUNCTYPE(I32T, VOID)
    _fields_ = [("size", c.c_size_t), ("user", VOID), ("read", READ), ("rewind", REWIND)]


def test_text_comes_from_python_line_by_line():
    g = Context(b"seed=1 threads=2")
    lines, place = [b"the cat sat\n", b"the dog sat\n"] * 50, [0]

    def read(user, to, size, got):
        line = lines[place[0]] if place[0] < len(lines) else b""
        assert len(line) <= size
        c.memmove(to, line, len(line))
        got[0] = len(line)
        place[0] += 1
        return 0

    def rewind(user):
        place[0] = 0
        return 0

    source = TextSource(c.sizeof(TextSource), None, TextSource.READ(read),
                        TextSource.REWIND(rewind))
    text = g.new("dataset_from_text_source", g.ctx, c.byref(source))
    trainer = g.new("trainer_new", g.ctx, b"word2vec size=8 min_count=1 epochs=2", text)
    while g.call("trainer_step", trainer, I64(1)) == 0:
        pass
    words, loss = c.c_double(), c.c_double()
    g.call("trainer_metric", trainer, b"words", c.byref(words))
    assert words.value == 2 * 4 * len(lines)
    g.call("trainer_evaluate", trainer, text, c.byref(loss))
    assert 0 < loss.value < 10
    del lines[60:]
    assert lib.genrep_trainer_evaluate(trainer, text, c.byref(loss)) == 0
    g.close(("trainer", trainer), ("dataset", text))


class Call(c.Structure):
    _fields_ = [("size", c.c_size_t), ("dtype", I32T), ("training", I32T), ("n_inputs", I32T),
                ("n_parameters", I32T), ("ranks", c.POINTER(I32T)),
                ("shapes", c.POINTER(c.POINTER(I64))), ("inputs", HANDLES),
                ("parameters", HANDLES), ("output", VOID), ("output_count", I64),
                ("output_gradient", VOID), ("input_gradients", HANDLES),
                ("parameter_gradients", HANDLES)]


class CustomLayer(c.Structure):
    RUN = c.CFUNCTYPE(I32T, VOID, VOID, c.POINTER(Call))
    _fields_ = [("size", c.c_size_t), ("user", VOID), ("name", TEXT), ("n_inputs", I32T),
                ("n_parameters", I32T), ("create", VOID), ("destroy", VOID), ("parameter", VOID),
                ("shape", VOID), ("forward", RUN), ("backward", RUN)]


def test_a_layer_written_in_python_has_the_gradient_it_claims():
    g = Context()

    def array(address, count):
        return (c.c_float * count).from_address(address)

    def forward(user, instance, call):  # y = x^2
        n = call.contents.output_count
        array(call.contents.output, n)[:] = [v * v for v in array(call.contents.inputs[0], n)]
        return 0

    def backward(user, instance, call, factor=2):
        n, to = call.contents.output_count, call.contents.input_gradients[0]
        if to:
            array(to, n)[:] = [factor * v * d for v, d in
                               zip(array(call.contents.inputs[0], n),
                                   array(call.contents.output_gradient, n))]
        return 0

    wrong = CustomLayer.RUN(lambda user, instance, call: backward(user, instance, call, 3))
    forward, right = CustomLayer.RUN(forward), CustomLayer.RUN(backward)
    x = g.tensor([0.5, -1.0, 2.0, 0.25], (2, 2))
    for name, back, good in ((b"square", right, True), (b"not_square", wrong, False)):
        kind = CustomLayer(c.sizeof(CustomLayer), None, name, 1, 0, None, None, None, None,
                           forward, back)
        g.call("layer_register", g.ctx, c.byref(kind))
        layer = g.layer(name)
        status = lib.genrep_gradcheck(layer, (VOID * 1)(x), 1, None, None)
        assert (status == 0) == good, (name, status, lib.genrep_ctx_error(g.ctx))
        lib.genrep_layer_unref(layer)
    g.close(("tensor", x))


class Managed(c.Structure):
    """DLManagedTensorVersioned of DLPack 1.0."""


DELETER = c.CFUNCTYPE(None, c.POINTER(Managed))
Managed._fields_ = [("major", c.c_uint32), ("minor", c.c_uint32), ("manager", VOID),
                    ("deleter", DELETER), ("flags", c.c_uint64), ("data", VOID),
                    ("device", I32T), ("device_id", I32T), ("ndim", I32T), ("code", c.c_uint8),
                    ("bits", c.c_uint8), ("lanes", c.c_uint16), ("shape", c.POINTER(I64)),
                    ("strides", c.POINTER(I64)), ("byte_offset", c.c_uint64)]


def test_dlpack_goes_out_and_in_without_a_copy():
    g = Context()
    tensor = g.tensor([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], (2, 3))
    managed = c.POINTER(Managed)()
    g.call("tensor_to_dlpack", tensor, c.byref(managed))
    seen = managed.contents
    assert (seen.major, seen.device, seen.ndim, seen.code, seen.bits) == (1, 1, 2, 2, 32)
    assert seen.shape[:2] == [2, 3] and seen.data == lib.genrep_tensor_read(tensor)
    back = g.new("tensor_from_dlpack", g.ctx, managed)
    lib.genrep_tensor_unref(tensor)
    assert floats(back, 6) == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    lib.genrep_tensor_unref(back)

    memory, shape, freed = (c.c_float * 4)(1, 2, 3, 4), (I64 * 1)(4), []
    deleter = DELETER(lambda pointer: freed.append(True))
    mine = Managed(1, 0, None, deleter, 0, c.addressof(memory), 1, 0, 1, 2, 32, 1, shape, None, 0)
    taken = g.new("tensor_from_dlpack", g.ctx, c.byref(mine))
    assert lib.genrep_tensor_read(taken) == c.addressof(memory) and not freed
    lib.genrep_tensor_unref(taken)
    assert freed == [True]
    mine.device = 2
    out = VOID(1)
    assert lib.genrep_tensor_from_dlpack(g.ctx, c.byref(mine), c.byref(out)) == -6
    assert out.value == 1 and freed == [True], "on failure it stays the caller's"
    g.close()


def test_a_density_is_fitted_and_asked():
    g = Context()
    x = g.tensor([1, 3, 2, 6, 3, 3, 2, 0], (4, 2))
    density = g.new("density_fit", x, b"gaussian covariance=diagonal")
    assert lib.genrep_density_spec(density) == b"gaussian covariance=diagonal shrinkage=0"
    entropy = c.c_double()
    g.call("density_entropy", density, c.byref(entropy))
    # ln(2 pi e) + ln(0.5 * 4.5) / 2
    assert abs(entropy.value - 3.24334217451751) < 1e-12, entropy.value
    made = g.new("density_sample", density, I64(3), c.c_uint64(1))
    assert all(-30 < value < 30 for value in floats(made, 6))
    other, value, error = g.tensor([2, 3, 2, 6, 3, 3, 2, 2], (4, 2)), c.c_double(), c.c_double()
    g.call("compare", x, other, b"mse", c.byref(value), c.byref(error))
    assert value.value == (1 + 4) / 8 and error.value > 0, value.value
    try:
        g.call("compare", x, other, b"ssim", c.byref(value), None)
        raise AssertionError("ssim of numbers that are no images")
    except Error as refused:
        assert refused.status == INVALID and "takes images" in str(refused), refused
    g.close(("tensor", other), ("tensor", made), ("density", density), ("tensor", x))


def test_a_network_is_cut():
    g = Context()
    whole = g.layer(b"linear in=2 out=3; tanh; linear out=1")
    cut = g.new("layer_truncate", whole, I64(1))
    assert lib.genrep_layer_parameters(cut) == 2
    lib.genrep_layer_unref(whole)
    g.close(("layer", cut))


failed = 0
tests = [(name, test) for name, test in list(globals().items()) if name.startswith("test_")]
for name, test in tests:
    try:
        test()
        print("ok", name)
    except Exception as error:
        failed += 1
        print("FAILED", name, repr(error))
print(f"{len(tests) - failed} of {len(tests)} hold")
sys.exit(1 if failed else 0)
