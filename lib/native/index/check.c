#include "native/index/check.h"

#include "base/alloc.h"
#include "base/budget.h"
#include "base/error.h"
#include "native/index/key_walk.h"
#include "native/index/rescue.h"
#include "native/index/stages.h"

#define TRIES_MAX 16

typedef struct check {
    lede_dir *dir;
    lede_findings *found;
    lede_stages stages;
    lede_budget budget;
} check;

/* ---- Telling ---- */

static void tell(check *c, const char *file, lede_status status,
                 const lede_error *fault)
{
    lede_problem problem = { .file = file,
                             .section = "",
                             .offset = fault->position,
                             .message = fault->message };

    bool blocks = !lede_is_damage(status, fault) && !c->found->blocked;

    if (c->found->status == LEDE_OK || blocks) {
        c->found->status = status;
        c->found->fault = *fault;
        c->found->blocked = blocks;
    }
    lede_stages_tell(&c->stages, &problem);
}

/* What the manifest says of a file is not so. */
static void belie(check *c, const char *file, const char *what)
{
    lede_error fault;

    (void)lede_fail(&fault, LEDE_ERR_CORRUPT, file, "%s", what);
    tell(c, file, LEDE_ERR_CORRUPT, &fault);
}

static bool is_fatal(lede_status status)
{
    return status == LEDE_ERR_NOMEM || status == LEDE_ERR_CANCELLED;
}

/* ---- Opening ---- */

static lede_status open_live(check *c, uint32_t at, lede_error *err)
{
    const lede_manifest_segment *listed = &c->found->manifest->segments[at];

    return listed->bitmap[0]
               ? lede_live_read(&c->found->segments[at].live, c->dir,
                                listed->bitmap, &listed->bitmap_mark,
                                listed->documents, c->found->allocator, err)
               : LEDE_OK;
}

static lede_status open_segment(check *c, uint32_t at, lede_error *err)
{
    const lede_manifest *manifest = c->found->manifest;

    return lede_segment_open(&c->found->segments[at].segment, c->dir,
                             manifest->segments[at].name,
                             &manifest->segments[at].mark, manifest->schema,
                             c->found->allocator, err);
}

/* Opens all; *missing: a file was not there. */
static lede_status open_all(check *c, bool *missing)
{
    *missing = false;
    for (uint32_t i = 0; i < c->found->manifest->segment_count; i++) {
        lede_finding *f = &c->found->segments[i];

        f->segment_status = open_segment(c, i, NULL);
        f->live_status = open_live(c, i, NULL);
        if (is_fatal(f->segment_status))
            return f->segment_status;
        if (is_fatal(f->live_status))
            return f->live_status;
        *missing = *missing || f->segment_status == LEDE_ERR_NOT_FOUND ||
                   f->live_status == LEDE_ERR_NOT_FOUND;
    }
    return LEDE_OK;
}

/* Tries once more, to have the error told. */
static lede_status retry(check *c, uint32_t at, const char *name,
                         lede_status (*open)(check *c, uint32_t at,
                                             lede_error *err))
{
    lede_error fault;
    lede_status status;

    lede_error_clear(&fault);
    status = open(c, at, &fault);
    if (status == LEDE_ERR_NOT_FOUND)
        status =
            lede_fail(&fault, LEDE_ERR_CORRUPT, name, "the file is missing");
    if (status != LEDE_OK && !is_fatal(status))
        tell(c, name, status, &fault);
    return status;
}

/* Tells of what does not open. */
static lede_status tell_closed(check *c)
{
    const lede_manifest *manifest = c->found->manifest;

    for (uint32_t i = 0; i < manifest->segment_count; i++) {
        lede_finding *f = &c->found->segments[i];

        if (f->segment_status != LEDE_OK)
            f->segment_status =
                retry(c, i, manifest->segments[i].name, open_segment);
        if (f->live_status != LEDE_OK)
            f->live_status =
                retry(c, i, manifest->segments[i].bitmap, open_live);
        if (is_fatal(f->segment_status) || is_fatal(f->live_status))
            return is_fatal(f->segment_status) ? f->segment_status
                                               : f->live_status;
    }
    return LEDE_OK;
}

/* ---- What files say of one another ---- */

lede_status lede_segment_text_bytes(const lede_segment *segment,
                                    const lede_live *live, uint64_t *bytes,
                                    lede_error *err)
{
    uint32_t documents = lede_segment_documents(segment);
    lede_bytes section;
    lede_column sizes;
    uint64_t sum = 0;
    lede_status status = lede_segment_section(
        segment, LEDE_SECTION_SIZES, LEDE_NO_SECTION_FIELD, &section, err);

    if (status != LEDE_OK)
        return status;
    if (!lede_column_open(&sizes, section, documents))
        return lede_fail(err, LEDE_ERR_CORRUPT, lede_segment_name(segment),
                         "its sizes cannot be read");
    for (uint32_t doc = 0; doc < documents; doc++)
        if (lede_live_has(live, doc))
            sum += lede_column_at(&sizes, doc);
    *bytes = sum;
    return LEDE_OK;
}

static bool has_tokens(const lede_manifest *manifest,
                       const lede_manifest_segment *listed,
                       const lede_segment *segment)
{
    for (uint32_t i = 0; i < manifest->field_count; i++)
        if (listed->tokens[i] != lede_segment_tokens(segment, i))
            return false;
    return true;
}

/* Of each key at most one document lives, the last of the segment. */
static lede_status check_ranks(check *c, uint32_t at)
{
    const lede_finding *f = &c->found->segments[at];
    uint32_t live = 0, named = 0, count = 0, doc;
    lede_arena *arena = lede_arena_new(c->found->allocator);
    lede_status status = arena ? LEDE_OK : LEDE_ERR_NOMEM;

    if (status == LEDE_OK)
        status = lede_segment_key_count(f->segment, &count, NULL);
    for (uint32_t rank = 0; status == LEDE_OK && rank < count; rank++) {
        lede_bytes key;

        status =
            lede_segment_key_of_rank(f->segment, rank, &key, &doc, arena, NULL);
        lede_arena_clear(arena);
        if (status == LEDE_OK)
            named += lede_live_has(f->live, doc);
        if (status == LEDE_OK)
            status = lede_budget_spend(&c->budget, 4);
    }
    live = f->live ? f->live->live : lede_segment_documents(f->segment);
    lede_arena_free(arena);
    if (status == LEDE_OK && named != live)
        belie(c, lede_segment_name(f->segment), "a key lives twice in it");
    return status;
}

static lede_status check_numbers(check *c, uint32_t at)
{
    const lede_manifest *manifest = c->found->manifest;
    const lede_manifest_segment *listed = &manifest->segments[at];
    const lede_finding *f = &c->found->segments[at];
    const lede_column *sequences = NULL;
    uint32_t documents = lede_segment_documents(f->segment);
    uint64_t text = 0;
    lede_status status =
        lede_segment_text_bytes(f->segment, f->live, &text, NULL);

    if (status == LEDE_OK)
        status = lede_segment_sequences(f->segment, &sequences, NULL);
    if (status != LEDE_OK)
        return status;
    if (documents != listed->documents)
        belie(c, listed->name, "the manifest counts other documents");
    else if (!has_tokens(manifest, listed, f->segment))
        belie(c, listed->name, "the manifest counts other words");
    else if (text != listed->text_bytes)
        belie(c, listed->name, "the manifest counts other text");
    else if (documents > 0 &&
             lede_column_at(sequences, documents - 1) > manifest->last_sequence)
        belie(c, listed->name, "it is newer than the manifest");
    if (f->live && f->live->live != listed->live)
        belie(c, listed->bitmap, "the manifest counts other live documents");
    if (f->live && f->live->segment != listed->mark.signature)
        belie(c, listed->bitmap, "it is of another segment");
    return check_ranks(c, at);
}

static lede_status check_segment(check *c, uint32_t at)
{
    const lede_manifest_segment *listed = &c->found->manifest->segments[at];
    lede_finding *f = &c->found->segments[at];
    lede_error fault;
    lede_status status = LEDE_OK;

    lede_error_clear(&fault);
    if (f->segment)
        f->segment_status = status =
            lede_segment_check(f->segment, &c->stages.task, &fault);
    if (is_fatal(status))
        return status;
    if (status != LEDE_OK && c->found->status == LEDE_OK) {
        c->found->status = status; /* it told itself */
        c->found->fault = fault;
    }
    lede_stages_next(&c->stages,
                     2 * listed->mark.length + listed->bitmap_mark.length);
    if (f->segment_status == LEDE_OK && f->live_status == LEDE_OK)
        return check_numbers(c, at);
    return LEDE_OK;
}

static bool lives(const check *c, const lede_key_holder *holder)
{
    return lede_live_has(c->found->segments[holder->segment].live, holder->doc);
}

/* No key lives in two segments. */
static lede_status check_keys(check *c)
{
    uint32_t count = c->found->manifest->segment_count;
    lede_segment **whole =
        lede_alloc_array(c->found->allocator, count, sizeof(lede_segment *));
    lede_key_walk *walk = NULL;
    uint64_t twice = 0;
    lede_status status = whole ? LEDE_OK : LEDE_ERR_NOMEM;

    for (uint32_t i = 0; whole && i < count; i++) {
        const lede_finding *f = &c->found->segments[i];

        whole[i] = f->segment_status == LEDE_OK && f->live_status == LEDE_OK
                       ? f->segment
                       : NULL;
    }
    if (status == LEDE_OK)
        status = lede_key_walk_new(&walk, whole, count, c->found->allocator);
    while (status == LEDE_OK && lede_key_walk_next(walk)) {
        uint32_t living = 0;

        for (uint32_t i = 0; i < walk->count; i++)
            living += lives(c, &walk->holders[i]);
        twice += living > 1;
        status = lede_budget_spend(&c->budget, 1 + walk->count);
    }
    if (status == LEDE_OK)
        status = walk->status;
    lede_key_walk_free(walk);
    lede_release(c->found->allocator, whole, count * sizeof(lede_segment *));
    if (status == LEDE_OK && twice > 0)
        belie(c, LEDE_MANIFEST_NAME, "a key lives in two segments");
    return status;
}

static lede_status check_all(check *c)
{
    uint32_t count = c->found->manifest->segment_count;
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; i < count && status == LEDE_OK; i++)
        status = check_segment(c, i);
    if (status == LEDE_OK && count > 1)
        status = check_keys(c);
    return status;
}

/* ---- Findings ---- */

void lede_findings_free(lede_findings *findings)
{
    const lede_allocator *allocator;
    uint32_t count;

    if (!findings)
        return;
    allocator = findings->allocator;
    count = findings->manifest->segment_count;
    for (uint32_t i = 0; findings->segments && i < count; i++) {
        lede_segment_release(findings->segments[i].segment);
        lede_live_release(findings->segments[i].live);
    }
    lede_release(allocator, findings->segments,
                 count * sizeof *findings->segments);
    lede_manifest_release(findings->manifest);
    lede_release(allocator, findings, sizeof *findings);
}

static lede_status new_findings(lede_findings **out, lede_manifest *manifest,
                                const lede_allocator *allocator)
{
    lede_findings *made = lede_alloc_zero(allocator, sizeof *made);

    if (!made)
        return LEDE_ERR_NOMEM;
    made->allocator = allocator;
    made->manifest = lede_manifest_hold(manifest);
    made->segments = lede_alloc_zero(allocator, manifest->segment_count *
                                                    sizeof *made->segments);
    if (!made->segments) {
        lede_findings_free(made);
        return LEDE_ERR_NOMEM;
    }
    *out = made;
    return LEDE_OK;
}

static uint64_t work_of(const lede_manifest *manifest)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < manifest->segment_count; i++)
        bytes += 2 * manifest->segments[i].mark.length +
                 manifest->segments[i].bitmap_mark.length;
    return bytes;
}

/* Opens what the manifest names; `maybe`: files may be gone because a newer
 * one was committed, which *missing says then. */
static lede_status begin(check *c, lede_dir *dir, lede_manifest *manifest,
                         const lede_task *task, const lede_allocator *allocator,
                         bool *missing)
{
    lede_status status = new_findings(&c->found, manifest, allocator);

    if (status != LEDE_OK)
        return status;
    c->dir = dir;
    lede_stages_begin(&c->stages, task, work_of(manifest));
    lede_budget_init(&c->budget, 0, c->stages.task.cancel, 0);
    return open_all(c, missing);
}

static lede_status finish(check *c)
{
    lede_status status = tell_closed(c);

    return status == LEDE_OK ? check_all(c) : status;
}

lede_status lede_findings_new(lede_findings **out, lede_dir *dir,
                              lede_manifest *manifest, const lede_task *task,
                              const lede_allocator *allocator, lede_error *err)
{
    check c = { 0 };
    bool missing;
    lede_status status = begin(&c, dir, manifest, task, allocator, &missing);

    if (status == LEDE_OK)
        status = finish(&c);
    if (status != LEDE_OK) {
        lede_findings_free(c.found);
        return lede_fail_plain(err, status);
    }
    *out = c.found;
    return LEDE_OK;
}

/* ---- Checking ---- */

static lede_status read_manifest(lede_manifest **out, lede_dir *dir,
                                 const lede_task *task,
                                 const lede_allocator *allocator,
                                 lede_error *err)
{
    lede_error fault;
    lede_stages told;
    lede_problem problem = { .file = LEDE_MANIFEST_NAME, .section = "" };
    lede_status status;

    lede_error_clear(&fault);
    status = lede_manifest_read(out, dir, allocator, &fault);
    if (status == LEDE_OK)
        return LEDE_OK;
    if (status == LEDE_ERR_NOT_FOUND)
        status = lede_manifest_missing(dir, &fault);
    if (err)
        *err = fault;
    if (status == LEDE_ERR_CORRUPT || status == LEDE_ERR_IO) {
        problem.offset = fault.position;
        problem.message = fault.message;
        lede_stages_begin(&told, task, 0);
        lede_stages_tell(&told, &problem);
    }
    return lede_fail_plain(err, status);
}

/* Once with one manifest; *again: it was replaced meanwhile. */
static lede_status check_once(lede_dir *dir, uint64_t *missed, bool *again,
                              const lede_task *task,
                              const lede_allocator *allocator, lede_error *err)
{
    check c = { 0 };
    lede_manifest *manifest = NULL;
    bool missing = false;
    lede_status status = read_manifest(&manifest, dir, task, allocator, err);

    *again = false;
    if (status != LEDE_OK)
        return status;
    status = begin(&c, dir, manifest, task, allocator, &missing);
    if (status == LEDE_OK && missing && manifest->generation != *missed) {
        *missed = manifest->generation;
        *again = true;
    } else if (status == LEDE_OK) {
        status = finish(&c);
    }
    if (status == LEDE_OK && !*again && c.found->status != LEDE_OK) {
        status = c.found->status;
        if (err)
            *err = c.found->fault;
    }
    lede_findings_free(c.found);
    lede_manifest_release(manifest);
    return lede_fail_plain(err, status);
}

lede_status lede_native_check(lede_dir *dir, const lede_task *task,
                              const lede_allocator *allocator, lede_error *err)
{
    uint64_t missed = UINT64_MAX; /* generation whose files were not there */

    for (int i = 0; i < TRIES_MAX; i++) {
        bool again;
        lede_status status =
            check_once(dir, &missed, &again, task, allocator, err);

        if (status != LEDE_OK || !again)
            return status;
    }
    return lede_fail(err, LEDE_ERR_BUSY, dir->path,
                     "the index changes faster than its files can be opened");
}
