/*
 * native/segment/segment_writer.c - writes one segment in one pass.
 *
 * Records go out while articles come, lists while terms come; what grows beside
 * them, dictionary and positions, is held until the end, where the small
 * sections follow.
 */
#include "native/segment/segment_writer.h"

#include "base/alloc.h"
#include "base/error.h"
#include "native/segment/articles_writer.h"
#include "native/segment/lists_writer.h"

struct lede_segment_writer {
    const lede_allocator *allocator;
    const lede_schema *schema;
    const lede_forms *forms;
    lede_section_writer sections;
    lede_articles_writer *articles;
    lede_lists_writer *lists;
    bool has_terms;
};

lede_status lede_segment_writer_new(lede_segment_writer **out,
                                    const lede_segment_target *target,
                                    const lede_allocator *allocator,
                                    lede_error *err)
{
    lede_segment_writer *made = lede_alloc_zero(allocator, sizeof *made);
    lede_status status;

    if (!made)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    made->allocator = allocator;
    made->schema = target->schema;
    made->forms = target->forms;
    lede_section_writer_init(&made->sections, allocator);
    status = lede_section_writer_create(&made->sections, target->dir,
                                        target->name, err);
    if (status == LEDE_OK)
        status = lede_articles_writer_new(&made->articles, &made->sections,
                                          target, err);
    if (status == LEDE_OK)
        status = lede_fail_plain(
            err, lede_lists_writer_new(&made->lists, &made->sections,
                                       made->articles, target));
    if (status != LEDE_OK) {
        lede_segment_writer_free(made);
        return status;
    }
    *out = made;
    return LEDE_OK;
}

void lede_segment_writer_free(lede_segment_writer *writer)
{
    if (!writer)
        return;
    lede_lists_writer_free(writer->lists);
    lede_articles_writer_free(writer->articles);
    lede_section_writer_fini(&writer->sections);
    lede_release(writer->allocator, writer, sizeof *writer);
}

void lede_segment_writer_hold(lede_segment_writer *writer, uint64_t bytes)
{
    lede_articles_writer_hold(writer->articles, bytes);
    lede_lists_writer_hold(writer->lists, bytes);
}

void lede_segment_writer_watch(lede_segment_writer *writer,
                               const lede_cancel *cancel)
{
    writer->sections.cancel = cancel;
    lede_articles_writer_watch(writer->articles, cancel);
}

void lede_segment_writer_squeeze(lede_segment_writer *writer)
{
    lede_articles_writer_squeeze(writer->articles);
}

uint64_t lede_segment_writer_memory(const lede_segment_writer *writer)
{
    return sizeof *writer + lede_section_writer_memory(&writer->sections) +
           lede_articles_writer_memory(writer->articles) +
           lede_lists_writer_memory(writer->lists);
}

lede_status lede_segment_writer_records(lede_segment_writer *writer,
                                        const lede_records *records,
                                        uint64_t *shift, lede_error *err)
{
    return lede_articles_writer_take(writer->articles, records, shift, err);
}

bool lede_segment_writer_takes(const lede_segment_writer *writer,
                               const lede_records *records)
{
    return lede_articles_writer_takes(writer->articles, records);
}

lede_status lede_segment_writer_document(lede_segment_writer *writer,
                                         const lede_segment_document *document,
                                         lede_error *err)
{
    if (writer->has_terms)
        return lede_fail(err, LEDE_ERR_INVALID, NULL,
                         "articles come before terms");
    return lede_articles_writer_add(writer->articles, document, err);
}

lede_status lede_segment_writer_key(lede_segment_writer *writer, lede_bytes key,
                                    uint32_t doc, lede_error *err)
{
    return lede_articles_writer_key(writer->articles, key, doc, err);
}

static lede_status begin_terms(lede_segment_writer *w, lede_error *err)
{
    lede_status status;

    if (w->has_terms)
        return LEDE_OK;
    w->has_terms = true;
    status = lede_articles_writer_end_records(w->articles, err);
    return status == LEDE_OK ? lede_lists_writer_begin(w->lists, err) : status;
}

lede_status lede_segment_writer_term(lede_segment_writer *writer,
                                     uint32_t space, lede_bytes term, bool name,
                                     lede_error *err)
{
    lede_status status = begin_terms(writer, err);

    return status == LEDE_OK
               ? lede_lists_writer_term(writer->lists, space, term, name, err)
               : status;
}

lede_status lede_segment_writer_posting(lede_segment_writer *writer,
                                        uint32_t doc, uint32_t frequency,
                                        const uint32_t *positions,
                                        lede_error *err)
{
    return lede_lists_writer_add(writer->lists, doc, frequency, positions, err);
}

lede_status lede_segment_writer_batch(lede_segment_writer *writer,
                                      const lede_postings_batch *batch,
                                      lede_error *err)
{
    return lede_lists_writer_add_batch(writer->lists, batch, err);
}

lede_status lede_segment_writer_list(lede_segment_writer *writer,
                                     lede_postings *list, uint32_t shift,
                                     lede_error *err)
{
    return lede_lists_writer_copy(writer->lists, list, shift, err);
}

static lede_status put_summary(lede_segment_writer *w,
                               const lede_segment_made *made, lede_error *err)
{
    lede_buffer *out = &w->sections.out;
    uint32_t count, spaces = 0;
    const lede_terms_space *all = lede_lists_writer_spaces(w->lists, &count);

    for (uint32_t i = 0; i < count; i++)
        spaces += all[i].terms > 0;
    lede_put_u32(out, made->documents);
    lede_put_u32(out, made->field_count);
    lede_put_u32(out, spaces);
    for (uint32_t i = 0; i < made->field_count; i++)
        lede_put_u64(out, made->tokens[i]);
    for (uint32_t i = 0; i < count; i++) {
        if (all[i].terms == 0)
            continue;
        lede_put_u32(out, all[i].space);
        lede_put_u32(out, all[i].blocks);
        lede_put_u64(out, all[i].terms);
        lede_put_u32(out, all[i].usual);
    }
    return lede_section_put(&w->sections, LEDE_SECTION_SUMMARY,
                            LEDE_NO_SECTION_FIELD, out, err);
}

/* For whoever finds the segment without a manifest. */
static lede_status put_schema(lede_segment_writer *w, lede_error *err)
{
    lede_buffer *out = &w->sections.out;

    lede_put_u64(out, lede_forms_version(w->forms));
    lede_schema_encode(out, w->schema);
    return lede_section_put(&w->sections, LEDE_SECTION_SCHEMA,
                            LEDE_NO_SECTION_FIELD, out, err);
}

lede_status lede_segment_writer_end(lede_segment_writer *writer, bool sync,
                                    lede_segment_made *made, lede_error *err)
{
    lede_segment_writer *w = writer;
    lede_segment_made all = { 0 };
    lede_status status = begin_terms(w, err);

    if (status == LEDE_OK)
        status = lede_lists_writer_end(w->lists, err);
    if (status == LEDE_OK)
        status = lede_articles_writer_end(w->articles, err);
    lede_articles_writer_made(w->articles, &all);
    if (status == LEDE_OK)
        status = put_summary(w, &all, err);
    if (status == LEDE_OK)
        status = put_schema(w, err);
    if (status == LEDE_OK)
        status = lede_section_writer_end(&w->sections, sync, &all.mark, err);
    if (status == LEDE_OK)
        *made = all;
    return status;
}
