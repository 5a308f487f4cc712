#include "native/index/draft.h"

#include "base/alloc.h"
#include "base/error.h"

/* No segment grows beyond: document numbers have 32 bits. */
#define DOCUMENTS_MAX ((uint64_t)1 << 30)

lede_status lede_draft_init(lede_draft *draft, const lede_native_place *place,
                            lede_durability durability, const lede_forms *forms)
{
    const lede_allocator *allocator = place->allocator;
    lede_status status;

    *draft = (lede_draft){ .place = place,
                           .durability = durability,
                           .rules = { DOCUMENTS_MAX, false },
                           .forms = forms };
    lede_parts_init(&draft->parts, allocator);
    lede_obsolete_init(&draft->made, allocator);
    lede_obsolete_init(&draft->obsolete, allocator);
    status = lede_deletes_init(&draft->deletes, allocator);
    if (status != LEDE_OK)
        return status;
    if (pthread_mutex_init(&draft->mutex, NULL) != 0) {
        lede_deletes_fini(&draft->deletes);
        return LEDE_ERR_NOMEM;
    }
    return LEDE_OK;
}

void lede_draft_fini(lede_draft *draft)
{
    const lede_allocator *allocator = draft->place->allocator;

    lede_parts_fini(&draft->parts);
    lede_deletes_fini(&draft->deletes);
    lede_obsolete_fini(&draft->made);
    lede_obsolete_fini(&draft->obsolete);
    if (draft->base)
        lede_native_snapshot_release(draft->base);
    lede_manifest_release(draft->now);
    for (size_t i = 0; i < draft->schema_count; i++)
        lede_schema_free(draft->schemas[i]);
    lede_release(allocator, draft->schemas,
                 draft->schema_capacity * sizeof(lede_schema *));
    (void)pthread_mutex_destroy(&draft->mutex);
}

/* ---- What it will be ---------------------------------------------------- */

lede_status lede_draft_name(lede_draft *draft, char name[LEDE_DIR_NAME_MAX + 1],
                            const char *suffix)
{
    lede_file_name(name, draft->place->dir, lede_draft_generation(draft),
                   suffix);
    return lede_obsolete_add(&draft->made, name);
}

static lede_status copy_schema(lede_draft *draft, const lede_schema *schema)
{
    lede_schema *copy = NULL;
    lede_status status;

    if (!lede_grow(draft->place->allocator, &draft->schemas,
                   &draft->schema_capacity, draft->schema_count + 1,
                   sizeof(lede_schema *)))
        return LEDE_ERR_NOMEM;
    status = lede_schema_copy(&copy, schema, draft->place->allocator);
    if (status == LEDE_OK)
        draft->schemas[draft->schema_count++] = copy;
    return status;
}

lede_status lede_draft_keep_schema(lede_draft *draft, const lede_schema *schema,
                                   const lede_schema **kept)
{
    size_t at = draft->schema_count;
    lede_status status = LEDE_OK;

    while (at > 0 && !lede_schema_equal(draft->schemas[at - 1], schema))
        at--;
    if (at == 0) {
        status = copy_schema(draft, schema);
        at = draft->schema_count;
    }
    if (status != LEDE_OK)
        return status;
    *kept = draft->schemas[at - 1];
    if (!draft->schema ||
        lede_schema_count(*kept) > lede_schema_count(draft->schema))
        draft->schema = *kept;
    return LEDE_OK;
}

/* ---- How it ends -------------------------------------------------------- */

/* Opens the last commit; what was opened before is let go of only then, so that
 * segments of both are opened once. */
static lede_status open_base(lede_draft *draft, lede_error *err)
{
    lede_native_snapshot *base = NULL;
    lede_status status =
        lede_native_snapshot_of(&base, draft->place->shelf, draft->now, err);

    if (status != LEDE_OK)
        return status;
    if (draft->base)
        lede_native_snapshot_release(draft->base);
    draft->base = base;
    return LEDE_OK;
}

/* Begins again from the last commit. */
static lede_status load(lede_draft *draft, lede_error *err)
{
    lede_status status = LEDE_OK;

    lede_parts_clear(&draft->parts);
    if (!lede_draft_is_open(draft))
        status = open_base(draft, err);
    if (status == LEDE_OK)
        status = lede_parts_load(&draft->parts, draft->base, err);
    draft->schema = NULL;
    if (status == LEDE_OK)
        status = lede_fail_plain(
            err,
            lede_draft_keep_schema(draft, draft->now->schema, &draft->schema));
    return status;
}

lede_status lede_draft_open(lede_draft *draft, lede_error *err)
{
    lede_status status = lede_manifest_read(&draft->now, draft->place->dir,
                                            draft->place->allocator, err);

    return status == LEDE_OK ? load(draft, err) : status;
}

void lede_draft_advance(lede_draft *draft, lede_manifest *next)
{
    lede_error fault;
    lede_status status;

    lede_manifest_release(draft->now);
    draft->now = next;
    lede_deletes_clear(&draft->deletes);
    lede_error_clear(&fault);
    status = load(draft, &fault);
    if (status != LEDE_OK)
        (void)lede_draft_fail(draft, status, &fault);
}

void lede_draft_rebase(lede_draft *draft, lede_manifest *next,
                       const lede_merge_pick *pick, lede_part *made)
{
    lede_parts_replace(&draft->parts, pick, made);
    if (pick->count == 0) /* all of it has died, or the draft failed */
        lede_part_free(made);
    lede_manifest_release(draft->now);
    draft->now = next;
    (void)open_base(draft, NULL);
}

static void remove_made(lede_draft *draft)
{
    lede_obsolete_settle(&draft->made);
    lede_obsolete_unlink(&draft->made, draft->place->dir);
}

lede_status lede_draft_roll_back(lede_draft *draft, lede_error *err)
{
    lede_status status;

    if (draft->poisoned)
        return lede_draft_failure(draft, err);
    lede_deletes_clear(&draft->deletes);
    lede_parts_clear(&draft->parts);
    remove_made(draft);
    draft->failed = LEDE_OK;
    lede_error_clear(&draft->why);
    status = load(draft, err);
    return status == LEDE_OK ? LEDE_OK : lede_draft_fail(draft, status, err);
}

void lede_draft_abandon(lede_draft *draft)
{
    lede_parts_clear(&draft->parts);
    if (!draft->poisoned)
        remove_made(draft);
}

lede_status lede_draft_fail(lede_draft *draft, lede_status status,
                            const lede_error *err)
{
    if (draft->failed == LEDE_OK) {
        draft->failed = status;
        if (err)
            draft->why = *err;
    }
    lede_parts_clear(&draft->parts);
    if (draft->failed != LEDE_ERR_UNKNOWN_COMMIT)
        remove_made(draft);
    return status;
}

lede_status lede_draft_failure(const lede_draft *draft, lede_error *err)
{
    if (draft->failed == LEDE_OK)
        return LEDE_OK;
    if (err)
        *err = draft->why;
    return lede_fail_plain(err, draft->failed);
}

lede_status lede_draft_ask(lede_draft *draft, lede_error *err)
{
    lede_status status;

    (void)pthread_mutex_lock(&draft->mutex);
    status = lede_draft_failure(draft, err);
    (void)pthread_mutex_unlock(&draft->mutex);
    return status;
}
