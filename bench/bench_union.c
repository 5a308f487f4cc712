/*
 * bench_union - what a posting of a union costs, and what it costs more where
 * it is one of several forms of a word.
 *
 *     bench_union [--folder DIR]
 *
 * Makes an index of 400,000 articles of 48 words in a folder, and removes it.
 * Prints TSV rows: what, measured, unit, target; medians of 15 searches for the
 * best ten, in the time of the processor.
 *
 * The articles are such that nothing can be passed over. Of four words that
 * never stand together but in ten articles, which have two of them often, three
 * have to be read whole: every block has an article that could come near. A word
 * and its three forms, of which each stands where the word does in a third of
 * the articles, have articles as good as any in every block.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/dir.h"
#include "lede/lede.h"
#include "measure.h"
#include "native/index/snapshot.h"
#include "native/match/search.h"

#define ARTICLES 400000U
#define LENGTH   48U
#define WORDS    4U   /* of the union */
#define FORMS    3U   /* of the group */
#define OFTEN    8U   /* times in some articles, once in the others */
#define RARE     101U /* one in so many: of each word, as it is prime */
#define BEST     10U  /* articles with two words of the union */
#define PASSES   15

static lede_error fault;

static void must(lede_status status, const char *what)
{
    if (status == LEDE_OK)
        return;
    (void)fprintf(stderr, "bench_union: %s: %s %s\n", what,
                  lede_status_name(status), fault.message);
    exit(EXIT_FAILURE); /* NOLINT(concurrency-mt-unsafe): one thread */
}

static double nanoseconds(void)
{
    return measure_ns(CLOCK_THREAD_CPUTIME_ID);
}

/* ---- Articles ---- */

typedef struct text {
    char at[LENGTH * 8];
    size_t len;
    uint32_t words;
} text;

static void add_word(text *t, const char *stem, uint32_t number, uint32_t times)
{
    for (; times > 0 && t->words < LENGTH; times--, t->words++) {
        int len = snprintf(t->at + t->len, sizeof t->at - t->len, "%s%u ", stem,
                           (unsigned)number);

        t->len += (size_t)len;
    }
}

static void write_article(text *t, uint32_t i)
{
    bool best = i < BEST;
    uint32_t times = best || i % RARE == 0 ? OFTEN : 1;
    uint32_t seed = i * 2654435761U;

    t->len = t->words = 0;
    add_word(t, "u", i % WORDS, times);
    if (best)
        add_word(t, "u", (i + 1) % WORDS, times);
    add_word(t, "one", 0, times);
    add_word(t, "form", i % FORMS, times);
    while (t->words < LENGTH) {
        seed = seed * 1664525U + 1013904223U;
        add_word(t, "f", (seed >> 16) % 1000, 1);
    }
}

static void make_index(const char *path)
{
    lede_schema *schema;
    lede_index *index;
    lede_writer *writer;
    lede_document *document;
    text t;

    must(lede_schema_new(&schema, NULL), "schema");
    must(lede_schema_add(schema, "text", LEDE_TEXT, NULL), "schema");
    must(lede_index_create(&index, path, schema, NULL, &fault), path);
    must(lede_writer_open(&writer, index, NULL, &fault), "writer");
    must(lede_document_new(&document, NULL), "document");
    for (uint32_t i = 0; i < ARTICLES; i++) {
        char key[16];
        int len = snprintf(key, sizeof key, "%u", (unsigned)i);

        write_article(&t, i);
        lede_document_clear(document);
        must(lede_document_add_text(document, "text", t.at, t.len), "text");
        must(lede_writer_put(writer, key, (size_t)len, document, &fault),
             "put");
    }
    lede_document_free(document);
    must(lede_writer_optimize(writer, NULL, &fault), "optimize");
    lede_writer_close(writer);
    lede_index_close(index);
    lede_schema_free(schema);
}

static void unlink_each(void *ctx, const char *name, uint64_t length)
{
    char path[5000];

    (void)length;
    (void)snprintf(path, sizeof path, "%s/%s", (const char *)ctx, name);
    (void)unlink(path);
}

static void remove_index(char *path)
{
    lede_dir *dir;

    if (lede_dir_open_disk(&dir, path, 0, NULL, NULL) != LEDE_OK)
        return;
    (void)lede_dir_list(dir, unlink_each, path, NULL);
    lede_dir_close(dir);
    (void)rmdir(path);
}

/* ---- Searches ---- */

typedef struct asked {
    lede_plan leaves[WORDS];
    const lede_plan *nodes[WORDS];
    lede_plan_term terms[WORDS];
    char words[WORDS][8];
    lede_plan plan;
} asked;

static void set_term(asked *a, uint32_t i, const char *stem)
{
    int len =
        snprintf(a->words[i], sizeof a->words[i], "%s%u", stem, (unsigned)i);

    a->terms[i] = (lede_plan_term){
        .weight = LEDE_WEIGHT_ONE,
        .term = lede_bytes_of((const uint8_t *)a->words[i], (size_t)len),
    };
}

static lede_plan word_of(const lede_plan_term *terms, uint32_t count)
{
    static const uint32_t field = 0, weight = 256;

    return (lede_plan){ .kind = LEDE_PLAN_WORD,
                        .terms = terms,
                        .term_count = count,
                        .score = { .weight = 1,
                                   .average_length = LENGTH,
                                   .fields = &field,
                                   .field_weights = &weight,
                                   .field_count = 1 } };
}

static double search_time(const lede_native_snapshot *snapshot,
                          const lede_plan *plan)
{
    lede_arena *arena = lede_arena_new(NULL);
    double times[PASSES];

    if (!arena)
        must(LEDE_ERR_NOMEM, "arena");
    for (int i = 0; i < PASSES; i++) {
        lede_engine_search search = { .plan = plan,
                                      .rule = { 1.2, 0.75, 20 },
                                      .recency = { .field = LEDE_NO_FIELD },
                                      .want = 10,
                                      .collapse = LEDE_NO_FIELD,
                                      .collapse_limit = 1 };
        lede_engine_results results;
        double begin = nanoseconds();

        must(lede_native_search(&results, snapshot, &search, arena, &fault),
             "search");
        times[i] = nanoseconds() - begin;
        lede_arena_clear(arena);
    }
    lede_arena_free(arena);
    return measure_median(times, PASSES);
}

static void measure_union(const lede_native_snapshot *snapshot)
{
    double postings = (double)ARTICLES * (WORDS - 1) / WORDS;
    asked a;

    for (uint32_t i = 0; i < WORDS; i++) {
        set_term(&a, i, "u");
        a.leaves[i] = word_of(&a.terms[i], 1);
        a.nodes[i] = &a.leaves[i];
    }
    a.plan =
        (lede_plan){ .kind = LEDE_PLAN_OR, .count = WORDS, .nodes = a.nodes };
    (void)printf("union, a posting\t%.2f\tns\t1.20\n",
                 search_time(snapshot, &a.plan) / postings);
}

static void measure_group(const lede_native_snapshot *snapshot)
{
    asked one, forms;
    double single, group;

    set_term(&one, 0, "one");
    one.plan = word_of(one.terms, 1);
    for (uint32_t i = 0; i < FORMS; i++)
        set_term(&forms, i, "form");
    forms.plan = word_of(forms.terms, FORMS);
    single = search_time(snapshot, &one.plan);
    group = search_time(snapshot, &forms.plan);
    (void)printf("one list, a posting\t%.2f\tns\t\n", single / ARTICLES);
    (void)printf("three forms, a posting\t%.2f\tns\t\n", group / ARTICLES);
    (void)printf("three forms to one list\t%.2f\ttimes\t1.50\n",
                 group / single);
}

int main(int count, char **words)
{
    const char *folder = ".";
    lede_native_snapshot *snapshot;
    lede_shelf *shelf;
    lede_dir *dir;
    char path[4096];

    if (count == 3 && strcmp(words[1], "--folder") == 0)
        folder = words[2];
    (void)snprintf(path, sizeof path, "%s/bench_union.index", folder);
    remove_index(path);
    make_index(path);
    must(lede_dir_open_disk(&dir, path, 0, NULL, &fault), path);
    must(lede_shelf_new(&shelf, dir, NULL), "shelf");
    must(lede_native_snapshot_open(&snapshot, shelf, &fault), "snapshot");
    measure_union(snapshot);
    measure_group(snapshot);
    lede_native_snapshot_release(snapshot);
    lede_shelf_free(shelf);
    lede_dir_close(dir);
    remove_index(path);
    return EXIT_SUCCESS;
}
