/*
 * bench_shapes - queries of many shapes beside what of them is required.
 *
 *     bench_shapes [--passes N] FOLDER FILE [QUERY PART]
 *
 * Puts the articles of a file (corpus.h; the queries are about Reuters-21578),
 * numbered by `n`, into an index in the folder, one segment, or takes the one
 * that is there.
 * Asks each query for its ten best hits, in exact words, and the query of its
 * required part alone, in turn. Prints for each: the query, that part, how many
 * match, microseconds of the processor for both (the least of all passes, 200
 * if not said), and the first as a multiple of the second. An OR is compared
 * with the same OR undecorated, or with the sum of its parts. With a query and
 * its part only these.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "corpus.h"
#include "lede/lede.h"
#include "measure.h"

#define PASSES    200U
#define PARTS_MAX 3

static lede_error fault;

/* Of several parts the sum of their times counts. */
typedef struct shape {
    const char *query;
    const char *parts[PARTS_MAX];
} shape;

static const shape shapes[] = {
    { "+company oil", { "company" } },
    { "+oil company", { "oil" } },
    { "+wheat company said", { "wheat" } },
    { "+said wheat", { "said" } },
    { "+company -oil", { "company" } },
    { "+oil -company", { "oil" } },
    { "oil trade -wheat", { "oil trade" } },
    { "+wheat -(company oil trade)", { "wheat" } },
    { "+company FILTER(n:[5000..9000])", { "company" } },
    { "ALL((oil trade) FILTER(n:[5000..9000]))", { "oil trade" } },
    { "ALL((oil trade bank) FILTER(n:[5000..5400]))", { "n:[5000..5400]" } },
    { "+oil +trade bank", { "+oil +trade" } },
    { "+oil +trade bank -wheat", { "+oil +trade" } },
    { "+oil +trade bank -wheat FILTER(n:[5000..9000])", { "+oil +trade" } },
    { "(oil trade) AND (bank japan)", { "oil trade", "bank japan" } },
    { "wheat AND (bank japan oil)", { "wheat" } },
    { "company AND GROUP(wheat corn grain)", { "GROUP(wheat corn grain)" } },
    { "GROUP(oil crude petroleum)", { "oil crude petroleum" } },
    { "GROUP(oil crude petroleum) trade", { "oil crude petroleum trade" } },
    { "oil^3 trade bank^0.5", { "oil trade bank" } },
    { "CONSTANT/2(oil) trade", { "oil trade" } },
    { "CONSTANT/2(company)", { "company" } },
    { "+CONSTANT/2(company) wheat", { "company" } },
    { "BEST/0.3(oil trade bank)", { "oil trade bank" } },
    { "+wheat BEST/0.3(oil trade bank)", { "wheat" } },
    { "\"interest rates\" oil", { "\"interest rates\"", "oil" } },
    { "+wheat \"united states\"", { "wheat" } },
    { "+oil \"crude oil\" -company", { "oil" } },
    { "+\"crude oil\" company", { "\"crude oil\"" } },
    { "+said +(wheat corn)", { "wheat corn" } },
    { "((oil OR crude) AND (price OR prices)) OR opec",
      { "oil crude", "price prices", "opec" } },
    { "wheat* -wheat", { "wheat*" } },
    { "+company bank* -oil", { "company", "bank*" } },
    { "n:[5000..9000]", { "n:[5000..9000]" } },
    { "-company", { "*:*" } },
    { "+n:[5000..9000] -company", { "n:[5000..9000]" } },
    { "+n:[5000..9000] wheat", { "n:[5000..9000]" } },
    { "(the of to in said and a) wheat", { "the of to in said and a" } },
};

#define SHAPES (sizeof shapes / sizeof *shapes)

static void must(lede_status status, const char *what)
{
    if (status == LEDE_OK)
        return;
    (void)fprintf(stderr, "bench_shapes: %s: %s %s\n", what,
                  lede_status_name(status), fault.message);
    exit(EXIT_FAILURE); /* NOLINT(concurrency-mt-unsafe): one thread */
}

static lede_index *make_index(const char *folder, const char *file)
{
    lede_field_options title = LEDE_FIELD_OPTIONS;
    lede_index *index;
    lede_schema *schema;
    lede_writer *writer;
    struct corpus corpus;
    char key[24];

    must(lede_schema_new(&schema, NULL), "schema");
    title.weight = 2;
    title.flags = LEDE_FIELD_UNSTORED;
    must(lede_schema_add(schema, "title", LEDE_TEXT, &title), "title");
    title.weight = 1;
    must(lede_schema_add(schema, "body", LEDE_TEXT, &title), "body");
    must(lede_schema_add(schema, "date", LEDE_DATE, NULL), "date");
    must(lede_schema_add(schema, "n", LEDE_INT, NULL), "n");
    must(lede_index_create(&index, folder, schema, NULL, &fault), folder);
    must(lede_writer_open(&writer, index, NULL, &fault), "writer");
    corpus_read(&corpus, file, 0);
    for (size_t i = 0; i < corpus.count; i++) {
        int len = snprintf(key, sizeof key, "%zu", i);

        must(
            lede_document_add_int(corpus.articles[i].document, "n", (int64_t)i),
            "n");
        must(lede_writer_put(writer, key, (size_t)len,
                             corpus.articles[i].document, &fault),
             "put");
    }
    must(lede_writer_optimize(writer, NULL, &fault), "optimize");
    lede_writer_close(writer);
    lede_schema_free(schema);
    corpus_free(&corpus);
    return index;
}

static double now_us(void)
{
    return measure_ns(CLOCK_THREAD_CPUTIME_ID) / 1e3;
}

static double ask(const lede_snapshot *snapshot, const char *text)
{
    lede_search_options options = LEDE_SEARCH_OPTIONS;
    double begin = now_us();
    lede_results *results;

    options.load = LEDE_LOAD_NOTHING;
    options.forms = LEDE_FORM_EXACT;
    must(lede_search_text(&results, snapshot, text, LEDE_TERMINATED, &options,
                          &fault),
         text);
    lede_results_free(results);
    return now_us() - begin;
}

static uint64_t count(const lede_snapshot *snapshot, const char *text)
{
    lede_search_options options = LEDE_SEARCH_OPTIONS;
    lede_parse_options parsing = LEDE_PARSE_OPTIONS;
    lede_query *query;
    uint64_t total;

    options.forms = LEDE_FORM_EXACT;
    parsing.schema = lede_snapshot_schema(snapshot);
    must(lede_query_parse(&query, text, LEDE_TERMINATED, &parsing, &fault),
         text);
    must(lede_count(&total, snapshot, query, &options, &fault), text);
    lede_query_free(query);
    return total;
}

static void measure(const lede_snapshot *snapshot, const shape *asked,
                    unsigned passes)
{
    double whole = 1e9, parts[PARTS_MAX] = { 0 }, sum = 0;

    for (unsigned pass = 0; pass < passes; pass++) {
        double took = ask(snapshot, asked->query);

        whole = took < whole ? took : whole;
        for (int i = 0; i < PARTS_MAX && asked->parts[i]; i++) {
            took = ask(snapshot, asked->parts[i]);
            if (pass == 0 || took < parts[i])
                parts[i] = took;
        }
    }
    for (int i = 0; i < PARTS_MAX; i++)
        sum += parts[i];
    printf("%-50s %-28s %6llu %8.1f %8.1f %6.2f%s\n", asked->query,
           asked->parts[0], (unsigned long long)count(snapshot, asked->query),
           whole, sum, whole / sum, whole > 2 * sum ? " over" : "");
}

int main(int argc, char **argv)
{
    unsigned passes = PASSES;
    lede_snapshot *snapshot;
    lede_index *index;
    int at = 1;

    if (argc > 2 && strcmp(argv[1], "--passes") == 0) {
        passes = (unsigned)strtoul(argv[2], NULL, 10);
        at = 3;
    }
    if ((argc != at + 2 && argc != at + 4) || passes == 0) {
        (void)fputs(
            "usage: bench_shapes [--passes N] FOLDER FILE [QUERY PART]\n",
            stderr);
        return 2;
    }
    if (lede_index_open(&index, argv[at], NULL, &fault) != LEDE_OK)
        index = make_index(argv[at], argv[at + 1]);
    must(lede_snapshot_open(&snapshot, index, &fault), "snapshot");
    printf("%-50s %-28s %6s %8s %8s %6s\n", "query", "required", "match", "us",
           "part us", "times");
    if (argc == at + 4) {
        shape own = { argv[at + 2], { argv[at + 3] } };

        measure(snapshot, &own, passes);
    }
    for (size_t i = 0; i < SHAPES && argc == at + 2; i++)
        measure(snapshot, &shapes[i], passes);
    lede_snapshot_close(snapshot);
    lede_index_close(index);
    return 0;
}
