/*
 * fuzz/questions.h - everything that can be asked of a snapshot.
 *
 *     status = questions_ask(snapshot, asked, allocator, &err);
 *
 * Lists its terms, finds them alone and together by plans of every kind, sorts,
 * counts and groups, loads articles: what has its bit set in `asked`. Returns
 * the first failure, but goes on after it.
 */
#ifndef LEDE_FUZZ_QUESTIONS_H
#define LEDE_FUZZ_QUESTIONS_H

#include "fuzz/specimen.h"
#include "native/index/snapshot.h"

lede_status questions_ask(const lede_native_snapshot *snapshot, unsigned asked,
                          const lede_allocator *allocator, lede_error *err);

#endif
