#include "base/limits.h"

#include "base/error.h"
#include "base/options.h"

static const lede_limits defaults = {
    .size = sizeof(lede_limits),
    .sealed = 0,
    .query_bytes = 64 << 10,
    .query_depth = 100,
    .clauses = 1024,
    .expansion_terms = 1024,
    .automaton_states = 10000,
    .phrase_terms = 256,
    .hits = 10000,
    .document_tokens = 8000000,
    .document_bytes = 64 << 20,
    .query_memory_bytes = 256 << 20,
};

const lede_limits *lede_limits_default(void)
{
    return &defaults;
}

static bool take_u32(uint32_t *out, uint32_t given, bool sealed)
{
    if (given == 0)
        return true;
    if (sealed && given > *out)
        return false;
    *out = given;
    return true;
}

static bool take_u64(uint64_t *out, uint64_t given, bool sealed)
{
    if (given == 0)
        return true;
    if (sealed && given > *out)
        return false;
    *out = given;
    return true;
}

/* The name of the first limit that may not be taken, or NULL. */
static const char *take_all(lede_limits *out, const lede_limits *given)
{
    bool sealed = out->sealed != 0;

#define TAKE(take, name)                        \
    if (!take(&out->name, given->name, sealed)) \
    return #name
    TAKE(take_u32, query_bytes);
    TAKE(take_u32, query_depth);
    TAKE(take_u32, clauses);
    TAKE(take_u32, expansion_terms);
    TAKE(take_u32, automaton_states);
    TAKE(take_u32, phrase_terms);
    TAKE(take_u32, hits);
    TAKE(take_u32, document_tokens);
    TAKE(take_u64, document_bytes);
    TAKE(take_u64, query_memory_bytes);
#undef TAKE
    out->sealed |= given->sealed;
    return NULL;
}

lede_status lede_limits_read(lede_limits *out, const lede_limits *given,
                             const lede_limits *base, lede_error *err)
{
    lede_limits read, made;
    const char *refused;
    lede_status status;

    made = base ? *base : defaults;
    *out = made;
    status =
        LEDE_READ_OPTIONS(lede_limits, &read, given, query_memory_bytes, err);
    if (status != LEDE_OK)
        return status;
    refused = take_all(&made, &read);
    if (refused)
        return lede_fail(err, LEDE_ERR_INVALID, refused,
                         "the index's limits are sealed: a search can only "
                         "lower them");
    *out = made;
    return LEDE_OK;
}
