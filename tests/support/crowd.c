#include "support/crowd.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/native_at.h"
#include "support/suite.h"

#define TEXT_MAX    4096U
#define FEW_WORDS   24U
#define MANY_WORDS  600U
#define CLUSTER     700U /* articles in which a word of its own is frequent */
#define NUMBER_MOST 30U

static lede_error err;

static void expect_ok(lede_status status, const char *what)
{
    ck_assert_msg(status == LEDE_OK, "%s: %s %s", what, err.where, err.message);
}

static lede_schema *new_schema(void)
{
    lede_field_options options = LEDE_FIELD_OPTIONS;
    lede_schema *schema;

    ck_assert_int_eq(lede_schema_new(&schema, NULL), LEDE_OK);
    options.weight = 2;
    lede_schema_add(schema, "title", LEDE_TEXT, &options);
    options.weight = 0;
    options.flags = LEDE_FIELD_UNSTORED;
    lede_schema_add(schema, "body", LEDE_TEXT, &options);
    options.flags = LEDE_FIELD_NO_POSITIONS | LEDE_FIELD_UNSTORED;
    lede_schema_add(schema, "flat", LEDE_TEXT, &options);
    options.flags = LEDE_FIELD_NAMED_ONLY | LEDE_FIELD_UNSTORED;
    lede_schema_add(schema, "notes", LEDE_TEXT, &options);
    lede_schema_add(schema, "tags", LEDE_KEYWORD, NULL);
    lede_schema_add(schema, "votes", LEDE_INT, NULL);
    lede_schema_add(schema, "rating", LEDE_DOUBLE, NULL);
    lede_schema_add(schema, "date", LEDE_DATE, NULL);
    return schema;
}

/* ---- Articles ----------------------------------------------------------- */

static const char *const tags[] = { "sea", "war", "War", "M\xC3\xBCller", "" };

static void add_word(char *text, size_t *len, uint32_t number)
{
    if (*len + 8 < TEXT_MAX)
        *len += (size_t)snprintf(text + *len, 8, "w%u ", number);
}

/* Low numbers are much more frequent than high ones. */
static uint32_t any_number(chance *c, uint32_t most)
{
    return chance_below(c, 1 + chance_below(c, 1 + chance_below(c, most)));
}

static size_t draw_ties(char *text, chance *c)
{
    size_t len = 0;

    for (uint32_t i = 0; i < 8; i++)
        add_word(text, &len, any_number(c, FEW_WORDS));
    return len;
}

static size_t draw_skewed(char *text, uint32_t number, chance *c)
{
    uint32_t words = 1 + chance_below(c, 1 + chance_below(c, 24));
    size_t len = 0;

    if (chance_one_in(c, 60))
        words = 50 + chance_below(c, 400);
    for (uint32_t i = 0; i < words; i++)
        add_word(text, &len, any_number(c, MANY_WORDS));
    if (chance_one_in(c, 3))
        add_word(text, &len, 1000 + number / CLUSTER);
    if (chance_one_in(c, 40)) { /* one word, again and again */
        uint32_t word = any_number(c, MANY_WORDS);

        for (uint32_t i = 2 + chance_below(c, 60); i > 0; i--)
            add_word(text, &len, word);
    }
    return len;
}

static passage draw_text(const crowd *made, const passages *text,
                         uint32_t number, chance *c)
{
    static char drawn[TEXT_MAX];

    if (made->kind == CROWD_REAL)
        return text->at[chance_below(c, (uint32_t)text->count)];
    if (made->kind == CROWD_TIES)
        return (passage){ drawn, draw_ties(drawn, c) };
    return (passage){ drawn, draw_skewed(drawn, number, c) };
}

static void add_text(lede_document *doc, const char *field, passage text)
{
    ck_assert_int_eq(lede_document_add_text(doc, field, text.text, text.len),
                     LEDE_OK);
}

static void add_values(lede_document *doc, chance *c)
{
    for (uint32_t i = chance_below(c, 3); i > 0; i--) {
        const char *tag = tags[chance_below(c, 5)];

        add_text(doc, "tags", (passage){ tag, strlen(tag) });
    }
    for (uint32_t i = chance_below(c, 3); i > 0; i--)
        lede_document_add_int(doc, "votes",
                              (int64_t)chance_below(c, 2 * NUMBER_MOST) -
                                  NUMBER_MOST);
    if (chance_one_in(c, 2))
        lede_document_add_double(doc, "rating", chance_below(c, 9) / 4.0);
    if (!chance_one_in(c, 5))
        lede_document_add_int(doc, "date",
                              ((int64_t)chance_below(c, 2 * NUMBER_MOST * 24) -
                               NUMBER_MOST * 24) *
                                  3600);
}

static void draw_article(lede_document *doc, const crowd *made,
                         const passages *text, uint32_t number, chance *c)
{
    lede_document_clear(doc);
    if (!chance_one_in(c, 30))
        add_text(doc, "body", draw_text(made, text, number, c));
    if (chance_one_in(c, 2)) {
        passage title = draw_text(made, text, number, c);
        const char *end = memchr(title.text, ' ', title.len);

        title.len = end ? (size_t)(end - title.text) : title.len;
        add_text(doc, "title", title);
    }
    if (chance_one_in(c, 4))
        add_text(doc, "flat", draw_text(made, text, number, c));
    if (chance_one_in(c, 6))
        add_text(doc, "notes", draw_text(made, text, number, c));
    add_values(doc, c);
}

/* ---- Indexes ------------------------------------------------------------ */

typedef struct writers {
    lede_writer *of[CROWD_INDEXES];
} writers;

static void open_indexes(crowd *made, writers *w)
{
    lede_schema *schema = new_schema();
    lede_writer_options writing = LEDE_WRITER_OPTIONS;

    writing.threads = 1;
    for (int i = 0; i < CROWD_INDEXES; i++) {
        lede_index_options options = native_at_options();

        if (i == CROWD_MEMORY) {
            expect_ok(lede_index_create(&made->index[i], "memory:", schema,
                                        NULL, &err),
                      "memory");
        } else {
            ck_assert_int_eq(lede_dir_open_memory(&made->dir[i], NULL),
                             LEDE_OK);
            native_at(made->dir[i], NULL);
            expect_ok(lede_index_create(&made->index[i], NATIVE_AT, schema,
                                        &options, &err),
                      "native");
        }
        expect_ok(lede_writer_open(&w->of[i], made->index[i], &writing, &err),
                  "writer");
    }
    lede_schema_free(schema);
}

static void put(const writers *w, uint32_t number, const lede_document *doc)
{
    char key[16];
    int len = snprintf(key, sizeof key, "k%u", number);

    for (int i = 0; i < CROWD_INDEXES; i++)
        expect_ok(doc ? lede_writer_put(w->of[i], key, (size_t)len, doc, &err)
                      : lede_writer_delete(w->of[i], key, (size_t)len, &err),
                  "put");
}

/* Segments of very different sizes, where there are many. */
static bool ends_segment(uint32_t number, uint32_t articles, uint32_t segments)
{
    uint32_t at = 0;

    for (uint32_t i = 0; i + 1 < segments; i++) {
        uint32_t left = articles - at, size = left / (segments - i);

        at += i % 2 ? size / 3 + 1 : size + size / 2;
        if (number + 1 == at)
            return true;
    }
    return false;
}

static void commit(const writers *w, int index)
{
    expect_ok(lede_writer_commit(w->of[index], NULL, &err), "commit");
}

static void fill(crowd *made, const writers *w, uint32_t articles,
                 uint32_t gone, const passages *text, chance *c)
{
    lede_document *doc;

    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    for (uint32_t i = 0; i < articles; i++) {
        draw_article(doc, made, text, i, c);
        put(w, i, doc);
        if (gone && chance_one_in(c, gone))
            put(w, chance_below(c, i + 1), chance_one_in(c, 2) ? doc : NULL);
        if (ends_segment(i, articles, CROWD_SOME_SEGMENTS))
            commit(w, CROWD_SOME);
        if (ends_segment(i, articles, CROWD_MANY_SEGMENTS)) {
            commit(w, CROWD_MANY);
            commit(w, CROWD_ONE); /* to be merged: blocks are copied */
        }
    }
    lede_document_free(doc);
    for (int i = 0; i < CROWD_INDEXES; i++)
        commit(w, i);
    expect_ok(lede_writer_optimize(w->of[CROWD_ONE], NULL, &err), "optimize");
}

static void look(crowd *made)
{
    static const uint32_t segments[] = { 1, 1, CROWD_SOME_SEGMENTS,
                                         CROWD_MANY_SEGMENTS };

    for (int i = 0; i < CROWD_INDEXES; i++) {
        lede_view_source source = lede_index_source(made->index[i]);
        lede_stats stats = { 0 };

        expect_ok(lede_view_open(&made->view[i], &source, &err), "view");
        expect_ok(made->view[i]->engine->stats(&stats, made->view[i]->snapshot,
                                               made->arena, &err),
                  "stats");
        if (i == CROWD_MEMORY)
            made->articles = (uint32_t)stats.documents;
        else
            ck_assert_uint_eq(stats.segments, segments[i]);
        ck_assert_uint_eq(stats.documents, made->articles);
    }
}

/* ---- The stock ---------------------------------------------------------- */

typedef struct counted {
    lede_bytes term;
    uint64_t documents;
} counted;

static int by_documents(const void *left, const void *right)
{
    const counted *a = left, *b = right;

    if (a->documents != b->documents)
        return a->documents > b->documents ? -1 : 1;
    return lede_bytes_compare(a->term, b->term);
}

/* The most frequent words, and then ever rarer ones. */
static void stock_words(crowd *made)
{
    const lede_view *view = made->view[CROWD_ONE];
    lede_term_walk *walk;
    counted *all = NULL;
    size_t capacity = 0, count = 0;
    double at = 0;

    expect_ok(view->engine->walk(&walk, view->snapshot,
                                 lede_schema_place(view->schema, "body"),
                                 LEDE_SPACE_WORDS, NULL, NULL, made->arena,
                                 &err),
              "walk");
    while (walk->next(walk)) {
        ck_assert(lede_arena_grow(made->arena, &all, &capacity, count + 1,
                                  sizeof *all));
        all[count].documents = walk->stats.documents;
        all[count++].term = lede_bytes_of(
            lede_arena_text(made->arena, walk->term.at, walk->term.len),
            walk->term.len);
    }
    ck_assert_uint_gt(count, STOCK_WORDS / 4);
    qsort(all, count, sizeof *all, by_documents);
    while (made->stock.word_count < STOCK_WORDS && (size_t)at < count) {
        made->stock.words[made->stock.word_count++] = all[(size_t)at].term;
        at += made->stock.word_count < STOCK_WORDS / 2
                  ? 1
                  : 2 * (double)count / STOCK_WORDS;
    }
}

/* Words that stand together in some article. */
static void stock_runs(crowd *made, const passages *text, chance *c)
{
    plan_stock *stock = &made->stock;
    lede_tokens *tokens;

    while (stock->run_count < STOCK_RUNS) {
        passage from = draw_text(made, text, chance_below(c, 1000), c);
        uint32_t skip = chance_below(c, 20), taken = 0;

        ck_assert_int_eq(
            lede_tokens_new(&tokens, from.text, from.len, NULL, NULL), LEDE_OK);
        while (taken < STOCK_RUN && lede_tokens_next(tokens)) {
            if (tokens->span > 1)
                continue;
            if (skip > 0) {
                skip--;
                continue;
            }
            stock->runs[stock->run_count][taken++] = lede_bytes_of(
                lede_arena_text(made->arena, tokens->term, tokens->len),
                tokens->len);
        }
        stock->run_count += taken == STOCK_RUN;
        lede_tokens_free(tokens);
    }
}

static void stock_up(crowd *made, const passages *text, chance *c)
{
    made->stock.schema = made->view[CROWD_MEMORY]->schema;
    made->stock.number_most = NUMBER_MOST;
    for (uint32_t i = 0; i < sizeof tags / sizeof *tags; i++)
        made->stock.tags[made->stock.tag_count++] = lede_bytes_of_text(tags[i]);
    stock_words(made);
    stock_runs(made, text, c);
}

void crowd_open(crowd *made, crowd_kind kind, uint32_t articles, uint32_t gone,
                const passages *text, chance *c)
{
    writers w = { { NULL } };

    memset(made, 0, sizeof *made);
    made->kind = kind;
    made->arena = lede_arena_new(NULL);
    ck_assert_ptr_nonnull(made->arena);
    open_indexes(made, &w);
    fill(made, &w, articles, gone, text, c);
    look(made);
    stock_up(made, text, c);
    for (int i = 0; i < CROWD_INDEXES; i++)
        lede_writer_close(w.of[i]);
}

void crowd_close(crowd *c)
{
    for (int i = 0; i < CROWD_INDEXES; i++) {
        lede_view_close(c->view[i]);
        lede_index_close(c->index[i]);
        if (c->dir[i])
            lede_dir_close(c->dir[i]);
    }
    lede_arena_free(c->arena);
}
