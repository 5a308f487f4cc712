#include "api/engines.h"

#include "base/error.h"
#include "io/path.h"
#include "memory/memory.h"
#include "native/native.h"

static bool has_paths(const lede_engine *engine)
{
    return engine && engine->owns;
}

static lede_status choose_by_scheme(const lede_engine **out, const char *scheme,
                                    const lede_engine *given, lede_error *err)
{
    if (given && lede_scheme_in(given->schemes, scheme))
        *out = given;
    else if (lede_scheme_in(lede_memory_engine()->schemes, scheme))
        *out = lede_memory_engine();
    else
        return lede_fail(err, LEDE_ERR_UNSUPPORTED, scheme,
                         "no engine here has this scheme: pass one that does "
                         "in options.engine, or write a path as ./%s:",
                         scheme);
    return LEDE_OK;
}

static lede_status choose_by_path(const lede_engine **out, const char *path,
                                  const lede_engine *given, bool create,
                                  lede_error *err)
{
    lede_path_kind kind;
    lede_status status = lede_path_look(&kind, path, err);

    if (status != LEDE_OK)
        return status;
    if (kind != LEDE_PATH_PRESENT && !create)
        return lede_fail(err, LEDE_ERR_NOT_FOUND, path,
                         "there is no index here");
    if (kind != LEDE_PATH_PRESENT)
        *out = has_paths(given) ? given : lede_native_engine();
    else if (lede_native_engine()->owns(path))
        *out = lede_native_engine();
    else if (has_paths(given) && given->owns(path))
        *out = given;
    else
        return lede_fail(err, LEDE_ERR_INVALID, path,
                         "what is here is not an index of engine %s%s%s",
                         lede_native_engine()->name,
                         has_paths(given) ? " or " : "",
                         has_paths(given) ? given->name : "");
    return LEDE_OK;
}

lede_status lede_engine_choose(const lede_engine **out, lede_address *address,
                               const char *text, const lede_engine *given,
                               bool create, lede_error *err)
{
    *address = lede_address_split(text);
    if (address->scheme[0])
        return choose_by_scheme(out, address->scheme, given, err);
    if (address->rest[0] == '\0')
        return lede_fail(err, LEDE_ERR_INVALID, "address", "it is empty");
    return choose_by_path(out, address->rest, given, create, err);
}
