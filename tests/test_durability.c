/*
 * Commits that sync and commits that do not, by writers one after another: what
 * a loss of power may cost, and what never. Planted faults prove that the
 * explorer sees them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/chance.h"
#include "support/crash.h"
#include "support/dir_mutant.h"
#include "support/native_index.h"
#include "support/suite.h"

#define COMMITS_MAX 16U

/* What was committed, by generation. */
typedef struct history {
    lede_manifest *manifest[COMMITS_MAX];
    lede_durability durability[COMMITS_MAX];
    uint32_t count;
} history;

static native_index n;
static dir_mutant mutant;
static history past;
static chance seeds;

static void set_up(void)
{
    seeds = chance_from("durability", 1);
}

/* ---- Writers ---- */

static void remember(lede_durability durability)
{
    ck_assert_uint_lt(past.count, COMMITS_MAX);
    ck_assert_int_eq(
        lede_manifest_read(&past.manifest[past.count], n.memory, NULL, NULL),
        LEDE_OK);
    ck_assert_uint_eq(past.manifest[past.count]->generation, past.count);
    past.durability[past.count++] = durability;
    dir_log_note(&n.log, past.count); /* 0 is none */
}

typedef struct listing {
    char names[32][LEDE_DIR_NAME_MAX + 1];
    uint32_t count;
} listing;

static void list_unnamed(void *ctx, const char *name, uint64_t length)
{
    listing *l = ctx;

    (void)length;
    if (strchr(name, '.') && strcmp(name, LEDE_LOCK_NAME) != 0 && l->count < 32)
        strcpy(l->names[l->count++], name);
}

/* What the present manifest does not name, synced or not. */
static void unlink_unnamed(void *ctx)
{
    listing l = { .count = 0 };
    lede_manifest *now = NULL;

    (void)ctx;
    ck_assert_int_eq(lede_manifest_read(&now, n.memory, NULL, NULL), LEDE_OK);
    ck_assert_int_eq(lede_dir_list(n.memory, list_unnamed, &l, NULL), LEDE_OK);
    for (uint32_t i = 0; i < l.count; i++)
        if (!lede_manifest_names(now, l.names[i]))
            ck_assert_int_eq(lede_dir_unlink(n.dir, l.names[i], NULL), LEDE_OK);
    lede_manifest_release(now);
}

/* False: it failed. */
static bool commit_once(void)
{
    uint64_t at = past.count;
    char key[8];

    (void)snprintf(key, sizeof key, "k%u", (unsigned)at % 3);
    return native_put(&n, 0, key, 10 * at + 1, "some words") == LEDE_OK &&
           native_put(&n, 0, "same", 10 * at + 2, at % 2 ? "more" : NULL) ==
               LEDE_OK &&
           native_put(&n, 0, "other", 10 * at + 3, "words") == LEDE_OK &&
           native_finish(&n, LEDE_FINISH_COMMIT) == LEDE_OK;
}

/* A writer of a process of its own. F, O, N: durable, ordered, not durable. */
static bool write_as(char level, uint32_t commits)
{
    lede_durability durability = level == 'F'   ? LEDE_DURABLE
                                 : level == 'O' ? LEDE_ORDERED
                                                : LEDE_NOT_DURABLE;
    lede_dir *plain = n.dir;
    bool done = true;

    n.settings.durability = durability;
    if (mutant.kind == MUTANT_NO_SYNC && durability == LEDE_NOT_DURABLE)
        n.settings.durability = LEDE_DURABLE; /* so that it claims to sync */
    if (durability == LEDE_NOT_DURABLE ||
        (mutant.kind != MUTANT_NO_SYNC &&
         mutant.kind != MUTANT_UNLINKS_AT_RENAME))
        n.dir = &mutant.face;
    mutant.inner = plain;
    done = native_open_writer(&n) == LEDE_OK;
    if (done && mutant.kind == MUTANT_UNLINKS_AT_OPEN)
        unlink_unnamed(NULL);
    while (done && commits-- > 0) {
        done = commit_once();
        if (done)
            remember(durability);
    }
    native_close_writer(&n);
    n.dir = plain;
    return done;
}

/* "F2N1O": commits of writers; a failure ends it. */
static void write_all(const char *script, dir_mutation kind)
{
    native_index_open(&n, 1, LEDE_DURABLE);
    native_close_writer(&n);
    memset(&past, 0, sizeof past);
    remember(LEDE_DURABLE);
    dir_mutant_init(&mutant, n.dir, kind);
    mutant.on_rename = unlink_unnamed;
    for (; *script; script += 2)
        if (!write_as(script[0], (uint32_t)(script[1] - '0')))
            return;
}

static void end(void)
{
    while (past.count > 0)
        lede_manifest_release(past.manifest[--past.count]);
    native_index_close(&n);
}

/* ---- What a crash must leave ---- */

static bool is_sound(const lede_manifest *manifest, lede_dir *dir)
{
    bool sound = true;

    for (uint32_t i = 0; i < manifest->segment_count && sound; i++) {
        const lede_manifest_segment *s = &manifest->segments[i];
        lede_envelope *in = NULL;
        lede_live *live = NULL;

        sound = lede_envelope_open(&in, dir, s->name, LEDE_ENVELOPE_SEGMENT,
                                   &s->mark, NULL, NULL) == LEDE_OK &&
                lede_envelope_check(in, NULL, NULL) == LEDE_OK &&
                (!s->bitmap[0] ||
                 lede_live_read(&live, dir, s->bitmap, &s->bitmap_mark,
                                s->documents, NULL, NULL) == LEDE_OK);
        lede_envelope_close(in);
        lede_live_release(live);
    }
    return sound;
}

/* The generation that is there, whole; UINT32_MAX: damage, which is told. */
static uint32_t generation_of(lede_dir *dir)
{
    lede_manifest *manifest = NULL;
    uint32_t generation = UINT32_MAX;

    if (lede_manifest_read(&manifest, dir, NULL, NULL) == LEDE_OK &&
        is_sound(manifest, dir))
        generation = (uint32_t)manifest->generation;
    lede_manifest_release(manifest);
    return generation;
}

/* The commit that a loss of power cannot undo: the last durable one, or one
 * that a later sync of the directory found synced. */
static uint32_t safe_commit(const crash_point *at)
{
    uint32_t safe = at->settled ? (uint32_t)at->settled - 1 : 0;

    for (uint32_t i = safe + 1; i < at->noted; i++)
        if (past.durability[i] == LEDE_DURABLE)
            safe = i;
    return safe;
}

static bool keeps_promise(void *ctx, lede_dir *dir, const crash_point *at)
{
    uint32_t newest = (uint32_t)at->noted - 1, found, safe;
    bool sure = true;

    (void)ctx;
    if (at->noted == 0)
        return true; /* being created */
    found = generation_of(dir);
    if (at->whole)
        return found == newest || found == newest + 1;
    safe = safe_commit(at);
    for (uint32_t i = safe + 1; i <= newest + 1 && i < past.count; i++)
        sure = sure && past.durability[i] != LEDE_NOT_DURABLE;
    if (found != UINT32_MAX)
        return found >= safe && found <= newest + 1;
    return !sure && is_sound(past.manifest[safe], dir);
}

static uint64_t explore(uint32_t most, uint64_t *states)
{
    crash_explorer e = { .log = &n.log,
                         .visit = keeps_promise,
                         .most = test_is_long() ? most * 64 : most,
                         .seed = chance_next(&seeds),
                         .stop = mutant.kind != MUTANT_SOUND };

    crash_explore(&e);
    if (e.violations && mutant.kind == MUTANT_SOUND)
        printf("    broken after %zu operations, %llu noted\n",
               e.first.operations, (unsigned long long)e.first.noted);
    *states += e.states;
    return e.violations;
}

static const char *const scripts[] = {
    "F1N2F1", "F1N1O1F1", "N2O1N1", "F1N1N1N1",
    "O1N1F1", "F2N1F1N1", "O2N1O1", "N1F1O1",
};

#define SCRIPTS (sizeof scripts / sizeof *scripts)

START_TEST(what_was_synced_outlives_commits_that_are_not)
{
    uint64_t states = 0;

    for (size_t i = 0; i < SCRIPTS; i++) {
        write_all(scripts[i], MUTANT_SOUND);
        ck_assert_msg(explore(2, &states) == 0, "%s", scripts[i]);
        end();
    }
    printf("    %llu states\n", (unsigned long long)states);
    ck_assert_uint_gt(states, 5000);
}
END_TEST

static bool is_caught(dir_mutation kind)
{
    uint64_t violations = 0, states = 0;

    for (size_t i = 0; i < SCRIPTS && !violations; i++) {
        write_all(scripts[i], kind);
        violations = explore(2, &states);
        end();
    }
    return violations > 0;
}

START_TEST(every_planted_fault_is_seen)
{
    for (uint32_t kind = MUTANT_KINDS; kind < MUTANT_END; kind++)
        if (kind != MUTANT_HIDDEN_SYNC_LEFT)
            ck_assert_msg(is_caught((dir_mutation)kind), "survived: %s",
                          dir_mutation_name((dir_mutation)kind));
}
END_TEST

/* A sync of what an earlier writer left fails: the writer says so, and never
 * commits. */
static uint64_t explore_failed_sync(dir_mutation kind, uint64_t *faults)
{
    uint64_t violations = 0, states = 0;
    bool struck = true;

    for (uint64_t at = 1; struck && !violations; at++) {
        write_all("F1N2", kind);
        n.faults.kinds = DIR_FAULT_SYNC;
        n.faults.calls = 0;
        n.faults.fail_at = at;
        (void)write_as('F', 2);
        struck = n.faults.failures > 0;
        *faults += struck;
        violations = explore(2, &states);
        end();
    }
    return violations;
}

START_TEST(a_failed_sync_of_what_was_left_is_never_hidden)
{
    uint64_t faults = 0;

    ck_assert_uint_eq(explore_failed_sync(MUTANT_SOUND, &faults), 0);
    ck_assert_uint_gt(faults, 6);
    ck_assert_uint_gt(explore_failed_sync(MUTANT_HIDDEN_SYNC_LEFT, &faults), 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, what_was_synced_outlives_commits_that_are_not);
    tcase_add_test(tcase, every_planted_fault_is_seen);
    tcase_add_test(tcase, a_failed_sync_of_what_was_left_is_never_hidden);
}

int main(void)
{
    return test_suite_run("durability", add_tests);
}
