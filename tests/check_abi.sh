#!/usr/bin/env bash
# Fails when what the shared libraries export is not what tests/abi.txt lists:
# a name that is gone breaks programs, a name that is new is a promise.
#
#     bash tests/check_abi.sh ABI_FILE LIBRARY...
#
# After adding to the API on purpose, from the root of the project:
#     bash tests/check_abi.sh --print build/release/lib*.so >tests/abi.txt
set -u -o pipefail

short_name() { # liblede.so.0.1.0 is liblede.so
    basename "$1" | sed 's/\.so\..*/.so/'
}

exported() { # LIBRARY: "liblede.so lede_version", by name
    nm -D --defined-only --format=posix "$1" |
        awk -v library="$(short_name "$1")" '{ print library, $1 }'
}

all() {
    for library in "$@"; do
        exported "$library" || exit 2
    done | LC_ALL=C sort
}

if [ "$1" = --print ]; then
    shift
    all "$@"
    exit
fi
list=$1
shift
work=$(mktemp) || exit 2
trap 'rm -f "$work"' EXIT
for library in "$@"; do
    grep "^$(short_name "$library") " "$list"
done | LC_ALL=C sort >"$work"
if diff "$work" <(all "$@"); then
    echo "$(wc -l <"$work") exported names, all of them listed"
else
    echo "exports differ from $list (< listed, > exported)"
    exit 1
fi
