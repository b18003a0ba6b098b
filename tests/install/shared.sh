# Through pkg-config, against the installed shared library.    shared.sh ROOT PREFIX WORK
set -eu
export PKG_CONFIG_PATH="$2/lib/pkgconfig"
# shellcheck disable=SC2046 # words
cc -std=c11 -Wall -Werror "$1/tests/install/main.c" -o "$3/shared" \
    $(pkg-config --cflags --libs genrep)
readelf -d "$3/shared" | grep -q 'NEEDED.*libgenrep\.so\.0'
LD_LIBRARY_PATH="$2/lib" "$3/shared"
