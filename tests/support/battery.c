#include "support/battery.h"

#include <stdio.h>
#include <string.h>

#include "support/chance.h"
#include "support/suite.h"

static const char *const words[] = {
    "ferry",   "storm",  "harbour",   "sailed",      "bridge", "river",
    "embassy", "attack", "Soleimani", "pressure",    "troops", "running",
    "sea",     "oil",    "minister",  "caf\xc3\xa9",
};

static const char *const places[] = { "Basra", "Tehran", "Mosul", "Kirkuk" };

#define COUNT(list) ((uint32_t)(sizeof(list) / sizeof *(list)))

/* Articles are longer from here on, and keys repeat after so many. */
#define LONG_FROM 10000U
#define KEYS      1000U

const char *battery_name(battery_kind kind)
{
    static const char *const names[BATTERY_KINDS] = { "words", "columns",
                                                      "keywords", "stored",
                                                      "all" };

    return names[kind];
}

static void add_field(lede_schema *schema, const char *name, lede_kind kind,
                      uint32_t flags)
{
    lede_field_options options = LEDE_FIELD_OPTIONS;

    options.flags = flags;
    ck_assert_int_eq(lede_schema_add(schema, name, kind, &options), LEDE_OK);
}

lede_schema *battery_schema(uint32_t forms)
{
    lede_analyzer_options options = LEDE_ANALYZER_OPTIONS;
    lede_schema *schema;

    options.forms = forms;
    ck_assert_int_eq(lede_schema_new(&schema, NULL), LEDE_OK);
    add_field(schema, "title", LEDE_TEXT, 0);
    add_field(schema, "body", LEDE_TEXT, LEDE_FIELD_UNSTORED);
    add_field(schema, "flat", LEDE_TEXT,
              LEDE_FIELD_UNSTORED | LEDE_FIELD_NO_POSITIONS |
                  LEDE_FIELD_NAMED_ONLY);
    add_field(schema, "tags", LEDE_KEYWORD, LEDE_FIELD_WORDS);
    add_field(schema, "place", LEDE_KEYWORD, 0);
    add_field(schema, "n", LEDE_INT, 0);
    add_field(schema, "x", LEDE_DOUBLE, 0);
    add_field(schema, "date", LEDE_DATE, 0);
    add_field(schema, "raw", LEDE_STORED, 0);
    ck_assert_int_eq(lede_schema_set_analyzer(schema, &options), LEDE_OK);
    return schema;
}

/* ---- Articles ---- */

/* `count` words, each with a comma now and then. */
static void add_words(lede_document *doc, const char *field, chance *c,
                      uint32_t count)
{
    char text[1024] = "";
    size_t len = 0;

    for (uint32_t i = 0; i < count; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s ",
                                words[chance_below(c, COUNT(words))]);
    (void)lede_document_add_text(doc, field, text, len);
}

static void add_rare_word(lede_document *doc, chance *c)
{
    char word[16];

    (void)snprintf(word, sizeof word, "w%u", chance_below(c, 6000));
    (void)lede_document_add_text(doc, "body", word, LEDE_TERMINATED);
}

static void add_numbers(lede_document *doc, chance *c, uint32_t n)
{
    (void)lede_document_add_int(doc, "n", (int64_t)n);
    for (uint32_t i = chance_below(c, 3); i > 0; i--)
        (void)lede_document_add_int(doc, "n",
                                    (int64_t)chance_below(c, 100) - 50);
    if (!chance_one_in(c, 4))
        (void)lede_document_add_double(doc, "x", chance_unit(c) - 0.5);
    if (!chance_one_in(c, 4))
        (void)lede_document_add_int(
            doc, "date", 1577836800 + 86400 * (int64_t)chance_below(c, 90));
}

static void add_keywords(lede_document *doc, chance *c)
{
    char tag[64];

    for (uint32_t i = chance_below(c, 4); i > 0; i--) {
        (void)snprintf(tag, sizeof tag, "%s %s",
                       words[chance_below(c, COUNT(words))],
                       places[chance_below(c, COUNT(places))]);
        (void)lede_document_add_text(doc, "tags", tag, LEDE_TERMINATED);
    }
    if (!chance_one_in(c, 5))
        (void)lede_document_add_text(doc, "place",
                                     places[chance_below(c, COUNT(places))],
                                     LEDE_TERMINATED);
}

static void add_bytes(lede_document *doc, chance *c)
{
    char bytes[40];
    uint32_t len = chance_below(c, sizeof bytes);

    for (uint32_t i = 0; i < len; i++)
        bytes[i] = (char)chance_next(c);
    (void)lede_document_add_text(doc, "raw", bytes, len);
}

lede_document *battery_document(battery_kind kind, uint32_t n)
{
    chance c = { ((uint64_t)n + 1) * 0x9E3779B97F4A7C15U + (uint64_t)kind };
    lede_document *doc;

    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    if (kind == BATTERY_WORDS || kind == BATTERY_ALL) {
        char unique[32];

        add_words(doc, "body", &c, 8 + chance_below(&c, 12));
        for (uint32_t i = 0; n >= LONG_FROM && i < 40; i++)
            add_rare_word(doc, &c);
        add_words(doc, "body", &c, 3);
        add_words(doc, "flat", &c, 5);
        (void)snprintf(unique, sizeof unique, "only%u", n);
        (void)lede_document_add_text(doc, "body", unique, LEDE_TERMINATED);
    }
    if (kind == BATTERY_STORED || kind == BATTERY_ALL) {
        add_words(doc, "title", &c, 4 + chance_below(&c, 4));
        add_bytes(doc, &c);
    }
    if (kind == BATTERY_COLUMNS || kind == BATTERY_ALL)
        add_numbers(doc, &c, n);
    if (kind == BATTERY_KEYWORDS || kind == BATTERY_ALL)
        add_keywords(doc, &c);
    return doc;
}

void battery_key(char key[16], uint32_t n)
{
    (void)snprintf(key, 16, "k%03u", n % KEYS);
}

lede_status battery_put(lede_writer *writer, battery_kind kind, uint32_t n,
                        lede_error *err)
{
    lede_document *doc = battery_document(kind, n);
    char key[16];
    lede_status status;

    battery_key(key, n);
    status = lede_writer_put(writer, key, LEDE_TERMINATED, doc, err);
    lede_document_free(doc);
    return status;
}

/* ---- Questions ---- */

static void put_document(lede_buffer *out, const lede_document *doc)
{
    const char *field;

    for (size_t f = 0; (field = lede_document_field(doc, f)); f++) {
        const lede_value *value;

        for (size_t i = 0;
             (value = lede_document_value(doc, field, i))->kind != LEDE_NONE;
             i++) {
            lede_put_format(out, " %s=%lld,%a,", field,
                            (long long)value->number, value->real);
            lede_put_block(out, lede_bytes_of(value->text, value->len));
        }
    }
}

static void put_hit(lede_buffer *out, const lede_hit *hit)
{
    lede_put_format(out, "%.*s %a %llu ", (int)hit->key_len, hit->key,
                    hit->score, (unsigned long long)hit->collapsed);
    put_document(out, hit->document);
    lede_put_block(out, lede_bytes_of(hit->snippet, hit->snippet_len));
    lede_put_u8(out, '\n');
}

static void put_results(lede_buffer *out, const lede_results *results,
                        size_t facets)
{
    lede_put_format(out, "%llu %d%d%d%d\n", (unsigned long long)results->total,
                    results->total_exact, results->scores_exact,
                    results->capped, results->partial);
    for (size_t i = 0; i < results->count; i++)
        put_hit(out, lede_results_hit(results, i));
    for (size_t f = 0; f < facets; f++) {
        const lede_facet_count *count;

        for (size_t i = 0; (count = lede_results_facet(results, f, i)); i++) {
            lede_put_format(out, "%zu: %lld %a %llu ", f,
                            (long long)count->value->number, count->value->real,
                            (unsigned long long)count->count);
            lede_put_block(
                out, lede_bytes_of(count->value->text, count->value->len));
        }
    }
    if (results->explained) {
        const lede_explanation *line;

        for (size_t i = 0; (line = lede_hit_explain(results->explained, i));
             i++)
            lede_put_format(out, "%u %d %a %s\n", line->depth, line->matched,
                            line->score, line->text);
    }
}

typedef struct question {
    const char *text; /* of a search; else a name */
    lede_status (*ask)(lede_buffer *out, const lede_snapshot *snapshot,
                       const struct question *q, lede_error *err);
    const char *sort;
    const char *collapse;
    bool more; /* facets, snippets, an explanation */
} question;

static lede_status ask_search(lede_buffer *out, const lede_snapshot *snapshot,
                              const question *q, lede_error *err)
{
    static const lede_facet facets[] = { { "place", LEDE_BUCKET_VALUE, 0 },
                                         { "n", LEDE_BUCKET_VALUE, 0 },
                                         { "date", LEDE_BUCKET_MONTH, 0 } };
    const lede_sort sort = { q->sort, true };
    lede_search_options options = LEDE_SEARCH_OPTIONS;
    lede_results *results = NULL;
    lede_status status;

    options.limit = 200;
    options.flags = LEDE_SEARCH_COUNT_ALL;
    options.collapse = q->collapse;
    options.sort = q->sort ? &sort : NULL;
    options.sort_count = q->sort ? 1 : 0;
    options.recency_weight = 0;
    if (q->more) {
        options.flags |= LEDE_SEARCH_EXPLAIN;
        options.facets = facets;
        options.facet_count = COUNT(facets);
        options.snippet = LEDE_SNIPPET_PLAIN;
        options.explain_key = "k003";
        options.explain_key_len = 4;
    }
    status = lede_search_text(&results, snapshot, q->text, LEDE_TERMINATED,
                              &options, err);
    if (status == LEDE_OK)
        put_results(out, results, options.facet_count);
    lede_results_free(results);
    return status;
}

lede_status battery_articles(lede_buffer *out, const lede_snapshot *snapshot,
                             lede_error *err)
{
    lede_documents *all = NULL;
    lede_status status = lede_documents_open(&all, snapshot, NULL, 0, err);

    if (status != LEDE_OK)
        return status;
    while (lede_documents_next(all)) {
        lede_put_format(out, "%.*s", (int)all->key_len, all->key);
        put_document(out, all->document);
        lede_put_u8(out, '\n');
    }
    status = all->status;
    lede_documents_close(all);
    return status;
}

static lede_status ask_articles(lede_buffer *out, const lede_snapshot *snapshot,
                                const question *q, lede_error *err)
{
    (void)q;
    return battery_articles(out, snapshot, err);
}

static lede_status ask_keys(lede_buffer *out, const lede_snapshot *snapshot,
                            const question *q, lede_error *err)
{
    lede_status status = LEDE_OK;

    (void)q;
    for (uint32_t n = 0; n < KEYS; n += n < 16 ? 1 : 37) {
        lede_document *doc = NULL;
        char key[16];

        battery_key(key, n);
        status = lede_snapshot_get(&doc, snapshot, key, LEDE_TERMINATED, err);
        if (status == LEDE_ERR_NOT_FOUND) {
            status = LEDE_OK;
            continue;
        }
        if (status != LEDE_OK)
            return status;
        lede_put_text(out, key);
        put_document(out, doc);
        lede_document_free(doc);
    }
    return status;
}

static lede_status ask_terms(lede_buffer *out, const lede_snapshot *snapshot,
                             const question *q, lede_error *err)
{
    lede_terms *terms = NULL;
    lede_status status = lede_terms_open(&terms, snapshot, q->text, "", 0, err);

    if (status != LEDE_OK)
        return status;
    while (lede_terms_next(terms))
        lede_put_format(out, "%.*s %llu %llu\n", (int)terms->len, terms->term,
                        (unsigned long long)terms->documents,
                        (unsigned long long)terms->occurrences);
    status = terms->status;
    lede_terms_close(terms);
    return status;
}

static lede_status ask_stats(lede_buffer *out, const lede_snapshot *snapshot,
                             const question *q, lede_error *err)
{
    lede_stats *stats = NULL;
    lede_status status = lede_stats_new(&stats, snapshot, err);

    (void)q;
    if (status != LEDE_OK)
        return status;
    lede_put_format(out, "%llu %llu %llu %llu %llu %llu %llu %u\n",
                    (unsigned long long)stats->documents,
                    (unsigned long long)stats->deleted,
                    (unsigned long long)stats->terms,
                    (unsigned long long)stats->tokens,
                    (unsigned long long)stats->text_bytes,
                    (unsigned long long)stats->index_bytes,
                    (unsigned long long)stats->generation, stats->segments);
    for (size_t i = 0; i < stats->section_count; i++)
        lede_put_format(out, "%s %s %llu\n", stats->sections[i].name,
                        stats->sections[i].field,
                        (unsigned long long)stats->sections[i].bytes);
    lede_stats_free(stats);
    return LEDE_OK;
}

static lede_status ask_suggest(lede_buffer *out, const lede_snapshot *snapshot,
                               const question *q, lede_error *err)
{
    lede_suggest_options options = LEDE_SUGGEST_OPTIONS;
    lede_suggestions *found = NULL;
    lede_status status;

    options.kind = q->more ? LEDE_SUGGEST_COMPLETION : LEDE_SUGGEST_CORRECTION;
    status =
        lede_suggest(&found, snapshot, q->text, LEDE_TERMINATED, &options, err);
    for (size_t i = 0; status == LEDE_OK && i < found->count; i++) {
        const lede_suggestion *s = lede_suggestions_at(found, i);

        lede_put_format(out, "%.*s %llu\n", (int)s->len, s->text,
                        (unsigned long long)s->documents);
    }
    lede_suggestions_free(found);
    return status;
}

static lede_status ask_note(lede_buffer *out, const lede_snapshot *snapshot,
                            const question *q, lede_error *err)
{
    size_t len = 0;
    const char *note = lede_snapshot_note(snapshot, q->text, &len);

    (void)err;
    if (note)
        lede_put_block(out, lede_bytes_of(note, len));
    return LEDE_OK;
}

static const question questions[] = {
    { "ferry", ask_search, NULL, NULL, false },
    { "ferry storm embassy soleimani", ask_search, NULL, NULL, true },
    { "+harbour -storm bridge", ask_search, NULL, NULL, false },
    { "\"sailed bridge\"", ask_search, NULL, NULL, false },
    { "NEAR/5(ferry storm)", ask_search, NULL, NULL, false },
    { "runs", ask_search, NULL, NULL, false },
    { "suleimany cafe", ask_search, NULL, NULL, true },
    { "st* /.*ur/ r?ver", ask_search, NULL, NULL, false },
    { "embasy~", ask_search, NULL, NULL, false },
    { "flat:minister title:oil", ask_search, NULL, NULL, true },
    { "only7", ask_search, NULL, NULL, false },
    { "n:-10..30", ask_search, "x", NULL, true },
    { "x:0..1", ask_search, "n", "n", false },
    { "date:2020-01..2020-02", ask_search, "date", NULL, true },
    { "place:Basra", ask_search, NULL, NULL, false },
    { "tags:ferry", ask_search, NULL, "place", false },
    { "place:Kirkuk OR tags:mosul OR body:sea", ask_search, "place", "place",
      true },
    { "articles", ask_articles, NULL, NULL, false },
    { "keys", ask_keys, NULL, NULL, false },
    { "title", ask_terms, NULL, NULL, false },
    { "body", ask_terms, NULL, NULL, false },
    { "flat", ask_terms, NULL, NULL, false },
    { "tags", ask_terms, NULL, NULL, false },
    { "place", ask_terms, NULL, NULL, false },
    { "stats", ask_stats, NULL, NULL, false },
    { "stom harbr", ask_suggest, NULL, NULL, false },
    { "ferry sto", ask_suggest, NULL, NULL, true },
    { "feed", ask_note, NULL, NULL, false },
};

uint32_t battery_count(void)
{
    return COUNT(questions);
}

const char *battery_question(uint32_t number)
{
    return questions[number].text;
}

lede_status battery_ask(lede_buffer *out, const lede_snapshot *snapshot,
                        uint32_t number, lede_error *err)
{
    lede_status status =
        questions[number].ask(out, snapshot, &questions[number], err);

    if (out->status != LEDE_OK)
        ck_abort_msg("no memory for an answer");
    return status;
}
