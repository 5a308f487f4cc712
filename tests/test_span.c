#include "engine/span.h"
#include "support/chance.h"
#include "support/suite.h"
#include "text/token.h"

#include <stdio.h>
#include <stdlib.h>

#define WORDS_MAX 40

static lede_arena *arena;

static void set_up(void)
{
    arena = lede_arena_new(NULL);
    ck_assert_ptr_nonnull(arena);
}

static void tear_down(void)
{
    lede_arena_free(arena);
}

/* ---- Texts and plans ---------------------------------------------------- */

/* A text of one-letter words by position; '.' is no word. A digit d after a
 * letter is a joined term of that letter: "a2b" has a joined `a` of span 2 and
 * `b` in the position after it. */
static uint32_t find_in_text(void *ctx, const lede_plan_term *term,
                             const uint32_t **positions)
{
    const char *text = *(const char **)ctx;
    uint32_t *at = lede_arena_array(arena, WORDS_MAX, sizeof *at);
    uint32_t count = 0, position = 0;

    ck_assert_ptr_nonnull(at);
    for (; *text; text++) {
        uint32_t span = 1;
        bool joined = text[1] >= '2' && text[1] <= '8';

        if (joined)
            span = (uint32_t)(text[1] - '0');
        if ((uint8_t)*text == term->term.at[0] &&
            span == lede_term_span((const char *)term->term.at,
                                   (uint32_t)term->term.len))
            at[count++] = position;
        position += joined ? 0 : 1;
        text += joined;
    }
    *positions = at;
    return count;
}

/* The nodes are to be filled in. */
static lede_plan *new_plan(lede_plan_kind kind, uint32_t count,
                           const lede_plan ***nodes)
{
    lede_plan *plan = lede_arena_zero(arena, sizeof *plan);

    *nodes = lede_arena_array(arena, count, sizeof(lede_plan *));
    ck_assert(plan && *nodes);
    plan->kind = kind;
    plan->count = count;
    plan->nodes = *nodes;
    return plan;
}

/* WORD of the letters; "a2" is the joined term, "ab" the words a and b. */
static lede_plan *word(const char *letters)
{
    const lede_plan **nodes;
    lede_plan *plan = new_plan(LEDE_PLAN_WORD, 0, &nodes);
    lede_plan_term *terms =
        lede_arena_array(arena, strlen(letters), sizeof *terms);

    ck_assert_ptr_nonnull(terms);
    for (; *letters; letters++) {
        bool joined = letters[1] >= '2' && letters[1] <= '8';
        char text[2] = { *letters, '\0' };

        if (joined)
            text[1] = (char)(LEDE_JOINED_MARK + (letters[1] - '0'));
        terms[plan->term_count++] = (lede_plan_term){
            0, LEDE_WEIGHT_ONE,
            lede_bytes_of(lede_arena_text(arena, text, joined ? 2 : 1),
                          joined ? 2 : 1),
            NULL
        };
        letters += joined;
    }
    plan->terms = terms;
    return plan;
}

/* Reads P1(a b N0(c d)): kind, slop, nodes, which are words or the same. */
static lede_plan *read_plan(const char **text)
{
    static const char kinds[] = "PNE";
    const char *kind = strchr(kinds, **text);
    char letters[16] = { 0 };
    const lede_plan **nodes;
    lede_plan *plan;

    if (!kind || !**text) {
        size_t len = strcspn(*text, " )");

        memcpy(letters, *text, len);
        *text += len;
        return word(letters);
    }
    plan = new_plan((lede_plan_kind)(LEDE_PLAN_PHRASE + (kind - kinds)), 8,
                    &nodes);
    plan->count = 0;
    plan->slop = (uint32_t)strtoul(*text + 1, NULL, 10);
    *text += strcspn(*text, "(") + 1;
    while (**text != ')') {
        *text += strspn(*text, " ");
        nodes[plan->count++] = read_plan(text);
    }
    (*text)++;
    return plan;
}

static const lede_plan *plan_of(const char *text)
{
    return read_plan(&text);
}

static lede_intervals match(const lede_plan *plan, const char *text)
{
    lede_occurrences occurrences = { find_in_text, &text, 0 };
    lede_intervals out = { 0 };

    ck_assert_int_eq(lede_span_match(&out, plan, &occurrences, NULL, arena),
                     LEDE_OK);
    return out;
}

static const char *printed(const lede_intervals *intervals)
{
    char *out = lede_arena_zero(arena, intervals->count * 24U + 1), *at = out;

    ck_assert_ptr_nonnull(out);
    for (uint32_t i = 0; i < intervals->count; i++)
        at += sprintf(at, "%s%u-%u", i ? " " : "", intervals->at[i].begin,
                      intervals->at[i].end);
    return out;
}

/* ---- By example --------------------------------------------------------- */

START_TEST(spans_match_intervals)
{
    static const struct {
        const char *plan, *text, *intervals;
        uint32_t frequency;
    } cases[] = {
        { "a", "abcab", "0-1 3-4", 2 },
        { "a", "bcd", "", 0 },
        { "a", "", "", 0 },
        { "ab", "abcab", "0-1 1-2 3-4 4-5", 4 },
        /* Phrases. */
        { "P0(a b)", "abcab", "0-2 3-5", 2 },
        { "P0(a b)", "ba", "", 0 },
        { "P0(a b)", "a.b", "", 0 },
        { "P1(a b)", "a.b", "0-3", 1 },
        { "P1(a b c)", "a.b.c", "", 0 },
        { "P2(a b c)", "a.b.c", "0-5", 1 },
        { "P0(a a)", "aaa", "0-2 1-3", 1 },
        { "P0(a a)", "aaaa", "0-2 1-3 2-4", 2 },
        { "P0(a)", "aba", "0-1 2-3", 2 },
        { "P0(a b)", "a", "", 0 },
        { "P9(a b)", "aab", "0-3 1-3", 1 },
        { "P0()", "abc", "", 0 },
        /* The near way to an end is found though a far one comes first. */
        { "P2(a b c)", "abb.c", "0-5", 1 },
        { "P1(ab b c)", "abbc", "0-4 1-4", 1 },
        { "P1(x E(b P0(a b)) c)", "xab.c", "0-5", 1 },
        /* Any order. */
        { "N0(a b)", "ba", "0-2", 1 },
        { "N0(a b)", "aba", "0-2 1-3", 1 },
        { "N1(a b)", "b.a", "0-3", 1 },
        { "N0(a b)", "b.a", "", 0 },
        { "N0(a a)", "a", "", 0 }, /* disjoint: one a is not two */
        { "N0(a a)", "aa", "0-2", 1 },
        { "N2(a b c)", "c.a.b", "0-5", 1 },
        { "N1(a b c)", "c.a.b", "", 0 },
        { "N0(a b c)", "bcabc", "0-3 1-4 2-5", 1 },
        { "N0(a)", "aba", "0-1 2-3", 2 },
        { "N0()", "abc", "", 0 },
        { "N0(a a a)", "aaaa", "0-3 1-4", 1 },
        /* Any of several, each interval once. */
        { "E(a b)", "ab", "0-1 1-2", 2 },
        { "E(a a)", "ab", "0-1", 1 },
        { "E(a z)", "ab", "0-1", 1 },
        { "E(P0(a b) N0(b a))", "ab", "0-2", 1 },
        { "E()", "ab", "", 0 },
        /* A compound covers its parts: k-l is k with kl, joined, over both. */
        { "x2", "x2kl", "0-2", 1 },
        { "x", "x2kl", "", 0 },
        { "P0(x2 m)", "x2klm", "0-3", 1 },
        { "P0(x2 l)", "x2kl", "", 0 },
        { "P0(j x2 m)", "jx2klm", "0-4", 1 },
        { "N0(m x2)", "x2klm", "0-3", 1 },
        { "N0(k x2)", "x2kl", "", 0 }, /* not disjoint */
        { "E(x2 P0(k l))", "x2kl", "0-2", 1 },
        { "E(x2 x)", "x2kl.x", "0-2 3-4", 2 },
        { "P0(E(x2 x) m)", "x2klmxm", "0-3 3-5", 2 },
        { "P0(x3 m)", "x3klmm", "0-4", 1 },
        /* One in another. */
        { "P0(P0(a b) c)", "abc", "0-3", 1 },
        { "N1(P0(a b) c)", "c.ab", "0-4", 1 },
        { "P0(a N0(b c) d)", "acbd", "0-4", 1 },
        { "P0(a E(b P0(c d)) e)", "abeacde", "0-3 3-7", 2 },
        { "N0(P0(a b) P0(b c))", "abc", "", 0 },
        { "N0(P0(a b) P0(b c))", "bcab", "0-4", 1 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lede_intervals out = match(plan_of(cases[i].plan), cases[i].text);

        ck_assert_msg(strcmp(printed(&out), cases[i].intervals) == 0,
                      "%s in %s: %s", cases[i].plan, cases[i].text,
                      printed(&out));
        ck_assert_msg(lede_span_frequency(&out) == cases[i].frequency,
                      "%s in %s: %u", cases[i].plan, cases[i].text,
                      lede_span_frequency(&out));
    }
}
END_TEST

START_TEST(terms_of_other_fields_do_not_occur)
{
    const char *text = "ab";
    lede_occurrences elsewhere = { find_in_text, &text, 1 };
    lede_intervals out = { 0 };

    ck_assert_int_eq(
        lede_span_match(&out, plan_of("E(a b)"), &elsewhere, NULL, arena),
        LEDE_OK);
    ck_assert_uint_eq(out.count, 0);
}
END_TEST

static uint32_t find_at_the_end(void *ctx, const lede_plan_term *term,
                                const uint32_t **positions)
{
    static const uint32_t last[] = { UINT32_MAX - 1, UINT32_MAX };

    (void)ctx;
    (void)term;
    *positions = last;
    return 2;
}

START_TEST(positions_at_the_end_of_numbers_do_not_wrap)
{
    lede_occurrences occurrences = { find_at_the_end, NULL, 0 };
    lede_intervals out = { 0 };

    ck_assert_int_eq(
        lede_span_match(&out, plan_of("a5"), &occurrences, NULL, arena),
        LEDE_OK);
    ck_assert_str_eq(printed(&out), "4294967294-4294967295 "
                                    "4294967295-4294967295");
}
END_TEST

/* ---- Against the definition, word for word ------------------------------ */

static bool has(const lede_intervals *list, lede_interval interval)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (list->at[i].begin == interval.begin &&
            list->at[i].end == interval.end)
            return true;
    return false;
}

static void put(lede_intervals *list, lede_interval interval)
{
    if (!has(list, interval))
        list->at[list->count++] = interval;
}

static lede_intervals naive(const lede_plan *plan, const char *text);

/* Whether a choice of one interval each makes the span. */
static bool fits(const lede_plan *plan, const lede_interval *chosen,
                 lede_interval *whole)
{
    uint32_t lengths = 0;

    *whole = chosen[0];
    for (uint32_t i = 0; i < plan->count; i++) {
        lengths += chosen[i].end - chosen[i].begin;
        if (chosen[i].begin < whole->begin)
            whole->begin = chosen[i].begin;
        if (chosen[i].end > whole->end)
            whole->end = chosen[i].end;
        for (uint32_t j = 0; j < i; j++) {
            bool before = chosen[j].end <= chosen[i].begin;
            bool behind = chosen[i].end <= chosen[j].begin;

            if (!before && (plan->kind == LEDE_PLAN_PHRASE || !behind))
                return false;
        }
    }
    return whole->end - whole->begin - lengths <= plan->slop;
}

/* Every choice of one interval of each node. */
static void try_choices(const lede_plan *plan, const lede_intervals *nodes,
                        lede_intervals *out)
{
    uint32_t at[8] = { 0 }, last = 0;

    for (uint32_t i = 0; i < plan->count; i++)
        if (nodes[i].count == 0)
            return;
    while (last < plan->count) {
        lede_interval chosen[8], whole;

        for (uint32_t i = 0; i < plan->count; i++)
            chosen[i] = nodes[i].at[at[i]];
        if (fits(plan, chosen, &whole))
            put(out, whole);
        for (last = 0; last < plan->count; last++) {
            if (++at[last] < nodes[last].count)
                break;
            at[last] = 0;
        }
    }
}

static lede_intervals naive(const lede_plan *plan, const char *text)
{
    lede_intervals out = { lede_arena_array(arena, 2000, sizeof *out.at), 0 };
    lede_intervals nodes[8];

    ck_assert_ptr_nonnull(out.at);
    for (uint32_t i = 0; i < plan->count; i++)
        nodes[i] = naive(plan->nodes[i], text);
    if (plan->kind == LEDE_PLAN_WORD) {
        for (uint32_t i = 0; i < plan->term_count; i++) {
            const uint32_t *positions;
            lede_bytes term = plan->terms[i].term;
            uint32_t count = find_in_text(&text, &plan->terms[i], &positions);
            uint32_t span =
                lede_term_span((const char *)term.at, (uint32_t)term.len);

            for (uint32_t n = 0; n < count; n++)
                put(&out, (lede_interval){ positions[n], positions[n] + span });
        }
    } else if (plan->kind == LEDE_PLAN_EITHER) {
        for (uint32_t i = 0; i < plan->count; i++)
            for (uint32_t n = 0; n < nodes[i].count; n++)
                put(&out, nodes[i].at[n]);
    } else if (plan->count) {
        try_choices(plan, nodes, &out);
    }
    return out;
}

/* The most disjoint intervals, by every subset. */
static uint32_t naive_frequency(const lede_intervals *in)
{
    uint32_t most = 0;

    for (uint32_t subset = 0; subset < (uint32_t)1 << in->count; subset++) {
        uint32_t size = 0;
        bool disjoint = true;

        for (uint32_t i = 0; i < in->count; i++) {
            if (!(subset >> i & 1))
                continue;
            size++;
            for (uint32_t j = 0; j < i; j++)
                if ((subset >> j & 1) && in->at[i].begin < in->at[j].end &&
                    in->at[j].begin < in->at[i].end)
                    disjoint = false;
        }
        if (disjoint && size > most)
            most = size;
    }
    return most;
}

static lede_plan *random_plan(chance *c, uint32_t depth)
{
    static const char *const words[] = { "a", "b", "c", "ab", "a2", "b3b" };
    const lede_plan **nodes;
    lede_plan *plan;

    if (depth == 0 || chance_one_in(c, 3))
        return word(words[chance_below(c, 6)]);
    plan = new_plan((lede_plan_kind)(LEDE_PLAN_PHRASE + chance_below(c, 3)),
                    1 + chance_below(c, 3), &nodes);
    plan->slop = chance_one_in(c, 3) ? 0 : chance_below(c, 5);
    for (uint32_t i = 0; i < plan->count; i++)
        nodes[i] = random_plan(c, depth - 1);
    return plan;
}

static void random_text(chance *c, char *text)
{
    uint32_t count = chance_below(c, 9);

    for (; count > 0; count--) {
        if (chance_one_in(c, 6)) {
            *text++ = (char)('a' + chance_below(c, 2));
            *text++ = (char)('2' + chance_below(c, 2));
        }
        *text++ = "abc."[chance_below(c, 4)];
    }
    *text = '\0';
}

START_TEST(spans_are_what_every_choice_of_intervals_gives)
{
    chance c = chance_from("spans", 1);

    for (int trial = 0; trial < 6000; trial++) {
        char text[WORDS_MAX];
        const lede_plan *plan = random_plan(&c, 1 + chance_below(&c, 2));
        lede_intervals got, expected;

        random_text(&c, text);
        got = match(plan, text);
        expected = naive(plan, text);
        ck_assert_msg(got.count == expected.count, "trial %d: %s\n%s\n%s",
                      trial, text, printed(&got), printed(&expected));
        for (uint32_t i = 0; i < got.count; i++)
            ck_assert_msg(has(&expected, got.at[i]), "trial %d: %s", trial,
                          text);
        for (uint32_t i = 1; i < got.count; i++)
            ck_assert(got.at[i - 1].begin < got.at[i].begin ||
                      (got.at[i - 1].begin == got.at[i].begin &&
                       got.at[i - 1].end < got.at[i].end));
        if (got.count <= 12)
            ck_assert_uint_eq(lede_span_frequency(&got), naive_frequency(&got));
        lede_arena_clear(arena);
    }
}
END_TEST

/* ---- What it may use ---------------------------------------------------- */

static uint32_t find_everywhere(void *ctx, const lede_plan_term *term,
                                const uint32_t **positions)
{
    static uint32_t all[4096];

    (void)ctx;
    (void)term;
    for (uint32_t i = 0; i < 4096; i++)
        all[i] = i;
    *positions = all;
    return 4096;
}

START_TEST(an_endless_near_stops_when_told)
{
    lede_occurrences occurrences = { find_everywhere, NULL, 0 };
    lede_intervals out;
    lede_budget budget;

    lede_budget_init(&budget, 20, NULL, 0);
    ck_assert_int_eq(lede_span_match(&out, plan_of("N4000(a a a a a a a a)"),
                                     &occurrences, &budget, arena),
                     LEDE_ERR_TIMEOUT);
}
END_TEST

START_TEST(memory_beyond_the_limit_is_an_error)
{
    static const char *const plans[] = { "a", "P4000(a a a)", "N4000(a a)",
                                         "E(a b)" };

    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
        lede_occurrences occurrences = { find_everywhere, NULL, 0 };
        const lede_plan *plan = plan_of(plans[i]);
        lede_arena *small = lede_arena_new(NULL);
        lede_intervals out;

        ck_assert_ptr_nonnull(small);
        lede_arena_limit(small, 30000);
        ck_assert_int_eq(lede_span_match(&out, plan, &occurrences, NULL, small),
                         LEDE_ERR_LIMIT);
        lede_arena_free(small);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, spans_match_intervals);
    tcase_add_test(tcase, terms_of_other_fields_do_not_occur);
    tcase_add_test(tcase, positions_at_the_end_of_numbers_do_not_wrap);
    tcase_add_test(tcase, spans_are_what_every_choice_of_intervals_gives);
    tcase_add_test(tcase, an_endless_near_stops_when_told);
    tcase_add_test(tcase, memory_beyond_the_limit_is_an_error);
}

int main(void)
{
    return test_suite_run("span", add_tests);
}
