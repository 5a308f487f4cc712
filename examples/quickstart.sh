#!/usr/bin/env bash
# From nothing to ranked answers: installs what is missing, builds lede, indexes
# the sample articles or yours, and searches.
#
#     bash examples/quickstart.sh [FOLDER|FILE.jsonl]
#
# Debian 12 and newer, Ubuntu 24.04 and newer. It changes nothing outside of
# build/quickstart, but for packages that apt installs when they are missing.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=$root/build/quickstart
log=$build/build.log
lede=$build/examples/lede/lede
index=$build/news.lede

say() {
    printf '\n== %s\n' "$*"
}

input=$root/examples/articles.jsonl
queries=('ferry storm' 'soleil' '"Farid al-Haddad"' '+treaty -rice +date:2024')
if [ $# -gt 0 ]; then
    input=$(realpath -- "$1")
    queries=()
fi
[ -e "$input" ] || {
    echo "quickstart: $input: no such file or folder" >&2
    exit 2
}

say "packages"
bash "$root/.ci/install" build
echo "all there"

say "build (in $build)"
cd "$root"
mkdir -p "$build"
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DLEDE_TESTS=OFF \
    -DLEDE_BENCH=OFF >"$log" 2>&1 &&
    cmake --build "$build" >>"$log" 2>&1 || {
    tail -n 40 "$log"
    exit 1
}
"$lede" --version

say "lede index news.lede $input"
rm -rf "$index"
"$lede" index "$index" "$input"

# Of your own articles, the words that most of them share.
if [ ${#queries[@]} -eq 0 ]; then
    mapfile -t queries < <("$lede" terms "$index" |
        awk -F '\t' 'length($1) > 5 { print $2 "\t" $1 }' |
        sort -rn | head -n 2 | cut -f 2)
fi
color=--color # matches are marked by it, wherever this is printed
[ -z "${NO_COLOR-}" ] || color=--color=never
for query in "${queries[@]}"; do
    say "lede search news.lede '$query' -n 3"
    "$lede" search "$index" -n 3 "$color" -- "$query" || [ $? -eq 1 ]
done

say "lede stats news.lede"
"$lede" stats "$index"

cat <<END

Go on with:
  $lede search $index 'your words'
  $lede --help
END
