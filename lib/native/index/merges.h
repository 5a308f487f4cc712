/*
 * native/index/merges.h - which parts of a draft become one, and when.
 *
 *     lede_merges_due(&draft);
 *     lede_merges_renew(&draft, task, &err);
 *     lede_merges_all(&draft, task, &err);
 *
 * Errors    After a failure the parts are as they were, and the file that was
 *           begun is gone.
 * Threads   Under the draft's mutex.
 */
#ifndef LEDE_NATIVE_INDEX_MERGES_H
#define LEDE_NATIVE_INDEX_MERGES_H

#include "native/index/draft.h"

/* Merges what is due. A merge that fails is logged and costs only itself. */
void lede_merges_due(lede_draft *draft);

/* Writes again the parts whose forms are of another version. */
lede_status lede_merges_renew(lede_draft *draft, const lede_task *task,
                              lede_error *err);

/* Makes one part of all, without its dead; nothing if it is that already.
 * *worked says which. */
lede_status lede_merges_all(lede_draft *draft, bool *worked,
                            const lede_task *task, lede_error *err);

#endif
