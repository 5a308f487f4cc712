/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xapian/state.h - what a commit says of itself, in metadata.
 *
 *     state  version:u8  generation:varint  last_sequence:varint
 *            text_bytes:varint  forms_version:u64  fields:varint
 *            (tokens:varint  values:varint) * fields
 *
 * Threads   Confined, with the database.
 */
#ifndef LEDE_XAPIAN_STATE_H
#define LEDE_XAPIAN_STATE_H

#include "document/schema.h"
#include "lede/snapshot.h"
#include "xapian-c/database.h"

typedef struct lede_xapian_state {
    uint64_t generation;
    uint64_t last_sequence;
    uint64_t text_bytes;
    uint64_t forms_version;
    uint32_t field_count;             /* up to which the arrays are set */
    uint64_t tokens[LEDE_FIELDS_MAX]; /* of live articles */
    uint32_t values[LEDE_FIELDS_MAX]; /* the most distinct ones that an article
                                       * ever had in the column */
} lede_xapian_state;

/* NOT_FOUND for a database that is not ours; VERSION; CORRUPT. */
lede_status lede_xapian_state_read(lede_xapian_state *state,
                                   const xapian_database *db, const char *where,
                                   lede_error *err);
lede_status lede_xapian_state_write(xapian_database *db,
                                    const lede_xapian_state *state,
                                    const lede_allocator *allocator,
                                    const char *where, lede_error *err);

/* *schema is owned by the caller. */
lede_status lede_xapian_schema_read(lede_schema **schema,
                                    const xapian_database *db,
                                    const lede_allocator *allocator,
                                    const char *where, lede_error *err);
lede_status lede_xapian_schema_write(xapian_database *db,
                                     const lede_schema *schema,
                                     const lede_allocator *allocator,
                                     const char *where, lede_error *err);

/* Applications' notes, owned by the caller. */
lede_status lede_xapian_notes_read(xapian_string *notes,
                                   const xapian_database *db, const char *where,
                                   lede_error *err);
lede_status lede_xapian_notes_write(xapian_database *db, lede_bytes notes,
                                    const char *where, lede_error *err);

#endif
