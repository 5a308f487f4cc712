/*
 * Right answers from the text itself: what the native engine finds and scores is
 * what follows from the words of the articles, cut by the plain segmenter and
 * looked at one by one.
 *
 * Nothing above text/ is shared with the library: positions, spans, frequencies
 * and scores are worked out here, from the definitions and without any index.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lede/lede.h"
#include "support/chance.h"
#include "support/native_at.h"
#include "support/passages.h"
#include "support/suite.h"
#include "text/tokenizer.h"

#define KEYS      90U
#define TOKENS    600U
#define NODES     24U
#define WORDS_MAX 4U
#define ROUNDS    6U
#define TERM      64U

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define QUERIES 60U
#else
#define QUERIES 1500U
#endif

typedef struct token {
    char term[TERM];
    uint32_t position;
} token;

typedef struct article {
    bool there;
    uint64_t order; /* of the put */
    token tokens[TOKENS];
    uint32_t count;
} article;

static article articles[KEYS];
static uint64_t put_count;
static lede_error err;

static void expect_ok(lede_status status, const char *what)
{
    ck_assert_msg(status == LEDE_OK, "%s: %s %s", what, err.where, err.message);
}

/* ---- Words -------------------------------------------------------------- */

static lede_tokenizer *tokenizer;

/* Reads a text into the article; false where it has words that this file does
 * not understand: bigrams, and those that are too long. */
static bool read_words(article *into, passage text, uint32_t *position)
{
    static lede_token_batch batch;

    lede_tokenizer_start(tokenizer, text.text, text.len, *position,
                         LEDE_TOKENIZER_PLAIN);
    while (lede_tokenizer_next(tokenizer, &batch))
        for (uint32_t i = 0; i < batch.count; i++) {
            token *t = &into->tokens[into->count];

            if (batch.flags[i] & LEDE_TOKEN_JOINED)
                continue;
            if ((batch.flags[i] & LEDE_TOKEN_TAIL) || batch.len[i] >= TERM ||
                into->count + 1 == TOKENS)
                return false;
            memcpy(t->term, batch.term[i], batch.len[i]);
            t->term[batch.len[i]] = '\0';
            t->position = batch.position[i];
            into->count++;
        }
    *position = tokenizer->position + LEDE_POSITION_GAP;
    return true;
}

/* Whether a term, asked for, is that one word. */
static bool is_plain(const char *term)
{
    static article one;
    uint32_t position = 0;

    one.count = 0;
    return read_words(&one, (passage){ term, strlen(term) }, &position) &&
           one.count == 1 && strcmp(one.tokens[0].term, term) == 0;
}

/* ---- Queries ------------------------------------------------------------ */

typedef enum shape { WORD, PHRASE, NEAR, AND, OR, NOT } shape;

typedef struct node {
    shape is;
    const char *words[WORDS_MAX];
    uint32_t count;
    uint32_t slop;
    const struct node *nodes[WORDS_MAX];
    double weight;
} node;

static node nodes[NODES];
static uint32_t node_count;

static const article *any_article(chance *c)
{
    const article *a;

    do
        a = &articles[chance_below(c, KEYS)];
    while (!a->there || a->count < 8);
    return a;
}

/* Plain words that stand near each other; fewer where there are none. */
static void draw_words(node *n, chance *c, uint32_t count)
{
    const article *a = any_article(c);
    uint32_t at = chance_below(c, a->count);

    for (; n->count < count && at < a->count; at += 1 + chance_one_in(c, 4))
        if (is_plain(a->tokens[at].term))
            n->words[n->count++] = a->tokens[at].term;
    if (n->is == NEAR && n->count > 1 && chance_one_in(c, 2)) {
        const char *first = n->words[0];

        n->words[0] = n->words[n->count - 1];
        n->words[n->count - 1] = first;
    }
    while (n->count == 0) {
        a = any_article(c);
        at = chance_below(c, a->count);
        if (is_plain(a->tokens[at].term))
            n->words[n->count++] = a->tokens[at].term;
    }
    if (n->count == 1)
        n->is = WORD;
}

static const node *draw(chance *c, uint32_t depth)
{
    node *n = &nodes[node_count++];

    memset(n, 0, sizeof *n);
    if (depth == 0 || node_count + WORDS_MAX >= NODES || chance_one_in(c, 3)) {
        n->is = (shape)chance_below(c, 3);
        n->slop = chance_below(c, 5);
        draw_words(n, c, n->is == WORD ? 1 : 2 + chance_below(c, 2));
        return n;
    }
    n->is = (shape)(AND + chance_below(c, 3));
    n->count = n->is == NOT ? 1 : 1 + chance_below(c, 3);
    for (uint32_t i = 0; i < n->count; i++)
        n->nodes[i] = draw(c, depth - 1);
    return n;
}

static lede_node build(lede_query *query, const node *n)
{
    lede_node parts[WORDS_MAX] = { 0 };

    for (uint32_t i = 0; i < n->count; i++)
        parts[i] = n->is <= NEAR ? lede_query_term(query, "body", n->words[i],
                                                   strlen(n->words[i]))
                                 : build(query, n->nodes[i]);
    switch (n->is) {
    case WORD:
        return parts[0];
    case PHRASE:
        return lede_query_near(query, parts, n->count, n->slop, true);
    case NEAR:
        return lede_query_near(query, parts, n->count, n->slop, false);
    case AND:
        return lede_query_and(query, parts, n->count);
    case OR:
        return lede_query_or(query, parts, n->count);
    default:
        return lede_query_not(query, parts[0]);
    }
}

/* ---- Spans -------------------------------------------------------------- */

typedef struct span {
    uint32_t begin;
    uint32_t end;
} span;

typedef struct spans {
    span at[4096];
    uint32_t count;
} spans;

/* Lists every way to place words `at` and on; `taken` has those before. */
static void place(spans *out, const node *n, const article *a,
                  uint32_t taken[WORDS_MAX], uint32_t at)
{
    uint32_t begin = UINT32_MAX, end = 0;

    for (uint32_t i = 0; i < at && i < WORDS_MAX; i++) {
        begin = taken[i] < begin ? taken[i] : begin;
        end = taken[i] + 1 > end ? taken[i] + 1 : end;
    }
    if (at == n->count || at == WORDS_MAX) {
        ck_assert_uint_lt(out->count, 4096);
        out->at[out->count++] = (span){ begin, end };
        return;
    }
    for (uint32_t t = 0; t < a->count; t++) {
        uint32_t p = a->tokens[t].position, from, to;
        bool fits = strcmp(a->tokens[t].term, n->words[at]) == 0;

        for (uint32_t i = 0; fits && i < at; i++)
            fits = n->is == PHRASE ? p > taken[i] : p != taken[i];
        from = p < begin ? p : begin;
        to = p + 1 > end ? p + 1 : end;
        /* What lies between only grows. */
        if (!fits || to - from > n->count + n->slop)
            continue;
        taken[at] = p;
        place(out, n, a, taken, at + 1);
    }
}

static int by_end(const void *left, const void *right)
{
    const span *a = left, *b = right;

    return (a->end > b->end) - (a->end < b->end);
}

/* How many of the spans can be chosen so that none overlap. */
static uint32_t frequency(const node *n, const article *a)
{
    static spans found;
    uint32_t taken[WORDS_MAX], chosen = 0, free_from = 0;

    found.count = 0;
    place(&found, n, a, taken, 0);
    if (found.count)
        qsort(found.at, found.count, sizeof *found.at, by_end);
    for (uint32_t i = 0; i < found.count; i++)
        if (found.at[i].begin >= free_from) {
            chosen++;
            free_from = found.at[i].end;
        }
    return chosen;
}

/* ---- Scores ------------------------------------------------------------- */

typedef struct corpus {
    double articles;
    double average;
    int scale;
} corpus;

static double idf(const corpus *all, const char *word)
{
    node n = { .is = WORD, .words = { word }, .count = 1 };
    double df = 0;

    for (uint32_t i = 0; i < KEYS; i++)
        df += articles[i].there && frequency(&n, &articles[i]) > 0;
    return log(1 + (all->articles - df + 0.5) / (df + 0.5));
}

/* Sets the weights of the leaves that score; returns their sum. */
static double weigh(const corpus *all, node *n, bool scores)
{
    double sum = 0;

    for (uint32_t i = 0; i < n->count; i++)
        if (n->is <= NEAR)
            sum += scores ? idf(all, n->words[i]) : 0;
        else
            sum +=
                weigh(all, &nodes[n->nodes[i] - nodes], scores && n->is != NOT);
    n->weight = n->is <= NEAR ? sum : 0;
    return sum;
}

static uint64_t points(const corpus *all, const node *n, const article *a,
                       uint32_t tf)
{
    double factor = 0.25 + 0.75 * ((double)a->count / all->average);

    if (!(n->weight > 0))
        return 0;
    return (uint64_t)floor(
        ldexp(n->weight / (1 + 1.2 * factor / (double)tf), all->scale));
}

static bool matches(const corpus *all, const node *n, const article *a,
                    uint64_t *score)
{
    uint32_t found = 0, tf;
    uint64_t part;

    *score = 0;
    if (n->is <= NEAR) {
        tf = frequency(n, a);
        *score = tf > 0 ? points(all, n, a, tf) : 0;
        return tf > 0;
    }
    for (uint32_t i = 0; i < n->count; i++) {
        if (!matches(all, n->nodes[i], a, &part))
            continue;
        found++;
        *score += part;
    }
    if (n->is == NOT)
        *score = 0;
    return n->is == NOT   ? found == 0
           : n->is == AND ? found == n->count
                          : found > 0;
}

/* The corpus of the articles that are there, and the largest scale at which
 * all weights together stay below 2^31. */
static corpus measure(node *root)
{
    corpus all = { 0 };
    double sum;

    for (uint32_t i = 0; i < KEYS; i++) {
        all.articles += articles[i].there;
        all.average += articles[i].there ? articles[i].count : 0;
    }
    all.average /= all.articles;
    sum = weigh(&all, root, true);
    while (sum > 0 && ldexp(sum, all.scale) < 0x1p31)
        all.scale++;
    all.scale -= sum > 0;
    return all;
}

/* ---- Comparing ---------------------------------------------------------- */

static const lede_hit *hit_of(const lede_results *results, uint32_t key)
{
    const lede_hit *hit;
    char name[16];

    (void)snprintf(name, sizeof name, "k%u", (unsigned)key);
    for (size_t i = 0; (hit = lede_results_hit(results, i)); i++)
        if (strcmp(hit->key, name) == 0)
            return hit;
    return NULL;
}

/* What is wrong with an answer; NULL: nothing. */
static const char *judge(const lede_results *results, node *root, bool scored)
{
    corpus all = measure(root);
    uint64_t total = 0, score;

    for (uint32_t key = 0; key < KEYS; key++) {
        const lede_hit *hit = hit_of(results, key);

        if (!articles[key].there ||
            !matches(&all, root, &articles[key], &score)) {
            if (hit)
                return "found";
            continue;
        }
        total++;
        if (!hit)
            return "lost";
        if (scored && !(hit->score >= ldexp((double)score, -all.scale) &&
                        hit->score <= ldexp((double)score, -all.scale)))
            return "score";
    }
    return total == results->total ? NULL : "total";
}

/* By score, the newest first among equals. */
static bool is_in_order(const lede_results *results)
{
    const lede_hit *hit, *before = NULL;

    for (size_t i = 0; (hit = lede_results_hit(results, i)); i++) {
        if (before &&
            (hit->score > before->score ||
             (hit->score >= before->score &&
              articles[strtoul(hit->key + 1, NULL, 10)].order >
                  articles[strtoul(before->key + 1, NULL, 10)].order)))
            return false;
        before = hit;
    }
    return true;
}

static bool ask(const lede_snapshot *snapshot, chance *c, bool scored)
{
    lede_search_options options = LEDE_SEARCH_OPTIONS;
    lede_results *results;
    lede_query *query;
    const char *text, *wrong;
    node *root;
    size_t len;
    bool found;

    node_count = 0;
    root = &nodes[draw(c, chance_below(c, 3)) - nodes];
    options.flags = LEDE_SEARCH_COUNT_ALL;
    options.limit = KEYS;
    options.forms = LEDE_FORM_EXACT;
    ck_assert_int_eq(lede_query_new(&query, NULL), LEDE_OK);
    lede_query_set_root(query, build(query, root));
    expect_ok(lede_search(&results, snapshot, query, &options, &err), "search");
    wrong = judge(results, root, scored);
    if (!wrong && !is_in_order(results))
        wrong = "order";
    if (wrong) {
        ck_assert_int_eq(lede_query_print(query, &text, &len), LEDE_OK);
        ck_abort_msg("%s: %s", wrong, text);
    }
    found = results->total > 0;
    lede_results_free(results);
    lede_query_free(query);
    return found;
}

/* ---- Articles ----------------------------------------------------------- */

static bool draw_article(article *a, lede_document *doc, const passages *text,
                         chance *c)
{
    uint32_t position = 0;

    a->count = 0;
    for (uint32_t i = 1 + chance_below(c, 2); i > 0; i--) {
        passage piece = text->at[chance_below(c, (uint32_t)text->count)];

        if (!read_words(a, piece, &position))
            return false;
        ck_assert_int_eq(
            lede_document_add_text(doc, "body", piece.text, piece.len),
            LEDE_OK);
    }
    a->there = true;
    a->order = ++put_count;
    return true;
}

static void change_some(lede_writer *writer, const passages *text, chance *c,
                        uint32_t count)
{
    static article drawn;

    while (count > 0) {
        uint32_t at = chance_below(c, KEYS);
        lede_document *doc;
        char key[16];
        int len = snprintf(key, sizeof key, "k%u", (unsigned)at);

        ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
        if (chance_one_in(c, 5)) {
            articles[at].there = false;
            expect_ok(lede_writer_delete(writer, key, (size_t)len, &err),
                      "delete");
            count--;
        } else if (draw_article(&drawn, doc, text, c)) {
            articles[at] = drawn;
            expect_ok(lede_writer_put(writer, key, (size_t)len, doc, &err),
                      "put");
            count--;
        }
        lede_document_free(doc);
    }
}

static uint32_t ask_all(lede_index *index, chance *c, bool scored)
{
    uint32_t queries = QUERIES * (test_is_long() ? 100 : 1), found = 0;
    lede_snapshot *snapshot;

    expect_ok(lede_snapshot_open(&snapshot, index, &err), "snapshot");
    for (uint32_t i = 0; i < queries; i++)
        found += ask(snapshot, c, scored);
    lede_snapshot_close(snapshot);
    return found;
}

START_TEST(answers_follow_from_the_text)
{
    chance c = chance_from("answers", 1);
    passages *text = passages_open(30);
    lede_index_options options = native_at_options();
    lede_schema *schema;
    lede_writer *writer;
    lede_index *index;
    lede_dir *dir;
    uint32_t found = 0;

    ck_assert_int_eq(lede_tokenizer_new(&tokenizer, 0, NULL), LEDE_OK);
    ck_assert_int_eq(lede_schema_new(&schema, NULL), LEDE_OK);
    ck_assert_int_eq(lede_schema_add(schema, "body", LEDE_TEXT, NULL), LEDE_OK);
    ck_assert_int_eq(lede_dir_open_memory(&dir, NULL), LEDE_OK);
    native_at(dir, NULL);
    expect_ok(lede_index_create(&index, NATIVE_AT, schema, &options, &err),
              "index");
    expect_ok(lede_writer_open(&writer, index, NULL, &err), "writer");
    for (uint32_t round = 0; round < ROUNDS; round++) {
        change_some(writer, text, &c, round ? 25 : 2 * KEYS);
        expect_ok(lede_writer_commit(writer, NULL, &err), "commit");
        found += ask_all(index, &c, false);
        expect_ok(lede_writer_optimize(writer, NULL, &err), "optimize");
        found += ask_all(index, &c, true);
    }
    printf("%u of %u queries match something\n", found,
           (unsigned)(2 * ROUNDS * QUERIES));
    ck_assert_uint_gt(found, (uint64_t)ROUNDS * QUERIES);
    lede_writer_close(writer);
    lede_index_close(index);
    lede_dir_close(dir);
    lede_schema_free(schema);
    lede_tokenizer_free(tokenizer);
    passages_close(text);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, answers_follow_from_the_text);
}

int main(void)
{
    return test_suite_run("answers", add_tests);
}
