// SPDX-License-Identifier: GPL-2.0-or-later
#include "xapian/shim/guard.h"

#include <cstdlib>
#include <cstring>
#include <new>

namespace shim
{

static void put(char *out, size_t size, const std::string &text)
{
    size_t len = text.size() < size ? text.size() : size - 1;

    memcpy(out, text.data(), len);
    out[len] = '\0';
}

bool fail(xapian_error *err, xapian_error_kind kind,
          const char *message) noexcept
{
    if (err) {
        err->kind = kind;
        strcpy(err->type, "");
        strncpy(err->message, message, sizeof err->message - 1);
        err->message[sizeof err->message - 1] = '\0';
    }
    return false;
}

struct kind_name {
    const char *type;
    xapian_error_kind kind;
};

// By name, for not every version of libxapian has every class.
static const kind_name kinds[] = {
    { "InvalidArgumentError", XAPIAN_ERROR_ARGUMENT },
    { "InvalidOperationError", XAPIAN_ERROR_ARGUMENT },
    { "RangeError", XAPIAN_ERROR_ARGUMENT },
    { "DocNotFoundError", XAPIAN_ERROR_NOT_FOUND },
    { "DatabaseNotFoundError", XAPIAN_ERROR_NOT_FOUND },
    { "DatabaseOpeningError", XAPIAN_ERROR_NOT_FOUND },
    { "DatabaseLockError", XAPIAN_ERROR_LOCKED },
    { "DatabaseModifiedError", XAPIAN_ERROR_MODIFIED },
    { "DatabaseCorruptError", XAPIAN_ERROR_CORRUPT },
    { "SerialisationError", XAPIAN_ERROR_CORRUPT },
    { "DatabaseVersionError", XAPIAN_ERROR_VERSION },
    { "DatabaseError", XAPIAN_ERROR_DATABASE },
    { "DatabaseCreateError", XAPIAN_ERROR_DATABASE },
    { "DatabaseClosedError", XAPIAN_ERROR_DATABASE },
    { "NetworkError", XAPIAN_ERROR_NETWORK },
    { "NetworkTimeoutError", XAPIAN_ERROR_TIMEOUT },
    { "UnimplementedError", XAPIAN_ERROR_UNIMPLEMENTED },
    { "FeatureUnavailableError", XAPIAN_ERROR_UNIMPLEMENTED },
};

static xapian_error_kind kind_of(const char *type)
{
    for (const kind_name &known : kinds)
        if (strcmp(known.type, type) == 0)
            return known.kind;
    return XAPIAN_ERROR_OTHER;
}

static void describe(xapian_error *err, const Xapian::Error &thrown)
{
    std::string message = thrown.get_msg();
    const char *system = thrown.get_error_string();

    if (!thrown.get_context().empty())
        message += " (" + thrown.get_context() + ")";
    if (system)
        message += std::string(": ") + system;
    err->kind = kind_of(thrown.get_type());
    put(err->type, sizeof err->type, thrown.get_type());
    put(err->message, sizeof err->message, message);
}

void report(xapian_error *err) noexcept
{
    xapian_error nobody;

    if (!err)
        err = &nobody;
    try {
        throw;
    } catch (const Xapian::Error &thrown) {
        try {
            describe(err, thrown);
        } catch (...) {
            fail(err, XAPIAN_ERROR_NO_MEMORY, "out of memory");
        }
    } catch (const stopped &) {
        fail(err, XAPIAN_ERROR_STOPPED, "stopped");
    } catch (const std::bad_alloc &) {
        fail(err, XAPIAN_ERROR_NO_MEMORY, "out of memory");
    } catch (const std::exception &thrown) {
        fail(err, XAPIAN_ERROR_OTHER, thrown.what());
    } catch (...) {
        fail(err, XAPIAN_ERROR_OTHER, "unknown exception");
    }
}

xapian_string copy(const std::string &from)
{
    xapian_string made = { static_cast<char *>(malloc(from.size() + 1)),
                           from.size() };

    if (!made.at)
        throw std::bad_alloc();
    memcpy(made.at, from.data(), from.size());
    made.at[from.size()] = '\0';
    return made;
}

} // namespace shim

void xapian_string_free(xapian_string *string)
{
    if (!string)
        return;
    free(string->at);
    string->at = nullptr;
    string->len = 0;
}

const char *xapian_version(void)
{
    return Xapian::version_string();
}
