"""Fails where a folder of lib/ includes one that is not above it, or a foreign header that belongs
to another folder."""
import re

import tree

# The house's order (docs/architecture.md): a folder may include itself and those before it.  Those
# in one row are siblings and know nothing of each other.
ORDER = [["base"], ["kernel"], ["tensor"], ["nn"], ["optim"], ["io"], ["data"], ["train"],
         ["text", "density", "gan", "metrics"], ["api"]]

# Headers of other projects, and the only folders that see them.
FOREIGN = {"cblas.h": ["kernel"], "zlib.h": ["io"], "png.h": ["io"], "jpeglib.h": ["io"],
           "jansson.h": ["io"], "utf8proc.h": ["text"]}

RANK = {folder: rank for rank, row in enumerate(ORDER) for folder in row}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')

findings = tree.Findings()
for path in tree.files("lib", ends=(".c", ".h")):
    parts = path.split("/")
    if len(parts) < 3:
        continue
    folder = parts[1]
    if folder not in RANK:
        findings.add(path, 1, f"folder lib/{folder} is not in the order of tests/lint/includes.py")
        continue
    for number, line in enumerate(tree.text(path).splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        wanted = match.group(1)
        other = wanted.split("/")[0]
        if other in RANK and "/" in wanted:
            if other != folder and RANK[other] >= RANK[folder]:
                findings.add(path, number, f"lib/{folder} may not include <{wanted}>")
        elif wanted in FOREIGN and folder not in FOREIGN[wanted]:
            findings.add(path, number, f"<{wanted}> belongs to lib/{FOREIGN[wanted][0]}")
        elif ".." in wanted:
            findings.add(path, number, f"include by the path from lib/, not <{wanted}>")
findings.done()
