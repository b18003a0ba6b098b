"""Checks that the public header stands alone.

usage: header.py CHECK INCLUDE_DIR STUBS [COMPILER...]
  compiles  each header alone, as C99, C11, C17 and C++11, with every warning an error
  cffi      Python's cffi reads it after the preprocessor
  luajit    LuaJIT's ffi reads it after the preprocessor
"""
import glob
import os
import subprocess
import sys
import tempfile

check, include, stubs, compilers = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
SKIP = 77
WARNINGS = ["-Wall", "-Wextra", "-Werror", "-pedantic-errors", "-fsyntax-only"]


def missing(tool):
    """A missing tool is a failure where CI says that nothing may be missing."""
    print(f"{tool} is not installed")
    sys.exit(1 if os.environ.get("CI") else SKIP)


def have(tool):
    return any(os.access(os.path.join(folder, tool), os.X_OK)
               for folder in os.environ.get("PATH", "").split(":"))


def compiles():
    headers = ["genrep.h"] + sorted(os.path.relpath(path, include)
                                    for path in glob.glob(os.path.join(include, "genrep", "*.h")))
    failed = tried = 0
    for compiler in ("gcc", "clang", "g++", "clang++"):
        if not have(compiler):
            if compiler in ("gcc", "clang"):
                missing(compiler)
            continue
        plus = compiler.endswith("++")
        for standard in ["c++11", "c++17"] if plus else ["c99", "c11", "c17"]:
            for header in headers:
                strict = WARNINGS if plus else WARNINGS + ["-Wstrict-prototypes"]
                command = [compiler, "-x", "c++" if plus else "c", "-std=" + standard, *strict,
                           "-I" + include, "-"]
                done = subprocess.run(command, input=f"#include <{header}>\n", text=True)
                tried += 1
                if done.returncode:
                    failed += 1
                    print(f"{header} does not compile: {' '.join(command)}")
    print(f"{tried} compilations, {failed} failed")
    return 1 if failed or not tried else 0


def preprocessed():
    """The declarations alone, as a program would hand them to its foreign-function interface."""
    command = ["cc", "-E", "-P", "-nostdinc", "-DGENREP_API=", "-I" + stubs, "-I" + include,
               os.path.join(include, "genrep.h")]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def cffi():
    try:
        import cffi as module
    except ImportError:
        missing("cffi (python3-cffi)")
    ffi = module.FFI()
    ffi.cdef(preprocessed())
    ffi.typeof("struct genrep_custom_call")
    return 0


def luajit():
    if not have("luajit"):
        missing("luajit")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "genrep.cdef")
        with open(path, "w", encoding="utf-8") as file:
            file.write(preprocessed())
        script = ("local ffi = require 'ffi'; ffi.cdef(io.open(arg[1]):read('*a')); "
                  "assert(ffi.sizeof('genrep_allocator') == 4 * ffi.sizeof('void *'))")
        program = os.path.join(folder, "read.lua")
        with open(program, "w", encoding="utf-8") as file:
            file.write(script)
        return subprocess.run(["luajit", program, path]).returncode


sys.exit({"compiles": compiles, "cffi": cffi, "luajit": luajit}[check]())
