#include "native/index/outflow.h"

#include "base/error.h"
#include "native/index/occurrences.h"
#include "native/index/term_order.h"

/* What a segment's writer needs beside terms: for each article, for each of its
 * fields, for each value that goes into a column, for each length; with what is
 * left over of room that grows by half. */
#define WRITER_ARTICLE_BYTES 56U
#define WRITER_FIELD_BYTES   6U
#define WRITER_NUMBER_BYTES  12U

/* And at most for buffers: of the file, of lists on their way there, of
 * positions and of the dictionary. Small segments fill less of them. */
#define WRITER_BUFFER_BYTES 2359296U
#define WRITER_FILE_BYTES   327680U

/* Terms are brought into the cache before they are written, and the chunks that
 * go on with their streams. */
#define TERMS_AHEAD  8U
#define CHUNKS_AHEAD 4U

typedef struct outflow {
    const lede_term_table *table;
    lede_segment_writer *writer;
    const lede_schema *schema;
    lede_error *err;
    lede_occurrences_reader reader;
} outflow;

/* ---- Memory ---- */

/* Buffers hold what becomes of the streams, which is less than they are. */
static uint64_t buffer_bytes(const lede_term_table *table)
{
    uint64_t bytes = WRITER_FILE_BYTES + lede_chunks_bytes(&table->chunks);

    return bytes < WRITER_BUFFER_BYTES ? bytes : WRITER_BUFFER_BYTES;
}

/* What form tables take later is less than the terms that are gone then. */
uint64_t lede_outflow_bytes(const lede_intake *intake,
                            const lede_term_table *table, uint32_t fields,
                            const lede_outflow_load *load)
{
    uint64_t writer = intake->count * (WRITER_ARTICLE_BYTES +
                                       (uint64_t)fields * WRITER_FIELD_BYTES);

    if (intake->count == 0)
        return 0;
    writer += (intake->number_count + load->value_count) * WRITER_NUMBER_BYTES;
    writer += load->key_bytes / 2 * 3 + buffer_bytes(table);
    return lede_term_order_bytes(table->count) +
           lede_intake_reader_bytes(intake, fields) +
           (uint64_t)load->most * sizeof(uint32_t) + writer;
}

/* ---- Writing ---- */

static lede_status write_articles(const outflow *o, const lede_intake *intake)
{
    lede_intake_reader reader;
    lede_status status =
        lede_fail_plain(o->err, lede_intake_open(&reader, intake, o->schema));
    uint64_t shift;

    if (status != LEDE_OK)
        return status;
    if (intake->stored)
        status = lede_segment_writer_records(o->writer, intake->stored, &shift,
                                             o->err);
    for (uint32_t doc = 0; status == LEDE_OK && doc < intake->count; doc++)
        status = lede_segment_writer_document(
            o->writer, lede_intake_read(&reader, doc), o->err);
    lede_intake_close(&reader);
    return status;
}

static bool has_positions(const outflow *o, const lede_term *term)
{
    const lede_field *field = lede_schema_field(o->schema, term->space / 2);

    return term->space % 2 == 0 && field && lede_field_has_positions(field);
}

static lede_status write_term(outflow *o, const lede_term *term)
{
    lede_status status = lede_segment_writer_term(
        o->writer, term->space, lede_bytes_of(term->text, term->len),
        term->stream.seen, o->err);

    lede_occurrences_open(&o->reader, o->table, term, has_positions(o, term));
    while (status == LEDE_OK && lede_occurrences_next(&o->reader))
        status = lede_segment_writer_batch(o->writer, &o->reader.batch, o->err);
    if (status == LEDE_OK)
        status = lede_fail_plain(o->err, o->reader.status);
    return status;
}

static void look_ahead_at(const outflow *o, const lede_term_order *order,
                          uint32_t i)
{
    if (i + TERMS_AHEAD < order->count)
        lede_term_prefetch(lede_term_order_at(order, i + TERMS_AHEAD));
    if (i + CHUNKS_AHEAD < order->count)
        lede_term_prefetch_stream(o->table,
                                  lede_term_order_at(order, i + CHUNKS_AHEAD));
}

static lede_status write_terms(outflow *o, lede_term_table *table)
{
    lede_term_order order;
    lede_status status = lede_term_order_new(&order, table, table->allocator);

    if (status != LEDE_OK)
        return lede_fail_plain(o->err, status);
    lede_occurrences_init(&o->reader, table->allocator);
    for (uint32_t i = 0; status == LEDE_OK && i < order.count; i++) {
        look_ahead_at(o, &order, i);
        status = write_term(o, lede_term_order_at(&order, i));
    }
    lede_occurrences_fini(&o->reader);
    lede_term_order_fini(&order);
    return status;
}

lede_status lede_outflow_write(const lede_intake *intake,
                               lede_term_table *table,
                               lede_segment_writer *writer,
                               const lede_schema *schema, lede_error *err)
{
    outflow o = {
        .table = table, .writer = writer, .schema = schema, .err = err
    };
    lede_status status = write_articles(&o, intake);

    if (status == LEDE_OK)
        status = write_terms(&o, table);
    lede_term_table_clear(table);
    return status;
}
