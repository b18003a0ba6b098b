"""Fails where a file names the folder that only .ci/run may know, or where a page links to a file
that is not there."""
import os
import re

import tree

FOLDER = re.compile(r"\.\./shared\b|/work/" r"shared\b")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")

findings = tree.Findings()
for path in tree.files():
    data = tree.read(path)
    if not tree.is_text(data) or path == ".ci/run" or path == "tests/lint/paths.py":
        continue
    content = data.decode("utf-8", "replace")
    for number, line in enumerate(content.splitlines(), 1):
        if FOLDER.search(line):
            findings.add(path, number, "only .ci/run may know where the data of this machine lies: "
                                       "use GENREP_TEST_DATA")
        if path.endswith(".md"):
            for target in LINK.findall(line):
                local = os.path.join(tree.ROOT, os.path.dirname(path), target)
                if "://" not in target and not os.path.exists(local):
                    findings.add(path, number, f"{target} is not there")
findings.done()
