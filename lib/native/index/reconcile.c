#include "native/index/reconcile.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/budget.h"
#include "base/error.h"
#include "native/index/key_walk.h"

typedef struct reconcile {
    lede_rescues *all;
    const lede_schema *schema;
    lede_stages *stages;
    lede_budget budget;
    lede_segment **segments; /* as many as there are rescues; some NULL */
    lede_error *err;
} reconcile;

/* ---- Telling ---- */

static void tell_lost(const reconcile *c, lede_bytes key, const char *why)
{
    lede_problem problem = { .file = "",
                             .section = "",
                             .offset = LEDE_NO_POSITION,
                             .key = (const char *)key.at,
                             .key_len = key.len,
                             .message = why };

    lede_stages_tell(c->stages, &problem);
}

static void tell_file(const reconcile *c, const char *file, const char *what)
{
    lede_problem problem = {
        .file = file, .section = "", .offset = LEDE_NO_POSITION, .message = what
    };

    lede_stages_tell(c->stages, &problem);
}

/* A segment whose keys cannot be read. */
static void tell_unknown(const reconcile *c, const lede_rescue *r)
{
    char what[160];

    if (r->listed_live == LEDE_LIVE_UNKNOWN)
        (void)snprintf(what, sizeof what,
                       "articles are lost with it, and not all of their keys "
                       "can be read");
    else
        (void)snprintf(what, sizeof what,
                       "%u articles are lost with it, and not all of their "
                       "keys can be read",
                       r->listed_live);
    tell_file(c, r->name, what);
}

/* ---- Keys ---- */

/* Whether a document is known to be dead. */
static bool is_dead(const reconcile *c, const lede_key_holder *holder)
{
    return !lede_live_has(c->all->at[holder->segment].live, holder->doc);
}

static bool is_kept(const lede_rescue *r)
{
    return r->whole && !r->superseded;
}

/* Calls `each` for every key of all segments that have keys. */
static lede_status walk_keys(reconcile *c,
                             lede_status (*each)(reconcile *c,
                                                 const lede_key_walk *walk))
{
    lede_key_walk *walk = NULL;
    uint32_t count = (uint32_t)c->all->count;
    lede_status status =
        lede_key_walk_new(&walk, c->segments, count, c->all->allocator);

    while (status == LEDE_OK && lede_key_walk_next(walk)) {
        status = lede_budget_spend(&c->budget, 4 * (uint64_t)walk->count);
        if (status == LEDE_OK)
            status = each(c, walk);
    }
    if (status == LEDE_OK)
        status = walk->status;
    for (uint32_t i = 0; status == LEDE_OK && i < count; i++)
        c->all->at[i].broken =
            !c->segments[i] || lede_key_walk_is_broken(walk, i);
    lede_key_walk_free(walk);
    return lede_fail_plain(c->err, status);
}

/* The one that stands for a version: whole before damaged, newer before older.
 */
static bool is_better(const lede_rescue *a, const lede_rescue *b)
{
    if (a->whole != b->whole)
        return a->whole;
    return a->generation > b->generation;
}

static lede_status supersede(reconcile *c, const lede_key_walk *walk)
{
    for (uint32_t i = 0; i < walk->count; i++)
        for (uint32_t j = 0; j < walk->count; j++) {
            lede_rescue *a = &c->all->at[walk->holders[i].segment];
            lede_rescue *b = &c->all->at[walk->holders[j].segment];

            if (i != j &&
                walk->holders[i].sequence == walk->holders[j].sequence &&
                is_better(a, b))
                b->superseded = true;
        }
    return LEDE_OK;
}

/* ---- Parts ---- */

/* With its live file, if that can stay as it is; else all alive. */
static lede_status make_part(reconcile *c, lede_rescue *r)
{
    const lede_allocator *allocator = c->all->allocator;
    bool as_is = r->bitmap[0] != '\0';
    uint32_t fields = lede_schema_count(c->schema);
    uint64_t *tokens = lede_alloc_array(allocator, fields, sizeof *tokens);
    lede_manifest_segment entry = { .mark = r->mark, .tokens = tokens };
    lede_status status;

    if (!tokens)
        return lede_fail_plain(c->err, LEDE_ERR_NOMEM);
    for (uint32_t i = 0; i < fields; i++)
        tokens[i] = lede_segment_tokens(r->segment, i);
    memcpy(entry.name, r->name, sizeof entry.name);
    entry.documents = lede_segment_documents(r->segment);
    entry.live = as_is ? r->live->live : entry.documents;
    if (as_is) {
        memcpy(entry.bitmap, r->bitmap, sizeof entry.bitmap);
        entry.bitmap_mark = r->bitmap_mark;
    }
    status = lede_segment_text_bytes(r->segment, as_is ? r->live : NULL,
                                     &entry.text_bytes, c->err);
    if (status == LEDE_OK)
        status = lede_segment_text_bytes(r->segment, NULL,
                                         &entry.all_text_bytes, c->err);
    if (status == LEDE_OK)
        status = lede_part_new(&r->part, &entry, fields, r->segment,
                               as_is ? r->live : NULL, allocator, c->err);
    lede_release(allocator, tokens, fields * sizeof *tokens);
    for (uint32_t doc = 0; status == LEDE_OK && !as_is && doc < entry.documents;
         doc++)
        if (!lede_live_has(r->live, doc))
            status = lede_part_kill(r->part, doc, c->err);
    if (status == LEDE_OK)
        status = lede_fail_plain(
            c->err, lede_live_new(&r->unseen, entry.documents, 0, allocator));
    return status;
}

/* ---- Versions ---- */

static bool is_version_dead(const reconcile *c, const lede_key_walk *walk,
                            uint64_t sequence)
{
    for (uint32_t i = 0; i < walk->count; i++)
        if (walk->holders[i].sequence == sequence &&
            is_dead(c, &walk->holders[i]))
            return true;
    return false;
}

static lede_status kill(reconcile *c, const lede_key_holder *holder)
{
    return lede_part_kill(c->all->at[holder->segment].part, holder->doc,
                          c->err);
}

/* Of one key the newest version stays, if it is not dead. */
static lede_status settle(reconcile *c, const lede_key_walk *walk)
{
    uint64_t newest = 0;
    bool stays = false, dead;
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; i < walk->count; i++)
        if (walk->holders[i].sequence > newest)
            newest = walk->holders[i].sequence;
    dead = is_version_dead(c, walk, newest);
    for (uint32_t i = 0; i < walk->count && status == LEDE_OK; i++) {
        const lede_key_holder *holder = &walk->holders[i];
        lede_rescue *r = &c->all->at[holder->segment];

        if (!is_kept(r))
            continue;
        (void)lede_live_kill(r->unseen, holder->doc);
        if (dead || stays || holder->sequence != newest)
            status = kill(c, holder);
        else
            stays = true;
    }
    if (status == LEDE_OK && !stays && !dead)
        tell_lost(c, walk->key, "it was in a damaged segment");
    return status;
}

/* Documents that no key names were put again in the same segment. */
static lede_status kill_unseen(reconcile *c, const lede_rescue *r)
{
    lede_status status = LEDE_OK;

    for (uint32_t doc = 0; doc < r->part->entry.documents; doc++)
        if (status == LEDE_OK && lede_live_has(r->unseen, doc))
            status = lede_part_kill(r->part, doc, c->err);
    return status;
}

/* ---- Doubt ---- */

static bool is_doubtful(const lede_rescue *r, uint32_t doc)
{
    return lede_live_has(r->doubt, doc) && lede_live_has(r->part->live, doc);
}

static lede_status drop(reconcile *c, const lede_rescue *r, uint32_t doc,
                        bool told, lede_arena *arena)
{
    lede_bytes key;
    lede_status status = LEDE_OK;

    if (told)
        status = lede_segment_key(r->segment, doc, &key, arena, c->err);
    if (told && status == LEDE_OK)
        tell_lost(c, key, "it may have been deleted: its live file is damaged");
    lede_arena_clear(arena);
    return status == LEDE_OK ? lede_part_kill(r->part, doc, c->err) : status;
}

/* What is neither proven dead nor alive is dropped. */
static lede_status resolve_doubt(reconcile *c, const lede_rescue *r)
{
    uint32_t doubtful = 0, alive;
    bool known = r->expected != LEDE_LIVE_UNKNOWN, told;
    lede_arena *arena;
    lede_status status = LEDE_OK;

    for (uint32_t doc = 0; doc < r->part->entry.documents; doc++)
        doubtful += is_doubtful(r, doc);
    alive = r->part->entry.live;
    if (doubtful == 0 || (known && alive == r->expected))
        return LEDE_OK;
    told = !known || alive - doubtful != r->expected;
    arena = lede_arena_new(c->all->allocator);
    if (!arena)
        return lede_fail_plain(c->err, LEDE_ERR_NOMEM);
    for (uint32_t doc = 0; doc < r->part->entry.documents && status == LEDE_OK;
         doc++) {
        if (is_doubtful(r, doc))
            status = drop(c, r, doc, told, arena);
        if (status == LEDE_OK)
            status = lede_fail_plain(c->err, lede_budget_spend(&c->budget, 4));
    }
    lede_arena_free(arena);
    return status;
}

/* ---- All of it ---- */

static lede_status decide(reconcile *c, bool by_files)
{
    lede_rescues *all = c->all;
    lede_status status = by_files ? walk_keys(c, supersede) : LEDE_OK;

    for (size_t i = 0; i < all->count && status == LEDE_OK; i++)
        if (is_kept(&all->at[i]))
            status = make_part(c, &all->at[i]);
    if (status == LEDE_OK)
        status = walk_keys(c, settle);
    for (size_t i = 0; i < all->count && status == LEDE_OK; i++) {
        lede_rescue *r = &all->at[i];

        if (r->part)
            status = kill_unseen(c, r);
        if (status == LEDE_OK && r->part && r->doubt)
            status = resolve_doubt(c, r);
        if (!r->whole && r->broken && !r->superseded)
            tell_unknown(c, r);
    }
    return status;
}

lede_status lede_reconcile(lede_rescues *all, bool by_files,
                           const lede_schema *schema, lede_stages *stages,
                           lede_error *err)
{
    reconcile c = {
        .all = all, .schema = schema, .stages = stages, .err = err
    };
    lede_status status;

    lede_budget_init(&c.budget, 0, stages->task.cancel, 0);
    c.segments =
        lede_alloc_array(all->allocator, all->count, sizeof(lede_segment *));
    if (!c.segments)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    for (size_t i = 0; i < all->count; i++)
        c.segments[i] = all->at[i].segment;
    status = decide(&c, by_files);
    lede_release(all->allocator, c.segments,
                 all->count * sizeof(lede_segment *));
    return status;
}
