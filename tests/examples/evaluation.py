"""word2vec -classes, compute-accuracy and word-map: their files and lines.

usage: evaluation.py WORD2VEC COMPUTE-ACCURACY WORD-MAP
"""
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import zlib

WORD2VEC, ACCURACY, MAP = sys.argv[1:4]


def run(*arguments, status=0, **more):
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, **more)
    if done.returncode != status:
        sys.exit(f"{arguments}: status {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout if status == 0 else done.stderr


def expect(condition, what):
    if not condition:
        sys.exit(f"failed: {what}")


def check_classes(folder):
    """Two topics that share no words become two classes."""
    topics = ["cat dog cow pig hen".split(), "red blue green pink grey".split()]
    draw = random.Random(1)
    text = os.path.join(folder, "text")
    with open(text, "w", encoding="utf-8") as file:
        for line in range(600):
            file.write(" ".join(draw.choices(topics[line % 2], k=9)) + "\n")
    out = os.path.join(folder, "classes")
    run(WORD2VEC, "-train", text, "-output", out, "-classes", "2", "-size", "16", "-sample", "0",
        "-iter", "5", "-debug", "0", "-deterministic")
    with open(out, encoding="utf-8") as file:
        lines = file.read().splitlines()
    classes = dict(line.split(" ") for line in lines)
    expect(lines[0].startswith("</s> ") and len(lines) == 11, "a line for each word, </s> first")
    expect(set(classes.values()) == {"0", "1"}, "classes are 0 and 1")
    for topic in topics:
        expect(len({classes[word] for word in topic}) == 1, f"{topic} is one class: {classes}")
    expect(classes["cat"] != classes["red"], "two classes")
    message = run(WORD2VEC, "-train", text, "-output", out, "-classes", "99", "-debug", "0",
                  status=1)
    expect("more than the 11 words" in message, message)


VECTORS = """7 3
man 1 0 0
woman 1 1 0
king 1 0 0.5
queen 1 1 0.5
walk 0 0 1
walked 0 1 1
far -1 -1 -1
"""
QUESTIONS = """: family
Man Woman King Queen
man woman king walk
man woman king princess
: gram7-past
man woman walk walked
"""
# "|": a blank at the end of the line, as word2vec's has it
LINES = """family:
ACCURACY TOP1: 50.00 %  (1 / 2)
Total accuracy: 50.00 %   Semantic accuracy: 50.00 %   Syntactic accuracy: 0.00 %|
gram7-past:
ACCURACY TOP1: 100.00 %  (1 / 1)
Total accuracy: 66.67 %   Semantic accuracy: 50.00 %   Syntactic accuracy: 100.00 %|
Questions seen / total: 3 4   75.00 %|
""".replace("|", " ")


def check_accuracy(vectors):
    expect(run(ACCURACY, vectors, input=QUESTIONS) == LINES, "word2vec's lines")
    restricted = json.loads(run(ACCURACY, vectors, "4", "--json", input=QUESTIONS))
    expect(restricted["words"] == 4, restricted)
    rows = {row["name"]: row for row in restricted["rows"]}
    expect(rows["total"] == {"name": "total", "right": 1, "asked": 1, "seen": 4, "accuracy": 1},
           rows)
    expect(rows["gram7-past"]["accuracy"] is None, "nothing asked is no accuracy")
    expect("THRESHOLD" in run(ACCURACY, "--help"), "help")
    expect("line 1" in run(ACCURACY, vectors, input="one two\n", status=1), "the line is named")
    run(ACCURACY, vectors, "many", input=QUESTIONS, status=2)
    run(ACCURACY, status=2)


def read_png(path):
    """Width, height and the rows of an RGB picture without filters."""
    with open(path, "rb") as file:
        data = file.read()
    expect(data[:8] == b"\x89PNG\r\n\x1a\n", "a PNG")
    at, rows = 8, b""
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        if kind == b"IHDR":
            width, height = struct.unpack(">II", data[at + 8:at + 16])
        if kind == b"IDAT":
            rows += data[at + 8:at + 8 + size]
        at += size + 12
    rows = zlib.decompress(rows)
    return width, height, [rows[i * (3 * width + 1) + 1:(i + 1) * (3 * width + 1)]
                           for i in range(height)]


def check_map(vectors, folder):
    out = os.path.join(folder, "map.png")
    done = subprocess.run([MAP, vectors, "-map", "pca", "-out", out, "-size", "400", "-classes",
                           "3", "-json"], capture_output=True, text=True, check=False)
    if "no text font" in done.stderr:
        print("no fonts: the map is not tested")
        return
    expect(done.returncode == 0, done.stderr)
    result = json.loads(done.stdout)
    expect(result["words"] == result["labels"] == 7 and 0 < result["score"] <= 1, result)
    width, height, rows = read_png(out)
    ink = sum(row.count(0) + sum(byte < 128 for byte in row) for row in rows)
    expect((width, height) == (400, 400) and 1000 < ink < 60000, (width, height, ink))
    colours = {row[3 * x:3 * x + 3] for row in rows for x in range(width)}
    expect(len(colours) > 50 and bytes([255] * 3) in colours, len(colours))
    again = os.path.join(folder, "again.png")
    run(MAP, vectors, "-map", "pca", "-out", again, "-size", "400", "-classes", "3")
    expect(read_png(again)[2] == rows, "the same picture each time")
    run(MAP, vectors, "man", "woman", "queen", "-map", "pca", "-out", again, "-classes", "2")
    expect("perplexity" in run(MAP, vectors, "-out", again, status=1), "too few words for t-SNE")
    run(MAP, vectors, "-size", "3", status=2)


with tempfile.TemporaryDirectory() as temporary:
    vectors_path = os.path.join(temporary, "vectors")
    with open(vectors_path, "w", encoding="utf-8") as vectors_file:
        vectors_file.write(VECTORS)
    check_classes(temporary)
    check_accuracy(vectors_path)
    check_map(vectors_path, temporary)
