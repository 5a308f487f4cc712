/*
 * native/segment/key_order.h - the sections that find articles by their keys.
 *
 *     lede_key_order_put(&sections, keys, lengths, documents, &err);
 *
 * Writes the keys in order, the rank of each document's key among them, and the
 * document of each rank: of documents with one key, the last.
 *
 * Errors    NOMEM, and those of the file.
 * Memory    36 bytes for each document while it works.
 */
#ifndef LEDE_NATIVE_SEGMENT_KEY_ORDER_H
#define LEDE_NATIVE_SEGMENT_KEY_ORDER_H

#include "native/segment/section_writer.h"

/* `keys` stand one behind another; lengths[i] are the bytes of document i's. */
lede_status lede_key_order_put(lede_section_writer *sections,
                               const uint8_t *keys, const uint16_t *lengths,
                               uint32_t documents, lede_error *err);

#endif
