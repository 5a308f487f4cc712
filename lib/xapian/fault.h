/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xapian/fault.h - what libxapian's errors mean to a caller of lede.
 */
#ifndef LEDE_XAPIAN_FAULT_H
#define LEDE_XAPIAN_FAULT_H

#include "lede/status.h"
#include "xapian-c/error.h"

lede_status lede_xapian_status(xapian_error_kind kind);

/* Writes the error and returns its status. `where` may be NULL. */
lede_status lede_xapian_fail(lede_error *err, const xapian_error *fault,
                             const char *where);

#endif
