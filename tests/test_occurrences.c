/*
 * Occurrences against a list of what was added, and what an undo leaves.
 */
#include "native/index/occurrences.h"

#include <stdlib.h>

#include "native/index/undo.h"
#include "support/chance.h"
#include "support/failing_alloc.h"
#include "support/suite.h"

#define WORDS    5
#define ARTICLES 900
#define MOST     40000

/* What one term was given, place by place. */
struct given {
    uint32_t doc[MOST];
    uint32_t position[MOST];
    size_t count;
};

static struct given given[WORDS];

static lede_term *put(lede_term_table *table, uint32_t word)
{
    char text[2] = { (char)('a' + word), 0 };
    lede_bytes bytes = lede_bytes_of(text, 1);

    return lede_term_table_put(table, lede_term_hash_bytes(0, bytes), 0, bytes);
}

static bool add(lede_term_table *table, lede_undo *undo, uint32_t word,
                bool positions, uint32_t doc, uint32_t position)
{
    lede_term *term = put(table, word);

    if (!term || !lede_undo_reserve(undo, 1))
        return false;
    lede_undo_note(undo, term, doc);
    return positions ? lede_occurrences_add(&table->chunks, term, doc, position)
                     : lede_occurrences_count(&table->chunks, term, doc);
}

static void remember(uint32_t word, uint32_t doc, uint32_t position)
{
    struct given *g = &given[word];

    ck_assert_uint_lt(g->count, MOST);
    g->doc[g->count] = doc;
    g->position[g->count++] = position;
}

/* Small steps mostly, now and then one that takes many bytes. */
static uint32_t any_step(chance *c)
{
    if (chance_one_in(c, 50))
        return chance_below(c, 3000000);
    return chance_below(c, chance_one_in(c, 8) ? 20000 : 40);
}

/* An article of some words; kept, or taken back again. */
static void write_article(lede_term_table *table, lede_undo *undo, chance *c,
                          bool positions, uint32_t doc)
{
    bool kept = !chance_one_in(c, 4);
    uint32_t position = any_step(c), words = chance_below(c, 60);
    lede_chunks_mark now;

    lede_undo_begin(undo, table);
    for (uint32_t i = 0; i < words; i++) {
        uint32_t word = chance_below(c, 1 + chance_below(c, WORDS));

        if (!add(table, undo, word, positions, doc, position))
            ck_abort_msg("memory ended");
        if (kept)
            remember(word, doc, position);
        position += 1 + any_step(c);
    }
    if (kept)
        return;
    lede_undo_run(undo, table);
    now = lede_chunks_now(&table->chunks);
    if (now.page_used != undo->mark.page_used || now.used != undo->mark.used)
        ck_abort_msg("room was not given back");
}

static void check_word(const lede_term_table *table, const lede_term *term,
                       const struct given *g, bool positions)
{
    lede_occurrences_reader reader;
    size_t at = 0;
    bool last = false;

    lede_occurrences_init(&reader, NULL);
    lede_occurrences_open(&reader, table, term, positions);
    while (lede_occurrences_next(&reader)) {
        const lede_postings_batch *batch = &reader.batch;
        size_t place = 0;

        if (last)
            ck_abort_msg("a batch before the last is not full");
        last = batch->n < LEDE_BLOCK_MAX;
        for (uint32_t i = 0; i < batch->n; i++)
            for (uint32_t k = 0; k <= batch->times[i]; k++, at++)
                if (at >= g->count || g->doc[at] != batch->docs[i] ||
                    (positions && g->position[at] != batch->positions[place++]))
                    ck_abort_msg("occurrence %zu is another", at);
        ck_assert_uint_eq(batch->position_count, place);
    }
    ck_assert_int_eq(reader.status, LEDE_OK);
    ck_assert_uint_eq(at, g->count);
    lede_occurrences_fini(&reader);
}

START_TEST(terms_give_back_what_articles_that_were_kept_added)
{
    bool positions = _i % 2;
    lede_term_table table;
    lede_undo undo;
    chance c = chance_from("occurrences", (uint64_t)_i + 1);
    uint32_t terms = 0;

    memset(given, 0, sizeof given);
    ck_assert(lede_term_table_init(&table, NULL));
    lede_undo_init(&undo, NULL);
    for (uint32_t i = 0, doc = 0; i < ARTICLES; i++) {
        write_article(&table, &undo, &c, positions, doc);
        doc += 1 + (chance_one_in(&c, 9) ? any_step(&c) : 0);
    }
    for (uint32_t word = 0; word < WORDS; word++)
        terms += given[word].count > 0;
    ck_assert_uint_eq(table.count, terms);
    for (uint32_t word = 0; word < WORDS; word++)
        if (given[word].count)
            check_word(&table, put(&table, word), &given[word], positions);
    lede_undo_fini(&undo);
    lede_term_table_fini(&table);
}
END_TEST

/* The bytes behind a term's own. */
static lede_bytes stream_of(const lede_term *term)
{
    const uint8_t *first = term->text + term->len;

    return lede_bytes_of(first, (size_t)(term->stream.tail - first));
}

START_TEST(numbers_say_whether_they_begin_a_document)
{
    static const uint8_t words[] = { 1, 7, 4, 5, 0 };
    static const uint8_t counts[] = { 7, 0, 0, 1 };
    lede_term_table table;
    lede_term *term;
    lede_bytes is;

    ck_assert(lede_term_table_init(&table, NULL));
    term = put(&table, 0);
    ck_assert(lede_occurrences_add(&table.chunks, term, 0, 7));
    ck_assert(lede_occurrences_add(&table.chunks, term, 0, 10));
    ck_assert(lede_occurrences_add(&table.chunks, term, 3, 0));
    is = stream_of(term);
    ck_assert_uint_eq(is.len, sizeof words);
    ck_assert_mem_eq(is.at, words, sizeof words);

    term = put(&table, 1);
    ck_assert(lede_occurrences_count(&table.chunks, term, 3));
    ck_assert(lede_occurrences_count(&table.chunks, term, 3));
    ck_assert(lede_occurrences_count(&table.chunks, term, 3));
    ck_assert(lede_occurrences_count(&table.chunks, term, 4));
    is = stream_of(term);
    ck_assert_uint_eq(is.len, sizeof counts);
    ck_assert_mem_eq(is.at, counts, sizeof counts);
    lede_term_table_fini(&table);
}
END_TEST

static lede_status read_again(const lede_allocator *allocator, void *ctx)
{
    const lede_term_table *table = ctx;
    const lede_term *term = put(ctx, 0);
    lede_occurrences_reader reader;
    bool any;

    lede_occurrences_init(&reader, allocator);
    lede_occurrences_open(&reader, table, term, true);
    any = lede_occurrences_next(&reader);
    ck_assert_int_eq(reader.status, any ? LEDE_OK : LEDE_ERR_NOMEM);
    lede_occurrences_fini(&reader);
    return reader.status;
}

START_TEST(reading_without_memory_says_so)
{
    lede_term_table table;
    lede_term *term;

    ck_assert(lede_term_table_init(&table, NULL));
    term = put(&table, 0);
    for (uint32_t position = 0; position < 1000; position++)
        if (!lede_occurrences_add(&table.chunks, term, 0, position))
            ck_abort_msg("memory ended");
    ck_assert_uint_gt(failing_alloc_sweep(read_again, &table), 1);
    lede_term_table_fini(&table);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(
        tcase, terms_give_back_what_articles_that_were_kept_added, 0, 8);
    tcase_add_test(tcase, numbers_say_whether_they_begin_a_document);
    tcase_add_test(tcase, reading_without_memory_says_so);
}

int main(void)
{
    return test_suite_run("occurrences", add_tests);
}
