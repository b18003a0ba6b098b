"""Fails where a public function or struct has no documentation with @since, or the header uses what
foreign-function interfaces cannot read."""
import re

import tree

# Types and words that have no place in the ABI: their size or meaning differs between languages.
UNWANTED = re.compile(r"\b(enum|bool|_Bool|long|short|unsigned|va_list|inline|register|union)\b"
                      r"|\.\.\.|:\s*\d+\s*;")
DOC = re.compile(r"/\*\*((?:(?!\*/).)*)\*/\s*$", re.S)

findings = tree.Findings()
for path in ["include/genrep.h"] + tree.files("include/genrep", ends=(".h",)):
    source = tree.text(path)
    code, _ = tree.split_c(source)
    for match in re.finditer(r"^(GENREP_API\b[^;]*;|typedef struct \w+ \{)", source, re.M):
        line = source.count("\n", 0, match.start()) + 1
        name = re.search(r"(genrep_\w+)\s*[({]", match.group(0)).group(1)
        doc = DOC.search(source[:match.start()])
        if not doc:
            findings.add(path, line, f"{name} has no documentation")
        elif not re.search(r"@since \d+\.\d+", doc.group(1)):
            findings.add(path, line, f"the documentation of {name} has no @since")
    for match in re.finditer(r"\b(genrep_\w+)\s*\(", code):
        statement = code[:match.start()].rsplit(";", 1)[-1].rsplit("{", 1)[-1]
        if "GENREP_API" not in statement and "define" not in statement:
            line = code.count("\n", 0, match.start()) + 1
            findings.add(path, line, f"{match.group(1)} is not marked GENREP_API")
    for number, line in enumerate(code.splitlines(), 1):
        if UNWANTED.search(line):
            findings.add(path, number, f"not for an ABI: {UNWANTED.search(line).group(0)}")
findings.done()
