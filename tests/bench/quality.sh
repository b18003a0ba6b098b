#!/bin/sh
# quality.sh BUILD TEXT SEEDS: analogies, WordSim-353 and SimLex-999 of skip-gram vectors by this
# library and by gensim: mean and standard deviation over seeds.  Size 100, window 5, 5 noise words,
# sample 1e-4, 5 epochs.
#   BUILD   a build folder
#   TEXT    words between blanks, one line or many
#   SEEDS   how many
# GENREP_TEST_DATA names the folder with the sets (see quality.py).  gensim is Debian's package
# python3-gensim.
set -eu
[ $# -eq 3 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
build=$1 text=$2 seeds=$3 here=$(dirname "$0")
: "${GENREP_TEST_DATA:?names no folder with the sets}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tr -s ' \t\n' '\n\n\n' <"$text" |
    awk 'NF { printf "%s%s", $1, ++n % 1000 ? " " : "\n" }' >"$work/text"
ours() { # SEED THREADS OPTION...
    seed=$1 threads=$2
    shift 2
    "$build/examples/word2vec" -train "$work/text" -output "$work/v" -binary 1 -cbow 0 -size 100 \
        -window 5 -negative 5 -sample 1e-4 -iter 5 -debug 0 -seed "$seed" -threads "$threads" "$@" \
        >/dev/null
}
row() { # NAME COMMAND...: a command that takes the seed first and writes $work/v
    name=$1 command=$2
    shift 2
    for seed in $(seq "$seeds"); do
        "$command" "$seed" "$@"
        /usr/bin/python3 "$here/quality.py" "$build/lib/libgenrep.so.0" "$GENREP_TEST_DATA" \
            "$work/v"
    done | awk -v name="$name" '
        { for (i = 1; i <= 3; i++) { s[i] += $i; q[i] += $i * $i } }
        END {
            printf "%s", name
            for (i = 1; i <= 3; i++) {
                m = s[i] / NR
                d = NR > 1 ? (q[i] - NR * m * m) / (NR - 1) : 0
                printf "  %.4g +- %.2g", m, sqrt((d > 0) * d)
            }
            print ""
        }'
}
gensim() { # SEED
    /usr/bin/python3 "$here/gensim_words.py" "$work/text" 100 1 5 "$1" "$work/v" >/dev/null 2>&1
}
echo 'model  analogies, %  WordSim-353  SimLex-999'
row one-thread ours 1
row lockstep ours 2 -deterministic
row without-locks ours 2
if /usr/bin/python3 -c 'import gensim' >/dev/null 2>&1; then row gensim gensim; fi
