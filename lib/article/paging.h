/*
 * article/paging.h - where a page ended, as text that travels.
 *
 *     token = lede_page_write(&end, arena);
 *     status = lede_page_read(&end, token, arena);
 *     if (end.generation != ... || end.order != ...)
 *         return LEDE_ERR_INVALID;
 *
 * A token is the letters of RFC 4648's URL-safe base64, so that it goes through
 * links and forms unchanged. It says of which commit and which order it is a
 * place, and keeps the clock still for scores and dates that count from now.
 *
 * Errors    LEDE_ERR_INVALID for text that is no token: a checksum guards
 *           against damage, not against forgery; a forged token chooses a
 *           place in the order and nothing else.
 */
#ifndef LEDE_ARTICLE_PAGING_H
#define LEDE_ARTICLE_PAGING_H

#include "engine/engine.h"

typedef struct lede_page_end {
    uint64_t generation;
    uint64_t order; /* lede_page_order of the search */
    int64_t now_seconds;
    lede_engine_hit hit; /* its score, sequence, key and values */
    uint32_t value_count;
} lede_page_end;

/* NULL when memory ran out. */
const char *lede_page_write(const lede_page_end *end, lede_arena *arena);
lede_status lede_page_read(lede_page_end *end, const char *token,
                           lede_arena *arena);

/* A hash of all that decides which hits there are, in which order; other
 * numbers for other queries, sort keys, ties and so on. `options` complete. */
uint64_t lede_page_order(const lede_query *query,
                         const lede_search_options *options);

#endif
