/*
 * native/index/check.h - whether an index is what was written: what lede_check
 * runs, and lede_recover begins with.
 *
 *     lede_native_check(dir, task, alloc, &err);
 *
 *     lede_findings_new(&findings, dir, manifest, task, alloc, &err);
 *     if (findings->status != LEDE_OK)
 *         ... findings->segments[i]
 *     lede_findings_free(findings);
 *
 * It reads the manifest and opens every file that is named there before it
 * verifies any, so that a writer may go on: what is open stays readable. If a
 * file is gone before it was opened and the manifest is another by then, all
 * begins again, at most 16 times.
 *
 * What is verified: checksums of all bytes, structures of segments
 * (segment_check.c), and between files what the manifest says of segments, what
 * live files say of them, that no key lives twice. Files that are not named are
 * of no commit, and no problem.
 *
 * Errors    CORRUPT, or the status of the first problem, after all were told;
 *           NOMEM and CANCELLED at once. BUSY: the index changed faster than
 *           its files could be opened.
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_INDEX_CHECK_H
#define LEDE_NATIVE_INDEX_CHECK_H

#include "lede/limits.h"
#include "native/index/live.h"
#include "native/index/manifest.h"
#include "native/segment/segment.h"

lede_status lede_native_check(lede_dir *dir, const lede_task *task,
                              const lede_allocator *allocator, lede_error *err);

/* What was found of a segment that the manifest names. */
typedef struct lede_finding {
    lede_segment *segment;      /* NULL: it does not open */
    lede_live *live;            /* NULL: none is named, or it does not open */
    lede_status segment_status; /* LEDE_OK: whole */
    lede_status live_status;
} lede_finding;

typedef struct lede_findings {
    lede_manifest *manifest; /* held */
    lede_finding *segments;  /* as many as the manifest has */
    lede_status status;      /* of the first problem */
    lede_error fault;        /* what it was */
    bool blocked; /* that was not damage: a file could not be opened now */
    const lede_allocator *allocator;
} lede_findings;

/* All there is to find of a manifest whose files nobody removes meanwhile. */
lede_status lede_findings_new(lede_findings **out, lede_dir *dir,
                              lede_manifest *manifest, const lede_task *task,
                              const lede_allocator *allocator, lede_error *err);
void lede_findings_free(lede_findings *findings); /* NULL is fine */

/* Text bytes of the live documents of a segment. */
lede_status lede_segment_text_bytes(const lede_segment *segment,
                                    const lede_live *live, uint64_t *bytes,
                                    lede_error *err);

#endif
