#include "native/match/filter.h"

#include "native/index/vocabulary.h"
#include "native/match/group.h"
#include "native/match/values.h"

typedef struct filter {
    lede_finder finder;
    uint32_t end; /* behind the last document that may match */
    lede_segment_values values;
    uint64_t least, most;       /* RANGE: as numbers of the column */
    const lede_column *lengths; /* EXISTS in words; NULL: none */
    lede_postings *postings;    /* EQUALS */
    uint64_t *bits;             /* EXISTS by whole values */
} filter;

static uint32_t seek_every(lede_finder *finder, uint32_t target)
{
    return target < ((filter *)finder)->end ? target : LEDE_DOC_END;
}

static bool check_true(lede_finder *finder)
{
    finder->points = 0;
    return true;
}

static uint32_t keep_every(lede_finder *finder, uint32_t base, uint64_t *words)
{
    uint32_t end = ((filter *)finder)->end;

    if (end < lede_window_end(base))
        lede_window_clear_all(words, end > base ? end - base : 0, LEDE_WINDOW);
    return end > lede_window_end(base) ? lede_window_end(base) : LEDE_DOC_END;
}

static filter *new_filter(lede_matcher *matcher, bool (*check)(lede_finder *))
{
    filter *f = lede_finder_room(matcher, sizeof *f);

    if (!f)
        return NULL;
    f->end = matcher->documents;
    f->finder.most = 0;
    f->finder.cost = matcher->documents;
    f->finder.seek = seek_every;
    f->finder.check = check;
    return f;
}

lede_status lede_filter_every(lede_finder **out, lede_matcher *matcher,
                              bool every)
{
    filter *f = new_filter(matcher, check_true);

    if (!f)
        return matcher->status;
    f->finder.keep = keep_every;
    if (!every) {
        f->end = 0;
        f->finder.cost = 0;
    }
    *out = &f->finder;
    return LEDE_OK;
}

/* ---- KEY and EQUALS ----------------------------------------------------- */

static uint32_t seek_key(lede_finder *finder, uint32_t target)
{
    uint32_t doc = ((filter *)finder)->end - 1;

    return target <= doc ? doc : LEDE_DOC_END;
}

static lede_status new_key(lede_finder **out, lede_matcher *matcher,
                           lede_bytes key)
{
    uint32_t doc;
    lede_status status =
        lede_segment_find_key(matcher->segment, key, &doc, matcher->err);
    filter *f;

    if (status == LEDE_ERR_NOT_FOUND)
        return lede_filter_every(out, matcher, false);
    if (status != LEDE_OK)
        return status;
    f = new_filter(matcher, check_true);
    if (!f)
        return matcher->status;
    f->end = doc + 1;
    f->finder.cost = 1;
    f->finder.seek = seek_key;
    *out = &f->finder;
    return LEDE_OK;
}

static uint32_t seek_postings(lede_finder *finder, uint32_t target)
{
    filter *f = (filter *)finder;
    uint32_t doc = lede_postings_seek(f->postings, target);

    if (f->postings->status != LEDE_OK)
        return lede_matcher_fail(finder->matcher, f->postings->status);
    return lede_matcher_spend(finder->matcher, 1) ? doc : LEDE_DOC_END;
}

static uint32_t keep_postings(lede_finder *finder, uint32_t base,
                              uint64_t *words)
{
    return lede_group_keep_list(finder->matcher, ((filter *)finder)->postings,
                                base, words);
}

static lede_status new_equals(lede_finder **out, lede_matcher *matcher,
                              const lede_plan *plan)
{
    lede_plan_term value = { .field = plan->field, .term = plan->bytes };
    lede_postings *postings = NULL;
    lede_status status = LEDE_OK;
    filter *f;

    if (plan->field < lede_schema_count(matcher->schema))
        status = lede_group_open(&postings, matcher, LEDE_SPACE_VALUES, &value);
    if (status != LEDE_OK)
        return status;
    if (!postings)
        return lede_filter_every(out, matcher, false);
    f = new_filter(matcher, check_true);
    if (!f)
        return matcher->status;
    f->postings = postings;
    f->finder.seek = seek_postings;
    f->finder.keep = keep_postings;
    f->finder.cost = postings->documents;
    *out = &f->finder;
    return LEDE_OK;
}

/* ---- RANGE -------------------------------------------------------------- */

/* The first document from one on of which a value may lie between the bounds:
 * passes blocks of values that do not. */
static uint32_t seek_range(lede_finder *finder, uint32_t target)
{
    filter *f = (filter *)finder;
    const lede_column *values = f->values.values;

    while (target < f->end) {
        lede_places places = lede_places_of(&f->values, target);
        uint64_t min, max;
        uint32_t until;

        if (places.from >= values->count)
            return LEDE_DOC_END;
        lede_column_bounds(values, places.from, &min, &max);
        if (max >= f->least && min <= f->most)
            return target;
        if (!lede_matcher_spend(finder->matcher, 1))
            return LEDE_DOC_END;
        until = lede_places_together(&f->values, target, f->end);
        if (until == target && places.from < places.to)
            return target;
        target = until + 1;
    }
    return LEDE_DOC_END;
}

static bool is_between(const filter *f, uint64_t number)
{
    return number >= f->least && number <= f->most;
}

static bool check_range(lede_finder *finder)
{
    filter *f = (filter *)finder;
    lede_places places = lede_places_of(&f->values, finder->doc);

    finder->points = 0;
    for (uint32_t at = places.from; at < places.to; at++) {
        uint64_t number = lede_column_at(f->values.values, at);

        if (is_between(f, number))
            return true;
    }
    return false;
}

/* So few documents of a block are looked at one by one. */
#define FEW 24U

/* Of 64 documents or less; without a branch for each. */
static uint64_t find_between(const filter *f, const uint64_t *numbers,
                             uint32_t n)
{
    const uint64_t least = f->least, range = f->most - f->least;
    uint64_t found = 0;

    for (uint32_t i = 0; i < n; i++)
        found |= (uint64_t)(numbers[i] - least <= range) << i;
    return found;
}

/* Keeps those of some documents, one value each and all of one block of the
 * column, that lie between the bounds. */
static void keep_values(const filter *f, uint32_t doc, uint32_t n,
                        uint64_t *words, uint32_t bit)
{
    const lede_column *column = f->values.values;
    uint64_t numbers[LEDE_COLUMN_BLOCK], min, max;
    uint32_t some = 0;

    lede_column_bounds(column, doc, &min, &max);
    if (min >= f->least && max <= f->most)
        return;
    if (max < f->least || min > f->most) {
        lede_window_clear_all(words, bit, bit + n);
        return;
    }
    for (uint32_t at = bit / 64; at < (bit + n + 63) / 64; at++)
        some += (uint32_t)__builtin_popcountll(words[at]);
    if (some < FEW) {
        for (uint32_t at = lede_window_next(words, bit); at < bit + n;
             at = lede_window_next(words, at + 1))
            if (!is_between(f, lede_column_at(column, doc + at - bit)))
                lede_window_clear(words, at);
        return;
    }
    lede_column_read(column, doc, n, numbers);
    for (uint32_t i = 0; i < n; i += 64)
        words[(bit + i) / 64] &=
            find_between(f, numbers + i, n - i < 64 ? n - i : 64);
}

/* Where each document has one value. */
static uint32_t keep_range(lede_finder *finder, uint32_t base, uint64_t *words)
{
    const filter *f = (const filter *)finder;
    uint32_t n = LEDE_COLUMN_BLOCK;

    if (!lede_matcher_spend(finder->matcher, LEDE_WINDOW_WORDS))
        return LEDE_DOC_END;
    for (uint32_t bit = 0; bit < LEDE_WINDOW; bit += n) {
        if (f->end - base <= bit) {
            lede_window_clear_all(words, bit, LEDE_WINDOW);
            return LEDE_DOC_END;
        }
        if (n > f->end - base - bit)
            n = f->end - base - bit;
        if (lede_window_next(words, bit) < bit + n)
            keep_values(f, base + bit, n, words, bit);
    }
    return lede_window_end(base);
}

/* How many values of a keyword stand before one, and whether it is there. */
static lede_status rank_keyword(lede_matcher *matcher, uint32_t field,
                                const lede_value *value, uint64_t *rank,
                                bool *there)
{
    uint32_t space = lede_space_number(field, LEDE_SPACE_VALUES);
    lede_bytes sought = lede_bytes_of(value->text, value->len);
    lede_status status = lede_matcher_cursor(matcher);
    lede_terms_cursor *cursor = matcher->cursor;

    if (status != LEDE_OK)
        return status;
    *there = false;
    *rank = lede_vocabulary_terms(matcher->segment, space);
    lede_terms_cursor_seek(cursor, space, sought);
    if (!lede_terms_cursor_next(cursor))
        return cursor->status;
    *rank = cursor->entry.ordinal;
    *there = lede_bytes_equal(cursor->term, sought);
    return LEDE_OK;
}

/* Sets the bounds; *empty if nothing can be between them. */
static lede_status bound_keyword(filter *f, const lede_plan *plan, bool *empty)
{
    lede_matcher *m = f->finder.matcher;
    lede_status status = LEDE_OK;
    uint64_t rank;
    bool there;

    if (plan->min.kind != LEDE_NONE)
        status = rank_keyword(m, plan->field, &plan->min, &f->least, &there);
    if (status == LEDE_OK && plan->max.kind != LEDE_NONE) {
        status = rank_keyword(m, plan->field, &plan->max, &rank, &there);
        if (status == LEDE_OK && rank == 0 && !there)
            *empty = true;
        else if (status == LEDE_OK)
            f->most = there ? rank : rank - 1;
    }
    return status;
}

static lede_status new_range(lede_finder **out, lede_matcher *matcher,
                             const lede_plan *plan)
{
    const lede_field *field = lede_schema_field(matcher->schema, plan->field);
    filter *f = new_filter(matcher, check_range);
    lede_status status;
    bool empty = false;

    if (!f)
        return matcher->status;
    if (!field || !lede_field_has_column(field))
        return lede_filter_every(out, matcher, false);
    status = lede_segment_column(matcher->segment, plan->field, &f->values,
                                 matcher->err);
    if (status != LEDE_OK)
        return status;
    f->finder.seek = seek_range;
    f->least = 0;
    f->most = UINT64_MAX;
    if (field->kind == LEDE_KEYWORD) {
        status = bound_keyword(f, plan, &empty);
    } else {
        if (plan->min.kind != LEDE_NONE)
            f->least = lede_values_code(&plan->min);
        if (plan->max.kind != LEDE_NONE)
            f->most = lede_values_code(&plan->max);
    }
    if (status == LEDE_OK && (empty || f->least > f->most || !f->values.values))
        return lede_filter_every(out, matcher, false);
    if (!f->values.starts && f->values.values->count == f->end)
        f->finder.keep = keep_range;
    *out = &f->finder;
    return status;
}

/* ---- EXISTS ------------------------------------------------------------- */

static bool check_exists(lede_finder *finder)
{
    filter *f = (filter *)finder;
    lede_places places = lede_places_of(&f->values, finder->doc);

    finder->points = 0;
    if (places.from < places.to ||
        (f->lengths && lede_column_at(f->lengths, finder->doc) > 0))
        return true;
    return f->bits &&
           (f->bits[finder->doc / 64] >> (finder->doc % 64) & 1) != 0;
}

/* Of n documents from one on, 64 at most, a bit for each whose number is above
 * 0; or, of places, below that of the next. */
static uint64_t find_some(const lede_column *column, uint32_t doc, uint32_t n,
                          bool places)
{
    uint64_t numbers[65], found = 0;

    lede_column_read(column, doc, n + places, numbers);
    for (uint32_t i = 0; i < n; i++)
        if (places ? numbers[i] < numbers[i + 1] : numbers[i] > 0)
            found |= (uint64_t)1 << i;
    return found;
}

static uint32_t keep_exists(lede_finder *finder, uint32_t base, uint64_t *words)
{
    const filter *f = (const filter *)finder;

    if (!lede_matcher_spend(finder->matcher, LEDE_WINDOW_WORDS))
        return LEDE_DOC_END;
    if (f->end - base < LEDE_WINDOW)
        lede_window_clear_all(words, f->end - base, LEDE_WINDOW);
    for (uint32_t at = 0; at < LEDE_WINDOW_WORDS; at++) {
        uint32_t doc = base + at * 64, n;
        uint64_t found = f->values.values && !f->values.starts ? UINT64_MAX : 0;

        if (words[at] == 0)
            continue;
        n = f->end - doc < 64 ? f->end - doc : 64;
        if (f->values.values && f->values.starts)
            found |= find_some(f->values.starts, doc, n, true);
        if (f->lengths)
            found |= find_some(f->lengths, doc, n, false);
        if (f->bits)
            found |= f->bits[doc / 64];
        words[at] &= found;
    }
    return lede_window_end(base);
}

/* A block at a time. */
static void mark_list(filter *f, lede_postings *list)
{
    for (uint32_t target = 0; lede_postings_block(list, target) &&
                              lede_matcher_spend(f->finder.matcher, list->n);
         target = list->docs[list->n - 1] + 1)
        for (uint32_t i = 0; i < list->n; i++)
            f->bits[list->docs[i] / 64] |= (uint64_t)1 << list->docs[i] % 64;
}

/* Marks the documents that have any whole value. */
static lede_status mark_values(filter *f, uint32_t field)
{
    lede_matcher *m = f->finder.matcher;
    uint32_t space = lede_space_number(field, LEDE_SPACE_VALUES);
    const lede_postings_source *source = lede_segment_source(m->segment, space);
    lede_postings *list = lede_arena_alloc(m->arena, sizeof *list);
    lede_status status = lede_matcher_cursor(m);

    if (status != LEDE_OK)
        return status;
    f->bits =
        lede_arena_array(m->arena, m->documents / 64U + 1, sizeof *f->bits);
    if (!f->bits || !list)
        return lede_arena_status(m->arena);
    if (!source)
        return LEDE_OK;
    lede_terms_cursor_seek(m->cursor, space, lede_bytes_of("", 0));
    while (lede_terms_cursor_next(m->cursor)) {
        lede_postings_open(list, source, &m->cursor->entry);
        mark_list(f, list);
        if (list->status != LEDE_OK)
            return list->status;
        if (!lede_matcher_spend(m, 1))
            return m->status;
    }
    return m->cursor->status;
}

static lede_status new_exists(lede_finder **out, lede_matcher *matcher,
                              const lede_plan *plan)
{
    const lede_field *field = lede_schema_field(matcher->schema, plan->field);
    filter *f = new_filter(matcher, check_exists);
    lede_status status = LEDE_OK;

    if (!f)
        return matcher->status;
    if (!field)
        return lede_filter_every(out, matcher, false);
    if (lede_field_has_column(field))
        status = lede_segment_column(matcher->segment, plan->field, &f->values,
                                     matcher->err);
    else if (lede_segment_keeps_values(field))
        status = mark_values(f, plan->field);
    if (status == LEDE_OK && !f->values.values && lede_field_has_words(field))
        status = lede_segment_lengths(matcher->segment, plan->field,
                                      &f->lengths, matcher->err);
    f->finder.keep = keep_exists;
    *out = &f->finder;
    return status;
}

lede_status lede_filter_new(lede_finder **out, lede_matcher *matcher,
                            const lede_plan *plan)
{
    switch (plan->kind) {
    case LEDE_PLAN_KEY:
        return new_key(out, matcher, plan->bytes);
    case LEDE_PLAN_EQUALS:
        return new_equals(out, matcher, plan);
    case LEDE_PLAN_RANGE:
        return new_range(out, matcher, plan);
    default:
        return new_exists(out, matcher, plan);
    }
}
