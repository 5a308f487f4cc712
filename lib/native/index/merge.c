#include "native/index/merge.h"

#include "base/alloc.h"
#include "base/budget.h"
#include "base/error.h"
#include "native/index/key_walk.h"

/* Steps between two looks at the task. */
#define STEPS_MASK 1023U

/* One of the segments. */
typedef struct source {
    lede_part *part;
    const lede_column *sequences;
    lede_tape moves;       /* by document: its new number; LEDE_DOC_END: dead */
    const uint32_t *moved; /* the same, when all are known */
    uint32_t next;         /* live document to be copied */
    uint64_t sequence;     /* of it */
    uint32_t shift;        /* of all, if it is whole */
    bool whole;            /* nothing dead, and its articles stay together */
    bool taken;            /* all its records, which moved by */
    uint64_t records_shift;
    lede_records *records;       /* if they were not, while they are read, */
    lede_records_cursor *reader; /* with this */
    lede_terms_cursor *cursor;
    bool has_term;
    lede_postings *list; /* of the present term */
    bool in_term;
} source;

typedef struct work {
    const lede_merge *merge;
    source *sources;
    lede_segment_writer *writer;
    lede_arena *arena; /* of one article */
    uint32_t *positions;
    size_t positions_capacity;
    uint32_t *lengths; /* by field */
    uint32_t fields;
    uint32_t documents; /* written */
    uint64_t steps;
    bool in_order; /* sources follow one another */
    lede_error *err;
} work;

static lede_status spend(work *w)
{
    const lede_task *task = w->merge->task;

    if ((++w->steps & STEPS_MASK) != 0)
        return LEDE_OK;
    if (w->merge->bytes)
        atomic_store_explicit(w->merge->bytes,
                              lede_segment_writer_memory(w->writer),
                              memory_order_relaxed);
    if (task && lede_cancel_is_set(task->cancel))
        return lede_fail_plain(w->err, LEDE_ERR_CANCELLED);
    return LEDE_OK;
}

static lede_status no_memory(const work *w)
{
    return lede_fail_plain(w->err, LEDE_ERR_NOMEM);
}

static lede_status damaged(const work *w, const source *s, const char *what)
{
    return lede_fail(w->err, LEDE_ERR_CORRUPT, s->part->entry.name, "%s", what);
}

/* ---- Opening ------------------------------------------------------------ */

static lede_status open_source(work *w, source *s, lede_part *part)
{
    const lede_allocator *allocator = w->merge->allocator;
    lede_status status =
        lede_segment_sequences(part->segment, &s->sequences, w->err);

    s->part = part;
    lede_tape_init(&s->moves, w->merge->target.dir, w->merge->target.name,
                   allocator);
    if (status != LEDE_OK)
        return status;
    if (!s->sequences && part->entry.documents)
        return damaged(w, s, "it has no sequences");
    s->list = lede_alloc(allocator, sizeof *s->list);
    if (!s->list ||
        lede_terms_cursor_new(&s->cursor, lede_segment_terms(part->segment),
                              allocator) != LEDE_OK)
        return no_memory(w);
    return LEDE_OK;
}

static void close_records(source *s)
{
    lede_records_cursor_free(s->reader);
    lede_records_close(s->records);
    s->reader = NULL;
    s->records = NULL;
}

static void close_source(const work *w, source *s)
{
    const lede_allocator *allocator = w->merge->allocator;

    if (!s->part)
        return;
    lede_tape_fini(&s->moves);
    lede_release(allocator, s->list, sizeof *s->list);
    if (s->cursor)
        lede_terms_cursor_free(s->cursor);
    close_records(s);
}

/* ---- Articles ----------------------------------------------------------- */

/* Passes the dead; stands on the next live article, or at the end. */
static lede_status skip_dead(const work *w, source *s)
{
    uint32_t documents = s->part->entry.documents;
    lede_status status = LEDE_OK;

    for (; s->next < documents && status == LEDE_OK &&
           !lede_live_has(s->part->live, s->next);
         s->next++)
        status = lede_tape_put(&s->moves, LEDE_DOC_END, w->err);
    if (s->next < documents)
        s->sequence = lede_column_at(s->sequences, s->next);
    return status;
}

/* The source of the oldest article that was not written; NULL at the end. */
static source *oldest(const work *w)
{
    source *best = NULL;

    for (uint32_t i = 0; i < w->merge->count; i++) {
        source *s = &w->sources[i];

        if (s->next < s->part->entry.documents &&
            (!best || s->sequence < best->sequence))
            best = s;
    }
    return best;
}

static lede_status read_lengths(work *w, const source *s, uint32_t doc)
{
    for (uint32_t field = 0; field < w->fields; field++) {
        const lede_column *column = NULL;
        lede_status status =
            lede_segment_lengths(s->part->segment, field, &column, w->err);

        if (status != LEDE_OK)
            return status;
        w->lengths[field] = column ? (uint32_t)lede_column_at(column, doc) : 0;
    }
    return LEDE_OK;
}

static lede_value value_of(lede_kind kind, uint64_t number)
{
    lede_value value = { .kind = kind, .text = "" };

    if (kind == LEDE_DOUBLE)
        value.real = lede_column_to_double(number);
    else
        value.number = lede_column_to_int(number);
    return value;
}

/* Values of numbers of one article. */
typedef struct numbers {
    const lede_entry **at;
    size_t capacity;
    uint32_t count;
} numbers;

static lede_status add_value(work *w, numbers *to, const lede_field *field,
                             uint64_t number)
{
    lede_entry *entry = lede_arena_alloc(w->arena, sizeof *entry);

    if (!entry || !lede_arena_grow(w->arena, &to->at, &to->capacity,
                                   to->count + 1U, sizeof(const lede_entry *)))
        return no_memory(w);
    entry->field = field->name;
    entry->value = value_of(field->kind, number);
    to->at[to->count++] = entry;
    return LEDE_OK;
}

static lede_status read_column(work *w, numbers *to, const source *s,
                               uint32_t place, uint32_t doc)
{
    const lede_field *field = lede_schema_field(w->merge->target.schema, place);
    lede_segment_values values;
    uint64_t from = doc, end = (uint64_t)doc + 1;
    lede_status status =
        lede_segment_column(s->part->segment, place, &values, w->err);

    if (status != LEDE_OK || !values.values)
        return status;
    if (values.starts) {
        from = lede_column_at(values.starts, doc);
        end = lede_column_at(values.starts, doc + 1);
    }
    if (from > end || end > values.values->count)
        return damaged(w, s, "a column has fewer values than it says");
    for (uint64_t at = from; at < end && status == LEDE_OK; at++)
        status = add_value(w, to, field,
                           lede_column_at(values.values, (uint32_t)at));
    return status;
}

static bool is_number(const lede_field *field)
{
    return lede_field_has_column(field) && field->kind != LEDE_KEYWORD;
}

static lede_status read_numbers(work *w, numbers *to, const source *s,
                                uint32_t doc)
{
    lede_status status = LEDE_OK;

    for (uint32_t place = 0; place < w->fields && status == LEDE_OK; place++)
        if (is_number(lede_schema_field(w->merge->target.schema, place)))
            status = read_column(w, to, s, place, doc);
    return status;
}

/* Takes the records of a source over as they are compressed, if nothing of it
 * is dead and they are many. */
static lede_status take_records(work *w, source *s)
{
    lede_records *records = NULL;
    lede_status status;

    if (w->merge->afresh || s->part->entry.live < s->part->entry.documents)
        return LEDE_OK;
    status =
        lede_segment_open_records(s->part->segment, &records, true, w->err);
    if (status != LEDE_OK)
        return status;
    s->taken = lede_segment_writer_takes(w->writer, records);
    if (s->taken)
        status = lede_segment_writer_records(w->writer, records,
                                             &s->records_shift, w->err);
    lede_records_close(records);
    return status;
}

/* Records of others are open only from their first to their last: what they
 * learned takes hundreds of KiB, unpacked. */
static lede_status open_records(const work *w, source *s)
{
    lede_status status = LEDE_OK;

    if (!s->records)
        status = lede_segment_open_records(s->part->segment, &s->records, false,
                                           w->err);
    if (status == LEDE_OK && !s->reader)
        status = lede_fail_plain(
            w->err, lede_records_cursor_new(&s->reader, w->merge->allocator));
    return status;
}

static lede_status copy_record(work *w, source *s, uint32_t doc,
                               lede_segment_document *document,
                               lede_records_place *place)
{
    lede_status status =
        lede_segment_record_place(s->part->segment, doc, place, w->err);

    if (status == LEDE_OK && s->taken) {
        place->begin += s->records_shift;
        place->end += s->records_shift;
        document->place = place;
        return LEDE_OK;
    }
    if (status == LEDE_OK)
        status = open_records(w, s);
    if (status != LEDE_OK)
        return status;
    status =
        lede_records_read(s->reader, s->records, *place, &document->record);
    return status == LEDE_ERR_CORRUPT
               ? damaged(w, s, "its records cannot be read")
               : lede_fail_plain(w->err, status);
}

static lede_status copy_document(work *w, source *s)
{
    uint32_t doc = s->next++;
    lede_segment_document document = {
        .sequence = lede_column_at(s->sequences, doc),
        .lengths = w->lengths,
    };
    lede_records_place place = { 0, 0 };
    numbers values = { .count = 0 };
    lede_status status;

    lede_arena_clear(w->arena);
    status = lede_tape_put(&s->moves, w->documents, w->err);
    if (status == LEDE_OK)
        status = lede_part_size(s->part, doc, &document.text_bytes, w->err);
    if (status == LEDE_OK)
        status = copy_record(w, s, doc, &document, &place);
    if (status == LEDE_OK)
        status = read_lengths(w, s, doc);
    if (status == LEDE_OK)
        status = read_numbers(w, &values, s, doc);
    document.numbers = values.at;
    document.number_count = values.count;
    if (status == LEDE_OK)
        status = lede_segment_writer_document(w->writer, &document, w->err);
    if (status == LEDE_OK)
        w->documents++;
    if (status == LEDE_OK)
        status = skip_dead(w, s);
    if (s->next == s->part->entry.documents)
        close_records(s);
    return status == LEDE_OK ? spend(w) : status;
}

/* Whether each source's articles stay together, in the order of the sources. */
static void find_whole(work *w)
{
    uint32_t end = 0;

    w->in_order = true;
    for (uint32_t i = 0; i < w->merge->count; i++) {
        source *s = &w->sources[i];
        uint32_t n = s->part->entry.documents, next = end;

        for (uint32_t doc = 0; doc < n; doc++)
            if (s->moved[doc] != LEDE_DOC_END && s->moved[doc] != next++)
                w->in_order = false;
        s->whole = next - end == n;
        s->shift = end;
        end = next;
    }
}

static lede_status end_moves(work *w)
{
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; i < w->merge->count && status == LEDE_OK; i++) {
        source *s = &w->sources[i];

        status = lede_tape_end(&s->moves, w->err);
        s->moved = s->moves.at;
    }
    return status;
}

static lede_status copy_documents(work *w)
{
    lede_status status = LEDE_OK;
    source *s;

    for (uint32_t i = 0; i < w->merge->count && status == LEDE_OK; i++) {
        status = take_records(w, &w->sources[i]);
        if (status == LEDE_OK)
            status = skip_dead(w, &w->sources[i]);
    }
    while (status == LEDE_OK && (s = oldest(w)) != NULL)
        status = copy_document(w, s);
    if (status == LEDE_OK)
        status = end_moves(w);
    if (status == LEDE_OK)
        find_whole(w);
    return status;
}

/* ---- Keys --------------------------------------------------------------- */

/* Writes a key if its article lives: at most one of those that hold it. */
static lede_status copy_key(work *w, const lede_key_walk *walk)
{
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; i < walk->count && status == LEDE_OK; i++) {
        const lede_key_holder *holder = &walk->holders[i];
        const source *s = &w->sources[holder->segment];

        if (s->moved[holder->doc] != LEDE_DOC_END)
            status = lede_segment_writer_key(w->writer, walk->key,
                                             s->moved[holder->doc], w->err);
    }
    return status == LEDE_OK ? spend(w) : status;
}

static lede_status copy_keys(work *w)
{
    const lede_merge *m = w->merge;
    lede_segment **segments =
        lede_alloc_array(m->allocator, m->count, sizeof *segments);
    lede_key_walk *walk = NULL;
    lede_status status = LEDE_ERR_NOMEM;

    for (uint32_t i = 0; segments && i < m->count; i++)
        segments[i] = m->parts[i]->segment;
    if (segments)
        status = lede_key_walk_new(&walk, segments, m->count, m->allocator);
    status = lede_fail_plain(w->err, status);
    while (status == LEDE_OK && lede_key_walk_next(walk))
        status = copy_key(w, walk);
    if (status == LEDE_OK)
        status = lede_fail_plain(w->err, walk->status);
    for (uint32_t i = 0; status == LEDE_OK && i < m->count; i++)
        if (lede_key_walk_is_broken(walk, i))
            status = damaged(w, &w->sources[i], "its keys cannot be read");
    lede_key_walk_free(walk);
    lede_release(m->allocator, segments, m->count * sizeof *segments);
    return status;
}

/* ---- Terms -------------------------------------------------------------- */

static lede_status next_term(const work *w, source *s)
{
    s->has_term = lede_terms_cursor_next(s->cursor);
    return s->has_term || s->cursor->status == LEDE_OK
               ? LEDE_OK
               : lede_fail(w->err, s->cursor->status, s->part->entry.name,
                           "its dictionary cannot be read");
}

static lede_status begin_space(work *w, uint32_t space)
{
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; i < w->merge->count && status == LEDE_OK; i++) {
        source *s = &w->sources[i];

        s->has_term = false;
        if (!lede_segment_source(s->part->segment, space))
            continue;
        lede_terms_cursor_seek(s->cursor, space, lede_bytes_of("", 0));
        status = next_term(w, s);
    }
    return status;
}

/* The first document of a list from its present one on that is live. */
static lede_status next_live(const work *w, const source *s)
{
    lede_postings *list = s->list;

    while (list->doc != LEDE_DOC_END && s->moved[list->doc] == LEDE_DOC_END)
        (void)lede_postings_seek(list, list->doc + 1);
    return list->status == LEDE_OK
               ? LEDE_OK
               : lede_fail(w->err, list->status, s->part->entry.name,
                           "a list cannot be read");
}

/* Finds the least term and the sources that have it, each list standing at its
 * first live document. *alive: some do. */
static lede_status open_term(work *w, uint32_t space, lede_bytes *term,
                             bool *name, bool *alive)
{
    lede_status status = LEDE_OK;
    bool found = false;

    *name = *alive = false;
    for (uint32_t i = 0; i < w->merge->count; i++) {
        const source *s = &w->sources[i];

        if (s->has_term &&
            (!found || lede_bytes_compare(s->cursor->term, *term) < 0)) {
            *term = s->cursor->term;
            found = true;
        }
    }
    for (uint32_t i = 0; i < w->merge->count && status == LEDE_OK; i++) {
        source *s = &w->sources[i];

        s->in_term = s->has_term && lede_bytes_equal(s->cursor->term, *term);
        if (!s->in_term)
            continue;
        lede_postings_open(s->list,
                           lede_segment_source(s->part->segment, space),
                           &s->cursor->entry);
        (void)lede_postings_seek(s->list, 0);
        status = next_live(w, s);
        *name = *name || s->cursor->entry.name;
        *alive = *alive || s->list->doc != LEDE_DOC_END;
    }
    return status;
}

static lede_status copy_posting(work *w, const source *s)
{
    lede_postings *list = s->list;
    bool has_positions = list->source->has_positions;
    lede_status status;

    if (has_positions &&
        !lede_grow(w->merge->allocator, &w->positions, &w->positions_capacity,
                   list->frequency, sizeof *w->positions))
        return no_memory(w);
    if (has_positions && !lede_postings_positions(list, w->positions))
        return damaged(w, s, "positions cannot be read");
    status = lede_segment_writer_posting(
        w->writer, s->moved[list->doc], list->frequency,
        has_positions ? w->positions : NULL, w->err);
    if (status == LEDE_OK) {
        (void)lede_postings_seek(list, list->doc + 1);
        status = next_live(w, s);
    }
    return status == LEDE_OK ? spend(w) : status;
}

/* One source after another. */
static lede_status append_lists(work *w, uint32_t space)
{
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; i < w->merge->count && status == LEDE_OK; i++) {
        source *s = &w->sources[i];

        if (!s->in_term)
            continue;
        if (s->whole && !w->merge->afresh) {
            lede_postings_open(s->list,
                               lede_segment_source(s->part->segment, space),
                               &s->cursor->entry);
            status =
                lede_segment_writer_list(w->writer, s->list, s->shift, w->err);
            continue;
        }
        while (status == LEDE_OK && s->list->doc != LEDE_DOC_END)
            status = copy_posting(w, s);
    }
    return status;
}

/* Sources whose articles mix: always the least document. */
static lede_status mix_lists(work *w)
{
    lede_status status = LEDE_OK;

    while (status == LEDE_OK) {
        const source *least = NULL;

        for (uint32_t i = 0; i < w->merge->count; i++) {
            const source *s = &w->sources[i];

            if (s->in_term && s->list->doc != LEDE_DOC_END &&
                (!least ||
                 s->moved[s->list->doc] < least->moved[least->list->doc]))
                least = s;
        }
        if (!least)
            return LEDE_OK;
        status = copy_posting(w, least);
    }
    return status;
}

/* Writes the least term of all, if it lives; *more is false behind the last. */
static lede_status copy_term(work *w, uint32_t space, bool *more)
{
    lede_bytes term = lede_bytes_of("", 0);
    bool name, alive;
    lede_status status = open_term(w, space, &term, &name, &alive);

    if (status == LEDE_OK && alive) {
        status = lede_segment_writer_term(w->writer, space, term, name, w->err);
        if (status == LEDE_OK)
            status = w->in_order ? append_lists(w, space) : mix_lists(w);
    }
    *more = false;
    for (uint32_t i = 0; i < w->merge->count && status == LEDE_OK; i++) {
        source *s = &w->sources[i];

        if (s->in_term)
            status = next_term(w, s);
        s->in_term = false;
        *more = *more || s->has_term;
    }
    return status == LEDE_OK ? spend(w) : status;
}

static bool any_term(const work *w)
{
    for (uint32_t i = 0; i < w->merge->count; i++)
        if (w->sources[i].has_term)
            return true;
    return false;
}

static lede_status copy_terms(work *w)
{
    lede_status status = LEDE_OK;

    for (uint32_t space = 0; space < 2 * w->fields && status == LEDE_OK;
         space++) {
        bool more;

        status = begin_space(w, space);
        more = status == LEDE_OK && any_term(w);
        while (more && status == LEDE_OK)
            status = copy_term(w, space, &more);
    }
    return status;
}

/* ---- The whole ---------------------------------------------------------- */

static lede_status open_sources(work *w)
{
    const lede_merge *m = w->merge;
    lede_status status = LEDE_OK;

    w->sources = lede_alloc_zero(m->allocator, m->count * sizeof *w->sources);
    w->arena = lede_arena_new(m->allocator);
    w->lengths = lede_alloc_array(m->allocator, w->fields, sizeof *w->lengths);
    if (!w->sources || !w->arena || !w->lengths)
        return no_memory(w);
    for (uint32_t i = 0; i < m->count && status == LEDE_OK; i++)
        status = open_source(w, &w->sources[i], m->parts[i]);
    return status;
}

static void close_sources(work *w)
{
    const lede_merge *m = w->merge;

    for (uint32_t i = 0; w->sources && i < m->count; i++)
        close_source(w, &w->sources[i]);
    lede_release(m->allocator, w->sources, m->count * sizeof *w->sources);
    lede_arena_free(w->arena);
    lede_release(m->allocator, w->lengths, w->fields * sizeof *w->lengths);
    lede_release(m->allocator, w->positions,
                 w->positions_capacity * sizeof *w->positions);
}

lede_status lede_merge_parts(lede_part **made, const lede_merge *merge,
                             lede_error *err)
{
    work w = {
        .merge = merge,
        .fields = lede_schema_count(merge->target.schema),
        .err = err,
    };
    lede_segment_made wrote;
    lede_status status = open_sources(&w);

    if (status == LEDE_OK)
        status = lede_segment_writer_new(&w.writer, &merge->target,
                                         merge->allocator, err);
    if (status == LEDE_OK && merge->hold_bytes)
        lede_segment_writer_hold(w.writer, merge->hold_bytes);
    if (status == LEDE_OK && merge->task)
        lede_segment_writer_watch(w.writer, merge->task->cancel);
    if (status == LEDE_OK && merge->afresh)
        lede_segment_writer_squeeze(w.writer);
    if (status == LEDE_OK)
        status = copy_documents(&w);
    if (status == LEDE_OK)
        status = copy_keys(&w);
    if (status == LEDE_OK)
        status = copy_terms(&w);
    if (status == LEDE_OK)
        status = lede_segment_writer_end(w.writer, merge->sync, &wrote, err);
    if (status == LEDE_OK)
        status =
            lede_part_open(made, &merge->target, &wrote, merge->allocator, err);
    if (w.writer)
        lede_segment_writer_free(w.writer);
    for (uint32_t i = 0; status == LEDE_OK && merge->moved && i < merge->count;
         i++) {
        merge->moved[i] = w.sources[i].moves;
        lede_tape_init(&w.sources[i].moves, NULL, "", merge->allocator);
    }
    close_sources(&w);
    return status;
}
