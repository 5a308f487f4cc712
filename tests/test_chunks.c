#include "native/index/chunks.h"

#include <stdlib.h>

#include "support/chance.h"
#include "support/failing_alloc.h"
#include "support/suite.h"

#define STREAMS 40
#define ROOM    9

struct stream {
    lede_stream end;
    uint8_t *first;
    uint64_t *numbers;
    size_t count;
    size_t capacity;
};

static struct stream streams[STREAMS];

static void begin_streams(lede_chunks *chunks)
{
    for (int i = 0; i < STREAMS; i++) {
        uint32_t ref;

        streams[i].first = lede_chunks_take(chunks, ROOM, &ref);
        ck_assert_ptr_nonnull(streams[i].first);
        lede_stream_begin(&streams[i].end, streams[i].first, ROOM);
        streams[i].count = 0;
    }
}

static void remember(struct stream *s, uint64_t number)
{
    if (s->count == s->capacity) {
        s->capacity = s->capacity * 2 + 64;
        s->numbers = realloc(s->numbers, s->capacity * sizeof *s->numbers);
        ck_assert_ptr_nonnull(s->numbers);
    }
    s->numbers[s->count++] = number;
}

static void free_numbers(void)
{
    for (int i = 0; i < STREAMS; i++)
        free(streams[i].numbers);
    memset(streams, 0, sizeof streams);
}

/* Numbers of one byte mostly, of up to ten seldom. */
static uint64_t any_number(chance *c)
{
    return chance_next(c) >> (63 - chance_below(c, 1 + chance_below(c, 64)));
}

/* Puts two numbers at once, if they are short enough and there is room. */
static bool put_two(struct stream *s, uint64_t a, uint64_t b)
{
    uint32_t x = (uint32_t)a, y = (uint32_t)b, len;

    if ((a | b) >= LEDE_STREAM_SHORT)
        return false;
    len = 1 + lede_stream_short_more(x);
    return lede_stream_put_bytes(
        &s->end, lede_stream_short(x) | lede_stream_short(y) << 8 * len,
        len + 1 + lede_stream_short_more(y));
}

static void put_some(lede_chunks *chunks, chance *c, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct stream *s =
            &streams[chance_below(c, 1 + chance_below(c, STREAMS))];
        uint64_t a = any_number(c), b = any_number(c);

        if (!(chance_one_in(c, 2) && put_two(s, a, b)) &&
            !(lede_stream_put(chunks, &s->end, a) &&
              lede_stream_put(chunks, &s->end, b)))
            ck_abort_msg("memory ended");
        remember(s, a);
        remember(s, b);
    }
}

/* Reads two numbers, at once where that is offered. */
static bool take_two(lede_stream_reader *reader, uint64_t *a, uint64_t *b)
{
    uint32_t x, y;

    if (!lede_stream_next_two(reader, &x, &y))
        return lede_stream_next(reader, a) && lede_stream_next(reader, b);
    *a = x;
    *b = y;
    return true;
}

/* By pairs from number `from` on. */
static void check_pairs(lede_stream_reader *reader, int i, size_t from)
{
    const uint64_t *numbers = streams[i].numbers;
    uint64_t a, b;

    if (from == 1 && streams[i].count > 0 && !lede_stream_next(reader, &a))
        ck_abort_msg("stream %d has no number", i);
    for (size_t k = from; k + 2 <= streams[i].count; k += 2)
        if (!take_two(reader, &a, &b) || a != numbers[k] || b != numbers[k + 1])
            ck_abort_msg("numbers %zu of stream %d are others", k, i);
}

static void check_streams(const lede_chunks *chunks)
{
    for (int i = 0; i < STREAMS; i++) {
        lede_stream_reader reader;
        uint64_t number;

        lede_stream_open(&reader, chunks, &streams[i].end, streams[i].first,
                         ROOM);
        for (size_t k = 0; k < streams[i].count; k++)
            if (!lede_stream_next(&reader, &number) ||
                number != streams[i].numbers[k])
                ck_abort_msg("number %zu of stream %d is another", k, i);
        ck_assert(!lede_stream_next(&reader, &number));
        ck_assert(!lede_stream_next(&reader, &number));
        for (size_t from = 0; from < 2; from++) {
            lede_stream_open(&reader, chunks, &streams[i].end, streams[i].first,
                             ROOM);
            check_pairs(&reader, i, from);
        }
    }
}

START_TEST(streams_hold_what_was_put_however_they_mingle)
{
    chance c = chance_from("chunks", 1);
    lede_chunks chunks;

    lede_chunks_init(&chunks, NULL);
    for (int round = 0; round < 8; round++) {
        begin_streams(&chunks);
        for (int step = 0; step < 10; step++) {
            put_some(&chunks, &c, chance_below(&c, 50U << round));
            check_streams(&chunks);
        }
        lede_chunks_clear(&chunks);
        ck_assert_uint_le(lede_chunks_bytes(&chunks), 2U << 20);
    }
    lede_chunks_fini(&chunks);
    free_numbers();
}
END_TEST

START_TEST(an_undo_takes_back_all_since_the_mark)
{
    chance c = chance_from("undo", 1);
    lede_chunks chunks;

    lede_chunks_init(&chunks, NULL);
    begin_streams(&chunks);
    for (int step = 0; step < 50; step++) {
        lede_chunks_mark mark = lede_chunks_now(&chunks);
        struct stream before[STREAMS];

        memcpy(before, streams, sizeof before);
        put_some(&chunks, &c, chance_below(&c, 1500));
        if (chance_one_in(&c, 2)) {
            lede_chunks_undo(&chunks, mark);
            for (int i = 0; i < STREAMS; i++) {
                streams[i].end = before[i].end;
                streams[i].count = before[i].count;
            }
            put_some(&chunks, &c, chance_below(&c, 300));
        }
        check_streams(&chunks);
    }
    lede_chunks_fini(&chunks);
    free_numbers();
}
END_TEST

START_TEST(what_is_taken_is_aligned_apart_and_found_by_its_place)
{
    chance c = chance_from("take", 1);
    lede_chunks chunks;
    struct {
        uint8_t *at;
        uint32_t ref;
        size_t size;
    } taken[600];

    lede_chunks_init(&chunks, NULL);
    for (int i = 0; i < 600; i++) {
        taken[i].size =
            1 +
            chance_below(&c, chance_one_in(&c, 4) ? LEDE_CHUNKS_TAKE_MAX : 40);
        taken[i].at = lede_chunks_take(&chunks, taken[i].size, &taken[i].ref);
        ck_assert_ptr_nonnull(taken[i].at);
        ck_assert_uint_ne(taken[i].ref, 0);
        ck_assert_uint_eq((uintptr_t)taken[i].at % LEDE_CHUNKS_UNIT, 0);
        memset(taken[i].at, i & 255, taken[i].size);
    }
    for (int i = 0; i < 600; i++) {
        ck_assert_ptr_eq(lede_chunks_at(&chunks, taken[i].ref), taken[i].at);
        for (size_t k = 0; k < taken[i].size; k++)
            if (taken[i].at[k] != (i & 255))
                ck_abort_msg("byte %zu of taking %d is another's", k, i);
    }
    lede_chunks_fini(&chunks);
}
END_TEST

static lede_status take_pages(const lede_allocator *allocator, void *ctx)
{
    lede_status status = LEDE_OK;
    lede_chunks chunks;
    uint32_t ref;

    (void)ctx;
    lede_chunks_init(&chunks, allocator);
    for (int i = 0; i < 2000 && status == LEDE_OK; i++)
        if (!lede_chunks_take(&chunks, 1000, &ref))
            status = LEDE_ERR_NOMEM;
    lede_chunks_fini(&chunks);
    return status;
}

START_TEST(taking_fails_cleanly_when_memory_ends)
{
    ck_assert_uint_gt(failing_alloc_sweep(take_pages, NULL), 8);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, streams_hold_what_was_put_however_they_mingle);
    tcase_add_test(tcase, an_undo_takes_back_all_since_the_mark);
    tcase_add_test(tcase,
                   what_is_taken_is_aligned_apart_and_found_by_its_place);
    tcase_add_test(tcase, taking_fails_cleanly_when_memory_ends);
}

int main(void)
{
    return test_suite_run("chunks", add_tests);
}
