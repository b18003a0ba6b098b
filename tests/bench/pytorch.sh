#!/bin/sh
# pytorch.sh STEPS PEERS RUNS [WORKLOADS [PYTHON...]]: our step time over PyTorch's, interleaved in
# one run.
#   STEPS      the built program tests/bench/steps
#   PEERS      the folder with w1.py to w5.py, the same networks in PyTorch
#   RUNS       how often each is run; the median of the runs' medians counts
#   WORKLOADS  "W1 W3 W2-32 W2-64 W4-128 W4-256 W5-128 W5-256 W6" (the default: W1 and W3)
#   PYTHON     what runs them: python3 (the default); scripts are named from PEERS on
set -eu
[ $# -ge 3 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
steps=$1 peers=$2 runs=$3 workloads=${4:-W1 W3}
shift 3
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- python3
median() {
    sort -n | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}
field() { sed -n "s/.*\"$1\": *\([0-9.]*\).*/\1/p"; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# A workload's script with its options, and how many steps are timed.
script_of() {
    size=${1#*-}
    case $1 in
    W1) echo w1.py ;;
    W2-*) echo "w2.py --size $size --cl 1" ;;
    W3) echo w3.py ;;
    W4-*) echo "w4.py --size $size" ;;
    W5-*) echo "w5.py --size $size" ;;
    W6) echo w6.py ;;
    *) echo "there is no workload '$1'" >&2; exit 2 ;;
    esac
}
steps_of() {
    case $1 in
    W1 | W3) echo 60 ;;
    W2-32) echo 12 ;;
    W5-256) echo 2 ;;
    *) echo 4 ;;
    esac
}
echo "workload threads ours_ms pytorch_ms ratio ours_mb pytorch_mb"
for w in $workloads; do
    script=$(script_of "$w")
    n=$(steps_of "$w")
    for threads in 1 2; do
        rm -f "$work"/*
        for _ in $(seq "$runs"); do
            "$steps" "$w" -threads "$threads" -steps "$n" -json >"$work/o"
            field median_ms <"$work/o" >>"$work/ours"
            field peak_rss_mb <"$work/o" >>"$work/ours_mb"
            # the words of $script are options
            # shellcheck disable=SC2086
            (cd "$peers" && "$@" $script --threads "$threads" --steps "$n" \
                --adam "${ADAM:-fused}") >"$work/p" 2>/dev/null
            field ms <"$work/p" >>"$work/theirs"
            field rss_mb <"$work/p" >>"$work/theirs_mb"
        done
        ours=$(median <"$work/ours") theirs=$(median <"$work/theirs")
        ratio=$(echo "$ours $theirs" | awk '{ printf "%.2f", $1 / $2 }')
        echo "$w $threads $ours $theirs $ratio" \
            "$(median <"$work/ours_mb") $(median <"$work/theirs_mb")"
    done
done
