#include "support/thousands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/plan_draw.h"
#include "support/plans.h"
#include "support/suite.h"

#define WORDS     48U
#define TEXT_ROOM 2000U
#define TAGS      6U
#define RUN       300U /* articles alike */
#define NODES_MAX 4U

static const uint32_t sizes[THOUSANDS_SEGMENTS] = { 3400, 1500, 300 };

/* ---- Articles ----------------------------------------------------------- */

static void name_word(char out[4], uint32_t word)
{
    (void)snprintf(out, 4, "q%c%c", 'a' + (char)(word / 26 % 26),
                   'a' + (char)(word % 26));
}

/* The first words stand everywhere, the last ones hardly anywhere; those
 * between also in some runs only. */
static uint32_t any_word(chance *c, uint32_t article)
{
    uint32_t word = chance_below(c, 1 + chance_below(c, WORDS));

    if (word >= 12 && word < 24 && article / RUN % 4 != word % 4)
        word -= 12;
    return word >= WORDS - 8 && !chance_one_in(c, 40) ? word % 8 : word;
}

static void add_words(lede_document *doc, const char *field, chance *c,
                      uint32_t article, uint32_t count)
{
    char text[TEXT_ROOM], word[4];
    size_t len = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t again = chance_one_in(c, 6) ? 1 + chance_below(c, 5) : 1;

        name_word(word, any_word(c, article));
        for (; again > 0 && len + 5 < sizeof text; again--)
            len += (size_t)snprintf(text + len, sizeof text - len, "%s ", word);
    }
    ck_assert_int_eq(lede_document_add_text(doc, field, text, len), LEDE_OK);
}

static void add_numbers(lede_document *doc, chance *c, uint32_t article)
{
    char tag[4] = "t0";

    for (uint32_t t = 0; t < TAGS; t++)
        if (chance_one_in(c, 2 + t * t * 4)) {
            tag[1] = (char)('0' + t);
            lede_document_add_text(doc, "tag", tag, 2);
        }
    if (!chance_one_in(c, 5))
        lede_document_add_int(doc, "n",
                              (int64_t)article / 3 + chance_below(c, 20));
    for (uint32_t i = chance_below(c, 3); i > 0; i--)
        lede_document_add_int(doc, "m", (int64_t)chance_below(c, 4000) - 2000);
    if (!chance_one_in(c, 9))
        lede_document_add_int(
            doc, "date", (int64_t)article * 100000 + chance_below(c, 300000));
}

static void put_article(commits *made, lede_writer *writer, chance *c,
                        uint32_t i)
{
    uint32_t longest = i / RUN % 3 == 1 ? 6 : 60;
    lede_document *doc;
    char key[16];
    int len = snprintf(key, sizeof key, "k%u", (unsigned)(i * 7919U % 100003));

    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    if (!chance_one_in(c, 3))
        add_words(doc, "title", c, i, 1 + chance_below(c, 4));
    if (!chance_one_in(c, 20))
        add_words(doc, "body", c, i, 1 + chance_below(c, longest));
    if (chance_one_in(c, 4))
        add_words(doc, "notes", c, i, 1 + chance_below(c, 12));
    add_numbers(doc, c, i);
    ck_assert_int_eq(lede_writer_put(writer, key, (size_t)len, doc, &made->err),
                     LEDE_OK);
    lede_document_free(doc);
}

static lede_schema *new_schema(void)
{
    lede_field_options options = LEDE_FIELD_OPTIONS;
    lede_schema *schema;

    ck_assert_int_eq(lede_schema_new(&schema, NULL), LEDE_OK);
    options.weight = 2;
    lede_schema_add(schema, "title", LEDE_TEXT, &options);
    lede_schema_add(schema, "body", LEDE_TEXT, NULL);
    options.weight = 0;
    options.flags = LEDE_FIELD_NAMED_ONLY;
    lede_schema_add(schema, "notes", LEDE_TEXT, &options);
    lede_schema_add(schema, "tag", LEDE_KEYWORD, NULL);
    lede_schema_add(schema, "n", LEDE_INT, NULL);
    lede_schema_add(schema, "m", LEDE_INT, NULL);
    lede_schema_add(schema, "date", LEDE_DATE, NULL);
    return schema;
}

static void drop_some(commits *made, lede_writer *writer, chance *c)
{
    for (uint32_t i = 0; i < THOUSANDS_ARTICLES / 10; i++) {
        uint32_t at = chance_below(c, THOUSANDS_ARTICLES);
        char key[16];
        int len =
            snprintf(key, sizeof key, "k%u", (unsigned)(at * 7919U % 100003));

        ck_assert_int_eq(
            lede_writer_delete(writer, key, (size_t)len, &made->err), LEDE_OK);
    }
    ck_assert_int_eq(lede_writer_commit(writer, NULL, &made->err), LEDE_OK);
}

void thousands_open(commits *made, chance *c)
{
    lede_writer *writer = commits_begin(made, new_schema());
    uint32_t i = 0;

    for (uint32_t s = 0; s < THOUSANDS_SEGMENTS; s++) {
        for (uint32_t n = 0; n < sizes[s]; n++)
            put_article(made, writer, c, i++);
        ck_assert_int_eq(lede_writer_commit(writer, NULL, &made->err), LEDE_OK);
    }
    ck_assert_uint_eq(i, THOUSANDS_ARTICLES);
    drop_some(made, writer, c);
    commits_end(made, writer, THOUSANDS_SEGMENTS);
}

/* ---- Plans -------------------------------------------------------------- */

static void *room(lede_arena *arena, size_t count, size_t size)
{
    void *made = lede_arena_array(arena, count, size);

    ck_assert_ptr_nonnull(made);
    return made;
}

static const uint32_t fields[] = { THOUSANDS_TITLE, THOUSANDS_BODY,
                                   THOUSANDS_NOTES };
static const uint32_t field_weights[] = { 512, 256, 300 };

static int by_term(const void *left, const void *right)
{
    const lede_plan_term *a = left, *b = right;

    if (a->field != b->field)
        return a->field < b->field ? -1 : 1;
    return lede_bytes_compare(a->term, b->term);
}

/* Terms in some fields; the score is about these, or those and others. */
static void draw_word(lede_plan *plan, chance *c, uint32_t from, uint32_t to,
                      lede_arena *arena)
{
    uint32_t forms = chance_one_in(c, 3) ? 2 + chance_below(c, 2) : 1;
    lede_plan_term *terms =
        room(arena, (size_t)forms * (to - from), sizeof *terms);
    uint32_t count = 0;

    plan->kind = LEDE_PLAN_WORD;
    for (uint32_t i = 0; i < forms; i++) {
        char *text = room(arena, 4, 1);

        name_word(text, chance_below(c, chance_one_in(c, 2) ? 8 : WORDS));
        for (uint32_t f = from; f < to; f++)
            terms[count++] =
                (lede_plan_term){ fields[f],
                                  field_weights[f] * (i ? 100U : 256U),
                                  lede_bytes_of_text(text), NULL };
    }
    qsort(terms, count, sizeof *terms, by_term);
    for (uint32_t i = 0; i < count; i++)
        if (plan->term_count == 0 ||
            by_term(&terms[plan->term_count - 1], &terms[i]) != 0)
            terms[plan->term_count++] = terms[i];
    plan->terms = terms;
}

static lede_plan *draw_leaf(chance *c, lede_arena *arena)
{
    static const uint32_t spans[][2] = { { 0, 2 }, { 0, 2 }, { 1, 2 }, { 0, 1 },
                                         { 2, 3 }, { 0, 3 }, { 1, 3 } };
    const uint32_t *span = spans[chance_below(c, 7)];
    lede_plan *plan = room(arena, 1, sizeof *plan);
    const lede_plan **nodes;

    plan->score =
        (lede_plan_score){ .weight = 0.2 + 3 * chance_unit(c),
                           .average_length = chance_one_in(c, 9) ? 0 : 30,
                           .fields = fields + span[0],
                           .field_weights = field_weights + span[0],
                           .field_count = span[1] - span[0] };
    if (!chance_one_in(c, 4)) {
        draw_word(plan, c, span[0], span[1], arena);
        return plan;
    }
    plan->kind = chance_one_in(c, 2) ? LEDE_PLAN_PHRASE : LEDE_PLAN_NEAR;
    plan->slop = chance_below(c, 3);
    plan->count = 2 + chance_below(c, 2);
    nodes = room(arena, plan->count, sizeof(const lede_plan *));
    for (uint32_t i = 0; i < plan->count; i++) {
        lede_plan *word = room(arena, 1, sizeof *word);

        draw_word(word, c, span[0], span[1], arena);
        nodes[i] = word;
    }
    plan->nodes = nodes;
    return plan;
}

static lede_value number(lede_kind kind, int64_t at)
{
    return (lede_value){ .kind = kind, .number = at, .text = "" };
}

static lede_plan *draw_value(chance *c, lede_arena *arena)
{
    static const char *const tags[TAGS] = {
        "t0", "t1", "t2", "t3", "t4", "t5"
    };
    lede_plan *plan = room(arena, 1, sizeof *plan);
    int64_t from = (int64_t)chance_below(c, 2000);

    switch (chance_below(c, 6)) {
    case 0:
        plan->kind = LEDE_PLAN_RANGE;
        plan->field = THOUSANDS_N;
        plan->min = number(LEDE_INT, from);
        plan->max = number(LEDE_INT, from + chance_below(c, 600));
        break;
    case 1:
        plan->kind = LEDE_PLAN_RANGE;
        plan->field = THOUSANDS_M;
        plan->max = number(LEDE_INT, from - 500);
        break;
    case 2:
        plan->kind = LEDE_PLAN_EXISTS;
        plan->field = chance_below(c, THOUSANDS_FIELDS);
        break;
    case 3:
        plan->kind = LEDE_PLAN_EVERYTHING;
        break;
    default:
        plan->kind = LEDE_PLAN_EQUALS;
        plan->field = THOUSANDS_TAG;
        plan->bytes = lede_bytes_of_text(tags[chance_below(c, TAGS)]);
    }
    return plan;
}

static lede_plan_kind any_join(chance *c)
{
    static const lede_plan_kind kinds[] = {
        LEDE_PLAN_AND,  LEDE_PLAN_AND, LEDE_PLAN_OR,       LEDE_PLAN_OR,
        LEDE_PLAN_BEST, LEDE_PLAN_NOT, LEDE_PLAN_OPTIONAL, LEDE_PLAN_CONSTANT
    };

    return kinds[chance_below(c, sizeof kinds / sizeof *kinds)];
}

static const lede_plan *wrap(lede_plan_kind kind, const lede_plan *of,
                             lede_arena *arena)
{
    lede_plan *plan = room(arena, 1, sizeof *plan);
    const lede_plan **node = room(arena, 1, sizeof(const lede_plan *));

    *node = of;
    plan->kind = kind;
    plan->nodes = node;
    plan->count = 1;
    return plan;
}

/* As people type: +required optional -not, and a filter. */
static const lede_plan *draw_signed(chance *c, lede_arena *arena)
{
    lede_plan *plan = room(arena, 1, sizeof *plan);
    const lede_plan **nodes =
        room(arena, (size_t)2 * NODES_MAX, sizeof(const void *));

    plan->kind = LEDE_PLAN_AND;
    plan->nodes = nodes;
    for (uint32_t i = chance_below(c, 3); i > 0; i--)
        nodes[plan->count++] = draw_leaf(c, arena);
    for (uint32_t i = chance_below(c, 3); i > 0; i--)
        nodes[plan->count++] =
            wrap(LEDE_PLAN_OPTIONAL, draw_leaf(c, arena), arena);
    if (chance_one_in(c, 3))
        nodes[plan->count++] = wrap(LEDE_PLAN_NOT, draw_leaf(c, arena), arena);
    if (plan->count == 0 || chance_one_in(c, 2))
        nodes[plan->count++] = draw_value(c, arena);
    return plan;
}

const lede_plan *thousands_plan(chance *c, uint32_t depth, lede_arena *arena)
{
    const lede_plan **nodes;
    lede_plan *plan;

    if (depth == 1 && chance_one_in(c, 2))
        return draw_signed(c, arena);
    if (depth == 0 || chance_one_in(c, 4))
        return chance_one_in(c, 5) ? draw_value(c, arena) : draw_leaf(c, arena);
    plan = room(arena, 1, sizeof *plan);
    plan->kind = any_join(c);
    plan->count = plan->kind >= LEDE_PLAN_NOT ? 1 : 1 + chance_below(c, 4);
    plan->tie = chance_below(c, 257);
    if (plan->kind == LEDE_PLAN_CONSTANT)
        plan->score.weight = 0.1 + chance_unit(c);
    nodes = room(arena, NODES_MAX, sizeof(const lede_plan *));
    for (uint32_t i = 0; i < plan->count; i++)
        nodes[i] = thousands_plan(c, depth - 1, arena);
    plan->nodes = nodes;
    return plan;
}

lede_engine_search thousands_search(const lede_plan *plan, chance *c)
{
    static const double k1s[] = { 1.2, 1.2, 1.2, 0, 2, 30 };
    static const double bs[] = { 0.75, 0.75, 0.75, 0, 0.3, 1 };
    double k1 = k1s[chance_below(c, 6)], b = bs[chance_below(c, 6)];

    return (lede_engine_search){
        .plan = plan,
        .rule = { k1, b, lede_score_scale(plan_weights(plan)) },
        .recency = { .field = LEDE_NO_FIELD },
        .want = THOUSANDS_ARTICLES,
        .collapse = LEDE_NO_FIELD,
        .collapse_limit = 1,
    };
}

const char *thousands_print(const commits *made, const lede_plan *plan)
{
    char *text = NULL;
    const char *kept;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    ck_assert_ptr_nonnull(out);
    plan_draw_print(out, plan, made->snapshot->description.schema);
    ck_assert_int_eq(fclose(out), 0);
    kept = lede_arena_text(made->arena, text, len);
    ck_assert_ptr_nonnull(kept);
    free(text);
    return kept;
}
