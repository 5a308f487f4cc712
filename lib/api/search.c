#include "article/search.h"

#include "api/arguments.h"
#include "api/snapshot.h"
#include "base/limits.h"
#include "base/options.h"

static lede_status read_options(lede_search_options *out,
                                const lede_search_options *given,
                                lede_error *err)
{
    lede_bytes key;
    lede_status status =
        LEDE_READ_OPTIONS(lede_search_options, out, given, threads, err);

    if (status == LEDE_OK && out->explain_key)
        status =
            lede_take_key(&key, out->explain_key, out->explain_key_len, err);
    return status;
}

static lede_status check_query(const lede_query *query, lede_error *err)
{
    lede_status status;

    if (!query)
        return lede_fail_null(err, "query");
    status = lede_query_status(query);
    if (status != LEDE_OK)
        return lede_fail(err, status, "query", "the query holds a failed call");
    return LEDE_OK;
}

lede_status lede_search(lede_results **out, const lede_snapshot *snapshot,
                        const lede_query *query,
                        const lede_search_options *options, lede_error *err)
{
    lede_search_options complete;
    lede_status status;

    lede_error_clear(err);
    if (!out || !snapshot)
        return lede_fail_null(err, out ? "snapshot" : "out");
    status = check_query(query, err);
    if (status == LEDE_OK)
        status = read_options(&complete, options, err);
    if (status != LEDE_OK)
        return status;
    return lede_article_search(out, snapshot->view, query, &complete, err);
}

static lede_status parse(lede_query **out, const lede_view *view,
                         lede_bytes text, const lede_search_options *options,
                         lede_error *err)
{
    lede_parse_options parsing = LEDE_PARSE_OPTIONS;
    lede_limits limits;
    lede_status status =
        lede_limits_read(&limits, options->limits, view->limits, err);

    if (status != LEDE_OK)
        return status;
    parsing.schema = view->schema;
    parsing.limits = &limits;
    parsing.allocator = view->allocator;
    return lede_query_parse(out, (const char *)text.at, text.len, &parsing,
                            err);
}

lede_status lede_search_text(lede_results **out, const lede_snapshot *snapshot,
                             const char *text, size_t len,
                             const lede_search_options *options,
                             lede_error *err)
{
    lede_search_options complete;
    lede_query *query;
    lede_bytes bytes;
    lede_status status;

    lede_error_clear(err);
    if (!out || !snapshot)
        return lede_fail_null(err, out ? "snapshot" : "out");
    if (!lede_take_text(&bytes, text, len))
        return lede_fail_null(err, "text");
    status = read_options(&complete, options, err);
    if (status == LEDE_OK)
        status = parse(&query, snapshot->view, bytes, &complete, err);
    if (status != LEDE_OK)
        return status;
    status = lede_article_search(out, snapshot->view, query, &complete, err);
    lede_query_free(query);
    return status;
}

lede_status lede_count(uint64_t *total, const lede_snapshot *snapshot,
                       const lede_query *query,
                       const lede_search_options *options, lede_error *err)
{
    lede_search_options complete;
    lede_status status;

    lede_error_clear(err);
    if (!total || !snapshot)
        return lede_fail_null(err, total ? "snapshot" : "total");
    status = check_query(query, err);
    if (status == LEDE_OK)
        status = read_options(&complete, options, err);
    if (status != LEDE_OK)
        return status;
    return lede_article_count(total, snapshot->view, query, &complete, err);
}
