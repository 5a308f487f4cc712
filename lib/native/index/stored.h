/*
 * native/index/stored.h - what a snapshot keeps of its articles.
 *
 *     lede_stored_load(documents, sequences, snapshot, &load, err);
 *
 * As load of engine/engine.h.
 */
#ifndef LEDE_NATIVE_INDEX_STORED_H
#define LEDE_NATIVE_INDEX_STORED_H

#include "native/index/snapshot.h"

lede_status lede_stored_load(lede_document **documents, uint64_t *sequences,
                             const lede_native_snapshot *snapshot,
                             const lede_engine_load *load, lede_error *err);

#endif
