"""Counts the results in meson's test logs.

usage: summary.py LOG.json...
Prints "PASSED FAILED SKIPPED".  A cmocka program counts as its cases, any other test as one; a
program that ends badly without saying which case failed counts as one failure.
"""
import json
import re
import sys

CASES = re.compile(r"^\[\s*(PASSED|FAILED|SKIPPED)\s*\] (\d+) test\(s\)", re.M)
GOOD, SKIPPED = {"OK", "EXPECTEDFAIL"}, {"SKIP"}


def count(entry):
    said = dict.fromkeys(("PASSED", "FAILED", "SKIPPED"), 0)
    for what, number in CASES.findall(entry.get("stdout", "") + "\n" + entry.get("stderr", "")):
        said[what] += int(number)
    passed, failed, skipped = said["PASSED"], said["FAILED"], said["SKIPPED"]
    if entry["result"] in SKIPPED:
        return (0, 0, max(1, skipped))
    if entry["result"] in GOOD:
        return (max(passed, 0 if skipped else 1), 0, skipped)
    return (passed, max(1, failed), skipped)


totals = [0, 0, 0]
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.strip():
                totals = [a + b for a, b in zip(totals, count(json.loads(line)))]
print(*totals)
