#!/bin/sh
# Writes the ABI baseline of this machine's architecture from a fresh build of the library, with the
# compiler and options that the test uses.  Commit the result.
#   tests/abi/update.sh
set -eu
cd "$(dirname "$0")/../.."
build=build-abi
[ -f $build/build.ninja ] || CC=gcc meson setup $build -Dexamples=disabled -Dtests=disabled \
    -Ddocs=disabled >/dev/null
ninja -C $build >/dev/null
tests/abi/abi.sh write $build/lib/libgenrep.so include "tests/abi/genrep-$(uname -m).abi"
