/*
 * native/index/commit.h - parts become the commit, and what it left goes.
 *
 *     lede_commit_clean(&draft, &err);           when a writer opens
 *     lede_commit(&draft, &terms, &err);         of what was put
 *     lede_commit_merge(&draft, &merge, &err);   of what was there already
 *
 * Writes the bitmaps of parts in which something died, then the manifest, in
 * the order that native/index/manifest.h tells. What a commit without syncs
 * left is synced before one with syncs names it.
 *
 * Errors    As lede_manifest_publish; what poisons is kept in the draft, other
 *           failures are for the caller to keep. A file that was begun is
 *           removed by the draft.
 * Threads   Under the draft's mutex.
 */
#ifndef LEDE_NATIVE_INDEX_COMMIT_H
#define LEDE_NATIVE_INDEX_COMMIT_H

#include "native/index/draft.h"
#include "native/segment/tape.h"

typedef struct lede_commit_terms {
    const lede_schema *schema; /* NULL: as before */
    const lede_bytes *notes;   /* NULL: as before */
    uint64_t last_sequence;    /* of its changes; 0: none */
} lede_commit_terms;

/* Parts of the last commit that were merged. */
typedef struct lede_commit_merged {
    lede_part *const *from; /* as they were when the merge began */
    const lede_tape *moved; /* by part: lede_merge */
    uint32_t count;         /* LEDE_MERGE_MOST at most */
    lede_part *made;        /* all of it live */
} lede_commit_merged;

/* Removes what a crash left, and what neither the present commit nor the last
 * one made with syncs may use. */
lede_status lede_commit_clean(lede_draft *draft, lede_error *err);

lede_status lede_commit(lede_draft *draft, const lede_commit_terms *terms,
                        lede_error *err);

/* Commits the last commit again, with one part in the place of several. What
 * died there since the merge began dies in it too, and what was put or deleted
 * since the commit is as uncommitted as before. The part is not taken. */
lede_status lede_commit_merge(lede_draft *draft,
                              const lede_commit_merged *merged,
                              lede_error *err);

#endif
