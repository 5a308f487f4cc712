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
    spaces[0] = (lede_terms_space){ 0, true, true, 0, 0, 0 };
    spaces[1] = (lede_terms_space){ 3, false, false, 0, 0, 0 };
    spaces[2] = (lede_terms_space){ 10, true, false, 0, 0, 0 };
}

static int by_term(const void *a, const void *b)
{
    return lede_bytes_compare(*(const lede_bytes *)a, *(const lede_bytes *)b);
}

/* What all terms of a round begin with: often more than a prefix holds. */
static uint32_t common;

static lede_bytes draw_term(chance *c)
{
    uint32_t own = 1 + chance_below(c, chance_one_in(c, 30) ? 900 : 9);
    uint8_t *at = lede_arena_alloc(arena, common + own);

    ck_assert_ptr_nonnull(at);
    for (uint32_t i = 0; i < common + own; i++)
        at[i] = (uint8_t)(i < common             ? 'm'
                          : chance_one_in(c, 20) ? chance_below(c, 256)
                                                 : 'a' + chance_below(c, 3));
    return lede_bytes_of(at, common + own);
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
    common = chance_one_in(c, 3) ? chance_below(c, 100) : 0;
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

static bool is_same(const lede_terms_entry *got, const lede_terms_entry *e)
{
    return got->ordinal == e->ordinal && got->documents == e->documents &&
           got->occurrences == e->occurrences && got->name == e->name &&
           got->scaled == e->scaled && got->postings == e->postings &&
           got->postings_len == e->postings_len &&
           got->positions_len == e->positions_len &&
           (e->positions_len == 0 || got->positions == e->positions) &&
           got->few_at == e->few_at && got->few_count == e->few_count &&
           memcmp(got->few, e->few, sizeof e->few) == 0;
}

static void walk(lede_terms_cursor *cursor)
{
    uint32_t at = 0, wrong = 0;

    for (uint32_t s = 0; s < 3; s++) {
        lede_terms_cursor_seek(cursor, spaces[s].space, lede_bytes_of("", 0));
        while (lede_terms_cursor_next(cursor)) {
            wrong += rows[at].space != spaces[s].space ||
                     !lede_bytes_equal(cursor->term, rows[at].term) ||
                     !is_same(&cursor->entry, &rows[at].entry);
            at++;
        }
        ck_assert_int_eq(cursor->status, LEDE_OK);
        ck_assert(!lede_terms_cursor_next(cursor));
    }
    ck_assert_uint_eq(wrong, 0);
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
            ck_assert(is_same(&cursor->entry, &rows[at].entry));
            at++;
            more = lede_terms_cursor_next(cursor);
            ck_assert_int_eq(more, at < row_count && rows[at].space == space);
        }
        status = lede_terms_find(cursor, space, from, &entry);
        ck_assert(status == LEDE_OK || status == LEDE_ERR_NOT_FOUND);
    }
}

/* Where a term of a space is, or the first one above it; of all rows. */
static uint32_t place_of(uint32_t space, lede_bytes term)
{
    uint32_t low = 0, high = row_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (rows[middle].space < space ||
            (rows[middle].space == space &&
             lede_bytes_compare(rows[middle].term, term) < 0))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(uint32_t at, uint32_t space, lede_bytes term)
{
    return at < row_count && rows[at].space == space &&
           lede_bytes_equal(rows[at].term, term);
}

/* A term with its last byte left out, put twice, one more, one less. */
static lede_bytes neighbour_of(const row *r, uint32_t which, uint8_t *at)
{
    size_t len = r->term.len;

    memcpy(at, r->term.at, len);
    switch (which) {
    case 0:
        return lede_bytes_of(at, len - 1);
    case 1:
        at[len++] = 0;
        return lede_bytes_of(at, len);
    default:
        at[len - 1] = (uint8_t)(at[len - 1] + (which == 2 ? 1 : 255));
        return lede_bytes_of(at, len);
    }
}

/* Looks for neighbours, and for each in all spaces. */
static uint32_t seek_neighbours(lede_terms_cursor *cursor, const row *r)
{
    static uint8_t room[2048];
    uint32_t wrong = 0;

    for (uint32_t which = 0; which < 4; which++) {
        lede_bytes term = neighbour_of(r, which, room);

        for (uint32_t s = 0; s < 3; s++) {
            uint32_t at = place_of(spaces[s].space, term);
            bool there = is_at(at, spaces[s].space, term);
            lede_terms_entry entry = { 0 };
            lede_status status =
                lede_terms_find(cursor, spaces[s].space, term, &entry);

            wrong += status != (there ? LEDE_OK : LEDE_ERR_NOT_FOUND);
            wrong += there && entry.ordinal != rows[at].entry.ordinal;
        }
    }
    return wrong;
}

START_TEST(neighbours_of_terms_are_not_taken_for_them)
{
    chance c = chance_from("terms", 4);
    uint32_t wrong = 0;

    arena = lede_arena_new(NULL);
    for (int round = 0; round < 12; round++) {
        lede_terms_cursor *cursor = NULL;

        reset_spaces();
        draw_rows(&c);
        store();
        ck_assert_int_eq(lede_terms_cursor_new(&cursor, &table, NULL), LEDE_OK);
        for (uint32_t i = 0; i < row_count; i++)
            wrong += seek_neighbours(cursor, &rows[i]);
        lede_terms_cursor_free(cursor);
        drop();
    }
    ck_assert_uint_eq(wrong, 0);
    lede_arena_free(arena);
}
END_TEST

static bool counts_as(lede_terms_cursor *cursor, const lede_terms_entry *e)
{
    uint32_t documents = 0;
    bool name = false;

    return lede_terms_cursor_count(cursor, &documents, &name) &&
           documents == e->documents && name == e->name &&
           lede_terms_cursor_ordinal(cursor) == e->ordinal;
}

/* One cursor, moved forward by steps and jumps, which now and then reads the
 * entry of the term at hand. */
static uint32_t move_on(chance *c, lede_terms_cursor *cursor, uint32_t space)
{
    static uint8_t room[2048];
    uint32_t at = place_of(space, lede_bytes_of("", 0)), wrong = 0;

    lede_terms_cursor_seek(cursor, space, lede_bytes_of("", 0));
    while (wrong == 0 && lede_terms_cursor_next(cursor)) {
        wrong += !is_at(at, space, cursor->term);
        if (wrong == 0 && chance_one_in(c, 2))
            wrong += !counts_as(cursor, &rows[at].entry);
        if (wrong == 0 && chance_one_in(c, 2)) {
            wrong += !lede_terms_cursor_read(cursor) ||
                     !is_same(&cursor->entry, &rows[at].entry);
        }
        at++;
        if (wrong == 0 && at < row_count && chance_one_in(c, 2)) {
            uint32_t hop = chance_below(c, chance_one_in(c, 3) ? 200 : 8);
            const row *r =
                &rows[at + hop < row_count ? at + hop : row_count - 1];
            lede_bytes to = neighbour_of(r, chance_below(c, 4), room);

            lede_terms_cursor_seek(cursor, space, to);
            at = place_of(space, to);
        }
    }
    return wrong + (at < row_count && rows[at].space == space);
}

START_TEST(a_bare_cursor_moves_on_and_reads_what_is_asked_for)
{
    chance c = chance_from("terms", 5);
    uint32_t wrong = 0;

    arena = lede_arena_new(NULL);
    for (int round = 0; round < 60; round++) {
        lede_terms_cursor *cursor = NULL;

        reset_spaces();
        draw_rows(&c);
        store();
        ck_assert_int_eq(lede_terms_cursor_new(&cursor, &table, NULL), LEDE_OK);
        cursor->bare = round % 3 != 0;
        for (int tries = 0; tries < 9; tries++)
            wrong += move_on(&c, cursor, spaces[tries % 3].space);
        ck_assert_int_eq(cursor->status, LEDE_OK);
        lede_terms_cursor_free(cursor);
        drop();
    }
    ck_assert_uint_eq(wrong, 0);
    lede_arena_free(arena);
}
END_TEST

static bool seek_ordinal(lede_terms_cursor *cursor, const row *r)
{
    lede_terms_cursor_seek_ordinal(cursor, r->space, r->entry.ordinal);
    return lede_terms_cursor_next(cursor) &&
           lede_bytes_equal(cursor->term, r->term) &&
           is_same(&cursor->entry, &r->entry);
}

START_TEST(terms_are_found_walked_and_counted)
{
    chance c = chance_from("terms", 1);
    uint32_t wrong = 0;

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
            wrong += lede_terms_find(cursor, rows[i].space, rows[i].term,
                                     &entry) != LEDE_OK ||
                     !is_same(&entry, &rows[i].entry);
            wrong += !seek_ordinal(cursor, &rows[i]);
            if (chance_one_in(&c, 3)) /* back, often in the same block */
                wrong += !seek_ordinal(
                    cursor, &rows[i - chance_below(&c, 9) % (i + 1)]);
        }
        ck_assert_uint_eq(wrong, 0);
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
    uint32_t wrong = 0;

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
                    wrong += cursor->entry.ordinal < before || n > row_count;
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
    ck_assert_uint_eq(wrong, 0);
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
    tcase_add_test(tcase, neighbours_of_terms_are_not_taken_for_them);
    tcase_add_test(tcase, a_bare_cursor_moves_on_and_reads_what_is_asked_for);
    tcase_add_test(tcase, damaged_dictionaries_never_pass_their_bytes);
    tcase_add_test(tcase, counts_that_disagree_are_refused);
}

int main(void)
{
    return test_suite_run("terms", add_tests);
}
