#!/usr/bin/env python3
"""Writes the hand-made corpora: python3 tests/fuzz/corpus.py.  What an engine found is kept beside
them as found-*, and is not touched."""
import base64
import gzip
import json
import os
import struct
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))


def put(target, name, data):
    folder = os.path.join(HERE, "corpus", target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)


def gz(data):
    return gzip.compress(data, mtime=0)


# gzip
put("gzip", "plain", b"not compressed")
put("gzip", "empty", b"")
put("gzip", "one", gz(b"hello"))
put("gzip", "two-members", gz(b"hello, ") + gz(b"world"))
put("gzip", "nothing-inside", gz(b""))
put("gzip", "cut", gz(b"hello" * 9)[:-9])
put("gzip", "bad-checksum", gz(b"hello")[:-8] + bytes(8))
put("gzip", "zeros-behind", gz(b"hello") + bytes(16))
put("gzip", "magic-only", b"\x1f\x8b")
put("gzip", "long-run", gz(bytes(300000)))
put("gzip", "with-name", b"\x1f\x8b\x08\x08" + bytes(4) + b"\0\3name\0" + gz(b"x")[10:])


# Images: PNG of several kinds; JPEG made once by Pillow (grey 8 x 8, RGB 16 x 16, CMYK 16 x 16).
def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth, colour, rows, before=b"", interlace=0):
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    return (b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + before
            + png_chunk(b"IDAT", zlib.compress(rows, 9)) + png_chunk(b"IEND", b""))


GREY_JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkI"
    "BgcJBwYGCAsICQoKCgoKBggLDAsKDAkKCgr/wAALCAAIAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAACP/E"
    "ABoQAAAHAAAAAAAAAAAAAAAAAAAICSQ0QlL/2gAIAQEAAD8AJ6bZbYDDNR//2Q==")
RGB_JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQ"
    "DQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQU"
    "FBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBT/wAARCAAQABADASIAAhEBAxEB/8QAFQABAQAAAAAA"
    "AAAAAAAAAAAABwj/xAAZEAABBQAAAAAAAAAAAAAAAAAABgcjMqH/xAAVAQEBAAAAAAAAAAAAAAAAAAADBf/E"
    "ABkRAAMAAwAAAAAAAAAAAAAAAAAGIgUxMv/aAAwDAQACEQMRAD8AldPN/WPBNTzf1iwSk839Y8ExPN/WPCJk"
    "mTdCJDdxR//Z")
CMYK_JPEG = base64.b64decode(
    "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwADAgIDAgIDAwMDBAMDBAUIBQUEBAUKBwcGCAwKDAwLCgsLDQ4SEA0O"
    "EQ4LCxAWEBETFBUVFQwPFxgWFBgSFBUU/8AAFAgAEAAQBEMRAE0RAFkRAEsRAP/EABcAAQEBAQAAAAAAAAAA"
    "AAAAAAAJCAf/xAAaEAEAAQUAAAAAAAAAAAAAAAAABxdEZIGh/9oADgRDAE0AWQBLAAA/AMnwlb6ZPolj8caV"
    "TUAhK30USx+An/CVvpQCiWPwFAISt9FEsfgP/9k=")
PALETTE = png_chunk(b"PLTE", bytes([255, 0, 0, 0, 255, 0])) + png_chunk(b"tRNS", bytes([255, 128]))
put("image", "grey.png", png(2, 2, 8, 0, b"\0\1\2" + b"\1\3\4"))
put("image", "rgb16.png", png(1, 2, 16, 2, b"\0" + bytes(range(6)) + b"\2" + bytes(range(6))))
put("image", "bits.png", png(9, 1, 1, 0, b"\0\xaa\x80"))
put("image", "palette.png", png(4, 1, 2, 3, b"\0\x11", PALETTE))
put("image", "palette-outside.png", png(4, 1, 2, 3, b"\0\xff", PALETTE))
put("image", "alpha.png", png(1, 1, 8, 6, b"\0\1\2\3\4"))
put("image", "interlaced.png", png(3, 3, 8, 0, b"\0\1" + b"\0\2" + b"\0\3\4" + b"\0\5\6\7",
                                   interlace=1))
put("image", "huge.png", png(2**31 - 1, 2**31 - 1, 8, 2, b"\0\1\2\3"))
put("image", "few-rows.png", png(2, 9, 8, 0, b"\0\1\2"))
put("image", "cut.png", png(2, 2, 8, 0, b"\0\1\2" + b"\1\3\4")[:-20])
put("image", "bad-sum.png", png(2, 2, 8, 0, b"\0\1\2" + b"\1\3\4")[:-1] + b"x")
put("image", "grey.jpg", GREY_JPEG)
put("image", "rgb.jpg", RGB_JPEG)
put("image", "cmyk.jpg", CMYK_JPEG)
put("image", "cut.jpg", RGB_JPEG[:-40])
put("image", "head.jpg", RGB_JPEG[:30])
put("image", "tall.jpg",
    RGB_JPEG.replace(struct.pack(">HH", 16, 16), struct.pack(">HH", 65500, 65500)))
put("image", "grey.pgm", b"P5 # a comment\n2 2\n255\n\0\1\2\3")
put("image", "deep.ppm", b"P6 1 1 65535\n" + bytes(range(6)))
put("image", "short.ppm", b"P6 2 2 255\n123")
put("image", "large.pgm", b"P5 99999999999 2 255\n")
put("image", "none", b"not an image")

# Tables about images
put("image_table", "csv", b"file,one,two\na.png,1,3\nb.png,0,\n")
put("image_table", "quoted", b'file,"one",two\r\n"a.png","1","3"\r\n"b""x.png",?,"\n')
put("image_table", "celeba", b"2\none two\na.png  1 -1\nb.png -1  1\n")
put("image_table", "more-fields", b"file,one,two\na.png,1,3,4\n")
put("image_table", "heading-only", b"file,one,two")
put("image_table", "one-column", b"file\na.png\n")
put("image_table", "empty", b"")
put("image_table", "count-only", b"12\n")
put("image_table", "zero", b"file,one\na.png,\0\n")
put("image_table", "wide", b"file" + b"," * 5000 + b"\n")
put("image_table", "open-quote", b'file,"one\na.png,1\n')


# IDX
def idx(code, sizes, data):
    return struct.pack(">BBBB%dI" % len(sizes), 0, 0, code, len(sizes), *sizes) + data


put("idx", "u8", idx(8, [2, 3], b"abcdef"))
put("idx", "i32", idx(12, [2], struct.pack(">2i", 1, -2)))
put("idx", "f32", idx(13, [1], struct.pack(">f", 1.5)))
put("idx", "f64", idx(14, [1, 1, 1], struct.pack(">d", -0.1)))
put("idx", "gz", gz(idx(8, [2, 3], b"abcdef")))
put("idx", "gz-liar", gz(idx(8, [2**31 - 1, 2**31 - 1], b"abcdef")))
put("idx", "no-elements", idx(8, [0, 5], b""))
put("idx", "too-long", idx(8, [2], b"abc"))
put("idx", "too-short", idx(8, [4], b"abc"))
put("idx", "overflow", idx(14, [2**32 - 1] * 4, b""))
put("idx", "overflow-behind-zero", idx(8, [0] + [2**32 - 1] * 5, b""))
put("idx", "many-axes", idx(8, [1] * 200, b"x"))
put("idx", "i8", idx(9, [1], b"x"))


# npy
def npy(dictionary, data, version=1, length=None):
    text = dictionary.encode("latin-1")
    size = struct.pack("<H" if version == 1 else "<I", len(text) if length is None else length)
    return b"\x93NUMPY" + bytes([version, 0]) + size + text + data


def header(descr="'<f4'", order="False", shape="(2,)"):
    return "{'descr': %s, 'fortran_order': %s, 'shape': %s, }\n" % (descr, order, shape)


put("npy", "f4", npy(header(), bytes(8)))
put("npy", "version-2", npy(header(), bytes(8), 2))
put("npy", "version-3", npy(header("'|u1'", shape="()"), b"x", 3))
put("npy", "gz", gz(npy(header("'<i4'"), bytes(8))))
put("npy", "json-quotes", npy('{"shape":(1L,),"fortran_order":False,"descr":"<f8"}', bytes(8)))
put("npy", "fields", npy(header("[('x', '<f4')]"), bytes(8)))
put("npy", "columns", npy(header(order="True"), bytes(8)))
put("npy", "overflow", npy(header(shape="(4611686018427387904, 4)"), bytes(8)))
put("npy", "digits", npy(header(shape="(" + "9" * 40 + ",)"), bytes(8)))
put("npy", "many-axes", npy(header(shape="(" + "1, " * 20 + ")"), bytes(4)))
put("npy", "no-end", npy("{'descr': '<f4", bytes(8)))
put("npy", "long-header", npy("{", b"", 2, 2**32 - 1))
put("npy", "negative", npy(header(shape="(-1,)"), bytes(8)))


# safetensors
def safetensors(text, data, length=None):
    text = text if isinstance(text, bytes) else text.encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def entry(dtype="F32", shape=(2,), offsets=(0, 8)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


def put_st(name, content, data=b"", length=None):
    text = content if isinstance(content, (str, bytes)) else json.dumps(content)
    put("safetensors", name, safetensors(text, data, length))


put_st("good", json.dumps({
    "__metadata__": {"genrep.spec": "linear out=2"},
    "0.weight": entry(),
    "0.bias": entry("F64", (), (8, 16)),
    "\u00e9\n": entry("U8", (0, 3), (16, 16)),
}) + "  ", bytes(16))
put_st("nothing", "{}")
put_st("other-types", {"a": entry("BF16", (4,)), "b": entry("NEW", (1,), (8, 9))}, bytes(9))
put_st("overlap", {"a": entry(), "b": entry(offsets=(4, 12))}, bytes(12))
put_st("hole", {"a": entry(offsets=(4, 12))}, bytes(12))
put_st("backwards", {"a": entry(offsets=(8, 0))}, bytes(8))
put_st("behind-the-end", {"a": entry(offsets=(0, 2**63 - 1))}, bytes(8))
put_st("large-numbers", {"a": entry(offsets=(0, 2**64))}, bytes(8))
put_st("overflow", {"a": entry(shape=(2**32, 2**32), offsets=(0, 0))})
empty = json.dumps(entry(shape=(0,), offsets=(0, 0)))
put_st("twice", '{"a":%s,"a":%s}' % (empty, empty))
put_st("deep", '{"a":{"x":' + "[" * 64)
put_st("extra-keys", '{"a":{"x":[{"y":[1,-2.5e+3,true,null]}],"dtype":"U8","shape":[1],'
                     '"data_offsets":[0,1]}}', b"x")
put_st("escapes", '{"__metadata__":{"\\u00e9\\ud83d\\ude00\\"\\\\\\/\\b\\f\\n\\r\\t":""}}')
put_st("half-pair", '{"\\ud83d":1}')
put_st("not-utf8", b'{"\xff":1}')
put_st("checksum", {"__metadata__": {"crc32": "cbf43926"}, "a": entry("U8", (9,), (0, 9))},
       b"123456789")
put_st("length-huge", "{}", length=2**64 - 1)
put_st("length-too-long", "{}", length=3)
put("safetensors", "short", b"\2\0\0")


# word2vec's vectors
put("vectors", "text", b"3 2\n</s> 0 -0.5\nword 1e-3 .25\nNew York 3 4\n")
put("vectors", "binary", b"2 3\na " + struct.pack("<3f", 1, 2, 3) + b"\nb " +
    struct.pack("<3f", -1, 1e30, 1e-40) + b"\n")
put("vectors", "binary-close", b"2 1\na " + struct.pack("<f", 1) + b"b " + struct.pack("<f", 2))
put("vectors", "gz", gz(b"1 1\na 7\n"))
put("vectors", "twice", b"2 1\na 1\na 2\n")
put("vectors", "zero-row", b"2 2\na 0 0\nb 1 0\n")
put("vectors", "not-utf8", b"1 1\n\xff\xc3 1\n")
put("vectors", "empty-word", b"1 1\n 1\n")
put("vectors", "huge-header", b"9223372036854775807 65536\na \0")
put("vectors", "overflow-header", b"99999999999999999999 2\na 1 2\n")
put("vectors", "too-wide", b"1 65537\na 1\n")
put("vectors", "too-few", b"3 1\na 1\nb 2\n")
put("vectors", "too-many", b"1 1\na 1\nb 2\n")
put("vectors", "cut", b"2 3\na " + struct.pack("<3f", 1, 2, 3) + b"\nb " + bytes(5))
put("vectors", "infinite", b"1 1\na " + struct.pack("<f", float("inf")))
put("vectors", "large-number", b"1 1\na 1e39\n")
put("vectors", "long-word", b"1 1\n" + b"x" * 1001 + b" 1\n")
put("vectors", "nul", b"1 1\na\0b 1\n")
put("vectors", "no-header", b"the 0.1 0.2\n")
put("vectors", "carriage-returns", b"1 1\r\na 1\r\n\r\n")
put("vectors", "vec", b"2 2\n</s> 1 2 \na 0.5 -1e-3 \n")
put("vectors", "glove", b"the 0.1 0.2\n. . . 3 4\n\xff 5 6\n\n \n")
put("vectors", "glove-number", b"1999 0.1 0.2\n, 3 4\n")
put("vectors", "glove-too-few", b"the 0.1 0.2\na 3\n")
put("vectors", "glove-empty-line", b"the 0.1 0.2\n\na 3 4\n")
put("vectors", "glove-wide", b"the" + b" 1" * 65537 + b"\n")

# a matrix and its words: n (npy) or t (tsv), the words, a byte 30, the matrix
MATRIX = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }\n",
             struct.pack("<4f", 1, 2, 3, 4))
WIDE = npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1), }\n",
           struct.pack("<2d", 1, 2))
put("vectors_pair", "npy", b"na\nb c\n\x1e" + MATRIX)
put("vectors_pair", "npy-double", b"na\r\nb\x1e" + WIDE)
put("vectors_pair", "npy-large-double", b"na\nb\x1e" + WIDE[:-8] + struct.pack("<d", 1e300))
put("vectors_pair", "npy-few-words", b"na\n\x1e" + MATRIX)
put("vectors_pair", "npy-many-words", b"na\nb\nc\n\x1e" + MATRIX)
put("vectors_pair", "npy-twice", b"na\na\n\x1e" + MATRIX)
put("vectors_pair", "npy-nul", b"na\0\nb\n\x1e" + MATRIX)
put("vectors_pair", "npy-long-word", b"n" + b"x" * 1001 + b"\nb\n\x1e" + MATRIX)
put("vectors_pair", "npy-longer-word", b"n" + b"x" * 2001 + b"\nb\n\x1e" + MATRIX)
put("vectors_pair", "npy-cut", b"na\nb\n\x1e" + MATRIX[:-1])
put("vectors_pair", "npy-empty",
    b"n\x1e" + npy("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 2), }\n", b""))
put("vectors_pair", "npy-one-axis", b"na\nb\n\x1e" +
    npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", struct.pack("<2f", 1, 2)))
put("vectors_pair", "npy-octets", b"na\nb\n\x1e" +
    npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 1), }\n", b"ab"))
put("vectors_pair", "npy-infinite", b"na\nb\n\x1e" + MATRIX[:-4] + b"\0\0\x80\x7f")
put("vectors_pair", "tsv", b"ta\nb\n\x1e1\t2\n3\t-4e-3\n")
put("vectors_pair", "tsv-table", b"tword\tcount\na\t7\nb\t8\n\x1e1\t2\r\n3\t4")
put("vectors_pair", "tsv-tab", b"ta\nb\t8\n\x1e1\t2\n3\t4\n")
put("vectors_pair", "tsv-few-words", b"ta\n\x1e1\t2\n3\t4\n")
put("vectors_pair", "tsv-many-words", b"ta\nb\nc\n\x1e1\t2\n3\t4\n")
put("vectors_pair", "tsv-few-numbers", b"ta\nb\n\x1e1\t2\n3\n")
put("vectors_pair", "tsv-many-numbers", b"ta\nb\n\x1e1\t2\n3\t4\t5\n")
put("vectors_pair", "tsv-word", b"ta\nb\n\x1e1\t2\n3\tx\n")
put("vectors_pair", "tsv-empty-line", b"ta\nb\n\x1e1\t2\n\n3\t4\n")
put("vectors_pair", "tsv-nothing", b"t\x1e")


# word vectors in safetensors files
def fnv(word):
    h = 0xCBF29CE484222325
    for byte in word:
        h = (h ^ byte) * 0x100000001B3 % 2**64
    return h


def vectors_map(words=(b"a", b"bb"), n=None, dim=1, mark="1", starts=None, slots=None, text=None,
                lengths=None, drop=(), blanks=0):
    n = len(words) if n is None else n
    text = b"".join(w + b"\0" for w in words) if text is None else text
    if starts is None:
        starts = [sum(len(w) + 1 for w in words[:i]) for i in range(n + 1)]
        starts += starts[-1:] * (-len(starts) % 8)
    if slots is None:
        slots = [0] * 8
        for i, word in enumerate(words):
            at = fnv(word) % 8
            while slots[at]:
                at = (at + 1) % 8
            slots[at] = fnv(word) // 2**32 * 2**32 + i + 1
    lengths = [1.0] * n if lengths is None else lengths
    parts = [("word_starts", "U64", [len(starts)], struct.pack("<%dQ" % len(starts), *starts)),
             ("word_slots", "U64", [len(slots)], struct.pack("<%dQ" % len(slots), *slots)),
             ("vectors", "F32", [n, dim], struct.pack("<%df" % (n * dim), *range(1, n * dim + 1))),
             ("inverse_lengths", "F32", [len(lengths)],
              struct.pack("<%df" % len(lengths), *lengths)),
             ("words", "U8", [len(text)], text)]
    header, data = {"__metadata__": {"genrep.vectors": mark}}, b""
    for name, dtype, shape, raw in parts:
        if name in drop:
            continue
        header[name] = {"dtype": dtype, "shape": shape,
                        "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    head = json.dumps(header).encode()
    head += b" " * (-(len(head) + 8) % 64 + blanks)
    return struct.pack("<Q", len(head)) + head + data


put("vectors_map", "good", vectors_map())
put("vectors_map", "wide", vectors_map((b"one", b"", b"three"), dim=5))
put("vectors_map", "not-marked", vectors_map(mark="2"))
for name in ("word_starts", "word_slots", "vectors", "inverse_lengths", "words"):
    put("vectors_map", "no-" + name, vectors_map(drop=(name,)))
put("vectors_map", "few-lengths", vectors_map(lengths=[1.0]))
put("vectors_map", "starts-short", vectors_map(starts=[0, 2]))
put("vectors_map", "starts-beyond", vectors_map(starts=[0, 2, 2**63] + [5] * 5))
put("vectors_map", "starts-behind", vectors_map(starts=[0, 900, 5] + [5] * 5))
put("vectors_map", "starts-fall", vectors_map(starts=[0, 6, 5] + [5] * 5))
put("vectors_map", "starts-late", vectors_map(starts=[1, 2, 5] + [5] * 5))
put("vectors_map", "starts-end", vectors_map(starts=[0, 2, 4] + [4] * 5))
put("vectors_map", "no-zero", vectors_map(text=b"a\0bbb"))
put("vectors_map", "zero-inside", vectors_map(text=b"\0\0\0\0\0"))
put("vectors_map", "long-word", vectors_map((b"a", b"x" * 1001)))
put("vectors_map", "slots-full", vectors_map(slots=[1, 2]))
put("vectors_map", "slots-odd", vectors_map(slots=[1, 2, 0]))
put("vectors_map", "slots-none", vectors_map(slots=[0] * 8))
put("vectors_map", "slots-beyond", vectors_map(slots=[1, 3, 0, 0]))
put("vectors_map", "slots-no-number", vectors_map(slots=[1, 2**32, 0, 0]))
put("vectors_map", "slots-misplaced", vectors_map(slots=[0, 0, 2, 1]))
put("vectors_map", "twice", vectors_map((b"a", b"a")))
put("vectors_map", "few-words", vectors_map(n=3, starts=[0, 2, 5, 5] + [5] * 4))
put("vectors_map", "no-rows", vectors_map((), slots=[0] * 8))
put("vectors_map", "infinite-length", vectors_map(lengths=[float("inf"), float("nan")]))
put("vectors_map", "not-aligned", vectors_map(blanks=1))

# Sets of analogies and of judged pairs; a target's words are one, two, three, four
put("questions", "good",
    b": family\none two three four\nTWO one four three\n: gram1\none one one one\n")
put("questions", "no-category", b"one two three four\none two three five\n")
put("questions", "comments", b"//c\n\n# c\n:x\n\tone  two\tthree four \r\n")
put("questions", "mark", b"\xef\xbb\xbf: x\none two three four")
put("questions", "gz", gz(b": x\none two three four\n"))
put("questions", "three-words", b"one two three\n")
put("questions", "five-words", b"one two three four five\n")
put("questions", "no-name", b": \n")
put("questions", "nothing", b"")
put("questions", "categories-only", b": a\n: b\n: gram\n")
put("questions", "not-utf8", b": \xff\n\xff \xfe \x80 \xc3\n")
put("questions", "nul", b": a\0b\none\0 two three four\n")
put("questions", "long-line", b"x" * 5000)
put("questions", "long-word", b"one two three " + b"x" * 2000 + b"\n")
put("questions", "large", gz(b"one two three four\n" * 4200))
put("similarities", "blanks", b"one two 3\none three 4.5\ntwo three -1e3\n")
put("similarities", "tabs", b"word1\tword2\tPOS\tscore\tmore\none\ttwo\tN\t3\t9\n")
put("similarities", "commas", b"Word 1,Word 2,Human (mean)\r\none, two,3\r\nOne,three,4\r\n")
put("similarities", "semicolons", b"\xef\xbb\xbfone;two;3\n#\n\none;three;3")
put("similarities", "ties", b"one two 3\none two 3\nthree four 3\n")
put("similarities", "gz", gz(b"one two 3\n"))
put("similarities", "two-headings", b"a\nb\n")
put("similarities", "no-score", b"one two 3\none two\n")
put("similarities", "infinite", b"one two 3\none two 1e999\n")
put("similarities", "not-a-number", b"one two 3\none two nan\n")
put("similarities", "decimal-comma", b"one two 3\none two 3,5\n")
put("similarities", "empty-fields", b"one\ttwo\t3\n\t\t\t\n,,,\n")
put("similarities", "nothing", b"")
put("similarities", "nul", b"one two 3\none\0two 3\n")
put("similarities", "long-line", b"x" * 5000)
put("similarities", "many", gz(b"one two 3\nthree two 4\none four 5\n" * 300))

# Vocabularies, and text
put("vocab", "good", b"</s> 3\nthe 9\nof 5\n")
put("vocab", "unsorted", b"x 1\ny 5\r\n</s> 7\nz\t5")
put("vocab", "twice", b"a 3\na 2\n")
put("vocab", "no-count", b"a\n")
put("vocab", "negative", b"a -3\n")
put("vocab", "sum-overflows", b"a 9223372036854775807\nb 1\n")
put("vocab", "count-overflows", b"a 99999999999999999999\n")
put("vocab", "empty-line", b"a 1\n\nb 2\n")
put("vocab", "nothing", b"")
put("vocab", "long-line", b"x" * 2000 + b" 3\n")
put("vocab", "text",
    "na\u00efve caf\u00e9\u3000\u4e2d\u6587 \u2014 one\u00a0two\n\n</s> x".encode())
put("vocab", "not-utf8", b"\xff\xfe \xe2\x80 \xc3\n")
put("vocab", "byte-order-mark", b"\xef\xbb\xbfone \xef\xbb\xbftwo")
put("vocab", "cut-inside-a-character", b"x" + "\u20ac".encode() * 400 + b" y")
put("vocab", "nul", b"a\0b\0\0c")

put("text", "words", b"a b a b  c\na b\n\nc a b")
put("text", "persian", ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 "
                        "\u06a9\u062a\u0627\u0628\u200c\u0647\u0627").encode())
put("text", "grows", "\ufdfa".encode() * 400 + b" x " + "\u0390\u1fe7".encode() * 500)
put("text", "not-utf8", b"\xff\xfe a\xc3 \xed\xa0\x80 \xf4\x90\x80\x80\n")
put("text", "marks-only", "\u0301\u0301 \u0323\u0301\n".encode() * 30)
put("text", "nothing", b"")
