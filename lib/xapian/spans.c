/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xapian/spans.c - phrases, NEAR and EITHER as libxapian's PHRASE and NEAR.
 *
 * libxapian knows where words begin, and takes each to be one position long. So
 * a span is taken apart into chains: words one position long side by side, but
 * for the last, which may be a compound of any length. A phrase of chains is a
 * chain; alternatives multiply. A chain of n words with slop s is PHRASE or
 * NEAR in a window of n + s positions.
 *
 * What makes no chains (a compound before other words, a phrase inside a loose
 * one, NEAR of words that may be the same occurrence, too many alternatives) is
 * resolved: every article that has the words is looked at by engine/span.h, and
 * those that match are asked for by their keys.
 */
#include "xapian/translate.h"

#include "base/error.h"
#include "engine/span.h"
#include "xapian/fault.h"

#define CHAINS_MAX 64U

/* The score of what was resolved, as a share of the leaf's weight: any is as
 * good as another. */
#define RESOLVED_SHARE 0.5

/* Terms of one length, any of which may stand here. */
typedef struct element {
    const lede_plan_term **terms;
    uint32_t *documents;
    uint32_t count;
} element;

typedef struct chain {
    element *elements;
    uint32_t count;
    uint32_t last_span;
} chain;

typedef struct chains {
    chain *at;
    size_t capacity;
    size_t count;
} chains;

/* A span in one field. */
typedef struct field_span {
    lede_xapian_translator *t;
    double weight; /* of the leaf; 0: it only matches */
    uint32_t field;
    bool complex; /* cannot be chains */
} field_span;

static bool stop(const field_span *f)
{
    (void)lede_xapian_stop(f->t, lede_arena_status(f->t->s.arena));
    return false;
}

static bool add_chain(field_span *f, chains *list, const chain *made)
{
    if (list->count == CHAINS_MAX) {
        f->complex = true;
        return false;
    }
    if (!lede_arena_grow(f->t->s.arena, &list->at, &list->capacity,
                         list->count + 1, sizeof *list->at))
        return stop(f);
    list->at[list->count++] = *made;
    return true;
}

/* The terms of a word in the field that have this span, and that some article
 * holds. */
static bool take_element(field_span *f, const lede_plan *word, uint32_t span,
                         element *out)
{
    lede_arena *arena = f->t->s.arena;

    *out = (element){ 0 };
    for (uint32_t i = 0; i < word->term_count; i++) {
        const lede_plan_term *term = &word->terms[i];
        uint32_t documents;

        if (term->field != f->field ||
            lede_term_span((const char *)term->term.at,
                           (uint32_t)term->term.len) != span)
            continue;
        documents = lede_xapian_documents(f->t, term->field, term->term);
        if (documents == 0)
            continue;
        if (!out->terms) {
            out->terms = lede_arena_array(arena, word->term_count,
                                          sizeof(const lede_plan_term *));
            out->documents = lede_arena_array(arena, word->term_count,
                                              sizeof *out->documents);
        }
        if (!out->terms || !out->documents)
            return stop(f);
        out->terms[out->count] = term;
        out->documents[out->count++] = documents;
    }
    return f->t->status == LEDE_OK;
}

static bool chains_of_word(field_span *f, const lede_plan *word, chains *out)
{
    for (uint32_t span = 1; span <= UINT8_MAX - LEDE_JOINED_MARK; span++) {
        chain made = { .count = 1, .last_span = span };
        element one;

        if (!take_element(f, word, span, &one))
            return false;
        if (one.count == 0)
            continue;
        made.elements = lede_arena_alloc(f->t->s.arena, sizeof one);
        if (!made.elements)
            return stop(f);
        made.elements[0] = one;
        if (!add_chain(f, out, &made))
            return false;
    }
    return true;
}

static bool share_term(const element *a, const element *b)
{
    for (uint32_t i = 0; i < a->count; i++)
        for (uint32_t j = 0; j < b->count; j++)
            if (lede_bytes_equal(a->terms[i]->term, b->terms[j]->term))
                return true;
    return false;
}

/* Whether `tail` may follow `head` in a join; words of NEAR must differ. */
static bool fits(const lede_plan *join, const chain *head, const chain *tail)
{
    bool near = join->kind == LEDE_PLAN_NEAR;

    if (tail->count > 1 && (near || join->slop > 0))
        return false;
    if (near && tail->last_span != 1)
        return false;
    for (uint32_t i = 0; near && i < head->count; i++)
        if (share_term(&head->elements[i], &tail->elements[0]))
            return false;
    return head->count == 0 || head->last_span == 1;
}

static bool link(field_span *f, const chain *head, const chain *tail,
                 chains *out)
{
    chain made = { .count = head->count + tail->count,
                   .last_span = tail->last_span };

    made.elements =
        lede_arena_array(f->t->s.arena, made.count, sizeof *made.elements);
    if (!made.elements)
        return stop(f);
    if (head->count)
        memcpy(made.elements, head->elements,
               head->count * sizeof *made.elements);
    memcpy(made.elements + head->count, tail->elements,
           tail->count * sizeof *made.elements);
    return add_chain(f, out, &made);
}

static bool chains_of(field_span *f, const lede_plan *span, chains *out);

static bool chains_of_join(field_span *f, const lede_plan *join, chains *out)
{
    chain empty = { .last_span = 1 };
    chains heads = { 0 };

    if (!add_chain(f, &heads, &empty))
        return false;
    for (uint32_t i = 0; i < join->count; i++) {
        chains tails = { 0 }, linked = { 0 };

        if (!chains_of(f, join->nodes[i], &tails))
            return false;
        for (size_t h = 0; h < heads.count; h++)
            for (size_t n = 0; n < tails.count; n++) {
                f->complex = !fits(join, &heads.at[h], &tails.at[n]);
                if (f->complex || !link(f, &heads.at[h], &tails.at[n], &linked))
                    return false;
            }
        heads = linked;
    }
    for (size_t i = 0; join->count > 0 && i < heads.count; i++)
        if (!add_chain(f, out, &heads.at[i]))
            return false;
    return true;
}

/* Appends the chains of a span; false if it has none, as f->complex says, or on
 * failure. Loose joins have no chains inside others. */
static bool chains_of(field_span *f, const lede_plan *span, chains *out)
{
    if (span->kind == LEDE_PLAN_WORD)
        return chains_of_word(f, span, out);
    if (span->kind == LEDE_PLAN_EITHER) {
        for (uint32_t i = 0; i < span->count; i++)
            if (!chains_of(f, span->nodes[i], out))
                return false;
        return true;
    }
    if (span->kind == LEDE_PLAN_NEAR || span->slop > 0) {
        f->complex = true;
        return false;
    }
    return chains_of_join(f, span, out);
}

/* ---- Chains as queries -------------------------------------------------- */

static xapian_query *any_term(const field_span *f, const element *e)
{
    xapian_query **parts =
        lede_arena_array(f->t->s.arena, e->count, sizeof(xapian_query *));
    lede_xapian_name name;

    if (!parts)
        return lede_xapian_stop(f->t, lede_arena_status(f->t->s.arena));
    for (uint32_t i = 0; i < e->count; i++) {
        (void)lede_xapian_word(&name, f->field, e->terms[i]->term);
        parts[i] = lede_xapian_make_term(f->t, &name);
    }
    return lede_xapian_make_join(f->t, XAPIAN_OR, parts, e->count, 0);
}

/* What libxapian may weigh a chain at most, and the greatest weight of its
 * terms. */
static double weight_of(const field_span *f, const chain *c, uint32_t *most)
{
    double sum = 0;

    *most = 1;
    for (uint32_t i = 0; i < c->count; i++) {
        const element *e = &c->elements[i];
        double best = 0;

        for (uint32_t n = 0; n < e->count; n++) {
            double weight = lede_xapian_weight(f->t, e->documents[n]);

            best = weight > best ? weight : best;
            if (e->terms[n]->weight > *most)
                *most = e->terms[n]->weight;
        }
        sum += best;
    }
    return sum;
}

static xapian_query *translate_chain(const field_span *f, const chain *c,
                                     const lede_plan *join)
{
    lede_xapian_translator *t = f->t;
    xapian_query **parts =
        lede_arena_array(t->s.arena, c->count, sizeof(xapian_query *));
    uint32_t slop = join->kind == LEDE_PLAN_EITHER ? 0 : join->slop, most;
    uint32_t window =
        slop < UINT32_MAX - c->count ? c->count + slop : UINT32_MAX;
    xapian_operator op =
        join->kind == LEDE_PLAN_NEAR ? XAPIAN_NEAR : XAPIAN_PHRASE;
    xapian_query *query;
    double theirs;

    if (!parts)
        return lede_xapian_stop(t, lede_arena_status(t->s.arena));
    for (uint32_t i = 0; i < c->count; i++)
        parts[i] = any_term(f, &c->elements[i]);
    query = lede_xapian_make_join(t, op, parts, c->count, window);
    if (!(f->weight > 0))
        return lede_xapian_make_scaled(t, query, 0);
    theirs = weight_of(f, c, &most);
    /* A compound alone has no wdf. */
    if (c->count == 1 && c->last_span > 1)
        return lede_xapian_make_fixed(t, query,
                                      f->weight * lede_xapian_once(t, most));
    return lede_xapian_make_scaled(
        t, query,
        f->weight / theirs * lede_xapian_once(t, most) * (1 + t->out->rule.k1));
}

/* ---- Resolving ---------------------------------------------------------- */

/* Articles that have the words, wherever they stand. */
static xapian_query *superset(const field_span *f, const lede_plan *span)
{
    lede_xapian_translator *t = f->t;
    bool word = span->kind == LEDE_PLAN_WORD;
    uint32_t size = word ? span->term_count : span->count, count = 0;
    xapian_query **parts =
        lede_arena_array(t->s.arena, size, sizeof(xapian_query *));
    lede_xapian_name name;

    if (!parts)
        return lede_xapian_stop(t, lede_arena_status(t->s.arena));
    for (uint32_t i = 0; i < size; i++) {
        if (!word)
            parts[count++] = superset(f, span->nodes[i]);
        else if (span->terms[i].field == f->field &&
                 lede_xapian_word(&name, f->field, span->terms[i].term))
            parts[count++] = lede_xapian_make_term(t, &name);
    }
    return lede_xapian_make_join(
        t, word || span->kind == LEDE_PLAN_EITHER ? XAPIAN_OR : XAPIAN_AND,
        parts, count, 0);
}

typedef struct finder {
    lede_xapian_translator *t;
    lede_arena *arena; /* of one article */
    uint32_t field;
    uint32_t id;
    xapian_error fault;
} finder;

static uint32_t find(void *ctx, const lede_plan_term *term,
                     const uint32_t **positions)
{
    finder *seek = ctx;
    xapian_positions found;
    lede_xapian_name name;
    uint32_t *copy;
    uint32_t count = 0;

    if (term->field != seek->field || seek->fault.kind != XAPIAN_ERROR_NONE ||
        !lede_xapian_word(&name, term->field, term->term) ||
        !xapian_positions_get(seek->t->s.all->db, seek->id, name.text, name.len,
                              &found, &seek->fault))
        return 0;
    copy = lede_arena_array(seek->arena, found.count, sizeof *copy);
    if (copy && found.count) {
        for (size_t i = 0; i < found.count; i++)
            copy[i] = found.at[i] - LEDE_XAPIAN_POSITION_BASE;
        *positions = copy;
        count = (uint32_t)found.count;
    }
    xapian_positions_free(&found);
    return count;
}

bool lede_xapian_intervals(lede_xapian_translator *t, const lede_plan *span,
                           uint32_t field, uint32_t id, lede_arena *arena,
                           lede_intervals *out)
{
    finder seek = { .t = t, .arena = arena, .field = field, .id = id };
    lede_occurrences occurrences = { find, &seek, field };
    lede_status status;

    lede_arena_clear(arena);
    *out = (lede_intervals){ NULL, 0 };
    status = lede_span_match(out, span, &occurrences, t->s.budget, arena);
    if (status == LEDE_OK)
        status = lede_arena_status(arena);
    if (seek.fault.kind != XAPIAN_ERROR_NONE)
        (void)lede_xapian_fault(t, &seek.fault);
    else if (status != LEDE_OK)
        (void)lede_xapian_stop(t, status);
    return t->status == LEDE_OK;
}

/* The key's query of an article that matches, else NULL. */
static xapian_query *key_query(const field_span *f, uint32_t id)
{
    xapian_error fault;
    xapian_document *doc = xapian_document_get(f->t->s.all->db, id, &fault);
    xapian_string key = { NULL, 0 };
    lede_xapian_name name;
    xapian_query *query;

    if (!doc ||
        !xapian_document_value(doc, LEDE_XAPIAN_SLOT_KEY, &key, &fault)) {
        query = lede_xapian_fault(f->t, &fault);
    } else {
        lede_xapian_key_name(&name, lede_bytes_of(key.at, key.len));
        query = lede_xapian_make_term(f->t, &name);
    }
    xapian_string_free(&key);
    xapian_document_free(doc);
    return query;
}

static xapian_query *look_at_all(const field_span *f, const lede_plan *span,
                                 const xapian_mset *mset, lede_arena *arena)
{
    lede_xapian_translator *t = f->t;
    size_t size = xapian_mset_size(mset), count = 0;
    xapian_query **keys =
        lede_arena_array(t->s.arena, size, sizeof(xapian_query *));
    lede_intervals found;
    xapian_error fault;
    xapian_item item;

    if (!keys)
        return lede_xapian_stop(t, lede_arena_status(t->s.arena));
    for (size_t i = 0; i < size && t->status == LEDE_OK; i++) {
        lede_status status = lede_budget_spend(t->s.budget, 1000);

        if (status != LEDE_OK)
            return lede_xapian_stop(t, status);
        if (!xapian_mset_item(mset, i, &item, &fault))
            return lede_xapian_fault(t, &fault);
        if (lede_xapian_intervals(t, span, f->field, item.id, arena, &found) &&
            found.count > 0)
            keys[count++] = key_query(f, item.id);
    }
    return lede_xapian_make_join(t, XAPIAN_OR, keys, count, 0);
}

xapian_mset *lede_xapian_articles(lede_xapian_translator *t,
                                  const xapian_query *query, bool scored)
{
    xapian_run run = { .most = (uint32_t)t->documents };
    xapian_mset *mset = NULL;
    xapian_enquire *enquire;
    xapian_error fault;

    if (t->status != LEDE_OK)
        return NULL;
    enquire = xapian_enquire_new(t->s.all->db, &fault);
    if (enquire &&
        (scored ? xapian_enquire_bm25(enquire, &t->out->rule, &fault)
                : xapian_enquire_boolean(enquire, &fault)) &&
        xapian_enquire_query(enquire, query, &fault))
        mset = xapian_enquire_run(enquire, &run, &fault);
    xapian_enquire_free(enquire);
    if (!mset)
        (void)lede_xapian_fault(t, &fault);
    return mset;
}

static xapian_query *resolve(const field_span *f, const lede_plan *span)
{
    lede_xapian_translator *t = f->t;
    xapian_mset *mset = lede_xapian_articles(t, superset(f, span), false);
    lede_arena *arena = lede_arena_new(t->s.snapshot->allocator);
    xapian_query *query = NULL;

    if (!arena)
        (void)lede_xapian_stop(t, LEDE_ERR_NOMEM);
    if (arena && mset)
        query = look_at_all(f, span, mset, arena);
    xapian_mset_free(mset);
    lede_arena_free(arena);
    return lede_xapian_make_fixed(t, query, f->weight * RESOLVED_SHARE);
}

/* ---- The leaf ----------------------------------------------------------- */

static xapian_query *best_of(const field_span *f, xapian_query **parts,
                             size_t count)
{
    return lede_xapian_make_join(f->t, f->weight > 0 ? f->t->best : XAPIAN_OR,
                                 parts, count, 0);
}

static xapian_query *translate_in_field(field_span *f, const lede_plan *span)
{
    chains list = { 0 };
    size_t size = span->kind == LEDE_PLAN_EITHER ? span->count : CHAINS_MAX;
    xapian_query **parts =
        lede_arena_array(f->t->s.arena, size, sizeof(xapian_query *));
    bool simple;

    if (!parts)
        return lede_xapian_stop(f->t, lede_arena_status(f->t->s.arena));
    if (span->kind == LEDE_PLAN_EITHER) {
        for (uint32_t i = 0; i < span->count && f->t->status == LEDE_OK; i++)
            parts[i] = translate_in_field(f, span->nodes[i]);
        return best_of(f, parts, span->count);
    }
    f->complex = false;
    simple = span->kind == LEDE_PLAN_WORD ? chains_of_word(f, span, &list)
                                          : chains_of_join(f, span, &list);
    if (f->t->status != LEDE_OK)
        return NULL;
    if (!simple)
        return resolve(f, span);
    for (size_t i = 0; i < list.count && f->t->status == LEDE_OK; i++)
        parts[i] = translate_chain(f, &list.at[i], span);
    return best_of(f, parts, list.count);
}

/* Marks the fields of a span's terms. */
static void mark_fields(bool *fields, uint32_t count, const lede_plan *span)
{
    for (uint32_t i = 0; i < span->term_count; i++)
        if (span->terms[i].field < count)
            fields[span->terms[i].field] = true;
    for (uint32_t i = 0; i < span->count; i++)
        mark_fields(fields, count, span->nodes[i]);
}

xapian_query *lede_xapian_translate_span(lede_xapian_translator *t,
                                         const lede_plan *span, bool silent)
{
    uint32_t count = lede_schema_count(t->s.snapshot->schema);
    bool *fields = lede_arena_array(t->s.arena, count, sizeof *fields);
    xapian_query **parts =
        lede_arena_array(t->s.arena, count, sizeof(xapian_query *));
    field_span f = { .t = t, .weight = silent ? 0 : span->score.weight };
    size_t used = 0;

    if (!fields || !parts)
        return lede_xapian_stop(t, lede_arena_status(t->s.arena));
    mark_fields(fields, count, span);
    for (f.field = 0; f.field < count && t->status == LEDE_OK; f.field++)
        if (fields[f.field])
            parts[used++] = translate_in_field(&f, span);
    return best_of(&f, parts, used);
}
