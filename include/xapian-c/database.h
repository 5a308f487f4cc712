/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xapian-c/database.h - databases on disk and on servers, alone or together.
 *
 *     db = xapian_database_open("news.db", XAPIAN_CREATE_OR_OPEN, &err);
 *     xapian_begin(db, true, &err);
 *     xapian_add(db, doc, &id, &err);
 *     xapian_commit(db, &err);
 *     xapian_database_free(db);
 *
 * Flags     XAPIAN_READ opens for reading; all others for writing as well,
 *           which takes the database's lock. Calls that write are an error on
 *           a database opened for reading.
 * Changes   A writer outside a transaction makes its changes visible when it
 *           has 10,000 of them, committed or not. Inside one it does not.
 * Memory    Iterators and documents keep what they need of their database.
 *           Every free accepts NULL.
 * Threads   Confined, all of it: objects share counts that are not atomic, so
 *           a database and what came out of it belong to one thread at a time.
 */
#ifndef XAPIAN_C_DATABASE_H
#define XAPIAN_C_DATABASE_H

#include "xapian-c/document.h"

typedef enum xapian_open_mode {
    XAPIAN_READ = 0,
    XAPIAN_WRITE,  /* a database that is there */
    XAPIAN_CREATE, /* one that is not */
    XAPIAN_CREATE_OR_OPEN,
    XAPIAN_CREATE_OR_OVERWRITE
} xapian_open_mode;

/* Besides a mode, for writing. */
typedef enum xapian_open_flag {
    XAPIAN_NO_SYNC = 0x100,   /* a commit survives the process, no more */
    XAPIAN_FULL_SYNC = 0x200, /* also drives that hold writes back */
    XAPIAN_WAIT = 0x400       /* for the lock, without end */
} xapian_open_flag;

typedef struct xapian_database xapian_database;

XAPIAN_C_API xapian_database *xapian_database_open(const char *path,
                                                   unsigned flags,
                                                   xapian_error *err);

/* A server (xapian-tcpsrv); 0 waits without end. For writing it must have been
 * started with --writable. */
XAPIAN_C_API xapian_database *xapian_database_open_remote(const char *host,
                                                          uint16_t port,
                                                          bool writable,
                                                          unsigned timeout_ms,
                                                          xapian_error *err);

/* One without documents, to add others to for reading them as one. Document
 * `id` of the n-th of k (from 0) is k x (id - 1) + n + 1 in it. */
XAPIAN_C_API xapian_database *xapian_database_new(xapian_error *err);
XAPIAN_C_API bool xapian_database_add(xapian_database *db,
                                      const xapian_database *part,
                                      xapian_error *err);

/* What was not committed is lost. */
XAPIAN_C_API void xapian_database_free(xapian_database *db);

/* Moves a reader to the newest commit. */
XAPIAN_C_API bool xapian_database_reopen(xapian_database *db,
                                         xapian_error *err);

/* ---- What it holds ------------------------------------------------------ */

typedef struct xapian_database_stats {
    uint32_t documents;
    uint32_t last_id;      /* the largest document id ever used */
    double average_length; /* of a document: sum of the wdf of its terms */
} xapian_database_stats;

XAPIAN_C_API bool xapian_database_count(const xapian_database *db,
                                        xapian_database_stats *stats,
                                        xapian_error *err);

/* Documents with a term, and the sum of its wdf; 0 and 0 for none. */
XAPIAN_C_API bool xapian_term_count(const xapian_database *db, const void *term,
                                    size_t len, uint32_t *documents,
                                    uint64_t *occurrences, xapian_error *err);

XAPIAN_C_API xapian_document *xapian_document_get(const xapian_database *db,
                                                  uint32_t id,
                                                  xapian_error *err);

/* A value kept beside the documents; "" if there is none. Of several databases
 * the first one's. */
XAPIAN_C_API bool xapian_metadata_get(const xapian_database *db,
                                      const void *key, size_t len,
                                      xapian_string *value, xapian_error *err);

/* Names of the values that begin with a prefix, in byte order. */
XAPIAN_C_API xapian_terms *xapian_metadata_keys(const xapian_database *db,
                                                const void *prefix, size_t len,
                                                xapian_error *err);

/* All terms that begin with a prefix, in byte order. */
XAPIAN_C_API xapian_terms *xapian_database_terms(const xapian_database *db,
                                                 const void *prefix, size_t len,
                                                 xapian_error *err);

/* The documents that hold a term, by id; "" is in all of them. */
typedef struct xapian_postings xapian_postings;

XAPIAN_C_API xapian_postings *xapian_postings_open(const xapian_database *db,
                                                   const void *term, size_t len,
                                                   xapian_error *err);
XAPIAN_C_API void xapian_postings_free(xapian_postings *postings);

/* Steps to the next document, the first time to the first; false at the end or
 * on failure, which is told by err->kind: set that to NONE before. */
XAPIAN_C_API bool xapian_postings_next(xapian_postings *postings, uint32_t *id,
                                       uint32_t *wdf, xapian_error *err);

/* Positions of a term in a document, rising; xapian_positions_free. */
typedef struct xapian_positions {
    uint32_t *at;
    size_t count;
} xapian_positions;

XAPIAN_C_API bool xapian_positions_get(const xapian_database *db, uint32_t id,
                                       const void *term, size_t len,
                                       xapian_positions *positions,
                                       xapian_error *err);
XAPIAN_C_API void xapian_positions_free(xapian_positions *positions);

/* The values of one slot, by document; slow on servers. */
typedef struct xapian_values xapian_values;

XAPIAN_C_API xapian_values *xapian_values_open(const xapian_database *db,
                                               uint32_t slot,
                                               xapian_error *err);
XAPIAN_C_API void xapian_values_free(xapian_values *values);

/* The value of a document no smaller than those asked for before; "" without
 * one. Borrowed until the next call. */
XAPIAN_C_API bool xapian_values_at(xapian_values *values, uint32_t id,
                                   const char **value, size_t *len,
                                   xapian_error *err);

/* ---- Writing ------------------------------------------------------------ */

XAPIAN_C_API bool xapian_add(xapian_database *db, const xapian_document *doc,
                             uint32_t *id, xapian_error *err);

/* Makes or replaces the document with this id. */
XAPIAN_C_API bool xapian_replace(xapian_database *db, uint32_t id,
                                 const xapian_document *doc, xapian_error *err);

/* Replaces all documents with a term by one; its id is the first of theirs, or
 * a new one. */
XAPIAN_C_API bool xapian_replace_term(xapian_database *db, const void *term,
                                      size_t len, const xapian_document *doc,
                                      uint32_t *id, xapian_error *err);
XAPIAN_C_API bool xapian_delete(xapian_database *db, uint32_t id,
                                xapian_error *err);
XAPIAN_C_API bool xapian_delete_term(xapian_database *db, const void *term,
                                     size_t len, xapian_error *err);

/* An empty value removes the name. */
XAPIAN_C_API bool xapian_metadata_set(xapian_database *db, const void *key,
                                      size_t len, const void *value,
                                      size_t value_len, xapian_error *err);

/* Transactions; a server's database has them only as far as its own threshold
 * for flushing reaches. `durable` ones end with a sync. */
XAPIAN_C_API bool xapian_begin(xapian_database *db, bool durable,
                               xapian_error *err);

/* Ends the transaction, or without one commits what was changed. */
XAPIAN_C_API bool xapian_commit(xapian_database *db, xapian_error *err);
XAPIAN_C_API bool xapian_cancel(xapian_database *db, xapian_error *err);

/* ---- Whole databases ---------------------------------------------------- */

/* Counts the errors in a database on disk; `line` (may be NULL) gets what the
 * check prints, line by line. */
XAPIAN_C_API bool xapian_database_check(
    const char *path, void (*line)(void *ctx, const char *text), void *ctx,
    size_t *errors, xapian_error *err);

/* Writes a copy without slack to a path where nothing is. Ids stay. */
XAPIAN_C_API bool xapian_database_compact(const xapian_database *db,
                                          const char *path, xapian_error *err);

#endif
