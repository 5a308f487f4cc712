/*
 * A crash at any time leaves the old commit or the new one, whole; and what was
 * acknowledged is there. Planted faults in the order of operations prove that
 * the explorer sees them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "native/index/live.h"
#include "native/index/manifest.h"
#include "support/chance.h"
#include "support/crash.h"
#include "support/dir_faulty.h"
#include "support/dir_mutant.h"
#include "support/suite.h"

#define DOCUMENTS 10U

/* ---- A writer of small commits ---- */

typedef struct committer {
    lede_dir *memory;
    lede_dir *recording;
    lede_dir *faulty;
    dir_log log;
    dir_faults faults;
    dir_mutant mutant;
    lede_dir *dir; /* through all of them */
    lede_durability durability;
    lede_schema *schema;
    lede_manifest *now;    /* NULL: none yet */
    lede_manifest *next;   /* being committed */
    lede_manifest *before; /* whose files the next directory sync frees */
    uint64_t generation;
} committer;

static void begin(committer *c, dir_mutation kind, lede_durability durability)
{
    memset(c, 0, sizeof *c);
    c->faults = (dir_faults)DIR_FAULTS;
    c->durability = durability;
    ck_assert_int_eq(lede_schema_new(&c->schema, NULL), LEDE_OK);
    ck_assert_int_eq(lede_dir_open_memory(&c->memory, NULL), LEDE_OK);
    dir_faulty_open(&c->faulty, c->memory, &c->faults);
    dir_recording_open(&c->recording, c->faulty, &c->log);
    dir_mutant_init(&c->mutant, c->recording, kind);
    c->mutant.ctx = c;
    c->dir = &c->mutant.face;
}

static void end(committer *c)
{
    lede_manifest_release(c->now);
    lede_manifest_release(c->before);
    lede_schema_free(c->schema);
    lede_dir_close(c->recording);
    lede_dir_close(c->faulty);
    lede_dir_close(c->memory);
    dir_log_fini(&c->log);
}

/* Unlinks the files of one manifest that the other does not name. */
static void drop_files(committer *c, const lede_manifest *of_one,
                       const lede_manifest *but)
{
    for (uint32_t i = 0; of_one && i < of_one->segment_count; i++) {
        const lede_manifest_segment *s = &of_one->segments[i];

        if (!but || !lede_manifest_names(but, s->name))
            (void)lede_dir_unlink(c->dir, s->name, NULL);
        if (s->bitmap[0] && (!but || !lede_manifest_names(but, s->bitmap)))
            (void)lede_dir_unlink(c->dir, s->bitmap, NULL);
    }
}

static void drop_old(void *ctx)
{
    committer *c = ctx;

    drop_files(c, c->now, c->next);
}

static void name_file(committer *c, char *name, const char *suffix)
{
    if (c->mutant.kind == MUTANT_REUSED_NAMES)
        (void)snprintf(name, LEDE_DIR_NAME_MAX, "%016x-%016x.%s", 1U,
                       (unsigned)(c->generation % 2), suffix);
    else
        lede_file_name(name, c->dir, c->generation + 1, suffix);
}

static lede_status write_segment(committer *c, lede_manifest_segment *s)
{
    lede_envelope_out *out = NULL;
    uint64_t content = c->generation * 0x0101010101010101U;
    lede_status status;

    name_file(c, s->name, "segment");
    s->documents = DOCUMENTS;
    s->live = DOCUMENTS;
    status = lede_envelope_create(&out, c->dir, s->name, LEDE_ENVELOPE_SEGMENT,
                                  NULL, NULL);
    if (status == LEDE_OK)
        status = lede_envelope_write(out, &content, sizeof content, NULL);
    if (status != LEDE_OK) {
        lede_envelope_abandon(out);
        return status;
    }
    return lede_envelope_end(out, c->durability != LEDE_NOT_DURABLE,
                             &s->mark.length, &s->mark.signature, NULL);
}

/* One more document of a segment dies. */
static lede_status write_live(committer *c, lede_manifest_segment *s)
{
    lede_live *live = NULL;
    lede_status status;

    ck_assert_int_eq(lede_live_new(&live, DOCUMENTS, 1, NULL), LEDE_OK);
    while (live->live >= s->live)
        (void)lede_live_kill(live, DOCUMENTS - live->live);
    s->live = live->live;
    name_file(c, s->bitmap, "live");
    status = lede_live_write(live, c->dir, s->bitmap,
                             c->durability != LEDE_NOT_DURABLE, &s->bitmap_mark,
                             NULL, NULL);
    lede_live_release(live);
    return status;
}

/* The newest segment of the last commit, with a document less, and one more. */
static lede_status write_files(committer *c)
{
    static const uint64_t no_tokens[1] = { 0 };
    uint32_t kept = c->now && c->now->segment_count ? 1 : 0;
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; i < kept + 1 && status == LEDE_OK; i++) {
        lede_manifest_segment s = { .mark = { 0, 0 } };

        if (i < kept) {
            s = c->now->segments[c->now->segment_count - 1];
            status = write_live(c, &s);
        } else {
            status = write_segment(c, &s);
        }
        s.tokens = (uint64_t *)(uintptr_t)no_tokens;
        ck_assert_int_eq(lede_manifest_add(c->next, &s, 0), LEDE_OK);
    }
    return status;
}

static lede_status publish(committer *c, bool *poisoned)
{
    char name[LEDE_DIR_NAME_MAX + 1];
    lede_status status =
        lede_manifest_write(c->next, c->dir, name, c->durability, NULL);

    *poisoned = false;
    if (status == LEDE_OK && c->mutant.kind == MUTANT_EARLY_ANSWER)
        dir_log_note(&c->log, c->generation + 1);
    if (status == LEDE_OK)
        status =
            lede_manifest_publish(c->dir, name, c->durability, poisoned, NULL);
    return status;
}

/* What the writer may delete now. */
static void drop_obsolete(committer *c)
{
    if (c->durability == LEDE_DURABLE)
        drop_files(c, c->now, c->next);
    else if (c->durability == LEDE_ORDERED)
        drop_files(c, c->before, c->now);
}

static void advance(committer *c)
{
    dir_log_note(&c->log, ++c->generation);
    if (c->mutant.kind != MUTANT_UNLINK_BEFORE_SYNC)
        drop_obsolete(c);
    lede_manifest_release(c->before);
    c->before = c->now;
    c->now = c->next;
    c->next = NULL;
}

/* A commit as the writer makes it; false: it is poisoned. */
static bool commit(committer *c)
{
    bool poisoned = false;
    lede_status status;

    ck_assert_int_eq(
        lede_manifest_new(&c->next, c->schema, lede_bytes_of("note", 4), NULL),
        LEDE_OK);
    c->next->generation = c->generation + 1;
    c->mutant.on_rename = drop_old;
    status = write_files(c);
    if (status == LEDE_OK && c->mutant.kind == MUTANT_UNLINK_BEFORE_COMMIT)
        drop_old(c);
    if (status == LEDE_OK)
        status = publish(c, &poisoned);
    if (status == LEDE_OK) {
        advance(c);
        return true;
    }
    if (status != LEDE_ERR_UNKNOWN_COMMIT ||
        c->mutant.kind == MUTANT_DELETES_NEW_ON_UNKNOWN)
        drop_files(c, c->next, c->now);
    else if (c->mutant.kind == MUTANT_DELETES_OLD_ON_UNKNOWN)
        drop_files(c, c->now, c->next);
    lede_manifest_release(c->next);
    c->next = NULL;
    return !poisoned || c->mutant.kind == MUTANT_GOES_ON_POISONED;
}

static void commit_times(committer *c, uint32_t times)
{
    while (times-- > 0 && commit(c))
        ;
}

/* ---- What a crash must leave ---- */

static bool is_sound(const lede_manifest *manifest, lede_dir *dir)
{
    for (uint32_t i = 0; i < manifest->segment_count; i++) {
        const lede_manifest_segment *s = &manifest->segments[i];
        lede_envelope *in = NULL;
        lede_live *live = NULL;
        lede_status status = lede_envelope_open(
            &in, dir, s->name, LEDE_ENVELOPE_SEGMENT, &s->mark, NULL, NULL);

        if (status == LEDE_OK)
            status = lede_envelope_check(in, NULL, NULL);
        lede_envelope_close(in);
        if (status == LEDE_OK && s->bitmap[0])
            status = lede_live_read(&live, dir, s->bitmap, &s->bitmap_mark,
                                    s->documents, NULL, NULL);
        if (status == LEDE_OK && live && live->live != s->live)
            status = LEDE_ERR_CORRUPT;
        lede_live_release(live);
        if (status != LEDE_OK)
            return false;
    }
    return true;
}

static bool keeps_promise(void *ctx, lede_dir *dir, const crash_point *at)
{
    const committer *c = ctx;
    uint64_t least =
        c->durability == LEDE_DURABLE || at->whole ? at->noted : at->settled;
    lede_manifest *manifest = NULL;
    lede_status status = lede_manifest_read(&manifest, dir, NULL, NULL);
    bool kept;

    if (c->durability == LEDE_NOT_DURABLE && !at->whole) {
        lede_manifest_release(manifest);
        return true; /* promised is only that damage is found */
    }
    if (status == LEDE_ERR_NOT_FOUND)
        return least == 0;
    if (status != LEDE_OK)
        return false;
    kept = manifest->generation >= least &&
           manifest->generation <= at->noted + 1 && is_sound(manifest, dir);
    lede_manifest_release(manifest);
    return kept;
}

static chance seeds;

static void set_up(void)
{
    seeds = chance_from("crash", 1);
}

/* `most` states of names, and of the files for each. */
static uint64_t explore(committer *c, uint32_t most, uint64_t *states)
{
    crash_explorer e = {
        .log = &c->log,
        .visit = keeps_promise,
        .ctx = c,
        .most = test_is_long() ? most * 64 : most,
        .seed = chance_next(&seeds),
        .stop = c->mutant.kind != MUTANT_SOUND,
    };

    crash_explore(&e);
    if (e.violations && c->mutant.kind == MUTANT_SOUND)
        printf("    broken after %zu operations, %llu noted\n",
               e.first.operations, (unsigned long long)e.first.noted);
    *states += e.states;
    return e.violations;
}

START_TEST(a_crash_leaves_the_old_commit_or_the_new_one)
{
    static const lede_durability levels[] = { LEDE_DURABLE, LEDE_ORDERED,
                                              LEDE_NOT_DURABLE };
    uint64_t states = 0;

    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        committer c;

        begin(&c, MUTANT_SOUND, levels[i]);
        commit_times(&c, 4);
        ck_assert_uint_eq(c.generation, 4);
        ck_assert_uint_eq(explore(&c, 256, &states), 0);
        end(&c);
    }
    printf("    %llu states\n", (unsigned long long)states);
    ck_assert_uint_gt(states, 10000);
}
END_TEST

/* Every operation fails once, or from then on; then the crash. */
START_TEST(a_fault_and_then_a_crash_leave_the_old_commit_or_the_new_one)
{
    uint64_t states = 0, faults = 0;

    for (uint32_t sticky = 0; sticky < 2; sticky++)
        for (uint64_t at = 1;; at++) {
            committer c;
            bool struck;

            begin(&c, MUTANT_SOUND, LEDE_DURABLE);
            commit_times(&c, 1);
            c.faults.sticky = sticky;
            c.faults.fail_at = c.faults.calls + at;
            commit_times(&c, 3);
            struck = c.faults.failures > 0;
            ck_assert_uint_eq(explore(&c, 16, &states), 0);
            end(&c);
            if (!struck)
                break;
            faults++;
        }
    printf("    %llu faults, %llu states\n", (unsigned long long)faults,
           (unsigned long long)states);
    ck_assert_uint_gt(faults, 60);
    ck_assert_uint_gt(states, 50000);
}
END_TEST

static bool needs_fault(dir_mutation kind)
{
    return kind >= MUTANT_RETRIED_SYNC;
}

/* Whether the explorer sees the fault, with one of the syncs failing where that
 * is what it is about. */
static bool is_caught(dir_mutation kind)
{
    uint64_t most = needs_fault(kind) ? 12 : 1, violations = 0, states = 0;
    bool dir = kind >= MUTANT_RETRIED_DIR_SYNC;

    for (uint64_t at = 1; at <= most && !violations; at++) {
        committer c;

        begin(&c, kind, LEDE_DURABLE);
        commit_times(&c, 1);
        c.faults.kinds = dir ? DIR_FAULT_DIR_SYNC : DIR_FAULT_SYNC;
        c.faults.calls = 0;
        c.faults.fail_at = needs_fault(kind) ? at : 0;
        commit_times(&c, 3);
        violations = explore(&c, 64, &states);
        end(&c);
    }
    return violations > 0;
}

START_TEST(every_planted_fault_of_the_order_is_seen)
{
    ck_assert(!is_caught(MUTANT_SOUND));
    for (uint32_t kind = MUTANT_SOUND + 1; kind < MUTANT_KINDS; kind++)
        ck_assert_msg(is_caught((dir_mutation)kind), "survived: %s",
                      dir_mutation_name((dir_mutation)kind));
    printf("    %d planted faults seen\n", MUTANT_KINDS - 1);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, a_crash_leaves_the_old_commit_or_the_new_one);
    tcase_add_test(
        tcase, a_fault_and_then_a_crash_leave_the_old_commit_or_the_new_one);
    tcase_add_test(tcase, every_planted_fault_of_the_order_is_seen);
}

int main(void)
{
    return test_suite_run("crash", add_tests);
}
