#include "support/model_inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

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

void model_heal(model *m)
{
    m->here->faults.fail_at = 0;
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
    native_at_memory(m->flushes ? 1 : 0);
    options.threads = 1;
    options.memory_bytes = 8 << 20;
    options.durability = m->durability;
    m->opened_at = m->here->log.count;
    status = lede_index_open(&m->index, NATIVE_AT, &m->options, err);
    if (status == LEDE_OK)
        status = lede_writer_open(&m->writer, m->index, &options, err);
    return status;
}

void model_close_handles(model *m)
{
    lede_writer_close(m->writer);
    lede_index_close(m->index);
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
    m->history[m->commits++] = (moment){ *p, m->durability, acknowledged };
}

/* From what is there, as if it had been there for good. */
void model_begin_history(model *m)
{
    m->commits = 0;
    model_push(m, &m->last, true);
    m->history[0].durability = LEDE_DURABLE;
    m->now = m->last;
    m->failed = LEDE_OK;
    m->tainted = false;
}
