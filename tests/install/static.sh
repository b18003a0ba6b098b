# Through pkg-config --static, against the installed archive.    static.sh ROOT PREFIX WORK
set -eu
export PKG_CONFIG_PATH="$2/lib/pkgconfig"
# The linker takes the shared library where both are there, so the archive is asked for by name.
libs=$(pkg-config --static --libs genrep | sed 's/-lgenrep\b/-l:libgenrep.a/')
# shellcheck disable=SC2046,SC2086 # words
cc -std=c11 -Wall -Werror "$1/tests/install/main.c" -o "$3/static" \
    $(pkg-config --cflags genrep) $libs
! readelf -d "$3/static" | grep -q 'NEEDED.*libgenrep'
"$3/static"
