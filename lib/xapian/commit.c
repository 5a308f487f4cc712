/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xapian/commit.c - the ends of a transaction: commit, rollback, optimize.
 *
 * A commit is looked at again after it is made, and whenever it failed: only
 * the database knows which it was.
 */
#include "base/alloc.h"
#include "base/error.h"
#include "xapian/fault.h"
#include "xapian/swap.h"
#include "xapian/tables.h"
#include "xapian/writer.h"

/* Of the tables that the commit must have; without forms, those there are. */
static uint64_t forms_version(const lede_engine_writer *w,
                              const lede_xapian_target *t,
                              const lede_engine_finish *finish)
{
    const lede_forms *forms = finish->forms ? finish->forms : w->forms;

    return forms ? lede_forms_version(forms) : t->committed->forms_version;
}

static lede_status write_forms(lede_engine_writer *w, lede_xapian_target *t,
                               const lede_engine_finish *finish,
                               lede_error *err)
{
    lede_xapian_tables tables = { t->db,
                                  finish->forms ? finish->forms : w->forms,
                                  finish->schema ? finish->schema : w->schema,
                                  w->allocator, t->place->address };
    lede_xapian_word_seen *words;
    uint64_t version = forms_version(w, t, finish);
    lede_status status;
    size_t count = 0;

    if (version != t->next->forms_version) {
        t->next->forms_version = version;
        return lede_xapian_tables_rebuild(&tables, err);
    }
    words = lede_alloc_array(w->allocator, t->words.count, sizeof *words);
    if (!words)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    for (size_t i = 0; i < t->words.capacity; i++)
        if (t->words.slots[i].key.at)
            words[count++] =
                (lede_xapian_word_seen){ t->words.slots[i].key,
                                         t->words.slots[i].value ==
                                             LEDE_XAPIAN_WORD_NAME };
    status = lede_xapian_tables_add(&tables, words, count, err);
    lede_release(w->allocator, words, t->words.count * sizeof *words);
    return status;
}

static lede_status write_all(lede_engine_writer *w, lede_xapian_target *t,
                             const lede_engine_finish *finish, lede_error *err)
{
    const char *where = t->place->address;
    lede_status status = write_forms(w, t, finish, err);

    if (status == LEDE_OK && finish->schema)
        status = lede_xapian_schema_write(t->db, finish->schema, w->allocator,
                                          where, err);
    if (status == LEDE_OK && finish->notes)
        status = lede_xapian_notes_write(t->db, *finish->notes, where, err);
    t->next->generation = t->committed->generation + 1;
    if (status == LEDE_OK)
        status =
            lede_xapian_state_write(t->db, t->next, w->allocator, where, err);
    return status;
}

/* Asks the database which commit it has: LEDE_OK for the new one, BUSY for the
 * old, else UNKNOWN_COMMIT. A server is asked on the connection it has. */
static lede_status look(const lede_xapian_target *t)
{
    lede_xapian_state *seen = t->seen;
    xapian_database *reader =
        t->place->path ? lede_xapian_open(t->place, XAPIAN_READ, NULL) : NULL;
    const xapian_database *db = t->place->path ? reader : t->db;
    lede_status status = LEDE_ERR_UNKNOWN_COMMIT;

    if (db &&
        lede_xapian_state_read(seen, db, t->place->address, NULL) == LEDE_OK) {
        if (seen->generation == t->next->generation)
            status = LEDE_OK;
        else if (seen->generation == t->committed->generation)
            status = LEDE_ERR_BUSY;
    }
    xapian_database_free(reader);
    return status;
}

static lede_status commit_target(lede_engine_writer *w, lede_xapian_target *t,
                                 const lede_engine_finish *finish,
                                 lede_error *err)
{
    const char *where = t->place->address;
    xapian_error fault = { .kind = XAPIAN_ERROR_NONE };
    lede_status status;
    bool done;

    if (!t->db)
        return lede_xapian_target_lost(t, err);
    status = write_all(w, t, finish, err);
    if (status != LEDE_OK)
        return status;
    done = xapian_commit(t->db, &fault);
    status = look(t);
    if (status == LEDE_ERR_UNKNOWN_COMMIT)
        return lede_fail(err, status, where,
                         "after the commit the database cannot be read");
    if (status == LEDE_ERR_BUSY)
        return done ? lede_fail(err, LEDE_ERR_IO, where, "the commit was lost")
                    : lede_xapian_target_fail(t, &fault, err);
    *t->committed = *t->next;
    lede_xapian_target_forget(t);
    if (!xapian_begin(t->db, true, &fault))
        return lede_fail(err, LEDE_ERR_UNKNOWN_COMMIT, where,
                         "the commit is there, but libxapian fails: %s",
                         fault.message);
    return LEDE_OK;
}

static bool has_changes(const lede_engine_writer *w,
                        const lede_xapian_target *t,
                        const lede_engine_finish *finish)
{
    return t->changed || finish->schema || finish->notes ||
           forms_version(w, t, finish) != t->committed->forms_version;
}

/* One shard after the other. Failure of the first is failure; once one has
 * committed, failure of another is a commit in parts. */
static lede_status commit_shards(lede_engine_writer *w,
                                 const lede_engine_finish *finish,
                                 lede_error *err)
{
    lede_status status = LEDE_OK;
    uint32_t committed = 0;

    for (uint32_t i = 0; i < w->count; i++)
        w->shards[i] =
            (lede_shard){ w->targets[i].place->address,
                          w->targets[i].committed->generation, LEDE_OK, "" };
    for (uint32_t i = 0; status == LEDE_OK && i < w->count; i++) {
        lede_xapian_target *t = &w->targets[i];

        if (!has_changes(w, t, finish))
            continue;
        status = commit_target(w, t, finish, &w->messages[i]);
        w->shards[i].status = status;
        w->shards[i].generation = t->committed->generation;
        w->shards[i].message = status == LEDE_OK ? "" : w->messages[i].message;
        if (status != LEDE_OK && err)
            *err = w->messages[i];
        committed += status == LEDE_OK;
    }
    if (status != LEDE_OK && committed > 0)
        status =
            lede_fail(err, LEDE_ERR_UNKNOWN_COMMIT, w->index->places[0].address,
                      "%u of %u shards committed, the next did not",
                      (unsigned)committed, (unsigned)w->count);
    return status;
}

/* Nothing that can fail comes after the shards have committed. */
static lede_status commit(lede_engine_writer *w,
                          const lede_engine_finish *finish, lede_error *err)
{
    lede_schema *schema = NULL;
    lede_status status = LEDE_OK;

    if (finish->schema)
        status = lede_schema_copy(&schema, finish->schema, w->allocator);
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    status = commit_shards(w, finish, err);
    if (status != LEDE_OK) {
        lede_schema_free(schema);
        return status;
    }
    if (finish->forms)
        w->forms = finish->forms;
    if (schema) {
        lede_schema_free(w->schema);
        w->schema = schema;
    }
    return LEDE_OK;
}

/* A transaction that cannot be cancelled ends with its database. */
static lede_status rollback(lede_engine_writer *w, lede_error *err)
{
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; status == LEDE_OK && i < w->count; i++) {
        lede_xapian_target *t = &w->targets[i];
        bool again = t->db && xapian_cancel(t->db, NULL) &&
                     xapian_begin(t->db, true, NULL);

        lede_xapian_target_forget(t);
        *t->next = *t->committed;
        if (again)
            continue;
        xapian_database_free(t->db);
        t->db = NULL;
        status = lede_xapian_target_start(t, w->flags, 0, err);
    }
    return status;
}

/* Puts a copy without slack where the database is. Its lock goes with it, for
 * a moment: whoever takes it then writes to the copy, as he should. */
static lede_status optimize_target(lede_engine_writer *w, lede_xapian_target *t,
                                   lede_error *err)
{
    lede_status status;

    if (!t->place->path)
        return LEDE_OK;
    status = lede_xapian_shrink(t->place->path, t->copy, w->allocator, err);
    if (status != LEDE_OK)
        return status;
    xapian_database_free(t->db);
    t->db = NULL;
    status = lede_xapian_target_start(t, w->flags, 1000, err);
    lede_xapian_shrink_clean(t->copy);
    return status;
}

static lede_status optimize(lede_engine_writer *w,
                            const lede_engine_finish *finish, lede_error *err)
{
    lede_status status;

    for (uint32_t i = 0; i < w->count; i++)
        if (!w->targets[i].place->path)
            return lede_fail(err, LEDE_ERR_UNSUPPORTED,
                             w->targets[i].place->address,
                             "a server's database can be optimized only "
                             "where it is");
    status = commit(w, finish, err);
    for (uint32_t i = 0; status == LEDE_OK && i < w->count; i++) {
        if (finish->task && lede_cancel_is_set(finish->task->cancel))
            return lede_fail_plain(err, LEDE_ERR_CANCELLED);
        status = optimize_target(w, &w->targets[i], err);
        if (status == LEDE_OK && finish->task && finish->task->progress)
            finish->task->progress(finish->task->ctx, i + 1, w->count);
    }
    return status;
}

lede_status lede_xapian_finish(lede_engine_writer *writer,
                               const lede_engine_finish *finish,
                               uint64_t *generation, lede_error *err)
{
    lede_engine_writer *w = writer;
    lede_status status;
    uint64_t sum = 0;

    if (w->poisoned)
        return lede_fail_plain(err, LEDE_ERR_UNKNOWN_COMMIT);
    if (finish->kind == LEDE_FINISH_ROLLBACK) {
        status = rollback(w, err);
    } else if (finish->kind == LEDE_FINISH_OPTIMIZE) {
        status = optimize(w, finish, err);
    } else {
        status = commit(w, finish, err);
    }
    w->poisoned = status == LEDE_ERR_UNKNOWN_COMMIT;
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    for (uint32_t i = 0; i < w->count; i++)
        sum += w->targets[i].committed->generation;
    if (generation)
        *generation = sum;
    return LEDE_OK;
}
