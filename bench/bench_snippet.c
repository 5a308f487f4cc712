/*
 * bench_snippet - processor time to cut the snippet of one article.
 *
 * Articles of 5 KB and 50 KB of made-up English: words of 2 to 11 letters whose
 * frequencies fall as 1 / rank, sentences of 8 to 30 words. Prints one TSV row
 * for each plan: bench, corpus, articles, median of 7 runs, unit, commit
 * (LEDE_COMMIT of the environment), target if there is one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "article/snippet.h"
#include "base/alloc.h"
#include "base/buffer.h"
#include "document/schema.h"
#include "measure.h"

#define VOCABULARY 20000
#define ARTICLES   200
#define PAGE       10
#define RUNS       7
#define TARGET_KB  5
#define TARGET     "50"

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
    (void)fputs("bench_snippet: out of memory\n", stderr);
    exit(EXIT_FAILURE);
}

/* The letters of a word depend on its rank alone. */
static size_t put_word(char *out, uint32_t rank)
{
    uint64_t letters = (rank + 1) * 0x9E3779B97F4A7C15U;
    size_t len = rank < 50 ? 2 + rank % 3 : 4 + (letters >> 60) % 8;

    for (size_t i = 0; i < len; i++) {
        out[i] = (char)('a' + (letters >> 32) % 26);
        letters = letters * 6364136223846793005U + rank + 1;
    }
    return len;
}

/* 1 / rank over the vocabulary: its logarithm is spread evenly. */
static uint32_t pick_rank(void)
{
    uint32_t top = 1;

    while (top < VOCABULARY && below(100) < 93)
        top += top / 2 + 1;
    return below(top < VOCABULARY ? top : VOCABULARY);
}

static void put_article(lede_buffer *out, size_t bytes)
{
    while (out->len < bytes) {
        uint32_t words = 8 + below(23);

        for (uint32_t i = 0; i < words; i++) {
            char word[16];
            size_t len = put_word(word, pick_rank());

            if (i == 0)
                word[0] = (char)(word[0] - 'a' + 'A');
            lede_put(out, word, len);
            lede_put_text(out, i + 1 < words ? " " : ". ");
        }
    }
    must(out->status == LEDE_OK);
}

static lede_plan *word_plan(lede_arena *arena, uint32_t rank)
{
    lede_plan *plan = lede_arena_zero(arena, sizeof *plan);
    lede_plan_term *term = lede_arena_zero(arena, 2 * sizeof *term);
    char word[16];
    size_t len = put_word(word, rank);
    char *text = lede_arena_text(arena, word, len);

    must(plan && term && text);
    for (uint32_t i = 0; i < 2; i++)
        term[i] = (lede_plan_term){ i, LEDE_WEIGHT_ONE,
                                    lede_bytes_of(text, len), NULL };
    plan->kind = LEDE_PLAN_WORD;
    plan->terms = term;
    plan->term_count = 2;
    plan->score.weight = 1 + rank / 100.0;
    return plan;
}

/* A join or phrase of words `step` ranks apart. */
static const lede_plan *make_plan(lede_arena *arena, lede_plan_kind kind,
                                  uint32_t slop, uint32_t count, uint32_t step)
{
    lede_plan *plan = lede_arena_zero(arena, sizeof *plan);
    const lede_plan **nodes =
        lede_arena_array(arena, count, sizeof(lede_plan *));

    must(plan && nodes);
    for (uint32_t i = 0; i < count; i++)
        nodes[i] = word_plan(arena, 3 + i * step);
    plan->kind = kind;
    plan->slop = slop;
    plan->nodes = nodes;
    plan->count = count;
    plan->score.weight = 1;
    return plan;
}

static double cpu_us(void)
{
    return measure_ns(CLOCK_PROCESS_CPUTIME_ID) / 1e3;
}

/* One page of results: a maker of its own, as a search has. */
static void cut_page(const lede_plan *plan, const lede_schema *schema,
                     lede_document *const *docs)
{
    lede_snippet_rule rule = { LEDE_SNIPPET_HTML, LEDE_NO_FIELD, 240 };
    lede_arena *arena = lede_arena_new(NULL);
    lede_snippet_maker *maker = NULL;

    must(arena && lede_snippet_maker_new(&maker, plan, schema, &rule, NULL,
                                         arena) == LEDE_OK);
    for (size_t i = 0; i < PAGE; i++) {
        lede_bytes out;

        must(lede_snippet_make(&out, maker, docs[i], arena) == LEDE_OK);
    }
    lede_snippet_maker_free(maker);
    lede_arena_free(arena);
}

static double run(const lede_plan *plan, const lede_schema *schema,
                  lede_document *const *docs)
{
    double begin = cpu_us();

    for (size_t i = 0; i < ARTICLES; i += PAGE)
        cut_page(plan, schema, docs + i);
    return (cpu_us() - begin) / ARTICLES;
}

static void measure(const char *name, size_t kilobytes, const lede_plan *plan,
                    const lede_schema *schema, lede_document *const *docs)
{
    const char *commit = getenv("LEDE_COMMIT");
    double values[RUNS];

    for (int i = 0; i < RUNS; i++)
        values[i] = run(plan, schema, docs);
    printf("snippet_%s\tmade-up-%zuKB\t%d\t%.2f\tus\t%s\t%s\n", name, kilobytes,
           ARTICLES, measure_median(values, RUNS), commit ? commit : "-",
           kilobytes == TARGET_KB ? TARGET : "-");
}

static void measure_all(size_t kilobytes, const lede_schema *schema)
{
    lede_document *docs[ARTICLES];
    lede_arena *arena = lede_arena_new(NULL);
    lede_buffer text;

    must(arena != NULL);
    lede_buffer_init(&text, NULL);
    for (size_t i = 0; i < ARTICLES; i++) {
        lede_buffer_clear(&text);
        put_article(&text, kilobytes * 1000);
        must(lede_document_new(&docs[i], NULL) == LEDE_OK &&
             lede_document_add_text(docs[i], "title", "A title of it", 13) ==
                 LEDE_OK &&
             lede_document_add_text(docs[i], "body", (const char *)text.at,
                                    text.len) == LEDE_OK);
    }
    measure("word", kilobytes, make_plan(arena, LEDE_PLAN_OR, 0, 1, 0), schema,
            docs);
    measure("five_words", kilobytes, make_plan(arena, LEDE_PLAN_OR, 0, 5, 40),
            schema, docs);
    measure("phrase", kilobytes, make_plan(arena, LEDE_PLAN_PHRASE, 0, 2, 1),
            schema, docs);
    measure("near", kilobytes, make_plan(arena, LEDE_PLAN_NEAR, 5, 2, 1),
            schema, docs);
    measure("no_match", kilobytes, word_plan(arena, VOCABULARY), schema, docs);
    for (size_t i = 0; i < ARTICLES; i++)
        lede_document_free(docs[i]);
    lede_buffer_fini(&text);
    lede_arena_free(arena);
}

int main(void)
{
    lede_schema *schema = NULL;

    must(lede_schema_new_article(&schema, NULL) == LEDE_OK);
    measure_all(TARGET_KB, schema);
    measure_all(50, schema);
    lede_schema_free(schema);
    return EXIT_SUCCESS;
}
