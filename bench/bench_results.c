/*
 * bench_results - what it costs to give matches in other ways than ten by score.
 *
 *     bench_results [--passes N] FOLDER FILE [TABLE]
 *
 * Puts the articles of a file (corpus.h), with values made up of their number,
 * into indexes in the folder, of 1, 3, 17 and 50 segments, or takes those that
 * are there. Then prints four tables, or the one that is named:
 *
 *   orders    sorted, paged, counted, collapsed, recent: beside the same query
 *             for its ten best hits
 *   filters   queries under filters: what the filter adds, and what it would
 *             cost by itself, which no cache of filters can save more than
 *   segments  the same queries in so many segments, beside one
 *   threads   on one thread and on two, by the clock on the wall
 *
 * Times are the least of all passes (100 if not said), microseconds: of the
 * processor, but for threads. The words asked for are frequent in English news.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "corpus.h"
#include "lede/lede.h"
#include "measure.h"
#include "native/index/merge_policy.h"

#define PASSES    100U
#define FIRST_DAY 946684800 /* 2000-01-01 */
#define AUTHORS   5000U
#define SOURCES   40U
#define TAGS      300U

static lede_error fault;

/* Segments stay as they are committed: the build puts this in place of
 * lede_merge_choose. */
/* NOLINTBEGIN: the linker's name */
bool __wrap_lede_merge_choose(lede_merge_pick *pick,
                              const lede_merge_candidate *candidates,
                              uint32_t count, const lede_merge_rules *rules);

bool __wrap_lede_merge_choose(lede_merge_pick *pick,
                              const lede_merge_candidate *candidates,
                              uint32_t count, const lede_merge_rules *rules)
{
    (void)candidates;
    (void)count;
    (void)rules;
    pick->count = 0;
    return false;
}
/* NOLINTEND */

static void must(lede_status status, const char *what)
{
    if (status == LEDE_OK)
        return;
    (void)fprintf(stderr, "bench_results: %s: %s %s\n", what,
                  lede_status_name(status), fault.message);
    exit(EXIT_FAILURE); /* NOLINT(concurrency-mt-unsafe): one thread */
}

/* ---- Indexes ------------------------------------------------------------ */

static lede_schema *make_schema(void)
{
    lede_field_options text = LEDE_FIELD_OPTIONS;
    lede_schema *schema;

    must(lede_schema_new(&schema, NULL), "schema");
    text.weight = 2;
    text.flags = LEDE_FIELD_UNSTORED;
    must(lede_schema_add(schema, "title", LEDE_TEXT, &text), "title");
    text.weight = 1;
    must(lede_schema_add(schema, "body", LEDE_TEXT, &text), "body");
    must(lede_schema_add(schema, "date", LEDE_DATE, NULL), "date");
    must(lede_schema_add(schema, "n", LEDE_INT, NULL), "n");
    must(lede_schema_add(schema, "any", LEDE_INT, NULL), "any");
    must(lede_schema_add(schema, "source", LEDE_KEYWORD, NULL), "source");
    must(lede_schema_add(schema, "author", LEDE_KEYWORD, NULL), "author");
    must(lede_schema_add(schema, "tag", LEDE_KEYWORD, NULL), "tag");
    return schema;
}

static uint64_t scatter(uint64_t number)
{
    number = (number + 1) * 0x9E3779B97F4A7C15U;
    number ^= number >> 29;
    number *= 0xBF58476D1CE4E5B9U;
    return number ^ number >> 32;
}

/* Of so many, the first ones most often. */
static unsigned draw(uint64_t number, unsigned count)
{
    double part = (double)(scatter(number) >> 11) / (double)(1ULL << 53);

    return (unsigned)(part * part * part * count);
}

static void add_keyword(lede_document *document, const char *field,
                        unsigned number)
{
    char value[40];

    (void)snprintf(value, sizeof value, "%s %u", field, number);
    must(lede_document_add_text(document, field, value, LEDE_TERMINATED),
         field);
}

/* Dates and `n` rise with the articles, `any` does not. */
static void add_values(lede_document *document, uint64_t i)
{
    must(lede_document_remove(document, "date"), "date");
    must(lede_document_add_int(document, "date",
                               FIRST_DAY + (int64_t)i * 600 +
                                   (int64_t)(scatter(i) % 5000)),
         "date");
    must(lede_document_add_int(document, "n", (int64_t)i), "n");
    must(lede_document_add_int(document, "any", (int64_t)(scatter(i) >> 8)),
         "any");
    add_keyword(document, "source", draw(3 * i, SOURCES));
    add_keyword(document, "author", draw(5 * i, AUTHORS));
    for (uint64_t tag = 0; tag <= i % 3; tag++)
        add_keyword(document, "tag", draw(7 * i + tag, TAGS));
}

static lede_index *make_index(const char *path, const struct corpus *corpus,
                              unsigned segments)
{
    lede_writer_options options = LEDE_WRITER_OPTIONS;
    lede_schema *schema = make_schema();
    size_t each = (corpus->count + segments - 1) / segments;
    lede_index *index;
    lede_writer *writer;
    char key[24];

    options.threads = 1;
    options.memory_bytes = (uint64_t)4 << 30;
    options.durability = LEDE_NOT_DURABLE;
    must(lede_index_create(&index, path, schema, NULL, &fault), path);
    must(lede_writer_open(&writer, index, &options, &fault), "writer");
    for (size_t i = 0; i < corpus->count; i++) {
        int len = snprintf(key, sizeof key, "%zu", i);

        must(lede_writer_put(writer, key, (size_t)len,
                             corpus->articles[i].document, &fault),
             "put");
        if (i % each == each - 1 || i + 1 == corpus->count)
            must(lede_writer_commit(writer, NULL, &fault), "commit");
    }
    lede_writer_close(writer);
    lede_schema_free(schema);
    return index;
}

/* A snapshot of the index of so many segments, made if there is none. */
typedef struct indexes {
    const char *folder;
    const char *file;
    struct corpus corpus;
    bool read;
} indexes;

static lede_snapshot *open_segments(indexes *of, unsigned segments)
{
    lede_snapshot *snapshot;
    lede_index *index;
    char path[4096];

    (void)snprintf(path, sizeof path, "%s/%u", of->folder, segments);
    if (lede_index_open(&index, path, NULL, &fault) != LEDE_OK) {
        if (!of->read) {
            corpus_read(&of->corpus, of->file, 0);
            for (size_t i = 0; i < of->corpus.count; i++)
                add_values(of->corpus.articles[i].document, i);
        }
        of->read = true;
        index = make_index(path, &of->corpus, segments);
    }
    must(lede_snapshot_open(&snapshot, index, &fault), "snapshot");
    lede_index_close(index);
    return snapshot;
}

/* ---- Asking ------------------------------------------------------------- */

/* A search, in a line. */
typedef struct way {
    const char *name;
    const char *query;
    const char *sort; /* NULL: by score; - before it: descending */
    const char *facet;
    const char *collapse;
    lede_bucket bucket;
    unsigned pages; /* so many before it */
    double recency;
    bool counts;
} way;

typedef struct answer {
    double us;
    uint64_t total;
    bool exact;
} answer;

static double now_us(bool wall)
{
    return measure_ns(wall ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID) / 1e3;
}

static lede_results *ask(const lede_snapshot *snapshot, const way *asked,
                         const char *after, unsigned threads)
{
    lede_search_options options = LEDE_SEARCH_OPTIONS;
    bool descending = asked->sort && asked->sort[0] == '-';
    lede_sort sort = { asked->sort ? asked->sort + descending : NULL,
                       descending };
    lede_facet facet = { asked->facet, asked->bucket, 0 };
    lede_results *results;

    options.load = LEDE_LOAD_NOTHING;
    options.forms = LEDE_FORM_EXACT;
    options.flags = asked->counts ? LEDE_SEARCH_COUNT_ALL : 0;
    options.after = after;
    options.sort = &sort;
    options.sort_count = asked->sort != NULL;
    options.facets = &facet;
    options.facet_count = asked->facet != NULL;
    options.collapse = asked->collapse;
    options.recency_weight = asked->recency;
    options.now_seconds = FIRST_DAY + (int64_t)300 * 24 * 3600;
    options.threads = threads;
    must(lede_search_text(&results, snapshot, asked->query, LEDE_TERMINATED,
                          &options, &fault),
         asked->query);
    return results;
}

/* The results of the page before the one that is asked for; NULL: of none. */
static lede_results *turn_pages(const lede_snapshot *snapshot, const way *asked)
{
    lede_results *before = NULL;

    for (unsigned page = 0; page < asked->pages; page++) {
        lede_results *next =
            ask(snapshot, asked, before ? before->next : NULL, 0);

        lede_results_free(before);
        before = next;
        if (!before->next)
            break;
    }
    return before;
}

static void measure(answer *best, const lede_snapshot *snapshot,
                    const way *asked, const char *after, unsigned threads)
{
    bool wall = threads > 0;
    double begin = now_us(wall), took;
    lede_results *results = ask(snapshot, asked, after, threads);

    took = now_us(wall) - begin;
    if (best->us == 0 || took < best->us)
        best->us = took;
    best->total = results->total;
    best->exact = results->total_exact;
    lede_results_free(results);
}

static answer least(const lede_snapshot *snapshot, const way *asked,
                    unsigned threads, unsigned passes)
{
    lede_results *before = turn_pages(snapshot, asked);
    answer best = { .us = 0 };

    for (unsigned pass = 0; pass < passes; pass++)
        measure(&best, snapshot, asked, before ? before->next : NULL, threads);
    lede_results_free(before);
    return best;
}

/* ---- Tables ------------------------------------------------------------- */

#define FREQUENT "said"
#define USUAL    "company"
#define ANY      "*:*"

static const way orders[] = {
    { .name = "score", .query = FREQUENT },
    { .name = "score, counted", .query = FREQUENT, .counts = true },
    { .name = "score, page 2", .query = FREQUENT, .pages = 1 },
    { .name = "score, page 101", .query = FREQUENT, .pages = 100 },
    { .name = "n rising", .query = FREQUENT, .sort = "n" },
    { .name = "n falling", .query = FREQUENT, .sort = "-n" },
    { .name = "date falling", .query = FREQUENT, .sort = "-date" },
    { .name = "date falling, page 101",
      .query = FREQUENT,
      .sort = "-date",
      .pages = 100 },
    { .name = "any rising", .query = FREQUENT, .sort = "any" },
    { .name = "any falling", .query = FREQUENT, .sort = "-any" },
    { .name = "any falling, page 101",
      .query = FREQUENT,
      .sort = "-any",
      .pages = 100 },
    { .name = "author rising", .query = FREQUENT, .sort = "author" },
    { .name = "10 sources", .query = FREQUENT, .facet = "source" },
    { .name = "10 authors", .query = FREQUENT, .facet = "author" },
    { .name = "10 tags", .query = FREQUENT, .facet = "tag" },
    { .name = "days",
      .query = FREQUENT,
      .facet = "date",
      .bucket = LEDE_BUCKET_DAY },
    { .name = "months",
      .query = FREQUENT,
      .facet = "date",
      .bucket = LEDE_BUCKET_MONTH },
    { .name = "by source, 1 each", .query = FREQUENT, .collapse = "source" },
    { .name = "by author, 1 each", .query = FREQUENT, .collapse = "author" },
    { .name = "recency 0.5", .query = FREQUENT, .recency = 0.5 },
    { .name = "constant", .query = "CONSTANT/2(" FREQUENT ")" },
    { .name = "everything", .query = ANY },
    { .name = "date falling", .query = ANY, .sort = "-date" },
    { .name = "any falling", .query = ANY, .sort = "-any" },
    { .name = "10 sources", .query = ANY, .facet = "source" },
    { .name = "10 authors", .query = ANY, .facet = "author" },
    { .name = "days",
      .query = ANY,
      .facet = "date",
      .bucket = LEDE_BUCKET_DAY },
    { .name = "two words", .query = USUAL " oil" },
    { .name = "10 sources", .query = USUAL " oil", .facet = "source" },
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void print_orders(indexes *of, unsigned passes)
{
    lede_snapshot *snapshot = open_segments(of, 1);

    printf("%-24s %-20s %8s %9s %7s\n", "orders", "query", "match", "us",
           "score");
    for (size_t i = 0; i < COUNT(orders); i++) {
        way plain = { .query = orders[i].query };
        answer by_score = least(snapshot, &plain, 0, passes);
        answer found = least(snapshot, &orders[i], 0, passes);

        printf("%-24s %-20s %7llu%c %9.1f %7.2f\n", orders[i].name,
               orders[i].query, (unsigned long long)found.total,
               found.exact ? ' ' : '+', found.us, found.us / by_score.us);
    }
    lede_snapshot_close(snapshot);
}

static void print_filters(indexes *of, unsigned passes)
{
    static const char *const queries[] = { FREQUENT, USUAL " oil",
                                           "+" USUAL " +oil", "wheat",
                                           "\"" USUAL " said\"" };
    static const char *const filters[] = { "source:EQUALS(\"source 0\")",
                                           "source:EQUALS(\"source 20\")",
                                           "n:[1000..9000]",
                                           "date:[2000-03..2000-04]",
                                           "any:[0..9007199254740992]",
                                           "tag:EQUALS(\"tag 3\")" };
    lede_snapshot *snapshot = open_segments(of, 1);
    char text[200];

    printf("%-24s %-30s %8s %9s %9s %9s\n", "filters", "filter", "match", "us",
           "without", "alone");
    for (size_t q = 0; q < COUNT(queries); q++)
        for (size_t f = 0; f < COUNT(filters); f++) {
            way whole = { .query = text }, without = { .query = queries[q] };
            way alone = { .query = filters[f], .counts = true };
            answer found;

            (void)snprintf(text, sizeof text, "ALL((%s) FILTER(%s))",
                           queries[q], filters[f]);
            found = least(snapshot, &whole, 0, passes);
            whole.counts = true;
            printf("%-24s %-30s %8llu %9.1f %9.1f %9.1f\n", queries[q],
                   filters[f],
                   (unsigned long long)least(snapshot, &whole, 0, 1).total,
                   found.us, least(snapshot, &without, 0, passes).us,
                   least(snapshot, &alone, 0, passes).us);
        }
    lede_snapshot_close(snapshot);
}

static const way spread[] = {
    { .name = "rare", .query = "wheat" },
    { .name = "frequent", .query = FREQUENT },
    { .name = "any of three", .query = USUAL " oil trade" },
    { .name = "all of two", .query = "+" USUAL " +oil" },
    { .name = "phrase", .query = "\"crude oil\"" },
    { .name = "counted", .query = USUAL " oil", .counts = true },
    { .name = "date falling", .query = FREQUENT, .sort = "-date" },
    { .name = "any falling", .query = FREQUENT, .sort = "-any" },
    { .name = "10 authors", .query = FREQUENT, .facet = "author" },
    { .name = "days",
      .query = FREQUENT,
      .facet = "date",
      .bucket = LEDE_BUCKET_DAY },
};

static void print_segments(indexes *of, unsigned passes)
{
    static const unsigned counts[] = { 1, 3, 17, 50 };
    lede_snapshot *snapshots[COUNT(counts)];

    printf("%-24s %-20s", "segments", "query");
    for (size_t c = 0; c < COUNT(counts); c++) {
        snapshots[c] = open_segments(of, counts[c]);
        printf(" %9u %5s", counts[c], c > 0 ? "times" : "");
    }
    for (size_t i = 0; i < COUNT(spread); i++) {
        double one = 0;

        printf("\n%-24s %-20s", spread[i].name, spread[i].query);
        for (size_t c = 0; c < COUNT(counts); c++) {
            double us = least(snapshots[c], &spread[i], 0, passes).us;

            one = c == 0 ? us : one;
            if (c == 0)
                printf(" %9.1f %5s", us, "");
            else
                printf(" %9.1f %5.2f", us, us / one);
        }
    }
    printf("\n");
    for (size_t c = 0; c < COUNT(counts); c++)
        lede_snapshot_close(snapshots[c]);
}

static void print_threads(indexes *of, unsigned passes)
{
    static const unsigned counts[] = { 1, 17 };

    printf("%-24s %-20s %8s %9s %9s %6s\n", "threads", "query", "segments",
           "one us", "two us", "times");
    for (size_t c = 0; c < COUNT(counts); c++) {
        lede_snapshot *snapshot = open_segments(of, counts[c]);

        for (size_t i = 0; i < COUNT(spread); i++) {
            double one = least(snapshot, &spread[i], 1, passes).us;
            double two = least(snapshot, &spread[i], 2, passes).us;

            printf("%-24s %-20s %8u %9.1f %9.1f %6.2f\n", spread[i].name,
                   spread[i].query, counts[c], one, two, one / two);
        }
        lede_snapshot_close(snapshot);
    }
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*print)(indexes *of, unsigned passes);
    } tables[] = { { "orders", print_orders },
                   { "filters", print_filters },
                   { "segments", print_segments },
                   { "threads", print_threads } };
    unsigned passes = PASSES;
    int at = 1;
    indexes of = { .read = false };

    if (argc > 2 && strcmp(argv[1], "--passes") == 0) {
        passes = (unsigned)strtoul(argv[2], NULL, 10);
        at = 3;
    }
    if (argc < at + 2 || argc > at + 3 || passes == 0) {
        (void)fputs("usage: bench_results [--passes N] FOLDER FILE [TABLE]\n",
                    stderr);
        return 2;
    }
    of.folder = argv[at];
    of.file = argv[at + 1];
    for (size_t i = 0; i < COUNT(tables); i++)
        if (argc == at + 2 || strcmp(argv[at + 2], tables[i].name) == 0)
            tables[i].print(&of, passes);
    if (of.read)
        corpus_free(&of.corpus);
    return 0;
}
