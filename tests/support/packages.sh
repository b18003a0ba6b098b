#!/bin/sh
# Installs what building, the examples or the tests need on Debian and its kin: the one place that
# names packages.  Does nothing, and needs no rights, where all of it is there.
#   packages.sh [--list] SET...     sets: build, examples, tests
set -eu
export LC_ALL=C

build='gcc libc6-dev meson ninja-build pkg-config libopenblas-dev zlib1g-dev libutf8proc-dev
    libpng-dev libjpeg-dev'
examples='libfreetype-dev'
tests='libcmocka-dev g++ clang abigail-tools luajit python3 python3-cffi python3-pycparser cmake
    locales'

say() { printf 'packages: %s\n' "$*" >&2; }

list=false
wanted=
for argument; do
    case $argument in
    --list) list=true ;;
    build) wanted="$wanted $build" ;;
    examples) wanted="$wanted $examples" ;;
    tests) wanted="$wanted $tests" ;;
    *) say "unknown set '$argument': build, examples or tests"; exit 2 ;;
    esac
done
if $list; then
    # shellcheck disable=SC2086 # split into words, here and below
    echo $wanted
    exit 0
fi

command -v dpkg-query >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1 || {
    say 'not a Debian: going on with what is here.  On Debian it would be these packages:'
    # shellcheck disable=SC2086
    say $wanted
    exit 0
}

missing=
for package in $wanted; do
    case $(dpkg-query -W -f '${db:Status-Status} ' "$package" 2>/dev/null) in
    *' installed '* | 'installed '*) ;;
    *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0

# Root, or sudo where it can work: with a password only if somebody is there to type it.
if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    as_root=sudo
else
    say 'packages are missing, and this is neither root nor a user with sudo.  As root run:'
    say "  apt-get install --no-install-recommends$missing"
    exit 1
fi

install() {
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        -oDPkg::Lock::Timeout=300 -oDpkg::Use-Pty=0 $missing
}
say "installing$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# The lists are asked for anew only if they are missing or old enough to name what is gone.
if ! install >"$log" 2>&1; then
    say 'apt-get update'
    # shellcheck disable=SC2086
    $as_root apt-get update -qq >"$log" 2>&1 && install >"$log" 2>&1 || {
        cat "$log" >&2
        say "apt-get could not install:$missing"
        say 'is the network up, and is Debian main in /etc/apt/sources.list?'
        exit 1
    }
fi
