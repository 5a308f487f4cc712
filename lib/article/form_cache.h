/*
 * article/form_cache.h - the forms asked for last, since telling their version
 * takes milliseconds, and what is asked of it comes late or not at all.
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

/* As lede_forms_new and lede_forms_new_plain with the cache's allocator; owned
 * by the caller. */
lede_status lede_form_cache_get(lede_forms **out, lede_form_cache *cache,
                                const lede_analyzer_options *options);
lede_status lede_form_cache_plain(lede_forms **out, lede_form_cache *cache,
                                  const lede_analyzer_options *options);

/* The version of the forms that these options make. */
lede_status lede_form_cache_version(uint64_t *version, lede_form_cache *cache,
                                    const lede_analyzer_options *options);

#endif
