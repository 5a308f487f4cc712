/*
 * Faults planted in the native writer by the linker (--wrap), one at a time:
 * the random operations of support/model.h find each, and shrink it to a
 * script of a few steps.
 */
#include <stdio.h>
#include <string.h>

#include "native/index/draft.h"
#include "native/index/lane.h"
#include "native/index/merge.h"
#include "support/model.h"
#include "support/suite.h"

#define SCRIPTS_MAX 20000U
#define BATCH       50U
#define STEPS_MOST  9U

typedef enum plant {
    NONE,
    MERGE_FORGETS_DELETES,
    MERGE_LOSES_A_PART,
    ROLLBACK_KEEPS_SEGMENTS,
    ROLLBACK_KEEPS_A_LANE,
    OLDEST_CHANGE_WINS,
    OLD_PARTS_NOT_RESOLVED,
    BITMAPS_ARE_SHARED,
    BITMAPS_NOT_WRITTEN,
    NO_SWITCH,
    UNLINKS_TOO_EARLY,
    UNLINKS_BITMAPS_IN_USE,
    NO_DIRECTORY_SYNC,
    NO_SYNC_OF_BITMAPS,
    KEEPS_THE_LOCK,
    LEAVES_RUBBISH,
    PLANTS
} plant;

static const char *const names[PLANTS] = {
    [MERGE_FORGETS_DELETES] = "merges forget deletes",
    [MERGE_LOSES_A_PART] = "merges lose their last part",
    [ROLLBACK_KEEPS_SEGMENTS] = "a rollback keeps segments",
    [ROLLBACK_KEEPS_A_LANE] = "a rollback keeps what is in memory",
    [OLDEST_CHANGE_WINS] = "of two changes the older one wins",
    [OLD_PARTS_NOT_RESOLVED] = "keys are not looked up in older parts",
    [BITMAPS_ARE_SHARED] = "deletes show in old snapshots",
    [BITMAPS_NOT_WRITTEN] = "bitmaps that changed are not written",
    [NO_SWITCH] = "a commit does not rename its manifest",
    [UNLINKS_TOO_EARLY] = "an ordered commit unlinks at once",
    [UNLINKS_BITMAPS_IN_USE] = "bitmaps in use are unlinked",
    [NO_DIRECTORY_SYNC] = "the directory is never synced",
    [NO_SYNC_OF_BITMAPS] = "bitmaps are never synced",
    [KEEPS_THE_LOCK] = "a writer keeps the lock",
    [LEAVES_RUBBISH] = "a writer leaves what a crash left",
};

static plant planted;

/* ---- What the linker puts in the place of the library's ----------------- */

/* The linker makes these names; they cannot be others. */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

lede_status __real_lede_merge_parts(lede_part **made, const lede_merge *merge,
                                    lede_error *err);
lede_status __wrap_lede_merge_parts(lede_part **made, const lede_merge *merge,
                                    lede_error *err);
lede_status __wrap_lede_merge_parts(lede_part **made, const lede_merge *merge,
                                    lede_error *err)
{
    lede_part copies[64], *parts[64];
    lede_merge changed = *merge;

    if (planted == MERGE_LOSES_A_PART && merge->count > 1)
        changed.count--;
    if (planted == MERGE_FORGETS_DELETES && merge->count <= 64) {
        for (uint32_t i = 0; i < merge->count; i++) {
            copies[i] = *merge->parts[i];
            copies[i].live = NULL;
            copies[i].entry.live = copies[i].entry.documents;
            parts[i] = &copies[i];
        }
        changed.parts = parts;
    }
    return __real_lede_merge_parts(made, &changed, err);
}

lede_status __real_lede_draft_roll_back(lede_draft *draft, lede_error *err);
lede_status __wrap_lede_draft_roll_back(lede_draft *draft, lede_error *err);
lede_status __wrap_lede_draft_roll_back(lede_draft *draft, lede_error *err)
{
    if (planted == ROLLBACK_KEEPS_SEGMENTS && draft->failed == LEDE_OK)
        return LEDE_OK;
    return __real_lede_draft_roll_back(draft, err);
}

void __real_lede_lane_roll_back(lede_lane *lane);
void __wrap_lede_lane_roll_back(lede_lane *lane);
void __wrap_lede_lane_roll_back(lede_lane *lane)
{
    if (planted != ROLLBACK_KEEPS_A_LANE)
        __real_lede_lane_roll_back(lane);
}

lede_status __real_lede_batch_resolve(lede_batch *batch, lede_part **parts,
                                      size_t count, lede_part *made,
                                      lede_deletes *deletes, lede_error *err);
lede_status __wrap_lede_batch_resolve(lede_batch *batch, lede_part **parts,
                                      size_t count, lede_part *made,
                                      lede_deletes *deletes, lede_error *err);
lede_status __wrap_lede_batch_resolve(lede_batch *batch, lede_part **parts,
                                      size_t count, lede_part *made,
                                      lede_deletes *deletes, lede_error *err)
{
    for (size_t i = 0; planted == OLDEST_CHANGE_WINS && i < batch->count; i++)
        batch->changes[i].sequence = 1000000 - batch->changes[i].sequence;
    if (planted == OLD_PARTS_NOT_RESOLVED)
        count = 0;
    return __real_lede_batch_resolve(batch, parts, count, made, deletes, err);
}

lede_status __real_lede_live_copy(lede_live **out, const lede_live *from,
                                  const lede_allocator *allocator);
lede_status __wrap_lede_live_copy(lede_live **out, const lede_live *from,
                                  const lede_allocator *allocator);
lede_status __wrap_lede_live_copy(lede_live **out, const lede_live *from,
                                  const lede_allocator *allocator)
{
    if (planted != BITMAPS_ARE_SHARED)
        return __real_lede_live_copy(out, from, allocator);
    *out = lede_live_hold((lede_live *)(uintptr_t)from);
    return LEDE_OK;
}

lede_status __real_lede_part_kill(lede_part *part, uint32_t doc,
                                  lede_error *err);
lede_status __wrap_lede_part_kill(lede_part *part, uint32_t doc,
                                  lede_error *err);
lede_status __wrap_lede_part_kill(lede_part *part, uint32_t doc,
                                  lede_error *err)
{
    lede_status status = __real_lede_part_kill(part, doc, err);

    if (planted == BITMAPS_NOT_WRITTEN)
        part->changed = false;
    return status;
}

lede_status __real_lede_manifest_publish(lede_dir *dir, const char *name,
                                         lede_durability durability,
                                         bool *poisoned, lede_error *err);
lede_status __wrap_lede_manifest_publish(lede_dir *dir, const char *name,
                                         lede_durability durability,
                                         bool *poisoned, lede_error *err);
lede_status __wrap_lede_manifest_publish(lede_dir *dir, const char *name,
                                         lede_durability durability,
                                         bool *poisoned, lede_error *err)
{
    if (planted == NO_SWITCH)
        return lede_dir_unlink(dir, name, err);
    return __real_lede_manifest_publish(dir, name, durability, poisoned, err);
}

void __real_lede_obsolete_unlink(lede_obsolete *files, lede_dir *dir);
void __wrap_lede_obsolete_unlink(lede_obsolete *files, lede_dir *dir);
void __wrap_lede_obsolete_unlink(lede_obsolete *files, lede_dir *dir)
{
    if (planted == UNLINKS_TOO_EARLY)
        lede_obsolete_settle(files);
    __real_lede_obsolete_unlink(files, dir);
}

lede_status __real_lede_obsolete_find(lede_obsolete *files, lede_dir *dir,
                                      const lede_manifest *now,
                                      lede_error *err);
lede_status __wrap_lede_obsolete_find(lede_obsolete *files, lede_dir *dir,
                                      const lede_manifest *now,
                                      lede_error *err);
lede_status __wrap_lede_obsolete_find(lede_obsolete *files, lede_dir *dir,
                                      const lede_manifest *now, lede_error *err)
{
    if (planted == LEAVES_RUBBISH)
        return LEDE_OK;
    return __real_lede_obsolete_find(files, dir, now, err);
}

bool __real_lede_manifest_names(const lede_manifest *manifest,
                                const char *name);
bool __wrap_lede_manifest_names(const lede_manifest *manifest,
                                const char *name);
bool __wrap_lede_manifest_names(const lede_manifest *manifest, const char *name)
{
    if (planted == UNLINKS_BITMAPS_IN_USE && strstr(name, ".live"))
        return false;
    return __real_lede_manifest_names(manifest, name);
}

lede_status __real_lede_dir_sync(lede_dir *dir, lede_error *err);
lede_status __wrap_lede_dir_sync(lede_dir *dir, lede_error *err);
lede_status __wrap_lede_dir_sync(lede_dir *dir, lede_error *err)
{
    if (planted == NO_DIRECTORY_SYNC)
        return LEDE_OK;
    return __real_lede_dir_sync(dir, err);
}

lede_status __real_lede_live_write(const lede_live *live, lede_dir *dir,
                                   const char *name, bool sync,
                                   lede_envelope_mark *mark,
                                   const lede_allocator *allocator,
                                   lede_error *err);
lede_status __wrap_lede_live_write(const lede_live *live, lede_dir *dir,
                                   const char *name, bool sync,
                                   lede_envelope_mark *mark,
                                   const lede_allocator *allocator,
                                   lede_error *err);
/* NOLINTNEXTLINE(readability-function-size): as what it wraps */
lede_status __wrap_lede_live_write(const lede_live *live, lede_dir *dir,
                                   const char *name, bool sync,
                                   lede_envelope_mark *mark,
                                   const lede_allocator *allocator,
                                   lede_error *err)
{
    if (planted == NO_SYNC_OF_BITMAPS)
        sync = false;
    return __real_lede_live_write(live, dir, name, sync, mark, allocator, err);
}

void __real_lede_dir_unlock(lede_dir *dir);
void __wrap_lede_dir_unlock(lede_dir *dir);
void __wrap_lede_dir_unlock(lede_dir *dir)
{
    if (planted != KEEPS_THE_LOCK)
        __real_lede_dir_unlock(dir);
}

/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

/* ---- Finding them ------------------------------------------------------- */

/* Returns how many scripts ran well before one that failed. */
static uint64_t find(model_script *script, model_failure *failure)
{
    model_counts counts = { 0 };

    for (uint64_t seed = 1; seed < SCRIPTS_MAX; seed += BATCH) {
        uint64_t well = model_try_many(seed, BATCH, &counts);

        if (well < BATCH) {
            model_random(script, seed + well);
            ck_assert(!model_try(script, failure));
            return seed + well;
        }
    }
    return SCRIPTS_MAX;
}

START_TEST(each_is_found_and_shrunk)
{
    char text[MODEL_TEXT_MAX];
    model_failure failure;
    model_script script;
    uint64_t scripts;

    planted = (plant)_i;
    scripts = find(&script, &failure);
    ck_assert_msg(scripts < SCRIPTS_MAX, "not found: %s", names[_i]);
    model_shrink(&script, &failure);
    model_write(text, &script);
    printf("    %s: after %llu scripts: %s: %s\n", names[_i],
           (unsigned long long)scripts, text, failure.message);
    ck_assert_msg(script.count <= STEPS_MOST, "%s", text);
}
END_TEST

START_TEST(without_them_all_is_well)
{
    model_counts counts = { 0 };

    ck_assert_uint_eq(model_try_many(1, BATCH, &counts), BATCH);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, without_them_all_is_well);
    tcase_add_loop_test(tcase, each_is_found_and_shrunk, 1,
                        test_is_sanitized() ? OLD_PARTS_NOT_RESOLVED : PLANTS);
}

int main(void)
{
    return test_suite_run("planted", add_tests);
}
