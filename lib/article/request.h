/*
 * article/request.h - a search's options, checked against schema and limits,
 * as an engine takes them.
 *
 *     status = lede_request_read(&request, view, options, arena, err);
 *     request.search.plan = ...;
 *
 * Errors    INVALID, err->where naming the option or the field; LIMIT.
 */
#ifndef LEDE_ARTICLE_REQUEST_H
#define LEDE_ARTICLE_REQUEST_H

#include "article/view.h"

typedef struct lede_request {
    const lede_search_options *options; /* complete */
    lede_limits limits;                 /* complete */
    lede_engine_search search; /* without plan, after, scale and budget */
    uint32_t limit;            /* hits to show ... */
    uint32_t offset;           /* ... and before them to pass over */
    const uint32_t *fields;    /* LEDE_LOAD_FIELDS: those of the schema */
    uint32_t field_count;
    bool other_fields;      /* some named are not of the schema, but open */
    uint32_t snippet_field; /* or LEDE_NO_FIELD */
} lede_request;

/* `options` are borrowed; text of them too. */
lede_status lede_request_read(lede_request *out, const lede_view *view,
                              const lede_search_options *options,
                              lede_arena *arena, lede_error *err);

#endif
