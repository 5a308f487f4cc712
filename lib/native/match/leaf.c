#include "native/match/leaf.h"

#include "native/index/vocabulary.h"

/* Ceilings of a list as short as that are computed one by one. */
#define TABLE_MIN (LEDE_POSTINGS_SHORT + 1)

/* ---- Opening ------------------------------------------------------------ */

static lede_status open_list(lede_list *list, lede_matcher *matcher,
                             const lede_plan_term *term)
{
    uint32_t space = lede_space_number(term->field, LEDE_SPACE_WORDS);
    const lede_postings_source *source =
        lede_segment_source(matcher->segment, space);
    lede_status status;

    *list = (lede_list){ .term = term };
    if (!source)
        return LEDE_OK;
    status = lede_matcher_find(matcher, LEDE_SPACE_WORDS, term, &list->entry);
    if (status != LEDE_OK)
        return status == LEDE_ERR_NOT_FOUND ? LEDE_OK : status;
    list->postings = lede_arena_alloc(matcher->arena, sizeof *list->postings);
    if (!list->postings)
        return lede_arena_status(matcher->arena);
    lede_postings_open(list->postings, source, &list->entry);
    return list->postings->status;
}

static uint64_t common(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

lede_status lede_leaf_open(lede_leaf *leaf, lede_matcher *matcher,
                           const lede_plan *word)
{
    lede_status status = LEDE_OK;

    *leaf = (lede_leaf){ .score = &word->score };
    leaf->lists =
        lede_arena_array(matcher->arena, word->term_count, sizeof *leaf->lists);
    if (!leaf->lists)
        return lede_arena_status(matcher->arena);
    for (uint32_t i = 0; status == LEDE_OK && i < word->term_count; i++) {
        lede_list *list = &leaf->lists[leaf->count];

        if (word->terms[i].field >= lede_schema_count(matcher->schema))
            continue;
        status = open_list(list, matcher, &word->terms[i]);
        if (status == LEDE_OK && list->postings) {
            leaf->documents += list->postings->documents;
            leaf->unit = common(word->terms[i].weight, leaf->unit);
            leaf->count++;
        }
        if (status == LEDE_OK)
            status = lede_budget_spend(matcher->budget, 10);
    }
    return status;
}

lede_status lede_normals_init(lede_normals *normals, lede_matcher *matcher,
                              const lede_plan_score *score)
{
    lede_segment_mix mix = { score->fields, score->field_weights,
                             score->field_count };
    lede_status status = lede_lengths_init(&normals->lengths, score, matcher);

    normals->floors = NULL;
    if (status == LEDE_OK)
        status = lede_segment_floors(matcher->segment, &mix, &normals->floors,
                                     matcher->budget, matcher->err);
    if (status == LEDE_OK && normals->floors)
        lede_normals_fill(normals->at, matcher->rule, score->average_length,
                          normals->floors->most);
    return status;
}

uint32_t lede_leaf_mark_of(lede_postings *list, const lede_plan_term *term,
                           const lede_plan_score *score,
                           const lede_matcher *matcher, uint32_t documents)
{
    lede_mark mark;
    uint64_t length;

    if (!lede_postings_mark(list, documents, &mark) ||
        !lede_lengths_limit(score, matcher, term->field,
                            lede_mark_length(&mark), &length))
        return 0;
    return lede_score_points(matcher->rule, score,
                             (uint64_t)term->weight * mark.frequency, length);
}

uint32_t lede_leaf_mark(lede_leaf *leaf, const lede_matcher *matcher,
                        uint32_t documents)
{
    uint32_t best = 0;

    for (uint32_t i = 0; i < leaf->count; i++) {
        const lede_list *list = &leaf->lists[i];
        uint32_t points = lede_leaf_mark_of(list->postings, list->term,
                                            leaf->score, matcher, documents);

        best = points > best ? points : best;
    }
    return best;
}

/* ---- Ceilings ----------------------------------------------------------- */

static uint32_t floor_of(const lede_leaf *leaf, const lede_list *list,
                         uint32_t bound)
{
    return lede_normals_floor(leaf->normals, list->share, bound);
}

static uint32_t ceiling_of(const lede_leaf *leaf, const lede_list *list,
                           uint32_t times, uint32_t floor)
{
    /* The table begins with the shortest document. */
    return leaf->count == 1 && floor >= leaf->normals->floors->least
               ? lede_leaf_ceiling_of(leaf, times, floor)
               : lede_leaf_ceiling(leaf, (float)times * list->times, floor);
}

/* What documents with these corners reach: no more than the greatest frequency
 * in the shortest of all documents. */
static uint32_t reach_of(const lede_leaf *leaf, const lede_list *list,
                         const uint32_t *frequencies, const uint32_t *floors,
                         uint32_t count)
{
    uint32_t least = leaf->normals->floors->least, most = 0, limit;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t ceiling = ceiling_of(leaf, list, frequencies[i],
                                      floor_of(leaf, list, floors[i]));

        most = ceiling > most ? ceiling : most;
    }
    if (floor_of(leaf, list, floors[0]) >= least)
        return most;
    limit = ceiling_of(leaf, list, frequencies[count - 1], least);
    return most < limit ? most : limit;
}

static void set_block(const lede_leaf *leaf, const lede_list *list, uint32_t b)
{
    const lede_corners *corners = lede_postings_corners(list->postings, b);
    lede_list_blocks *blocks = list->blocks;
    uint32_t least = leaf->normals->floors->least;
    uint32_t floor = floor_of(leaf, list, corners->floors[0]);

    blocks->ceilings[b] = (uint16_t)reach_of(leaf, list, corners->frequencies,
                                             corners->floors, corners->count);
    blocks->most[b] =
        (float)corners->frequencies[corners->count - 1] * list->times;
    blocks->floors[b] = (uint8_t)(floor > least ? floor : least);
}

uint32_t lede_list_wide(const lede_leaf *leaf, lede_list *list, uint32_t target,
                        uint32_t *last)
{
    lede_bound bound;

    if (!lede_postings_wide_bound(list->postings, target, &bound))
        return 0;
    *last = bound.last;
    return reach_of(leaf, list, bound.frequencies, bound.floors, bound.count);
}

/* By tops; what these do not tell is that of all blocks. */
static bool set_by_tops(const lede_leaf *leaf, lede_list *list, uint32_t target)
{
    const uint8_t *tops = lede_postings_tops(list->postings);
    uint32_t least = leaf->normals->floors->least, floor;
    lede_list_blocks *blocks = list->blocks;
    lede_bound bound;
    float most;

    if (!lede_postings_wide_bound(list->postings, target, &bound))
        return false;
    floor = floor_of(leaf, list, bound.floors[0]);
    floor = floor > least ? floor : least;
    most = (float)bound.frequencies[bound.count - 1] * list->times;
    for (uint32_t b = 0; b < blocks->count; b++) {
        blocks->ceilings[b] = list->tops[tops[b]];
        blocks->most[b] = most;
        blocks->floors[b] = (uint8_t)floor;
    }
    return true;
}

/* Few blocks have no bound of all of them: so their own are read. */
bool lede_list_group(const lede_leaf *leaf, lede_list *list, uint32_t target)
{
    lede_list_blocks *blocks = list->blocks;

    blocks->count = lede_postings_open_heads(list->postings, target);
    blocks->next = 0;
    list->hand = LEDE_NO_BLOCK;
    if (list->tops && blocks->count > LEDE_GROUP_PLAIN)
        return set_by_tops(leaf, list, target);
    blocks->count = lede_postings_open_group(list->postings, target);
    for (uint32_t b = 0; b < blocks->count; b++)
        set_block(leaf, list, b);
    return blocks->count > 0;
}

/* Short lists have all their documents at hand. */
static lede_status set_short(lede_leaf *leaf, lede_list *list,
                             lede_matcher *matcher)
{
    lede_postings *p = list->postings;

    if (!lede_postings_frequencies(p))
        return p->status;
    list->ceilings = lede_arena_alloc(matcher->arena, p->n * sizeof(uint16_t));
    if (!list->ceilings)
        return lede_arena_status(matcher->arena);
    for (uint32_t i = 0; i < p->n; i++)
        list->ceilings[i] = (uint16_t)lede_leaf_ceiling(
            leaf, (float)p->frequencies[i] * list->times,
            leaf->normals->floors->at[p->docs[i]]);
    return LEDE_OK;
}

static lede_status set_long(lede_leaf *leaf, lede_list *list,
                            lede_matcher *matcher)
{
    double ratio = lede_top_ratio(matcher->rule, leaf->score->average_length,
                                  list->share, list->postings->source->usual);

    list->blocks = lede_arena_alloc(matcher->arena, sizeof *list->blocks);
    if (!list->blocks)
        return lede_arena_status(matcher->arena);
    if (leaf->count == 1 && ratio > 0 && list->postings->source->frequencies) {
        list->tops = lede_arena_alloc(matcher->arena,
                                      (LEDE_TOP_MOST + 1) * sizeof *list->tops);
        if (!list->tops)
            return lede_arena_status(matcher->arena);
        lede_tops_fill(list->tops, leaf->weight, leaf->tf, ratio);
    }
    list->ended = !lede_list_group(leaf, list, 0);
    return list->postings->status;
}

lede_status lede_leaf_set(lede_leaf *leaf, lede_matcher *matcher,
                          const lede_quanta *quanta,
                          const lede_normals *normals)
{
    lede_status status = LEDE_OK;

    leaf->normals = normals;
    leaf->weight =
        lede_quanta_weight(quanta, matcher->rule, leaf->score->weight);
    leaf->tf = (float)((double)leaf->unit / LEDE_WEIGHT_ONE);
    if (leaf->count == 1 && leaf->documents >= TABLE_MIN) {
        leaf->ceilings = lede_ceilings_new(
            leaf->weight, leaf->tf, normals->at, normals->floors->least,
            normals->floors->most, matcher->arena);
        if (!leaf->ceilings)
            return lede_arena_status(matcher->arena);
    }
    for (uint32_t i = 0; status == LEDE_OK && i < leaf->count; i++) {
        lede_list *list = &leaf->lists[i];

        list->times = (float)(uint32_t)(list->term->weight / leaf->unit);
        list->share =
            lede_lengths_weight(&normals->lengths, matcher, list->term->field);
        status = list->postings->documents <= LEDE_POSTINGS_SHORT
                     ? set_short(leaf, list, matcher)
                     : set_long(leaf, list, matcher);
    }
    return status;
}

bool lede_list_pass(const lede_leaf *leaf, lede_list *list, uint32_t target)
{
    lede_list_blocks *blocks = list->blocks;

    for (;;) {
        while (blocks->next < blocks->count &&
               lede_list_last(list, blocks->next) < target)
            blocks->next++;
        if (blocks->next < blocks->count)
            return true;
        if (!lede_list_group(leaf, list, target)) {
            list->ended = true;
            return false;
        }
    }
}

bool lede_list_take(lede_list *list, uint32_t block)
{
    lede_postings *p = list->postings;

    if (list->hand == block)
        return true;
    list->hand = LEDE_NO_BLOCK;
    if (!lede_postings_pick(p, block))
        return false;
    list->hand = block;
    return true;
}

/* ---- Reach -------------------------------------------------------------- */

static void reach_short(const lede_leaf *leaf, lede_list *list, uint32_t from,
                        uint32_t to, lede_reach *reach)
{
    lede_postings *p = list->postings;
    uint32_t i;

    while (p->at < p->n && p->docs[p->at] < from)
        p->at++;
    list->ended = p->at == p->n;
    for (i = p->at; i < p->n && p->docs[i] < to; i++) {
        uint32_t floor = leaf->normals->floors->at[p->docs[i]];
        float units = (float)p->frequencies[i] * list->times;

        if (list->ceilings[i] > reach->ceiling)
            reach->ceiling = list->ceilings[i];
        reach->units = units > reach->units ? units : reach->units;
        reach->floor = floor < reach->floor ? floor : reach->floor;
    }
}

void lede_list_reach(lede_leaf *leaf, lede_list *list, uint32_t from,
                     uint32_t *to, lede_reach *reach)
{
    lede_list_blocks *blocks = list->blocks;

    *reach = (lede_reach){ .floor = LEDE_LENGTH_FLOORS - 1 };
    if (!blocks) {
        reach_short(leaf, list, from, *to, reach);
        return;
    }
    if (!lede_list_pass(leaf, list, from))
        return;
    if (lede_postings_more(list->postings) &&
        lede_list_last(list, blocks->count - 1) < *to - 1)
        *to = lede_list_last(list, blocks->count - 1) + 1;
    for (uint32_t b = blocks->next; b < blocks->count; b++) {
        if (b > blocks->next && lede_list_last(list, b - 1) >= *to - 1)
            break;
        if (blocks->ceilings[b] > reach->ceiling)
            reach->ceiling = blocks->ceilings[b];
        if (blocks->most[b] > reach->units)
            reach->units = blocks->most[b];
        if (blocks->floors[b] < reach->floor)
            reach->floor = blocks->floors[b];
    }
}

/* ---- Asked again -------------------------------------------------------- */

lede_status lede_leaf_tf(lede_leaf *leaf, lede_matcher *matcher, uint32_t doc,
                         uint64_t *tf)
{
    *tf = 0;
    for (uint32_t i = 0; i < leaf->count; i++) {
        lede_list *list = &leaf->lists[i];

        if (!list->again) {
            list->again = lede_arena_alloc(matcher->arena, sizeof *list->again);
            if (!list->again)
                return lede_arena_status(matcher->arena);
            list->again->doc = LEDE_DOC_END;
        }
        if (list->again->doc > doc)
            lede_postings_open(list->again, list->postings->source,
                               &list->entry);
        if (lede_postings_seek(list->again, doc) == doc)
            *tf += (uint64_t)list->term->weight * list->again->frequency;
        if (list->again->status != LEDE_OK)
            return list->again->status;
    }
    return LEDE_OK;
}
