#include "api/index.h"

#include "api/arguments.h"
#include "api/engines.h"
#include "base/alloc.h"
#include "base/limits.h"
#include "base/options.h"
#include "document/schema.h"

#define FLAGS_ALL \
    (LEDE_INDEX_READ_ONLY | LEDE_INDEX_COPIED | LEDE_INDEX_UNTRUSTED)

/* Everything that opening, checking and recovering an index begin with. */
typedef struct opening {
    lede_index_options options;
    lede_limits limits;
    lede_address address;
    const lede_engine *engine;
    lede_engine_settings settings;
} opening;

static lede_status prepare(opening *o, const char *address,
                           const lede_index_options *options, bool create,
                           lede_error *err)
{
    lede_status status;

    if (!address)
        return lede_fail_null(err, "address");
    status = LEDE_READ_OPTIONS(lede_index_options, &o->options, options,
                               log_ctx, err);
    if (status != LEDE_OK)
        return status;
    if (o->options.flags & ~(uint32_t)FLAGS_ALL)
        return lede_fail_invalid(err, "flags",
                                 "a flag that indexes do not have");
    status = lede_limits_read(&o->limits, o->options.limits, NULL, err);
    if (status != LEDE_OK)
        return status;
    status = lede_engine_choose(&o->engine, &o->address, address,
                                o->options.engine, create, err);
    if (status != LEDE_OK)
        return status;
    o->settings = (lede_engine_settings){
        .scheme = o->address.scheme,
        .address = o->address.rest,
        .flags = o->options.flags,
        .limits = &o->limits,
        .allocator = o->options.allocator,
        .log = o->options.log,
        .log_ctx = o->options.log_ctx,
    };
    return LEDE_OK;
}

static lede_status open_index(lede_index **out, opening *o, lede_error *err)
{
    const lede_allocator *allocator = o->options.allocator;
    lede_index *index = lede_alloc_zero(allocator, sizeof *index);
    lede_status status;

    if (!index)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    index->allocator = allocator;
    index->engine = o->engine;
    index->limits = o->limits;
    index->flags = o->options.flags;
    atomic_init(&index->holders, 1);
    o->settings.limits = &index->limits;
    status = lede_form_cache_new(&index->forms, allocator);
    if (status == LEDE_OK)
        status = o->engine->open(&index->inner, &o->settings, err);
    if (status != LEDE_OK) {
        lede_form_cache_free(index->forms);
        lede_release(allocator, index, sizeof *index);
        return lede_fail_plain(err, status);
    }
    *out = index;
    return LEDE_OK;
}

lede_status lede_index_open(lede_index **out, const char *address,
                            const lede_index_options *options, lede_error *err)
{
    opening o;
    lede_status status;

    lede_error_clear(err);
    if (!out)
        return lede_fail_null(err, "out");
    status = prepare(&o, address, options, false, err);
    return status == LEDE_OK ? open_index(out, &o, err) : status;
}

/* An index that was there has all the fields that are asked for. */
static lede_status check_schema(const lede_index *index,
                                const lede_schema *schema, lede_error *err)
{
    lede_engine_snapshot *snapshot;
    lede_status status = index->engine->snapshot(&snapshot, index->inner, err);

    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    status = lede_schema_contains(index->engine->describe(snapshot)->schema,
                                  schema, err);
    index->engine->snapshot_close(snapshot);
    return status;
}

static lede_status create_index(lede_index **out, opening *o,
                                const lede_schema *schema, lede_error *err)
{
    lede_schema *article = NULL;
    lede_index *index = NULL;
    lede_status status =
        schema ? lede_schema_status(schema)
               : lede_schema_new_article(&article, o->options.allocator);

    if (status != LEDE_OK)
        return lede_fail(err, status, NULL,
                         schema ? "the schema holds a failed call"
                                : "the article schema cannot be made");
    if (!(o->options.flags & LEDE_INDEX_READ_ONLY))
        o->settings.create = schema ? schema : article;
    status = open_index(&index, o, err);
    lede_schema_free(article);
    if (status != LEDE_OK)
        return status;
    if (schema)
        status = check_schema(index, schema, err);
    if (status != LEDE_OK) {
        lede_index_close(index);
        return status;
    }
    *out = index;
    return LEDE_OK;
}

lede_status lede_index_create(lede_index **out, const char *address,
                              const lede_schema *schema,
                              const lede_index_options *options,
                              lede_error *err)
{
    opening o;
    lede_status status;

    lede_error_clear(err);
    if (!out)
        return lede_fail_null(err, "out");
    status = prepare(&o, address, options, true, err);
    return status == LEDE_OK ? create_index(out, &o, schema, err) : status;
}

lede_index *lede_index_hold(lede_index *index)
{
    atomic_fetch_add_explicit(&index->holders, 1, memory_order_relaxed);
    return index;
}

void lede_index_close(lede_index *index)
{
    if (!index || atomic_fetch_sub(&index->holders, 1) > 1)
        return;
    index->engine->close(index->inner);
    lede_form_cache_free(index->forms);
    lede_release(index->allocator, index, sizeof *index);
}

lede_status lede_index_generation(lede_index *index, uint64_t *generation,
                                  lede_error *err)
{
    lede_status status;

    lede_error_clear(err);
    if (!index || !generation)
        return lede_fail_null(err, index ? "generation" : "index");
    status = index->engine->generation(index->inner, generation, err);
    return status == LEDE_OK ? status : lede_fail_plain(err, status);
}

static lede_status verify(const char *address,
                          const lede_index_options *options,
                          const lede_task *task, bool recover, lede_error *err)
{
    opening o;
    lede_task complete;
    lede_status status;

    lede_error_clear(err);
    status = LEDE_READ_OPTIONS(lede_task, &complete, task, cancel, err);
    if (status == LEDE_OK)
        status = prepare(&o, address, options, false, err);
    if (status != LEDE_OK)
        return status;
    if (recover && o.options.flags & LEDE_INDEX_READ_ONLY)
        return lede_fail(err, LEDE_ERR_INVALID, address,
                         "an index opened read-only cannot be recovered");
    status = o.engine->check(&o.settings, recover, &complete, err);
    return status == LEDE_OK ? status : lede_fail_plain(err, status);
}

lede_status lede_check(const char *address, const lede_index_options *options,
                       const lede_task *task, lede_error *err)
{
    return verify(address, options, task, false, err);
}

lede_status lede_recover(const char *address, const lede_index_options *options,
                         const lede_task *task, lede_error *err)
{
    return verify(address, options, task, true, err);
}
