/*
 * bench_query - how fast queries are read and printed, and fuzzy words walked.
 *
 * Parsing: a usual query, and 64 KiB of operators in the most expensive places.
 * Walking: a million made-up words, sorted in an array, sought as the
 * automaton jumps. Prints one TSV row each: bench, corpus, items, median of
 * 7 runs, of the processor's time, unit, commit (LEDE_COMMIT of the
 * environment), target if there is one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lede/query.h"
#include "measure.h"
#include "query/dfa.h"

#define RUNS  7
#define WORDS 1000000U
#define ROOM  16

static uint64_t state = 88172645463325252U;

static uint32_t below(uint32_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)((state >> 11) % n);
}

static void must(bool good)
{
    if (good)
        return;
    (void)fputs("bench_query: failed\n", stderr);
    exit(EXIT_FAILURE); /* NOLINT(concurrency-mt-unsafe) */
}

/* Of the processor: others may be at work beside. */
static double now_ns(void)
{
    return measure_ns(CLOCK_THREAD_CPUTIME_ID);
}

static void report(const char *bench, const char *corpus, unsigned items,
                   double *runs, const char *unit, const char *target)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
    const char *commit = getenv("LEDE_COMMIT");

    printf("%s\t%s\t%u\t%.3f\t%s\t%s\t%s\n", bench, corpus, items,
           measure_median(runs, RUNS), unit, commit ? commit : "-", target);
}

static void bench_parse(const char *name, const char *part, size_t bytes)
{
    lede_parse_options options = LEDE_PARSE_OPTIONS;
    lede_limits limits = LEDE_LIMITS;
    lede_schema *schema;
    char *text = malloc(bytes);
    size_t len = strlen(part);
    unsigned times = (unsigned)(4000000 / bytes) + 1;
    double runs[RUNS];

    must(text != NULL);
    for (size_t i = 0; i < bytes; i++)
        text[i] = part[i % len];
    limits.clauses = UINT32_MAX;
    limits.query_depth = UINT32_MAX;
    options.limits = &limits;
    must(lede_schema_new_article(&schema, NULL) == LEDE_OK);
    options.schema = schema;
    for (int r = 0; r < RUNS; r++) {
        double begin = now_ns();

        for (unsigned i = 0; i < times; i++) {
            lede_query *query;

            must(lede_query_parse(&query, text, bytes, &options, NULL) ==
                 LEDE_OK);
            lede_query_free(query);
        }
        runs[r] = (double)bytes * times * 1e3 / (now_ns() - begin);
    }
    report("parse", name, (unsigned)bytes, runs, "MB/s", "-");
    lede_schema_free(schema);
    free(text);
}

typedef char word[ROOM];

static int by_bytes(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Most jumps are short: steps that double, then bisection. */
static size_t first_from(word *words, size_t at, lede_bytes target)
{
    size_t step = 1, end;

    while (at + step < WORDS &&
           lede_bytes_compare(lede_bytes_of_text(words[at + step]), target) < 0)
        step *= 2;
    end = at + step < WORDS ? at + step : WORDS;
    while (at < end) {
        size_t mid = at + (end - at) / 2;

        if (lede_bytes_compare(lede_bytes_of_text(words[mid]), target) < 0)
            at = mid + 1;
        else
            end = mid;
    }
    return at;
}

static void walk(word *words, lede_dfa *dfa)
{
    lede_buffer target;
    size_t at = 0;

    lede_buffer_init(&target, NULL);
    while (at < WORDS) {
        lede_bytes term = lede_bytes_of_text(words[at]);
        uint32_t end = lede_dfa_run(dfa, dfa->start, term);

        if (lede_dfa_accept(dfa, end) != LEDE_DFA_REJECT)
            at++;
        else if (lede_dfa_seek(dfa, term, &target))
            at = first_from(words, at + 1, lede_buffer_bytes(&target));
        else
            break;
    }
    must(dfa->status == LEDE_OK);
    lede_buffer_fini(&target);
}

static void bench_fuzzy(word *words, const char *name, uint32_t edits,
                        uint32_t prefix, const char *target)
{
    double runs[RUNS];

    for (int r = 0; r < RUNS; r++) {
        double begin = now_ns();
        lede_dfa *dfa;

        must(lede_dfa_new_fuzzy(&dfa, lede_bytes_of_text("soleimani"), edits,
                                prefix, 10000, NULL) == LEDE_OK);
        walk(words, dfa);
        lede_dfa_free(dfa);
        runs[r] = (now_ns() - begin) / 1e6;
    }
    report("fuzzy", name, WORDS, runs, "ms", target);
}

int main(void)
{
    word *words = calloc(WORDS, sizeof *words);

    bench_parse("usual", "iraq -syria \"maximum pressure\" author:mansour ",
                45);
    bench_parse("words", "iraq embassy ", 65536);
    bench_parse("operators", "+a* -title:b~1 OR \"c d\"~2 AND (e /f.g/)^2 ",
                65536);
    must(words != NULL);
    for (size_t i = 0; i < WORDS; i++)
        for (uint32_t n = 4 + below(9); n > 0; n--)
            words[i][n - 1] =
                "etaoinshrdlucmfwypvbgkjqxz"[below(1 + below(26))];
    qsort(words, WORDS, sizeof *words, by_bytes);
    bench_fuzzy(words, "1 edit", 1, 0, "-");
    bench_fuzzy(words, "2 edits", 2, 0, "4");
    bench_fuzzy(words, "2 edits, prefix 1", 2, 1, "1");
    free(words);
    return EXIT_SUCCESS;
}
