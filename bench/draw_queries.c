/*
 * draw_queries - a corpus as plain words, and queries drawn from it.
 *
 *     xz -dc english.jsonl.xz | draw_queries OUT [REAL.jsonl]
 *
 * Reads articles, a JSON object with `title` and `text` on each line, and
 * writes into the folder OUT, which must exist, for driver.h's programs:
 *
 *     docs.txt            the words of each article, separated by one space
 *     term-hi.txt         200 words in 5% of the articles or more,
 *     term-mid.txt        200 in 0.5% or more,
 *     term-lo.txt         200 in 5 articles or more, and
 *     term.txt            all of them
 *     and.txt or.txt      600 of 2 to 3, and 2 to 5, words that stand together
 *                         in some article, of all three kinds
 *     phrase-stop.txt     300 of 2 to 3 words in a row with one of the 50 most
 *                         frequent, and
 *     phrase-rare.txt     300 without, and
 *     phrase.txt          both
 *     real-KIND.txt       the queries of REAL.jsonl whose words are all there:
 *                         objects with `query` and `tags`, of which the first
 *                         is term, intersection, union or phrase
 *
 * Words are those of the plain analyzer that it reads again as they are, so
 * that peers which split at spaces index the same. The same corpus gives the
 * same files.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/map.h"
#include "lede/lede.h"

#define SAMPLES   20000U /* articles that queries are drawn from */
#define NOT_PLAIN (UINT64_MAX - 1)
#define MOST_STOP 50U

typedef enum stratum { HIGH, MIDDLE, LOW, RARE, STRATA = RARE } stratum;

typedef struct word {
    const char *text;
    uint32_t documents;
    uint32_t last; /* article that held it last */
} word;

typedef struct article {
    uint32_t *words;
    size_t count;
} article;

typedef struct corpus {
    lede_arena *arena;
    lede_map map; /* from text to a place in words, or NOT_PLAIN */
    word *words;
    size_t count;
    size_t capacity;
    uint32_t documents;
    article samples[SAMPLES];
    uint32_t *row; /* words of the article being read */
    size_t row_count;
    size_t row_capacity;
    uint64_t random;
} corpus;

static void must(bool good, const char *what)
{
    if (good)
        return;
    (void)fprintf(stderr, "draw_queries: %s\n", what);
    exit(EXIT_FAILURE); /* NOLINT(concurrency-mt-unsafe): one thread */
}

/* xorshift64* */
static uint32_t below(corpus *c, uint64_t n)
{
    c->random ^= c->random >> 12;
    c->random ^= c->random << 25;
    c->random ^= c->random >> 27;
    return (uint32_t)(((c->random * 2685821657736338717U) >> 33) % n);
}

/* ---- Reading articles --------------------------------------------------- */

static lede_tokens *read_words(const char *text, size_t len)
{
    lede_analyzer_options options = LEDE_ANALYZER_OPTIONS;
    lede_tokens *tokens;

    options.words = LEDE_WORDS_PLAIN | LEDE_WORDS_NO_COMPOUND;
    must(lede_tokens_new(&tokens, text, len, &options, NULL) == LEDE_OK,
         "out of memory");
    return tokens;
}

/* Whether a word, read by itself, is that one word again. */
static bool is_plain(const char *text, size_t len)
{
    lede_tokens *tokens = read_words(text, len);
    bool same = lede_tokens_next(tokens) && tokens->len == len &&
                memcmp(tokens->term, text, len) == 0 &&
                !lede_tokens_next(tokens) && !strpbrk(text, " \r\n");

    lede_tokens_free(tokens);
    return same;
}

static uint64_t word_of(corpus *c, const char *text, size_t len)
{
    lede_bytes key = lede_bytes_of(text, len);
    uint64_t hash = lede_hash_bytes(key);
    lede_map_slot *slot = lede_map_find(&c->map, key, hash);
    const char *copy;

    if (slot)
        return slot->value;
    copy = lede_arena_text(c->arena, text, len);
    must(copy != NULL, "out of memory");
    key = lede_bytes_of(copy, len);
    slot = lede_map_put(&c->map, key, hash);
    must(slot != NULL, "out of memory");
    slot->value = NOT_PLAIN;
    if (is_plain(copy, len)) {
        must(lede_grow(NULL, &c->words, &c->capacity, c->count + 1,
                       sizeof *c->words),
             "out of memory");
        slot->value = c->count;
        c->words[c->count++] = (word){ copy, 0, UINT32_MAX };
    }
    return slot->value;
}

static void keep_sample(corpus *c)
{
    uint32_t place =
        c->documents < SAMPLES ? c->documents : below(c, c->documents + 1U);
    article *sample;

    if (place >= SAMPLES)
        return;
    sample = &c->samples[place];
    free(sample->words);
    sample->words = malloc(c->row_count * sizeof *sample->words);
    must(sample->words != NULL, "out of memory");
    memcpy(sample->words, c->row, c->row_count * sizeof *sample->words);
    sample->count = c->row_count;
}

static void add_words(corpus *c, const char *text, size_t len, FILE *out)
{
    lede_tokens *tokens = read_words(text, len);

    while (lede_tokens_next(tokens)) {
        uint64_t at = word_of(c, tokens->term, tokens->len);

        if (at == NOT_PLAIN)
            continue;
        must(lede_grow(NULL, &c->row, &c->row_capacity, c->row_count + 1,
                       sizeof *c->row),
             "out of memory");
        (void)fprintf(out, "%s%s", c->row_count ? " " : "", c->words[at].text);
        c->row[c->row_count++] = (uint32_t)at;
        if (c->words[at].last != c->documents) {
            c->words[at].last = c->documents;
            c->words[at].documents++;
        }
    }
    lede_tokens_free(tokens);
}

static void add_member(corpus *c, const json_t *object, const char *name,
                       FILE *out)
{
    const json_t *text = json_object_get(object, name);

    if (json_is_string(text))
        add_words(c, json_string_value(text), json_string_length(text), out);
}

static void read_articles(corpus *c, FILE *in, FILE *out)
{
    char *line = NULL;
    size_t capacity = 0;

    while (getline(&line, &capacity, in) > 0) {
        json_t *object = json_loads(line, JSON_ALLOW_NUL, NULL);

        must(object != NULL, "a line is not JSON");
        c->row_count = 0;
        add_member(c, object, "title", out);
        add_member(c, object, "text", out);
        json_decref(object);
        if (c->row_count == 0)
            continue;
        (void)fputc('\n', out);
        keep_sample(c);
        c->documents++;
    }
    free(line);
    must(c->documents > 0, "there are no articles");
}

/* ---- Drawing queries ---------------------------------------------------- */

static FILE *open_out(const char *folder, const char *name)
{
    char path[4096];
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/%s.txt", folder, name);
    file = fopen(path, "wb");
    if (!file)
        perror(path);
    must(file != NULL, "a file cannot be written");
    return file;
}

static void close_out(FILE *file)
{
    must(fclose(file) == 0, "a file cannot be written");
}

/* Letters and digits only: what every peer reads alike. */
static bool is_simple(const char *text)
{
    return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789") == strlen(text);
}

static stratum stratum_of(const corpus *c, uint32_t at)
{
    const word *w = &c->words[at];

    if (w->documents < 5 || !is_simple(w->text))
        return RARE;
    if (w->documents * 20ULL >= c->documents)
        return HIGH;
    return w->documents * 200ULL >= c->documents ? MIDDLE : LOW;
}

/* Up to 200 different words of a stratum, into both files. */
static void draw_terms(corpus *c, stratum from, FILE *out, FILE *all)
{
    uint32_t *list = malloc((c->count + 1) * sizeof *list);
    size_t count = 0;

    must(list != NULL, "out of memory");
    for (size_t at = 0; at < c->count; at++)
        if (stratum_of(c, (uint32_t)at) == from)
            list[count++] = (uint32_t)at;
    for (size_t drawn = 0; drawn < 200 && drawn < count; drawn++) {
        size_t other = drawn + below(c, count - drawn);
        uint32_t at = list[other];

        list[other] = list[drawn];
        (void)fprintf(out, "%s\n", c->words[at].text);
        (void)fprintf(all, "%s\n", c->words[at].text);
    }
    free(list);
}

static const article *any_sample(corpus *c)
{
    return &c->samples[below(c,
                             c->documents < SAMPLES ? c->documents : SAMPLES)];
}

static bool holds(const uint32_t *words, size_t count, uint32_t at)
{
    for (size_t i = 0; i < count; i++)
        if (words[i] == at)
            return true;
    return false;
}

static void print_words(const corpus *c, const uint32_t *words, size_t count,
                        FILE *out)
{
    for (size_t i = 0; i < count; i++)
        (void)fprintf(out, "%s%s", i ? " " : "", c->words[words[i]].text);
    (void)fputc('\n', out);
}

/* Words of one article; each of a stratum drawn first, so that frequent and
 * rare ones mix. */
static void draw_sets(corpus *c, size_t least, size_t most, FILE *out)
{
    for (unsigned done = 0, tries = 0; done < 600 && tries < 1000000; tries++) {
        const article *from = any_sample(c);
        size_t wanted = least + below(c, most - least + 1), count = 0;
        uint32_t words[8];

        for (unsigned again = 0; again < 500 && count < wanted; again++) {
            stratum level = (stratum)below(c, STRATA);
            uint32_t at = from->words[below(c, from->count)];

            if (stratum_of(c, at) == level && !holds(words, count, at))
                words[count++] = at;
        }
        if (count == wanted) {
            print_words(c, words, count, out);
            done++;
        }
    }
}

/* How many articles the least frequent of the 50 most frequent words has. */
static uint32_t stop_line(const corpus *c)
{
    uint32_t line = UINT32_MAX;

    for (unsigned i = 0; i < MOST_STOP; i++) {
        uint32_t next = 0;

        for (size_t at = 0; at < c->count; at++)
            if (c->words[at].documents < line && c->words[at].documents > next)
                next = c->words[at].documents;
        line = next;
    }
    return line;
}

static void draw_phrases(corpus *c, bool stop, uint32_t line, FILE *out,
                         FILE *all)
{
    for (unsigned done = 0, tries = 0; done < 300 && tries < 1000000; tries++) {
        const article *from = any_sample(c);
        size_t wanted = 2 + below(c, 2);
        const uint32_t *words;
        bool simple = true, stops = false;

        if (from->count < wanted)
            continue;
        words = from->words + below(c, from->count - wanted + 1);
        for (size_t i = 0; i < wanted; i++) {
            simple = simple && is_simple(c->words[words[i]].text);
            stops = stops || c->words[words[i]].documents >= line;
        }
        if (simple && stops == stop) {
            print_words(c, words, wanted, out);
            print_words(c, words, wanted, all);
            done++;
        }
    }
}

static void draw(corpus *c, const char *folder)
{
    static const char *const terms[] = { "term-hi", "term-mid", "term-lo" };
    uint32_t line = stop_line(c);
    FILE *all = open_out(folder, "term"), *one;

    for (unsigned i = 0; i < STRATA; i++) {
        one = open_out(folder, terms[i]);
        draw_terms(c, (stratum)i, one, all);
        close_out(one);
    }
    close_out(all);
    one = open_out(folder, "and");
    draw_sets(c, 2, 3, one);
    close_out(one);
    one = open_out(folder, "or");
    draw_sets(c, 2, 5, one);
    close_out(one);
    all = open_out(folder, "phrase");
    one = open_out(folder, "phrase-stop");
    draw_phrases(c, true, line, one, all);
    close_out(one);
    one = open_out(folder, "phrase-rare");
    draw_phrases(c, false, line, one, all);
    close_out(one);
    close_out(all);
}

/* ---- Real queries ------------------------------------------------------- */

/* The words of a query, if the corpus has them all. */
static void keep_query(corpus *c, const char *text, size_t len, FILE *out)
{
    lede_tokens *tokens = read_words(text, len);
    uint32_t words[64];
    size_t count = 0;
    bool known = true;

    while (known && count < 64 && lede_tokens_next(tokens)) {
        lede_bytes key = lede_bytes_of(tokens->term, tokens->len);
        const lede_map_slot *slot =
            lede_map_find(&c->map, key, lede_hash_bytes(key));

        known = slot && slot->value != NOT_PLAIN;
        if (known)
            words[count++] = (uint32_t)slot->value;
    }
    lede_tokens_free(tokens);
    if (known && count > 0)
        print_words(c, words, count, out);
}

static void keep_queries(corpus *c, const char *path, const char *folder)
{
    static const char *const tags[] = { "term", "intersection", "union",
                                        "phrase" };
    static const char *const names[] = { "real-term", "real-and", "real-or",
                                         "real-phrase" };
    FILE *in = fopen(path, "rb"), *out[4];
    char *line = NULL;
    size_t capacity = 0;

    must(in != NULL, "the real queries cannot be read");
    for (unsigned i = 0; i < 4; i++)
        out[i] = open_out(folder, names[i]);
    while (getline(&line, &capacity, in) > 0) {
        json_t *object = json_loads(line, 0, NULL);
        const json_t *query = json_object_get(object, "query");
        const char *tag = json_string_value(
            json_array_get(json_object_get(object, "tags"), 0));

        for (unsigned i = 0; tag && i < 4; i++)
            if (strcmp(tag, tags[i]) == 0)
                keep_query(c, json_string_value(query),
                           json_string_length(query), out[i]);
        json_decref(object);
    }
    free(line);
    (void)fclose(in);
    for (unsigned i = 0; i < 4; i++)
        close_out(out[i]);
}

int main(int count, char **words)
{
    static corpus c = { .random = 88172645463325252U };
    FILE *docs;

    if (count < 2) {
        (void)fprintf(stderr, "usage: %s OUT [REAL.jsonl] < CORPUS.jsonl\n",
                      words[0]);
        return 2;
    }
    c.arena = lede_arena_new(NULL);
    must(c.arena != NULL, "out of memory");
    lede_map_init(&c.map, NULL);
    docs = open_out(words[1], "docs");
    read_articles(&c, stdin, docs);
    close_out(docs);
    draw(&c, words[1]);
    if (count > 2)
        keep_queries(&c, words[2], words[1]);
    printf("{\"docs\":%" PRIu32 ",\"words\":%zu}\n", c.documents, c.count);
    for (unsigned i = 0; i < SAMPLES; i++)
        free(c.samples[i].words);
    free(c.row);
    lede_release(NULL, c.words, c.capacity * sizeof *c.words);
    lede_map_fini(&c.map);
    lede_arena_free(c.arena);
    return EXIT_SUCCESS;
}
