#!/bin/sh
# Builds and tests everything, on a fresh Debian or a developer's machine: see --help.
set -u

usage() {
    cat <<'END'
Usage: tests/run.sh [OPTION]...
Installs what is missing (Debian; as root or through sudo), builds libgenrep in build-test-*/ and
runs its tests, in these steps:
  gcc      everything with gcc, warnings are errors: unit, gradient, kernel, memory, fuzz corpus,
           FFI, ABI, lint and example tests
  locale   the same tests where the decimal sign is a comma
  asan     the tests under the address, undefined-behaviour and leak sanitizers
  tsan     the tests of suite `threads` under the thread sanitizer
  clang    everything with clang, warnings are errors
  install  an installed copy is used through pkg-config, CMake, ctypes and LuaJIT
Ends with the line "N passed, N failed, N skipped"; the status is 1 if anything failed.

  --only STEP    run this step only (may be repeated)
  --no-install   install no packages
  --jobs N       compile with N processes (default: one a processor)
  --help         this text

GENREP_TEST_DATA, if set, names a folder with data for more tests.  Where CI is set, a test whose
tool is missing fails instead of being skipped.
END
}

steps=
install=true
jobs=
while [ $# -gt 0 ]; do
    case $1 in
    --only) [ $# -gt 1 ] || { usage >&2; exit 2; }; steps="$steps $2"; shift ;;
    --only=*) steps="$steps ${1#*=}" ;;
    --no-install) install=false ;;
    --jobs) [ $# -gt 1 ] || { usage >&2; exit 2; }; jobs=$2; shift ;;
    --help | -h) usage; exit 0 ;;
    *) echo "run.sh: unknown option '$1'; try --help" >&2; exit 2 ;;
    esac
    shift
done
for step in ${steps:=gcc locale asan tsan clang install}; do
    case $step in
    gcc | locale | asan | tsan | clang | install) ;;
    *) echo "run.sh: unknown step '$step'; try --help" >&2; exit 2 ;;
    esac
done

cd "$(dirname "$0")/.." || exit 1
root=$PWD
: "${jobs:=$(nproc 2>/dev/null || echo 2)}"
# The caller's flags would change what is tested.
unset CFLAGS LDFLAGS CPPFLAGS DESTDIR LANGUAGE
export LC_ALL=C.UTF-8

passed=0 failed=0 skipped=0
say() { printf '== %s\n' "$*"; }

# One check of this script itself: check NAME COMMAND...
check() {
    what=$1
    shift
    if "$@" >"$root/$build/check.log" 2>&1; then
        say "ok: $what"
        passed=$((passed + 1))
    else
        say "FAILED: $what"
        sed 's/^/    /' "$root/$build/check.log" | tail -40
        failed=$((failed + 1))
    fi
}

# configure COMPILER OPTION...: sets up $build, anew if compiler or options are not last time's.
configure() {
    compiler=$1
    shift
    set -- -Dtests=enabled -Dexamples=enabled "$@"
    options="$compiler $*"
    before=$(cat "$build/.options" 2>/dev/null)
    if [ ! -f "$build/build.ninja" ] || [ "$before" != "$options" ]; then
        rm -rf "$build"
        mkdir "$build" || return 1
        CC=$compiler meson setup "$build" "$@" >"$build/setup.log" 2>&1 || {
            tail -30 "$build/setup.log"
            return 1
        }
        printf '%s\n' "$options" >"$build/.options"
    fi
}

compile() {
    ninja -C "$build" -j "$jobs" >"$build/compile.log" 2>&1 || {
        grep -vE '^\[[0-9]+/[0-9]+\] ' "$build/compile.log" | tail -60
        return 1
    }
}

# test_all LOG MESON-TEST-ARGUMENT...: runs tests and adds what they say to the totals.
test_all() {
    log=$1
    shift
    rm -f "$build/meson-logs/$log.json"
    # shellcheck disable=SC2086 # words
    env TMPDIR="$scratch" $wrapper meson test -C "$build" $rebuild --print-errorlogs \
        --logbase "$log" "$@" \
        >"$build/$log.out" 2>&1
    status=$?
    if [ $status != 0 ]; then
        grep -v ' OK  ' "$build/$log.out" | tail -150
    fi
    if [ ! -s "$build/meson-logs/$log.json" ]; then
        say "FAILED: no test ran; see $build/$log.out"
        failed=$((failed + 1))
        return
    fi
    # shellcheck disable=SC2046 # three numbers
    set -- $(python3 tests/support/summary.py "$build/meson-logs/$log.json")
    # meson's own word counts where the logs do not show a failure.
    [ $status = 0 ] || [ "$2" != 0 ] || set -- "$1" 1 "$3"
    passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
    say "$step: $1 passed, $2 failed, $3 skipped"
}

broken() {
    say "FAILED: $step does not build"
    failed=$((failed + 1))
}

# A folder with the French locale, made from Debian's sources without touching the system.
french() {
    locales=$root/$build/locales
    [ -d "$locales/fr_FR.UTF-8" ] && return 0
    command -v localedef >/dev/null || return 1
    mkdir -p "$locales"
    localedef --no-archive -i fr_FR -f UTF-8 "$locales/fr_FR.UTF-8" >/dev/null 2>&1 ||
        [ -f "$locales/fr_FR.UTF-8/LC_NUMERIC" ]
}

# A tool that is missing is a failure where CI says that nothing may be missing.
absent() {
    if [ -n "${CI-}" ]; then
        say "FAILED: $1"
        failed=$((failed + 1))
    else
        say "skipped: $1"
        skipped=$((skipped + 1))
    fi
}

# The build that gcc, locale and install share: what a user gets, but for its prefix.
build_gcc() {
    build=build-test-gcc
    configure gcc -Dwerror=true --prefix="$root/$build/prefix" --libdir=lib && compile
}

step_gcc() {
    build_gcc || { broken; return; }
    test_all testlog
}

step_locale() {
    build_gcc || { broken; return; }
    french || { absent 'localedef cannot make fr_FR.UTF-8: install locales'; return; }
    wrapper="env LOCPATH=$locales LC_ALL=fr_FR.UTF-8"
    test_all testlog-locale --no-suite lint --no-suite abi
}

# Not with -Werror: with sanitizers gcc warns of what is not so.
step_asan() {
    build=build-test-asan
    configure gcc -Doptimization=1 -Db_sanitize=address,undefined -Db_lundef=false && compile ||
        { broken; return; }
    export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1
    export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
    export LSAN_OPTIONS=suppressions=$root/tests/support/lsan.supp:print_suppressions=0
    test_all testlog -t 4 --no-suite lint --no-suite abi
}

step_tsan() {
    build=build-test-tsan
    configure gcc -Doptimization=1 -Db_sanitize=thread -Db_lundef=false -Dexamples=disabled ||
        { broken; return; }
    rebuild= # meson compiles what these tests need
    foreign=$root/tests/support/tsan.supp
    export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:suppressions=$foreign
    # gcc 12's thread sanitizer cannot live with the widest address randomisation of new kernels.
    if setarch -R true 2>/dev/null; then wrapper='setarch -R'; fi
    test_all testlog -t 5 --suite threads
}

step_clang() {
    build=build-test-clang
    command -v clang >/dev/null || { absent 'clang is missing'; return; }
    configure clang -Dwerror=true && compile || { broken; return; }
    test_all testlog --no-suite lint
}

step_install() {
    build_gcc || { broken; return; }
    prefix=$root/$build/prefix
    rm -rf "$prefix"
    meson install -C "$build" --no-rebuild >"$build/install.log" 2>&1 || {
        tail -20 "$build/install.log"
        broken
        return
    }
    before=$failed passed_before=$passed
    work=$root/$build/installed
    rm -rf "$work"
    mkdir "$work"
    for use in shared static readme cmake ctypes luajit; do
        case $use in
        cmake | luajit) command -v $use >/dev/null || { absent "$use is missing"; continue; } ;;
        esac
        check "an installed copy trains a network: $use" \
            sh "$root/tests/install/$use.sh" "$root" "$prefix" "$work"
    done
    say "$step: $((passed - passed_before)) passed, $((failed - before)) failed"
}

# Files of tests go to memory where that can be: they are fsynced by the thousand.
scratch=$(mktemp -d /dev/shm/genrep-test-XXXXXX 2>/dev/null || mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# A function, so that a change of this file while it runs changes nothing.
main() {
    began=$(date +%s)
    if $install; then
        tests/support/packages.sh build examples tests || {
            echo 'run.sh: without them nothing can be tested (--no-install goes on regardless)' >&2
            exit 1
        }
    fi
    for step in $steps; do
        say "$step"
        from=$(date +%s)
        wrapper='' rebuild=--no-rebuild
        "step_$step"
        unset ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS TSAN_OPTIONS
        say "$step took $(($(date +%s) - from)) s"
    done
    say "all took $(($(date +%s) - began)) s; logs are in build-test-*/meson-logs"
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" = 0 ]
}

main
exit
