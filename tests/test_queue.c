/* Which lists stand on the least document: as looking at each tells. */
#include "native/match/queue.h"

#include "support/chance.h"
#include "support/suite.h"

#define LISTS 20

static void expect_least(lede_queue *queue)
{
    uint32_t least = LEDE_DOC_END, count = 0, found;

    for (uint32_t i = 0; i < queue->count; i++)
        if (queue->docs[i] < least)
            least = queue->docs[i];
    ck_assert_uint_eq(lede_queue_least(queue), least);
    for (uint32_t i = 0; i < queue->count; i++)
        count += least != LEDE_DOC_END && queue->docs[i] == least;
    found = lede_queue_gather(queue);
    ck_assert_uint_eq(found, count);
    for (uint32_t i = 0; i < found; i++) {
        ck_assert_uint_eq(queue->docs[queue->found[i]], least);
        for (uint32_t before = 0; before < i; before++)
            ck_assert_uint_ne(queue->found[before], queue->found[i]);
    }
}

START_TEST(the_least_document_and_all_on_it_are_found)
{
    chance c = chance_from("queue", 1);

    for (int round = 0; round < 200; round++) {
        lede_arena *arena = lede_arena_new(NULL);
        lede_queue queue;

        ck_assert_ptr_nonnull(arena);
        ck_assert(lede_queue_init(&queue, chance_below(&c, LISTS), arena));
        for (uint32_t i = 0; i < queue.count; i++)
            queue.docs[i] = chance_below(&c, 12);
        lede_queue_order(&queue);
        expect_least(&queue);
        while (lede_queue_least(&queue) != LEDE_DOC_END) {
            uint32_t doc = lede_queue_least(&queue) + chance_below(&c, 8);

            lede_queue_move(&queue, doc > 60 ? LEDE_DOC_END : doc);
            expect_least(&queue);
        }
        lede_arena_free(arena);
    }
}
END_TEST

START_TEST(a_queue_of_no_lists_is_at_its_end)
{
    lede_arena *arena = lede_arena_new(NULL);
    lede_queue queue;

    ck_assert_ptr_nonnull(arena);
    ck_assert(lede_queue_init(&queue, 0, arena));
    lede_queue_order(&queue);
    ck_assert_uint_eq(lede_queue_least(&queue), LEDE_DOC_END);
    ck_assert_uint_eq(lede_queue_gather(&queue), 0);
    lede_arena_free(arena);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, the_least_document_and_all_on_it_are_found);
    tcase_add_test(tcase, a_queue_of_no_lists_is_at_its_end);
}

int main(void)
{
    return test_suite_run("queue", add_tests);
}
