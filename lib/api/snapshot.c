#include "api/snapshot.h"

#include "api/arguments.h"
#include "article/documents.h"
#include "base/alloc.h"
#include "base/options.h"

static lede_status open_view(lede_snapshot *snapshot, lede_index *index,
                             lede_error *err)
{
    lede_view_source source = lede_index_source(index);
    lede_status status = lede_view_open(&snapshot->view, &source, err);

    if (status == LEDE_OK)
        status = lede_notes_read(&snapshot->notes,
                                 snapshot->view->description->notes);
    return status == LEDE_OK ? status : lede_fail_plain(err, status);
}

lede_status lede_snapshot_open(lede_snapshot **out, lede_index *index,
                               lede_error *err)
{
    lede_snapshot *snapshot;
    lede_status status;

    lede_error_clear(err);
    if (!out || !index)
        return lede_fail_null(err, out ? "index" : "out");
    snapshot = lede_alloc_zero(index->allocator, sizeof *snapshot);
    if (!snapshot)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    snapshot->self = snapshot;
    atomic_init(&snapshot->holders, 1);
    lede_notes_init(&snapshot->notes, index->allocator);
    snapshot->index = lede_index_hold(index);
    status = open_view(snapshot, index, err);
    if (status != LEDE_OK) {
        lede_snapshot_close(snapshot);
        return status;
    }
    *out = snapshot;
    return LEDE_OK;
}

lede_snapshot *lede_snapshot_hold(const lede_snapshot *snapshot)
{
    lede_snapshot *self = snapshot->self;

    atomic_fetch_add_explicit(&self->holders, 1, memory_order_relaxed);
    return self;
}

void lede_snapshot_close(lede_snapshot *snapshot)
{
    lede_index *index;

    if (!snapshot || atomic_fetch_sub(&snapshot->holders, 1) > 1)
        return;
    index = snapshot->index;
    lede_notes_fini(&snapshot->notes);
    lede_view_close(snapshot->view);
    lede_release(index->allocator, snapshot, sizeof *snapshot);
    lede_index_close(index);
}

uint64_t lede_snapshot_generation(const lede_snapshot *snapshot)
{
    return snapshot ? snapshot->view->description->generation : 0;
}

const lede_schema *lede_snapshot_schema(const lede_snapshot *snapshot)
{
    return snapshot ? snapshot->view->schema : NULL;
}

const char *lede_snapshot_note(const lede_snapshot *snapshot, const char *name,
                               size_t *len)
{
    const lede_note *note = NULL;

    if (snapshot && name)
        note = lede_notes_find(&snapshot->notes, name);
    if (len)
        *len = note ? note->len : 0;
    return note ? note->text : NULL;
}

lede_status lede_snapshot_get(lede_document **out,
                              const lede_snapshot *snapshot, const char *key,
                              size_t key_len, lede_error *err)
{
    lede_bytes bytes;
    lede_status status;

    lede_error_clear(err);
    if (!out || !snapshot)
        return lede_fail_null(err, out ? "snapshot" : "out");
    status = lede_take_key(&bytes, key, key_len, err);
    if (status == LEDE_OK)
        status = lede_document_get(out, snapshot->view, bytes, err);
    return status == LEDE_OK ? status : lede_fail_plain(err, status);
}

lede_status lede_snapshot_backup(const lede_snapshot *snapshot,
                                 const char *path, const lede_task *task,
                                 lede_error *err)
{
    const lede_engine *engine;
    lede_task complete;
    lede_status status;

    lede_error_clear(err);
    if (!snapshot || !path)
        return lede_fail_null(err, snapshot ? "path" : "snapshot");
    status = LEDE_READ_OPTIONS(lede_task, &complete, task, cancel, err);
    if (status != LEDE_OK)
        return status;
    engine = snapshot->view->engine;
    if (!engine->backup)
        return lede_fail(err, LEDE_ERR_UNSUPPORTED, engine->name,
                         "this engine has no backups");
    status = engine->backup(snapshot->view->snapshot, path, &complete, err);
    return status == LEDE_OK ? status : lede_fail_plain(err, status);
}
