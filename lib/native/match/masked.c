#include "native/match/masked.h"

#include "native/match/shape.h"
#include "native/match/words.h"

/* What looking at one node of one document costs, in postings of a union, and
 * what share of its postings a union reads, about. */
#define LOOK_COST   8U
#define UNION_SHARE 4U

/* Of so many postings one at least has to be of a document under the mask. */
#define DENSE_WORD     16U
#define DENSE_UNION    4U
#define DENSE_OPTIONAL 64U

/* Fewer than one of so many documents are rare. */
#define RARE 16U

/* Documents of a filter that has no list cost so little each. */
#define FILTER_SHARE 16U

/* An AND, taken apart. */
typedef struct masked {
    lede_matcher *matcher;
    const lede_plan **words; /* WORDs that rank, and BESTs of such */
    uint32_t word_count;
    lede_finder **parts; /* that the mask is of */
    uint32_t part_count;
    uint32_t required; /* of them, nodes that rank */
    bool optional;     /* others rank, too */
    uint64_t lead;     /* documents that may match, at most */
    uint64_t mask_cost;
    uint64_t union_cost;
} masked;

/* ---- Taking apart ------------------------------------------------------- */

static bool is_ranking_word(const lede_plan *plan)
{
    return plan->kind == LEDE_PLAN_WORD && plan->score.weight > 0;
}

static bool is_ranking_best(const lede_plan *plan)
{
    for (uint32_t i = 0; i < plan->count; i++)
        if (!is_ranking_word(plan->nodes[i]))
            return false;
    return plan->kind == LEDE_PLAN_BEST && plan->count > 0;
}

/* WORDs, and BESTs of such, of a node that is one, or an OR of some; 0: it is
 * neither. */
static uint32_t count_words(const lede_plan *node)
{
    if (is_ranking_word(node) || is_ranking_best(node))
        return 1;
    for (uint32_t i = 0; i < node->count; i++)
        if (!is_ranking_word(node->nodes[i]) &&
            !is_ranking_best(node->nodes[i]))
            return 0;
    return node->kind == LEDE_PLAN_OR ? node->count : 0;
}

static bool is_filter(const lede_plan *node, const lede_score_rule *rule)
{
    uint32_t points;

    return lede_shape_is_flat(node, rule, &points) && points == 0 &&
           !lede_shape_has_positions(node);
}

/* Whether all nodes are such, and how many words they have. Several words alone
 * are intersected: that is told before any is looked up. */
static bool fits(const lede_plan *plan, const lede_score_rule *rule,
                 uint32_t *words)
{
    uint32_t alone = 0, others = 0;

    *words = 0;
    if (plan->kind != LEDE_PLAN_AND)
        return false;
    for (uint32_t i = 0; i < plan->count; i++) {
        const lede_plan *node = plan->nodes[i];
        uint32_t count = count_words(
            node->kind == LEDE_PLAN_OPTIONAL ? node->nodes[0] : node);

        if (count == 0 && !is_filter(node, rule))
            return false;
        *words += count;
        alone += is_ranking_word(node);
        others += count > 0 && !is_ranking_word(node);
    }
    return *words > 0 && (alone < 2 || others > 0);
}

static void add_words(masked *m, const lede_plan *node)
{
    if (node->kind != LEDE_PLAN_OR)
        m->words[m->word_count++] = node;
    for (uint32_t i = 0; node->kind == LEDE_PLAN_OR && i < node->count; i++)
        m->words[m->word_count++] = node->nodes[i];
}

static lede_status add_node(masked *m, const lede_plan *node)
{
    bool optional = node->kind == LEDE_PLAN_OPTIONAL;
    const lede_plan *of = optional ? node->nodes[0] : node;
    bool ranks = count_words(of) > 0;
    lede_finder *finder;
    lede_status status;

    if (optional && !ranks)
        return LEDE_OK;
    status = lede_finder_new(&finder, m->matcher, of);
    if (status != LEDE_OK)
        return status;
    if (ranks) {
        add_words(m, of);
        m->union_cost += finder->cost / UNION_SHARE;
    }
    m->optional = m->optional || optional;
    if (optional)
        return LEDE_OK;
    /* Those that rank stand first. */
    m->parts[m->part_count++] = m->parts[m->required];
    m->parts[ranks ? m->required : m->part_count - 1] = finder;
    m->required += ranks;
    m->lead = finder->cost < m->lead ? finder->cost : m->lead;
    m->mask_cost += finder->cost < m->matcher->documents
                        ? finder->cost
                        : finder->cost / FILTER_SHARE;
    return LEDE_OK;
}

static lede_status take_apart(masked *m, const lede_plan *plan, uint32_t words)
{
    lede_arena *arena = m->matcher->arena;
    lede_status status = LEDE_OK;

    m->lead = m->matcher->documents;
    m->words = lede_arena_array(arena, words, sizeof(const lede_plan *));
    m->parts = lede_arena_array(arena, plan->count, sizeof(lede_finder *));
    if (!m->words || !m->parts)
        return lede_arena_status(arena);
    for (uint32_t i = 0; status == LEDE_OK && i < plan->count; i++)
        status = add_node(m, plan->nodes[i]);
    return status;
}

/* ---- Mask --------------------------------------------------------------- */

static bool is_worth_it(const masked *m, uint32_t nodes)
{
    return m->required > 0 &&
           m->mask_cost + m->union_cost < m->lead * nodes * LOOK_COST;
}

/* Whether the first part is not in the mask. It need not be where it is all that
 * ranks: only that is added up. But the mask costs less under few documents. */
static bool is_left_out(const masked *m)
{
    return m->required == 1 && !m->optional &&
           m->parts[0]->cost * RARE >= m->matcher->documents;
}

static lede_status make_window(masked *m, const lede_live *live, uint32_t base,
                               uint64_t *words, uint32_t *next)
{
    lede_matcher *matcher = m->matcher;
    uint32_t left = matcher->documents - base;

    lede_window_fill(words, 0, left < LEDE_WINDOW ? left : LEDE_WINDOW);
    for (uint32_t i = 0; live && i < LEDE_WINDOW_WORDS; i++)
        words[i] &= i * 64 < left ? live->words[base / 64 + i] : 0;
    *next = lede_window_end(base);
    for (uint32_t i = is_left_out(m); i < m->part_count; i++) {
        uint32_t from = lede_finder_keep(m->parts[i], base, words);

        *next = from > *next ? from : *next;
        if (!lede_matcher_spend(matcher, LEDE_WINDOW_WORDS))
            break;
    }
    return matcher->status;
}

/* The mask is like the documents that live. */
static lede_status make_mask(masked *m, const lede_live *live, lede_live *made)
{
    uint32_t documents = m->matcher->documents, next = 0;
    size_t words = ((size_t)documents / LEDE_WINDOW + 1) * LEDE_WINDOW_WORDS;
    lede_status status = LEDE_OK;

    *made = (lede_live){ .documents = documents };
    made->words =
        lede_arena_array(m->matcher->arena, words, sizeof *made->words);
    if (!made->words)
        return lede_arena_status(m->matcher->arena);
    while (status == LEDE_OK && next < documents) {
        uint32_t base = next / LEDE_WINDOW * LEDE_WINDOW;
        uint64_t *window = made->words + base / 64;

        status = make_window(m, live, base, window, &next);
        made->live += lede_window_count(window);
    }
    return status;
}

/* ---- Finding ------------------------------------------------------------ */

/* The first document of a mask from one on. */
static uint32_t next_masked(const lede_live *mask, uint32_t from)
{
    while (from < mask->documents) {
        uint32_t base = from / LEDE_WINDOW * LEDE_WINDOW;
        uint32_t bit = lede_window_next(mask->words + base / 64, from - base);

        if (bit < LEDE_WINDOW)
            return base + bit;
        from = lede_window_end(base);
    }
    return LEDE_DOC_END;
}

/* Looks at the documents of a mask one by one. */
static lede_status look_at_each(lede_matcher *matcher, const lede_plan *plan,
                                const lede_live *mask, lede_sink *sink)
{
    uint32_t doc = next_masked(mask, 0), found, needed, told = 0;
    lede_finder *finder;
    lede_status status = lede_finder_new(&finder, matcher, plan);

    if (status != LEDE_OK)
        return status;
    for (; doc != LEDE_DOC_END; doc = next_masked(mask, found)) {
        needed = lede_sink_needed(sink);
        if (needed > told)
            lede_finder_demand(finder, needed);
        told = needed;
        found = lede_finder_seek(finder, doc);
        if (found == doc) {
            if (lede_finder_check(finder) && finder->points >= needed &&
                !lede_sink_take(sink, doc, finder->points))
                return sink->status;
            found++;
        }
        if (!lede_matcher_spend(matcher, 1))
            return matcher->status;
    }
    return matcher->status;
}

/* Whether a union, which cannot ask the mask before it has added up, would add
 * up little in vain. One that has to hold one word leads itself there. */
static bool is_dense(const masked *m, const lede_live *mask)
{
    uint64_t postings = m->union_cost * UNION_SHARE, matches = mask->live;

    if (m->required == 1 && m->optional)
        return matches * DENSE_OPTIONAL >= postings;
    if (m->required == 1)
        matches = postings * mask->live / mask->documents;
    return matches * (m->word_count == 1 && m->words[0]->kind == LEDE_PLAN_WORD
                          ? DENSE_WORD
                          : DENSE_UNION) >=
           postings;
}

static lede_status find_under(bool *done, masked *m, lede_sink *sink)
{
    const lede_live *live = sink->live;
    const lede_plan any = { .kind = LEDE_PLAN_OR,
                            .nodes = m->words,
                            .count = m->word_count };
    const lede_plan *ranked = m->word_count == 1 ? m->words[0] : &any;
    lede_live mask;
    lede_status status = make_mask(m, live, &mask);

    m->matcher->scores = true;
    if (status != LEDE_OK)
        return status;
    sink->live = &mask;
    if (is_dense(m, &mask))
        status = lede_words_find(done, m->matcher, ranked, sink);
    if (status == LEDE_OK && !*done)
        status = look_at_each(m->matcher, ranked, &mask, sink);
    *done = true;
    sink->live = live;
    return status;
}

lede_status lede_masked_find(bool *done, lede_matcher *matcher,
                             const lede_plan *plan, lede_sink *sink)
{
    masked m = { .matcher = matcher };
    lede_status status;
    uint32_t words;

    *done = false;
    if (!fits(plan, matcher->rule, &words))
        return matcher->status;
    matcher->scores = false;
    status = take_apart(&m, plan, words);
    if (status == LEDE_OK && is_worth_it(&m, plan->count))
        status = find_under(done, &m, sink);
    matcher->scores = true;
    return status;
}
