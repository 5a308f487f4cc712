/*
 * memory/writer.c - changes waiting for their commit, the last of each key.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/map.h"
#include "memory/index.h"

typedef struct writer {
    lede_memory_index *index;
    const lede_forms *forms;
    pthread_mutex_t lock; /* of what follows, for the lanes */
    lede_memory_article **changes;
    size_t capacity;
    size_t count;
    lede_map places; /* of keys in changes */
    uint64_t bytes;
    lede_shard shard;
} writer;

static writer *writer_of(lede_engine_writer *opaque)
{
    return (writer *)(void *)opaque;
}

lede_status lede_memory_writer_open(lede_engine_writer **out,
                                    lede_engine_index *index,
                                    const lede_engine_writer_settings *settings,
                                    lede_error *err)
{
    lede_memory_index *in = (lede_memory_index *)(void *)index;
    writer *w = lede_alloc_zero(in->allocator, sizeof *w);
    lede_status status;

    if (!w)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    if (pthread_mutex_init(&w->lock, NULL) != 0) {
        lede_release(in->allocator, w, sizeof *w);
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    }
    status = lede_memory_index_lock(in, settings->wait_ms);
    if (status != LEDE_OK) {
        (void)pthread_mutex_destroy(&w->lock);
        lede_release(in->allocator, w, sizeof *w);
        return lede_fail_plain(err, status);
    }
    w->index = lede_memory_index_keep(in);
    w->forms = settings->forms;
    w->shard = in->newest->shard;
    lede_map_init(&w->places, in->allocator);
    *out = (lede_engine_writer *)(void *)w;
    return LEDE_OK;
}

static void drop_changes(writer *w)
{
    lede_map_clear(&w->places);
    while (w->count > 0)
        lede_memory_article_release(w->changes[--w->count]);
    w->bytes = 0;
}

void lede_memory_writer_close(lede_engine_writer *opaque)
{
    writer *w = writer_of(opaque);
    lede_memory_index *index;

    if (!w)
        return;
    index = w->index;
    drop_changes(w);
    lede_map_fini(&w->places);
    lede_release(index->allocator, w->changes,
                 w->capacity * sizeof(lede_memory_article *));
    (void)pthread_mutex_destroy(&w->lock);
    lede_release(index->allocator, w, sizeof *w);
    lede_memory_index_unlock(index);
    lede_memory_index_release(index);
}

/* Takes ownership of the article unless it fails. */
static lede_status add_change(writer *w, lede_memory_article *article)
{
    lede_map_slot *slot;

    if (!lede_grow(w->index->allocator, &w->changes, &w->capacity, w->count + 1,
                   sizeof(lede_memory_article *)))
        return LEDE_ERR_NOMEM;
    slot =
        lede_map_put(&w->places, article->key, lede_hash_bytes(article->key));
    if (!slot)
        return LEDE_ERR_NOMEM;
    if (slot->value == LEDE_MAP_NEW) {
        slot->value = w->count;
        w->changes[w->count++] = article;
    } else if (w->changes[slot->value]->sequence < article->sequence) {
        lede_memory_article *loser = w->changes[slot->value];

        slot->key = article->key;
        w->changes[slot->value] = article;
        w->bytes -= lede_memory_article_size(loser);
        lede_memory_article_release(loser);
    } else {
        lede_memory_article_release(article);
        return LEDE_OK;
    }
    w->bytes += lede_memory_article_size(article);
    return LEDE_OK;
}

lede_status lede_memory_writer_apply(lede_engine_writer *opaque, uint32_t lane,
                                     const lede_engine_change *change,
                                     lede_error *err)
{
    writer *w = writer_of(opaque);
    lede_memory_article *article;
    lede_status status =
        lede_memory_article_new(&article, change, w->index->allocator);

    (void)lane;
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    (void)pthread_mutex_lock(&w->lock);
    status = add_change(w, article);
    (void)pthread_mutex_unlock(&w->lock);
    if (status != LEDE_OK) {
        lede_memory_article_release(article);
        return lede_fail_plain(err, status);
    }
    return LEDE_OK;
}

static int by_sequence(const void *left, const void *right)
{
    const lede_memory_article *a = *(lede_memory_article *const *)left;
    const lede_memory_article *b = *(lede_memory_article *const *)right;

    return (a->sequence > b->sequence) - (a->sequence < b->sequence);
}

/* Puts the changes in order of sequence. */
static void sort_changes(writer *w)
{
    if (w->count)
        qsort(w->changes, w->count, sizeof(lede_memory_article *), by_sequence);
    for (size_t i = 0; i < w->count; i++) {
        lede_bytes key = w->changes[i]->key;

        lede_map_find(&w->places, key, lede_hash_bytes(key))->value = i;
    }
}

/* Whether a finish brings anything besides the changes. */
static bool brings_news(const lede_memory_commit *now,
                        const lede_engine_finish *finish)
{
    return (finish->schema &&
            !lede_schema_equal(finish->schema, now->schema)) ||
           (finish->notes && !lede_bytes_equal(*finish->notes, now->notes)) ||
           (finish->forms && lede_forms_version(finish->forms) !=
                                 now->description.forms_version);
}

static lede_status advance(writer *w, const lede_memory_step *step)
{
    lede_memory_commit *made;
    lede_status status =
        lede_memory_commit_new(&made, step, w->index->allocator);

    if (status != LEDE_OK)
        return status;
    w->shard = made->shard;
    lede_memory_index_advance(w->index, made);
    return LEDE_OK;
}

static lede_status commit(writer *w, const lede_engine_finish *finish)
{
    const lede_memory_commit *now = w->index->newest;
    lede_memory_step step = {
        .before = now,
        .changes = w->changes,
        .change_count = (uint32_t)w->count,
        .schema = finish->schema ? finish->schema : now->schema,
        .forms = finish->forms ? finish->forms : w->forms,
        .notes = finish->notes ? *finish->notes : now->notes,
    };
    lede_status status = LEDE_OK;

    if (w->count > UINT32_MAX)
        return LEDE_ERR_LIMIT;
    sort_changes(w);
    if (w->count || brings_news(now, finish))
        status = advance(w, &step);
    if (status == LEDE_OK) {
        w->forms = step.forms;
        drop_changes(w);
    }
    return status;
}

static lede_status drop_deleted(writer *w, const lede_task *task)
{
    const lede_memory_commit *now = w->index->newest;
    lede_memory_step step = {
        .before = now,
        .schema = now->schema,
        .forms = w->forms,
        .notes = now->notes,
        .drop_deleted = true,
    };
    lede_status status = LEDE_OK;

    if (task && lede_cancel_is_set(task->cancel))
        return LEDE_ERR_CANCELLED;
    if (now->live_count < now->count)
        status = advance(w, &step);
    if (status == LEDE_OK && task && task->progress)
        task->progress(task->ctx, 1, 1);
    return status;
}

lede_status lede_memory_writer_finish(lede_engine_writer *opaque,
                                      const lede_engine_finish *finish,
                                      uint64_t *generation, lede_error *err)
{
    writer *w = writer_of(opaque);
    lede_status status = LEDE_OK;

    if (finish->kind == LEDE_FINISH_ROLLBACK)
        drop_changes(w);
    else
        status = commit(w, finish);
    if (status == LEDE_OK && finish->kind == LEDE_FINISH_OPTIMIZE)
        status = drop_deleted(w, finish->task);
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    if (generation)
        *generation = w->index->newest->description.generation;
    return LEDE_OK;
}

const lede_shard *lede_memory_writer_shards(lede_engine_writer *opaque,
                                            uint32_t *count)
{
    *count = 1;
    return &writer_of(opaque)->shard;
}

uint64_t lede_memory_writer_memory(const lede_engine_writer *opaque)
{
    return ((const writer *)(const void *)opaque)->bytes;
}
