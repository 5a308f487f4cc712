/*
 * Any text is a query, within the limits; the tree prints to text that parses
 * to it; what the strict parser takes, the other reads alike and warns of
 * nothing. The first byte is the flags.
 */
#include <assert.h>

#include "query/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static lede_query *parse(const char *text, size_t len, uint32_t flags)
{
    lede_parse_options options = LEDE_PARSE_OPTIONS;
    lede_limits limits = LEDE_LIMITS;
    lede_query *query = NULL;
    lede_error err;
    lede_status status;

    /* Escapes make printed text longer than what was parsed. */
    limits.query_bytes = 1U << 30;
    options.flags = flags;
    options.limits = &limits;
    status = lede_query_parse(&query, text, len, &options, &err);
    assert(status == err.status && (status == LEDE_OK) == (query != NULL));
    assert(status == LEDE_OK || status == LEDE_ERR_LIMIT ||
           (flags & LEDE_PARSE_STRICT && status == LEDE_ERR_INVALID));
    assert(status == LEDE_OK || err.position <= len);
    return query;
}

static void check_spans(const lede_query *query, size_t len)
{
    const lede_warning *warning;

    for (uint32_t i = 1; i <= lede_query_count(query); i++) {
        const lede_query_node *node = lede_query_node_at(query, i);

        assert(node->begin <= node->end && node->end <= len);
        for (uint32_t n = 0; n < node->count; n++)
            assert(node->children[n] < i);
    }
    for (size_t i = 0; (warning = lede_query_warning(query, i)) != NULL; i++)
        assert(warning->begin <= warning->end && warning->end <= len &&
               warning->message[0]);
}

static void check_print(lede_query *query)
{
    const char *text = NULL;
    size_t len = 0;
    lede_query *again;

    assert(lede_query_print(query, &text, &len) == LEDE_OK);
    again = parse(text, len, LEDE_PARSE_STRICT);
    assert(again && lede_query_equal(query, again));
    lede_query_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t flags = size ? data[0] & 14U : 0;
    const char *text = size ? (const char *)data + 1 : NULL;
    size_t len = size ? size - 1 : 0;
    lede_query *query = parse(text, len, flags);
    lede_query *strict = parse(text, len, flags | LEDE_PARSE_STRICT);

    if (query) {
        check_spans(query, len);
        check_print(query);
    }
    if (strict)
        assert(query && lede_query_equal(query, strict) &&
               !lede_query_warning(query, 0));
    lede_query_free(query);
    lede_query_free(strict);
    return 0;
}
