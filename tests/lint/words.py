"""Fails where the library calls what a library must not call, or formats numbers with the locale;
and where any file carries a note to do something later."""
import re

import tree

# Function: why it has no place in lib/.
BANNED = {
    "exit _exit quick_exit abort assert longjmp setjmp raise": "the host decides when to end",
    "printf fprintf vprintf vfprintf puts fputs putchar perror": "the library does not print",
    "sprintf vsprintf strcpy strcat strtok gets": "no bounds, or hidden state",
    "atoi atol atof strtod strtof strtold sscanf fscanf scanf":
        "follows the locale or hides errors: base/number.h reads numbers",
    "isalpha isspace isprint ispunct isalnum tolower toupper strcasecmp strcoll":
        "follows the locale",
    "rand srand random srandom drand48": "base/random.h makes random numbers",
    "setlocale uselocale getenv setenv putenv system popen": "the process belongs to the host",
    "malloc calloc realloc free aligned_alloc posix_memalign strdup strndup":
        "memory comes from the context: genrepi_alloc()",
}
# Where a banned word may stand: the one file that is about it (the allocator of a context that was
# not given one; the writing of numbers, which reads past the decimal sign; libpng and libjpeg
# report errors by a jump within the file that calls them).
ALLOWED = {"setjmp": ["lib/io/image_jpeg.c", "lib/io/image_png.c"],
           "longjmp": ["lib/io/image_jpeg.c"],
           "aligned_alloc": ["lib/base/system_memory.c"], "free": ["lib/base/system_memory.c"],
           "real format": ["lib/base/number.c"]}

REASON = {word: reason for words, reason in BANNED.items() for word in words.split()}
# A call: not a member (`allocator.free(`, `->free(`) and not part of a longer name.
CALL = re.compile(r"(?<![\w.>])(" + "|".join(REASON) + r")\s*\(")
THREAD_LOCAL = re.compile(r"\b(_Thread_local|__thread|thread_local)\b")
REAL_FORMAT = re.compile(r"(?<!%)(?:%%)*%[-+ #0']*(?:\d+|\*)?(?:\.(?:\d+|\*)?)?[lL]?[fFgGeEaA]")
LATER = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")

findings = tree.Findings()
for path in tree.files("lib", ends=(".c", ".h")):
    code, texts = tree.split_c(tree.text(path))
    for number, line in enumerate(code.splitlines(), 1):
        for match in CALL.finditer(line):
            word = match.group(1)
            if path not in ALLOWED.get(word, []):
                findings.add(path, number, f"{word}(): {REASON[word]}")
        if THREAD_LOCAL.search(line):
            findings.add(path, number, "thread-local state: it belongs in the context")
    for number, literal in texts:
        if REAL_FORMAT.search(literal) and path not in ALLOWED["real format"]:
            findings.add(path, number, f"{literal} follows the locale: use genrepi_format_real()")
for path in tree.files():
    data = tree.read(path)
    if not tree.is_text(data) or path.startswith("tests/fuzz/corpus"):
        continue
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        if LATER.search(line):
            findings.add(path, number, "a note to do something later: do it, or open an issue")
findings.done()
