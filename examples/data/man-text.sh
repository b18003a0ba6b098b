#!/bin/sh
# Turns manual pages into plain lower-case text, one paragraph a line, to train word vectors on. It
# reads the pages' source (man and mdoc macros) itself, because a small Debian system has neither
# man-db nor groff: POSIX sh, find, sort, gzip and any awk are enough, and some twenty thousand
# paragraphs take seconds instead of the minutes that formatting each page would.
set -eu
export LC_ALL=C

say() { printf 'man-text: %s\n' "$*" >&2; }
fail() { say "$@"; exit 1; }

usage() {
    cat <<'END'
Usage: man-text.sh [-o FILE] [DIR]...
Writes the English manual pages of sections 1 to 8 found under DIR (default /usr/share/man) as text:
one paragraph a line, words of a-z, 0-9 and _ only, to FILE or to standard output. A DIR is a folder
that holds man1, man2 ..., a single such section, or a folder into which packages of manual pages
were unpacked. The summary goes to standard error.

  -o FILE   write FILE, which is replaced only when all is done
  --help    this text
END
}

out=
while [ $# -gt 0 ]; do
    case $1 in
    --help | -h) usage; exit 0 ;;
    -o) [ $# -ge 2 ] || { say '-o needs a file name'; exit 2; }; out=$2; shift ;;
    -o*) out=${1#-o} ;;
    --) shift; break ;;
    -*) say "unknown option '$1'; try --help"; exit 2 ;;
    *) break ;;
    esac
    shift
done
[ $# -gt 0 ] || set -- /usr/share/man

temporary=
cleanup() { [ -z "$temporary" ] || rm -f "$temporary"; }
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Plain files only: links are second names of pages that are read anyway.
list_pages() {
    for dir; do
        case $dir in -*) dir=./$dir ;; esac
        [ -d "$dir" ] || { say "$dir is not a folder"; return 1; }
        [ ! -d "$dir/usr/share/man" ] || dir=$dir/usr/share/man
        case ${dir##*/} in
        man[1-8]*) find "$dir/" -type f ;;
        *) for section in "$dir"/man[1-8]*; do
               [ ! -d "$section" ] || find "$section/" -type f
           done ;;
        esac
    done
}

# The text of all pages in one stream into one awk: a process for each page would take longer than
# all the work. A page begins at its .TH or .Dd, whatever was left open in the page before.
program=$(cat <<'AWK'
function put(s) {
    if (glue) sub(/^ +/, "", s)
    else par = par " "
    glue = 0
    if (s ~ /\\c *$/) { glue = 1; sub(/\\c *$/, "", s) }
    par = par s
}

# What is left of a line when all escape sequences are done. Most lines have none.
function plain(s) {
    if (index(s, "\\") == 0) return s
    gsub(/\\\\/, "\\e", s)
    sub(/\\["#].*$/, "", s)
    gsub(/\\f(\[[^]]*\]|\(..|.)/, "", s)                           # fonts
    gsub(/\\s(\[[^]]*\]|\([0-9][0-9]|'[^']*'|[-+]?[0-9])/, "", s)  # sizes
    gsub(/\\[-%:&|^\/,)!pud{}]/, "\001&", s)
    gsub(/\001\\-/, "-", s)
    gsub(/\001\\[{}]/, " ", s)
    gsub(/\001\\./, "", s)                                         # break and hyphen hints
    gsub(/\\([ ~0t]|$)/, " ", s)
    gsub(/\\(\(aq|\[aq\]|\(cq|\[cq\]|\(oq|\[oq\]|')/, "'", s)
    gsub(/\\(\(hy|\[hy\])/, "-", s)
    gsub(/\\(\(ul|\[ul\]|_)/, "_", s)
    gsub(/\\\*(\[[^]]*\]|\(..|.)/, "", s)                          # strings
    gsub(/\\[hvwlLDobxXNABZRHS]'[^']*'/, " ", s)
    gsub(/\\[nmMFgkYV](\[[^]]*\]|\(..|.)/, "", s)
    gsub(/\\[ez]./, " ", s)                                        # \n, \0 ... of C text
    gsub(/\\(\[[^]]*\]|\(..)/, " ", s)                             # bullets, quotes, dashes
    gsub(/\\\./, ".", s)
    return s
}

# Paragraph to line. Said of a paragraph, not of a line, so that nothing at a line's end is special.
function flush(    s, n, i, k, w, word, line) {
    s = tolower(par)
    par = ""
    glue = 0
    if (s !~ /[a-z]/) return
    if (s ~ /[\200-\377]/) {
        gsub(/\342\200[\230\231]/, "'", s)
        gsub(/\342\200[\220\221]/, "-", s)
        gsub(/\342[\200-\217\224][\200-\277]|\302[\240-\277]/, " ", s)
        gsub(/[^ ]*[\200-\377][^ ]*/, " ", s)     # names of people, mostly
    }
    if (s ~ /[:@]/) {
        gsub(/[a-z]+:\/\/[^ ]*/, " ", s)
        gsub(/[^ ]+@[^ ]+/, " ", s)
    }
    # fork(2) and fork (2): the section only. "argument (1)" loses its number, which is no loss.
    gsub(/ ?\([1-8][a-z]*\)/, " ", s)
    gsub(/posix\.1(-[0-9]+)?/, "posix", s)
    gsub(/[0-9]+\.[0-9.]*[0-9][^ ]*/, " ", s)   # versions
    gsub(/i\/o/, "io", s)
    gsub(/(^| )(e\.g|i\.e|etc)\./, " ", s)
    if (index(s, "'")) {
        gsub(/n't/, "nt", s)
        gsub(/'(s|re|ll|ve|d) /, " ", s)
    }
    if (index(s, "%")) gsub(/%[-+#0-9.*]*(hh|h|ll|l|j|z|t)?[a-z]/, " ", s)
    gsub(/[^a-z0-9_]+/, " ", s)
    n = split(s, word, " ")
    line = ""
    k = 0
    for (i = 1; i <= n; i++) {
        w = word[i]
        # Lone letters are option and variable names, lone underscores drawings.
        if (length(w) == 1 && w !~ /[ac0-9]/) continue
        if (w ~ /^_+$/) continue
        line = line (k++ ? " " : "") w
    }
    if (k < 2) return
    # The same words again are a licence or a stock phrase: once is enough to learn it.
    if (line in seen) return
    seen[line] = 1
    print line
    lines++
    words += k
    bytes += length(line) + 1
}

# The arguments of a macro line, quotes taken off, into arg[1..].
function arguments(s,    n, c, i, j) {
    n = 0
    sub(/^[ \t]+/, "", s)
    while (s != "") {
        n++
        if (substr(s, 1, 1) == "\"") {
            s = substr(s, 2)
            arg[n] = ""
            while ((i = index(s, "\"")) > 0) {
                arg[n] = arg[n] substr(s, 1, i - 1)
                s = substr(s, i + 1)
                if (substr(s, 1, 1) != "\"") break
                arg[n] = arg[n] "\""
                s = substr(s, 2)
            }
            if (i == 0) { arg[n] = arg[n] s; s = "" }
        } else if (match(s, /[^\\][ \t]/)) {
            # a blank after a backslash does not end an argument
            i = RSTART + 1
            arg[n] = substr(s, 1, i - 1)
            s = substr(s, i)
        } else {
            arg[n] = s
            s = ""
        }
        sub(/^[ \t]+/, "", s)
    }
    return n
}

function joined(n, between,    i, s) {
    s = ""
    for (i = 1; i <= n; i++) s = s (i > 1 ? between : "") arg[i]
    return s
}

# A section's name decides whether its text is worth having.
function section(name) {
    name = toupper(plain(name))
    sub(/^ +/, "", name)
    drop = name ~ unwanted
    in_name = name ~ /^NAME/
    # A list of relatives says little without whom it is about.
    if (name ~ /^SEE ALSO/) par = par " " names
}

# The names of a page stand before the dash of its NAME section, or, failing that, in its title.
function keep_names(    s) {
    s = plain(par)
    if (match(s, / (-+|\342\200[\223\224]) /)) names = substr(s, 1, RSTART - 1)
}

function end_paragraph() {
    if (in_name && par != "") keep_names()
    flush()
}

function mdoc(name, n,    i, s, a, tight) {
    if (name == "Sh") { end_paragraph(); section(joined(n, " ")); return }
    if (name == "Ss") {
        end_paragraph()
        if (!drop) put(plain(joined(n, " ")))
        end_paragraph()
        return
    }
    if (name ~ /^(Pp|Bl|El|Bd|Ed|It|Lp)$/) end_paragraph()
    if (drop || name ~ silent) return
    if (name == "Nm") {
        if (n > 0 && arg[1] !~ /^[,.;:)]/) { if (own == "") { own = arg[1]; names = own } }
        else put(own)
    }
    if (name == "Nd") { put("- "); keep_names() }
    if (name == "Xr" && n >= 2) arg[2] = ""
    s = ""
    for (i = 1; i <= n; i++) {
        a = arg[i]
        if (a == "Xr" && i + 2 <= n) arg[i + 2] = ""
        if (a == "Ns" || a == "No" || a ~ callable) continue
        s = s " " a
    }
    put(plain(s))
}

BEGIN {
    # Sections that are the same in a thousand pages.
    unwanted = "^(ATTRIBUTES|AUTHORS?|AVAILABILITY|BUG REPORTS|COLOPHON|COPYRIGHT|COPYING" \
               "|LICENSE|LIBRARY|REPORTING BUGS|RESOURCES|THANKS|TRANSLATION)"
    # mdoc macros whose lines are no text, and those that may stand among the words of a line.
    silent = "^(Pp|Bl|El|Bd|Ed|Lp|Os|Dt|Bk|Ek|Rs|Re|Sm|Rv|Ex|Lb|An|Bt|Ud|Fd|In|%.)$"
    callable = "^(Ac|Ao|Ap|Aq|Ar|Bc|Bo|Bq|Brc|Bro|Brq|Cd|Cm|Dc|Do|Dq|Dv|Em|Er|Ev|Fa|Fl|Fn" \
               "|Ft|Ic|Li|Nm|Ns|Oc|Oo|Op|Pa|Pc|Po|Pq|Qc|Qo|Qq|Sc|So|Sq|Sx|Sy|Tn|Ux|Va|Vt|Xr)$"
}

# A page begins.
/^[.']TH[ \t]/ || /^\.Dd([ \t]|$)/ {
    end_paragraph()
    pages++
    until = ""; depth = 0; drop = 0; in_name = 0; own = ""; heading = 0
    names = ""
    is_mdoc = $1 == ".Dd"
    if (!is_mdoc) { arguments(substr($0, 4)); names = arg[1] }
    next
}

# Inside a definition, a table, an equation: to its end.
until != "" {
    if ($1 == until) until = ""
    next
}

# Inside a conditional block: none of the branches that pages have holds text of their own.
depth > 0 {
    s = $0
    depth += gsub(/\\\{/, "", s)
    depth -= gsub(/\\\}/, "", s)
    if (depth < 0) depth = 0
    next
}

# Text.
!/^[.']/ {
    if (heading) { heading = 0; section($0); next }
    if (drop) next
    if ($0 ~ /^[ \t]*$/) { end_paragraph(); next }
    put(plain($0))
    next
}

# Macros and requests.
{
    s = substr($0, 2)
    sub(/^[ \t]+/, "", s)
    if (!match(s, /^[A-Za-z0-9%]+/)) next
    name = substr(s, 1, RLENGTH)
    s = substr(s, RLENGTH + 1)

    if (name == "de" || name == "de1" || name == "am" || name == "ig") {
        n = arguments(s)
        k = name == "ig" ? 1 : 2
        until = "." (n >= k ? arg[k] : ".")
        next
    }
    if (name == "TS" || name == "EQ" || name == "PS" || name == "GS") {
        until = "." substr(name, 1, 1) "E"
        if (name == "EQ") until = ".EN"
        next
    }
    if (name == "if" || name == "ie" || name == "el" || name == "while") {
        depth += gsub(/\\\{/, "", s)
        depth -= gsub(/\\\}/, "", s)
        if (depth < 0) depth = 0
        next
    }
    if (s ~ /\\"/) sub(/[ \t]*\\".*$/, "", s)
    if (is_mdoc) { mdoc(name, arguments(s)); next }

    if (name == "SH") {
        end_paragraph()
        n = arguments(s)
        drop = in_name = 0
        if (n) section(joined(n, " "))
        else heading = 1
        next
    }
    if (drop) next
    if (name == "B" || name == "I" || name == "SM" || name == "SB" || name == "R" || name == "OP" ||
        name == "CW") {
        put(plain(joined(arguments(s), " ")))
    } else if (name == "BR" || name == "RB" || name == "BI" || name == "IB" || name == "IR" ||
               name == "RI") {
        put(plain(joined(arguments(s), "")))
    } else if (name == "SS" || name == "SY") {
        end_paragraph()
        put(plain(joined(arguments(s), " ")))
        if (name == "SS") end_paragraph()
    } else if (name == "IP") {
        end_paragraph()
        if (arguments(s) > 0) put(plain(arg[1]))
    } else if (name == "PP" || name == "P" || name == "LP" || name == "TP" || name == "HP" ||
               name == "RS" || name == "RE" || name == "sp" || name == "nf" || name == "fi" ||
               name == "EX" || name == "EE" || name == "Vb" || name == "Ve" || name == "YS" ||
               name == "Sp") {
        end_paragraph()
    }
}

END {
    end_paragraph()
    if (pages == 0) exit 3
    out = "cat 1>&2"
    printf "man-text: %d pages, %d lines, %d words, %d bytes\n", pages, lines, words, bytes | out
    close(out)
}
AWK
)

if [ -n "$out" ]; then
    case $out in -*) out=./$out ;; esac
    [ ! -d "$out" ] || fail "$out is a folder; -o needs the name of a file"
    temporary=$(mktemp "$out.XXXXXX") || fail "cannot write in the folder of $out"
    exec >"$temporary"
fi

advice='install some (Debian: apt-get install manpages manpages-dev; in container images, which'
advice="$advice leave manual pages out: fetch-data.sh OUTDIR, then man-text.sh OUTDIR/man)"
files=$(list_pages "$@") || exit 1
files=$(printf '%s\n' "$files" |
    sed -n '/\/[^/]*\.[1-8][^/.]*$/p; /\/[^/]*\.[1-8][^/.]*\.gz$/p' | sort -u)
[ -n "$files" ] || fail "no manual pages under $*: $advice"

status=0
printf '%s\n' "$files" | sed 's/[^A-Za-z0-9_.,:/+-]/\\&/g' | xargs gzip -dcf |
    awk "$program" || status=$?
case $status in
0) ;;
3) fail "the files under $* are no manual pages: $advice" ;;
141) exit 141 ;; # whoever read the text has enough
*) fail "cannot write ${out:-the text}: is the disk full?" ;;
esac

if [ -n "$out" ]; then
    # mktemp makes files that only their owner reads
    chmod "$(printf '%o' $((0666 & ~0$(umask))))" "$temporary"
    mv -f "$temporary" "$out"
    temporary=
fi
