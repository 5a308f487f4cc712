#!/usr/bin/env bash
# lede beside its peers, on the same words in the same run: builds what is
# needed, makes the documents and queries, the indexes, compares the counts of
# every query, then times all peers in turn, and prints one table.
#
#     bench/peers/compare.sh CORPUS.jsonl[.xz] FOLDER [REAL-QUERIES.jsonl]
#
# FOLDER keeps documents, queries, indexes and results; what is there is not
# made again. Lucene needs a JDK of 21 or more and Maven; without, it is left
# out. ROUNDS (5) of the environment says how often each timing is repeated; the
# table has medians, and how far the rounds lay apart. PASSES (5) is the
# drivers'.
set -eu -o pipefail
[ $# -ge 2 ] || { sed -n '2,13s/^# \{0,1\}//p' "$0"; exit 2; }
corpus=$(realpath "$1")
folder=$2
real=${3:+$(realpath "$3")}
rounds=${ROUNDS:-5}
passes=${PASSES:-5}
root=$(realpath "$(dirname "$0")/../..")
build=$root/build/release
lucene=$root/build/lucene

mkdir -p "$folder"
folder=$(realpath "$folder")

# ---- Programs ---------------------------------------------------------------

cd "$root"
cmake --preset release >/dev/null
cmake --build --preset release -j "$(nproc)" \
    --target lede_driver draw_queries >/dev/null
peers=(lede)
if cmake --build --preset release -j "$(nproc)" --target xapian_driver \
    >/dev/null 2>&1; then
    peers+=(xapian)
fi

# The newest JDK of those installed.
newest_jdk() {
    local home version best=0
    for home in ${JAVA_HOME:+"$JAVA_HOME"} /usr/lib/jvm/*; do
        [ -x "$home/bin/javac" ] || continue
        version=$("$home/bin/javac" -version 2>&1 | grep -oE '[0-9]+' | head -1)
        if [ "$version" -gt "$best" ]; then
            best=$version
            jdk=$home
        fi
    done
    [ "$best" -ge 21 ]
}

if newest_jdk && command -v mvn >/dev/null &&
    JAVA_HOME=$jdk mvn -q -B -f "$root/bench/peers/lucene/pom.xml" package \
        >"$folder/maven.log" 2>&1; then
    peers+=(lucene)
else
    echo "no Lucene: no JDK of 21 or more, no Maven, or see maven.log" >&2
fi

drive() { # PEER COMMAND...
    local peer=$1
    shift
    if [ "$peer" = lucene ]; then
        "$jdk/bin/java" --add-modules jdk.incubator.vector \
            --enable-native-access=ALL-UNNAMED -Xmx4g \
            -cp "$lucene/lucene-driver.jar:$lucene/lib/*" LuceneDriver "$@" \
            2>>"$folder/java.log"
    else
        "$build/bench/${peer}_driver" "$@"
    fi
}

# ---- Documents, queries, indexes --------------------------------------------

if [ ! -s "$folder/or.txt" ]; then
    case $corpus in
    *.xz) xz -dc "$corpus" ;;
    *) cat "$corpus" ;;
    esac | "$build/bench/draw_queries" "$folder" ${real:+"$real"} >&2
fi
for peer in "${peers[@]}"; do
    index=$folder/$peer.index
    [ -e "$folder/$peer.index.json" ] && [ -d "$index" ] && continue
    rm -rf "$index"
    drive "$peer" index "$index" "$folder/docs.txt" \
        >"$folder/$peer.index.json"
done

text=$(stat -c %s "$folder/docs.txt")
echo "# index: % of the words, MB/s of processor time, peak MiB"
for peer in "${peers[@]}"; do
    size=$(du -sb --apparent-size "$folder/$peer.index" | cut -f1)
    rate=$(grep -oE '"mb_s_cpu":[0-9.]+' "$folder/$peer.index.json")
    peak=$(grep -oE '"peak_mib":[0-9.]+' "$folder/$peer.index.json")
    printf '%-8s %6s%% %8s %8s\n' "$peer" \
        "$(awk "BEGIN { printf \"%.1f\", 100 * $size / $text }")" \
        "${rate#*:}" "${peak#*:}"
done

# ---- Counts -----------------------------------------------------------------

sets=()
for kind in term and or phrase; do
    for file in "$folder/$kind"*.txt "$folder/real-$kind.txt"; do
        [ -s "$file" ] && sets+=("$kind:$file")
    done
done

echo "# counts: queries that differ from lede's"
for set in "${sets[@]}"; do
    kind=${set%%:*} file=${set#*:}
    name=$(basename "$file" .txt)
    for peer in "${peers[@]}"; do
        out=$folder/$name.$peer.count
        [ -s "$out" ] && [ "$peer" != lede ] ||
            drive "$peer" count "$folder/$peer.index" "$kind" "$file" >"$out"
    done
    for peer in "${peers[@]:1}"; do
        differ=$(paste "$folder/$name.lede.count" \
            "$folder/$name.$peer.count" | awk '$1 != $2' | wc -l)
        printf '%-12s %-8s %s of %s\n' "$name" "$peer" "$differ" \
            "$(grep -c . "$file")"
    done
done

# ---- Times ------------------------------------------------------------------

results=$folder/times.jsonl
: >"$results"
for ((round = 0; round < rounds; round++)); do
    for set in "${sets[@]}"; do
        kind=${set%%:*} file=${set#*:}
        for peer in "${peers[@]}"; do
            drive "$peer" query "$folder/$peer.index" "$kind" "$file" \
                passes="$passes" >>"$results"
        done
    done
done

echo "# top 10, microseconds of processor time: median of $rounds rounds" \
    "(spread in %), and lede's share of the best peer"
awk '
    function value(key,  at) {
        at = match($0, "\"" key "\":\"?[^,\"}]*")
        if (!at)
            return ""
        at = substr($0, RSTART, RLENGTH)
        sub("\"" key "\":\"?", "", at)
        return at
    }
    function median(list, n,  i, j, t) {
        for (i = 2; i <= n; i++)
            for (j = i; j > 1 && list[j - 1] > list[j]; j--) {
                t = list[j]; list[j] = list[j - 1]; list[j - 1] = t
            }
        spread = list[1] ? 100 * (list[n] - list[1]) / list[1] : 0
        return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
    }
    {
        name = value("file")
        sub(".*/", "", name)
        sub("[.]txt$", "", name)
        peer = value("peer")
        if (!(name in seen)) { seen[name] = 1; names[++sets] = name }
        if (!(peer in known)) { known[peer] = 1; peers[++count] = peer }
        n = ++runs[name, peer]
        took[name, peer, 1, n] = value("mean_us") + 0
        took[name, peer, 2, n] = value("p50_us") + 0
        took[name, peer, 3, n] = value("p99_us") + 0
    }
    END {
        printf "%-12s %-8s %18s %18s %18s\n", "queries", "", "mean", "p50",
               "p99"
        for (s = 1; s <= sets; s++) {
            split("", best)
            split("", mine)
            for (p = 1; p <= count; p++) {
                printf "%-12s %-8s", p == 1 ? names[s] : "", peers[p]
                for (m = 1; m <= 3; m++) {
                    n = runs[names[s], peers[p]]
                    for (i = 1; i <= n; i++)
                        list[i] = took[names[s], peers[p], m, i]
                    mid = median(list, n)
                    printf " %11.1f (%3d%%)", mid, spread
                    if (peers[p] == "lede")
                        mine[m] = mid
                    else if (!(m in best) || mid < best[m])
                        best[m] = mid
                }
                printf "\n"
            }
            printf "%-12s %-8s", "", "share"
            for (m = 1; m <= 3; m++)
                if (m in best && best[m])
                    printf " %11.2f       ", mine[m] / best[m]
            printf "\n"
        }
    }' "$results"
