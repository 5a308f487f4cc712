#include "article/form_cache.h"

#include <pthread.h>

#include "base/alloc.h"

struct lede_form_cache {
    const lede_allocator *allocator;
    pthread_mutex_t lock; /* of what follows */
    lede_forms *forms;    /* NULL: none yet */
    uint32_t bits;        /* what they were made of */
    char *languages;
};

lede_status lede_form_cache_new(lede_form_cache **out,
                                const lede_allocator *allocator)
{
    lede_form_cache *cache = lede_alloc_zero(allocator, sizeof *cache);

    if (!cache)
        return LEDE_ERR_NOMEM;
    cache->allocator = allocator;
    if (pthread_mutex_init(&cache->lock, NULL) != 0) {
        lede_release(allocator, cache, sizeof *cache);
        return LEDE_ERR_NOMEM;
    }
    *out = cache;
    return LEDE_OK;
}

static void forget(lede_form_cache *cache)
{
    lede_forms_free(cache->forms);
    if (cache->languages)
        lede_release(cache->allocator, cache->languages,
                     strlen(cache->languages) + 1);
    cache->forms = NULL;
    cache->languages = NULL;
}

void lede_form_cache_free(lede_form_cache *cache)
{
    if (!cache)
        return;
    forget(cache);
    (void)pthread_mutex_destroy(&cache->lock);
    lede_release(cache->allocator, cache, sizeof *cache);
}

static const char *languages_of(const lede_analyzer_options *options)
{
    return options->languages ? options->languages : "en";
}

static bool has(const lede_form_cache *cache,
                const lede_analyzer_options *options)
{
    return cache->forms && cache->bits == options->forms &&
           strcmp(cache->languages, languages_of(options)) == 0;
}

/* Keeps what `options` make instead of what was kept. */
static lede_status remember(lede_form_cache *cache,
                            const lede_analyzer_options *options)
{
    const char *languages = languages_of(options);

    forget(cache);
    cache->bits = options->forms;
    cache->languages =
        lede_alloc_text(cache->allocator, languages, strlen(languages));
    if (!cache->languages)
        return LEDE_ERR_NOMEM;
    return lede_forms_new_plain(&cache->forms, options, cache->allocator);
}

/* Under the lock: keeps these forms, with their version if it is asked for. */
static lede_status prepare(lede_form_cache *cache,
                           const lede_analyzer_options *options, bool settled)
{
    lede_status status = LEDE_OK;

    if (!has(cache, options))
        status = remember(cache, options);
    if (status == LEDE_OK && settled && lede_forms_version(cache->forms) == 0)
        status = lede_forms_settle(cache->forms);
    return status;
}

static lede_status get(lede_forms **out, lede_form_cache *cache,
                       const lede_analyzer_options *options, bool settled)
{
    lede_status status;

    (void)pthread_mutex_lock(&cache->lock);
    status = prepare(cache, options, settled);
    if (status == LEDE_OK)
        status = lede_forms_copy(out, cache->forms, cache->allocator);
    (void)pthread_mutex_unlock(&cache->lock);
    return status;
}

lede_status lede_form_cache_get(lede_forms **out, lede_form_cache *cache,
                                const lede_analyzer_options *options)
{
    return get(out, cache, options, true);
}

lede_status lede_form_cache_plain(lede_forms **out, lede_form_cache *cache,
                                  const lede_analyzer_options *options)
{
    return get(out, cache, options, false);
}

lede_status lede_form_cache_version(uint64_t *version, lede_form_cache *cache,
                                    const lede_analyzer_options *options)
{
    lede_status status;

    (void)pthread_mutex_lock(&cache->lock);
    status = prepare(cache, options, true);
    if (status == LEDE_OK)
        *version = lede_forms_version(cache->forms);
    (void)pthread_mutex_unlock(&cache->lock);
    return status;
}
