/* The loops of the union give what looking at each place gives, on every
 * processor: at all widths, for few places and for many, in blocks that are full
 * or not, up to the last document and beyond. */
#include "base/cpu.h"
#include "native/match/union_parts.h"
#include "support/chance.h"
#include "support/suite.h"

#define WIDTH  4096U
#define ROUNDS 400U
#define FLOORS 40U

static const lede_union_loops *loops_of(int which)
{
    if (which == 0)
        return &lede_union_plain;
    return lede_cpu_has_avx2() ? &lede_union_avx2 : NULL;
}

START_TEST(find_tells_the_places_above)
{
    static uint16_t sums[WIDTH], places[WIDTH + LEDE_UNION_FOUND];
    const lede_union_loops *loops = loops_of(_i);
    chance c = chance_from("find", 1);
    uint32_t wrong = 0;

    for (uint32_t round = 0; loops && round < ROUNDS; round++) {
        uint32_t less = chance_one_in(&c, 8) ? 0 : chance_below(&c, 0x7fff);
        uint32_t often = 1 + chance_below(&c, 200), count = 0, found;
        uint32_t width =
            LEDE_UNION_FOUND * (1 + chance_below(&c, WIDTH / LEDE_UNION_FOUND));

        for (uint32_t i = 0; i < width; i++)
            sums[i] = (uint16_t)(chance_one_in(&c, often)
                                     ? less + chance_below(&c, 0x8000 - less)
                                     : less - chance_below(&c, less + 1));
        found = loops->find(sums, width, less, places);
        for (uint32_t i = 0; i < width; i++)
            if (sums[i] > less)
                wrong += count >= found || places[count++] != i;
        wrong += found != count;
    }
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

/* ---- Asking ---- */

/* A window that begins at `from`, and a block that has documents of it. */
typedef struct scene {
    lede_postings block;
    uint16_t candidates[WIDTH + LEDE_UNION_FOUND];
    uint32_t candidate_count;
    uint16_t sums[WIDTH];
    uint8_t frequencies[WIDTH];
    uint8_t floors[WIDTH];
    uint16_t rests[LEDE_LENGTH_FLOORS];
    lede_normals normals;
    lede_leaf leaf;
    uint32_t from;
} scene;

static void draw_block(chance *c, scene *e)
{
    lede_postings *p = &e->block;
    uint32_t gap = 1 + chance_below(c, chance_one_in(c, 2) ? 3 : 60);
    uint32_t doc = e->from - chance_below(c, 2) * chance_below(c, 300);

    p->n = chance_one_in(c, 3) ? 1 + chance_below(c, LEDE_BLOCK_MAX)
                               : LEDE_BLOCK_MAX;
    for (uint32_t i = 0; i < p->n; i++) {
        doc += i > 0 ? 1 + chance_below(c, gap) : 0;
        p->docs[i] = doc;
        p->frequencies[i] = 1 + chance_below(c, chance_one_in(c, 9) ? 300 : 5);
    }
    /* The last is not before the window. */
    if (p->docs[p->n - 1] < e->from)
        p->docs[p->n - 1] = e->from + chance_below(c, WIDTH);
}

static void draw_scene(chance *c, scene *e)
{
    uint32_t often = 1 + chance_below(c, 30);

    e->from = chance_one_in(c, 2) ? 1000 + chance_below(c, 0x7fffffff)
                                  : 0x80000000 - chance_below(c, WIDTH);
    draw_block(c, e);
    e->candidate_count = 0;
    for (uint32_t i = 0; i < WIDTH; i++) {
        e->sums[i] = (uint16_t)chance_below(c, 2000);
        e->frequencies[i] = 7;
        e->floors[i] = (uint8_t)chance_below(c, FLOORS);
        if (chance_one_in(c, often))
            e->candidates[e->candidate_count++] = (uint16_t)i;
    }
    for (uint32_t i = 0; i < LEDE_LENGTH_FLOORS; i++)
        e->rests[i] = (uint16_t)chance_below(c, 500);
}

static uint32_t times_at(const scene *e, uint32_t doc)
{
    for (uint32_t i = 0; i < e->block.n; i++)
        if (e->block.docs[i] == doc)
            return e->block.frequencies[i];
    return 0;
}

/* Whether a place was dealt with as it must be; counts those that are kept. */
static bool is_right(const scene *e, const scene *after,
                     const lede_union_asked *a, uint32_t at, uint32_t *kept)
{
    uint32_t times = times_at(e, e->from + at), floor = e->floors[at];
    uint32_t most = a->row[floor] < a->top ? a->row[floor] : a->top, sum;

    if (e->sums[at] + e->rests[floor] + most < a->needed)
        return after->sums[at] == e->sums[at] && after->frequencies[at] == 7;
    sum = e->sums[at] +
          (times > 0 ? lede_leaf_ceiling_of(a->leaf, times, floor) : 0);
    if (sum + e->rests[floor] >= a->needed &&
        after->candidates[(*kept)++] != at)
        return false;
    return after->sums[at] == sum &&
           after->frequencies[at] == (times < 255 ? times : 255);
}

static uint32_t ask_and_compare(chance *c, const lede_union_loops *loops,
                                const scene *e, scene *after)
{
    uint32_t first = chance_below(c, 5), next = first, kept = 0, right = 0;
    lede_union_search s = { .candidates = after->candidates,
                            .candidate_count = e->candidate_count,
                            .from = e->from };
    lede_union_asked asked = {
        .leaf = &e->leaf,
        .ceilings = e->leaf.ceilings,
        .row = lede_ceilings_row(e->leaf.ceilings, chance_below(c, 16)),
        .own = after->floors,
        .floors = after->floors,
        .rests = after->rests,
        .sums = after->sums,
        .frequencies = after->frequencies,
        .top = chance_below(c, 4000),
        .last = e->block.docs[e->block.n - 1] - e->from,
        .needed = chance_below(c, 4000),
    };
    uint32_t wrong = 0, i = first, told;

    *after = *e;
    told = loops->ask(&s, asked, &after->block, &next, kept);
    for (; i < e->candidate_count && e->candidates[i] <= asked.last; i++)
        wrong += !is_right(e, after, &asked, e->candidates[i], &right);
    return wrong + (next != i) + (told != right);
}

START_TEST(ask_knows_what_a_block_has_at_each_place)
{
    static scene e, after;
    const lede_union_loops *loops = loops_of(_i);
    lede_score_rule rule = { 1.2, 0.75, 20 };
    chance c = chance_from("ask", 1);
    lede_arena *arena = lede_arena_new(NULL);
    uint32_t wrong = 0;

    ck_assert_ptr_nonnull(arena);
    lede_normals_fill(e.normals.at, &rule, 30, FLOORS);
    e.leaf = (lede_leaf){ .tf = 1, .weight = 3000, .normals = &e.normals };
    e.leaf.ceilings =
        lede_ceilings_new(3000, 1, e.normals.at, 0, FLOORS, arena);
    ck_assert_ptr_nonnull(e.leaf.ceilings);
    for (uint32_t round = 0; loops && round < ROUNDS; round++) {
        draw_scene(&c, &e);
        wrong += ask_and_compare(&c, loops, &e, &after);
    }
    lede_arena_free(arena);
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(score_adds_what_units_reach)
{
    static scene e;
    static float units[WIDTH];
    static uint16_t sums[WIDTH];
    const lede_union_loops *loops = loops_of(_i);
    lede_score_rule rule = { 1.2, 0.75, 20 };
    chance c = chance_from("score", 1);
    uint32_t wrong = 0;

    lede_normals_fill(e.normals.at, &rule, 30, FLOORS);
    e.leaf = (lede_leaf){ .tf = 0.5F, .weight = 3000, .normals = &e.normals };
    for (uint32_t round = 0; loops && round < ROUNDS; round++) {
        uint32_t width = chance_below(&c, WIDTH), end, high = WIDTH;

        draw_scene(&c, &e);
        for (uint32_t i = 0; i < width; i++)
            units[i] = (float)(chance_below(&c, 2) * chance_below(&c, 90));
        if (width > 0 && chance_one_in(&c, 2)) {
            high = chance_below(&c, width);
            units[high] = 0x1p24F;
        }
        memcpy(sums, e.sums, sizeof sums);
        end = loops->score(&e.leaf, units, e.floors, width, sums);
        wrong += end > high || end + 7 < (high < width ? high : width);
        for (uint32_t i = 0; i < WIDTH; i++) {
            bool some = i < end && units[i] > 0;

            wrong += sums[i] !=
                     e.sums[i] + (some ? lede_leaf_ceiling(&e.leaf, units[i],
                                                           e.floors[i])
                                       : 0);
        }
    }
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, find_tells_the_places_above, 0, 2);
    tcase_add_loop_test(tcase, score_adds_what_units_reach, 0, 2);
    tcase_add_loop_test(tcase, ask_knows_what_a_block_has_at_each_place, 0, 2);
}

int main(void)
{
    return test_suite_run("union loops", add_tests);
}
