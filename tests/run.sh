#!/usr/bin/env bash
# Installs what is missing, builds, runs every test, and ends with a line
# "N passed, N failed[, N skipped]". Fails when a test does; where the shared
# test data is present, beside the project, also when one was skipped.
#
#     bash tests/run.sh [--long] [--werror]
#
# --long    the long figures of property, fault and fuzz tests: hours
# --werror  a warning of the compiler is a failure
#
# Runs the suites under ASan and UBSan, optimised, and those with threads under
# TSan; then the fuzz targets, the tool under valgrind, and the quickstart.
set -u -o pipefail
cd "$(dirname "$0")/.." || exit 2
exec </dev/null

jobs=$(nproc)
fuzz_seconds=5
fuzz_seed=1 # the same inputs in every run; others under --long
options=()
for word in "$@"; do
    case $word in
    --long)
        export LEDE_TEST_LONG=1
        fuzz_seconds=3600
        fuzz_seed=0
        ;;
    --werror) options+=(-DLEDE_WERROR=ON) ;;
    *)
        echo "usage: bash tests/run.sh [--long] [--werror]" >&2
        exit 2
        ;;
    esac
done
export UBSAN_OPTIONS=print_stacktrace=1
export ASAN_OPTIONS=detect_stack_use_after_return=1
unset CK_VERBOSITY CK_FORK

passed=0 failed=0 skipped=0
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT

tell() { # PART NAME SECONDS PASSED FAILED SKIPPED
    printf '%-9s %-28s %7.1f s  %s passed' "$1" "$2" "$3" "$4"
    [ "$5" -eq 0 ] || printf ', %s FAILED' "$5"
    [ "$6" -eq 0 ] || printf ', %s skipped' "$6"
    printf '\n'
    passed=$((passed + $4)) failed=$((failed + $5)) skipped=$((skipped + $6))
}

now() {
    date +%s.%N
}

since() {
    awk -v from="$1" -v to="$(now)" 'BEGIN { printf "%.1f", to - from }'
}

# Runs a command as one test; shows what it said when it failed.
check() { # PART NAME COMMAND...
    local part=$1 name=$2 start log=$scratch/check.log skips
    shift 2
    start=$(now)
    if "$@" >"$log" 2>&1; then
        skips=$(grep -c '^SKIP: ' "$log")
        grep '^SKIP: ' "$log"
        tell "$part" "$name" "$(since "$start")" 1 0 "$skips"
    else
        tail -n 60 "$log"
        tell "$part" "$name" "$(since "$start")" 0 1 0
        return 1
    fi
}

build() { # PRESET TARGET [OPTION...]
    local preset=$1 target=$2 start log=$scratch/build.log
    shift 2
    start=$(now)
    if cmake --preset "$preset" "${options[@]}" "$@" >"$log" 2>&1 &&
        cmake --build --preset "$preset" --target "$target" -j "$jobs" \
            >>"$log" 2>&1; then
        printf '%-9s %-28s %7.1f s\n' "$preset" build "$(since "$start")"
        return 0
    fi
    tail -n 60 "$log"
    tell "$preset" build "$(since "$start")" 0 1 0
    return 1
}

# From a log of ctest: "NAME SECONDS PASSED FAILED SKIPPED" for each suite. One
# that prints Check's sums counts as so many tests, another one as one.
count_suites='
    /^[0-9]+\/[0-9]+ Testing: / { name = $3; checks = bad = skips = sums = 0 }
    match($0, /Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+/) {
        split(substr($0, RSTART, RLENGTH), part, /[:,] /)
        checks += part[2]; bad += part[4] + part[6]; sums++
    }
    /^SKIP: / { skips++ }
    /^Test time = / { seconds = $4 }
    /^Test (Passed|Failed)|^Test (timeout|not run)/ && name != "" {
        if (!sums)
            checks = 1
        if ($0 !~ /^Test Passed/ && !bad) {
            bad = 1
            checks += sums ? 1 : 0
        }
        print name, seconds, checks - bad, bad, skips
        name = ""
    }'

# Runs the suites of a build, one after the other in the table, together in
# time.
suites() { # PRESET [CTEST OPTION...]
    local preset=$1 log name seconds good bad skips status before=$failed
    shift
    log=build/$preset/Testing/Temporary/LastTest.log
    rm -f "$log"
    "${without_aslr[@]}" ctest --test-dir "build/$preset" -j "$jobs" "$@" \
        --output-on-failure >"$scratch/ctest.log" 2>&1
    status=$?
    [ $status -eq 0 ] || grep -vE '^ *(Start +[0-9]+:|[0-9]+/[0-9]+ .*Passed)' \
        "$scratch/ctest.log" | tail -n 200
    [ -f "$log" ] && {
        grep '^SKIP: ' "$log"
        while read -r name seconds good bad skips; do
            tell "$preset" "$name" "$seconds" "$good" "$bad" "$skips"
        done < <(awk "$count_suites" "$log")
    }
    # A suite that could not even start stands in no log.
    [ $status -eq 0 ] || [ "$failed" -gt "$before" ] ||
        tell "$preset" "ctest" 0 0 1 0
}

# TSan of older compilers cannot live with much randomness in addresses.
without_aslr=()
setarch -R true 2>/dev/null && without_aslr=(setarch -R)

newest_clang() {
    local name
    for name in clang clang-{21,20,19,18,17,16,15,14}; do
        command -v "$name" && return
    done
}

fuzz() {
    local clang program name
    clang=$(newest_clang)
    echo 'int LLVMFuzzerTestOneInput(const char *d, long n);
          int LLVMFuzzerTestOneInput(const char *d, long n)
          { return d == 0 && n; }' >"$scratch/probe.c"
    if [ -z "$clang" ] || ! "$clang" -fsanitize=fuzzer,address \
        "$scratch/probe.c" -o "$scratch/probe" 2>/dev/null; then
        echo "SKIP: no clang with libFuzzer"
        tell fuzz libFuzzer 0 0 0 1
        return
    fi
    build fuzz fuzzers "-DCMAKE_C_COMPILER=$clang" \
        "-DCMAKE_CXX_COMPILER=${clang/clang/clang++}" || return
    for program in build/fuzz/tests/fuzz/fuzz_*; do
        [ -f "$program" ] && [ -x "$program" ] || continue
        name=$(basename "$program")
        mkdir -p "$scratch/$name"
        check fuzz "$name" "${without_aslr[@]}" "$program" \
            -seed="$fuzz_seed" -max_total_time="$fuzz_seconds" -timeout=60 -rss_limit_mb=3000 \
            -artifact_prefix="$scratch/" "$scratch/$name" \
            $(find "tests/fuzz/corpus/${name#fuzz_}" -maxdepth 0 2>/dev/null) ||
            find "$scratch" -maxdepth 1 -name '*-*' -type f -size -4k \
                -exec sh -c 'echo "$1"; base64 "$1"' sh {} \;
    done
}

valgrind_tool() {
    local tool=build/release/examples/lede/lede index=$scratch/valgrind.lede
    local grind=(valgrind -q --error-exitcode=9 --leak-check=full
        --errors-for-leak-kinds=definite)
    "${grind[@]}" "$tool" index "$index" examples/articles.jsonl &&
        "${grind[@]}" "$tool" search "$index" ferry harbour -n 3 &&
        "${grind[@]}" "$tool" stats "$index"
}

# Memory that was never written must not reach a file.
valgrind_writes() {
    CK_FORK=no valgrind -q --error-exitcode=9 \
        build/release/tests/golden_make "$scratch/golden"
}

# Other compilers and options, the same bytes.
same_bytes() {
    build/dev/tests/test_same_bytes | grep '^bytes:' >"$scratch/dev.bytes"
    build/release/tests/test_same_bytes | grep '^bytes:' \
        >"$scratch/release.bytes"
    [ -s "$scratch/dev.bytes" ] &&
        diff "$scratch/dev.bytes" "$scratch/release.bytes"
}

format() {
    find include lib examples tests bench -name '*.[ch]' \
        ! -name '*_table*' -print0 |
        xargs -0 clang-format-14 --dry-run -Werror
}

start=$(now)
bash .ci/install build test || exit 2
build dev all && suites dev
build release all && suites release
build tsan thread_suites && suites tsan -L threads
fuzz
[ ! -f examples/articles.jsonl ] ||
    check release valgrind valgrind_tool
check release valgrind_writes valgrind_writes
check tree same_bytes same_bytes
[ ! -f examples/quickstart.sh ] ||
    check release quickstart bash examples/quickstart.sh
if command -v clang-format-14 >/dev/null; then
    check tree format format
else # another version breaks lines at other places
    echo "format: not checked, there is no clang-format-14"
fi

printf 'all of it took %s s\n' "$(since "$start")"
status=0
[ "$failed" -eq 0 ] || status=1
if [ "$skipped" -gt 0 ] && [ -d ../shared ]; then
    echo "the shared test data is present: a skipped test is a failure"
    failed=$((failed + skipped))
    status=1
fi
if [ "$skipped" -gt 0 ]; then
    echo "$passed passed, $failed failed, $skipped skipped"
else
    echo "$passed passed, $failed failed"
fi
exit $status
