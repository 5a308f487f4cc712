// SPDX-License-Identifier: GPL-2.0-or-later
#include "xapian/shim/guard.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>
#include <system_error>

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
    { "DatabaseOpeningError", XAPIAN_ERROR_DATABASE },
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

// libxapian keeps the system's error as its text only.
static bool is_no_space(const char *system)
{
    static const int errors[] = { ENOSPC, EDQUOT, EFBIG };

    for (int error : errors)
        if (system && std::generic_category().message(error) == system)
            return true;
    return false;
}

static xapian_error_kind kind_of(const Xapian::Error &thrown)
{
    xapian_error_kind kind = kind_of(thrown.get_type());

    if (is_no_space(thrown.get_error_string()))
        return XAPIAN_ERROR_NO_SPACE;
    // The same class says that the lock file cannot be made.
    if (kind == XAPIAN_ERROR_LOCKED &&
        thrown.get_msg().find("already locked") == std::string::npos)
        return XAPIAN_ERROR_DATABASE;
    return kind;
}

static void describe(xapian_error *err, const Xapian::Error &thrown)
{
    std::string message = thrown.get_msg();
    const char *system = thrown.get_error_string();

    if (!thrown.get_context().empty())
        message += " (" + thrown.get_context() + ")";
    if (system)
        message += std::string(": ") + system;
    err->kind = kind_of(thrown);
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
