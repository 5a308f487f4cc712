#include "native/codec/postings.h"

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
    uint32_t lengths[DOCS_MAX];
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
    uint32_t single[64];
} stored;

static void draw_model(chance *c, model *m, uint32_t most)
{
    uint32_t gap = 1 + chance_below(c, chance_one_in(c, 3) ? 1000 : 4);
    uint32_t tf = 1 + chance_below(c, chance_one_in(c, 3) ? 20 : 2);
    uint32_t doc = chance_below(c, 100);

    m->n = 1 + chance_below(c, most);
    m->starts[0] = 0;
    for (uint32_t i = 0; i < m->n; i++) {
        uint32_t at = chance_below(c, 50);

        m->docs[i] = doc;
        m->frequencies[i] = 1 + chance_below(c, tf);
        m->lengths[i] = m->frequencies[i] + chance_below(c, 1000);
        m->starts[i + 1] = m->starts[i] + m->frequencies[i];
        ck_assert(lede_grow(NULL, &m->positions, &m->capacity, m->starts[i + 1],
                            sizeof *m->positions));
        for (uint32_t p = 0; p < m->frequencies[i]; p++) {
            m->positions[m->starts[i] + p] = at;
            at += 1 + chance_below(c, 60);
        }
        doc += 1 + chance_below(c, gap);
    }
    m->documents = doc + chance_below(c, 10);
}

static void store(const model *m, stored *s, bool frequencies, bool positions)
{
    lede_postings_writer *writer = NULL;
    lede_buffer list, spread;

    lede_buffer_init(&list, NULL);
    lede_buffer_init(&spread, NULL);
    ck_assert_int_eq(lede_postings_writer_new(&writer, NULL), LEDE_OK);
    lede_postings_writer_begin(writer, frequencies, positions);
    for (uint32_t i = 0; i < m->n; i++)
        ck_assert_int_eq(lede_postings_writer_add(
                             writer, m->docs[i], m->frequencies[i],
                             m->positions + m->starts[i], m->lengths[i]),
                         LEDE_OK);
    ck_assert_int_eq(
        lede_postings_writer_end(writer, &list, 0, &spread, 0, &s->entry),
        LEDE_OK);
    if (s->entry.at) {
        memcpy(s->single, s->entry.at, s->entry.frequency * sizeof *s->single);
        s->entry.at = s->single;
    }
    ck_assert_uint_eq(s->entry.documents, m->n);
    s->postings = exact_bytes(list.at, list.len);
    s->positions = exact_bytes(spread.at, spread.len);
    s->source = (lede_postings_source){
        .postings = s->postings,
        .positions = s->positions,
        .frequencies = frequencies,
        .has_positions = positions,
        .documents = m->documents,
    };
    lede_postings_writer_free(writer);
    lede_buffer_fini(&list);
    lede_buffer_fini(&spread);
}

static void drop(stored *s)
{
    exact_free(s->postings);
    exact_free(s->positions);
}

static void expect_standing(lede_postings *list, const model *m, uint32_t i)
{
    static uint32_t positions[64];

    ck_assert_uint_eq(list->doc, m->docs[i]);
    ck_assert_uint_eq(list->frequency,
                      list->source->frequencies ? m->frequencies[i] : 1);
    if (!list->source->has_positions)
        return;
    ck_assert(lede_postings_positions(list, positions));
    ck_assert_mem_eq(positions, m->positions + m->starts[i],
                     m->frequencies[i] * sizeof *positions);
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

static void walk_by_leaps(chance *c, const model *m, const stored *s)
{
    static lede_postings list;
    uint32_t target = 0, at = 0;
    uint32_t leap = 1 + chance_below(c, m->documents);

    lede_postings_open(&list, &s->source, &s->entry);
    for (;;) {
        uint32_t frequency, doc;
        uint64_t length;
        bool ask = chance_one_in(c, 2);
        uint32_t last = 0;

        target += chance_below(c, leap);
        while (at < m->n && m->docs[at] < target)
            at++;
        if (ask)
            last = lede_postings_bound(&list, target, &frequency, &length);
        doc = lede_postings_seek(&list, target);
        if (at == m->n)
            break;
        ck_assert_uint_eq(doc, m->docs[at]);
        if (ask && s->source.frequencies) {
            ck_assert_uint_ge(last, doc);
            ck_assert_uint_ge(frequency, m->frequencies[at]);
            ck_assert_uint_le(length, m->lengths[at]);
        }
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
        walk_by_leaps(&c, &m, &s);
        drop(&s);
    }
    lede_release(NULL, m.positions, m.capacity * sizeof *m.positions);
    m = (model){ 0 };
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

START_TEST(copied_blocks_read_as_if_they_were_written)
{
    chance c = chance_from("copies", 1);
    static model a, b, both;
    static stored from_a, from_b, out;
    static lede_postings list;

    for (int round = 0; round < 30; round++) {
        lede_postings_writer *writer = NULL;
        lede_buffer postings, spread;
        lede_status status;
        static uint32_t room[64];

        draw_model(&c, &a, 2000);
        draw_model(&c, &b, 2000);
        store(&a, &from_a, true, true);
        store(&b, &from_b, true, true);
        lede_buffer_init(&postings, NULL);
        lede_buffer_init(&spread, NULL);
        ck_assert_int_eq(lede_postings_writer_new(&writer, NULL), LEDE_OK);
        lede_postings_writer_begin(writer, true, true);
        for (uint32_t i = 0; i < a.n; i++)
            (void)lede_postings_writer_add(writer, a.docs[i], a.frequencies[i],
                                           a.positions + a.starts[i],
                                           a.lengths[i]);
        lede_postings_open(&list, &from_b.source, &from_b.entry);
        status = lede_postings_writer_copy(writer, &list, a.documents);
        ck_assert_int_eq(
            status, b.n > LEDE_POSTINGS_SHORT ? LEDE_OK : LEDE_ERR_UNSUPPORTED);
        if (status == LEDE_OK) {
            ck_assert_int_eq(lede_postings_writer_end(writer, &postings, 0,
                                                      &spread, 0, &out.entry),
                             LEDE_OK);
            out.source = (lede_postings_source){
                .postings = lede_buffer_bytes(&postings),
                .positions = lede_buffer_bytes(&spread),
                .frequencies = true,
                .has_positions = true,
                .documents = a.documents + b.documents,
            };
            both.n = a.n + b.n;
            both.documents = out.source.documents;
            ck_assert_uint_eq(out.entry.documents, both.n);
            ck_assert_uint_eq(out.entry.occurrences,
                              a.starts[a.n] + b.starts[b.n]);
            lede_postings_open(&list, &out.source, &out.entry);
            for (uint32_t i = 0; i < both.n; i++) {
                const model *m = i < a.n ? &a : &b;
                uint32_t at = i < a.n ? i : i - a.n;
                uint32_t doc = m->docs[at] + (i < a.n ? 0 : a.documents);

                ck_assert_uint_eq(lede_postings_seek(&list, doc), doc);
                ck_assert_uint_eq(list.frequency, m->frequencies[at]);
                ck_assert(lede_postings_positions(&list, room));
                ck_assert_mem_eq(room, m->positions + m->starts[at],
                                 m->frequencies[at] * sizeof *room);
            }
            ck_assert_uint_eq(lede_postings_seek(&list, list.doc + 1),
                              LEDE_DOC_END);
            ck_assert_int_eq(list.status, LEDE_OK);
        }
        lede_postings_writer_free(writer);
        lede_buffer_fini(&postings);
        lede_buffer_fini(&spread);
        drop(&from_a);
        drop(&from_b);
    }
    lede_release(NULL, a.positions, a.capacity * sizeof *a.positions);
    lede_release(NULL, b.positions, b.capacity * sizeof *b.positions);
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
        ck_assert_int_gt(doc, before);
        ck_assert_uint_lt(doc, s->source.documents);
        ck_assert_uint_ge(list.frequency, 1);
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
        if (m.n == 1)
            continue;
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
        for (s.entry.postings_len = 0; s.entry.postings_len < s.postings.len;
             s.entry.postings_len++)
            ck_assert_int_eq(walk_damaged(&s), LEDE_ERR_CORRUPT);
        s.entry.postings = 1;
        ck_assert_int_eq(walk_damaged(&s), LEDE_ERR_CORRUPT);
        drop(&s);
    }
    lede_release(NULL, m.positions, m.capacity * sizeof *m.positions);
}
END_TEST

START_TEST(floors_of_lengths_never_exceed_them)
{
    for (uint64_t length = 0; length < 100000; length++) {
        uint32_t floor = lede_length_floor(length);

        ck_assert_uint_le(lede_length_least(floor), length);
        ck_assert_uint_gt(lede_length_least(floor + 1), length);
    }
    ck_assert_uint_le(lede_length_least(lede_length_floor(UINT64_MAX)),
                      UINT32_MAX);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, lists_of_every_shape_give_back_what_was_added);
    tcase_add_test(tcase, copied_blocks_read_as_if_they_were_written);
    tcase_add_test(tcase, damaged_lists_end_early_and_never_pass_their_bytes);
    tcase_add_test(tcase, floors_of_lengths_never_exceed_them);
}

int main(void)
{
    return test_suite_run("postings", add_tests);
}
