/*
 * native/index/merges.h - which parts become one, when, and on which thread.
 *
 *     lede_merges_open(&merges, &draft, threaded);
 *     lede_merges_due(&merges);                  within a commit, and
 *     lede_merges_wake(&merges);                 after it
 *     lede_merges_pause(&merges);
 *     ... lede_merges_renew, lede_merges_all
 *     lede_merges_resume(&merges);
 *     lede_merges_close(&merges, true);
 *
 * What is due says merge_policy.h; more of it once the writer closes, or
 * nothing was committed for 10 seconds. With a thread to spare, what is due is
 * merged on it: a merge takes parts of the last commit and commits
 * itself, while lanes go on. Without one it is part of the commit that it
 * is due at, so that the same input gives the same bytes.
 *
 * Errors    A merge that fails is logged, counted and costs only itself: the
 *           parts are as they were, the file it began is gone. The next is
 *           tried after the next commit; after three in a row none is.
 * Threads   All but open and close under the draft's mutex; pause lets go of it
 *           for a while.
 */
#ifndef LEDE_NATIVE_INDEX_MERGES_H
#define LEDE_NATIVE_INDEX_MERGES_H

#include <stdatomic.h>

#include "native/index/draft.h"

typedef struct lede_merges {
    lede_draft *draft;
    lede_cancel *cancel; /* of the merge on the thread */
    pthread_t thread;
    bool threaded;
    pthread_cond_t woken;  /* there may be something to do */
    pthread_cond_t rested; /* there is nothing, or it is paused */
    bool busy;
    bool paused;
    bool closing;
    bool waits;      /* for the next commit, after a failure */
    uint32_t in_row; /* failures */
    uint64_t failures;
    atomic_ullong bytes; /* of memory, of the merge under way */
} lede_merges;

/* Starts the thread, if it may. */
lede_status lede_merges_open(lede_merges *merges, lede_draft *draft,
                             bool threaded);

/* What the merge under way takes. From any thread. */
uint64_t lede_merges_memory(const lede_merges *merges);

/* Merges what is due of the last commit first, unless told not to wait or the
 * draft failed; then what is under way is cancelled. */
void lede_merges_close(lede_merges *merges, bool wait);

/* Merges what is due in the draft, if it is not for the thread. */
void lede_merges_due(lede_merges *merges);

/* Lets the thread look at a new commit. */
void lede_merges_wake(lede_merges *merges);

/* Cancels what is under way and waits until the thread rests, which may let a
 * merge commit before; until resumed. */
void lede_merges_pause(lede_merges *merges);
void lede_merges_resume(lede_merges *merges);

/* Paused: writes again the parts of the draft whose forms are of another
 * version. */
lede_status lede_merges_renew(lede_merges *merges, const lede_task *task,
                              lede_error *err);

/* Paused: makes one part of all of the draft, without its dead; nothing if it
 * is that already. *worked says which. */
lede_status lede_merges_all(lede_merges *merges, bool *worked,
                            const lede_task *task, lede_error *err);

#endif
