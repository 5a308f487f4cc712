/*
 * bench_analysis - how fast text becomes tokens.
 *
 *     bench_analysis [-f] FILE...        -f: only the fast path
 *
 * Files are as corpus.h has them. Writes a TSV row for each file and path:
 * bench, corpus, documents, median MB/s of five passes and the best, unit.
 * Seconds are of the processor, not of the clock, so that other work on the
 * machine counts less.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "corpus.h"
#include "document/document.h"
#include "measure.h"
#include "text/tokenizer.h"

#define PASSES 5

static void fail(const char *what)
{
    (void)fprintf(stderr, "bench_analysis: %s\n", what);
    _Exit(2);
}

static double cpu_seconds(void)
{
    return measure_ns(CLOCK_PROCESS_CPUTIME_ID) / 1e9;
}

/* The seconds of one pass. `sum` keeps the work from being left out. */
static double run_pass(lede_tokenizer *tokenizer, const struct corpus *corpus,
                       uint32_t hints, uint64_t *sum)
{
    static lede_token_batch batch;
    double begin = cpu_seconds();

    for (size_t i = 0; i < corpus->count; i++) {
        const lede_document *doc = corpus->articles[i].document;

        for (size_t j = 0; j < lede_document_count(doc); j++) {
            const lede_entry *entry = lede_document_entry(doc, j);

            if (strcmp(entry->field, "date") == 0)
                continue;
            lede_tokenizer_start(tokenizer, entry->value.text, entry->value.len,
                                 0, hints);
            while (lede_tokenizer_next(tokenizer, &batch))
                *sum += batch.count + batch.hash[batch.count - 1];
        }
    }
    return cpu_seconds() - begin;
}

static void measure(const struct corpus *corpus, const char *path,
                    uint32_t hints)
{
    double seconds[PASSES], megabytes = (double)corpus->bytes / 1e6, middle;
    lede_tokenizer *tokenizer;
    uint64_t sum = 0;

    if (lede_tokenizer_new(&tokenizer, 0, NULL) != LEDE_OK)
        fail("out of memory");
    for (int i = 0; i < PASSES; i++)
        seconds[i] = run_pass(tokenizer, corpus, hints, &sum);
    middle = measure_median(seconds, PASSES);
    (void)printf("analysis_%s\t%s\t%zu\t%.1f\t%.1f\tMB/s\n", path, corpus->name,
                 corpus->count, megabytes / middle, megabytes / seconds[0]);
    (void)fflush(stdout);
    if (sum == 0)
        fail("no words");
    lede_tokenizer_free(tokenizer);
}

int main(int argc, char **argv)
{
    bool fast_only = argc > 1 && strcmp(argv[1], "-f") == 0;

    for (int i = 1 + fast_only; i < argc; i++) {
        struct corpus corpus;

        corpus_read(&corpus, argv[i], 0);
        measure(&corpus, "fast", LEDE_TOKENIZER_NAMES);
        if (!fast_only)
            measure(&corpus, "plain",
                    LEDE_TOKENIZER_NAMES | LEDE_TOKENIZER_PLAIN);
        corpus_free(&corpus);
    }
    return 0;
}
