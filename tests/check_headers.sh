#!/usr/bin/env bash
# Fails when a public header does not stand alone, twice, in C11 and C++14, with
# every compiler there is; when the macro of an options struct does not
# initialise it in both; and when such a struct ends with padding.
#
#     bash tests/check_headers.sh INCLUDE_DIR...
set -u
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
failed=0
checked=0

fail() {
    echo "FAILED: $*"
    failed=$((failed + 1))
}

includes=()
headers=()
for dir in "$@"; do
    includes+=("-I$dir")
    for header in "$dir"/*/*.h; do
        headers+=("${header#"$dir"/}")
    done
done

compilers() { # of a language: the plain name, and clang by its newest version
    for name in "$@"; do
        command -v "$name" 2>/dev/null && return
    done
}
clang=$(compilers clang clang-{21,20,19,18,17,16,15,14})
clangxx=$(compilers clang++ clang++-{21,20,19,18,17,16,15,14})
languages=()
command -v gcc >/dev/null && languages+=("gcc -std=c11 -Wstrict-prototypes -x c")
command -v g++ >/dev/null && languages+=("g++ -std=c++14 -x c++")
[ -n "$clang" ] && languages+=("$clang -std=c11 -Wstrict-prototypes -x c")
[ -n "$clangxx" ] && languages+=("$clangxx -std=c++14 -x c++")
[ ${#languages[@]} -ge 2 ] || fail "no compiler"

compile() { # FILE WHAT
    for language in "${languages[@]}"; do
        checked=$((checked + 1))
        $language -Wall -Wextra -Wpedantic -Wshadow -Wconversion \
            -Wsign-conversion -Wundef -Werror -fsyntax-only \
            "${includes[@]}" "$1" || fail "$2: $language"
    done
}

for header in "${headers[@]}"; do
    printf '#include "%s"\n#include "%s"\n' "$header" "$header" >"$work/a"
    compile "$work/a" "$header"
done

# The macro LEDE_X_OPTIONS belongs to the struct lede_x_options, whose last
# member must end where the struct does.
for header in "${headers[@]}"; do
    for dir in "$@"; do
        [ -f "$dir/$header" ] && cat "$dir/$header"
    done
done >"$work/all"
for header in "${headers[@]}"; do
    echo "#include \"$header\""
done >"$work/options"
awk '
    { gsub(/\/\*([^*]|\*[^\/])*\*\//, "") }
    /^#define [A-Z0-9_]+_(OPTIONS|LIMITS|TASK)( |$)/ { macros[++count] = $2 }
    match($0, /[a-z0-9_]+;/) && !/^}/ {
        member = substr($0, RSTART, RLENGTH - 1)
    }
    /^} [a-z0-9_]+;/ { last[substr($2, 1, length($2) - 1)] = member }
    END {
        print "#ifndef __cplusplus"
        print "#define static_assert _Static_assert"
        print "#endif"
        for (i = 1; i <= count; i++) {
            type = tolower(macros[i])
            printf "extern %s %s_v;\n%s %s_v = %s;\n", type, type, type,
                   type, macros[i]
            printf "static_assert(sizeof(%s) == offsetof(%s, %s) + " \
                   "sizeof %s_v.%s, \"%s ends with padding\");\n", type,
                   type, last[type], type, last[type], type
        }
        if (count < 3)
            print "#error no options were found"
    }' "$work/all" >>"$work/options"
compile "$work/options" "options"

echo "${#headers[@]} headers, $checked compilations, $failed failed"
[ "$failed" -eq 0 ]
