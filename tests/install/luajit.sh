# From LuaJIT, with the installed header.    luajit.sh ROOT PREFIX WORK
set -eu
cc -E -P -nostdinc -DGENREP_API= -I"$1/tests/abi/stubs" -I"$2/include" "$2/include/genrep.h" \
    >"$3/genrep.cdef"
luajit "$1/tests/ffi/test_luajit.lua" "$2/lib/libgenrep.so.0" "$3/genrep.cdef"
