#!/usr/bin/env bash
# Runs the programs of one page and looks at what they print.
#
#     bash tests/check_examples.sh FOLDER PROGRAM...
set -u
folder=$(realpath "$1")
shift
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
failed=0

# Each line of the expected text is a pattern for the line printed there.
expect() { # PROGRAM [ARGUMENT...] < EXPECTED
    local got at=0 pattern lines
    got=$("$folder/$@" <"$work/input" 2>&1) || {
        printf 'FAILED: %s: exit status %s\n%s\n' "$1" "$?" "$got"
        failed=$((failed + 1))
        return
    }
    mapfile -t lines <<<"$got"
    while IFS= read -r pattern; do
        if ! [[ ${lines[at]-} =~ ^$pattern$ ]]; then
            printf 'FAILED: %s: line %s is "%s", not %s\n' "$1" $((at + 1)) \
                "${lines[at]-}" "$pattern"
            failed=$((failed + 1))
        fi
        at=$((at + 1))
    done
    if [ "$at" -ne "${#lines[@]}" ]; then
        printf 'FAILED: %s printed %s lines, not %s:\n%s\n' "$1" \
            "${#lines[@]}" "$at" "$got"
        failed=$((failed + 1))
    fi
}

minimal() {
    expect minimal <<'END'
[0-9.]+  a[12]  .*
[0-9.]+  a[12]  .*
END
}

fields() {
    expect fields <<'END'
3 articles
c  rated 5.0  Embassy garden wins a prize
b  rated 3.5  Old embassy becomes a museum
a  rated 4.5  Embassy opens in the capital
Culture      2
World        1
1577836800   1
1583020800   2
END
}

threads() {
    expect threads <<'END'
ship   1 
port   1 
storm  0 
ships  1 
storm  1, since the commit
END
}

errors() {
    expect errors <<'END'
INVALID: .* at byte [0-9]+
.*"embassy attack: .*
NOT_FOUND: .* \(no/such/index\)
INVALID: .*titel.*
committed
END
}

typing() { # in the index that minimal left
    minimal
    echo fer >"$work/input"
    expect typing news.lede <<'END'
f
  ... ferry
  .*
  .*
fe
  ... ferry
  .*
  .*
fer
  ... ferry
  .*
  .*
END
    : >"$work/input"
}

shards() {
    expect shards <<'END'
[ew]1
[ew]1
END
    printf '# one half\nxapian:west.lede\n' >one.shards
    expect shards one.shards ferry <<'END'
w1
END
}

: >"$work/input"
for program in "$@"; do
    rm -rf -- *.lede
    "$program"
done
[ "$failed" -eq 0 ]
