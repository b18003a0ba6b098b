"""Checks the symbols of the built library.

usage: symbols.py CHECK MAP INCLUDE_DIR SHARED STATIC
  same-names  the version script, the header and the shared library's exports name the same things
  prefix      every global of the archive begins with genrep_ or genrepi_
  imports     nothing is imported that ends the process, prints, or follows the environment
  soname      the shared library is libgenrep.so.0
  size        stripped, the shared library is below 1 MB
"""
import glob
import os
import re
import subprocess
import sys
import tempfile

BANNED = set("""abort exit _exit _Exit quick_exit __assert_fail
printf fprintf vprintf vfprintf __printf_chk __fprintf_chk __vprintf_chk __vfprintf_chk dprintf puts
putchar fputs fputc perror stdout stderr sprintf vsprintf __sprintf_chk __vsprintf_chk
rand srand random srandom drand48 lrand48 setlocale uselocale getenv secure_getenv setenv
system popen fork execv execve execvp strtod strtof atof sscanf __isoc99_sscanf __isoc99_fscanf
strcpy strcat strtok set_fast_math""".split())


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def in_map(path):
    with open(path, encoding="utf-8") as file:
        return set(re.findall(r"^\s*(genrep\w*);", file.read(), re.M))


def in_header(folder):
    names = set()
    for path in glob.glob(os.path.join(folder, "genrep", "*.h")):
        with open(path, encoding="utf-8") as file:
            source = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
        for prototype in re.findall(r"^GENREP_API\b[^;]*;", source, re.M):
            names.add(re.search(r"\b(genrep_\w+)\s*\(", prototype).group(1))
    return names


def exported(shared):
    rows = (line.split() for line in run("nm", "-D", "--defined-only", shared).splitlines())
    return {row[-1].split("@")[0] for row in rows if row[-2] != "A"}


def same_names(args):
    sets = {"the map": in_map(args[0]), "the header": in_header(args[1]),
            "the shared library": exported(args[2])}
    everything = set().union(*sets.values())
    wrong = [f"{name} is missing in {where}"
             for where, names in sets.items() for name in sorted(everything - names)]
    return wrong if everything else ["no public function found at all"]


def prefix(args):
    wrong, seen = [], 0
    member = ""
    for line in run("nm", "-g", "--defined-only", args[3]).splitlines():
        if line.endswith(":"):
            member = line[:-1]
        elif line.strip():
            seen += 1
            name = line.split()[-1]
            if not re.match(r"genrepi?_", name):
                wrong.append(f"{member}: {name} lacks the prefix genrep_ or genrepi_")
    return wrong if seen else ["the archive has no symbols"]


def imports(args):
    rows = (line.split() for line in run("nm", "-D", "--undefined-only", args[2]).splitlines())
    names = {row[-1].split("@")[0] for row in rows}
    names |= {line.split()[-1] for line in run("nm", args[2]).splitlines()
              if line.split()[-1] == "set_fast_math"}
    return [f"{name} must not be used by the library" for name in sorted(names & BANNED)]


def soname(args):
    found = re.search(r"SONAME\s+(\S+)", run("objdump", "-p", args[2]))
    name = found.group(1) if found else "nothing"
    return [] if name == "libgenrep.so.0" else [f"the soname is {name}, not libgenrep.so.0"]


def size(args):
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(folder, "stripped.so")
        run("strip", "-o", copy, args[2])
        size_bytes = os.path.getsize(copy)
    print(f"stripped: {size_bytes} bytes")
    return [] if size_bytes < 1_000_000 else [f"{size_bytes} bytes: must stay below 1000000"]


CHECKS = {"same-names": same_names, "prefix": prefix, "imports": imports, "soname": soname,
          "size": size}
problems = CHECKS[sys.argv[1]](sys.argv[2:])
print(*problems, sep="\n")
sys.exit(1 if problems else 0)
