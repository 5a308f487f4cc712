/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xapian/layout.h - where things are in a Xapian database of ours.
 *
 * Terms. ff is the place of a field in two characters, FIELD_BASE + place / 64
 * and FIELD_BASE + place % 64: bytes that are never NUL.
 *
 *     W ff word    words, with positions, from 1 on; wdf 1 an occurrence, so that the
 *                  length of a document is its words; joined words have 0
 *     V ff value   whole values of keywords, without wdf, as all that follow
 *     H ff hash    the same, for values too long: metadata has them in full
 *     X ff         some value in the field
 *     K key        the article's key
 *     L hash       the same, for keys too long: SLOT_KEY has them in full
 *
 * A term has at most 245 bytes, its NULs counted twice. A hash is XXH3's 128
 * bits in 32 hexadecimal digits; a second value with the hash of another is
 * refused when it is put, so that a hash means one value.
 *
 * Values. Bytes that order as what they stand for: numbers in 8 bytes, big end
 * first, moved so that they rise; keywords behind a byte, for libxapian takes
 * an empty value for none.
 *
 *     SLOT_SEQUENCE  the sequence number
 *     SLOT_KEY       the key
 *     SLOT_NUMBERS   text_bytes:varint (field:varint length:varint)*
 *     the others     distinct values of a column, rising, one a slot
 *
 * Metadata.
 *
 *     lede.state, lede.schema, lede.notes     xapian/state.h
 *     F kind key   the terms of a form key: (term:block)*, rising
 *     N ff word    "1": the word was seen as a name in the field
 *     V ff hash    a value too long to be a term
 *
 * The document's data is its record (document/record.h).
 */
#ifndef LEDE_XAPIAN_LAYOUT_H
#define LEDE_XAPIAN_LAYOUT_H

#include "base/buffer.h"
#include "engine/engine.h"

#define LEDE_XAPIAN_TERM_MAX 245

#define LEDE_XAPIAN_SLOT_SEQUENCE 0U
#define LEDE_XAPIAN_SLOT_KEY      1U
#define LEDE_XAPIAN_SLOT_NUMBERS  2U

#define LEDE_XAPIAN_SEQUENCE_BYTES 8

/* Of the first position: libxapian 1.4 reads the list 0, 1 back as 1. */
#define LEDE_XAPIAN_POSITION_BASE 1U

/* Bytes before the word, value or key in terms with a field. */
#define LEDE_XAPIAN_FIELD_PREFIX 3U

/* A term, or a name of metadata. */
typedef struct lede_xapian_name {
    char text[LEDE_XAPIAN_TERM_MAX + 1];
    uint32_t len;
    bool hashed;
} lede_xapian_name;

/* False for a word that is no term: with more NULs than fit. */
bool lede_xapian_word(lede_xapian_name *name, uint32_t field, lede_bytes word);
void lede_xapian_value_name(lede_xapian_name *name, uint32_t field,
                            lede_bytes value);
void lede_xapian_key_name(lede_xapian_name *name, lede_bytes key);
void lede_xapian_exists_name(lede_xapian_name *name, uint32_t field);

/* What all terms of a space, or long values' metadata, begin with. */
void lede_xapian_space_prefix(lede_xapian_name *name, uint32_t field,
                              lede_space space);
void lede_xapian_long_prefix(lede_xapian_name *name, uint32_t field);

/* The metadata of a hashed value. */
void lede_xapian_long_name(lede_xapian_name *name, uint32_t field,
                           lede_bytes value);
bool lede_xapian_name_name(lede_xapian_name *name, uint32_t field,
                           lede_bytes word);
bool lede_xapian_form_name(lede_xapian_name *name, uint32_t kind,
                           lede_bytes key);

/* The slot of the value at a place, from 0, among the distinct ones of a
 * field. */
static inline uint32_t lede_xapian_slot(uint32_t field, uint32_t at)
{
    return (at + 1) * 1024 + field;
}

/* Appends a column's value as it is stored. */
void lede_xapian_put_value(lede_buffer *out, const lede_value *value);

/* The value that was stored, text borrowed; LEDE_NONE for none. False for
 * bytes that are no value of the kind. */
bool lede_xapian_read_value(lede_value *value, lede_bytes bytes,
                            lede_kind kind);

void lede_xapian_put_sequence(uint8_t out[LEDE_XAPIAN_SEQUENCE_BYTES],
                              uint64_t sequence);
bool lede_xapian_read_sequence(uint64_t *sequence, lede_bytes bytes);

/* Which shard of several has a key. */
uint32_t lede_xapian_route(lede_bytes key, uint32_t shards);

#endif
