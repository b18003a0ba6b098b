-- Uses the shared library from LuaJIT: reads the header, trains a network until it has learnt, and
-- sees error texts.
--   luajit test_luajit.lua LIBRARY PREPROCESSED_HEADER
local ffi = require 'ffi'

ffi.cdef(assert(io.open(arg[2])):read('*a'))
local lib = ffi.load(arg[1])
local ctx

local function check(status)
    if status < 0 then error(ffi.string(lib.genrep_ctx_error(ctx)), 2) end
    return status
end

-- new('layer', lib.genrep_layer_new, ctx, 'tanh'): the handle, given back by the collector.
local function new(kind, make, ...)
    local out = ffi.new('genrep_' .. kind .. ' *[1]')
    local arguments = {...}
    local count = select('#', ...)
    arguments[count + 1] = out
    check(make(unpack(arguments, 1, count + 1)))
    return ffi.gc(out[0], lib['genrep_' .. kind .. '_unref'])
end

local function tensor(shape)
    local sizes = ffi.new('int64_t[?]', #shape, shape)
    return new('tensor', lib.genrep_tensor_new, ctx, 1, #shape, sizes)
end

local function apply(layer, tape, ...)
    local count = select('#', ...)
    local inputs = ffi.new('genrep_tensor *[?]', count, {...})
    local out = ffi.new('genrep_tensor *[1]')
    check(lib.genrep_layer_apply(layer, tape, inputs, count, out, 1))
    return ffi.gc(out[0], lib.genrep_tensor_unref)
end

local function number(t) return ffi.cast('const float *', lib.genrep_tensor_read(t))[0] end

ctx = new('ctx', lib.genrep_ctx_new, 'seed=1', nil)

-- Two classes: inside and outside of a circle.
local n = 128
local x, labels = tensor({n, 2}), new('tensor', lib.genrep_tensor_new, ctx, 3, 1,
    ffi.new('int64_t[1]', n))
check(lib.genrep_tensor_random(x, 'uniform low=-1 high=1', 1))
local points = ffi.cast('const float *', lib.genrep_tensor_read(x))
local classes = ffi.cast('int32_t *', lib.genrep_tensor_data(labels))
for i = 0, n - 1 do
    classes[i] = points[2 * i] ^ 2 + points[2 * i + 1] ^ 2 < 0.5 and 1 or 0
end

local net = new('layer', lib.genrep_layer_new, ctx, 'linear in=2 out=16; relu; linear out=2')
local loss = new('layer', lib.genrep_layer_new, ctx, 'cross_entropy')
local optimizer = new('optimizer', lib.genrep_optimizer_new, ctx, 'adam lr=0.03')
local tape = new('tape', lib.genrep_tape_new, ctx, nil)
check(lib.genrep_optimizer_add(optimizer, net))
local first, last
for step = 0, 299 do
    check(lib.genrep_tape_reset(tape, step))
    local value = apply(loss, tape, apply(net, tape, x), labels)
    check(lib.genrep_tape_backward(tape, value))
    check(lib.genrep_optimizer_step(optimizer))
    last = number(value)
    first = first or last
end
print(('loss from %.3f to %.3f'):format(first, last))
assert(last < 0.1 and last < first / 4, 'the network does not learn')

assert(lib.genrep_layer_parameters(net) == 4)
local name = ffi.new('const char *[1]')
check(lib.genrep_layer_parameter(net, 2, name, nil, nil))
assert(ffi.string(name[0]) == '2.weight')

-- A bad spec: the status, and a text that names the word that was meant.
local out = ffi.new('genrep_layer *[1]')
assert(lib.genrep_layer_new(ctx, 'linear in=2 otu=1', out) == -2 and out[0] == nil)
assert(ffi.string(lib.genrep_ctx_error(ctx)):find('out', 1, true))

-- A logger written in Lua.
local lines = 0
local write = ffi.cast('void (*)(void *, int32_t, const char *)', function(_, _, text)
    assert(#ffi.string(text) > 0)
    lines = lines + 1
end)
local logger = ffi.new('genrep_logger', {size = ffi.sizeof('genrep_logger'), level = 3})
logger.write = write
check(lib.genrep_ctx_set_logger(ctx, logger))
check(lib.genrep_ctx_set_logger(ctx, nil))
write:free()

-- Any order of release is legal: the context first.  The rest goes when LuaJIT ends, which is after
-- it has unloaded the library.
lib.genrep_ctx_unref(ffi.gc(ctx, nil))
print('all holds')
