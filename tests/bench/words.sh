#!/bin/sh
# words.sh WORD2VEC TEXT RUNS: words a second that word2vec (with one thread, with two without
# locks, with two in lockstep), fastText and gensim (with one) train, in turn, and the ratios of the
# medians.  Window 5, 5 noise words, sample 1e-4, one epoch.
#   WORD2VEC  the built program examples/word2vec
#   TEXT      words between blanks, one line or many
#   RUNS      how often each is run
# fasttext and gensim are Debian's packages fasttext and python3-gensim: as root they are installed;
# one that is not there is left out.
set -eu
[ $# -eq 3 ] || { sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2; }
word2vec=$1 text=$2 runs=$3 here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# gensim cuts lines; this gives all three the same lines
tr -s ' \t\n' '\n\n\n' <"$text" |
    awk 'NF { printf "%s%s", $1, ++n % 1000 ? " " : "\n" }' >"$work/text"
median() {
    sort -n | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}
ours() { # SIZE THREADS OPTION...
    size=$1 threads=$2
    shift 2
    "$word2vec" -train "$work/text" -output "$work/v" -binary 1 -size "$size" -window 5 \
        -sample 1e-4 -iter 1 -debug 0 -threads "$threads" -json "$@" |
        sed 's/.*"words_per_s":\([0-9.e+]*\).*/\1/'
}
fasttext_words() { # SIZE MODE LOSS
    fasttext "$2" -input "$work/text" -output "$work/f" -dim "$1" -ws 5 -minCount 5 -t 1e-4 \
        -epoch 1 -thread 1 -maxn 0 -neg 5 -loss "$3" 2>&1 | tr '\r' '\n' |
        sed -n 's/.*thread: *\([0-9]*\).*/\1/p' | tail -1
}
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get install -y -qq --no-install-recommends fasttext python3-gensim >/dev/null 2>&1 || true
fi
has_fasttext=false has_gensim=false
command -v fasttext >/dev/null 2>&1 && has_fasttext=true
/usr/bin/python3 -c 'import gensim' >/dev/null 2>&1 && has_gensim=true
row() { # NAME SIZE SG NEGATIVE MODE LOSS OPTION...
    name=$1 size=$2 sg=$3 negative=$4 mode=$5 loss=$6
    shift 6
    rm -f "$work"/1 "$work"/2 "$work"/lockstep "$work"/fasttext "$work"/gensim
    for _ in $(seq "$runs"); do
        ours "$size" 1 "$@" >>"$work/1"
        ours "$size" 2 "$@" >>"$work/2"
        ours "$size" 2 -deterministic "$@" >>"$work/lockstep"
        if $has_fasttext; then fasttext_words "$size" "$mode" "$loss" >>"$work/fasttext"; fi
        if $has_gensim; then
            /usr/bin/python3 "$here/gensim_words.py" "$work/text" "$size" "$sg" "$negative" \
                2>/dev/null >>"$work/gensim"
        fi
    done
    one=$(median <"$work/1") two=$(median <"$work/2") f=- g=-
    lockstep=$(median <"$work/lockstep")
    if [ -s "$work/fasttext" ]; then f=$(median <"$work/fasttext"); fi
    if [ -s "$work/gensim" ]; then g=$(median <"$work/gensim"); fi
    echo "$name $one $two $f $g $lockstep" | awk '
        function over(theirs) { return theirs + 0 == 0 ? "-" : sprintf("%.1f", $2 / theirs) }
        {
            printf("%s %.0f %.0f %.2f %.0f %.2f", $1, $2, $3, $3 / $2, $6, $6 / $3)
            print "", $4, $5, over($4), over($5)
        }'
}
echo "model 1_thread 2_threads 2/1 lockstep lockstep/2 fasttext gensim ours/fasttext ours/gensim"
row skipgram-100 100 1 5 skipgram ns -cbow 0 -negative 5
row skipgram-300 300 1 5 skipgram ns -cbow 0 -negative 5
row cbow-100 100 0 5 cbow ns -cbow 1 -negative 5
row hierarchical-100 100 1 0 skipgram hs -cbow 0 -hs 1 -negative 0
