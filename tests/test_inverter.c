/*
 * The inverter against what it is for: a writer of segments that writes down
 * what it is told, and articles counted word by word.
 */
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#include "base/buffer.h"
#include "document/record.h"
#include "document/schema.h"
#include "native/index/inverter.h"
#include "support/chance.h"
#include "support/failing_alloc.h"
#include "support/suite.h"
#include "support/tokens.h"

enum { TITLE, BODY, NOTES, TAGS, PLACE, RATING, DATE, YEAR, FIELDS };

#define ARTICLES_MAX 700
#define TEXT_MAX     1200

/* ---- A writer that writes down what it is told ---- */

struct lede_segment_writer {
    int nothing;
};

static struct {
    lede_segment_writer writer;
    lede_buffer log;
    uint32_t documents;
    uint64_t tokens[FIELDS];
    uint32_t fail_at; /* the call that fails; 0: none */
    uint32_t calls;
    const failing_alloc *watched;
    uint64_t allowed; /* bytes that may be taken meanwhile */
    int open;
    lede_buffer blocks; /* the records that were handed over, */
    lede_buffer dictionaries;
    lede_records *records; /* opened again, to be read */
    lede_records_cursor *cursor;
} told;

static lede_status tell(lede_error *err)
{
    if (told.watched)
        ck_assert_uint_le(told.watched->bytes, told.allowed);
    if (++told.calls != told.fail_at)
        return LEDE_OK;
    err->status = LEDE_ERR_IO;
    return LEDE_ERR_IO;
}

lede_status lede_segment_writer_new(lede_segment_writer **out,
                                    const lede_segment_target *target,
                                    const lede_allocator *allocator,
                                    lede_error *err)
{
    lede_status status = tell(err);

    (void)target;
    (void)allocator;
    if (status != LEDE_OK)
        return status;
    lede_buffer_clear(&told.log);
    memset(told.tokens, 0, sizeof told.tokens);
    told.documents = 0;
    told.open++;
    *out = &told.writer;
    return LEDE_OK;
}

void lede_segment_writer_hold(lede_segment_writer *writer, uint64_t bytes)
{
    (void)writer;
    (void)bytes;
}

void lede_segment_writer_free(lede_segment_writer *writer)
{
    if (!writer)
        return;
    told.open--;
    lede_records_cursor_free(told.cursor);
    lede_records_close(told.records);
    lede_buffer_fini(&told.blocks);
    lede_buffer_fini(&told.dictionaries);
    told.cursor = NULL;
    told.records = NULL;
}

lede_status lede_segment_writer_records(lede_segment_writer *writer,
                                        const lede_records *records,
                                        uint64_t *shift, lede_error *err)
{
    lede_records_source source = { .need = NULL };
    lede_records_writer *copy;

    (void)writer;
    lede_buffer_init(&told.blocks, NULL);
    lede_buffer_init(&told.dictionaries, NULL);
    ck_assert_int_eq(lede_records_writer_new(&copy, NULL), LEDE_OK);
    ck_assert_int_eq(lede_records_writer_copy(copy, records, shift), LEDE_OK);
    for (uint32_t i = 0; i < lede_records_part_count(records); i++) {
        lede_bytes blocks = lede_records_part_at(records, i).blocks;

        lede_put(&told.blocks, blocks.at, blocks.len);
    }
    ck_assert_int_eq(
        lede_records_writer_end(copy, &told.blocks, &told.dictionaries),
        LEDE_OK);
    lede_records_writer_free(copy);
    source.blocks = lede_buffer_bytes(&told.blocks);
    source.dictionaries = lede_buffer_bytes(&told.dictionaries);
    ck_assert_int_eq(lede_records_open(&told.records, &source, NULL), LEDE_OK);
    ck_assert_int_eq(lede_records_cursor_new(&told.cursor, NULL), LEDE_OK);
    return tell(err);
}

static void log_bytes(lede_buffer *log, lede_bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        if (bytes.at[i] > ' ' && bytes.at[i] < 127)
            lede_put_u8(log, bytes.at[i]);
        else
            lede_put_format(log, "<%02x>", bytes.at[i]);
}

static void log_document(lede_buffer *log, const lede_segment_document *d)
{
    lede_bytes record = d->record;

    lede_put_format(log, "article %llu %llu key ",
                    (unsigned long long)d->sequence,
                    (unsigned long long)d->text_bytes);
    log_bytes(log, d->key);
    lede_put_text(log, " lengths");
    for (uint32_t i = 0; i < FIELDS; i++)
        lede_put_format(log, " %u", (unsigned)d->lengths[i]);
    lede_put_text(log, " numbers");
    for (uint32_t i = 0; i < d->number_count; i++)
        lede_put_format(log, " %s %d %lld %g", d->numbers[i]->field,
                        (int)d->numbers[i]->value.kind,
                        (long long)d->numbers[i]->value.number,
                        d->numbers[i]->value.real);
    lede_put_text(log, " record ");
    if (d->place)
        ck_assert_int_eq(
            lede_records_read(told.cursor, told.records, *d->place, &record),
            LEDE_OK);
    log_bytes(log, record);
    lede_put_u8(log, '\n');
}

lede_status lede_segment_writer_document(lede_segment_writer *writer,
                                         const lede_segment_document *document,
                                         lede_error *err)
{
    (void)writer;
    log_document(&told.log, document);
    told.documents++;
    for (uint32_t i = 0; i < FIELDS; i++)
        told.tokens[i] += document->lengths[i];
    return tell(err);
}

static void log_term(lede_buffer *log, uint32_t space, lede_bytes term,
                     bool name)
{
    lede_put_format(log, "term %u %s", (unsigned)space, name ? "name " : "");
    log_bytes(log, term);
    lede_put_u8(log, '\n');
}

lede_status lede_segment_writer_term(lede_segment_writer *writer,
                                     uint32_t space, lede_bytes term, bool name,
                                     lede_error *err)
{
    (void)writer;
    log_term(&told.log, space, term, name);
    return tell(err);
}

static void log_posting(lede_buffer *log, uint32_t doc, uint32_t frequency,
                        const uint32_t *positions)
{
    lede_put_format(log, "  %u x%u", (unsigned)doc, (unsigned)frequency);
    for (uint32_t i = 0; positions && i < frequency; i++)
        lede_put_format(log, " %u", (unsigned)positions[i]);
    lede_put_u8(log, '\n');
}

lede_status lede_segment_writer_posting(lede_segment_writer *writer,
                                        uint32_t doc, uint32_t frequency,
                                        const uint32_t *positions,
                                        lede_error *err)
{
    (void)writer;
    log_posting(&told.log, doc, frequency, positions);
    return tell(err);
}

lede_status lede_segment_writer_batch(lede_segment_writer *writer,
                                      const lede_postings_batch *batch,
                                      lede_error *err)
{
    const uint32_t *at = batch->positions;
    size_t count = 0;

    (void)writer;
    for (uint32_t i = 0; i < batch->n; i++) {
        bool positions = batch->position_count > 0;

        log_posting(&told.log, batch->docs[i], batch->times[i] + 1,
                    positions ? at + count : NULL);
        count += batch->times[i] + 1;
    }
    ck_assert(batch->position_count == 0 || batch->position_count == count);
    return tell(err);
}

lede_status lede_segment_writer_list(lede_segment_writer *writer,
                                     lede_postings *list, uint32_t shift,
                                     lede_error *err)
{
    (void)writer;
    (void)list;
    (void)shift;
    return tell(err);
}

lede_status lede_segment_writer_end(lede_segment_writer *writer, bool sync,
                                    lede_segment_made *made, lede_error *err)
{
    (void)writer;
    lede_put_format(&told.log, "end %d\n", (int)sync);
    *made = (lede_segment_made){ .documents = told.documents,
                                 .tokens = told.tokens,
                                 .field_count = FIELDS };
    return tell(err);
}

uint64_t lede_segment_writer_memory(const lede_segment_writer *writer)
{
    (void)writer;
    return 0;
}

/* ---- Articles ---- */

struct article {
    char key[32];
    uint64_t sequence;
    char words[TAGS + 1][TEXT_MAX];
    bool has_words[TAGS + 1];
    lede_document *document;
    bool is_in;
};

static struct article articles[ARTICLES_MAX];
static uint32_t article_count;
static lede_schema *schema;

static lede_schema *make_schema(void)
{
    static const struct {
        const char *name;
        lede_kind kind;
        uint32_t flags;
    } fields[FIELDS] = {
        { "title", LEDE_TEXT, 0 },
        { "body", LEDE_TEXT, LEDE_FIELD_UNSTORED },
        { "notes", LEDE_TEXT, LEDE_FIELD_NO_POSITIONS },
        { "tags", LEDE_KEYWORD, LEDE_FIELD_WORDS },
        { "place", LEDE_KEYWORD, 0 },
        { "rating", LEDE_DOUBLE, 0 },
        { "date", LEDE_DATE, 0 },
        { "year", LEDE_INT, LEDE_FIELD_UNSTORED },
    };
    lede_schema *made;

    ck_assert_int_eq(lede_schema_new(&made, NULL), LEDE_OK);
    for (int i = 0; i < FIELDS; i++) {
        lede_field_options options = LEDE_FIELD_OPTIONS;

        options.flags = fields[i].flags;
        ck_assert_int_eq(
            lede_schema_add(made, fields[i].name, fields[i].kind, &options),
            LEDE_OK);
    }
    return made;
}

static void make_words(chance *c, char *out, uint32_t variety)
{
    uint32_t count = chance_below(c, chance_one_in(c, 8) ? 200 : 12);
    bool joined = false;
    size_t len = 0;

    out[0] = '\0';
    for (uint32_t i = 0; i < count && len + 20 < TEXT_MAX; i++) {
        uint32_t word = chance_below(c, 1 + chance_below(c, variety));
        uint32_t turn = joined ? 2 : chance_below(c, 20);

        /* A joined term is followed by a word at its place. */
        joined = turn == 1;
        if (turn == 0)
            len += (size_t)sprintf(out + len, "| ");
        else if (joined)
            len += (size_t)sprintf(out + len, "j%u/%u ", (unsigned)word,
                                   2 + (unsigned)word % 7);
        else if (turn == 19)
            len += (size_t)sprintf(out + len, "_ ");
        else
            len += (size_t)sprintf(out + len, "%c%u ", turn == 3 ? 'W' : 'w',
                                   (unsigned)word);
    }
}

static void add_numbers(chance *c, lede_document *d)
{
    static const char *const names[] = { "rating", "date", "year" };

    for (uint32_t left = chance_below(c, 6); left > 0; left--) {
        uint32_t which = chance_below(c, 3);
        lede_value value = { .text = "" };

        value.kind = which == 0   ? LEDE_DOUBLE
                     : which == 1 ? LEDE_DATE
                                  : LEDE_INT;
        if (which == 0)
            value.real = (double)chance_below(c, 5) - 2.5;
        else
            value.number = (int64_t)chance_below(c, 5) - 2;
        ck_assert_int_eq(lede_document_add(d, names[which], &value), LEDE_OK);
    }
}

static void make_article(struct article *a, chance *c, uint32_t number,
                         uint32_t variety)
{
    (void)sprintf(a->key, "key %u", (unsigned)number);
    a->sequence = 3 * (uint64_t)number + 1;
    a->is_in = false;
    for (int field = TITLE; field <= TAGS; field++) {
        a->has_words[field] = !chance_one_in(c, 3);
        make_words(c, a->words[field], variety);
    }
    ck_assert_int_eq(lede_document_new(&a->document, NULL), LEDE_OK);
    for (uint32_t left = chance_below(c, 7); left > 0; left--) {
        char text[24];
        lede_value value = { .kind = LEDE_KEYWORD, .text = text };

        value.len = (size_t)sprintf(text, "%.*s%u", (int)chance_below(c, 9),
                                    "Springfield", chance_below(c, variety));
        if (chance_one_in(c, 10))
            value.len = 0;
        ck_assert_int_eq(
            lede_document_add(a->document,
                              chance_one_in(c, 2) ? "tags" : "place", &value),
            LEDE_OK);
    }
    add_numbers(c, a->document);
    if (a->has_words[TITLE])
        ck_assert_int_eq(
            lede_document_add(a->document, "title",
                              &(lede_value){ .kind = LEDE_TEXT,
                                             .text = a->words[TITLE],
                                             .len = strlen(a->words[TITLE]) }),
            LEDE_OK);
    if (chance_one_in(c, 4))
        ck_assert_int_eq(
            lede_document_add(
                a->document, "unknown",
                &(lede_value){ .kind = LEDE_STORED, .text = "x", .len = 1 }),
            LEDE_OK);
}

static void make_articles(chance *c, uint32_t count, uint32_t variety)
{
    article_count = count;
    for (uint32_t i = 0; i < count; i++)
        make_article(&articles[i], c, i, variety);
}

static void free_articles(void)
{
    for (uint32_t i = 0; i < article_count; i++)
        lede_document_free(articles[i].document);
    article_count = 0;
}

/* Puts an article; its source fails after so many batches. */
static lede_status put(lede_inverter *inverter, struct article *a,
                       uint32_t per_batch, uint32_t fail_after)
{
    static word_tokens tokens;
    lede_engine_change change = {
        .key = lede_bytes_of_text(a->key),
        .sequence = a->sequence,
        .document = a->document,
        .schema = schema,
        .tokens = &tokens.source,
        .text_bytes = a->sequence * 7,
    };
    lede_error err = { 0 };
    lede_status status;

    word_tokens_init(&tokens, per_batch);
    for (uint32_t field = TITLE; field <= TAGS; field++)
        if (a->has_words[field])
            word_tokens_add(&tokens, field, a->words[field]);
    tokens.fail_after = fail_after;
    status = lede_inverter_put(inverter, &change, &err);
    ck_assert_int_eq(err.status, status);
    a->is_in = status == LEDE_OK;
    return status;
}

/* ---- What the writer should have been told ---- */

struct occurrence {
    char term[64];
    size_t len;
    uint32_t space;
    uint32_t doc;
    uint32_t position;
    bool name;
};

static struct {
    struct occurrence *at;
    size_t count;
    size_t capacity;
} model;

static void add_model(struct occurrence o)
{
    if (model.count == model.capacity) {
        model.capacity = model.capacity * 2 + 64;
        model.at = realloc(model.at, model.capacity * sizeof *model.at);
        ck_assert_ptr_nonnull(model.at);
    }
    model.at[model.count++] = o;
}

static uint32_t model_words(const char *words, uint32_t field, uint32_t doc)
{
    uint32_t position = 0, length = 0;

    while (*words) {
        size_t len = strcspn(words, " ");
        char term[LEDE_TERM_BYTES_MAX];

        if (len == 1 && *words == '|') {
            position += LEDE_POSITION_GAP;
        } else if (len == 1 && *words == '_') {
            position++;
        } else if (len) {
            struct occurrence o = { .space = 2 * field,
                                    .doc = doc,
                                    .position = position,
                                    .name = *words == 'W' };
            bool joined = memchr(words, '/', len) != NULL;

            o.len = word_term(term, words, len);
            memcpy(o.term, term, o.len);
            add_model(o);
            position += !joined;
            length += !joined;
        }
        words += len + (words[len] == ' ');
    }
    return length;
}

/* Keywords; and an empty value where a text has no words. */
static void model_values(const lede_document *document, uint32_t doc,
                         const uint32_t *lengths)
{
    for (size_t i = 0; i < lede_document_count(document); i++) {
        const lede_entry *entry = lede_document_entry(document, i);
        struct occurrence o = { .doc = doc };

        uint32_t field = lede_schema_place(schema, entry->field);

        o.space = 2 * field + 1;
        if (entry->value.kind == LEDE_KEYWORD) {
            o.len = entry->value.len;
            memcpy(o.term, entry->value.text, o.len);
            add_model(o);
        } else if (entry->value.kind == LEDE_TEXT && lengths[field] == 0) {
            add_model(o);
        }
    }
}

static int by_field_and_value(const void *left, const void *right)
{
    const lede_entry *a = *(const lede_entry *const *)left;
    const lede_entry *b = *(const lede_entry *const *)right;
    uint32_t x = lede_schema_place(schema, a->field);
    uint32_t y = lede_schema_place(schema, b->field);

    return x != y ? (x > y) - (x < y)
                  : lede_value_compare(&a->value, &b->value);
}

static void model_article(lede_buffer *log, const struct article *a,
                          const uint32_t *lengths)
{
    const lede_entry *numbers[64];
    lede_segment_document d = { .key = lede_bytes_of_text(a->key),
                                .sequence = a->sequence,
                                .text_bytes = a->sequence * 7,
                                .lengths = lengths,
                                .numbers = numbers };
    uint32_t count = 0;
    lede_buffer record;

    for (size_t i = 0; i < lede_document_count(a->document); i++) {
        const lede_entry *entry = lede_document_entry(a->document, i);

        if (entry->value.kind == LEDE_INT || entry->value.kind == LEDE_DATE ||
            entry->value.kind == LEDE_DOUBLE)
            numbers[count++] = entry;
    }
    if (count)
        qsort(numbers, count, sizeof(lede_entry *), by_field_and_value);
    for (uint32_t i = 0; i < count; i++)
        if (i == 0 || by_field_and_value(&numbers[i - 1], &numbers[i]) != 0)
            numbers[d.number_count++] = numbers[i];
    lede_buffer_init(&record, NULL);
    lede_record_encode(&record, a->document, schema);
    d.record = lede_buffer_bytes(&record);
    log_document(log, &d);
    lede_buffer_fini(&record);
}

static int compare_terms(const struct occurrence *a, const struct occurrence *b)
{
    if (a->space != b->space)
        return a->space < b->space ? -1 : 1;
    return lede_bytes_compare(lede_bytes_of(a->term, a->len),
                              lede_bytes_of(b->term, b->len));
}

static int by_term_and_place(const void *left, const void *right)
{
    const struct occurrence *a = left, *b = right;
    int order = compare_terms(a, b);

    if (order)
        return order;
    if (a->doc != b->doc)
        return a->doc < b->doc ? -1 : 1;
    return (a->position > b->position) - (a->position < b->position);
}

static size_t model_term(lede_buffer *log, size_t from)
{
    const struct occurrence *first = &model.at[from];
    bool positions = first->space % 2 == 0 && first->space / 2 != NOTES;
    bool name = false;
    size_t end = from;

    for (; end < model.count && compare_terms(first, &model.at[end]) == 0;
         end++)
        name = name || model.at[end].name;
    log_term(log, first->space, lede_bytes_of(first->term, first->len), name);
    while (from < end) {
        uint32_t at[TEXT_MAX] = { 0 }, frequency = 0, doc = model.at[from].doc;

        for (; from < end && model.at[from].doc == doc; from++)
            at[frequency++] = model.at[from].position;
        log_posting(log, doc, first->space % 2 ? 1 : frequency,
                    positions ? at : NULL);
    }
    return end;
}

static void check_told(bool sync)
{
    lede_buffer log;
    uint32_t doc = 0;

    lede_buffer_init(&log, NULL);
    model.count = 0;
    for (uint32_t i = 0; i < article_count; i++) {
        uint32_t lengths[FIELDS] = { 0 };

        if (!articles[i].is_in)
            continue;
        for (uint32_t field = TITLE; field <= TAGS; field++)
            if (articles[i].has_words[field])
                lengths[field] =
                    model_words(articles[i].words[field], field, doc);
        model_values(articles[i].document, doc++, lengths);
        model_article(&log, &articles[i], lengths);
    }
    if (model.count)
        qsort(model.at, model.count, sizeof *model.at, by_term_and_place);
    for (size_t at = 0; at < model.count;)
        at = model_term(&log, at);
    lede_put_format(&log, "end %d\n", (int)sync);
    lede_put_u8(&log, 0);
    lede_put_u8(&told.log, 0);
    ck_assert_int_eq(log.status, LEDE_OK);
    ck_assert_int_eq(told.log.status, LEDE_OK);
    ck_assert_str_eq((const char *)told.log.at, (const char *)log.at);
    lede_buffer_fini(&log);
}

/* ---- The tests ---- */

static void set_up(void)
{
    memset(&told, 0, sizeof told);
    lede_buffer_init(&told.log, NULL);
    schema = make_schema();
}

static void tear_down(void)
{
    ck_assert_int_eq(told.open, 0);
    free_articles();
    free(model.at);
    memset(&model, 0, sizeof model);
    lede_buffer_fini(&told.log);
    lede_schema_free(schema);
}

static void check_flush(lede_inverter *inverter, bool sync)
{
    lede_segment_target target = { .schema = schema };
    uint64_t tokens[FIELDS] = { 0 };
    lede_segment_made made;
    lede_error err = { 0 };

    ck_assert_int_eq(lede_inverter_flush(inverter, &target, sync, &made, &err),
                     LEDE_OK);
    check_told(sync);
    ck_assert_uint_eq(made.documents, lede_inverter_documents(inverter));
    ck_assert_uint_eq(made.field_count, FIELDS);
    memcpy(tokens, told.tokens, sizeof tokens);
    memset(told.tokens, 0xFF, sizeof told.tokens);
    for (uint32_t i = 0; i < FIELDS; i++)
        ck_assert_uint_eq(made.tokens[i], tokens[i]);
}

START_TEST(a_segment_is_told_every_word_of_every_article)
{
    chance c = chance_from("inverter", 1);

    set_up();
    for (int round = 0; round < 12; round++) {
        lede_inverter *inverter;

        ck_assert_int_eq(lede_inverter_new(&inverter, schema, NULL), LEDE_OK);
        make_articles(&c, chance_below(&c, round < 6 ? 20 : ARTICLES_MAX),
                      1 + chance_below(&c, round % 2 ? 40 : 3000));
        for (uint32_t i = 0; i < article_count; i++) {
            lede_bytes key;
            uint64_t sequence;

            ck_assert_int_eq(put(inverter, &articles[i],
                                 1 + chance_below(&c, LEDE_TOKENS_MAX),
                                 UINT32_MAX),
                             LEDE_OK);
            lede_inverter_document(inverter, i, &key, &sequence);
            ck_assert(
                lede_bytes_equal(key, lede_bytes_of_text(articles[i].key)));
            ck_assert_uint_eq(sequence, articles[i].sequence);
        }
        check_flush(inverter, round % 2);
        lede_inverter_free(inverter);
        free_articles();
    }
    tear_down();
}
END_TEST

START_TEST(articles_whose_source_fails_leave_nothing)
{
    chance c = chance_from("sources", 1);

    set_up();
    for (int round = 0; round < 6; round++) {
        lede_inverter *inverter;

        ck_assert_int_eq(lede_inverter_new(&inverter, schema, NULL), LEDE_OK);
        make_articles(&c, 200, 1 + chance_below(&c, 500));
        for (uint32_t i = 0; i < article_count; i++) {
            uint32_t after =
                chance_one_in(&c, 2) ? chance_below(&c, 40) : UINT32_MAX;

            (void)put(inverter, &articles[i], 1 + chance_below(&c, 9), after);
            if (after == 0)
                ck_assert(!articles[i].is_in);
        }
        check_flush(inverter, false);
        lede_inverter_free(inverter);
        free_articles();
    }
    tear_down();
}
END_TEST

START_TEST(whatever_allocation_fails_only_that_article_is_lost)
{
    chance c = chance_from("allocations", 1);
    uint64_t at = 0;
    failing_alloc failing;

    set_up();
    make_articles(&c, 60, 300);
    do {
        lede_inverter *inverter = NULL;
        uint32_t lost = 0;

        failing_alloc_init(&failing, ++at, false);
        if (lede_inverter_new(&inverter, schema, &failing.allocator) ==
            LEDE_OK) {
            lede_segment_target target = { .schema = schema };
            lede_segment_made made;
            lede_error err = { 0 };
            lede_status status;

            for (uint32_t i = 0; i < article_count; i++)
                lost += put(inverter, &articles[i], 50, UINT32_MAX) != LEDE_OK;
            ck_assert_uint_eq(lost, failing.failures);
            status = lede_inverter_flush(inverter, &target, false, &made, &err);
            ck_assert_int_eq(status, failing.failures > lost ? LEDE_ERR_NOMEM
                                                             : LEDE_OK);
            if (status == LEDE_OK)
                check_told(false);
        }
        lede_inverter_free(inverter);
        failing_alloc_check(&failing);
    } while (failing.failures);
    ck_assert_uint_gt(at, 64 + 10);
    tear_down();
}
END_TEST

START_TEST(memory_counts_all_that_was_taken_and_what_a_flush_takes)
{
    chance c = chance_from("memory", 1);
    lede_inverter *inverter;
    failing_alloc failing;

    set_up();
    failing_alloc_init(&failing, 0, false);
    ck_assert_int_eq(lede_inverter_new(&inverter, schema, &failing.allocator),
                     LEDE_OK);
    for (int round = 0; round < 3; round++) {
        uint64_t before;

        make_articles(&c, 500, 5000);
        for (uint32_t i = 0; i < article_count; i++) {
            (void)put(inverter, &articles[i], 100,
                      chance_one_in(&c, 4) ? 1 : UINT32_MAX);
            ck_assert_uint_ge(lede_inverter_memory(inverter), failing.bytes);
        }
        before = lede_inverter_memory(inverter);
        told.watched = &failing;
        told.allowed = before;
        check_flush(inverter, true);
        told.watched = NULL;
        ck_assert_uint_ge(lede_inverter_memory(inverter), failing.bytes);
        lede_inverter_clear(inverter);
        free_articles();
        ck_assert_uint_eq(lede_inverter_documents(inverter), 0);
        ck_assert_uint_ge(lede_inverter_memory(inverter), failing.bytes);
        ck_assert_uint_lt(lede_inverter_memory(inverter), 2U << 20);
    }
    lede_inverter_free(inverter);
    failing_alloc_check(&failing);
    tear_down();
}
END_TEST

START_TEST(a_writer_that_fails_is_reported)
{
    chance c = chance_from("writers", 1);
    lede_segment_target target = { .schema = NULL };
    lede_inverter *inverter;
    lede_segment_made made;

    set_up();
    target.schema = schema;
    make_articles(&c, 12, 30);
    ck_assert_int_eq(lede_inverter_new(&inverter, schema, NULL), LEDE_OK);
    for (uint32_t at = 1;; at++) {
        lede_error err = { 0 };
        lede_status status;

        lede_inverter_clear(inverter);
        for (uint32_t i = 0; i < article_count; i++)
            ck_assert_int_eq(put(inverter, &articles[i], 50, UINT32_MAX),
                             LEDE_OK);
        told.calls = 0;
        told.fail_at = at;
        status = lede_inverter_flush(inverter, &target, false, &made, &err);
        ck_assert_int_eq(status, told.calls < at ? LEDE_OK : LEDE_ERR_IO);
        ck_assert_int_eq(err.status, status);
        ck_assert_int_eq(told.open, 0);
        ck_assert_uint_eq(lede_inverter_documents(inverter), article_count);
        if (status == LEDE_OK)
            break;
    }
    check_told(false);
    lede_inverter_free(inverter);
    tear_down();
}
END_TEST

START_TEST(putting_goes_on_after_a_flush_and_a_clear)
{
    chance c = chance_from("again", 1);
    lede_inverter *inverter;

    set_up();
    ck_assert_int_eq(lede_inverter_new(&inverter, schema, NULL), LEDE_OK);
    for (int round = 0; round < 3; round++) {
        make_articles(&c, 300, 2000);
        for (uint32_t i = 0; i < article_count; i++) {
            ck_assert_int_eq(put(inverter, &articles[i], 64, UINT32_MAX),
                             LEDE_OK);
        }
        check_flush(inverter, false);
        lede_inverter_clear(inverter);
        free_articles();
    }
    check_flush(inverter, false);
    lede_inverter_free(inverter);
    tear_down();
}
END_TEST

START_TEST(an_article_may_have_neither_words_nor_values)
{
    lede_engine_change change = { .key = lede_bytes_of_text("k") };
    lede_inverter *inverter;
    lede_error err = { 0 };

    set_up();
    ck_assert_int_eq(lede_inverter_new(&inverter, schema, NULL), LEDE_OK);
    ck_assert_int_eq(lede_document_new(&articles[0].document, NULL), LEDE_OK);
    article_count = 1;
    change.document = articles[0].document;
    ck_assert_int_eq(lede_inverter_put(inverter, &change, &err), LEDE_OK);
    (void)strcpy(articles[0].key, "k");
    articles[0].sequence = 0;
    articles[0].is_in = true;
    memset(articles[0].has_words, 0, sizeof articles[0].has_words);
    check_flush(inverter, false);
    lede_inverter_free(inverter);
    lede_inverter_free(NULL);
    tear_down();
}
END_TEST

START_TEST(words_of_equal_hashes_are_told_apart)
{
    /* The low halves of their XXH3 are the same. */
    static const char words[] = "w84298 w299521 w84298 w18676 w34583 w299521";
    lede_inverter *inverter;
    chance c = chance_from("collisions", 1);

    set_up();
    ck_assert_uint_eq((uint32_t)XXH3_64bits("w84298", 6),
                      (uint32_t)XXH3_64bits("w299521", 7));
    ck_assert_int_eq(lede_inverter_new(&inverter, schema, NULL), LEDE_OK);
    make_articles(&c, 20, 10);
    for (uint32_t i = 0; i < article_count; i++) {
        (void)strcpy(articles[i].words[BODY], words);
        articles[i].has_words[BODY] = true;
        (void)put(inverter, &articles[i], 1 + i % 4, i % 5 ? UINT32_MAX : 3);
    }
    check_flush(inverter, false);
    lede_inverter_free(inverter);
    tear_down();
}
END_TEST

START_TEST(fields_may_be_added_between_articles)
{
    chance c = chance_from("fields", 1);
    lede_schema *first;
    lede_inverter *inverter;

    set_up();
    ck_assert_int_eq(lede_schema_new(&first, NULL), LEDE_OK);
    ck_assert_int_eq(lede_schema_add(first, "title", LEDE_TEXT, NULL), LEDE_OK);
    make_articles(&c, 20, 40);
    ck_assert_int_eq(lede_inverter_new(&inverter, first, NULL), LEDE_OK);
    for (uint32_t i = 0; i < article_count; i++) {
        if (i == 10)
            lede_inverter_set_schema(inverter, schema);
        if (i < 10) {
            lede_document_clear(articles[i].document);
            memset(articles[i].has_words, 0, sizeof articles[i].has_words);
            articles[i].has_words[TITLE] = true;
        }
        ck_assert_int_eq(put(inverter, &articles[i], 64, UINT32_MAX), LEDE_OK);
    }
    check_flush(inverter, false);
    lede_inverter_free(inverter);
    lede_schema_free(first);
    tear_down();
}
END_TEST

START_TEST(tokens_of_a_field_that_is_not_there_are_invalid)
{
    lede_schema *empty;
    lede_inverter *inverter;
    chance c = chance_from("invalid", 1);

    set_up();
    ck_assert_int_eq(lede_schema_new(&empty, NULL), LEDE_OK);
    ck_assert_int_eq(lede_inverter_new(&inverter, empty, NULL), LEDE_OK);
    make_articles(&c, 1, 10);
    (void)strcpy(articles[0].words[TITLE], "a word");
    articles[0].has_words[TITLE] = true;
    ck_assert_int_eq(put(inverter, &articles[0], 64, UINT32_MAX),
                     LEDE_ERR_INVALID);
    ck_assert_uint_eq(lede_inverter_documents(inverter), 0);
    lede_inverter_free(inverter);
    lede_schema_free(empty);
    tear_down();
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, a_segment_is_told_every_word_of_every_article);
    tcase_add_test(tcase, articles_whose_source_fails_leave_nothing);
    tcase_add_test(tcase, whatever_allocation_fails_only_that_article_is_lost);
    tcase_add_test(tcase,
                   memory_counts_all_that_was_taken_and_what_a_flush_takes);
    tcase_add_test(tcase, a_writer_that_fails_is_reported);
    tcase_add_test(tcase, putting_goes_on_after_a_flush_and_a_clear);
    tcase_add_test(tcase, an_article_may_have_neither_words_nor_values);
    tcase_add_test(tcase, words_of_equal_hashes_are_told_apart);
    tcase_add_test(tcase, fields_may_be_added_between_articles);
    tcase_add_test(tcase, tokens_of_a_field_that_is_not_there_are_invalid);
}

int main(void)
{
    return test_suite_run("inverter", add_tests);
}
