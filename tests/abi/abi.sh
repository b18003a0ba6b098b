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

# What the header only names is nobody's business: opaque types, internal ones, and DLPack's.
private=$(mktemp)
trap 'rm -f "$private"' EXIT
opaque=$(sed -n 's/^typedef struct \(genrep_[a-z]*\) \1;.*/\1/p' "$include"/genrep/*.h | sort -u |
    paste -s -d '|')
cat >"$private" <<END
[suppress_type]
  name_regexp = ^($opaque|genrepi_.*|DLManagedTensorVersioned)\$
  drop = yes
END

case $mode in
write)
    command -v abidw >/dev/null || { echo 'abidw is missing: install abigail-tools' >&2; exit 1; }
    # Only what a caller sees, without the paths and lines of this machine's sources.
    abidw --suppressions "$private" --exported-interfaces-only --no-corpus-path \
        --no-comp-dir-path --no-show-locs --no-elf-needed --no-parameter-names \
        --type-id-style hash --out-file "$baseline" "$shared"
    echo "wrote $baseline"
    ;;
check)
    command -v abidiff >/dev/null || absent 'abidiff is missing: install abigail-tools'
    [ -f "$baseline" ] || absent "no baseline $baseline: run tests/abi/update.sh and commit it"
    status=0
    abidiff --suppressions "$private" --exported-interfaces-only "$baseline" "$shared" || status=$?
    [ $status = 0 ] || echo "abidiff says $status; intended? then run tests/abi/update.sh" >&2
    exit $status
    ;;
*) echo "unknown mode '$mode'" >&2; exit 2 ;;
esac
