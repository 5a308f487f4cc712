/*
 * bench_inversion - how fast articles become postings in memory.
 *
 *     bench_inversion FILE...
 *
 * Files are as corpus.h has them. Prints TSV rows: bench, corpus, articles,
 * median of five passes, unit, commit (LEDE_COMMIT of the environment):
 *
 *     inversion_analysis   tokens only
 *     inversion_words      tokens and postings
 *     inversion_alone      the difference of their times
 *     inversion_token      that for each token
 *     inversion_stored     tokens, postings and records
 *     inversion_segment    tokens, postings and the segment, in memory too
 *     inversion_memory     bytes counted per byte of text; with records stored
 *
 * Seconds are of the processor, not of the clock, so that other work on the
 * machine counts less.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "article/analysis.h"
#include "base/limits.h"
#include "corpus.h"
#include "io/dir.h"
#include "measure.h"
#include "native/index/inverter.h"

#define PASSES 5

struct pass {
    double seconds;
    double flush_seconds; /* to a segment in memory */
    uint64_t segment;     /* bytes */
    uint64_t memory;
    uint64_t tokens;
};

static void must(bool good, const char *what)
{
    if (good)
        return;
    (void)fprintf(stderr, "bench_inversion: %s\n", what);
    exit(EXIT_FAILURE); /* NOLINT(concurrency-mt-unsafe): one thread */
}

static double cpu_seconds(void)
{
    return measure_ns(CLOCK_PROCESS_CPUTIME_ID) / 1e9;
}

static void read_tokens(lede_token_source *source, uint64_t *tokens)
{
    const lede_token_batch *batch;
    uint32_t field;

    while (source->next(source, &field, &batch))
        *tokens += batch->count;
    must(source->status == LEDE_OK, "analysis failed");
}

/* Analyses all articles, and puts them if there is an inverter. */
static void run_articles(const struct corpus *corpus, lede_analysis *analysis,
                         lede_inverter *inverter, uint64_t *tokens)
{
    for (size_t i = 0; i < corpus->count; i++) {
        char key[24];
        lede_engine_change change = {
            .key =
                lede_bytes_of(key, (size_t)snprintf(key, sizeof key, "%zu", i)),
            .sequence = i + 1,
            .text_bytes = corpus->articles[i].text_bytes,
        };

        must(lede_analysis_start(analysis, corpus->articles[i].document,
                                 NULL) == LEDE_OK,
             "an article cannot be read");
        change.document = analysis->document;
        change.tokens = &analysis->source;
        if (inverter)
            must(lede_inverter_put(inverter, &change, NULL) == LEDE_OK,
                 "an article cannot be put");
        else
            read_tokens(&analysis->source, tokens);
    }
}

static void flush(lede_inverter *inverter, const lede_schema *schema,
                  struct pass *pass)
{
    lede_segment_target target = { .name = "s", .schema = schema };
    lede_segment_made made;
    lede_forms *forms = NULL;

    must(lede_dir_open_memory(&target.dir, NULL) == LEDE_OK &&
             lede_forms_new(&forms, lede_schema_analyzer(schema), NULL) ==
                 LEDE_OK,
         "out of memory");
    target.forms = forms;
    pass->flush_seconds = cpu_seconds();
    must(lede_inverter_flush(inverter, &target, false, &made, NULL) == LEDE_OK,
         "a flush failed");
    pass->flush_seconds = cpu_seconds() - pass->flush_seconds;
    pass->segment = made.mark.length;
    lede_forms_free(forms);
    lede_dir_close(target.dir);
}

static struct pass run_pass(const struct corpus *corpus,
                            const lede_schema *schema, bool invert)
{
    struct pass pass = { .seconds = 0 };
    lede_inverter *inverter = NULL;
    lede_analysis *analysis;

    must(lede_analysis_new(&analysis, schema, lede_limits_default(), NULL) ==
             LEDE_OK,
         "out of memory");
    if (invert)
        must(lede_inverter_new(&inverter, schema, NULL) == LEDE_OK,
             "out of memory");
    pass.seconds = cpu_seconds();
    run_articles(corpus, analysis, inverter, &pass.tokens);
    pass.seconds = cpu_seconds() - pass.seconds;
    if (inverter) {
        pass.memory = lede_inverter_memory(inverter);
        flush(inverter, schema, &pass);
    }
    lede_inverter_free(inverter);
    lede_analysis_free(analysis);
    return pass;
}

static int by_seconds(const void *left, const void *right)
{
    const struct pass *a = left, *b = right;

    return (a->seconds > b->seconds) - (a->seconds < b->seconds);
}

static void report(const struct corpus *corpus, const char *bench, double value,
                   const char *unit)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
    const char *commit = getenv("LEDE_COMMIT");

    (void)printf("%s\t%s\t%zu\t%.3f\t%s\t%s\n", bench, corpus->name,
                 corpus->count, value, unit, commit ? commit : "-");
    (void)fflush(stdout);
}

static lede_schema *make_schema(uint32_t flags)
{
    lede_field_options options = LEDE_FIELD_OPTIONS;
    lede_schema *schema;

    options.flags = flags;
    must(lede_schema_new(&schema, NULL) == LEDE_OK &&
             lede_schema_add(schema, "title", LEDE_TEXT, &options) == LEDE_OK &&
             lede_schema_add(schema, "body", LEDE_TEXT, &options) == LEDE_OK &&
             lede_schema_add(schema, "date", LEDE_DATE, NULL) == LEDE_OK,
         "out of memory");
    return schema;
}

static void measure(const struct corpus *corpus)
{
    lede_schema *bare = make_schema(LEDE_FIELD_UNSTORED);
    lede_schema *stored = make_schema(0);
    struct pass analysis[PASSES], words[PASSES], records[PASSES];
    double megabytes = (double)corpus->bytes / 1e6, alone;

    for (int i = 0; i < PASSES; i++) {
        analysis[i] = run_pass(corpus, bare, false);
        words[i] = run_pass(corpus, bare, true);
        records[i] = run_pass(corpus, stored, true);
    }
    qsort(analysis, PASSES, sizeof analysis[0], by_seconds);
    qsort(words, PASSES, sizeof words[0], by_seconds);
    qsort(records, PASSES, sizeof records[0], by_seconds);
    alone = words[PASSES / 2].seconds - analysis[PASSES / 2].seconds;
    report(corpus, "inversion_analysis",
           megabytes / analysis[PASSES / 2].seconds, "MB/s");
    report(corpus, "inversion_words", megabytes / words[PASSES / 2].seconds,
           "MB/s");
    report(corpus, "inversion_alone", megabytes / alone, "MB/s");
    report(corpus, "inversion_token", alone * 1e9 / (double)analysis[0].tokens,
           "ns");
    report(corpus, "inversion_stored", megabytes / records[PASSES / 2].seconds,
           "MB/s");
    report(corpus, "inversion_segment",
           megabytes /
               (words[PASSES / 2].seconds + words[PASSES / 2].flush_seconds),
           "MB/s");
    report(corpus, "inversion_segment_stored",
           megabytes / (records[PASSES / 2].seconds +
                        records[PASSES / 2].flush_seconds),
           "MB/s");
    report(corpus, "inversion_segment_bytes",
           (double)words[0].segment / (double)corpus->bytes, "bytes per byte");
    report(corpus, "inversion_memory",
           (double)words[0].memory / (double)corpus->bytes, "bytes per byte");
    report(corpus, "inversion_memory_stored",
           (double)records[0].memory / (double)corpus->bytes, "bytes per byte");
    lede_schema_free(bare);
    lede_schema_free(stored);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct corpus corpus;

        corpus_read(&corpus, argv[i], 0);
        measure(&corpus);
        corpus_free(&corpus);
    }
    return 0;
}
