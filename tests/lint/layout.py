"""Fails on files that are too large, lines that are too long, tabs, trailing blanks, and C files
that do not begin with a comment."""
import tree

WARN_BYTES, FAIL_BYTES, COLUMNS = 16 * 1024, 28 * 1024, 100
TABS_ALLOWED = ("Makefile", ".mk", ".abi", ".txt", ".tsv")
CODE = (".c", ".h", ".py", ".lua", ".sh", ".cpp", "meson.build", "meson_options.txt", "run")

findings = tree.Findings()
for path in tree.files():
    data = tree.read(path)
    if not data or not tree.is_text(data) or "/corpus/" in path or path.endswith(".abi"):
        continue
    content = data.decode("utf-8", "replace")
    if path.endswith((".c", ".h")) and not content.startswith("/*"):
        findings.add(path, 1, "begin with a comment that says what lives here")
    if path.endswith((".c", ".h", ".py", ".lua", ".sh")) and len(data) > FAIL_BYTES:
        findings.add(path, 1, f"{len(data)} bytes: more than {FAIL_BYTES}, split it")
    elif path.endswith((".c", ".h")) and len(data) > WARN_BYTES:
        print(f"{path}:1: warning: {len(data)} bytes: files are meant to be small")
    if not content.endswith("\n"):
        findings.add(path, content.count("\n") + 1, "no newline at the end")
    for number, line in enumerate(content.split("\n"), 1):
        if line != line.rstrip():
            findings.add(path, number, "blanks at the end of the line")
        if path.endswith(CODE) and len(line) > COLUMNS:
            findings.add(path, number, f"{len(line)} columns: more than {COLUMNS}")
        if "\t" in line and not path.endswith(TABS_ALLOWED):
            findings.add(path, number, "a tab")
findings.done()
