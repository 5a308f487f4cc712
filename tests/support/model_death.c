#include "support/model_inside.h"

#include <stdlib.h>
#include <string.h>

#include "native/index/manifest.h"
#include "native/index/recover.h"
#include "support/dir_copy.h"
#include "support/native_at.h"

/* One of so many damaged states is recovered. */
#define SALVAGE_EVERY 16U

/* ---- Deaths ------------------------------------------------------------- */

/* Nothing is there but what the commit names; or what the last one that was
 * synced may. */
static void expect_no_leftovers(model *m)
{
    lede_manifest *manifest = NULL;
    dir_name_list *there = dir_names(m->here->memory);

    if (lede_manifest_read(&manifest, m->here->memory, NULL, NULL) != LEDE_OK)
        model_complain(m, "there is no manifest");
    for (uint32_t i = 0;
         manifest && lede_manifest_is_synced(manifest) && i < there->count; i++)
        if (strcmp(there->at[i], LEDE_MANIFEST_NAME) != 0 &&
            strcmp(there->at[i], LEDE_LOCK_NAME) != 0 &&
            !lede_manifest_names(manifest, there->at[i]))
            model_complain(m, "%s was left behind", there->at[i]);
    lede_manifest_release(manifest);
    free(there);
}

void model_open_again(model *m)
{
    lede_error err;
    lede_status status = model_open_handles(m, &err);
    bool struck = model_is_struck(m);

    if (status != LEDE_OK && (!struck || status == LEDE_ERR_CORRUPT))
        model_complain(m, "opening says %s: %s", lede_status_name(status),
                       err.message);
    if (status != LEDE_OK) {
        model_heal(m);
        model_close_handles(m);
        status = model_open_handles(m, &err);
    }
    if (status != LEDE_OK) {
        model_complain(m, "opening again says %s: %s", lede_status_name(status),
                       err.message);
        m->ended = true;
    }
    m->now = m->last;
    m->failed = LEDE_OK;
    m->tainted = false;
    model_expect_last(m);
    model_notice(m);
    if (!m->ended && !struck && m->durability == LEDE_DURABLE)
        expect_no_leftovers(m);
}

void model_reopen(model *m, uint32_t durability, uint32_t manner)
{
    model_close_handles(m);
    (void)model_is_struck(m);
    model_notice(m);
    m->durability = (lede_durability)(durability % 3);
    m->flushes = (manner & 1) != 0;
    m->merges = (manner & 2) != 0;
    model_open_again(m);
}

void model_kill_process(model *m)
{
    lede_dir *image = dir_copy(m->here->memory);

    model_bury(m);
    model_enter(m, image);
    model_begin_history(m);
    if (model_open_other(m) == LEDE_OK)
        (void)lede_index_generation(m->other, &m->generation, NULL);
    model_open_again(m);
}

/* The commits that may be there after a crash, and whether damage may be. */
typedef struct range {
    uint32_t least, most;
    bool loose;
} range;

static range range_of(const model *m, const crash_point *at)
{
    uint32_t noted = (uint32_t)at->noted;
    range r = { 0, noted + 1, false };

    while (r.most < m->commits && !m->history[r.most].acknowledged)
        r.most++;
    if (r.most >= m->commits)
        r.most = m->commits - 1;
    for (uint32_t i = 1; i <= noted; i++)
        if (m->history[i].acknowledged &&
            m->history[i].durability == LEDE_DURABLE)
            r.least = i;
    for (uint32_t i = r.least + 1; i <= r.most; i++)
        r.loose = r.loose || m->history[i].durability == LEDE_NOT_DURABLE;
    if (!r.loose && at->settled > r.least)
        r.least = (uint32_t)at->settled;
    if (at->whole)
        r = (range){ noted, r.most, false };
    return r;
}

/* Finds the newest commit that may be there. Without syncs damage may be, but
 * it is told. */
static lede_status find_commit(model *m, const range *r, picture *found,
                               const char **message)
{
    lede_status status = LEDE_OK;

    *message = "";
    for (uint32_t i = r->most + 1; i-- > r->least;) {
        status = model_look_at(m, &m->history[i].picture, message);
        if (status == LEDE_OK && !(*message)[0])
            *found = m->history[i].picture;
        if (status != LEDE_OK || !(*message)[0])
            break;
    }
    return status;
}

/* After a failed sync of the directory nobody knows what will ever be there. */
static bool is_in_doubt(const dir_log *log)
{
    for (size_t i = 0; i < log->count; i++)
        if (log->records[i].kind == DIR_RECORD_DIR_SYNC &&
            log->records[i].failed)
            return true;
    return false;
}

static bool is_empty(const picture *p)
{
    uint32_t k = 0;

    while (k < PICTURE_KEYS && !p->value[k])
        k++;
    return k == PICTURE_KEYS;
}

/* What is damaged can be recovered: the rest, and nothing that never was. Where
 * the last synced commit has no segment, nothing may be left. By names that
 * were not drawn before, beside files of commits that were lost. */
static void salvage(model *m, lede_dir *dir)
{
    lede_error err;
    picture there;
    uint64_t generation;
    lede_status status = lede_native_recover(dir, NULL, NULL, &err);

    if (status == LEDE_ERR_CORRUPT && is_empty(&m->synced))
        return;
    if (status == LEDE_OK)
        status = native_at_picture(&there, &generation, dir, &err);
    if (status != LEDE_OK) {
        model_complain(m, "after recover: %s: %s: %s", lede_status_name(status),
                       err.where, err.message);
        return;
    }
    for (uint32_t k = 0; k < PICTURE_KEYS; k++)
        if (there.value[k] && !(m->ever[k] >> there.value[k] % 64 & 1))
            model_complain(m, "recover brings n=%u by k%u, which never was",
                           there.value[k], k);
    m->counts->salvaged++;
}

void model_crash(model *m, uint32_t seed)
{
    const char *message;
    crash_point at;
    lede_dir *image;
    lede_status status;
    range r;

    if (is_in_doubt(&m->here->log)) {
        model_kill_process(m);
        return;
    }
    image = crash_sample(&m->here->log, seed, &at);
    r = range_of(m, &at);
    model_bury(m);
    model_enter(m, image);
    status = find_commit(m, &r, &m->last, &message);
    m->ended = r.loose && status != LEDE_OK;
    if (m->ended)
        salvage(m, m->here->faulty);
    if (m->ended)
        return;
    if (status != LEDE_OK)
        model_complain(m, "after the crash a reader gets %s",
                       lede_status_name(status));
    else if (message[0])
        model_complain(m,
                       "after the crash no commit from %u to %u is there: %s",
                       r.least, r.most, message);
    if (m->broken)
        return;
    model_begin_history(m);
    m->generation = 0;
    (void)lede_index_generation(m->other, &m->generation, NULL);
    model_open_again(m);
}

/* ---- Crashes of a story ------------------------------------------------- */

const dir_log *model_log(const model *m, size_t *begun_at)
{
    *begun_at = m->begun_at;
    return &m->here->log;
}

bool model_finds(model *m, lede_dir *dir, const crash_point *at, picture *found)
{
    range r = range_of(m, at);
    const char *message = "";
    lede_status status;

    lede_index_close(m->other);
    m->other = NULL;
    m->looking_at = dir;
    status = find_commit(m, &r, found, &message);
    lede_index_close(m->other);
    m->other = NULL;
    m->looking_at = NULL;
    return status == LEDE_OK && !message[0];
}

static bool look_quickly(const model *m, const picture *there, const range *r)
{
    for (uint32_t i = r->least; i <= r->most; i++)
        if (picture_alike(there, &m->history[i].picture))
            return true;
    return false;
}

/* Whether all is there that only a commit with syncs may unlink. */
static bool has_kept(const model *m, lede_dir *dir)
{
    for (uint32_t i = 0; i < m->kept.count; i++) {
        lede_file *file = NULL;

        if (lede_dir_map(dir, &file, m->kept.at[i], NULL) != LEDE_OK)
            return false;
        lede_file_close(file);
    }
    return true;
}

/* Without syncs damage may be, but not all may be lost. A few such states are
 * recovered. */
static bool holds_damaged(model *m, lede_dir *dir, const crash_point *at)
{
    dir_faults none = DIR_FAULTS;
    lede_dir *faulty = NULL;

    if (at->noted >= m->kept_from && !has_kept(m, dir))
        return false;
    if (m->damaged++ % SALVAGE_EVERY != 0)
        return true;
    none.names = SEQUEL_NAMES;
    dir_faulty_open(&faulty, dir, &none);
    salvage(m, faulty);
    lede_dir_close(faulty);
    return !m->broken;
}

bool model_holds(model *m, lede_dir *dir, const crash_point *at, bool *damaged)
{
    range r = range_of(m, at);
    picture there;
    uint64_t generation = 0;
    lede_status status = native_at_picture(&there, &generation, dir, NULL);

    *damaged = status != LEDE_OK;
    if (status == LEDE_ERR_NOT_FOUND && at->operations < m->created_at)
        return true;
    if (status != LEDE_OK)
        return r.loose && holds_damaged(m, dir, at);
    return look_quickly(m, &there, &r) &&
           generation >= m->history[r.least].generation &&
           (!at->whole || model_finds(m, dir, at, &there));
}
