#!/bin/sh
# pytorch.sh STEPS PEERS RUNS [PYTHON...]: our step time over PyTorch's, interleaved in one run.
#   STEPS   the built program tests/bench/steps
#   PEERS   the folder with w1.py and w3.py, the same networks in PyTorch
#   RUNS    how often each is run; the median of the runs' medians counts
#   PYTHON  what runs them: python3 (the default)
set -eu
[ $# -ge 3 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
steps=$1 peers=$2 runs=$3
shift 3
[ $# -gt 0 ] || set -- python3
median() {
    sort -n | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}
field() { sed -n "s/.*\"$1\": *\([0-9.]*\).*/\1/p"; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "workload threads ours_ms pytorch_ms ratio ours_mb pytorch_mb"
for w in W1 W3; do
    script=$peers/$(echo "$w" | tr W w).py
    for threads in 1 2; do
        rm -f "$work"/*
        for _ in $(seq "$runs"); do
            "$steps" "$w" -threads "$threads" -steps 60 -json >"$work/o"
            field median_ms <"$work/o" >>"$work/ours"
            field peak_rss_mb <"$work/o" >>"$work/ours_mb"
            "$@" "$script" --threads "$threads" --steps 60 >"$work/p" 2>/dev/null
            field ms <"$work/p" >>"$work/theirs"
            field rss_mb <"$work/p" >>"$work/theirs_mb"
        done
        ours=$(median <"$work/ours") theirs=$(median <"$work/theirs")
        ratio=$(echo "$ours $theirs" | awk '{ printf "%.2f", $1 / $2 }')
        echo "$w $threads $ours $theirs $ratio" \
            "$(median <"$work/ours_mb") $(median <"$work/theirs_mb")"
    done
done
