/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shim/guard.h - the wall between C++'s exceptions and C.
 *
 *     return shim::guard(err, [&] { db->db->reopen(); });
 *
 * Every call of the bindings that may throw runs inside guard, which turns
 * what was thrown into a xapian_error.
 */
#ifndef XAPIAN_C_SHIM_GUARD_H
#define XAPIAN_C_SHIM_GUARD_H

#include <xapian.h>

#include "xapian-c/xapian.h"

#include <memory>
#include <string>

struct xapian_document {
    Xapian::Document doc;
};

/* `writable` is `db` itself, where it can be written. */
struct xapian_database {
    std::unique_ptr<Xapian::Database> db;
    Xapian::WritableDatabase *writable = nullptr;
    bool transaction = false;
};

struct xapian_query {
    Xapian::Query query;
};

struct xapian_terms {
    Xapian::TermIterator at, end;
    std::string term; /* of the step that stands */
    bool begun = false;
    bool counted = true; /* termfreq has a meaning */
};

namespace shim
{

/* Thrown through libxapian by a decider that stops. */
struct stopped {
};

/* Call inside a catch block only: tells what is being thrown. */
void report(xapian_error *err) noexcept;

bool fail(xapian_error *err, xapian_error_kind kind,
          const char *message) noexcept;

template <typename Body> bool guard(xapian_error *err, Body body) noexcept
{
    try {
        body();
        return true;
    } catch (...) {
        report(err);
        return false;
    }
}

/* As guard, for what makes an object: NULL on failure. */
template <typename Made, typename Body>
Made *make(xapian_error *err, Body body) noexcept
{
    try {
        std::unique_ptr<Made> made(new Made());

        body(*made);
        return made.release();
    } catch (...) {
        report(err);
        return nullptr;
    }
}

inline std::string text(const void *at, size_t len)
{
    return len ? std::string(static_cast<const char *>(at), len)
               : std::string();
}

/* Throws std::bad_alloc. */
xapian_string copy(const std::string &from);

} /* namespace shim */

#endif
