#include "native/codec/postings_parts.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "support/chance.h"
#include "support/exact.h"
#include "support/suite.h"

#define DOCS_MAX 60000U

/* A list as it was put in. */
typedef struct model {
    uint32_t n;
    uint32_t docs[DOCS_MAX];
    uint32_t frequencies[DOCS_MAX];
    uint32_t *lengths; /* by document */
    uint32_t *words;
    size_t length_capacity;
    size_t word_capacity;
    size_t starts[DOCS_MAX + 1]; /* in positions */
    uint32_t *positions;
    size_t capacity;
    uint32_t documents; /* of the segment */
} model;

/* A list as it is stored. */
typedef struct stored {
    lede_bytes postings;
    lede_bytes positions;
    lede_postings_source source;
    lede_terms_entry entry;
    lede_column lengths;
    lede_bytes column;
} stored;

static void draw_model(chance *c, model *m, uint32_t most)
{
    uint32_t gap = 1 + chance_below(c, !chance_one_in(c, 3) ? 4
                                       : most > 3000        ? 30
                                                            : 1000);
    uint32_t tf = 1 + chance_below(c, chance_one_in(c, 3) ? 20 : 2);
    uint32_t doc = chance_below(c, 100);
    /* Of short documents some positions lie beyond their words. */
    uint32_t reach = chance_one_in(c, 3) ? 100 : 1200;

    m->n = 1 + chance_below(c, most);
    m->starts[0] = 0;
    m->documents = 0;
    for (uint32_t i = 0; i < m->n; i++) {
        uint32_t at = chance_below(c, 50);

        m->docs[i] = doc;
        m->frequencies[i] = 1 + chance_below(c, tf);
        if (!lede_grow(NULL, &m->lengths, &m->length_capacity, (size_t)doc + 1,
                       sizeof *m->lengths) ||
            !lede_grow(NULL, &m->words, &m->word_capacity, (size_t)doc + 1,
                       sizeof *m->words))
            ck_abort_msg("no memory");
        for (; m->documents <= doc; m->documents++)
            m->lengths[m->documents] = m->words[m->documents] = 0;
        m->lengths[doc] = m->frequencies[i] + chance_below(c, 1000);
        m->words[doc] =
            chance_one_in(c, 100) ? 0 : 100 + chance_below(c, reach);
        m->starts[i + 1] = m->starts[i] + m->frequencies[i];
        if (!lede_grow(NULL, &m->positions, &m->capacity, m->starts[i + 1],
                       sizeof *m->positions))
            ck_abort_msg("no memory");
        for (uint32_t p = 0; p < m->frequencies[i]; p++) {
            m->positions[m->starts[i] + p] = at;
            at += 1 + chance_below(c, 60);
        }
        doc += 1 + chance_below(c, gap);
    }
    m->documents = m->docs[m->n - 1] + 1 + chance_below(c, 10);
}

static void drop_model(model *m)
{
    lede_release(NULL, m->positions, m->capacity * sizeof *m->positions);
    lede_release(NULL, m->lengths, m->length_capacity * sizeof *m->lengths);
    lede_release(NULL, m->words, m->word_capacity * sizeof *m->words);
    m->positions = m->lengths = m->words = NULL;
    m->capacity = m->length_capacity = m->word_capacity = 0;
}

static lede_status lengths_of(void *ctx, uint32_t space,
                              const lede_column **column)
{
    stored *s = ctx;

    ck_assert_uint_eq(space, 6);
    *column = &s->lengths;
    return LEDE_OK;
}

/* The words of a model's documents, and behind them of another's. */
static void store_lengths(stored *s, const model *m, const model *more)
{
    uint32_t count = m->documents + (more ? more->documents : 0);
    uint64_t *words = calloc(count, sizeof *words);
    lede_buffer out;

    ck_assert_ptr_nonnull(words);
    for (uint32_t i = 0; i < m->n; i++)
        words[m->docs[i]] = m->words[m->docs[i]];
    for (uint32_t i = 0; more && i < more->n; i++)
        words[m->documents + more->docs[i]] = more->words[more->docs[i]];
    lede_buffer_init(&out, NULL);
    lede_column_write(&out, words, count);
    s->column = exact_bytes(out.at, out.len);
    ck_assert(lede_column_open(&s->lengths, s->column, count));
    lede_buffer_fini(&out);
    free(words);
}

/* What a model's documents are written by. */
static lede_postings_target target_of(const model *m, bool frequencies,
                                      bool positions)
{
    return (lede_postings_target){
        .documents = m->documents,
        .frequencies = frequencies,
        .positions = positions,
        .words = m->words,
        .word_count = m->docs[m->n - 1] + 1,
        .lengths = m->lengths,
        .length_count = m->docs[m->n - 1] + 1,
        .usual = m->documents % 100,
    };
}

static void add(lede_postings_writer *writer, const model *m, uint32_t i)
{
    if (lede_postings_writer_add(writer, m->docs[i], m->frequencies[i],
                                 m->positions + m->starts[i]) != LEDE_OK)
        ck_abort_msg("document %u was not added", i);
}

/* Adds all of a list, every other one in batches. */
static void add_all(lede_postings_writer *writer, const model *m)
{
    static lede_postings_batch batch;

    for (uint32_t at = 0; at < m->n; at += batch.n) {
        batch.n = m->n - at < LEDE_BLOCK_MAX ? m->n - at : LEDE_BLOCK_MAX;
        if (m->documents % 2 == 0) {
            for (uint32_t i = 0; i < batch.n; i++)
                add(writer, m, at + i);
            continue;
        }
        memcpy(batch.docs, m->docs + at, batch.n * sizeof *batch.docs);
        for (uint32_t i = 0; i < batch.n; i++)
            batch.times[i] = m->frequencies[at + i] - 1;
        batch.positions = m->positions + m->starts[at];
        batch.position_count = m->starts[at + batch.n] - m->starts[at];
        ck_assert_int_eq(lede_postings_writer_add_batch(writer, &batch),
                         LEDE_OK);
    }
}

static void set_source(stored *s, const lede_buffer *list,
                       const lede_buffer *spread, uint32_t documents)
{
    s->postings = exact_bytes(list->at, list->len);
    s->positions = exact_bytes(spread->at, spread->len);
    s->source.postings = s->postings;
    s->source.positions = s->positions;
    s->source.documents = documents;
    s->source.space = 6;
    s->source.lengths = lengths_of;
    s->source.lengths_ctx = s;
}

/* Ends the list, which waits if it is of few. */
static void end_list(lede_postings_writer *writer, stored *s, lede_buffer *list,
                     lede_buffer *spread)
{
    static const lede_terms_entry none;
    size_t before = list->len;

    s->entry = none;
    ck_assert_int_eq(
        lede_postings_writer_end(writer, list, 0, spread, 0, &s->entry),
        LEDE_OK);
    if (s->entry.documents > LEDE_POSTINGS_FEW)
        return;
    ck_assert_uint_eq(list->len, before);
}

static void end_few(lede_postings_writer *writer, stored *s, lede_buffer *list)
{
    bool scaled;
    size_t before = list->len;

    ck_assert_int_eq(lede_postings_writer_end_few(writer, list, &scaled),
                     LEDE_OK);
    if (s->entry.documents > LEDE_POSTINGS_FEW)
        return;
    s->entry.scaled = scaled;
    s->entry.postings = before;
    s->entry.postings_len = list->len - before;
}

/* Keeps the list so many times: it is to be one of several of few. */
static void add_few(lede_postings_writer *writer, const model *m,
                    const lede_postings_target *target, uint32_t times)
{
    lede_buffer list, spread;
    lede_terms_entry entry = { 0 };

    lede_buffer_init(&list, NULL);
    lede_buffer_init(&spread, NULL);
    for (uint32_t t = 0; t < times; t++) {
        lede_postings_writer_begin(writer, target);
        for (uint32_t i = 0; i < m->n; i++)
            add(writer, m, i);
        ck_assert_int_eq(
            lede_postings_writer_end(writer, &list, 0, &spread, 0, &entry),
            LEDE_OK);
        ck_assert_uint_eq(list.len, 0);
    }
    lede_buffer_fini(&list);
    lede_buffer_fini(&spread);
}

static void store(const model *m, stored *s, bool frequencies, bool positions)
{
    lede_postings_writer *writer = NULL;
    bool few = m->n <= LEDE_POSTINGS_FEW;
    uint32_t before = few ? m->docs[0] % 31 : 0;
    uint32_t behind = few ? m->documents % (32 - before) : 0;
    lede_postings_target target = target_of(m, frequencies, positions);
    lede_buffer list, spread;

    lede_buffer_init(&list, NULL);
    lede_buffer_init(&spread, NULL);
    s->source.frequencies = frequencies;
    s->source.has_positions = positions;
    s->source.usual = target.usual;
    ck_assert_int_eq(lede_postings_writer_new(&writer, NULL), LEDE_OK);
    add_few(writer, m, &target, before);
    lede_postings_writer_begin(writer, &target);
    add_all(writer, m);
    end_list(writer, s, &list, &spread);
    add_few(writer, m, &target, behind);
    end_few(writer, s, &list);
    ck_assert_uint_eq(s->entry.documents, m->n);
    s->entry.few_count = before + 1 + behind;
    s->entry.few_at = before;
    memset(s->entry.few, few ? (int)m->n : 0, sizeof s->entry.few);
    set_source(s, &list, &spread, m->documents);
    store_lengths(s, m, NULL);
    lede_postings_writer_free(writer);
    lede_buffer_fini(&list);
    lede_buffer_fini(&spread);
}

static void drop(stored *s)
{
    exact_free(s->postings);
    exact_free(s->positions);
    exact_free(s->column);
}

/* Whether the list stands on a document with what was put in. */
static bool stands(lede_postings *list, uint32_t doc, const model *m,
                   uint32_t i)
{
    static uint32_t positions[64];

    return list->doc == doc &&
           list->frequency ==
               (list->source->frequencies ? m->frequencies[i] : 1) &&
           (!list->source->has_positions ||
            (lede_postings_positions(list, positions) &&
             memcmp(positions, m->positions + m->starts[i],
                    m->frequencies[i] * sizeof *positions) == 0));
}

static void expect_standing(lede_postings *list, const model *m, uint32_t i)
{
    if (!stands(list, m->docs[i], m, i))
        ck_abort_msg("document %u is not what was put in", i);
}

static void expect_end(lede_postings *list)
{
    ck_assert_uint_eq(list->doc, LEDE_DOC_END);
    ck_assert_uint_eq(list->frequency, 0);
    ck_assert_int_eq(list->status, LEDE_OK);
    ck_assert_uint_eq(lede_postings_seek(list, 0), LEDE_DOC_END);
}

static void walk_all(const model *m, const stored *s)
{
    static lede_postings list;
    uint32_t at = 0;

    lede_postings_open(&list, &s->source, &s->entry);
    for (uint32_t doc = lede_postings_seek(&list, 0); doc != LEDE_DOC_END;
         doc = lede_postings_seek(&list, doc + 1))
        expect_standing(&list, m, at++);
    ck_assert_uint_eq(at, m->n);
    expect_end(&list);
}

/* Of a list that is long, whatever is asked for up to 101 is told, and is so. */
static void expect_marks(const model *m, const stored *s)
{
    static lede_postings list;

    for (uint32_t documents = 0; documents <= 102; documents++) {
        uint32_t reached = 0;
        lede_mark mark;
        bool told;

        lede_postings_open(&list, &s->source, &s->entry);
        told = lede_postings_mark(&list, documents, &mark);
        if (told != (m->n > LEDE_POSTINGS_SHORT && s->source.frequencies &&
                     documents <= 101))
            ck_abort_msg("%u of %u documents", documents, m->n);
        for (uint32_t i = 0; told && i < m->n; i++)
            reached +=
                lede_mark_has(&mark, m->frequencies[i], m->lengths[m->docs[i]]);
        if (told && (mark.documents < documents || reached < mark.documents))
            ck_abort_msg("%u documents reach what %u do", reached, documents);
        documents += documents > 11 && documents < 80 ? 20 : 0;
    }
}

static bool is_within(const lede_bound *bound, const model *m, uint32_t i)
{
    return lede_bound_has(bound, m->frequencies[i], m->lengths[m->docs[i]]);
}

/* Whether the top of the block at hand is what its documents need. */
static bool top_holds(const lede_postings *list, const model *m, uint32_t at)
{
    uint32_t most = 0, usual = list->source->usual;

    if (list->documents <= LEDE_POSTINGS_SHORT || !list->source->frequencies)
        return true;
    for (uint32_t i = at - list->at; i < at - list->at + list->n; i++) {
        uint32_t top =
            lede_top_of(m->frequencies[i], m->lengths[m->docs[i]], usual);

        most = top > most ? top : most;
    }
    return lede_postings_tops(list)[list->hand] == most;
}

static void walk_by_leaps(chance *c, const model *m, const stored *s)
{
    static lede_postings list;
    uint32_t target = 0, at = 0;
    uint32_t leap = 1 + chance_below(c, m->documents);

    lede_postings_open(&list, &s->source, &s->entry);
    for (;;) {
        uint32_t doc;
        lede_bound bound, wide, most;
        bool ask = chance_one_in(c, 2);
        bool narrow = false, far = false;

        target += chance_below(c, leap);
        while (at < m->n && m->docs[at] < target)
            at++;
        if (ask) {
            far = lede_postings_wide_bound(&list, target, &wide);
            narrow = lede_postings_bound(&list, target, &bound);
            ck_assert(lede_postings_most(&list, &most));
        }
        doc = lede_postings_seek(&list, target);
        if (at == m->n)
            break;
        ck_assert_uint_eq(doc, m->docs[at]);
        if (ask) {
            ck_assert(narrow && far);
            ck_assert_uint_ge(bound.last, doc);
            ck_assert_uint_ge(wide.last, bound.last);
            ck_assert_uint_ge(most.last, wide.last);
        }
        if (ask && s->source.frequencies)
            ck_assert(is_within(&bound, m, at) && is_within(&wide, m, at) &&
                      is_within(&most, m, at) && top_holds(&list, m, at));
        expect_standing(&list, m, at);
        target = doc + 1;
    }
    expect_end(&list);
}

static void each_shape(uint32_t most, int rounds)
{
    chance c = chance_from("postings", most);
    static model m;
    static stored s;

    for (int round = 0; round < rounds; round++) {
        bool frequencies = !chance_one_in(&c, 5);
        bool positions = frequencies && !chance_one_in(&c, 5);

        draw_model(&c, &m, most);
        store(&m, &s, frequencies, positions);
        walk_all(&m, &s);
        expect_marks(&m, &s);
        walk_by_leaps(&c, &m, &s);
        drop(&s);
    }
    drop_model(&m);
}

START_TEST(lists_of_every_shape_give_back_what_was_added)
{
    each_shape(1, 20);
    each_shape(3, 100);
    each_shape(130, 200);
    each_shape(400, 50);
    each_shape(DOCS_MAX, 2);
}
END_TEST

/* Every posting of two lists, one behind the other. */
static void expect_both(const stored *s, const model *a, const model *b)
{
    static lede_postings list;

    ck_assert_uint_eq(s->entry.documents, a->n + b->n);
    ck_assert_uint_eq(s->entry.occurrences, a->starts[a->n] + b->starts[b->n]);
    lede_postings_open(&list, &s->source, &s->entry);
    for (uint32_t i = 0; i < a->n + b->n; i++) {
        const model *m = i < a->n ? a : b;
        uint32_t at = i < a->n ? i : i - a->n;
        uint32_t doc = m->docs[at] + (i < a->n ? 0 : a->documents);

        if (lede_postings_seek(&list, doc) != doc || !stands(&list, doc, m, at))
            ck_abort_msg("document %u is not what was put in", i);
        if (lede_postings_tops(&list)[list.hand] <
            lede_top_of(list.frequency, m->lengths[m->docs[at]],
                        s->source.usual))
            ck_abort_msg("document %u is above the top of its block", i);
    }
    ck_assert_uint_eq(lede_postings_seek(&list, list.doc + 1), LEDE_DOC_END);
    ck_assert_int_eq(list.status, LEDE_OK);
}

/* Writes `a`, and behind it `b` copied from its blocks. */
static lede_status copy_behind(stored *out, const model *a, const model *b,
                               const stored *from)
{
    static lede_postings list;
    lede_postings_target target = target_of(a, true, true);
    lede_postings_writer *writer = NULL;
    lede_buffer postings, spread;
    lede_status status;

    lede_buffer_init(&postings, NULL);
    lede_buffer_init(&spread, NULL);
    target.documents += b->documents;
    ck_assert_int_eq(lede_postings_writer_new(&writer, NULL), LEDE_OK);
    lede_postings_writer_begin(writer, &target);
    for (uint32_t i = 0; i < a->n; i++)
        add(writer, a, i);
    lede_postings_open(&list, &from->source, &from->entry);
    status = lede_postings_writer_copy(writer, &list, a->documents);
    if (status == LEDE_OK) {
        end_list(writer, out, &postings, &spread);
        out->source.frequencies = out->source.has_positions = true;
        out->source.usual = target.usual;
        set_source(out, &postings, &spread, a->documents + b->documents);
        store_lengths(out, a, b);
    }
    lede_postings_writer_free(writer);
    lede_buffer_fini(&postings);
    lede_buffer_fini(&spread);
    return status;
}

START_TEST(copied_blocks_read_as_if_they_were_written)
{
    chance c = chance_from("copies", 1);
    static model a, b;
    static stored from, out;

    for (int round = 0; round < 20; round++) {
        lede_status status;

        draw_model(&c, &a, round % 10 ? 2000 : 40000);
        draw_model(&c, &b, round % 10 ? 2000 : 40000);
        store(&b, &from, true, true);
        status = copy_behind(&out, &a, &b, &from);
        ck_assert_int_eq(
            status, b.n > LEDE_POSTINGS_SHORT ? LEDE_OK : LEDE_ERR_UNSUPPORTED);
        if (status == LEDE_OK) {
            expect_both(&out, &a, &b);
            drop(&out);
        }
        drop(&from);
    }
    drop_model(&a);
    drop_model(&b);
}
END_TEST

START_TEST(lists_of_few_are_counted_when_asked)
{
    chance c = chance_from("few", 1);
    static model m;
    static stored s;

    for (int round = 0; round < 40; round++) {
        uint64_t occurrences = 0;

        draw_model(&c, &m, 20);
        store(&m, &s, true, round % 2);
        ck_assert_int_eq(
            lede_postings_occurrences(&s.source, &s.entry, &occurrences),
            LEDE_OK);
        ck_assert_uint_eq(occurrences, m.starts[m.n]);
        drop(&s);
    }
    drop_model(&m);
}
END_TEST

/* Whatever the bytes: documents rise, stay below the segment's count, and the
 * end is final. */
static lede_status walk_damaged(const stored *s)
{
    static lede_postings list;
    static uint32_t room[1 << 16];
    int64_t before = -1;

    lede_postings_open(&list, &s->source, &s->entry);
    for (uint32_t doc = lede_postings_seek(&list, 0); doc != LEDE_DOC_END;
         doc = lede_postings_seek(&list, doc + 1)) {
        if (doc <= before || doc >= s->source.documents || list.frequency == 0)
            ck_abort_msg("document %u behind %lld", doc, (long long)before);
        before = doc;
        if (list.frequency < 1 << 16)
            (void)lede_postings_positions(&list, room);
    }
    ck_assert_uint_eq(lede_postings_seek(&list, 0), LEDE_DOC_END);
    return list.status;
}

START_TEST(damaged_lists_end_early_and_never_pass_their_bytes)
{
    chance c = chance_from("damage", 1);
    static model m;
    static stored s;

    for (int round = 0; round < 4; round++) {
        uint8_t *at, *spread;

        draw_model(&c, &m, round % 2 ? 300 : 40);
        store(&m, &s, true, true);
        at = (uint8_t *)(uintptr_t)s.postings.at;
        spread = (uint8_t *)(uintptr_t)s.positions.at;
        for (size_t bit = 0; bit < 8 * s.postings.len; bit++) {
            at[bit / 8] ^= (uint8_t)(1U << bit % 8);
            (void)walk_damaged(&s);
            at[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
        for (size_t bit = 0; bit < 8 * s.positions.len; bit += 3) {
            spread[bit / 8] ^= (uint8_t)(1U << bit % 8);
            (void)walk_damaged(&s);
            spread[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
        for (uint64_t len = s.entry.postings_len; s.entry.postings_len > 0;) {
            s.entry.postings_len--;
            (void)walk_damaged(&s);
            if (s.entry.postings_len < len / 2)
                ck_assert_int_eq(walk_damaged(&s), LEDE_ERR_CORRUPT);
        }
        s.entry.postings = s.postings.len + 1;
        ck_assert_int_eq(walk_damaged(&s), LEDE_ERR_CORRUPT);
        drop(&s);
    }
    drop_model(&m);
}
END_TEST

/* Three blocks, each of which ends 199 documents behind its base: heads that
 * say one less, or one more, are found out by the block. */
START_TEST(a_block_ends_where_its_head_says)
{
    static const uint8_t lasts[] = { 65, 0xC7, 0x01 }; /* a run of 199 */
    static model m = { .n = 3 * LEDE_BLOCK_MAX };
    static stored s;
    static lede_postings list;
    uint8_t *at;

    for (uint32_t i = 0; i < m.n; i++) {
        bool last = i % LEDE_BLOCK_MAX == LEDE_BLOCK_MAX - 1;

        m.docs[i] =
            i / LEDE_BLOCK_MAX * 200 + (last ? 199 : i % LEDE_BLOCK_MAX);
        m.frequencies[i] = 1;
    }
    m.documents = 1000;
    m.positions = m.words = m.lengths = calloc(m.documents, sizeof *m.words);
    ck_assert_ptr_nonnull(m.words);
    store(&m, &s, false, false);
    walk_all(&m, &s);
    expect_marks(&m, &s);
    at = (uint8_t *)(uintptr_t)s.postings.at + 1;
    ck_assert_mem_eq(at, lasts, sizeof lasts);
    for (uint8_t lie = 0xC6; lie <= 0xC8; lie += 2) {
        at[1] = lie;
        lede_postings_open(&list, &s.source, &s.entry);
        ck_assert_uint_eq(lede_postings_seek(&list, 0), LEDE_DOC_END);
        ck_assert_int_eq(list.status, LEDE_ERR_CORRUPT);
    }
    drop(&s);
    free(m.words);
}
END_TEST

/* What a group of 128 full blocks, of the documents 0 to 16383, says. */
typedef struct said {
    const char *lie;
    uint32_t shape;
    uint32_t last;
    uint32_t documents;
    uint32_t spread;
    size_t head_more; /* bytes more than there are numbers for */
    size_t body_more;
    size_t end_more; /* behind the last group */
} said;

static void put_run(lede_buffer *out, uint32_t value)
{
    uint32_t values[LEDE_BLOCK_MAX];
    uint8_t raw[LEDE_BLOCK_BYTES_MAX];

    for (uint32_t i = 0; i < LEDE_BLOCK_MAX; i++)
        values[i] = value;
    lede_put(out, raw, lede_block_write(raw, values, LEDE_BLOCK_MAX));
}

static void put_zeros(lede_buffer *out, size_t n)
{
    for (; n > 0; n--)
        lede_put_u8(out, 0);
}

/* That group, and behind it one of a document. */
static void put_groups(lede_buffer *out, const said *g)
{
    lede_buffer head;

    lede_buffer_init(&head, NULL);
    put_run(&head, LEDE_BLOCK_MAX - 1);
    if (g->shape & LEDE_GROUP_UNEVEN)
        put_run(&head, LEDE_BLOCK_MAX - 1);
    put_run(&head, 1);
    put_zeros(&head, g->head_more);
    lede_put_varint(out, g->shape);
    lede_put_varint(out, g->last);
    if (g->shape & LEDE_GROUP_UNEVEN)
        lede_put_varint(out, g->documents);
    lede_put_varint(out, head.len);
    lede_put_varint(out, LEDE_BLOCK_MAX + g->body_more);
    lede_put_varint(out, g->spread);
    lede_put(out, head.at, head.len);
    for (uint32_t b = 0; b < LEDE_BLOCK_MAX; b++)
        put_run(out, 0);
    put_zeros(out, g->body_more);
    /* One block: ends where it begins, in a byte of body. */
    lede_put(out, "\0\x41\0\x41\1\x20", 6);
    put_zeros(out, g->end_more);
    lede_buffer_fini(&head);
}

START_TEST(a_group_is_what_it_says)
{
    static const uint32_t plain = 127 | LEDE_GROUP_MORE;
    static const uint32_t uneven = 127 | LEDE_GROUP_MORE | LEDE_GROUP_UNEVEN;
    const said cases[] = {
        { NULL, plain, 16383, 0, 0, 0, 0, 0 },
        { NULL, uneven, 16383, 16384, 0, 0, 0, 0 },
        { "it ends before", plain, 16382, 0, 0, 0, 0, 0 },
        { "it ends behind", plain, 16384, 0, 0, 0, 0, 0 },
        { "it ends behind the segment", plain, 16385, 0, 0, 0, 0, 0 },
        { "fewer documents", uneven, 16383, 16383, 0, 0, 0, 0 },
        { "all documents of the list", uneven, 16383, 16385, 0, 0, 0, 0 },
        { "more documents than the list", uneven, 16383, 16386, 0, 0, 0, 0 },
        { "positions", plain, 16383, 0, 1, 0, 0, 0 },
        { "a longer head", plain, 16383, 0, 0, 1, 0, 0 },
        { "longer bodies", plain, 16383, 0, 0, 0, 1, 0 },
        { "bytes behind the list", plain, 16383, 0, 0, 0, 0, 1 },
        { "no such shape", 1024 + plain, 16383, 0, 0, 0, 0, 0 },
    };
    static lede_postings list;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lede_postings_source source = { .documents = 16385 };
        lede_terms_entry entry = { .documents = 16385 };
        uint32_t seen = 0;
        lede_bound wide;
        lede_buffer out;
        bool told;

        lede_buffer_init(&out, NULL);
        put_groups(&out, &cases[i]);
        source.postings = exact_bytes(out.at, out.len);
        entry.postings_len = out.len;
        lede_postings_open(&list, &source, &entry);
        told = lede_postings_wide_bound(&list, 0, &wide);
        ck_assert(!told || wide.last < source.documents);
        ck_assert(!told || cases[i].documents < entry.documents);
        for (uint32_t doc = lede_postings_seek(&list, 0); doc == seen;
             doc = lede_postings_seek(&list, doc + 1))
            seen++;
        ck_assert_msg(list.status ==
                          (cases[i].lie ? LEDE_ERR_CORRUPT : LEDE_OK),
                      "%zu: %s", i, cases[i].lie ? cases[i].lie : "none");
        ck_assert(cases[i].lie || seen == 16385);
        exact_free(source.postings);
        lede_buffer_fini(&out);
    }
}
END_TEST

static size_t put_two(lede_buffer *out, uint32_t first, uint32_t second)
{
    uint32_t values[2] = { first, second };
    uint8_t raw[LEDE_BLOCK_BYTES_MAX];
    size_t len = lede_block_write(raw, values, 2);

    lede_put(out, raw, len);
    return len;
}

/* How a list ends that is read to its end. */
static lede_status read_all(const lede_buffer *bytes, uint32_t documents,
                            uint32_t more)
{
    static lede_postings list;
    lede_postings_source source = { .documents = documents + more };
    lede_terms_entry entry = { .documents = documents };

    source.postings = exact_bytes(bytes->at, bytes->len);
    entry.postings_len = bytes->len;
    lede_postings_open(&list, &source, &entry);
    for (uint32_t doc = lede_postings_seek(&list, 0); doc != LEDE_DOC_END;
         doc = lede_postings_seek(&list, doc + 1))
        ck_assert_uint_lt(doc, source.documents);
    exact_free(source.postings);
    return list.status;
}

/* How a list of two blocks ends, of so many documents in a segment of as many or
 * `more`, whose head says where these end, how many documents less 1 they have,
 * and scales; the second holds two. */
static lede_status read_two(uint32_t documents, uint32_t more, uint32_t first,
                            uint32_t second, uint32_t size, uint32_t scale)
{
    lede_status status;
    uint32_t gaps[LEDE_BLOCK_MAX] = { 0 };
    uint8_t one[LEDE_BLOCK_BYTES_MAX];
    lede_buffer out, two;
    size_t one_len, two_len;

    lede_buffer_init(&out, NULL);
    lede_buffer_init(&two, NULL);
    gaps[0] = first - (size & 127);
    one_len = lede_block_write(one, gaps, (size & 127) + 1);
    two_len = put_two(&two, second - 1, 0);
    lede_put_varint(&out, 1 | LEDE_GROUP_UNEVEN | LEDE_GROUP_SCALED);
    (void)put_two(&out, first, second);
    (void)put_two(&out, size, 1);
    (void)put_two(&out, (uint32_t)one_len, (uint32_t)two_len);
    (void)put_two(&out, 0, scale);
    lede_put(&out, one, one_len);
    lede_put(&out, two.at, two.len);
    status = read_all(&out, documents, more);
    lede_buffer_fini(&out);
    lede_buffer_fini(&two);
    return status;
}

START_TEST(a_head_is_what_it_says)
{
    ck_assert_int_eq(read_two(130, 0, 127, 1, 127, 0), LEDE_OK);
    ck_assert_int_eq(read_two(130, 1, 127, 1, 127, 0), LEDE_OK);
    /* The last document is the segment's count. */
    ck_assert_int_eq(read_two(130, 0, 127, 2, 127, 0), LEDE_ERR_CORRUPT);
    /* A block of 257, of which the body has one. */
    ck_assert_int_eq(read_two(259, 0, 256, 1, 256, 0), LEDE_ERR_CORRUPT);
    /* The list has more documents, or fewer. */
    ck_assert_int_eq(read_two(131, 0, 127, 1, 127, 0), LEDE_ERR_CORRUPT);
    ck_assert_int_eq(read_two(129, 1, 127, 1, 127, 0), LEDE_ERR_CORRUPT);
    /* No such scale. */
    ck_assert_int_eq(read_two(130, 0, 127, 1, 127, LEDE_SCALE_MAX), LEDE_OK);
    ck_assert_int_eq(read_two(130, 0, 127, 1, 127, LEDE_SCALE_MAX + 1),
                     LEDE_ERR_CORRUPT);
}
END_TEST

/* Two full blocks, with or without one of no documents behind. */
START_TEST(no_block_is_empty)
{
    static const uint32_t lasts[] = { 127, 127, 0 }, bytes[] = { 1, 1, 1 };
    static lede_postings list;

    for (uint32_t lie = 0; lie < 2; lie++) {
        lede_postings_source source = { .documents = 257 };
        lede_terms_entry entry = { .documents = 256 };
        uint8_t raw[LEDE_BLOCK_BYTES_MAX];
        lede_buffer out;

        lede_buffer_init(&out, NULL);
        lede_put_varint(&out, 1 + lie);
        lede_put(&out, raw, lede_block_write(raw, lasts, 2 + lie));
        lede_put(&out, raw, lede_block_write(raw, bytes, 2 + lie));
        for (uint32_t b = 0; b < 2 + lie; b++)
            put_run(&out, 0);
        ck_assert_int_eq(read_all(&out, 256, lie),
                         lie ? LEDE_ERR_CORRUPT : LEDE_OK);
        source.postings = lede_buffer_bytes(&out);
        entry.postings_len = out.len;
        lede_postings_open(&list, &source, &entry);
        ck_assert_uint_eq(lede_postings_open_heads(&list, 0), lie ? 0 : 2);
        lede_buffer_fini(&out);
    }
}
END_TEST

START_TEST(a_frequency_beyond_32_bits_is_refused)
{
    static lede_postings list;
    uint32_t gaps[LEDE_POSTINGS_SHORT] = { 0 }, times[LEDE_POSTINGS_SHORT];
    uint8_t raw[2 * LEDE_BLOCK_BYTES_MAX];

    for (uint32_t lie = 0; lie < 2; lie++) {
        lede_postings_source source = { .documents = LEDE_POSTINGS_SHORT,
                                        .frequencies = true };
        lede_terms_entry entry = { .documents = LEDE_POSTINGS_SHORT };
        size_t len = lede_block_write(raw, gaps, LEDE_POSTINGS_SHORT);

        for (uint32_t i = 0; i < LEDE_POSTINGS_SHORT; i++)
            times[i] = UINT32_MAX - (i != 7 || lie == 0);
        len += lede_block_write(raw + len, times, LEDE_POSTINGS_SHORT);
        entry.postings_len = len;
        source.postings = exact_bytes(raw, len);
        lede_postings_open(&list, &source, &entry);
        ck_assert_uint_eq(lede_postings_seek(&list, 7), lie ? LEDE_DOC_END : 7);
        ck_assert_int_eq(list.status, lie ? LEDE_ERR_CORRUPT : LEDE_OK);
        exact_free(source.postings);
    }
}
END_TEST

START_TEST(nothing_stands_behind_bounds_and_positions)
{
    static model m = { .n = 2 * LEDE_BLOCK_MAX };
    static stored s;
    static lede_postings list;
    lede_bytes sound;
    lede_bound bound;
    uint8_t *longer;

    for (uint32_t i = 0; i < m.n; i++) {
        m.docs[i] = i;
        m.frequencies[i] = 1;
    }
    m.documents = m.n;
    m.positions = m.words = m.lengths = calloc(m.documents, sizeof *m.words);
    ck_assert_ptr_nonnull(m.words);
    store(&m, &s, true, true);
    sound = s.postings;
    longer = calloc(1, sound.len + 1);
    ck_assert_ptr_nonnull(longer);
    memcpy(longer, sound.at, sound.len);
    for (uint32_t lie = 0; lie < 3; lie++) {
        size_t more = lie == 1, spread = lie == 2;

        s.source.postings = lede_bytes_of(longer, sound.len + more);
        s.entry.postings_len = sound.len + more;
        s.source.positions = lede_bytes_of(longer, s.positions.len + spread);
        s.entry.positions_len = s.positions.len + spread;
        lede_postings_open(&list, &s.source, &s.entry);
        ck_assert(lede_postings_bound(&list, 0, &bound) == (lie == 0));
        ck_assert_int_eq(list.status, lie ? LEDE_ERR_CORRUPT : LEDE_OK);
    }
    free(longer);
    drop(&s);
    free(m.words);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, lists_of_every_shape_give_back_what_was_added);
    tcase_add_test(tcase, copied_blocks_read_as_if_they_were_written);
    tcase_add_test(tcase, lists_of_few_are_counted_when_asked);
    tcase_add_test(tcase, damaged_lists_end_early_and_never_pass_their_bytes);
    tcase_add_test(tcase, a_group_is_what_it_says);
    tcase_add_test(tcase, a_head_is_what_it_says);
    tcase_add_test(tcase, no_block_is_empty);
    tcase_add_test(tcase, a_frequency_beyond_32_bits_is_refused);
    tcase_add_test(tcase, nothing_stands_behind_bounds_and_positions);
    tcase_add_test(tcase, a_block_ends_where_its_head_says);
}

int main(void)
{
    return test_suite_run("postings", add_tests);
}
