/*
 * article/form_cache.h - the forms asked for last, since making them takes
 * milliseconds and every snapshot wants them.
 *
 *     lede_form_cache_get(&forms, cache, lede_schema_analyzer(schema));
 *     lede_forms_free(forms);
 *
 * Threads   Shared.
 */
#ifndef LEDE_ARTICLE_FORM_CACHE_H
#define LEDE_ARTICLE_FORM_CACHE_H

#include "text/forms.h"

typedef struct lede_form_cache lede_form_cache;

lede_status lede_form_cache_new(lede_form_cache **out,
                                const lede_allocator *allocator);
void lede_form_cache_free(lede_form_cache *cache);

/* As lede_forms_new with the cache's allocator; owned by the caller. */
lede_status lede_form_cache_get(lede_forms **out, lede_form_cache *cache,
                                const lede_analyzer_options *options);

#endif
