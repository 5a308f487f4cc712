/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xapian/place.h - the databases that an address names.
 *
 *     DIR  xapian:DIR      one on disk: a directory, a file, or a stub
 *     xapian+tcp:HOST:PORT one on a server; [::1]:7000 for such hosts
 *     shards:FILE          those in a file, one address a line, # comments;
 *                          paths are relative to the file
 */
#ifndef LEDE_XAPIAN_PLACE_H
#define LEDE_XAPIAN_PLACE_H

#include "base/arena.h"
#include "xapian-c/database.h"

typedef struct lede_xapian_place {
    const char *address; /* as it was written */
    const char *path;    /* NULL: on a server */
    const char *host;
    uint16_t port;
} lede_xapian_place;

/* UNSUPPORTED for schemes that are not Xapian's, INVALID for what is no
 * address or no list of them, NOT_FOUND and IO for a list that cannot be
 * read. */
lede_status lede_xapian_places(const lede_xapian_place **out, uint32_t *count,
                               const char *scheme, const char *address,
                               lede_arena *arena, lede_error *err);

/* flags as of xapian_database_open; a server knows no other than READ and
 * others. */
xapian_database *lede_xapian_open(const lede_xapian_place *place,
                                  unsigned flags, xapian_error *fault);

/* What is at a place's path now: it changes when a compacted copy is put
 * there. 0 and 0 for servers and for nothing. */
typedef struct lede_xapian_identity {
    uint64_t device;
    uint64_t file;
} lede_xapian_identity;

lede_xapian_identity lede_xapian_identify(const lede_xapian_place *place);

static inline bool lede_xapian_same(lede_xapian_identity a,
                                    lede_xapian_identity b)
{
    return a.device == b.device && a.file == b.file;
}

#endif
