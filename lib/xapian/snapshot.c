/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xapian/index.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/error.h"
#include "document/record.h"
#include "xapian/fault.h"
#include "xapian/pursuit.h"

/* ---- Opening ------------------------------------------------------------ */

static void close_part(lede_xapian_part *part)
{
    xapian_database_free(part->db);
    lede_schema_free(part->schema);
    part->db = NULL;
    part->schema = NULL;
}

static lede_status read_once(lede_xapian_part *part,
                             const lede_xapian_place *place,
                             const lede_allocator *allocator, lede_error *err)
{
    xapian_error fault;
    lede_status status;

    part->db = lede_xapian_open(place, XAPIAN_READ, &fault);
    if (!part->db)
        return lede_xapian_fail(err, &fault, place->address);
    status = lede_xapian_state_read(part->state, part->db, place->address, err);
    if (status == LEDE_OK)
        status = lede_xapian_schema_read(&part->schema, part->db, allocator,
                                         place->address, err);
    if (status != LEDE_OK)
        close_part(part);
    return status;
}

/* libxapian opens files one by one: where a compacted copy took the place of
 * the directory meanwhile, they do not belong together. */
static lede_status open_part(lede_engine_snapshot *s, uint32_t at,
                             lede_error *err)
{
    const lede_xapian_place *place = &s->index->places[at];
    lede_xapian_part *part = &s->parts[at];
    lede_xapian_identity before = lede_xapian_identify(place);
    lede_status status;

    part->state = lede_arena_zero(s->arena, sizeof *part->state);
    if (!part->state)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    status = read_once(part, place, s->index->allocator, err);
    if (lede_xapian_same(before, lede_xapian_identify(place)))
        return status;
    close_part(part);
    return lede_fail(err, LEDE_ERR_BUSY, place->address,
                     "the database is being replaced");
}

/* A shard that does not answer is told of, as long as another does. */
static lede_status open_parts(lede_engine_snapshot *s, lede_error *err)
{
    lede_error own;
    uint32_t alive = 0;
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; i < s->part_count; i++) {
        lede_shard *shard = &s->shards[i];

        shard->address = s->index->places[i].address;
        shard->message = "";
        shard->status = open_part(s, i, &own);
        if (shard->status == LEDE_OK) {
            shard->generation = s->parts[i].state->generation;
            alive++;
            continue;
        }
        status = shard->status;
        if (err)
            *err = own;
        if (status != LEDE_ERR_IO)
            return status;
        shard->message =
            lede_arena_text(s->arena, own.message, strlen(own.message));
        if (!shard->message)
            return lede_fail_plain(err, LEDE_ERR_NOMEM);
    }
    if (alive == 0)
        return status;
    lede_error_clear(err);
    return LEDE_OK;
}

lede_status lede_xapian_unite(lede_xapian_union *out,
                              const lede_engine_snapshot *snapshot,
                              const bool *wanted, lede_arena *arena,
                              lede_error *err)
{
    lede_xapian_union all = { 0 };
    xapian_error fault;

    all.at = lede_arena_array(arena, snapshot->part_count, sizeof *all.at);
    if (!all.at)
        return lede_fail_plain(err, lede_arena_status(arena));
    all.db = xapian_database_new(&fault);
    if (!all.db)
        return lede_xapian_fail(err, &fault, NULL);
    for (uint32_t i = 0; i < snapshot->part_count; i++) {
        if (!snapshot->parts[i].db || (wanted && !wanted[i]))
            continue;
        if (!xapian_database_add(all.db, snapshot->parts[i].db, &fault)) {
            xapian_database_free(all.db);
            return lede_xapian_fail(err, &fault, snapshot->shards[i].address);
        }
        all.at[all.count++] = i;
    }
    *out = all;
    return LEDE_OK;
}

/* The schema of the part that has the most fields is that of all. */
static lede_status choose_schema(lede_engine_snapshot *s, lede_error *err)
{
    lede_error own;

    for (uint32_t i = 0; i < s->part_count; i++)
        if (s->parts[i].db &&
            (!s->schema || lede_schema_count(s->parts[i].schema) >
                               lede_schema_count(s->schema)))
            s->schema = s->parts[i].schema;
    for (uint32_t i = 0; i < s->part_count; i++)
        if (s->parts[i].db &&
            lede_schema_extends(s->schema, s->parts[i].schema, &own) != LEDE_OK)
            return lede_fail(err, LEDE_ERR_INVALID, s->shards[i].address,
                             "its schema is not that of the other shards: %s",
                             own.message);
    return LEDE_OK;
}

static lede_status add_up(lede_engine_snapshot *s, lede_error *err)
{
    lede_engine_description *d = &s->description;
    xapian_database_stats stats;
    xapian_error fault;
    uint64_t *tokens;

    d->schema = s->schema;
    d->field_count = lede_schema_count(s->schema);
    tokens = lede_arena_array(s->arena, d->field_count, sizeof *tokens);
    if (!tokens)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    if (!xapian_database_count(s->all.db, &stats, &fault))
        return lede_xapian_fail(err, &fault, NULL);
    for (uint32_t i = 0; i < s->all.count; i++) {
        const lede_xapian_state *state = s->parts[s->all.at[i]].state;

        d->generation += state->generation;
        if (state->last_sequence > d->last_sequence)
            d->last_sequence = state->last_sequence;
        if (i == 0)
            d->forms_version = state->forms_version;
        if (d->forms_version != state->forms_version)
            d->forms_version = 0;
        for (uint32_t f = 0; f < state->field_count && f < d->field_count; f++)
            tokens[f] += state->tokens[f];
    }
    d->documents = stats.documents;
    d->field_tokens = tokens;
    d->shards = s->shards;
    d->shard_count = s->part_count;
    return LEDE_OK;
}

static lede_status copy_notes(lede_engine_snapshot *s, lede_error *err)
{
    uint32_t first = s->all.at[0];
    xapian_string notes = { NULL, 0 };
    lede_status status = lede_xapian_notes_read(&notes, s->parts[first].db,
                                                s->shards[first].address, err);
    char *copy;

    if (status != LEDE_OK)
        return status;
    copy = lede_arena_text(s->arena, notes.at, notes.len);
    s->description.notes = lede_bytes_of(copy, notes.len);
    xapian_string_free(&notes);
    return copy ? LEDE_OK : lede_fail_plain(err, LEDE_ERR_NOMEM);
}

static lede_status fill(lede_engine_snapshot *s, lede_error *err)
{
    lede_status status;

    s->part_count = s->index->place_count;
    s->parts = lede_arena_array(s->arena, s->part_count, sizeof *s->parts);
    s->shards = lede_arena_array(s->arena, s->part_count, sizeof *s->shards);
    if (!s->parts || !s->shards) {
        s->part_count = 0;
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    }
    status = open_parts(s, err);
    if (status == LEDE_OK)
        status = choose_schema(s, err);
    if (status == LEDE_OK)
        status = lede_xapian_unite(&s->all, s, NULL, s->arena, err);
    if (status == LEDE_OK)
        status = add_up(s, err);
    if (status == LEDE_OK)
        status = copy_notes(s, err);
    return status;
}

static lede_status open_once(lede_engine_snapshot **out,
                             lede_engine_index *index, lede_error *err)
{
    lede_engine_snapshot *s = lede_alloc_zero(index->allocator, sizeof *s);
    lede_status status = LEDE_ERR_NOMEM;

    if (!s)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    s->index = lede_xapian_index_keep(index);
    s->allocator = index->allocator;
    s->arena = lede_arena_new(index->allocator);
    s->mutex = s->arena ? lede_arena_zero(s->arena, sizeof *s->mutex) : NULL;
    if (s->mutex && pthread_mutex_init(s->mutex, NULL) != 0)
        s->mutex = NULL;
    if (s->mutex)
        status = fill(s, err);
    if (status != LEDE_OK) {
        lede_xapian_snapshot_close(s);
        return lede_fail_plain(err, status);
    }
    *out = s;
    return LEDE_OK;
}

lede_status lede_xapian_snapshot_open(lede_engine_snapshot **out,
                                      lede_engine_index *index, lede_error *err)
{
    lede_xapian_pursuit pursuit;
    lede_status status;

    lede_xapian_pursuit_init(&pursuit, index->places, index->place_count);
    do
        status = open_once(out, index, err);
    while (lede_xapian_pursue(&pursuit, &status, err));
    if (status == LEDE_OK)
        lede_error_clear(err);
    return status;
}

void lede_xapian_snapshot_close(lede_engine_snapshot *snapshot)
{
    lede_engine_index *index;

    if (!snapshot)
        return;
    index = snapshot->index;
    xapian_database_free(snapshot->all.db);
    for (uint32_t i = 0; i < snapshot->part_count; i++)
        close_part(&snapshot->parts[i]);
    if (snapshot->mutex)
        (void)pthread_mutex_destroy(snapshot->mutex);
    lede_arena_free(snapshot->arena);
    lede_release(index->allocator, snapshot, sizeof *snapshot);
    lede_xapian_index_release(index);
}

const lede_engine_description *lede_xapian_describe(
    const lede_engine_snapshot *snapshot)
{
    return &snapshot->description;
}

uint32_t lede_xapian_values_max(const lede_engine_snapshot *snapshot,
                                uint32_t field)
{
    uint32_t most = 0;

    for (uint32_t i = 0; i < snapshot->all.count; i++) {
        const lede_xapian_state *state =
            snapshot->parts[snapshot->all.at[i]].state;

        if (field < state->field_count && state->values[field] > most)
            most = state->values[field];
    }
    return most;
}

/* ---- Statistics --------------------------------------------------------- */

enum {
    SECTION_POSTINGS,
    SECTION_POSITIONS,
    SECTION_STORED,
    SECTION_OTHER,
    SECTION_COUNT
};

/* Of the tables of Xapian's backends; postings hold the dictionary, lengths,
 * columns and metadata (forms) as well. */
static int section_of(const char *file)
{
    if (strncmp(file, "postlist.", 9) == 0)
        return SECTION_POSTINGS;
    if (strncmp(file, "position.", 9) == 0)
        return SECTION_POSITIONS;
    if (strncmp(file, "docdata.", 8) == 0)
        return SECTION_STORED;
    return SECTION_OTHER;
}

static bool add_file(lede_section *sections, const char *dir, const char *name)
{
    char path[4096];
    struct stat there;
    int len = snprintf(path, sizeof path, "%s/%s", dir, name);

    if (len <= 0 || (size_t)len >= sizeof path || stat(path, &there) != 0)
        return false;
    if (S_ISREG(there.st_mode))
        sections[section_of(name)].bytes += (uint64_t)there.st_size;
    return true;
}

/* False where it cannot be known. */
static bool measure(lede_section *sections, const lede_xapian_place *place)
{
    struct stat there;
    struct dirent *entry;
    DIR *dir;

    if (!place->path || stat(place->path, &there) != 0)
        return false;
    if (!S_ISDIR(there.st_mode)) {
        sections[SECTION_OTHER].bytes += (uint64_t)there.st_size;
        return true;
    }
    dir = opendir(place->path);
    if (!dir)
        return false;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is our own. */
    while ((entry = readdir(dir)))
        (void)add_file(sections, place->path, entry->d_name);
    (void)closedir(dir);
    return true;
}

static lede_status count_words(uint64_t *terms, const lede_engine_snapshot *s,
                               lede_error *err)
{
    xapian_error fault = { .kind = XAPIAN_ERROR_NONE };
    xapian_terms *all = xapian_database_terms(s->all.db, "W", 1, &fault);
    const char *term;
    size_t len;

    *terms = 0;
    while (all && xapian_terms_next(all, &term, &len, &fault))
        ++*terms;
    xapian_terms_free(all);
    return fault.kind == XAPIAN_ERROR_NONE
               ? LEDE_OK
               : lede_xapian_fail(err, &fault, NULL);
}

lede_status lede_xapian_stats(lede_stats *stats,
                              const lede_engine_snapshot *snapshot,
                              lede_arena *arena, lede_error *err)
{
    static const char *const names[SECTION_COUNT] = { "postings", "positions",
                                                      "stored", "other" };
    const lede_engine_snapshot *s = snapshot;
    lede_section *sections =
        lede_arena_array(arena, SECTION_COUNT, sizeof *sections);
    bool known = true;
    uint64_t terms;
    lede_status status;

    if (!sections)
        return lede_fail_plain(err, lede_arena_status(arena));
    (void)pthread_mutex_lock(s->mutex);
    status = count_words(&terms, s, err);
    (void)pthread_mutex_unlock(s->mutex);
    if (status != LEDE_OK)
        return status;
    for (int i = 0; i < SECTION_COUNT; i++)
        sections[i] = (lede_section){ names[i], "", 0 };
    for (uint32_t i = 0; i < s->part_count; i++)
        known = measure(sections, &s->index->places[i]) && known;

    stats->terms = terms;
    stats->documents = s->description.documents;
    stats->deleted = 0;
    stats->segments = s->part_count;
    stats->tokens = 0;
    for (uint32_t i = 0; i < s->description.field_count; i++)
        stats->tokens += s->description.field_tokens[i];
    stats->text_bytes = 0;
    for (uint32_t i = 0; i < s->all.count; i++)
        stats->text_bytes += s->parts[s->all.at[i]].state->text_bytes;
    if (!known)
        return LEDE_OK;
    stats->index_bytes = 0;
    for (int i = 0; i < SECTION_COUNT; i++)
        stats->index_bytes += sections[i].bytes;
    stats->sections = sections;
    stats->section_count = SECTION_COUNT;
    return LEDE_OK;
}

/* ---- Stored values ------------------------------------------------------ */

static lede_status read_document(lede_document *document, uint64_t *sequence,
                                 const lede_engine_snapshot *s,
                                 const xapian_document *from,
                                 const lede_engine_load *load)
{
    xapian_string text = { NULL, 0 }, value = { NULL, 0 };
    xapian_error fault;
    lede_status status = LEDE_OK;

    if (!xapian_document_text(from, &text, &fault) ||
        !xapian_document_value(from, LEDE_XAPIAN_SLOT_SEQUENCE, &value, &fault))
        status = lede_xapian_status(fault.kind);
    if (status == LEDE_OK)
        status = lede_record_decode(document, lede_bytes_of(text.at, text.len),
                                    s->schema, load->fields, load->field_count);
    if (status == LEDE_OK && !lede_xapian_read_sequence(
                                 sequence, lede_bytes_of(value.at, value.len)))
        status = LEDE_ERR_CORRUPT;
    xapian_string_free(&text);
    xapian_string_free(&value);
    return status;
}

static lede_status load_one(lede_document **out, uint64_t *sequence,
                            const lede_engine_snapshot *s, lede_doc doc,
                            const lede_engine_load *load, lede_error *err)
{
    uint32_t part = lede_xapian_doc_part(doc);
    lede_document *document = NULL;
    xapian_document *from;
    xapian_error fault;
    lede_status status;

    if (part >= s->part_count || !s->parts[part].db)
        return lede_fail(err, LEDE_ERR_NOT_FOUND, NULL,
                         "there is no such document in this snapshot");
    from =
        xapian_document_get(s->parts[part].db, lede_xapian_doc_id(doc), &fault);
    if (!from)
        return lede_xapian_fail(err, &fault, s->shards[part].address);
    status = lede_document_new(&document, load->allocator);
    if (status == LEDE_OK)
        status = read_document(document, sequence, s, from, load);
    xapian_document_free(from);
    if (status != LEDE_OK) {
        lede_document_free(document);
        return lede_fail(err, status, s->shards[part].address,
                         "a stored article cannot be read");
    }
    *out = document;
    return LEDE_OK;
}

lede_status lede_xapian_load(lede_document **documents, uint64_t *sequences,
                             const lede_engine_snapshot *snapshot,
                             const lede_engine_load *load, lede_error *err)
{
    lede_status status = LEDE_OK;
    uint32_t done = 0;

    (void)pthread_mutex_lock(snapshot->mutex);
    while (status == LEDE_OK && done < load->count) {
        uint64_t sequence = 0;

        status = lede_budget_spend(load->budget, 1000);
        if (status == LEDE_OK)
            status = load_one(&documents[done], &sequence, snapshot,
                              load->docs[done], load, err);
        if (status == LEDE_OK && sequences)
            sequences[done] = sequence;
        done += status == LEDE_OK;
    }
    (void)pthread_mutex_unlock(snapshot->mutex);
    if (status == LEDE_OK)
        return LEDE_OK;
    while (done > 0) {
        lede_document_free(documents[--done]);
        documents[done] = NULL;
    }
    return lede_fail_plain(err, status);
}
