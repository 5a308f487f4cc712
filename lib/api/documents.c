#include "article/documents.h"

#include "api/arguments.h"
#include "api/snapshot.h"
#include "base/alloc.h"

typedef struct stream {
    lede_documents face;
    lede_snapshot *snapshot;
    lede_document_pages *pages;
} stream;

lede_status lede_documents_open(lede_documents **out,
                                const lede_snapshot *snapshot,
                                const char *after, size_t after_len,
                                lede_error *err)
{
    lede_bytes key = lede_bytes_of(NULL, 0);
    lede_status status = LEDE_OK;
    stream *s;

    lede_error_clear(err);
    if (!out || !snapshot)
        return lede_fail_null(err, out ? "snapshot" : "out");
    if (after)
        status = lede_take_key(&key, after, after_len, err);
    if (status != LEDE_OK)
        return status;
    s = lede_alloc_zero(snapshot->index->allocator, sizeof *s);
    if (!s)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    status = lede_document_pages_open(&s->pages, snapshot->view, key, err);
    if (status != LEDE_OK) {
        lede_release(snapshot->index->allocator, s, sizeof *s);
        return lede_fail_plain(err, status);
    }
    s->snapshot = lede_snapshot_hold(snapshot);
    s->face.key = "";
    *out = &s->face;
    return LEDE_OK;
}

bool lede_documents_next(lede_documents *documents)
{
    stream *s = (stream *)documents;
    bool more;

    if (!s)
        return false;
    more = lede_document_pages_next(s->pages);
    documents->key = (const char *)s->pages->key.at;
    documents->key_len = s->pages->key.len;
    documents->document = s->pages->document;
    documents->status = s->pages->status;
    return more;
}

void lede_documents_close(lede_documents *documents)
{
    stream *s = (stream *)documents;
    lede_snapshot *snapshot;

    if (!s)
        return;
    snapshot = s->snapshot;
    lede_document_pages_close(s->pages);
    lede_release(snapshot->index->allocator, s, sizeof *s);
    lede_snapshot_close(snapshot);
}
