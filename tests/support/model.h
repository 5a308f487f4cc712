/*
 * support/model.h - operations on a native index, beside a model that knows
 * what must come of them; what fails shrinks to a short script.
 *
 *     model_read(&script, "put 1 7, commit, delete 1, kill, commit");
 *     if (!model_run(&script, &failure))
 *         ck_abort_msg("%s", failure.message);
 *
 *     model_random(&script, seed);
 *     if (!model_try(&script, &failure))          in a process of its own
 *         model_shrink(&script, &failure);
 *
 * Everything goes through the public API, in a directory in memory that fails
 * when told and knows what a power failure may leave. After each step that can
 * change the index another handle, as of another process, reads all of it.
 *
 *     put K V     puts the article of V by key K (support/picture.h)
 *     fill V      puts articles of V and up by all keys
 *     delete K
 *     note V      leaves a note
 *     field 0     adds a field to the schema
 *     commit 0, rollback 0, optimize 0
 *     reopen D F  closes and opens with durability D; F 1: every article
 *                 becomes a segment of its own; F 2: merges have a thread; F 3:
 *                 both
 *     kill 0      the process dies; what it wrote is there
 *     crash S     the power fails; S picks what is there of what was not synced
 *     read R      opens a snapshot for reader R, an odd one by the handle that
 *                 writes, and closes the one it had
 *     look R      the snapshot must say what it said
 *     drop R      closes it
 *     fail N A    the N-th operation on the directory from now on fails; A 1:
 *                 and all after it
 *     starve N A  so does the N-th allocation
 *     heal 0      nothing fails any more
 *     check 0     checks every byte
 *     await 0     until the thread is about to make the segment of a merge,
 *                 where it waits (support/gate.h)
 *     merge 0     lets it go on, to the end of the merge
 *
 * Zeros at the end may be left out. What closes the writer, or puts an end to
 * merges, lets them go on too. A merge that is due begins beside the next
 * steps: for the same names in every run a script awaits it first.
 */
#ifndef LEDE_TESTS_MODEL_H
#define LEDE_TESTS_MODEL_H

#include "support/crash.h"
#include "support/dir_mutant.h"
#include "support/picture.h"

#define MODEL_STEPS_MAX 64U
#define MODEL_TEXT_MAX  2048U

typedef enum model_kind {
    MODEL_PUT,
    MODEL_FILL,
    MODEL_DELETE,
    MODEL_NOTE,
    MODEL_FIELD,
    MODEL_COMMIT,
    MODEL_ROLLBACK,
    MODEL_OPTIMIZE,
    MODEL_REOPEN,
    MODEL_KILL,
    MODEL_CRASH,
    MODEL_READ,
    MODEL_LOOK,
    MODEL_DROP,
    MODEL_FAIL,
    MODEL_STARVE,
    MODEL_HEAL,
    MODEL_CHECK,
    MODEL_AWAIT,
    MODEL_MERGE,
    MODEL_KINDS
} model_kind;

typedef struct model_step {
    model_kind kind;
    uint32_t a, b;
} model_step;

typedef struct model_script {
    model_step steps[MODEL_STEPS_MAX];
    uint32_t count;
} model_script;

typedef struct model_failure {
    uint32_t at; /* the step; `count` of the script: closing */
    char message[256];
} model_failure;

/* What was reached; all runs add to it. */
typedef struct model_counts {
    uint64_t steps, commits, merges, strikes, deaths, looks, salvaged;
} model_counts;

/* False: `failure` says why. Fails the test only when memory ends. */
bool model_run(const model_script *script, model_failure *failure,
               model_counts *counts);

typedef struct model model;

/* Where a story begins: in a directory that is copied, in which a commit is;
 * NULL: in one of its own, where it creates an index. */
typedef struct model_beginning {
    lede_dir *image;
    const picture *there;
    uint64_t fail_at;      /* the operation that fails, from 1; 0: none */
    dir_mutation mutation; /* of what the writer has; */
    bool beside;           /* and of its merges alone */
} model_beginning;

/* Runs a script and stops there, so that crashes can be looked at. `beginning`
 * may be NULL; `failure` and `counts` live as long. */
model *model_tell(const model_script *script, const model_beginning *beginning,
                  model_failure *failure, model_counts *counts);

/* All that was done since the last death, behind what was there. */
const dir_log *model_log(const model *m, size_t *begun_at);

/* Whether what a crash of that log left keeps the promise; damage may be what
 * was promised. All bytes are checked, and keys and numbers of articles; where
 * only the process died, all that model_finds reads. */
bool model_holds(model *m, lede_dir *dir, const crash_point *at, bool *damaged);

/* The commit that is there, read whole by the API; false: none that may be. */
bool model_finds(model *m, lede_dir *dir, const crash_point *at,
                 picture *found);

/* False: as model_run. */
bool model_end(model *m);

/* False: what is wrong with the text is told on standard output. */
bool model_read(model_script *out, const char *text);
void model_write(char out[MODEL_TEXT_MAX], const model_script *script);

/* The script of a seed. */
void model_random(model_script *out, uint64_t seed);

/* As model_run, in a process of its own: its death is a failure too. */
bool model_try(const model_script *script, model_failure *failure);

/* Runs the scripts of `count` seeds in a process of its own; returns how many
 * ran well before the first that did not. */
uint64_t model_try_many(uint64_t seed, uint64_t count, model_counts *counts);

/* Makes a script that fails as short and plain as it can. */
void model_shrink(model_script *script, model_failure *failure);

#endif
