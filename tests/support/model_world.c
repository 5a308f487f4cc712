#include "support/model_inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "native/index/manifest.h"
#include "support/native_at.h"
#include "support/suite.h"

void model_complain(model *m, const char *format, ...)
{
    va_list arguments;

    if (m->broken)
        return;
    m->broken = true;
    m->failure->at = m->at;
    va_start(arguments, format);
    (void)vsnprintf(m->failure->message, sizeof m->failure->message, format,
                    arguments);
    va_end(arguments);
}

/* ---- Failures ----------------------------------------------------------- */

/* Nothing is written where nothing was planned: a merge may look at it. */
void model_heal(model *m)
{
    if (m->here->faults.fail_at)
        m->here->faults.fail_at = 0;
    if (m->larder.fail_at)
        m->larder.fail_at = 0;
}

/* Whether anything failed since the last look. */
bool model_is_struck(model *m)
{
    uint64_t strikes = m->larder.failures;
    bool more;

    for (uint32_t i = 0; i < m->world_count; i++)
        strikes += m->worlds[i]->faults.failures;
    more = strikes > m->strikes;
    m->counts->strikes += strikes - m->strikes;
    m->strikes = strikes;
    m->tainted = m->tainted || more;
    return more;
}

/* ---- Worlds ------------------------------------------------------------- */

#define NAMES_MAX 64U

/* Names of files; a directory cannot be changed while it lists them. */
typedef struct names {
    char at[NAMES_MAX][64];
    uint32_t count;
} names;

static void add_name(void *ctx, const char *name, uint64_t length)
{
    names *all = ctx;

    (void)length;
    if (all->count < NAMES_MAX && strchr(name, '-'))
        (void)snprintf(all->at[all->count++], sizeof all->at[0], "%s", name);
}

/* Whether the newest commit made a file. */
static bool is_new(const lede_manifest *now, const char *name)
{
    char made[32];

    (void)snprintf(made, sizeof made, "%016llx-",
                   (unsigned long long)now->generation);
    return lede_manifest_names(now, name) &&
           strncmp(name, made, strlen(made)) == 0;
}

/* What a writer that does wrong unlinks at once: the files that the newest
 * commit made, or those that it does not name. */
static void unlink_some(void *ctx)
{
    world *w = ctx;
    bool news = w->mutant.kind == MUTANT_DELETES_NEW_ON_UNKNOWN;
    lede_manifest *now = NULL;
    names all = { .count = 0 };

    if (lede_manifest_read(&now, w->memory, NULL, NULL) != LEDE_OK)
        return;
    (void)lede_dir_list(w->memory, add_name, &all, NULL);
    for (uint32_t i = 0; i < all.count; i++)
        if (news ? is_new(now, all.at[i])
                 : !lede_manifest_names(now, all.at[i]))
            (void)lede_dir_unlink(w->recording, all.at[i], NULL);
    lede_manifest_release(now);
}

/* Takes ownership of `memory`. */
void model_enter(model *m, lede_dir *memory)
{
    world *w = calloc(1, sizeof *w);

    ck_assert_ptr_nonnull(w);
    w->memory = memory;
    w->faults = (dir_faults)DIR_FAULTS;
    w->faults.names = (uint64_t)m->world_count << 32;
    dir_faulty_open(&w->faulty, w->memory, &w->faults);
    dir_log_begin(&w->log, w->memory);
    dir_recording_open(&w->recording, w->faulty, &w->log);
    dir_mutant_init(&w->mutant, w->recording, m->mutation);
    w->mutant.on_rename = unlink_some;
    w->mutant.ctx = w;
    w->mutant.gate = &m->gate;
    w->mutant.beside = m->beside;
    m->worlds[m->world_count++] = w;
    m->here = w;
    m->begun_at = w->log.count;
    m->created_at = 0;
}

void model_leave_all(model *m)
{
    for (uint32_t i = 0; i < m->world_count; i++) {
        world *w = m->worlds[i];

        if (w->faults.open_outs)
            model_complain(m, "%llu files were never closed",
                           (unsigned long long)w->faults.open_outs);
        lede_dir_close(w->recording);
        lede_dir_close(w->faulty);
        lede_dir_close(w->memory);
        dir_log_fini(&w->log);
        free(w);
    }
}

lede_status model_open_handles(model *m, lede_error *err)
{
    lede_writer_options options = LEDE_WRITER_OPTIONS;
    lede_status status;

    native_at(&m->here->mutant.face, NULL);
    native_at_writers(m->flushes, m->merges);
    options.threads = 1;
    options.memory_bytes = 8 << 20;
    options.durability = m->durability;
    m->opened_at = m->here->log.count;
    status = lede_index_open(&m->index, NATIVE_AT, &m->options, err);
    if (status == LEDE_OK)
        status = lede_writer_open(&m->writer, m->index, &options, err);
    return status;
}

void model_let_merge(model *m)
{
    if (!gate_let(&m->gate))
        model_complain(m, "a merge does not end");
    if (m->writer) /* the merge has what this waits for, until it rests */
        (void)lede_writer_count(m->writer);
}

/* After a failure merges are stopped, at a moment that nobody knows: so what
 * waits is over before. Else closing waits for it. */
void model_close_handles(model *m)
{
    if (m->failed != LEDE_OK)
        model_let_merge(m);
    gate_open(&m->gate);
    lede_writer_close(m->writer);
    lede_index_close(m->index);
    gate_shut(&m->gate);
    m->writer = NULL;
    m->index = NULL;
}

/* Closes what the dead process had: into a world that nobody looks at. */
void model_bury(model *m)
{
    model_heal(m);
    model_close_handles(m);
    lede_index_close(m->other);
    m->other = NULL;
    m->counts->deaths++;
}

/* The handle of a process that only reads. */
lede_status model_open_other(model *m)
{
    lede_index_options options = m->options;

    if (m->other)
        return LEDE_OK;
    options.allocator = NULL;
    options.flags = LEDE_INDEX_READ_ONLY;
    native_at(m->looking_at ? m->looking_at : m->here->memory, NULL);
    return lede_index_open(&m->other, NATIVE_AT, &options, NULL);
}

/* ---- What must be there ------------------------------------------------- */

lede_status model_look_at(model *m, const picture *p, const char **message)
{
    static char text[PICTURE_TEXT_MAX];
    lede_snapshot *snapshot = NULL;
    lede_status status = model_open_other(m);

    *message = text;
    text[0] = '\0';
    if (status == LEDE_OK)
        status = lede_snapshot_open(&snapshot, m->other, NULL);
    if (status == LEDE_OK)
        status = picture_compare(p, snapshot, m->looks++, text);
    lede_snapshot_close(snapshot);
    return status;
}

void model_expect_last(model *m)
{
    const char *message;
    lede_status status = model_look_at(m, &m->last, &message);

    if (status != LEDE_OK)
        model_complain(m, "a reader gets %s", lede_status_name(status));
    else if (message[0])
        model_complain(m, "%s", message);
}

void model_push(model *m, const picture *p, bool acknowledged)
{
    m->last = *p;
    m->history[m->commits++] =
        (moment){ *p, m->durability, acknowledged, m->generation };
}

void model_keep_names(model *m)
{
    lede_manifest *now = NULL;
    dir_name_list *there;

    if (m->durability == LEDE_NOT_DURABLE ||
        lede_manifest_read(&now, m->here->memory, NULL, NULL) != LEDE_OK)
        return;
    there = dir_names(m->here->memory);
    m->kept.count = 0;
    m->kept_from = m->commits - 1;
    for (uint32_t i = 0; i < there->count; i++)
        if (lede_manifest_names(now, there->at[i]))
            strcpy(m->kept.at[m->kept.count++], there->at[i]);
    free(there);
    lede_manifest_release(now);
}

void model_notice(model *m)
{
    uint64_t generation = m->generation;

    if (model_open_other(m) == LEDE_OK)
        (void)lede_index_generation(m->other, &generation, NULL);
    if (generation > m->generation) {
        model_push(m, &m->last, false);
        m->generation = generation;
        model_keep_names(m);
    }
}

/* From what is there, as if it had been there for good. */
void model_begin_history(model *m)
{
    m->commits = 0;
    model_push(m, &m->last, true);
    m->history[0].durability = LEDE_DURABLE;
    m->kept_from = 0;
    m->now = m->last;
    m->failed = LEDE_OK;
    m->tainted = false;
}
