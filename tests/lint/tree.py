"""What the lints share: the files of the tree, C without comments, how findings are reported."""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SKIPPED = re.compile(r"^(\.git|build.*|__pycache__|quickstart-out|\.cache)$")


def files(*folders, ends=("",)):
    """Paths, relative to the root and sorted, of the files below these folders."""
    found = []
    for folder in folders or (".",):
        for base, inner, names in os.walk(os.path.join(ROOT, folder)):
            inner[:] = sorted(name for name in inner if not SKIPPED.match(name))
            for name in names:
                if name != ".git" and name.endswith(tuple(ends)):
                    found.append(os.path.relpath(os.path.join(base, name), ROOT))
    return sorted(found)


def read(path):
    with open(os.path.join(ROOT, path), "rb") as file:
        return file.read()


def text(path):
    return read(path).decode("utf-8", "replace")


def is_text(data):
    return b"\0" not in data[:4096]


TOKEN = re.compile(r"""/\*.*?\*/ | //[^\n]* | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'""",
                   re.S | re.X)


def split_c(source):
    """C code with comments and texts blanked out, and the texts: [(line, text)]."""
    texts = []

    def blank(match):
        token = match.group(0)
        if token[0] == '"':
            texts.append((source.count("\n", 0, match.start()) + 1, token))
        return re.sub(r"[^\n]", " ", token)

    return TOKEN.sub(blank, source), texts


class Findings:
    """Collects what is wrong; done() prints it and ends the program."""

    def __init__(self):
        self.count = 0

    def add(self, path, line, message):
        self.count += 1
        print(f"{path}:{line}: {message}")

    def done(self):
        sys.exit(1 if self.count else 0)
