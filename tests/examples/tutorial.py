"""The tutorial's program and the specs it is run with.

usage: tutorial.py --extract TUTORIAL OUT.c     writes the page's C program
       tutorial.py TUTORIAL PROGRAM             runs every "lecture" line of the page
"""
import random
import re
import subprocess
import sys
import tempfile


def program_of(page):
    with open(page, encoding="utf-8") as file:
        return re.findall(r"^```c\n(.*?)^```$", file.read(), re.M | re.S)


def extract(page, out):
    blocks = program_of(page)
    if len(blocks) != 1:
        sys.exit(f"{page} has {len(blocks)} programs, not one")
    with open(out, "w", encoding="utf-8") as file:
        file.write(blocks[0])


def make_text(path):
    """Sentences whose words tell their neighbours."""
    draw = random.Random(2)
    kinds = ["water wine milk".split(), "flows pours drips".split(), "down over past".split(),
             "hills stones trees".split(), "slowly softly always".split()]
    with open(path, "w", encoding="utf-8") as file:
        for _ in range(400):
            file.write(" ".join(draw.choice(kind) for kind in kinds + kinds) + "\n")


def run(page, program):
    with open(page, encoding="utf-8") as file:
        lines = re.findall(r'^    (?:time )?\./lecture corpus\.txt "([^"]+)"(.*)$',
                           file.read(), re.M)
    if len(lines) < 8:
        sys.exit(f"only {len(lines)} lines with a spec in {page}")
    with tempfile.TemporaryDirectory() as folder:
        text = folder + "/corpus.txt"
        make_text(text)
        for spec, words in lines:
            done = subprocess.run([program, text, spec] + words.split(), capture_output=True,
                                  text=True, check=False)
            if done.returncode != 0:
                sys.exit(f"{spec}: {done.stderr}")
            head, *nearest = done.stdout.splitlines()
            found = re.fullmatch(r"16 words, loss (\d+\.\d+), its exponential \d+\.\d", head)
            if not found or float(found[1]) > 4:
                sys.exit(f"{spec}: {head}")
            if "combine=concat" in spec and not 1.09 < float(found[1]) < 1.25:
                sys.exit(f"{spec}: {head}: three words are as likely each time: log 3 = 1.0986")
            if [line.split(":")[0] for line in nearest] != words.split():
                sys.exit(f"{spec}: {nearest}")
            if any(len(line.split()) != 6 for line in nearest):
                sys.exit(f"{spec}: not five nearest words: {nearest}")
            print(spec, head, nearest, sep="\n  ")
        done = subprocess.run([program, text, "word2vec window=0"], capture_output=True, text=True,
                              check=False)
        if done.returncode != 1 or "window" not in done.stderr:
            sys.exit(f"a bad spec: {done.returncode} {done.stderr}")


if sys.argv[1] == "--extract":
    extract(sys.argv[2], sys.argv[3])
else:
    run(sys.argv[1], sys.argv[2])
