#!/bin/sh
# Gets the data the examples start from out of Debian's own archive, and from nowhere else: text
# fonts, for `glyphs` to draw, and the manual pages of manpages and manpages-dev, for `man-text.sh`
# to turn into text. Run again it finds everything there and does nothing.
set -eu
export LC_ALL=C

# Fonts of many hands and of as many shapes of digits, all in Debian main: sans, serif, typewriter,
# a few brushes and handwritings. About 25 MB to download.
fonts='
    fonts-adf-accanthis fonts-agave fonts-averia-sans-gwf fonts-averia-serif-gwf fonts-bebas-neue
    fonts-breip fonts-cabin fonts-cantarell fonts-cardo fonts-comfortaa fonts-comic-neue
    fonts-courier-prime fonts-crosextra-caladea fonts-crosextra-carlito fonts-dancingscript
    fonts-dejavu-core fonts-dkg-handwriting fonts-dosis fonts-ebgaramond fonts-ecolier-court
    fonts-essays1743 fonts-firacode fonts-gfs-artemisia fonts-gfs-didot fonts-goudybookletter
    fonts-hack fonts-humor-sans fonts-inconsolata fonts-isabella fonts-jetbrains-mono fonts-jura
    fonts-karla fonts-lato fonts-league-spartan fonts-liberation2 fonts-linuxlibertine
    fonts-lobstertwo fonts-mononoki fonts-noto-mono fonts-oldstandard fonts-open-sans fonts-oxygen
    fonts-paratype fonts-play fonts-prociono fonts-quicksand fonts-roboto-unhinted fonts-rufscript
    fonts-sil-gentium fonts-sora fonts-tuffy fonts-uralic fonts-vollkorn fonts-yanone-kaffeesatz'
pages='manpages manpages-dev'

say() { printf 'fetch-data: %s\n' "$*" >&2; }
fail() { say "$@"; exit 1; }

usage() {
    cat <<'END'
Usage: fetch-data.sh [--unpack] OUTDIR
Gets the examples' data from Debian's archive with apt:
  text fonts             installed on this system (needs root or sudo)
  Linux manual pages     unpacked under OUTDIR/man, so that it does not matter whether this system
                         keeps manual pages (container images do not)

  --unpack   do not install the fonts, unpack them under OUTDIR/fonts (needs neither root nor sudo
             as long as apt knows the packages)
  --help     this text

What is there already is not fetched again.
END
}

unpack=false
out=
while [ $# -gt 0 ]; do
    case $1 in
    --help | -h) usage; exit 0 ;;
    --unpack) unpack=true ;;
    --) shift; break ;;
    -*) say "unknown option '$1'; try --help"; exit 2 ;;
    *) [ -z "$out" ] || { say "one OUTDIR only, not also '$1'"; exit 2; }; out=$1 ;;
    esac
    shift
done
[ -n "$out" ] || out=${1-}
[ -n "$out" ] || { usage >&2; exit 2; }
case $out in -*) out=./$out ;; esac

# One line, words apart by one space.
flat() { tr -s ' \n' ' ' | sed 's/^ //; s/ $//'; }
count() { echo $#; }
fonts=$(printf '%s' "$fonts" | flat)

for tool in apt-get apt-cache dpkg-query dpkg-deb; do
    command -v "$tool" >/dev/null 2>&1 ||
        fail "no $tool here: this script is for Debian and its kin. Elsewhere install some text" \
            "fonts and the Linux manual pages with your own package manager."
done

# Root, or sudo where it can work: with a password only if somebody is there to type it.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
        sudo "$@"
    else
        return 77
    fi
}

# The packages among "$@" that apt could get now.
known() {
    apt-cache policy "$@" 2>/dev/null |
        awk '/^[^ ]/ { name = $1; sub(/:.*/, "", name) }
             /^  Candidate: / && $2 != "(none)" { print name }'
}

# 77 if that takes rights that we do not have; once is enough.
updated=false
refused=false
update() {
    ! $updated || return 0
    updated=true
    say 'asking the archive what it has (apt-get update)'
    status=0
    as_root apt-get update -qq >&2 || status=$?
    case $status in
    0) ;;
    77) refused=true; say 'not root and no usable sudo: going on with what apt knows' ;;
    *) fail "apt-get update failed: is the network up and /etc/apt/sources.list right?" ;;
    esac
    return $status
}

# Sets `have` to what of "$@" can be got, after apt-get update if something is unknown.
find_packages() {
    have=$(known "$@" | flat)
    # shellcheck disable=SC2086 # these lists are meant to be split, here and below
    [ "$(count $have)" = $# ] && return 0
    update || return 0
    have=$(known "$@" | flat)
}

work=
cleanup() { [ -z "$work" ] || rm -rf "$work"; }
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# unpack_to DIR PACKAGE...: the files of the packages, as DIR, whole or not at all.
unpack_to() {
    target=$1
    shift
    mkdir -p "$out" || fail "cannot make the folder $out"
    out_full=$(cd "$out" && pwd)
    work=$(mktemp -d "$out_full/.fetch.XXXXXX") || fail "cannot write in $out"
    # As root, apt would fetch as the user _apt, who cannot write here.
    sandbox=
    [ "$(id -u)" != 0 ] || sandbox='-oAPT::Sandbox::User=root'
    # shellcheck disable=SC2086 # nothing, or one word
    (cd "$work" && apt-get $sandbox -qq download "$@" >&2) || {
        # Old lists name versions that the archive no longer has.
        # shellcheck disable=SC2086
        { update && (cd "$work" && apt-get $sandbox -qq download "$@" >&2); } ||
            fail "could not download: $*. Run 'apt-get update' as root if apt's lists are old."
    }
    mkdir "$work/tree"
    for deb in "$work"/*.deb; do
        dpkg-deb -x "$deb" "$work/tree" ||
            fail "cannot unpack $(basename "$deb"): is the disk full?"
    done
    printf '%s\n' "$@" >"$work/tree/.packages"
    chmod 755 "$work/tree"
    rm -rf "$target"
    mv "$work/tree" "$target"
    rm -rf "$work"
    work=
}

# ---- manual pages ----

if [ -f "$out/man/.packages" ]; then
    say "manual pages: already in $out/man"
else
    # shellcheck disable=SC2086
    find_packages $pages
    [ "$have" = "$pages" ] || fail "apt finds no $pages: run 'apt-get update' as root first," \
        "and see that /etc/apt/sources.list has Debian's main"
    say "manual pages: $pages into $out/man"
    # shellcheck disable=SC2086
    unpack_to "$out/man" $pages
fi

# ---- fonts ----

if $unpack; then
    fonts_at=" --fonts $out/fonts"
    if [ -f "$out/fonts/.packages" ]; then
        say "fonts: already in $out/fonts"
    else
        # shellcheck disable=SC2086
        find_packages $fonts
        [ -n "$have" ] || fail "apt finds none of: $fonts. Run 'apt-get update' as root first"
        # shellcheck disable=SC2086
        say "fonts: $(count $have) packages into $out/fonts"
        # shellcheck disable=SC2086
        unpack_to "$out/fonts" $have
    fi
else
    fonts_at=
    # shellcheck disable=SC2086
    installed=" $(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' $fonts 2>/dev/null |
        awk '$1 == "ii" { print $2 }' | flat) "
    missing=
    for package in $fonts; do
        case $installed in *" $package "*) ;; *) missing="$missing $package" ;; esac
    done
    # Another release may lack some for ever: what apt does not know is not missing a second time.
    have=
    # shellcheck disable=SC2086
    if [ -n "$missing" ] && [ "$missing" != "$(cat "$out/.fonts-absent" 2>/dev/null)" ]; then
        find_packages $missing
    fi
    if [ -z "$missing" ]; then
        say 'fonts: already installed'
    elif [ -z "$have" ]; then
        [ "$installed" != '  ' ] ||
            fail "apt finds none of the fonts and none is installed. As root:" \
                "apt-get update && apt-get install --no-install-recommends $fonts"
        say 'fonts: installed as far as apt knows them'
    else
        # shellcheck disable=SC2086
        say "fonts: installing $(count $have) packages"
        # Two hundred lines that matter only if it fails.
        work=$(mktemp -d) || fail "cannot make a temporary folder"
        log=$work/log
        install() {
            # shellcheck disable=SC2086
            as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -qq --no-install-recommends \
                -oDPkg::Lock::Timeout=300 -oDpkg::Use-Pty=0 install $have >"$log" 2>&1
        }
        install || {
            status=$?
            [ $status != 77 ] ||
                fail "not root and no usable sudo. Either run again with --unpack," \
                    "or ask for: apt-get install --no-install-recommends $have"
            if ! $updated && update; then
                status=0
                install || status=$?
            fi
            [ $status = 0 ] || { cat "$log" >&2; fail "apt-get could not install: $have"; }
        }
    fi
    absent=
    for package in $missing; do
        case " $have " in *" $package "*) ;; *) absent="$absent $package" ;; esac
    done
    if [ -n "$absent" ]; then
        say "unknown to apt, done without:$absent"
        $refused || printf '%s' "$absent" >"$out/.fonts-absent"
    fi
fi

here=$(dirname "$0")
cat >&2 <<END
fetch-data: ready. Next:
  $here/man-text.sh -o $out/man.txt $out/man
  glyphs$fonts_at --out $out/glyphs
END
