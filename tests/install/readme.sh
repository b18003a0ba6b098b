# The program of README.md, compiled as it says there.    readme.sh ROOT PREFIX WORK
set -eu
export PKG_CONFIG_PATH="$2/lib/pkgconfig"
awk '/^```c$/ { on = 1; next } /^```$/ { on = 0 } on' "$1/README.md" >"$3/readme.c"
grep -q genrep_trainer_new "$3/readme.c"
# shellcheck disable=SC2046 # words
cc -std=c11 -Wall -Wextra -Werror "$3/readme.c" -o "$3/readme" $(pkg-config --cflags --libs genrep)
export LD_LIBRARY_PATH="$2/lib"
[ "$("$3/readme" "$1/README.md" the | wc -l)" = 5 ] # the five words nearest to one
! "$3/readme" "$1/no such file" the
