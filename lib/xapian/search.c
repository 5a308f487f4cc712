/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xapian/search.c - answers searches.
 *
 * Where libxapian orders as asked (by score, then by sequence or key) it is
 * asked for a page. Sorting by columns, collapsing and recency are done here,
 * over all that matches.
 */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "xapian/asking.h"
#include "xapian/fault.h"

lede_status lede_xapian_asking_fail(lede_xapian_asking *a, lede_status status)
{
    if (a->status == LEDE_OK && status != LEDE_OK) {
        a->status = status;
        (void)lede_fail_plain(a->err, status);
    }
    return status;
}

lede_status lede_xapian_asking_fault(lede_xapian_asking *a,
                                     const xapian_error *fault)
{
    if (a->status == LEDE_OK)
        a->status = lede_xapian_fail(a->err, fault, NULL);
    return a->status;
}

/* ---- Asking ------------------------------------------------------------- */

static xapian_decision watch(void *ctx, uint32_t id)
{
    lede_xapian_asking *a = ctx;
    lede_status status;

    (void)id;
    if (a->timed_out)
        return XAPIAN_REJECT;
    status = lede_budget_spend(a->search->budget, 64);
    if (status == LEDE_OK)
        return XAPIAN_ACCEPT;
    if (status == LEDE_ERR_TIMEOUT && a->search->partial) {
        a->timed_out = true;
        return XAPIAN_REJECT;
    }
    (void)lede_xapian_asking_fail(a, status);
    return XAPIAN_STOP;
}

static bool set_up(const lede_xapian_asking *a, xapian_enquire *enquire,
                   const xapian_query *query,
                   const lede_xapian_asked_order *order, xapian_error *fault)
{
    xapian_order by = order->scored ? XAPIAN_BY_WEIGHT : XAPIAN_BY_VALUE;
    bool done = xapian_enquire_query(enquire, query, fault) &&
                (order->scored
                     ? xapian_enquire_bm25(enquire, &a->translation.rule, fault)
                     : xapian_enquire_boolean(enquire, fault));

    if (order->slot == UINT32_MAX)
        return done && xapian_enquire_id_order(enquire, XAPIAN_IDS_ANY, fault);
    if (order->scored)
        by = XAPIAN_BY_WEIGHT_THEN_VALUE;
    return done && xapian_enquire_order(enquire, by, order->slot,
                                        order->falling, fault);
}

xapian_mset *lede_xapian_ask(lede_xapian_asking *a, const xapian_query *query,
                             const lede_xapian_asked_order *order,
                             uint32_t most, uint32_t check_at_least,
                             xapian_spy *const *spies, size_t spy_count)
{
    xapian_run run = { .most = most, .check_at_least = check_at_least };
    lede_status status = lede_budget_look(a->search->budget);
    xapian_enquire *enquire;
    xapian_mset *mset = NULL;
    xapian_error fault;
    bool done;

    if (status == LEDE_ERR_TIMEOUT && a->search->partial)
        a->timed_out = true;
    else
        (void)lede_xapian_asking_fail(a, status);
    if (a->status != LEDE_OK)
        return NULL;
    if (a->watched) {
        run.decide = watch;
        run.ctx = a;
    }
    enquire = xapian_enquire_new(a->all->db, &fault);
    done = enquire && set_up(a, enquire, query, order, &fault);
    for (size_t i = 0; done && i < spy_count; i++)
        done = xapian_enquire_add_spy(enquire, spies[i], &fault);
    if (done)
        mset = xapian_enquire_run(enquire, &run, &fault);
    xapian_enquire_free(enquire);
    if (!mset)
        (void)lede_xapian_asking_fault(a, &fault);
    return mset;
}

/* ---- All that matches, ordered here ------------------------------------- */

static void answer_by_rows(lede_xapian_asking *a, lede_engine_results *out)
{
    lede_xapian_asked_order order = {
        .scored = a->translation.scored && a->search->sort_count == 0,
        .slot = UINT32_MAX,
    };
    xapian_mset *mset = lede_xapian_ask(a, a->translation.query, &order,
                                        a->documents, a->documents, NULL, 0);
    lede_xapian_rows rows;

    if (!mset)
        return;
    rows = lede_xapian_rows_of(a, mset);
    xapian_mset_free(mset);
    out->total = rows.count;
    out->total_exact = !a->timed_out;
    if (a->status == LEDE_OK)
        lede_xapian_rows_fill(a, &rows);
    if (a->status != LEDE_OK)
        return;
    lede_xapian_rows_sort(&rows);
    if (a->search->collapse != LEDE_NO_FIELD)
        lede_xapian_rows_collapse(a, &rows);
    if (a->status == LEDE_OK)
        lede_xapian_rows_page(a, &rows, out);
}

/* ---- A page, ordered by libxapian --------------------------------------- */

static lede_bytes copy_key(lede_xapian_asking *a, uint32_t id)
{
    xapian_error fault;
    xapian_document *doc = xapian_document_get(a->all->db, id, &fault);
    xapian_string key = { NULL, 0 };
    lede_bytes copy = { NULL, 0 };

    if (!doc ||
        !xapian_document_value(doc, LEDE_XAPIAN_SLOT_KEY, &key, &fault)) {
        (void)lede_xapian_asking_fault(a, &fault);
    } else {
        copy = lede_bytes_of(lede_arena_text(a->scratch, key.at, key.len),
                             key.len);
        if (!copy.at)
            (void)lede_xapian_asking_fail(a, lede_arena_status(a->scratch));
    }
    xapian_string_free(&key);
    xapian_document_free(doc);
    return copy;
}

/* Reads what decides behind the scores: sequence and key. libxapian hands out
 * the one that it ordered by. */
static void read_ties(lede_xapian_asking *a, const xapian_mset *mset,
                      lede_xapian_rows *rows)
{
    for (size_t i = 0; i < rows->count && a->status == LEDE_OK; i++) {
        lede_xapian_row *row = &rows->at[i];
        xapian_string value;
        xapian_error fault;

        if (lede_xapian_needs_keys(a))
            row->key = copy_key(a, row->id);
        if (a->search->ties == LEDE_TIES_KEY || a->status != LEDE_OK)
            continue;
        if (!xapian_mset_value(mset, i, &value, &fault)) {
            (void)lede_xapian_asking_fault(a, &fault);
            return;
        }
        if (!lede_xapian_read_sequence(&row->sequence,
                                       lede_bytes_of(value.at, value.len)))
            (void)lede_xapian_asking_fail(a, LEDE_ERR_CORRUPT);
        xapian_string_free(&value);
    }
}

/* Whether what was not fetched comes behind a row: it has no more points than
 * the last row, nor stands before it in libxapian's order of ties, which leaves
 * aside the keys of equal sequences. */
static bool is_certain(const lede_xapian_asking *a, const lede_xapian_row *row,
                       const lede_xapian_row *last)
{
    if (a->translation.scored)
        return row->points > last->points;
    return a->all->count == 1 || row->sequence != last->sequence;
}

/* Whether the page is among the rows, of which there may be more. */
static bool is_whole(const lede_xapian_asking *a, const lede_xapian_rows *rows)
{
    const lede_xapian_row *last = &rows->at[rows->count - 1];
    size_t certain = 0;

    for (size_t i = 0; i < rows->count; i++)
        certain += is_certain(a, &rows->at[i], last) &&
                   lede_xapian_row_is_behind(&rows->at[i]);
    return certain >= a->search->want;
}

/* Where nothing scores the place of `after` is a bound for libxapian. */
static xapian_query *bound(lede_xapian_asking *a)
{
    const lede_engine_hit *after = a->search->after;
    uint8_t sequence[LEDE_XAPIAN_SEQUENCE_BYTES];
    xapian_query *parts[2] = { a->translation.query, NULL };
    xapian_query *joined = NULL;
    xapian_error fault;

    lede_xapian_put_sequence(sequence, after->sequence);
    if (a->search->ties == LEDE_TIES_KEY)
        parts[1] = xapian_query_at_least(LEDE_XAPIAN_SLOT_KEY, after->key.at,
                                         after->key.len, &fault);
    else if (a->search->ties == LEDE_TIES_OLDEST)
        parts[1] = xapian_query_at_least(LEDE_XAPIAN_SLOT_SEQUENCE, sequence,
                                         sizeof sequence, &fault);
    else
        parts[1] = xapian_query_at_most(LEDE_XAPIAN_SLOT_SEQUENCE, sequence,
                                        sizeof sequence, &fault);
    if (parts[1])
        joined = xapian_query_join(XAPIAN_FILTER, parts, 2, 0, &fault);
    if (!joined)
        (void)lede_xapian_asking_fault(a, &fault);
    xapian_query_free(parts[1]);
    return joined;
}

static uint32_t doubled(uint32_t most)
{
    return most < UINT32_MAX / 2 ? 2 * most : UINT32_MAX;
}

/* One try with so many items; true when the page is certain. */
static bool try_page(lede_xapian_asking *a, const xapian_query *query,
                     uint32_t most, lede_engine_results *out)
{
    lede_xapian_asked_order order = {
        .scored = a->translation.scored,
        .slot = a->search->ties == LEDE_TIES_KEY ? LEDE_XAPIAN_SLOT_KEY
                                                 : LEDE_XAPIAN_SLOT_SEQUENCE,
        .falling = a->search->ties == LEDE_TIES_NEWEST,
    };
    bool counted = query == a->translation.query && !out->total_exact;
    xapian_mset *mset = lede_xapian_ask(
        a, query, &order, most,
        counted && a->search->count_all ? a->documents : 0, NULL, 0);
    lede_xapian_rows rows;
    uint32_t least, upper;
    bool done = true;

    if (!mset)
        return true;
    xapian_mset_matches(mset, &least, &upper);
    if (counted) {
        out->total = least;
        out->total_exact = least == upper && !a->timed_out;
    }
    rows = lede_xapian_rows_of(a, mset);
    if (a->status == LEDE_OK)
        read_ties(a, mset, &rows);
    xapian_mset_free(mset);
    if (a->status != LEDE_OK)
        return true;
    lede_xapian_rows_sort(&rows);
    done = rows.count < most || most >= a->documents || is_whole(a, &rows);
    if (done)
        lede_xapian_rows_page(a, &rows, out);
    return done;
}

static void answer_by_page(lede_xapian_asking *a, lede_engine_results *out)
{
    const lede_engine_hit *after = a->search->after;
    uint32_t want = a->search->want;
    uint32_t most = want < UINT32_MAX - 2 ? want + 2 : want;
    xapian_query *bounded = NULL;

    if (after && !a->translation.scored && !(after->score > 0)) {
        if (!out->total_exact)
            lede_xapian_count(a, out);
        bounded = a->status == LEDE_OK ? bound(a) : NULL;
        if (!bounded)
            return;
    }
    while (!try_page(a, bounded ? bounded : a->translation.query, most, out))
        most = doubled(most);
    xapian_query_free(bounded);
}

/* ---- The search --------------------------------------------------------- */

static bool needs_rows(const lede_xapian_asking *a)
{
    const lede_engine_search *search = a->search;

    return search->sort_count > 0 || search->collapse != LEDE_NO_FIELD ||
           (search->recency.field != LEDE_NO_FIELD && a->translation.scored);
}

static void answer(lede_xapian_asking *a, lede_engine_results *out)
{
    const lede_engine_search *search = a->search;
    bool rows = needs_rows(a);

    out->scores_exact = a->translation.exact || search->sort_count > 0;
    if (search->want == 0 || search->facet_count > 0)
        lede_xapian_count(a, out);
    if (a->status != LEDE_OK || search->want == 0)
        return;
    if (rows)
        answer_by_rows(a, out);
    else
        answer_by_page(a, out);
}

static lede_status empty_facets(const lede_xapian_asking *a,
                                lede_engine_results *out)
{
    lede_engine_facet *facets =
        lede_arena_array(a->arena, a->search->facet_count, sizeof *facets);

    out->facets = facets;
    return facets ? LEDE_OK : lede_arena_status(a->arena);
}

/* Asks some of the parts, as one. */
static lede_status search_union(lede_engine_results *out,
                                const lede_engine_snapshot *s,
                                const lede_xapian_union *all,
                                const lede_engine_search *search,
                                lede_arena *arena, lede_error *err)
{
    const lede_budget *budget = search->budget;
    lede_xapian_asking a = {
        .snapshot = s, .search = search, .all = all, .arena = arena, .err = err
    };
    lede_xapian_translate_settings settings = { s, all, &search->rule,
                                                search->budget, NULL };
    xapian_database_stats stats;
    xapian_error fault;

    a.watched = !s->index->remote && budget &&
                (budget->cancel || budget->deadline_ns != UINT64_MAX);
    a.scratch = lede_arena_new(s->allocator);
    if (!a.scratch)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    if (budget)
        lede_arena_limit(a.scratch, atomic_load(&budget->bytes_left));
    settings.arena = a.scratch;
    if (xapian_database_count(all->db, &stats, &fault)) {
        a.documents = stats.documents;
        a.status =
            lede_xapian_translate(&a.translation, &settings, search->plan, err);
    } else {
        (void)lede_xapian_asking_fault(&a, &fault);
    }
    if (a.status == LEDE_OK)
        answer(&a, out);
    /* Time may end where nothing is known yet. */
    if (a.status == LEDE_ERR_TIMEOUT && search->partial) {
        *out = (lede_engine_results){ .partial = true };
        a.status = empty_facets(&a, out);
    }
    out->partial = out->partial || a.timed_out;
    lede_xapian_translation_free(&a.translation);
    lede_arena_free(a.scratch);
    return a.status;
}

/* ---- Shards that do not answer ------------------------------------------ */

/* Asks each part that answered until now; false if all still do. */
static bool find_dead(const lede_engine_snapshot *s, bool *wanted,
                      lede_shard *shards)
{
    bool found = false;

    for (uint32_t i = 0; i < s->part_count; i++) {
        xapian_error fault;
        xapian_string value;

        if (!wanted[i])
            continue;
        if (xapian_metadata_get(s->parts[i].db, "lede.state", 10, &value,
                                &fault)) {
            xapian_string_free(&value);
            continue;
        }
        wanted[i] = false;
        found = true;
        shards[i].status = lede_xapian_status(fault.kind);
        shards[i].message = "it does not answer";
    }
    return found;
}

static lede_status search_living(lede_engine_results *out,
                                 const lede_engine_snapshot *s,
                                 const bool *wanted,
                                 const lede_engine_search *search,
                                 lede_arena *arena, lede_error *err)
{
    lede_xapian_union some = { 0 };
    lede_status status = lede_xapian_unite(&some, s, wanted, arena, err);

    if (status != LEDE_OK)
        return status;
    if (some.count > 0)
        status = search_union(out, s, &some, search, arena, err);
    else
        status = lede_fail(err, LEDE_ERR_IO, NULL, "no shard answers");
    xapian_database_free(some.db);
    return status;
}

static lede_status search_locked(lede_engine_results *out,
                                 const lede_engine_snapshot *s,
                                 const lede_engine_search *search,
                                 lede_arena *arena, lede_error *err)
{
    lede_shard *shards = lede_arena_array(arena, s->part_count, sizeof *shards);
    bool *wanted = lede_arena_array(arena, s->part_count, sizeof *wanted);
    bool some = s->all.count < s->part_count;
    lede_status status;

    if (!shards || !wanted)
        return lede_fail_plain(err, lede_arena_status(arena));
    for (uint32_t i = 0; i < s->part_count; i++) {
        shards[i] = s->shards[i];
        wanted[i] = s->parts[i].db != NULL;
        if (!wanted[i] && !search->partial)
            return lede_fail(err, shards[i].status, shards[i].address,
                             "the shard does not answer: %s",
                             shards[i].message);
    }
    status = search_union(out, s, &s->all, search, arena, err);
    while (status == LEDE_ERR_IO && search->partial &&
           find_dead(s, wanted, shards)) {
        some = true;
        *out = (lede_engine_results){ 0 };
        status = search_living(out, s, wanted, search, arena, err);
    }
    if (some) {
        out->partial = true;
        out->total_exact = false;
        out->shards = shards;
        out->shard_count = s->part_count;
    }
    return status;
}

lede_status lede_xapian_search(lede_engine_results *out,
                               const lede_engine_snapshot *snapshot,
                               const lede_engine_search *search,
                               lede_arena *arena, lede_error *err)
{
    lede_engine_results results = { 0 };
    lede_status status;

    (void)pthread_mutex_lock(snapshot->mutex);
    status = search_locked(&results, snapshot, search, arena, err);
    (void)pthread_mutex_unlock(snapshot->mutex);
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    lede_error_clear(err);
    *out = results;
    return LEDE_OK;
}
