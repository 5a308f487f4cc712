#include "native/index/draft.h"

#include "base/alloc.h"
#include "base/error.h"

lede_status lede_draft_init(lede_draft *draft, const lede_native_place *place,
                            lede_durability durability, const lede_forms *forms)
{
    const lede_allocator *allocator = place->allocator;
    lede_status status;

    *draft = (lede_draft){ .place = place,
                           .durability = durability,
                           .forms = forms };
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

    lede_draft_drop(draft);
    lede_release(allocator, draft->parts,
                 draft->capacity * sizeof(lede_part *));
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

lede_status lede_draft_add(lede_draft *draft, lede_part *part)
{
    if (!lede_grow(draft->place->allocator, &draft->parts, &draft->capacity,
                   draft->count + 1U, sizeof(lede_part *)))
        return LEDE_ERR_NOMEM;
    draft->parts[draft->count++] = part;
    return LEDE_OK;
}

void lede_draft_replace(lede_draft *draft, const lede_merge_pick *pick,
                        lede_part *made)
{
    uint32_t kept = 0, picked = 0;

    for (uint32_t i = 0; i < draft->count; i++) {
        if (picked < pick->count && pick->at[picked] == i) {
            lede_part_free(draft->parts[i]);
            if (picked++ == 0)
                draft->parts[kept++] = made;
        } else {
            draft->parts[kept++] = draft->parts[i];
        }
    }
    draft->count = kept;
}

void lede_draft_drop_dead(lede_draft *draft)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < draft->count; i++) {
        if (draft->parts[i]->entry.live == 0)
            lede_part_free(draft->parts[i]);
        else
            draft->parts[kept++] = draft->parts[i];
    }
    draft->count = kept;
}

void lede_draft_drop(lede_draft *draft)
{
    while (draft->count > 0)
        lede_part_free(draft->parts[--draft->count]);
}

void lede_draft_sort(lede_draft *draft)
{
    for (uint32_t i = 1; i < draft->count; i++) {
        lede_part *part = draft->parts[i];
        uint32_t at = i;

        while (at > 0 &&
               draft->parts[at - 1]->first_sequence > part->first_sequence) {
            draft->parts[at] = draft->parts[at - 1];
            at--;
        }
        draft->parts[at] = part;
    }
}

/* ---- How it ends -------------------------------------------------------- */

static lede_status load_part(lede_draft *draft, uint32_t at, lede_error *err)
{
    const lede_snapshot_part *from = &draft->base->parts[at];
    lede_part *part = NULL;
    lede_status status =
        lede_part_new(&part, &draft->now->segments[at], draft->now->field_count,
                      from->segment, from->live, draft->place->allocator, err);

    if (status != LEDE_OK)
        return status;
    part->forms_version = draft->now->forms_version;
    status = lede_fail_plain(err, lede_draft_add(draft, part));
    if (status != LEDE_OK)
        lede_part_free(part);
    return status;
}

/* Begins again from the last commit. */
static lede_status load(lede_draft *draft, lede_error *err)
{
    lede_status status = LEDE_OK;

    lede_draft_drop(draft);
    if (!draft->base)
        status = lede_native_snapshot_of(&draft->base, draft->place->shelf,
                                         draft->now, err);
    for (uint32_t i = 0; status == LEDE_OK && i < draft->base->count; i++)
        status = load_part(draft, i, err);
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
    lede_native_snapshot_release(draft->base);
    draft->base = NULL;
    lede_deletes_clear(&draft->deletes);
    lede_error_clear(&fault);
    status = load(draft, &fault);
    if (status != LEDE_OK)
        (void)lede_draft_fail(draft, status, &fault);
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
    lede_draft_drop(draft);
    remove_made(draft);
    draft->failed = LEDE_OK;
    lede_error_clear(&draft->why);
    status = load(draft, err);
    return status == LEDE_OK ? LEDE_OK : lede_draft_fail(draft, status, err);
}

void lede_draft_abandon(lede_draft *draft)
{
    lede_draft_drop(draft);
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
    lede_draft_drop(draft);
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
