#!/bin/sh
# From a fresh clone to word vectors and drawn digits: see --help.
set -eu

usage() {
    cat <<'END'
Usage: examples/quickstart.sh [OPTION]... [FOLDER]
On Debian: installs what building needs and some text fonts, gets the Linux manual pages, builds
libgenrep in build-quickstart/, then
  - trains word vectors (skip-gram) on the manual pages and prints the words nearest to some;
  - draws digits from the fonts and trains a conditional GAN on them, which writes a picture of
    samples with one column a digit.
Everything is written to FOLDER (quickstart-out). What is there already is not made again, except
the trained models.

  --seed N       another seed, other models (1)
  --no-install   install nothing: go on with what is here
  --help         this text
END
}

install=true seed=1 out=
while [ $# -gt 0 ]; do
    case $1 in
    --seed) [ $# -gt 1 ] || { usage >&2; exit 2; }; seed=$2; shift ;;
    --no-install) install=false ;;
    --help | -h) usage; exit 0 ;;
    -*) echo "quickstart.sh: unknown option '$1'; try --help" >&2; exit 2 ;;
    *) [ -z "$out" ] || { echo "quickstart.sh: one folder only" >&2; exit 2; }; out=$1 ;;
    esac
    shift
done
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
: "${out:=$root/quickstart-out}"
case $out in /*) ;; *) out=$PWD/$out ;; esac
mkdir -p "$out"
build=$root/build-quickstart
examples=$build/examples
export LC_ALL=C.UTF-8

# step TITLE COMMAND...: runs it, and keeps how long it took for the end.
times=
step() {
    title=$1
    shift
    printf '\n== %s\n' "$title"
    began=$(date +%s)
    "$@"
    times="$times$(printf '%5d s  %s' $(($(date +%s) - began)) "$title")
"
}

get_packages() {
    "$root/tests/support/packages.sh" build examples
}

get_data() {
    "$here/data/fetch-data.sh" "$out/data"
}

compile() {
    [ -f "$build/build.ninja" ] ||
        meson setup "$build" "$root" --buildtype=release -Dtests=disabled -Ddocs=disabled \
            >"$out/build.log"
    ninja -C "$build" >>"$out/build.log" || { tail -30 "$out/build.log"; exit 1; }
}

make_text() {
    [ -s "$out/man.txt" ] || "$here/data/man-text.sh" -o "$out/man.txt" "$out/data/man"
    wc -w <"$out/man.txt" | sed 's/^ */words of text: /'
}

train_words() {
    "$examples/word2vec" -train "$out/man.txt" -output "$out/vectors.txt" -size 100 -window 10 \
        -sample 1e-3 -negative 10 -cbow 0 -iter 15 -alpha 0.05 -min-count 20 -seed "$seed"
}

show_nearest() {
    for word in malloc fork tcp mutex open signal; do
        "$examples/distance" "$out/vectors.txt" "$word" -n 10
    done
}

draw_digits() {
    [ -s "$out/digits/t10k-labels-idx1-ubyte" ] || "$examples/glyphs" --out "$out/digits"
}

train_gan() {
    images=$out/digits/train-images-idx3-ubyte labels=$out/digits/train-labels-idx1-ubyte
    "$examples/cgan" --out "$out/cgan" --trainer "batch=64 ema=0.999" --steps 5000 \
        --seed "$seed" --threads "$(nproc)" \
        --data "idx images='$images' labels='$labels'"
}

if $install; then
    step 'packages for building' get_packages
    step 'fonts and manual pages' get_data
fi
step 'building libgenrep' compile
step 'text from the manual pages' make_text
step 'training word vectors' train_words
step 'nearest words' show_nearest
step 'drawing digits from fonts' draw_digits
step 'training a conditional GAN' train_gan

cat <<END

== done
$times
word vectors   $out/vectors.txt
               $examples/distance $out/vectors.txt WORD
drawn digits   $out/digits
samples        $out/cgan/samples.png   (one column a digit)
report         $out/cgan/report.html
END
