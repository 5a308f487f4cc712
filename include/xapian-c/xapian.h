/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xapian-c/xapian.h - libxapian for C.
 *
 *     xapian-c/error.h     what went wrong
 *     xapian-c/document.h  terms, positions, values, data
 *     xapian-c/database.h  on disk, on servers, several as one; writing
 *     xapian-c/query.h     trees of terms and values
 *     xapian-c/enquire.h   asking, and the answer
 *
 * Handles are opaque, text is (bytes, length), nothing is global. In the
 * library xapian-c, which is GPL-2.0-or-later as libxapian is.
 */
#ifndef XAPIAN_C_XAPIAN_H
#define XAPIAN_C_XAPIAN_H

#include "xapian-c/database.h"
#include "xapian-c/document.h"
#include "xapian-c/enquire.h"
#include "xapian-c/error.h"
#include "xapian-c/query.h"

/* The version of libxapian that runs, as "1.4.22"; static. */
XAPIAN_C_API const char *xapian_version(void);

#endif
