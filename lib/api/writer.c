#include "lede/writer.h"

#include "api/arguments.h"
#include "api/index.h"
#include "article/writer.h"
#include "base/alloc.h"
#include "base/options.h"

struct lede_writer {
    lede_index *index;
    lede_article_writer *inner;
};

static lede_status open_writer(lede_writer **out, lede_index *index,
                               const lede_writer_options *options,
                               lede_error *err)
{
    lede_writer *writer = lede_alloc_zero(index->allocator, sizeof *writer);
    lede_view_source source = lede_index_source(index);
    lede_status status;

    if (!writer)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    status = lede_article_writer_open(&writer->inner, &source, options, err);
    if (status != LEDE_OK) {
        lede_release(index->allocator, writer, sizeof *writer);
        return lede_fail_plain(err, status);
    }
    writer->index = lede_index_hold(index);
    *out = writer;
    return LEDE_OK;
}

lede_status lede_writer_open(lede_writer **out, lede_index *index,
                             const lede_writer_options *options,
                             lede_error *err)
{
    lede_writer_options complete;
    lede_status status;

    lede_error_clear(err);
    if (!out || !index)
        return lede_fail_null(err, out ? "index" : "out");
    status = LEDE_READ_OPTIONS(lede_writer_options, &complete, options,
                               durability, err);
    if (status != LEDE_OK)
        return status;
    if (index->flags & (LEDE_INDEX_READ_ONLY | LEDE_INDEX_UNTRUSTED))
        return lede_fail(err, LEDE_ERR_INVALID, "index",
                         "it was opened read-only or as untrusted");
    return open_writer(out, index, &complete, err);
}

void lede_writer_close(lede_writer *writer)
{
    lede_index *index;

    if (!writer)
        return;
    index = writer->index;
    lede_article_writer_close(writer->inner);
    lede_release(index->allocator, writer, sizeof *writer);
    lede_index_close(index);
}

lede_status lede_writer_put(lede_writer *writer, const char *key,
                            size_t key_len, const lede_document *doc,
                            lede_error *err)
{
    lede_bytes bytes;
    lede_status status;

    lede_error_clear(err);
    if (!writer)
        return lede_fail_null(err, "writer");
    status = lede_take_key(&bytes, key, key_len, err);
    if (status != LEDE_OK)
        return status;
    return lede_article_writer_put(writer->inner, bytes, doc, err);
}

lede_status lede_writer_delete(lede_writer *writer, const char *key,
                               size_t key_len, lede_error *err)
{
    lede_bytes bytes;
    lede_status status;

    lede_error_clear(err);
    if (!writer)
        return lede_fail_null(err, "writer");
    status = lede_take_key(&bytes, key, key_len, err);
    if (status != LEDE_OK)
        return status;
    return lede_article_writer_delete(writer->inner, bytes, err);
}

lede_status lede_writer_set_schema(lede_writer *writer,
                                   const lede_schema *schema, lede_error *err)
{
    lede_error_clear(err);
    if (!writer || !schema)
        return lede_fail_null(err, writer ? "schema" : "writer");
    return lede_article_writer_set_schema(writer->inner, schema, err);
}

lede_status lede_writer_set_note(lede_writer *writer, const char *name,
                                 const char *text, size_t len, lede_error *err)
{
    lede_bytes bytes;

    lede_error_clear(err);
    if (!writer || !name)
        return lede_fail_null(err, writer ? "name" : "writer");
    if (!lede_take_text(&bytes, text, len))
        return lede_fail_null(err, "text");
    if (name[0] == '\0')
        return lede_fail(err, LEDE_ERR_INVALID, "name", "a note needs a name");
    return lede_article_writer_set_note(writer->inner, name, bytes, err);
}

lede_status lede_writer_commit(lede_writer *writer, uint64_t *generation,
                               lede_error *err)
{
    lede_error_clear(err);
    if (!writer)
        return lede_fail_null(err, "writer");
    return lede_article_writer_commit(writer->inner, generation, err);
}

lede_status lede_writer_rollback(lede_writer *writer, lede_error *err)
{
    lede_error_clear(err);
    if (!writer)
        return lede_fail_null(err, "writer");
    return lede_article_writer_rollback(writer->inner, err);
}

lede_status lede_writer_optimize(lede_writer *writer, const lede_task *task,
                                 lede_error *err)
{
    lede_task complete;
    lede_status status;

    lede_error_clear(err);
    if (!writer)
        return lede_fail_null(err, "writer");
    status = LEDE_READ_OPTIONS(lede_task, &complete, task, cancel, err);
    if (status != LEDE_OK)
        return status;
    return lede_article_writer_optimize(writer->inner, &complete, err);
}

const lede_writer_counts *lede_writer_count(lede_writer *writer)
{
    return writer ? lede_article_writer_count(writer->inner) : NULL;
}

const lede_shard *lede_writer_shard(lede_writer *writer, size_t at)
{
    return writer ? lede_article_writer_shard(writer->inner, at) : NULL;
}
