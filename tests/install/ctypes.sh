# From Python, with ctypes and nothing else.    ctypes.sh ROOT PREFIX WORK
set -eu
python3 "$1/tests/ffi/test_ctypes.py" "$2/lib/libgenrep.so.0"
