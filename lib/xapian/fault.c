/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xapian/fault.h"

#include "base/error.h"

lede_status lede_xapian_status(xapian_error_kind kind)
{
    switch (kind) {
    case XAPIAN_ERROR_NONE:
        return LEDE_OK;
    case XAPIAN_ERROR_NOT_FOUND:
        return LEDE_ERR_NOT_FOUND;
    case XAPIAN_ERROR_LOCKED:
    case XAPIAN_ERROR_MODIFIED:
        return LEDE_ERR_BUSY;
    case XAPIAN_ERROR_CORRUPT:
        return LEDE_ERR_CORRUPT;
    case XAPIAN_ERROR_VERSION:
        return LEDE_ERR_VERSION;
    case XAPIAN_ERROR_ARGUMENT:
    case XAPIAN_ERROR_UNIMPLEMENTED:
        return LEDE_ERR_UNSUPPORTED;
    case XAPIAN_ERROR_NO_MEMORY:
        return LEDE_ERR_NOMEM;
    case XAPIAN_ERROR_STOPPED:
        return LEDE_ERR_CANCELLED;
    case XAPIAN_ERROR_NO_SPACE:
        return LEDE_ERR_FULL;
    case XAPIAN_ERROR_DATABASE:
    case XAPIAN_ERROR_NETWORK:
    case XAPIAN_ERROR_TIMEOUT:
    case XAPIAN_ERROR_OTHER:
        break;
    }
    return LEDE_ERR_IO;
}

lede_status lede_xapian_fail(lede_error *err, const xapian_error *fault,
                             const char *where)
{
    lede_status status = lede_xapian_status(fault->kind);

    if (fault->kind == XAPIAN_ERROR_MODIFIED)
        return lede_fail(err, status, where,
                         "commits have overwritten this snapshot: open a new "
                         "one");
    if (fault->type[0] == '\0')
        return lede_fail(err, status, where, "libxapian: %s", fault->message);
    return lede_fail(err, status, where, "libxapian: %s: %s", fault->type,
                     fault->message);
}
