/*
 * api/engines.h - which engine an address is opened with.
 *
 *     lede_engine_choose(&engine, &address, text, given, create, err);
 *
 * A scheme is looked up in the engine given and in our own; a path that exists
 * belongs to the engine that says so, a new one to the engine given, if that
 * has indexes at paths, else to the native one.
 */
#ifndef LEDE_API_ENGINES_H
#define LEDE_API_ENGINES_H

#include "engine/address.h"
#include "engine/engine.h"

/*
 * Splits a terminated address, borrowed. `given` may be NULL. UNSUPPORTED for
 * an unknown scheme; INVALID for a path that is something else; NOT_FOUND for a
 * new one unless `create`.
 */
lede_status lede_engine_choose(const lede_engine **out, lede_address *address,
                               const char *text, const lede_engine *given,
                               bool create, lede_error *err);

#endif
