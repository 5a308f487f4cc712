/*
 * native/segment/key_order.h - the sections that find articles by their keys.
 *
 *     lede_key_order_put(&sections, keys, ends, documents, &err);
 *
 * Writes the keys in order, the rank of each document's key among them, and the
 * document of each rank: of documents with one key, the last.
 *
 * Errors    NOMEM, and those of the file.
 */
#ifndef LEDE_NATIVE_SEGMENT_KEY_ORDER_H
#define LEDE_NATIVE_SEGMENT_KEY_ORDER_H

#include "native/segment/section_writer.h"

/* `keys` stand one behind another; ends[i] is where that of document i ends. */
lede_status lede_key_order_put(lede_section_writer *sections,
                               const uint8_t *keys, const uint64_t *ends,
                               uint32_t documents, lede_error *err);

#endif
