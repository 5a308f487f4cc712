/*
 * article/writer.h - articles into an engine: checks, sequence numbers, notes,
 * the schema, and failures that stick.
 *
 *     lede_article_writer_open(&writer, &source, options, err);
 *     lede_article_writer_put(writer, key, doc, err);
 *     lede_article_writer_commit(writer, &generation, err);
 *     lede_article_writer_close(writer);
 *
 * What lede/writer.h promises, for arguments that are well formed.
 *
 * Threads   Confined.
 */
#ifndef LEDE_ARTICLE_WRITER_H
#define LEDE_ARTICLE_WRITER_H

#include "article/view.h"
#include "lede/writer.h"

typedef struct lede_article_writer lede_article_writer;

/* `options` are complete. */
lede_status lede_article_writer_open(lede_article_writer **out,
                                     const lede_view_source *source,
                                     const lede_writer_options *options,
                                     lede_error *err);
void lede_article_writer_close(lede_article_writer *writer);

lede_status lede_article_writer_put(lede_article_writer *writer, lede_bytes key,
                                    const lede_document *doc, lede_error *err);
lede_status lede_article_writer_delete(lede_article_writer *writer,
                                       lede_bytes key, lede_error *err);
lede_status lede_article_writer_set_schema(lede_article_writer *writer,
                                           const lede_schema *schema,
                                           lede_error *err);
lede_status lede_article_writer_set_note(lede_article_writer *writer,
                                         const char *name, lede_bytes text,
                                         lede_error *err);
lede_status lede_article_writer_commit(lede_article_writer *writer,
                                       uint64_t *generation, lede_error *err);
lede_status lede_article_writer_rollback(lede_article_writer *writer,
                                         lede_error *err);
lede_status lede_article_writer_optimize(lede_article_writer *writer,
                                         const lede_task *task,
                                         lede_error *err);
const lede_writer_counts *lede_article_writer_count(
    lede_article_writer *writer);
const lede_shard *lede_article_writer_shard(lede_article_writer *writer,
                                            size_t at);

#endif
