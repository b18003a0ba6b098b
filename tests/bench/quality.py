#!/usr/bin/python3
"""quality.py LIBRARY FOLDER VECTORS...: analogies (of the 30,000 most frequent words), WordSim-353
and SimLex-999 of files of word vectors, in percent and rank correlation, a line each.  FOLDER: with
text/questions-words.txt, word-sim/EN-WS-353-ALL.txt and word-sim/EN-SIMLEX-999.txt."""
import ctypes as c
import sys

lib = c.CDLL(sys.argv[1])
lib.genrep_ctx_error.restype = c.c_char_p
lib.genrep_evaluation_rows.restype = lib.genrep_evaluation_find.restype = c.c_int64
for name in ("vectors", "dataset", "evaluation", "ctx"):
    getattr(lib, f"genrep_{name}_unref").argtypes = [c.c_void_p]
ctx = c.c_void_p()
assert lib.genrep_ctx_new(b"threads=1", None, c.byref(ctx)) == 0


def made(name, *args):
    out = c.c_void_p()
    if getattr(lib, name)(*args, c.byref(out)) != 0:
        sys.exit(lib.genrep_ctx_error(ctx).decode())
    return out


def score(vectors, how, spec, path):
    """The score of the last row: of all questions or pairs."""
    text = made("genrep_dataset_new", ctx, f"text path='{path}'".encode())
    result = made(how, vectors, text, spec)
    last = c.c_int64(lib.genrep_evaluation_rows(result) - 1)
    value = c.c_double()
    lib.genrep_evaluation_row(result, last, c.byref(value), None, None, None)
    lib.genrep_evaluation_unref(result)
    lib.genrep_dataset_unref(text)
    return value.value


for path in sys.argv[3:]:
    vectors = made("genrep_vectors_load", ctx, path.encode(), None)
    folder = sys.argv[2]
    print("%.2f %.4f %.4f" % (
        100 * score(vectors, "genrep_vectors_analogies", b"restrict=30000",
                    f"{folder}/text/questions-words.txt"),
        score(vectors, "genrep_vectors_similarities", None, f"{folder}/word-sim/EN-WS-353-ALL.txt"),
        score(vectors, "genrep_vectors_similarities", None,
              f"{folder}/word-sim/EN-SIMLEX-999.txt")), flush=True)
    lib.genrep_vectors_unref(vectors)
