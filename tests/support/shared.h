/*
 * support/shared.h - memory that a process and its children see alike.
 *
 *     counts = shared_new(sizeof *counts);       before the fork
 *     ...
 *     shared_free(counts, sizeof *counts);
 */
#ifndef LEDE_TESTS_SHARED_H
#define LEDE_TESTS_SHARED_H

#include <stddef.h>

/* All zeros; fails the test where there is none. */
void *shared_new(size_t size);
void shared_free(void *at, size_t size);

#endif
