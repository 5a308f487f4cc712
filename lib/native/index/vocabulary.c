#include "native/index/vocabulary.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/error.h"

/* What it costs to look into one dictionary or table of forms. */
#define LOOKUP_STEPS 10U

/* ---- Cursors in an arena ------------------------------------------------ */

static void *arena_allocate(void *ctx, size_t size)
{
    return lede_arena_alloc(ctx, size);
}

static void *arena_resize(void *ctx, void *at, size_t old_size, size_t size)
{
    void *moved = lede_arena_alloc(ctx, size);

    if (moved)
        memcpy(moved, at, old_size < size ? old_size : size);
    return moved;
}

static void arena_release(void *ctx, void *at, size_t size)
{
    (void)ctx;
    (void)at;
    (void)size;
}

static lede_allocator allocator_in(lede_arena *arena)
{
    return (lede_allocator){ arena, arena_allocate, arena_resize,
                             arena_release };
}

/* ---- Looking up --------------------------------------------------------- */

uint64_t lede_vocabulary_terms(const lede_segment *segment, uint32_t space)
{
    const lede_terms_table *table = lede_segment_terms(segment);

    for (uint32_t i = 0; i < table->space_count; i++)
        if (table->spaces[i].space == space)
            return table->spaces[i].terms;
    return 0;
}

/* What a plan's term is found by again: its entry in each part. */
typedef struct found_place {
    bool found;
    lede_terms_entry entry;
} found_place;

/* Of more entries than that no places are given: each takes 100 bytes. */
#define PLACES_MAX 1024U

static found_place *new_places(const lede_native_snapshot *snapshot,
                               const lede_vocabulary_question *question)
{
    uint64_t count = (uint64_t)question->count * snapshot->count;

    return question->arena && count > 0 && count <= PLACES_MAX
               ? lede_arena_array(question->arena, (size_t)count,
                                  sizeof(found_place))
               : NULL;
}

/* Of fewer terms, times fields, all of a field are looked up together. */
#define TOGETHER_MAX 4096U

/* Where terms of one field are looked up in a part, best those that rise: most
 * are spellings of one word, of which hardly any is there, and the cursor
 * already stands where it would be. */
typedef struct seeker {
    lede_terms_cursor *cursor;
    const lede_plan_term *former; /* the cursor is at the first not below it */
    bool more;
} seeker;

/* Whether the part has the term, whose entry the cursor then has. */
static bool seek_term(seeker *s, const lede_plan_term *term)
{
    lede_terms_cursor *cursor = s->cursor;
    bool ahead = s->former && s->former->field == term->field &&
                 lede_bytes_compare(s->former->term, term->term) <= 0;

    if (!ahead ||
        (s->more && lede_bytes_compare(cursor->term, term->term) < 0)) {
        lede_terms_cursor_seek(cursor,
                               lede_space_number(term->field, LEDE_SPACE_WORDS),
                               term->term);
        s->more = lede_terms_cursor_next(cursor);
    }
    s->former = term;
    return s->more && lede_bytes_equal(cursor->term, term->term) &&
           lede_terms_cursor_read(cursor);
}

/* A question, in one part. */
typedef struct lookup {
    const lede_vocabulary_question *question;
    lede_term_stats *stats;
    found_place *places; /* by part, of all terms one after another; NULL: none
                          * are given */
    uint32_t part;
    uint32_t parts;
    seeker seeker;
} lookup;

static lede_status look_up_term(lookup *l, uint32_t i, lede_budget *budget)
{
    lede_terms_cursor *cursor = l->seeker.cursor;
    lede_status status = lede_budget_spend(budget, LOOKUP_STEPS);

    if (status == LEDE_OK && seek_term(&l->seeker, &l->question->terms[i])) {
        l->stats[i].documents += cursor->entry.documents;
        l->stats[i].name = l->stats[i].name || cursor->entry.name;
        if (l->places)
            l->places[(size_t)i * l->parts + l->part] =
                (found_place){ true, cursor->entry };
    }
    return status == LEDE_OK ? cursor->status : status;
}

/* Room for a cursor, at least. */
#define CURSOR_FIRST ((size_t)16384)

static lede_status look_up_in(lookup *l, const lede_native_snapshot *snapshot,
                              const lede_allocator *allocator,
                              lede_budget *budget)
{
    const lede_vocabulary_question *question = l->question;
    uint32_t fields = snapshot->description.field_count;
    bool together = (uint64_t)fields * question->count <= TOGETHER_MAX;
    lede_status status = lede_terms_cursor_new(
        &l->seeker.cursor, lede_segment_terms(snapshot->parts[l->part].segment),
        allocator);

    if (status != LEDE_OK)
        return status;
    l->seeker.cursor->bare = true;
    for (uint32_t field = 0; field < (together ? fields : 1); field++)
        for (uint32_t i = 0; status == LEDE_OK && i < question->count; i++)
            if (together ? question->terms[i].field == field
                         : question->terms[i].field < fields)
                status = look_up_term(l, i, budget);
    lede_terms_cursor_free(l->seeker.cursor);
    return status;
}

lede_status lede_vocabulary_lookup(lede_term_stats *stats,
                                   const lede_native_snapshot *snapshot,
                                   const lede_vocabulary_question *question,
                                   lede_budget *budget, lede_error *err)
{
    lede_status status = lede_budget_spend(budget, question->count);
    found_place *places = new_places(snapshot, question);
    lookup l = {
        question, stats, places, 0, snapshot->count, { .cursor = NULL }
    };
    lede_allocator allocator;
    lede_arena own;

    if (status == LEDE_OK && question->arena)
        status = lede_arena_status(question->arena);
    for (uint32_t i = 0; i < question->count; i++)
        stats[i] = (lede_term_stats){
            .place = places ? &places[(size_t)i * snapshot->count] : NULL
        };
    lede_arena_init(&own, snapshot->allocator, CURSOR_FIRST);
    lede_arena_take_up(&own, snapshot->room);
    allocator = allocator_in(&own);
    for (; status == LEDE_OK && l.part < l.parts; l.part++) {
        l.seeker = (seeker){ .cursor = NULL };
        status = look_up_in(&l, snapshot, &allocator, budget);
        lede_arena_clear(&own);
    }
    lede_arena_leave(&own, snapshot->room);
    return status == LEDE_OK ? LEDE_OK : lede_fail_plain(err, status);
}

lede_status lede_vocabulary_find(lede_terms_entry *entry, const void *place,
                                 uint32_t part)
{
    const found_place *of = (const found_place *)place + part;

    if (!of->found)
        return LEDE_ERR_NOT_FOUND;
    *entry = of->entry;
    return LEDE_OK;
}

/* ---- All parts as one --------------------------------------------------- */

static lede_status step(lede_vocabulary_source *source)
{
    source->at_term = false;
    source->more = lede_terms_cursor_next(source->cursor);
    return source->more ? LEDE_OK : source->cursor->status;
}

lede_status lede_vocabulary_merge_init(lede_vocabulary_merge *merge,
                                       const lede_native_snapshot *snapshot,
                                       uint32_t space, lede_bytes from,
                                       lede_arena *arena)
{
    lede_vocabulary_merge *m = merge;
    lede_status status = LEDE_OK;

    *m = (lede_vocabulary_merge){ .count = snapshot->count, .space = space };
    m->allocator = allocator_in(arena);
    m->sources = lede_arena_array(arena, m->count, sizeof *m->sources);
    if (!m->sources)
        return lede_arena_status(arena);
    for (uint32_t i = 0; status == LEDE_OK && i < m->count; i++) {
        const lede_segment *segment = snapshot->parts[i].segment;

        status = lede_terms_cursor_new(
            &m->sources[i].cursor, lede_segment_terms(segment), &m->allocator);
        if (status != LEDE_OK)
            break;
        m->sources[i].cursor->bare = true;
        m->sources[i].lists = lede_segment_source(segment, space);
        lede_terms_cursor_seek(m->sources[i].cursor, space, from);
        status = step(&m->sources[i]);
    }
    return status;
}

/* Of one part: nothing is compared. */
static lede_status next_of_one(lede_vocabulary_merge *merge, bool *more)
{
    lede_vocabulary_source *source = merge->sources;
    lede_status status = source->at_term ? step(source) : LEDE_OK;

    *more = source->at_term = status == LEDE_OK && source->more;
    merge->term = source->cursor->term;
    return status;
}

lede_status lede_vocabulary_merge_next(lede_vocabulary_merge *merge, bool *more)
{
    lede_status status = LEDE_OK;
    const lede_bytes *least = NULL;

    if (merge->count == 1)
        return next_of_one(merge, more);
    for (uint32_t i = 0; status == LEDE_OK && i < merge->count; i++)
        if (merge->sources[i].at_term)
            status = step(&merge->sources[i]);
    for (uint32_t i = 0; i < merge->count; i++) {
        const lede_vocabulary_source *source = &merge->sources[i];

        if (source->more &&
            (!least || lede_bytes_compare(source->cursor->term, *least) < 0))
            least = &source->cursor->term;
    }
    *more = status == LEDE_OK && least;
    if (!*more)
        return status;
    merge->term = *least;
    for (uint32_t i = 0; i < merge->count; i++) {
        lede_vocabulary_source *source = &merge->sources[i];

        source->at_term = source->more &&
                          (&source->cursor->term == least ||
                           lede_bytes_equal(source->cursor->term, merge->term));
    }
    return LEDE_OK;
}

lede_status lede_vocabulary_merge_pass(lede_vocabulary_merge *merge,
                                       lede_bytes to)
{
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; status == LEDE_OK && i < merge->count; i++) {
        lede_vocabulary_source *source = &merge->sources[i];

        if (!source->more || lede_bytes_compare(source->cursor->term, to) >= 0)
            continue;
        lede_terms_cursor_seek(source->cursor, merge->space, to);
        status = step(source);
    }
    return status;
}

/* ---- Walking ------------------------------------------------------------ */

typedef struct walk {
    lede_term_walk base;
    lede_vocabulary_merge merge;
    lede_dfa *dfa;
    lede_budget *budget;
    lede_buffer target; /* where a jump goes */
    bool ended;
} walk;

static lede_status add_stats(walk *w, const lede_vocabulary_source *source)
{
    lede_term_stats *stats = &w->base.stats;
    uint64_t occurrences = 0;
    uint32_t documents = 0;
    bool name = false;
    lede_status status = LEDE_OK;

    if (!lede_terms_cursor_count(source->cursor, &documents, &name) ||
        (w->base.counts && !lede_terms_cursor_read(source->cursor)))
        return source->cursor->status;
    if (w->base.counts)
        status = lede_postings_occurrences(
            source->lists, &source->cursor->entry, &occurrences);
    stats->documents += documents;
    stats->occurrences += occurrences;
    stats->name = stats->name || name;
    return status;
}

static lede_status sum_stats(walk *w)
{
    lede_status status = LEDE_OK;

    w->base.stats = (lede_term_stats){ 0 };
    for (uint32_t i = 0; i < w->merge.count && status == LEDE_OK; i++)
        if (w->merge.sources[i].at_term)
            status = add_stats(w, &w->merge.sources[i]);
    return status;
}

/* Over all that the automaton has no way to; ends the walk where there is no
 * more. */
static lede_status jump(walk *w, lede_bytes after)
{
    if (lede_dfa_seek(w->dfa, after, &w->target))
        return lede_vocabulary_merge_pass(&w->merge,
                                          lede_buffer_bytes(&w->target));
    w->ended = true;
    return w->dfa->status != LEDE_OK ? w->dfa->status : w->target.status;
}

/* Whether the term at hand is accepted; if not, whether nothing is that begins
 * as it does up to where the automaton dies. */
static bool judge(walk *w, bool *dead)
{
    uint32_t state;

    w->base.distance = 0;
    *dead = false;
    if (!w->dfa)
        return true;
    state = lede_dfa_run(w->dfa, w->dfa->start, w->merge.term);
    *dead = state == LEDE_DFA_DEAD;
    w->base.distance = *dead ? LEDE_DFA_REJECT : lede_dfa_accept(w->dfa, state);
    return w->base.distance != LEDE_DFA_REJECT;
}

static bool next(lede_term_walk *base)
{
    walk *w = (walk *)base;

    while (base->status == LEDE_OK && !w->ended) {
        bool more, accepted, dead;

        base->status = lede_budget_spend(w->budget, 1 + w->merge.count);
        if (base->status == LEDE_OK)
            base->status = lede_vocabulary_merge_next(&w->merge, &more);
        if (base->status != LEDE_OK)
            break;
        w->ended = !more;
        if (!more)
            break;
        accepted = judge(w, &dead);
        if (w->dfa && w->dfa->status != LEDE_OK) {
            base->status = w->dfa->status;
            break;
        }
        if (accepted) {
            base->term = w->merge.term;
            base->status = sum_stats(w);
            return base->status == LEDE_OK;
        }
        if (dead) /* else what comes next may well be accepted */
            base->status = jump(w, w->merge.term);
    }
    return false;
}

/* The least term that may be accepted: where the walk begins. */
static lede_status find_start(walk *w)
{
    lede_bytes nothing = lede_bytes_of("", 0);

    if (!w->dfa || lede_dfa_accept(w->dfa, w->dfa->start) != LEDE_DFA_REJECT)
        return LEDE_OK;
    if (!lede_dfa_seek(w->dfa, nothing, &w->target)) {
        w->ended = true;
        return w->dfa->status != LEDE_OK ? w->dfa->status : w->target.status;
    }
    return LEDE_OK;
}

/* Whether a field has a space at all: a text has no values to be walked. */
static bool has_space(const lede_native_snapshot *snapshot,
                      const lede_vocabulary_scope *scope)
{
    const lede_field *field =
        lede_schema_field(snapshot->description.schema, scope->field);

    return field &&
           (scope->space == LEDE_SPACE_WORDS || field->kind == LEDE_KEYWORD);
}

lede_status lede_vocabulary_walk(lede_term_walk **out,
                                 const lede_native_snapshot *snapshot,
                                 const lede_vocabulary_scope *scope,
                                 lede_budget *budget, lede_arena *arena,
                                 lede_error *err)
{
    walk *w = lede_arena_zero(arena, sizeof *w);
    lede_status status = LEDE_OK;

    if (!w)
        return lede_fail_plain(err, lede_arena_status(arena));
    w->base.next = next;
    w->dfa = scope->dfa;
    w->budget = budget;
    w->ended = !has_space(snapshot, scope);
    if (!w->ended) {
        status = lede_vocabulary_merge_init(
            &w->merge, snapshot, lede_space_number(scope->field, scope->space),
            lede_bytes_of("", 0), arena);
        lede_buffer_init(&w->target, &w->merge.allocator);
        if (status == LEDE_OK)
            status = find_start(w);
        if (status == LEDE_OK && !w->ended && w->target.len > 0)
            status = lede_vocabulary_merge_pass(&w->merge,
                                                lede_buffer_bytes(&w->target));
    }
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    *out = &w->base;
    return LEDE_OK;
}

/* ---- Forms -------------------------------------------------------------- */

static int by_bytes(const void *left, const void *right)
{
    return lede_bytes_compare(*(const lede_bytes *)left,
                              *(const lede_bytes *)right);
}

lede_status lede_vocabulary_forms(lede_segment_words *words,
                                  const lede_native_snapshot *snapshot,
                                  uint32_t kind, lede_bytes key,
                                  lede_error *err)
{
    uint32_t kept = 0;
    lede_status status = lede_budget_spend(words->budget, 1);

    for (uint32_t i = 0; status == LEDE_OK && i < snapshot->count; i++) {
        status = lede_segment_forms(snapshot->parts[i].segment, kind, key,
                                    words, err);
        if (status == LEDE_OK)
            status = lede_budget_spend(words->budget, LOOKUP_STEPS);
    }
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    if (words->count)
        qsort(words->at, words->count, sizeof *words->at, by_bytes);
    for (uint32_t i = 0; i < words->count; i++)
        if (kept == 0 || !lede_bytes_equal(words->at[kept - 1], words->at[i]))
            words->at[kept++] = words->at[i];
    words->count = kept;
    return LEDE_OK;
}
