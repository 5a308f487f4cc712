/*
 * document/record.h - a document as bytes, for engines that store it whole.
 *
 *     lede_record_encode(&buffer, doc, schema);
 *     lede_record_decode(doc, bytes, schema, fields, field_count);
 *
 * Grammar in record.c. Fields of the schema are written by place, others by
 * name, values in put order.
 */
#ifndef LEDE_DOCUMENT_RECORD_H
#define LEDE_DOCUMENT_RECORD_H

#include "base/buffer.h"
#include "document/document.h"

/* Appends the stored values of `doc`: those of fields without
 * LEDE_FIELD_UNSTORED. The buffer keeps a failure. */
void lede_record_encode(lede_buffer *out, const lede_document *doc,
                        const lede_schema *schema);

/*
 * Adds the values of a record to `doc`; only those of the fields at `fields`,
 * unless that is NULL. A value that was put before the schema had its field
 * keeps the kind it had then. LEDE_ERR_CORRUPT for bytes that are not a record
 * of this schema or an older one of it, LEDE_ERR_VERSION for those of a newer
 * lede, NOMEM; some values may have been added by then.
 */
lede_status lede_record_decode(lede_document *doc, lede_bytes record,
                               const lede_schema *schema,
                               const uint32_t *fields, size_t field_count);

#endif
