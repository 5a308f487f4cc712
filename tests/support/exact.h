/*
 * support/exact.h - bytes in a heap block of just their size, so that a reader
 * that passes the end is seen by the address sanitizer.
 */
#ifndef LEDE_TESTS_EXACT_H
#define LEDE_TESTS_EXACT_H

#include "base/bytes.h"

lede_bytes exact_bytes(const uint8_t *at, size_t len);
void exact_free(lede_bytes bytes);

#endif
