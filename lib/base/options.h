/*
 * base/options.h - reads the options structs of callers older and newer.
 *
 *     lede_search_options options;
 *     status = LEDE_READ_OPTIONS(lede_search_options, &options, given,
 *                                threads, err);
 *
 * The result is complete: what the caller's struct is too old to have is 0, the
 * default. NULL is all defaults. The fourth argument is the last member of the
 * first release's struct: a smaller one is none.
 *
 * Errors    LEDE_ERR_INVALID for a size below the first release's,
 *           LEDE_ERR_UNSUPPORTED for one above ours whose unknown rest is not
 *           all zero. *out is then all defaults.
 */
#ifndef LEDE_BASE_OPTIONS_H
#define LEDE_BASE_OPTIONS_H

#include "lede/status.h"

#define LEDE_READ_OPTIONS(type, out, given, last, err)                  \
    lede_options_read((out), sizeof(type),                              \
                      offsetof(type, last) + sizeof(((type *)0)->last), \
                      (given), (err))

/* `given` and `out` begin with their size, a uint32_t. */
lede_status lede_options_read(void *out, size_t size, size_t first_size,
                              const void *given, lede_error *err);

#endif
