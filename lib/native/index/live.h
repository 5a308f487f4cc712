/*
 * native/index/live.h - which articles of a segment are live.
 *
 * A bitmap, immutable once shared: a commit that deletes makes a new one.
 *
 * Memory    Counted: hold and release.
 * Threads   Frozen once shared.
 */
#ifndef LEDE_NATIVE_INDEX_LIVE_H
#define LEDE_NATIVE_INDEX_LIVE_H

#include "native/segment/envelope.h"

typedef struct lede_live {
    uint32_t documents;
    uint32_t live;
    uint64_t segment; /* signature of the segment that it is of */
    uint64_t *words;  /* bit d % 64 of word d / 64: live; slack is 0 */
} lede_live;

/* All live, or a copy to be changed. */
lede_status lede_live_new(lede_live **out, uint32_t documents, uint64_t segment,
                          const lede_allocator *allocator);
lede_status lede_live_copy(lede_live **out, const lede_live *from,
                           const lede_allocator *allocator);
lede_live *lede_live_hold(lede_live *live);
void lede_live_release(lede_live *live); /* NULL is fine */

/* NULL: all are. */
static inline bool lede_live_has(const lede_live *live, uint32_t doc)
{
    return !live || (live->words[doc / 64] >> (doc % 64) & 1) != 0;
}

/* Marks a document dead; false if it was. */
bool lede_live_kill(lede_live *live, uint32_t doc);

lede_status lede_live_write(const lede_live *live, lede_dir *dir,
                            const char *name, bool sync,
                            lede_envelope_mark *mark,
                            const lede_allocator *allocator, lede_error *err);

/* Reads and checks: counts, slack, `documents`. */
lede_status lede_live_read(lede_live **out, lede_dir *dir, const char *name,
                           const lede_envelope_mark *mark, uint32_t documents,
                           const lede_allocator *allocator, lede_error *err);

/* What a live file says of itself, damaged or not. */
typedef struct lede_live_face {
    uint64_t length; /* of the file */
    uint32_t documents;
    uint64_t segment;
    lede_envelope_mark mark; /* zeros where table or foot are damaged */
} lede_live_face;

/* CORRUPT where it is too short to say anything. */
lede_status lede_live_peek(lede_live_face *face, lede_dir *dir,
                           const char *name, const lede_allocator *allocator,
                           lede_error *err);

/* How long a live file is. */
uint64_t lede_live_file_length(uint32_t documents);

/* What is left of a live file that is damaged. */
typedef struct lede_live_remains {
    lede_live *live;   /* documents that are not known to be dead */
    lede_live *doubt;  /* of those, the ones that may be */
    uint32_t expected; /* live in all; LEDE_LIVE_UNKNOWN */
} lede_live_remains;

#define LEDE_LIVE_UNKNOWN UINT32_MAX

/* Reads the chunks that are whole. `mark` may be NULL, for any file under the
 * name. A file that is gone leaves everything in doubt. */
lede_status lede_live_salvage(lede_live_remains *out, lede_dir *dir,
                              const char *name, const lede_envelope_mark *mark,
                              uint32_t documents, uint64_t segment,
                              const lede_allocator *allocator);

#endif
