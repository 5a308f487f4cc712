#include "native/codec/postings.h"

#include <stdlib.h>

#include "base/arena.h"
#include "support/chance.h"
#include "support/exact.h"
#include "support/suite.h"

#define TERMS_MAX 500U

typedef struct row {
    uint32_t space;
    lede_bytes term;
    lede_terms_entry entry;
} row;

static lede_arena *arena;
static row rows[3 * TERMS_MAX];
static uint32_t row_count;

/* Words with positions, values, words without. */
static lede_terms_space spaces[3];

static void reset_spaces(void)
{
    spaces[0] = (lede_terms_space){ 0, true, true, 0, 0 };
    spaces[1] = (lede_terms_space){ 3, false, false, 0, 0 };
    spaces[2] = (lede_terms_space){ 10, true, false, 0, 0 };
}

static int by_term(const void *a, const void *b)
{
    return lede_bytes_compare(*(const lede_bytes *)a, *(const lede_bytes *)b);
}

static lede_bytes draw_term(chance *c)
{
    uint32_t len = 1 + chance_below(c, chance_one_in(c, 30) ? 1024 : 9);
    uint8_t *at = lede_arena_alloc(arena, len);

    ck_assert_ptr_nonnull(at);
    for (uint32_t i = 0; i < len; i++)
        at[i] = (uint8_t)(chance_one_in(c, 20) ? chance_below(c, 256)
                                               : 'a' + chance_below(c, 3));
    return lede_bytes_of(at, len);
}

static lede_terms_entry draw_entry(chance *c, const lede_terms_space *space,
                                   uint64_t *postings, uint64_t *positions)
{
    lede_terms_entry e = { .documents = 1 };

    if (chance_one_in(c, 2))
        e.documents += chance_below(c, chance_one_in(c, 3) ? 100000 : 30);
    e.name = space->space % 2 == 0 && chance_one_in(c, 3);
    e.scaled = chance_one_in(c, 50);
    e.postings = *postings;
    e.positions = *positions;
    if (e.documents <= LEDE_POSTINGS_FEW) {
        e.occurrences = space->frequencies ? 0 : e.documents;
        return e;
    }
    e.occurrences = e.documents;
    if (space->frequencies)
        e.occurrences += chance_below(c, 1000);
    e.postings_len = 1 + chance_below(c, 5000);
    *postings += e.postings_len;
    if (space->positions && e.documents > 128) {
        e.positions_len = 1 + chance_below(c, 5000);
        *positions += e.positions_len;
    }
    return e;
}

/* Draws the lists of few of rows [from, row_count), a block of a dictionary. */
static void end_rows(chance *c, uint32_t from, uint64_t *postings)
{
    uint64_t len = 1 + chance_below(c, 300);
    bool scaled = chance_one_in(c, 2);
    uint8_t few[LEDE_TERMS_BLOCK] = { 0 };
    uint32_t count = 0;

    for (uint32_t i = from; i < row_count; i++)
        if (rows[i].entry.documents <= LEDE_POSTINGS_FEW) {
            rows[i].entry.few_at = count;
            few[count++] = (uint8_t)rows[i].entry.documents;
        }
    for (uint32_t i = from; i < row_count; i++) {
        lede_terms_entry *e = &rows[i].entry;

        if (e->documents > LEDE_POSTINGS_FEW)
            continue;
        e->scaled = scaled;
        e->postings = *postings;
        e->postings_len = len;
        e->few_count = count;
        memcpy(e->few, few, sizeof few);
    }
    *postings += count ? len : 0;
}

static void draw_rows(chance *c)
{
    static lede_bytes terms[TERMS_MAX];
    uint64_t postings = chance_below(c, 1000), positions = 0;

    row_count = 0;
    for (uint32_t s = 0; s < 3; s++) {
        uint32_t count = chance_below(c, chance_one_in(c, 2) ? 5 : TERMS_MAX);
        uint32_t from = row_count;

        for (uint32_t i = 0; i < count; i++)
            terms[i] = draw_term(c);
        if (count)
            qsort(terms, count, sizeof *terms, by_term);
        for (uint32_t i = 0, ordinal = 0; i < count; i++) {
            row *r = &rows[row_count];

            if (i > 0 && lede_bytes_equal(terms[i], terms[i - 1]))
                continue;
            r->space = spaces[s].space;
            r->term = terms[i];
            r->entry = draw_entry(c, &spaces[s], &postings, &positions);
            r->entry.ordinal = ordinal++;
            row_count++;
            if (ordinal % LEDE_TERMS_BLOCK == 0) {
                end_rows(c, from, &postings);
                from = row_count;
            }
        }
        end_rows(c, from, &postings);
    }
}

static lede_bytes dictionary, index_bytes;
static lede_terms_table table;

/* Where the lists of the block begin that begins with a row. */
static uint64_t first_postings(uint32_t from)
{
    uint64_t first = UINT64_MAX;

    for (uint32_t i = from;
         i < row_count && rows[i].space == rows[from].space &&
         rows[i].entry.ordinal < rows[from].entry.ordinal + LEDE_TERMS_BLOCK;
         i++)
        if (rows[i].entry.postings < first)
            first = rows[i].entry.postings;
    return first;
}

static void end_block(lede_terms_writer *writer, lede_buffer *body,
                      const lede_terms_entry *few)
{
    ck_assert_int_eq(lede_terms_writer_end_block(writer, body,
                                                 few ? few->postings_len : 0,
                                                 few && few->scaled),
                     LEDE_OK);
}

static void put_rows(lede_terms_writer *writer, lede_buffer *body)
{
    const lede_terms_entry *few = NULL;

    for (uint32_t i = 0; i < row_count; i++) {
        lede_terms_entry e = rows[i].entry;

        if (i > 0 && rows[i].space != rows[i - 1].space) {
            end_block(writer, body, few);
            few = NULL;
        }
        if (e.documents <= LEDE_POSTINGS_FEW) {
            few = &rows[i].entry;
            e.scaled = false; /* the block says so of all */
        }
        if (e.ordinal % LEDE_TERMS_BLOCK == 0)
            e.postings = first_postings(i);
        ck_assert_int_eq(
            lede_terms_writer_add(writer, rows[i].space, rows[i].term, &e),
            LEDE_OK);
        ck_assert_int_eq(lede_terms_writer_is_full(writer),
                         e.ordinal % LEDE_TERMS_BLOCK == LEDE_TERMS_BLOCK - 1);
        if (lede_terms_writer_is_full(writer)) {
            ck_assert_int_eq(
                lede_terms_writer_add(writer, rows[i].space, rows[i].term, &e),
                LEDE_ERR_INVALID);
            end_block(writer, body, few);
            few = NULL;
        }
    }
    end_block(writer, body, few);
}

static void store(void)
{
    lede_terms_writer *writer = NULL;
    lede_buffer body, index;

    lede_buffer_init(&body, NULL);
    lede_buffer_init(&index, NULL);
    ck_assert_int_eq(lede_terms_writer_new(&writer, spaces, 3, NULL), LEDE_OK);
    put_rows(writer, &body);
    ck_assert_int_eq(lede_terms_writer_end(writer, &index), LEDE_OK);
    lede_terms_writer_free(writer);
    dictionary = exact_bytes(body.at, body.len);
    index_bytes = exact_bytes(index.at, index.len);
    lede_buffer_fini(&body);
    lede_buffer_fini(&index);
    ck_assert_int_eq(
        lede_terms_table_open(&table, dictionary, index_bytes, spaces, 3),
        LEDE_OK);
}

static void drop(void)
{
    exact_free(dictionary);
    exact_free(index_bytes);
    lede_arena_clear(arena);
}

static void expect_entry(const lede_terms_entry *got, const row *r)
{
    const lede_terms_entry *e = &r->entry;

    ck_assert_uint_eq(got->ordinal, e->ordinal);
    ck_assert_uint_eq(got->documents, e->documents);
    ck_assert_uint_eq(got->occurrences, e->occurrences);
    ck_assert_int_eq(got->name, e->name);
    ck_assert_uint_eq(got->postings_len, e->postings_len);
    ck_assert_uint_eq(got->positions_len, e->positions_len);
    ck_assert_int_eq(got->scaled, e->scaled);
    ck_assert_uint_eq(got->postings, e->postings);
    ck_assert_uint_eq(got->few_at, e->few_at);
    ck_assert_uint_eq(got->few_count, e->few_count);
    ck_assert_mem_eq(got->few, e->few, sizeof e->few);
    if (e->positions_len)
        ck_assert_uint_eq(got->positions, e->positions);
}

static void walk(lede_terms_cursor *cursor)
{
    uint32_t at = 0;

    for (uint32_t s = 0; s < 3; s++) {
        lede_terms_cursor_seek(cursor, spaces[s].space, lede_bytes_of("", 0));
        while (lede_terms_cursor_next(cursor)) {
            ck_assert_uint_eq(rows[at].space, spaces[s].space);
            ck_assert(lede_bytes_equal(cursor->term, rows[at].term));
            expect_entry(&cursor->entry, &rows[at++]);
        }
        ck_assert_int_eq(cursor->status, LEDE_OK);
        ck_assert(!lede_terms_cursor_next(cursor));
    }
    ck_assert_uint_eq(at, row_count);
}

static void jump(chance *c, lede_terms_cursor *cursor)
{
    for (int i = 0; i < 60; i++) {
        uint32_t space = spaces[chance_below(c, 3)].space, at = 0;
        lede_bytes from = draw_term(c);
        lede_terms_entry entry;
        lede_status status;
        bool more;

        while (at < row_count &&
               (rows[at].space < space ||
                (rows[at].space == space &&
                 lede_bytes_compare(rows[at].term, from) < 0)))
            at++;
        lede_terms_cursor_seek(cursor, space, from);
        more = lede_terms_cursor_next(cursor);
        ck_assert_int_eq(more, at < row_count && rows[at].space == space);
        for (int steps = 0; more && steps < 40; steps++) {
            ck_assert(lede_bytes_equal(cursor->term, rows[at].term));
            expect_entry(&cursor->entry, &rows[at++]);
            more = lede_terms_cursor_next(cursor);
            ck_assert_int_eq(more, at < row_count && rows[at].space == space);
        }
        status = lede_terms_find(cursor, space, from, &entry);
        ck_assert(status == LEDE_OK || status == LEDE_ERR_NOT_FOUND);
    }
}

START_TEST(terms_are_found_walked_and_counted)
{
    chance c = chance_from("terms", 1);

    arena = lede_arena_new(NULL);
    for (int round = 0; round < 15; round++) {
        lede_terms_cursor *cursor = NULL;
        lede_terms_entry entry;

        reset_spaces();
        draw_rows(&c);
        store();
        ck_assert_int_eq(lede_terms_cursor_new(&cursor, &table, NULL), LEDE_OK);
        walk(cursor);
        jump(&c, cursor);
        for (uint32_t i = 0; i < row_count; i++) {
            ck_assert_int_eq(
                lede_terms_find(cursor, rows[i].space, rows[i].term, &entry),
                LEDE_OK);
            expect_entry(&entry, &rows[i]);
            lede_terms_cursor_seek_ordinal(cursor, rows[i].space,
                                           rows[i].entry.ordinal);
            ck_assert(lede_terms_cursor_next(cursor));
            ck_assert(lede_bytes_equal(cursor->term, rows[i].term));
        }
        ck_assert_int_eq(
            lede_terms_find(cursor, 1, lede_bytes_of("a", 1), &entry),
            LEDE_ERR_NOT_FOUND);
        lede_terms_cursor_free(cursor);
        drop();
    }
    lede_arena_free(arena);
}
END_TEST

START_TEST(damaged_dictionaries_never_pass_their_bytes)
{
    chance c = chance_from("terms", 2);

    arena = lede_arena_new(NULL);
    for (int round = 0; round < 3; round++) {
        lede_terms_cursor *cursor = NULL;
        lede_terms_entry entry;
        uint8_t *at;

        reset_spaces();
        draw_rows(&c);
        row_count = row_count < 50 ? row_count : 50;
        if (row_count == 0)
            continue;
        store();
        ck_assert_int_eq(lede_terms_cursor_new(&cursor, &table, NULL), LEDE_OK);
        at = (uint8_t *)(uintptr_t)dictionary.at;
        for (size_t bit = 0; bit < 8 * dictionary.len && bit < 8000; bit++) {
            at[bit / 8] ^= (uint8_t)(1U << bit % 8);
            for (uint32_t s = 0; s < 3; s++) {
                uint64_t before = 0;

                lede_terms_cursor_seek(cursor, spaces[s].space,
                                       lede_bytes_of("", 0));
                for (uint32_t n = 0; lede_terms_cursor_next(cursor); n++) {
                    ck_assert_uint_ge(cursor->entry.ordinal, before);
                    ck_assert_uint_le(n, row_count);
                    before = cursor->entry.ordinal;
                }
            }
            (void)lede_terms_find(cursor, rows[0].space, rows[0].term, &entry);
            at[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
        at = (uint8_t *)(uintptr_t)index_bytes.at;
        for (size_t bit = 0; bit < 8 * index_bytes.len; bit++) {
            at[bit / 8] ^= (uint8_t)(1U << bit % 8);
            if (lede_terms_table_open(&table, dictionary, index_bytes, spaces,
                                      3) == LEDE_OK)
                (void)lede_terms_find(cursor, rows[row_count / 2].space,
                                      rows[row_count / 2].term, &entry);
            at[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
        lede_terms_cursor_free(cursor);
        drop();
    }
    lede_arena_free(arena);
}
END_TEST

START_TEST(counts_that_disagree_are_refused)
{
    chance c = chance_from("terms", 3);

    arena = lede_arena_new(NULL);
    reset_spaces();
    do
        draw_rows(&c);
    while (row_count < 100);
    store();
    for (uint32_t s = 0; s < 3; s++) {
        spaces[s].terms++;
        ck_assert_int_eq(
            lede_terms_table_open(&table, dictionary, index_bytes, spaces, 3),
            LEDE_ERR_CORRUPT);
        spaces[s].terms--;
        spaces[s].blocks++;
        ck_assert_int_eq(
            lede_terms_table_open(&table, dictionary, index_bytes, spaces, 3),
            LEDE_ERR_CORRUPT);
        spaces[s].blocks--;
    }
    drop();
    lede_arena_free(arena);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, terms_are_found_walked_and_counted);
    tcase_add_test(tcase, damaged_dictionaries_never_pass_their_bytes);
    tcase_add_test(tcase, counts_that_disagree_are_refused);
}

int main(void)
{
    return test_suite_run("terms", add_tests);
}
