#!/bin/sh
# Compares the library's ABI with the committed baseline, or writes the baseline.
#   abi.sh check SHARED INCLUDE_DIR BASELINE
#   abi.sh write SHARED INCLUDE_DIR BASELINE
# Any difference fails, additions too: abidiff's status is a set of bits and growing a struct sets
# the same bit as adding a function.  After an intended change run tests/abi/update.sh and commit
# what it writes, with a line in NEWS.md.
set -eu
mode=$1 shared=$2 include=$3 baseline=$4

# What is not there fails where CI is set: a gate that skips itself is none.
absent() {
    echo "$1" >&2
    [ -z "${CI-}" ] || exit 1
    exit 77
}

case $mode in
write)
    command -v abidw >/dev/null || { echo 'abidw is missing: install abigail-tools' >&2; exit 1; }
    # Paths of this machine stay out.  Opaque types stay in, since abidiff 2.2 cannot read what
    # abidw writes without them; changes in them do not count, because of --headers-dir below.
    abidw --headers-dir "$include" --no-corpus-path --no-comp-dir-path --no-show-locs \
        --out-file "$baseline" "$shared"
    echo "wrote $baseline"
    ;;
check)
    command -v abidiff >/dev/null || absent 'abidiff is missing: install abigail-tools'
    [ -f "$baseline" ] || absent "no baseline $baseline: run tests/abi/update.sh and commit it"
    status=0
    abidiff --headers-dir1 "$include" --headers-dir2 "$include" --no-show-locs \
        "$baseline" "$shared" || status=$?
    [ $status = 0 ] || echo "abidiff says $status; intended? then run tests/abi/update.sh" >&2
    exit $status
    ;;
*) echo "unknown mode '$mode'" >&2; exit 2 ;;
esac
