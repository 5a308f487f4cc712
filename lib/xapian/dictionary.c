/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xapian/dictionary.c - the terms of a snapshot: lookups, walks, forms.
 *
 * A walk keeps no iterator of libxapian between its steps, for nothing would
 * free it when the walk is given up: it reads ahead, a batch of accepted terms
 * at a time, each time with an iterator of its own.
 */
#include "xapian/index.h"

#include <stdlib.h>

#include "base/error.h"
#include "xapian/fault.h"

/* ---- Statistics of one term --------------------------------------------- */

/* Joined words have no wdf: their occurrences are their positions. */
static bool count_positions(uint64_t *occurrences, const xapian_database *db,
                            const lede_xapian_name *name, xapian_error *fault)
{
    xapian_postings *postings =
        xapian_postings_open(db, name->text, name->len, fault);
    xapian_positions positions;
    uint32_t id, wdf;
    uint64_t sum = 0;

    fault->kind = XAPIAN_ERROR_NONE;
    while (postings && xapian_postings_next(postings, &id, &wdf, fault)) {
        if (!xapian_positions_get(db, id, name->text, name->len, &positions,
                                  fault))
            break;
        sum += positions.count;
        xapian_positions_free(&positions);
    }
    xapian_postings_free(postings);
    if (!postings || fault->kind != XAPIAN_ERROR_NONE)
        return false;
    *occurrences = sum;
    return true;
}

/* Whether any part has seen the word as a name. */
static bool ask_name(bool *name, const lede_engine_snapshot *s, uint32_t field,
                     lede_bytes word, xapian_error *fault)
{
    lede_xapian_name key;
    xapian_string value;

    *name = false;
    if (!lede_xapian_name_name(&key, field, word))
        return true;
    for (uint32_t i = 0; i < s->all.count && !*name; i++) {
        if (!xapian_metadata_get(s->parts[s->all.at[i]].db, key.text, key.len,
                                 &value, fault))
            return false;
        *name = value.len > 0;
        xapian_string_free(&value);
    }
    return true;
}

static bool ask_word(lede_term_stats *stats, const lede_engine_snapshot *s,
                     uint32_t field, lede_bytes word, xapian_error *fault)
{
    lede_term_stats found = { 0 };
    lede_xapian_name name;
    uint32_t documents;

    if (!lede_xapian_word(&name, field, word)) {
        *stats = found;
        return true;
    }
    if (!xapian_term_count(s->all.db, name.text, name.len, &documents,
                           &found.occurrences, fault))
        return false;
    found.documents = documents;
    if (documents > 0 &&
        lede_term_span((const char *)word.at, (uint32_t)word.len) > 1 &&
        !count_positions(&found.occurrences, s->all.db, &name, fault))
        return false;
    if (documents > 0 && !ask_name(&found.name, s, field, word, fault))
        return false;
    *stats = found;
    return true;
}

/* NOLINTNEXTLINE(readability-function-size): as the seam has it */
lede_status lede_xapian_lookup(lede_term_stats *stats,
                               const lede_engine_snapshot *snapshot,
                               const lede_plan_term *terms, uint32_t count,
                               lede_budget *budget, lede_arena *arena,
                               lede_error *err)
{
    lede_status status = LEDE_OK;
    xapian_error fault;

    (void)arena;
    (void)pthread_mutex_lock(snapshot->mutex);
    for (uint32_t i = 0; status == LEDE_OK && i < count; i++) {
        status = lede_budget_spend(budget, 100);
        if (status == LEDE_OK && !ask_word(&stats[i], snapshot, terms[i].field,
                                           terms[i].term, &fault))
            status = lede_xapian_fail(err, &fault, NULL);
    }
    (void)pthread_mutex_unlock(snapshot->mutex);
    return status == LEDE_OK ? status : lede_fail_plain(err, status);
}

/* ---- Jumping ------------------------------------------------------------ */

#define TERM_ROOM (LEDE_KEYWORD_MAX + 1)

/* States of the automaton along the term last seen. */
typedef struct trail {
    lede_dfa *dfa; /* NULL: accepts all */
    uint8_t bytes[TERM_ROOM];
    uint32_t states[TERM_ROOM + 1]; /* states[n]: after n bytes */
    size_t known;                   /* bytes that have states */
} trail;

static void trail_init(trail *t, lede_dfa *dfa)
{
    t->dfa = dfa;
    t->known = 0;
    if (dfa)
        t->states[0] = dfa->start;
}

/* Runs to the end of the term, or until it is dead; returns how far. */
static size_t follow(trail *t, lede_bytes term)
{
    size_t at = 0;

    while (at < t->known && at < term.len && t->bytes[at] == term.at[at])
        at++;
    while (at < term.len && t->states[at] != LEDE_DFA_DEAD) {
        t->bytes[at] = term.at[at];
        t->states[at + 1] = lede_dfa_step(t->dfa, t->states[at], term.at[at]);
        at++;
    }
    t->known = at;
    return at;
}

/* The least string above all that begin with t->bytes[0..known) that may yet
 * be accepted, in place; its length, or 0 if there is none. */
static size_t rise(trail *t)
{
    for (size_t at = t->known; at-- > 0;)
        for (unsigned byte = t->bytes[at] + 1U; byte <= UINT8_MAX; byte++) {
            uint32_t state =
                lede_dfa_step(t->dfa, t->states[at], (uint8_t)byte);

            if (state == LEDE_DFA_DEAD)
                continue;
            t->bytes[at] = (uint8_t)byte;
            t->states[at + 1] = state;
            t->known = at + 1;
            return t->known;
        }
    return 0;
}

/* ---- Walking ------------------------------------------------------------ */

/* A server sends all its terms for each batch. */
#define BATCH_FIRST  16U
#define BATCH_MAX    256U
#define BATCH_REMOTE (1U << 20)

typedef struct found_term {
    lede_bytes term;
    uint32_t distance;
    lede_term_stats stats;
} found_term;

typedef struct walk {
    lede_term_walk base;
    const lede_engine_snapshot *snapshot;
    lede_budget *budget;
    lede_arena *arena;
    uint32_t field;
    lede_space space;
    trail trail;
    found_term *batch;
    size_t capacity;
    size_t count;
    size_t at;
    size_t batch_max;
    uint8_t from[TERM_ROOM]; /* where the next batch begins */
    size_t from_len;
    bool ended;        /* after this batch */
    found_term *longs; /* values too long to be terms, rising */
    size_t long_capacity;
    size_t long_count;
    size_t long_at;
} walk;

/* What the automaton accepts the term with, or LEDE_DFA_REJECT; *dead if no
 * term that begins as this one does up to where the trail ends is accepted. */
static uint32_t judge(trail *t, lede_bytes term, bool *dead)
{
    *dead = false;
    if (!t->dfa)
        return 0;
    *dead = follow(t, term) < term.len || t->states[t->known] == LEDE_DFA_DEAD;
    return *dead ? LEDE_DFA_REJECT
                 : lede_dfa_accept(t->dfa, t->states[t->known]);
}

static lede_status keep(walk *w, lede_bytes term, uint32_t distance,
                        uint32_t documents)
{
    found_term *found;
    char *copy;

    if (!lede_arena_grow(w->arena, &w->batch, &w->capacity, w->count + 1,
                         sizeof *w->batch))
        return lede_arena_status(w->arena);
    copy = lede_arena_text(w->arena, term.at, term.len);
    if (!copy)
        return lede_arena_status(w->arena);
    found = &w->batch[w->count++];
    *found = (found_term){ .term = lede_bytes_of(copy, term.len),
                           .distance = distance,
                           .stats = { .documents = documents,
                                      .occurrences = documents } };
    return LEDE_OK;
}

/* Fills the batch from a list that stands before its first term. */
static lede_status read_terms(walk *w, xapian_terms *terms,
                              const lede_xapian_name *prefix,
                              xapian_error *fault)
{
    uint8_t target[LEDE_XAPIAN_FIELD_PREFIX + TERM_ROOM];
    const char *text;
    size_t len;
    bool more;

    memcpy(target, prefix->text, prefix->len);
    memcpy(target + prefix->len, w->from, w->from_len);
    more = xapian_terms_skip(terms, target, prefix->len + w->from_len, &text,
                             &len, fault);
    while (more) {
        lede_bytes term = lede_bytes_of(text + prefix->len, len - prefix->len);
        bool dead;
        uint32_t distance = judge(&w->trail, term, &dead);
        lede_status status = lede_budget_spend(w->budget, 64);

        if (status != LEDE_OK)
            return status;
        if (distance != LEDE_DFA_REJECT) {
            if (w->count == w->batch_max) {
                memcpy(w->from, term.at, term.len);
                w->from_len = term.len;
                return LEDE_OK;
            }
            status = keep(w, term, distance, xapian_terms_documents(terms));
            if (status != LEDE_OK)
                return status;
        }
        if (dead && rise(&w->trail) == 0)
            break;
        if (dead)
            memcpy(target + prefix->len, w->trail.bytes, w->trail.known);
        more = dead ? xapian_terms_skip(terms, target,
                                        prefix->len + w->trail.known, &text,
                                        &len, fault)
                    : xapian_terms_next(terms, &text, &len, fault);
    }
    w->ended = true;
    return LEDE_OK;
}

static lede_status read_batch(walk *w)
{
    const lede_engine_snapshot *s = w->snapshot;
    xapian_error fault = { .kind = XAPIAN_ERROR_NONE };
    lede_xapian_name prefix;
    xapian_terms *terms;
    lede_status status = LEDE_OK;

    w->count = w->at = 0;
    lede_xapian_space_prefix(&prefix, w->field, w->space);
    terms = xapian_database_terms(s->all.db, prefix.text, prefix.len, &fault);
    if (terms)
        status = read_terms(w, terms, &prefix, &fault);
    xapian_terms_free(terms);
    if (fault.kind != XAPIAN_ERROR_NONE)
        return lede_xapian_status(fault.kind);
    for (size_t i = 0;
         status == LEDE_OK && i < w->count && w->space == LEDE_SPACE_WORDS;
         i++) {
        status = lede_budget_spend(w->budget, 64);
        if (status == LEDE_OK && !ask_word(&w->batch[i].stats, s, w->field,
                                           w->batch[i].term, &fault))
            status = lede_xapian_status(fault.kind);
    }
    if (w->batch_max < BATCH_MAX)
        w->batch_max *= 2;
    return status;
}

static bool hand_out(walk *w, const found_term *found)
{
    w->base.term = found->term;
    w->base.stats = found->stats;
    w->base.distance = found->distance;
    return true;
}

/* The lesser of the next term and the next long value. */
static bool next(lede_term_walk *base)
{
    walk *w = (walk *)base;
    const found_term *plain, *other;

    if (base->status != LEDE_OK)
        return false;
    if (w->at == w->count && !w->ended) {
        (void)pthread_mutex_lock(w->snapshot->mutex);
        base->status = read_batch(w);
        (void)pthread_mutex_unlock(w->snapshot->mutex);
        if (base->status == LEDE_OK && w->trail.dfa)
            base->status = w->trail.dfa->status;
        if (base->status != LEDE_OK)
            return false;
    }
    plain = w->at < w->count ? &w->batch[w->at] : NULL;
    other = w->long_at < w->long_count ? &w->longs[w->long_at] : NULL;
    if (plain && (!other || lede_bytes_compare(plain->term, other->term) < 0)) {
        w->at++;
        return hand_out(w, plain);
    }
    if (!other)
        return false;
    w->long_at++;
    return hand_out(w, other);
}

static int by_term(const void *left, const void *right)
{
    const found_term *a = left, *b = right;

    return lede_bytes_compare(a->term, b->term);
}

/* Looks at one long value of a part. */
static lede_status add_long(walk *w, const xapian_database *part,
                            const char *name, size_t len, xapian_error *fault)
{
    xapian_string value;
    lede_xapian_name term;
    lede_bytes bytes;
    uint32_t documents = 0, distance;
    uint64_t occurrences;
    lede_status status = LEDE_OK;

    if (!xapian_metadata_get(part, name, len, &value, fault))
        return lede_xapian_status(fault->kind);
    bytes = lede_bytes_of(value.at, value.len);
    distance = w->trail.dfa
                   ? lede_dfa_accept(
                         w->trail.dfa,
                         lede_dfa_run(w->trail.dfa, w->trail.dfa->start, bytes))
                   : 0;
    lede_xapian_value_name(&term, w->field, bytes);
    if (distance != LEDE_DFA_REJECT &&
        !xapian_term_count(w->snapshot->all.db, term.text, term.len, &documents,
                           &occurrences, fault))
        status = lede_xapian_status(fault->kind);
    if (status == LEDE_OK && documents > 0)
        status = keep(w, bytes, distance, documents);
    xapian_string_free(&value);
    return status;
}

/* Lists the long values of all parts, each once. They are few. */
static lede_status list_longs(walk *w)
{
    const lede_engine_snapshot *s = w->snapshot;
    xapian_error fault = { .kind = XAPIAN_ERROR_NONE };
    lede_status status = LEDE_OK;
    lede_xapian_name prefix;
    size_t distinct = 0;

    lede_xapian_long_prefix(&prefix, w->field);
    for (uint32_t i = 0; status == LEDE_OK && i < s->all.count; i++) {
        const xapian_database *part = s->parts[s->all.at[i]].db;
        xapian_terms *names =
            xapian_metadata_keys(part, prefix.text, prefix.len, &fault);
        const char *name;
        size_t len;

        while (status == LEDE_OK && names &&
               xapian_terms_next(names, &name, &len, &fault))
            status = add_long(w, part, name, len, &fault);
        xapian_terms_free(names);
        if (status == LEDE_OK)
            status = lede_xapian_status(fault.kind);
    }
    if (w->count)
        qsort(w->batch, w->count, sizeof *w->batch, by_term);
    for (size_t i = 0; i < w->count; i++)
        if (i == 0 || !lede_bytes_equal(w->batch[i].term, w->batch[i - 1].term))
            w->batch[distinct++] = w->batch[i];
    w->longs = w->batch;
    w->long_count = distinct;
    w->batch = NULL;
    w->capacity = w->count = 0;
    return status;
}

lede_status lede_xapian_walk(lede_term_walk **out,
                             const lede_engine_snapshot *snapshot,
                             uint32_t field, lede_space space, lede_dfa *dfa,
                             lede_budget *budget, lede_arena *arena,
                             lede_error *err)
{
    walk *w = lede_arena_zero(arena, sizeof *w);
    lede_status status = LEDE_OK;

    if (!w)
        return lede_fail_plain(err, lede_arena_status(arena));
    w->base.next = next;
    w->snapshot = snapshot;
    w->budget = budget;
    w->arena = arena;
    w->field = field;
    w->space = space;
    w->batch_max = snapshot->index->remote ? BATCH_REMOTE : BATCH_FIRST;
    trail_init(&w->trail, dfa);
    if (space == LEDE_SPACE_VALUES) {
        (void)pthread_mutex_lock(snapshot->mutex);
        status = list_longs(w);
        (void)pthread_mutex_unlock(snapshot->mutex);
    }
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    *out = &w->base;
    return LEDE_OK;
}

/* ---- Forms -------------------------------------------------------------- */

typedef struct word_list {
    lede_bytes *at;
    size_t capacity;
    size_t count;
    lede_arena *arena;
} word_list;

static lede_status add_words(word_list *list, lede_bytes table)
{
    lede_bytes term;

    while (table.len > 0) {
        char *copy;

        if (!lede_take_block(&table, &term))
            return LEDE_ERR_CORRUPT;
        copy = lede_arena_text(list->arena, term.at, term.len);
        if (!copy || !lede_arena_grow(list->arena, &list->at, &list->capacity,
                                      list->count + 1, sizeof *list->at))
            return lede_arena_status(list->arena);
        list->at[list->count++] = lede_bytes_of(copy, term.len);
    }
    return LEDE_OK;
}

static int by_bytes(const void *left, const void *right)
{
    const lede_bytes *a = left, *b = right;

    return lede_bytes_compare(*a, *b);
}

/* In order, each once; words whose last article is gone are left out. */
static lede_status settle(word_list *list, const lede_engine_snapshot *s,
                          xapian_error *fault)
{
    size_t kept = 0;

    if (list->count)
        qsort(list->at, list->count, sizeof *list->at, by_bytes);
    for (size_t i = 0; i < list->count; i++) {
        bool there = false;

        if (i > 0 && lede_bytes_equal(list->at[i], list->at[i - 1]))
            continue;
        for (uint32_t f = 0; f < s->description.field_count && !there; f++) {
            lede_xapian_name name;
            uint32_t documents = 0;
            uint64_t occurrences;

            if (lede_field_has_words(lede_schema_field(s->schema, f)) &&
                lede_xapian_word(&name, f, list->at[i]) &&
                !xapian_term_count(s->all.db, name.text, name.len, &documents,
                                   &occurrences, fault))
                return lede_xapian_status(fault->kind);
            there = documents > 0;
        }
        if (there)
            list->at[kept++] = list->at[i];
    }
    list->count = kept;
    return LEDE_OK;
}

static lede_status list_forms(word_list *list, const lede_engine_snapshot *s,
                              const lede_xapian_name *name, lede_budget *budget,
                              xapian_error *fault)
{
    lede_status status = LEDE_OK;

    /* The union's metadata is its first part's alone. */
    for (uint32_t i = 0; status == LEDE_OK && i < s->all.count; i++) {
        xapian_string table;

        status = lede_budget_spend(budget, 100);
        if (status != LEDE_OK)
            break;
        if (!xapian_metadata_get(s->parts[s->all.at[i]].db, name->text,
                                 name->len, &table, fault))
            return lede_xapian_status(fault->kind);
        status = add_words(list, lede_bytes_of(table.at, table.len));
        xapian_string_free(&table);
    }
    return status == LEDE_OK ? settle(list, s, fault) : status;
}

lede_status lede_xapian_forms(const lede_bytes **terms, uint32_t *count,
                              const lede_engine_snapshot *snapshot,
                              uint32_t kind, lede_bytes key,
                              lede_budget *budget, lede_arena *arena,
                              lede_error *err)
{
    word_list list = { .arena = arena };
    xapian_error fault = { .kind = XAPIAN_ERROR_NONE };
    lede_xapian_name name;
    lede_status status = LEDE_OK;

    if (kind < LEDE_FORM_KINDS_MAX && lede_xapian_form_name(&name, kind, key)) {
        (void)pthread_mutex_lock(snapshot->mutex);
        status = list_forms(&list, snapshot, &name, budget, &fault);
        (void)pthread_mutex_unlock(snapshot->mutex);
    }
    if (status != LEDE_OK)
        return fault.kind != XAPIAN_ERROR_NONE
                   ? lede_xapian_fail(err, &fault, NULL)
                   : lede_fail_plain(err, status);
    *terms = list.at;
    *count = (uint32_t)list.count;
    return LEDE_OK;
}
