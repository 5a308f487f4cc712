#include "native/index/rescue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"

void lede_rescues_init(lede_rescues *all, const lede_allocator *allocator)
{
    *all = (lede_rescues){ .allocator = allocator };
    lede_obsolete_init(&all->damaged, allocator);
}

void lede_rescues_fini(lede_rescues *all)
{
    for (size_t i = 0; i < all->count; i++) {
        lede_rescue *r = &all->at[i];

        lede_part_free(r->part);
        lede_segment_release(r->segment);
        lede_live_release(r->live);
        lede_live_release(r->doubt);
        lede_live_release(r->unseen);
    }
    lede_release(all->allocator, all->at, all->capacity * sizeof *all->at);
    lede_obsolete_fini(&all->damaged);
}

static uint64_t generation_of(const char *name)
{
    return strtoull(name, NULL, 16);
}

static lede_rescue *add(lede_rescues *all, const char *name)
{
    lede_rescue *r;

    if (!lede_grow(all->allocator, &all->at, &all->capacity, all->count + 1,
                   sizeof *all->at))
        return NULL;
    r = &all->at[all->count++];
    *r = (lede_rescue){ .generation = generation_of(name),
                        .listed_live = LEDE_LIVE_UNKNOWN,
                        .expected = LEDE_LIVE_UNKNOWN };
    (void)snprintf(r->name, sizeof r->name, "%s", name);
    return r;
}

/* Whatever is not dead in another bitmap as well stays. */
static void kill_dead(lede_live *live, const lede_live *other)
{
    for (uint32_t doc = 0; doc < live->documents; doc++)
        if (!lede_live_has(other, doc))
            (void)lede_live_kill(live, doc);
}

/* Adds what one live file says. Takes ownership of what remains. */
static void take_remains(lede_rescue *r, lede_live_remains *remains)
{
    if (r->live)
        kill_dead(remains->live, r->live);
    lede_live_release(r->live);
    r->live = remains->live;
    if (r->doubt)
        lede_live_release(remains->doubt);
    else
        r->doubt = remains->doubt;
    if (remains->expected != LEDE_LIVE_UNKNOWN)
        r->expected = remains->expected;
    r->bitmap[0] = '\0';
}

/* ---- By the manifest ---- */

static bool is_of(const lede_live *live, const lede_rescue *r,
                  uint32_t documents)
{
    return live && live->segment == r->mark.signature &&
           live->documents == documents;
}

static lede_status list_live(lede_rescues *all, lede_rescue *r, lede_dir *dir,
                             const lede_manifest_segment *listed,
                             const lede_finding *found)
{
    uint32_t documents = r->segment ? lede_segment_documents(r->segment) : 0;
    lede_live_remains remains;
    lede_status status;

    if (!listed->bitmap[0])
        return LEDE_OK;
    if (r->segment && is_of(found->live, r, documents)) {
        (void)snprintf(r->bitmap, sizeof r->bitmap, "%s", listed->bitmap);
        r->bitmap_mark = listed->bitmap_mark;
        r->live = lede_live_hold(found->live);
        return LEDE_OK;
    }
    if (found->live_status == LEDE_OK && !r->whole)
        return LEDE_OK;
    status = lede_obsolete_add(&all->damaged, listed->bitmap);
    if (status != LEDE_OK || !r->whole)
        return status;
    status =
        lede_live_salvage(&remains, dir, listed->bitmap, &listed->bitmap_mark,
                          documents, r->mark.signature, all->allocator);
    if (status == LEDE_OK) {
        take_remains(r, &remains);
        r->expected = listed->live;
    }
    return status;
}

lede_status lede_rescue_listed(lede_rescues *all, lede_dir *dir,
                               const lede_findings *findings, lede_error *err)
{
    lede_status status = LEDE_OK;

    for (uint32_t i = 0;
         i < findings->manifest->segment_count && status == LEDE_OK; i++) {
        const lede_manifest_segment *listed = &findings->manifest->segments[i];
        const lede_finding *found = &findings->segments[i];
        lede_rescue *r = add(all, listed->name);

        if (!r)
            return lede_fail_plain(err, LEDE_ERR_NOMEM);
        r->mark = listed->mark;
        r->listed_live = listed->live;
        r->whole = found->segment_status == LEDE_OK;
        if (found->segment)
            r->segment = lede_segment_hold(found->segment);
        if (!r->whole)
            status = lede_obsolete_add(&all->damaged, listed->name);
        if (status == LEDE_OK)
            status = list_live(all, r, dir, listed, found);
    }
    return lede_fail_plain(err, status);
}

/* ---- By the files there are ---- */

typedef struct listing {
    lede_obsolete segments;
    lede_obsolete lives;
    uint64_t generation;
    uint64_t bytes; /* of segments */
    lede_status status;
} listing;

static void see_file(void *ctx, const char *name, uint64_t length)
{
    listing *l = ctx;
    lede_status status = LEDE_OK;
    bool segment = lede_file_name_is(name, "segment");
    bool live = lede_file_name_is(name, "live");

    if (segment || live || lede_file_name_is(name, "tmp")) {
        if (generation_of(name) > l->generation)
            l->generation = generation_of(name);
    }
    if (segment)
        l->bytes += length;
    if (segment || live)
        status = lede_obsolete_add(segment ? &l->segments : &l->lives, name);
    if (status != LEDE_OK)
        l->status = status;
}

static int by_name(const void *left, const void *right)
{
    return strcmp(left, right);
}

/* In the order of their names, which begin with generations. */
static void sort_names(lede_obsolete *files)
{
    if (files->count > 0)
        qsort(files->names, files->count, sizeof *files->names, by_name);
}

static void begin_listing(listing *l, const lede_allocator *allocator)
{
    *l = (listing){ .status = LEDE_OK };
    lede_obsolete_init(&l->segments, allocator);
    lede_obsolete_init(&l->lives, allocator);
}

static void end_listing(listing *l)
{
    lede_obsolete_fini(&l->segments);
    lede_obsolete_fini(&l->lives);
}

static lede_status list_files(listing *l, lede_dir *dir, lede_error *err)
{
    lede_status status = lede_dir_list(dir, see_file, l, err);

    if (status == LEDE_OK)
        status = lede_fail_plain(err, l->status);
    sort_names(&l->segments);
    sort_names(&l->lives);
    return status;
}

static void see_segment(void *ctx, const char *name, uint64_t length)
{
    bool *has = ctx;

    (void)length;
    *has = *has || lede_file_name_is(name, "segment");
}

lede_status lede_manifest_missing(lede_dir *dir, lede_error *err)
{
    bool has = false;
    lede_status status = lede_dir_list(dir, see_segment, &has, err);

    if (status != LEDE_OK)
        return status;
    if (!has)
        return lede_fail(err, LEDE_ERR_NOT_FOUND, dir->path,
                         "there is no index");
    return lede_fail(err, LEDE_ERR_CORRUPT, dir->path,
                     "there are segments and no manifest: recover it");
}

static void tell(const lede_stages *stages, const char *file,
                 const lede_error *fault)
{
    lede_problem problem = { .file = file,
                             .section = "",
                             .offset = fault->position,
                             .message = fault->message };

    lede_stages_tell(stages, &problem);
}

static lede_status find_segment(lede_rescues *all, lede_dir *dir,
                                const char *name, lede_stages *stages,
                                lede_error *err)
{
    lede_rescue *r = add(all, name);
    lede_error fault;
    lede_status status;

    if (!r)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    lede_error_clear(&fault);
    status = lede_segment_open(&r->segment, dir, name, NULL, NULL,
                               all->allocator, &fault);
    if (lede_is_damage(status, &fault))
        tell(stages, name, &fault);
    if (status == LEDE_OK) {
        r->mark = lede_envelope_mark_of(lede_segment_file(r->segment));
        status = lede_segment_check(r->segment, &stages->task, &fault);
        lede_stages_next(stages, 2 * r->mark.length);
    }
    r->whole = status == LEDE_OK;
    if (lede_is_damage(status, &fault))
        status = lede_obsolete_add(&all->damaged, name);
    if (status != LEDE_OK && err)
        *err = fault;
    return lede_fail_plain(err, status);
}

/* ---- Live files without a manifest ---- */

/* A live file, by what its first bytes say, be they damaged or not. */
typedef struct stray {
    const char *name;
    uint64_t generation;
    uint64_t length;
    uint32_t documents;
    uint64_t segment;
    lede_live *live; /* NULL: damaged */
    lede_envelope_mark mark;
} stray;

static lede_status read_stray(stray *s, lede_dir *dir, const char *name,
                              const lede_stages *stages,
                              const lede_allocator *allocator)
{
    lede_live_face face;
    lede_error fault;
    lede_status status;

    *s = (stray){ .name = name, .generation = generation_of(name) };
    lede_error_clear(&fault);
    status = lede_live_peek(&face, dir, name, allocator, &fault);
    if (status == LEDE_OK) {
        s->length = face.length;
        s->documents = face.documents;
        s->segment = face.segment;
        s->mark = face.mark;
        status = s->length == lede_live_file_length(s->documents)
                     ? lede_live_read(&s->live, dir, name, &face.mark,
                                      face.documents, allocator, &fault)
                     : lede_fail(&fault, LEDE_ERR_CORRUPT, name, "damaged");
    }
    if (!lede_is_damage(status, &fault))
        return status;
    tell(stages, name, &fault);
    return LEDE_OK;
}

static lede_status doubt(lede_rescue *r, const stray *s, lede_dir *dir,
                         const lede_allocator *allocator)
{
    lede_live_remains remains;
    lede_status status = lede_live_salvage(&remains, dir, s->name, NULL,
                                           lede_segment_documents(r->segment),
                                           r->mark.signature, allocator);

    if (status == LEDE_OK)
        take_remains(r, &remains);
    return status;
}

/* Of live files of one segment the newest is its own; what is dead in any of
 * them is dead. */
static lede_status take_whole(lede_rescue *r, const stray *s,
                              const lede_allocator *allocator)
{
    lede_live *both = NULL;
    lede_status status;

    if (!r->live) {
        r->live = lede_live_hold(s->live);
        (void)snprintf(r->bitmap, sizeof r->bitmap, "%s", s->name);
        r->bitmap_mark = s->mark;
        r->bitmap_generation = s->generation;
        return LEDE_OK;
    }
    status = lede_live_copy(&both, s->live, allocator);
    if (status != LEDE_OK)
        return status;
    kill_dead(both, r->live);
    lede_live_release(r->live);
    r->live = both;
    r->bitmap[0] = '\0';
    r->bitmap_generation = s->generation;
    return LEDE_OK;
}

/* Whether a live file is of a segment: surely, or as far as can be known. */
static bool may_be_of(const lede_rescue *r, const stray *s, bool surely)
{
    uint32_t documents;

    if (!r->segment || r->generation > s->generation)
        return false;
    documents = lede_segment_documents(r->segment);
    if (surely)
        return s->segment == r->mark.signature &&
               (!s->live || s->documents == documents);
    return s->length == lede_live_file_length(documents);
}

/* Gives a live file to its segment; a damaged one, which may be of several, to
 * those that have no newer one. Whole ones come first. */
static lede_status give(lede_rescues *all, const stray *s, lede_dir *dir,
                        bool *given)
{
    lede_status status = LEDE_OK;
    bool surely = false;

    *given = false;
    for (size_t i = 0; i < all->count; i++)
        surely = surely || may_be_of(&all->at[i], s, true);
    for (size_t i = 0; i < all->count && status == LEDE_OK; i++) {
        lede_rescue *r = &all->at[i];

        if (!may_be_of(r, s, surely || s->live))
            continue;
        *given = true;
        if (s->live)
            status = take_whole(r, s, all->allocator);
        else if (r->whole && r->bitmap_generation <= s->generation)
            status = doubt(r, s, dir, all->allocator);
    }
    return status;
}

/* A live file that may be of any segment. */
static lede_status leave(lede_rescues *all, const stray *s,
                         const lede_stages *stages)
{
    lede_error fault;

    (void)lede_fail(&fault, LEDE_ERR_CORRUPT, s->name,
                    "of no segment that is known: what it deleted may be back");
    tell(stages, s->name, &fault);
    return lede_obsolete_add(&all->damaged, s->name);
}

static lede_status find_live(lede_rescues *all, const char *name, bool whole,
                             bool *taken, lede_dir *dir,
                             const lede_stages *stages)
{
    lede_stages silent = *stages;
    bool given = false;
    stray s;
    lede_status status;

    if (whole)
        silent.outer = NULL; /* what is wrong is told the second time */
    status = read_stray(&s, dir, name, &silent, all->allocator);
    if (status == LEDE_OK && (s.live || !whole))
        status = give(all, &s, dir, &given);
    *taken = s.live != NULL;
    if (status == LEDE_OK && !s.live && !whole)
        status = given ? lede_obsolete_add(&all->damaged, name)
                       : leave(all, &s, stages);
    lede_live_release(s.live);
    return status;
}

static lede_status find_lives(lede_rescues *all, const lede_obsolete *lives,
                              lede_dir *dir, const lede_stages *stages)
{
    bool *taken = lede_alloc_zero(all->allocator, lives->count * sizeof *taken);
    lede_status status = taken ? LEDE_OK : LEDE_ERR_NOMEM;

    for (size_t i = 0; i < 2 * lives->count && status == LEDE_OK; i++) {
        size_t at = i % lives->count;

        if (!taken[at])
            status = find_live(all, lives->names[at], i < lives->count,
                               &taken[at], dir, stages);
    }
    lede_release(all->allocator, taken, lives->count * sizeof *taken);
    return status;
}

static lede_status find_all(lede_rescues *all, const listing *l, lede_dir *dir,
                            lede_stages *stages, lede_error *err)
{
    lede_status status = LEDE_OK;

    for (size_t i = 0; i < l->segments.count && status == LEDE_OK; i++)
        status = find_segment(all, dir, l->segments.names[i], stages, err);
    if (status == LEDE_OK)
        status = find_lives(all, &l->lives, dir, stages);
    return lede_fail_plain(err, status);
}

lede_status lede_rescue_found(lede_rescues *all, lede_dir *dir,
                              lede_stages *stages, lede_error *err)
{
    listing l;
    lede_status status;

    begin_listing(&l, all->allocator);
    status = list_files(&l, dir, err);
    all->generation = l.generation;
    stages->total = 2 * l.bytes;
    if (status == LEDE_OK)
        status = find_all(all, &l, dir, stages, err);
    end_listing(&l);
    return status;
}
