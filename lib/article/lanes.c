#include "article/lanes.h"

#include <inttypes.h>
#include <pthread.h>

#include "base/alloc.h"
#include "base/error.h"

/* Articles that may wait. */
#define JOBS 512U

/* For each lane that works so much must wait before the next begins, or this
 * share of the queue. */
#define LOAD_BYTES ((uint64_t)1 << 20)
#define LOAD_SHARE 4U

/* A document of more than this share of the queue is not left to wait. */
#define LARGE_SHARE 4U

/* What an article takes beside its values. */
#define JOB_BYTES 512U

/* A document that takes more is not kept for the next one. */
#define KEPT_BYTES ((uint64_t)1 << 20)

/* Tells whoever awaits one article how it ended. */
typedef struct verdict {
    bool known;
    lede_status status;
    lede_error err;
} verdict;

typedef struct job {
    lede_buffer key;
    lede_document *document; /* to be put, if `puts`; else spare, or NULL */
    bool puts;
    uint64_t sequence;
    uint64_t bytes;
    verdict *verdict; /* NULL: nobody waits */
} job;

typedef struct lane {
    lede_lanes *lanes;
    uint32_t at;
    pthread_t thread;
    bool started;
    bool asleep;
    pthread_cond_t work;
    lede_analysis *analysis;
    job job; /* at hand */
} lane;

struct lede_lanes {
    lede_lanes_settings settings;
    lane *lanes;
    uint32_t made; /* lanes that can be ended */
    pthread_cond_t room;
    pthread_cond_t rest;   /* a lane ended a job */
    pthread_mutex_t mutex; /* over all below */
    job *jobs;             /* a ring */
    uint32_t head;
    uint32_t count;
    uint64_t bytes; /* waiting */
    uint32_t busy;  /* lanes with a job */
    bool stopped;
    lede_status failed;
    lede_error why;
    lede_analysis_counts counts;
};

/* ---- In a lane ---------------------------------------------------------- */

static void add_counts(lede_analysis_counts *to,
                       const lede_analysis_counts *from)
{
    to->text_bytes += from->text_bytes;
    to->tokens += from->tokens;
    to->skipped_tokens += from->skipped_tokens;
    to->invalid_bytes += from->invalid_bytes;
}

static lede_status name_limit(const lane *l, lede_status status,
                              lede_error *err)
{
    if (status != LEDE_ERR_LIMIT ||
        l->analysis->source.status != LEDE_ERR_LIMIT)
        return lede_fail_plain(err, status);
    return lede_analysis_limit(l->lanes->settings.limits, err);
}

/* Applies the job at hand. */
static lede_status apply(lane *l, lede_error *err)
{
    const lede_lanes_settings *settings = &l->lanes->settings;
    lede_engine_change change = { .key = lede_buffer_bytes(&l->job.key),
                                  .sequence = l->job.sequence };
    lede_status status = LEDE_OK;

    if (l->job.puts) {
        status = lede_analysis_start(l->analysis, l->job.document, err);
        change.document = l->analysis->document;
        change.schema = settings->schema;
        change.tokens = &l->analysis->source;
        change.text_bytes = l->analysis->counts.text_bytes;
    }
    if (status != LEDE_OK)
        return status;
    status = settings->engine->apply(settings->writer, l->at, &change, err);
    return status == LEDE_OK ? LEDE_OK : name_limit(l, status, err);
}

static void drop_large(job *j)
{
    if (j->document && lede_document_bytes(j->document) > KEPT_BYTES) {
        lede_document_free(j->document);
        j->document = NULL;
    }
}

/* Under the mutex. A verdict is for the one who waits for it; unless it is a
 * failure of the writer. */
static void settle(lane *l, lede_status status, const lede_error *err)
{
    lede_lanes *lanes = l->lanes;
    verdict *v = l->job.verdict;
    bool refused = status == LEDE_ERR_INVALID || status == LEDE_ERR_LIMIT;

    if (status == LEDE_OK && l->job.puts)
        add_counts(&lanes->counts, &l->analysis->counts);
    if (status != LEDE_OK && lanes->failed == LEDE_OK && !(v && refused)) {
        lanes->failed = status;
        lanes->why = *err;
    }
    if (v) {
        v->known = true;
        v->status = status;
        v->err = *err;
    }
}

/* Takes the next job, which is there; under the mutex. */
static void take_job(lane *l)
{
    lede_lanes *lanes = l->lanes;
    job *next = &lanes->jobs[lanes->head], spare = l->job;

    l->job = *next;
    *next = spare;
    lanes->head = (lanes->head + 1) % JOBS;
    lanes->count--;
    lanes->bytes -= l->job.bytes;
    lanes->busy++;
    (void)pthread_cond_signal(&lanes->room);
}

/* With the mutex held, which is let go meanwhile. */
static void do_job(lane *l)
{
    lede_lanes *lanes = l->lanes;
    lede_error err;
    lede_status status = lanes->failed;

    lede_error_clear(&err);
    if (status == LEDE_OK) {
        (void)pthread_mutex_unlock(&lanes->mutex);
        status = apply(l, &err);
        (void)pthread_mutex_lock(&lanes->mutex);
    } else {
        err = lanes->why;
    }
    settle(l, status, &err);
    drop_large(&l->job);
    lanes->busy--;
    (void)pthread_cond_signal(&lanes->rest);
}

/* Whether enough waits for this lane to work too. */
static bool is_wanted(const lede_lanes *lanes, uint32_t at)
{
    uint64_t share = lanes->settings.queue_bytes / LOAD_SHARE;
    uint64_t load = share < LOAD_BYTES ? share : LOAD_BYTES;

    return lanes->count > 0 &&
           (at == 0 || lanes->bytes >= at * load || lanes->count == JOBS);
}

static void *work(void *ctx)
{
    lane *l = ctx;
    lede_lanes *lanes = l->lanes;

    (void)pthread_mutex_lock(&lanes->mutex);
    while (!lanes->stopped) {
        if (is_wanted(lanes, l->at)) {
            take_job(l);
            do_job(l);
        } else {
            l->asleep = true;
            (void)pthread_cond_wait(&l->work, &lanes->mutex);
            l->asleep = false;
        }
    }
    (void)pthread_mutex_unlock(&lanes->mutex);
    return NULL;
}

/* ---- Making and freeing ------------------------------------------------- */

static lede_status make_lane(lede_lanes *lanes, uint32_t at)
{
    const lede_lanes_settings *settings = &lanes->settings;
    lane *l = &lanes->lanes[at];

    l->lanes = lanes;
    l->at = at;
    if (pthread_cond_init(&l->work, NULL) != 0)
        return LEDE_ERR_NOMEM;
    lanes->made++;
    lede_buffer_init(&l->job.key, settings->allocator);
    return lede_analysis_new(&l->analysis, settings->schema, settings->limits,
                             settings->allocator);
}

static bool make_conditions(lede_lanes *lanes)
{
    if (pthread_mutex_init(&lanes->mutex, NULL) != 0)
        return false;
    if (pthread_cond_init(&lanes->room, NULL) == 0) {
        if (pthread_cond_init(&lanes->rest, NULL) == 0)
            return true;
        (void)pthread_cond_destroy(&lanes->room);
    }
    (void)pthread_mutex_destroy(&lanes->mutex);
    return false;
}

static void free_job(job *j)
{
    lede_buffer_fini(&j->key);
    lede_document_free(j->document);
}

static void free_all(lede_lanes *lanes)
{
    const lede_allocator *allocator = lanes->settings.allocator;
    uint32_t count = lanes->settings.count;

    for (uint32_t i = 0; i < lanes->made; i++) {
        lede_analysis_free(lanes->lanes[i].analysis);
        free_job(&lanes->lanes[i].job);
        (void)pthread_cond_destroy(&lanes->lanes[i].work);
    }
    for (uint32_t i = 0; lanes->jobs && i < JOBS; i++)
        free_job(&lanes->jobs[i]);
    lede_release(allocator, lanes->lanes, count * sizeof *lanes->lanes);
    lede_release(allocator, lanes->jobs, JOBS * sizeof *lanes->jobs);
    lede_release(allocator, lanes, sizeof *lanes);
}

lede_status lede_lanes_new(lede_lanes **out,
                           const lede_lanes_settings *settings)
{
    const lede_allocator *allocator = settings->allocator;
    lede_lanes *lanes = lede_alloc_zero(allocator, sizeof *lanes);
    lede_status status = LEDE_OK;

    if (!lanes)
        return LEDE_ERR_NOMEM;
    lanes->settings = *settings;
    lanes->lanes =
        lede_alloc_zero(allocator, settings->count * sizeof *lanes->lanes);
    lanes->jobs = lede_alloc_zero(allocator, JOBS * sizeof *lanes->jobs);
    if (!lanes->lanes || !lanes->jobs)
        status = LEDE_ERR_NOMEM;
    for (uint32_t i = 0; lanes->jobs && i < JOBS; i++)
        lede_buffer_init(&lanes->jobs[i].key, allocator);
    for (uint32_t i = 0; i < settings->count && status == LEDE_OK; i++)
        status = make_lane(lanes, i);
    if (status == LEDE_OK && !make_conditions(lanes))
        status = LEDE_ERR_NOMEM;
    if (status == LEDE_OK)
        *out = lanes;
    else
        free_all(lanes);
    return status;
}

void lede_lanes_free(lede_lanes *lanes)
{
    if (!lanes)
        return;
    (void)pthread_mutex_lock(&lanes->mutex);
    lanes->stopped = true;
    for (uint32_t i = 0; i < lanes->made; i++)
        (void)pthread_cond_signal(&lanes->lanes[i].work);
    (void)pthread_mutex_unlock(&lanes->mutex);
    for (uint32_t i = 0; i < lanes->made; i++)
        if (lanes->lanes[i].started)
            (void)pthread_join(lanes->lanes[i].thread, NULL);
    (void)pthread_cond_destroy(&lanes->room);
    (void)pthread_cond_destroy(&lanes->rest);
    (void)pthread_mutex_destroy(&lanes->mutex);
    free_all(lanes);
}

/* ---- The queue ---------------------------------------------------------- */

static bool is_idle(const lede_lanes *lanes)
{
    return lanes->count == 0 && lanes->busy == 0;
}

static void await_idle(lede_lanes *lanes)
{
    while (!is_idle(lanes))
        (void)pthread_cond_wait(&lanes->rest, &lanes->mutex);
}

static lede_status tell_failure(const lede_lanes *lanes, lede_error *err)
{
    if (lanes->failed != LEDE_OK && err)
        *err = lanes->why;
    return lanes->failed;
}

/* Sees to it that what waits is worked on: wakes a lane, or starts one. Where
 * there is no thread to be had, the calling one does the work. */
static void call_lanes(lede_lanes *lanes)
{
    for (uint32_t i = 0; i < lanes->made && is_wanted(lanes, i); i++) {
        lane *l = &lanes->lanes[i];

        if (l->asleep)
            (void)pthread_cond_signal(&l->work);
        else if (!l->started)
            l->started = pthread_create(&l->thread, NULL, work, l) == 0;
    }
    while (!lanes->lanes[0].started && lanes->count > 0) {
        take_job(&lanes->lanes[0]);
        do_job(&lanes->lanes[0]);
    }
}

static bool has_room(const lede_lanes *lanes, uint64_t bytes)
{
    return lanes->count == 0 ||
           (lanes->count < JOBS &&
            lanes->bytes + bytes <= lanes->settings.queue_bytes);
}

/* Puts a job at the end of the ring; under the mutex. */
static lede_status add_job(lede_lanes *lanes, lede_bytes key, uint64_t sequence,
                           lede_analysis *analysis, verdict *v)
{
    job *j = &lanes->jobs[(lanes->head + lanes->count) % JOBS];

    lede_buffer_clear(&j->key);
    lede_put(&j->key, key.at, key.len);
    if (j->key.status != LEDE_OK)
        return LEDE_ERR_NOMEM;
    j->puts = analysis != NULL;
    j->sequence = sequence;
    j->bytes = key.len + JOB_BYTES;
    j->verdict = v;
    if (analysis) {
        lede_status status = lede_analysis_take(analysis, &j->document);

        if (status != LEDE_OK)
            return status;
        j->bytes += lede_document_bytes(j->document);
    }
    lanes->count++;
    lanes->bytes += j->bytes;
    call_lanes(lanes);
    return LEDE_OK;
}

/* Whether its words may turn out to be too many, or it is too large to wait. */
static bool must_await(const lede_lanes *lanes, const lede_analysis *analysis)
{
    uint64_t bytes, most;

    if (!analysis)
        return false;
    bytes = lede_document_bytes(analysis->document);
    /* A byte begins two tokens at most, as in a compound of letters. */
    most = 2 * bytes + lede_document_count(analysis->document) *
                           (uint64_t)LEDE_POSITION_GAP;
    return most > lanes->settings.limits->document_tokens ||
           bytes > lanes->settings.queue_bytes / LARGE_SHARE;
}

lede_status lede_lanes_put(lede_lanes *lanes, lede_bytes key, uint64_t sequence,
                           lede_analysis *analysis, lede_error *err)
{
    bool waits = must_await(lanes, analysis);
    uint64_t bytes = key.len + JOB_BYTES;
    verdict v = { .known = false };
    lede_status status;

    lede_error_clear(&v.err);
    if (analysis)
        bytes += lede_document_bytes(analysis->document);
    (void)pthread_mutex_lock(&lanes->mutex);
    if (waits)
        await_idle(lanes);
    while (!has_room(lanes, bytes))
        (void)pthread_cond_wait(&lanes->room, &lanes->mutex);
    status = tell_failure(lanes, err);
    if (status == LEDE_OK)
        status = lede_fail_plain(
            err, add_job(lanes, key, sequence, analysis, waits ? &v : NULL));
    while (status == LEDE_OK && waits && !v.known)
        (void)pthread_cond_wait(&lanes->rest, &lanes->mutex);
    (void)pthread_mutex_unlock(&lanes->mutex);
    if (v.known && v.status != LEDE_OK && err)
        *err = v.err;
    return v.known ? v.status : status;
}

lede_status lede_lanes_drain(lede_lanes *lanes, lede_error *err)
{
    lede_status status;

    (void)pthread_mutex_lock(&lanes->mutex);
    await_idle(lanes);
    status = tell_failure(lanes, err);
    (void)pthread_mutex_unlock(&lanes->mutex);
    return status;
}

void lede_lanes_discard(lede_lanes *lanes)
{
    (void)pthread_mutex_lock(&lanes->mutex);
    lanes->count = 0;
    lanes->bytes = 0;
    await_idle(lanes);
    lanes->failed = LEDE_OK;
    lede_error_clear(&lanes->why);
    (void)pthread_mutex_unlock(&lanes->mutex);
}

void lede_lanes_set_schema(lede_lanes *lanes, const lede_schema *schema)
{
    (void)pthread_mutex_lock(&lanes->mutex);
    lanes->settings.schema = schema;
    for (uint32_t i = 0; i < lanes->made; i++)
        lede_analysis_set_schema(lanes->lanes[i].analysis, schema);
    (void)pthread_mutex_unlock(&lanes->mutex);
}

lede_analysis_counts lede_lanes_counts(lede_lanes *lanes)
{
    lede_analysis_counts counts;

    (void)pthread_mutex_lock(&lanes->mutex);
    counts = lanes->counts;
    (void)pthread_mutex_unlock(&lanes->mutex);
    return counts;
}
