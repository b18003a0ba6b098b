"""Fails where a public function does not occur in the given sources.

usage: covers.py MAP SOURCE...
"""
import re
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    public = set(re.findall(r"^\s*(genrep_\w+);", file.read(), re.M))
used = set()
for path in sys.argv[2:]:
    with open(path, encoding="utf-8") as file:
        source = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
    used |= set(re.findall(r"\b(genrep_\w+)\s*\(", source))
missing = sorted(public - used)
for name in missing:
    print(f"{name}() occurs in no scenario")
print(f"{len(public) - len(missing)} of {len(public)} public functions occur")
sys.exit(1 if missing or not public else 0)
