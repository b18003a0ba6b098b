#!/bin/sh
# The games of trainer gan on MNIST: one small network, equal steps of the generator, one classifier
# that judges.
#   mnist_losses.sh BUILD MNIST OUT [STEPS [SEED...]]
# BUILD is a build folder with the examples, MNIST the folder of the four .gz files, OUT where
# networks go.  Prints evaluate's table: first the rows of real images, a Gaussian and PPCA, then
# one row a run, with the game and the seed in place of the set's name.
set -eu
[ $# -ge 3 ] || { sed -n '2,8s/^# *//p' "$0" >&2; exit 2; }
build=$1 mnist=$2 out=$3 steps=${4:-3000}
[ $# -ge 4 ] && shift 4 || shift 3
[ $# != 0 ] || set -- 1
train="idx images='$mnist/train-images-idx3-ubyte.gz'"
train="$train labels='$mnist/train-labels-idx1-ubyte.gz'"
mkdir -p "$out"
[ -s "$out/judge/network.safetensors" ] ||
    "$build/examples/classifier" -data "$train" -steps 4000 -quiet -out "$out/judge" >/dev/null
judge() {
    "$build/examples/evaluate" -real "idx images='$mnist/t10k-images-idx3-ubyte.gz'" -count 5000 \
        -classifier "$out/judge/network.safetensors" "$@"
}
first=true
for seed; do
    for game in non_saturating minimax lsgan hinge relativistic r1 wgan wgan_gp; do
        case $game in
        r1) options='r1=1' ;;
        wgan) options="loss=wgan clip_weights=0.01 d_steps=5 optimizer_d='rmsprop lr=5e-5'" ;;
        wgan_gp) options='loss=wgan gp=10 d_steps=5' ;;
        *) options="loss=$game" ;;
        esac
        run=$out/$game-$seed
        "$build/examples/gan" -data "$train" -steps "$steps" -every "$steps" -seed "$seed" -quiet \
            -trainer "batch=128 ema=0.999 $options" -out "$run" >/dev/null
        set_of="$run/generator.safetensors"
        if $first; then judge -generator "$set_of" -baselines; else judge -generator "$set_of"; fi \
            >"$run/judged"
        ! $first || grep -v '^generator\|^made' "$run/judged"
        first=false
        sed -n "s/^generator\|^made/$game $seed/p" "$run/judged"
    done
done
