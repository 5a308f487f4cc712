#include "native/index/merges.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "base/alloc.h"
#include "base/error.h"
#include "native/index/merge_job.h"

/* Failures in a row after which no more is tried. */
#define FAILURES_MAX 3U

/* Seconds without a commit after which an index rests. */
#define REST_AFTER_S 10

/* ---- Failures ----------------------------------------------------------- */

static void tell(const lede_native_place *place, const lede_error *fault)
{
    char line[640];

    if (!place->log)
        return;
    (void)snprintf(line, sizeof line, "a merge failed: %s (%s)", fault->message,
                   fault->where);
    place->log(place->log_ctx, LEDE_LOG_ERROR, line);
}

static void judge(lede_merges *m, lede_status status, const lede_error *fault)
{
    if (m->draft->poisoned)
        (void)lede_draft_fail(m->draft, status, fault);
    if (status == LEDE_OK)
        m->in_row = 0;
    if (status == LEDE_OK || status == LEDE_ERR_CANCELLED)
        return;
    m->failures++;
    m->in_row++;
    m->waits = true;
    tell(m->draft->place, fault);
}

/* ---- Of the draft ------------------------------------------------------- */

static lede_status merge(lede_draft *draft, lede_part *const *parts,
                         uint32_t count, bool afresh, const lede_task *task,
                         lede_part **made, lede_error *err)
{
    char name[LEDE_DIR_NAME_MAX + 1];
    lede_merge m = {
        .parts = parts,
        .count = count,
        .target = { draft->place->dir, name, draft->schema, draft->forms },
        .sync = lede_draft_is_synced(draft),
        .task = task,
        .afresh = afresh,
        .hold_bytes = afresh ? draft->alone_bytes : draft->hold_bytes,
        .allocator = draft->place->allocator,
    };
    lede_status status = lede_draft_name(draft, name, "segment");

    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    status = lede_merge_parts(made, &m, err);
    if (status != LEDE_OK)
        (void)lede_dir_unlink(draft->place->dir, name, NULL);
    return status;
}

static lede_status merge_pick(lede_draft *draft, const lede_merge_pick *pick,
                              const lede_task *task, lede_error *err)
{
    lede_part *parts[LEDE_MERGE_MOST], *made = NULL;
    lede_status status;

    for (uint32_t i = 0; i < pick->count; i++)
        parts[i] = draft->parts.at[pick->at[i]];
    status = merge(draft, parts, pick->count, false, task, &made, err);
    if (status == LEDE_OK)
        lede_parts_replace(&draft->parts, pick, made);
    return status;
}

static bool choose(lede_merge_pick *pick, const lede_draft *draft)
{
    const lede_parts *parts = &draft->parts;
    lede_merge_candidate *candidates;
    bool due;

    if (parts->count == 0)
        return false;
    candidates = lede_alloc_array(draft->place->allocator, parts->count,
                                  sizeof *candidates);
    if (!candidates)
        return false;
    for (uint32_t i = 0; i < parts->count; i++)
        candidates[i] = lede_merge_candidate_of(&parts->at[i]->entry);
    due = lede_merge_choose(pick, candidates, parts->count, &draft->rules);
    lede_release(draft->place->allocator, candidates,
                 parts->count * sizeof *candidates);
    return due;
}

void lede_merges_due(lede_merges *m)
{
    lede_merge_pick pick;
    lede_status status = LEDE_OK;

    m->waits = false;
    while (!m->threaded && m->in_row < FAILURES_MAX && status == LEDE_OK &&
           choose(&pick, m->draft)) {
        lede_error fault;

        lede_error_clear(&fault);
        status = merge_pick(m->draft, &pick, NULL, &fault);
        judge(m, status, &fault);
    }
}

lede_status lede_merges_renew(lede_merges *m, const lede_task *task,
                              lede_error *err)
{
    lede_draft *draft = m->draft;
    uint64_t version = lede_forms_version(draft->forms);
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; i < draft->parts.count && status == LEDE_OK; i++) {
        lede_merge_pick pick = { .at = { i }, .count = 1 };

        if (draft->parts.at[i]->forms_version != version)
            status = merge_pick(draft, &pick, task, err);
    }
    return status;
}

static bool is_one(const lede_parts *parts)
{
    const lede_manifest_segment *first =
        parts->count ? &parts->at[0]->entry : NULL;

    return !first || (parts->count == 1 && first->live == first->documents);
}

lede_status lede_merges_all(lede_merges *m, bool *worked, const lede_task *task,
                            lede_error *err)
{
    lede_parts *parts = &m->draft->parts;
    lede_part *made = NULL;
    lede_status status;

    *worked = false;
    if (task && lede_cancel_is_set(task->cancel))
        return lede_fail_plain(err, LEDE_ERR_CANCELLED);
    if (is_one(parts))
        return LEDE_OK;
    status = merge(m->draft, parts->at, parts->count, true, task, &made, err);
    if (status != LEDE_OK)
        return status;
    lede_parts_clear(parts);
    parts->at[parts->count++] = made;
    *worked = true;
    return LEDE_OK;
}

/* ---- Of the last commit ------------------------------------------------- */

/* Whether there is something to do, and nothing against it. A commit comes
 * first where forms are to be renewed, or what was left unsynced is to be
 * synced, which takes long. */
static bool may_start(const lede_merges *m, lede_merge_pick *pick)
{
    const lede_draft *draft = m->draft;

    return !m->paused && !m->waits && m->in_row < FAILURES_MAX &&
           !draft->poisoned &&
           lede_forms_version(draft->forms) == draft->now->forms_version &&
           (lede_manifest_is_synced(draft->now) ||
            !lede_draft_is_synced(draft)) &&
           lede_merge_is_due(pick, draft);
}

static void work(lede_merges *m, const lede_merge_pick *pick)
{
    lede_draft *draft = m->draft;
    lede_merge_job job;
    lede_error fault;
    lede_status status;

    lede_error_clear(&fault);
    status = lede_merge_job_begin(&job, draft, pick, &fault);
    job.bytes = &m->bytes;
    (void)pthread_mutex_unlock(&draft->mutex);
    if (status == LEDE_OK)
        status = lede_merge_job_run(&job, m->cancel, &fault);
    atomic_store_explicit(&m->bytes, 0, memory_order_relaxed);
    (void)pthread_mutex_lock(&draft->mutex);
    if (status == LEDE_OK && !draft->poisoned && lede_draft_is_open(draft))
        status = lede_merge_job_commit(&job, draft, &fault);
    judge(m, status, &fault);
    lede_merge_job_end(&job);
}

/* Nothing is due: waits, and where nothing comes for long, lets the index be
 * made as small as one that rests. */
static void wait_or_rest(lede_merges *m)
{
    pthread_mutex_t *mutex = &m->draft->mutex;
    struct timespec until;

    if (m->draft->rules.at_rest) {
        (void)pthread_cond_wait(&m->woken, mutex);
        return;
    }
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += REST_AFTER_S;
    if (pthread_cond_timedwait(&m->woken, mutex, &until) == ETIMEDOUT)
        m->draft->rules.at_rest = true;
}

static void *run(void *ctx)
{
    lede_merges *m = ctx;
    lede_merge_pick pick;

    (void)pthread_mutex_lock(&m->draft->mutex);
    for (;;) {
        while (may_start(m, &pick)) {
            m->busy = true;
            work(m, &pick);
            m->busy = false;
        }
        (void)pthread_cond_broadcast(&m->rested);
        if (m->closing)
            break;
        wait_or_rest(m);
    }
    (void)pthread_mutex_unlock(&m->draft->mutex);
    return NULL;
}

void lede_merges_wake(lede_merges *m)
{
    m->draft->rules.at_rest = false;
    m->waits = false;
    (void)pthread_cond_signal(&m->woken);
}

void lede_merges_pause(lede_merges *m)
{
    m->paused = true;
    lede_cancel_set(m->cancel);
    while (m->busy)
        (void)pthread_cond_wait(&m->rested, &m->draft->mutex);
}

void lede_merges_resume(lede_merges *m)
{
    m->paused = false;
    lede_cancel_clear(m->cancel);
    (void)pthread_cond_signal(&m->woken);
}

uint64_t lede_merges_memory(const lede_merges *m)
{
    return atomic_load_explicit(&m->bytes, memory_order_relaxed);
}

/* ---- The thread --------------------------------------------------------- */

lede_status lede_merges_open(lede_merges *m, lede_draft *draft, bool threaded)
{
    lede_status status;

    *m = (lede_merges){ .draft = draft };
    status = lede_cancel_new(&m->cancel, draft->place->allocator);
    if (status != LEDE_OK)
        return status;
    if (pthread_cond_init(&m->woken, NULL) != 0) {
        lede_cancel_free(m->cancel);
        return LEDE_ERR_NOMEM;
    }
    if (pthread_cond_init(&m->rested, NULL) != 0) {
        (void)pthread_cond_destroy(&m->woken);
        lede_cancel_free(m->cancel);
        return LEDE_ERR_NOMEM;
    }
    /* Without a thread merges are part of commits. */
    m->threaded = threaded && pthread_create(&m->thread, NULL, run, m) == 0;
    return LEDE_OK;
}

void lede_merges_close(lede_merges *m, bool wait)
{
    pthread_mutex_t *mutex = &m->draft->mutex;
    lede_merge_pick pick;

    (void)pthread_mutex_lock(mutex);
    m->closing = true;
    m->draft->rules.at_rest = true;
    if (!wait || m->draft->failed != LEDE_OK) {
        m->paused = true;
        lede_cancel_set(m->cancel);
    }
    while (!m->threaded && may_start(m, &pick))
        work(m, &pick);
    (void)pthread_cond_signal(&m->woken);
    (void)pthread_mutex_unlock(mutex);
    if (m->threaded)
        (void)pthread_join(m->thread, NULL);
    (void)pthread_cond_destroy(&m->woken);
    (void)pthread_cond_destroy(&m->rested);
    lede_cancel_free(m->cancel);
}
