/*
 * native/index/reconcile.h - decides, article by article, what recovery keeps.
 *
 *     lede_reconcile(&all, by_files, schema, &stages, &err);
 *
 * Makes a part of each segment that is kept, with the articles dead that must
 * be, and tells those that are lost.
 *
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_INDEX_RECONCILE_H
#define LEDE_NATIVE_INDEX_RECONCILE_H

#include "native/index/rescue.h"

/* `by_files`: no manifest says which segments stand for others. */
lede_status lede_reconcile(lede_rescues *all, bool by_files,
                           const lede_schema *schema, lede_stages *stages,
                           lede_error *err);

#endif
