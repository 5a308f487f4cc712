/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xapian/writer.h"

#include <time.h>

#include "base/alloc.h"
#include "base/error.h"
#include "xapian/fault.h"
#include "xapian/swap.h"

#define WAIT_STEP_MS 10

/* ---- Targets ------------------------------------------------------------ */

lede_status lede_xapian_target_fail(const lede_xapian_target *t,
                                    const xapian_error *fault, lede_error *err)
{
    return lede_xapian_fail(err, fault, t->place->address);
}

lede_status lede_xapian_target_lost(const lede_xapian_target *t,
                                    lede_error *err)
{
    return lede_fail(err, LEDE_ERR_BUSY, t->place->address,
                     "the lock was lost to another writer: roll back");
}

void lede_xapian_target_forget(lede_xapian_target *t)
{
    t->changed = false;
    t->changes = 0;
    t->pending_bytes = 0;
    lede_map_clear(&t->words);
    lede_map_clear(&t->names);
    lede_map_clear(&t->order);
    lede_arena_clear(t->arena);
}

lede_status lede_xapian_target_start(lede_xapian_target *t, unsigned flags,
                                     uint32_t wait_ms, lede_error *err)
{
    const struct timespec step = { 0, WAIT_STEP_MS * 1000000L };
    const char *where = t->place->address;
    xapian_error fault;
    lede_status status;

    for (uint32_t waited = 0;; waited += WAIT_STEP_MS) {
        t->db = lede_xapian_open(t->place, XAPIAN_WRITE | flags, &fault);
        if (t->db || fault.kind != XAPIAN_ERROR_LOCKED || waited >= wait_ms)
            break;
        (void)nanosleep(&step, NULL);
    }
    if (!t->db && fault.kind == XAPIAN_ERROR_LOCKED)
        return lede_fail(err, LEDE_ERR_BUSY, where,
                         "another writer has the database");
    if (!t->db)
        return lede_xapian_fail(err, &fault, where);
    status = lede_xapian_state_read(t->committed, t->db, where, err);
    if (status == LEDE_OK && !xapian_begin(t->db, true, &fault))
        status = lede_xapian_fail(err, &fault, where);
    if (status == LEDE_OK)
        *t->next = *t->committed;
    return status;
}

/* ---- Opening ------------------------------------------------------------ */

static lede_status init_target(lede_engine_writer *w, uint32_t at,
                               uint32_t wait_ms, lede_error *err)
{
    lede_xapian_target *t = &w->targets[at];

    t->place = &w->index->places[at];
    lede_map_init(&t->words, w->allocator);
    lede_map_init(&t->names, w->allocator);
    lede_map_init(&t->order, w->allocator);
    t->arena = lede_arena_new(w->allocator);
    t->committed = lede_arena_zero(w->arena, sizeof *t->committed);
    t->next = lede_arena_zero(w->arena, sizeof *t->next);
    t->seen = lede_arena_zero(w->arena, sizeof *t->seen);
    w->shards[at] = (lede_shard){ t->place->address, 0, LEDE_OK, "" };
    if (!t->arena || !t->committed || !t->next || !t->seen)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    if (t->place->path) {
        t->copy = lede_xapian_shrink_path(t->place->path, w->arena);
        if (!t->copy)
            return lede_fail_plain(err, LEDE_ERR_NOMEM);
    }
    return lede_xapian_target_start(t, w->flags, wait_ms, err);
}

/* The schema that the index has, now that nobody else can change it. */
static lede_status take_schema(lede_engine_writer *w, lede_error *err)
{
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; status == LEDE_OK && i < w->count; i++) {
        lede_schema *schema;

        status =
            lede_xapian_schema_read(&schema, w->targets[i].db, w->allocator,
                                    w->targets[i].place->address, err);
        if (status != LEDE_OK)
            break;
        if (w->schema &&
            lede_schema_count(schema) <= lede_schema_count(w->schema)) {
            lede_schema_free(schema);
            continue;
        }
        lede_schema_free(w->schema);
        w->schema = schema;
    }
    return status;
}

static lede_status fill(lede_engine_writer *w, uint32_t wait_ms,
                        lede_error *err)
{
    uint32_t count = w->index->place_count;
    lede_status status = LEDE_OK;

    w->targets = lede_arena_array(w->arena, count, sizeof *w->targets);
    w->shards = lede_arena_array(w->arena, count, sizeof *w->shards);
    w->messages = lede_arena_array(w->arena, count, sizeof *w->messages);
    w->article = lede_arena_zero(w->arena, sizeof *w->article);
    if (!w->targets || !w->shards || !w->messages || !w->article)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    w->article->allocator = w->allocator;
    while (status == LEDE_OK && w->count < count) {
        w->count++;
        status = init_target(w, w->count - 1, wait_ms, err);
    }
    return status == LEDE_OK ? take_schema(w, err) : status;
}

lede_status lede_xapian_writer_open(lede_engine_writer **out,
                                    lede_engine_index *index,
                                    const lede_engine_writer_settings *settings,
                                    lede_error *err)
{
    lede_engine_writer *w;
    lede_status status;

    if (index->flags & LEDE_INDEX_READ_ONLY)
        return lede_fail(err, LEDE_ERR_INVALID, index->places[0].address,
                         "the index was opened for reading only");
    w = lede_alloc_zero(index->allocator, sizeof *w);
    if (!w)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    w->allocator = index->allocator;
    w->forms = settings->forms;
    w->lanes = settings->lanes;
    if (settings->durability == LEDE_NOT_DURABLE)
        w->flags = XAPIAN_NO_SYNC;
    w->arena = lede_arena_new(index->allocator);
    if (!w->arena || pthread_mutex_init(&w->mutex, NULL) != 0) {
        lede_arena_free(w->arena);
        lede_release(index->allocator, w, sizeof *w);
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    }
    w->index = lede_xapian_index_keep(index);
    status = fill(w, settings->wait_ms, err);
    if (status != LEDE_OK) {
        lede_xapian_writer_close(w);
        return status;
    }
    *out = w;
    return LEDE_OK;
}

void lede_xapian_writer_close(lede_engine_writer *writer)
{
    lede_engine_writer *w = writer;
    lede_engine_index *index;

    if (!w)
        return;
    index = w->index;
    for (uint32_t i = 0; i < w->count; i++) {
        lede_xapian_target *t = &w->targets[i];

        xapian_database_free(t->db);
        lede_map_fini(&t->words);
        lede_map_fini(&t->names);
        lede_map_fini(&t->order);
        lede_arena_free(t->arena);
    }
    if (w->article)
        lede_xapian_article_fini(w->article);
    lede_schema_free(w->schema);
    (void)pthread_mutex_destroy(&w->mutex);
    lede_arena_free(w->arena);
    lede_release(w->allocator, w, sizeof *w);
    lede_xapian_index_release(index);
}

const lede_shard *lede_xapian_writer_shards(lede_engine_writer *writer,
                                            uint32_t *count)
{
    *count = writer->count;
    return writer->shards;
}

uint64_t lede_xapian_writer_memory(const lede_engine_writer *writer)
{
    uint64_t bytes = lede_arena_bytes(writer->arena);

    for (uint32_t i = 0; i < writer->count; i++) {
        const lede_xapian_target *t = &writer->targets[i];

        bytes += t->pending_bytes + lede_arena_bytes(t->arena) +
                 (t->words.capacity + t->names.capacity + t->order.capacity) *
                     sizeof(lede_map_slot);
    }
    return bytes;
}
