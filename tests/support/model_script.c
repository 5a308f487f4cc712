#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/chance.h"
#include "support/model.h"
#include "support/shared.h"
#include "support/suite.h"

/* Tries of a shrink at most. */
#define TRIES_MAX 4000

/* By how much a failure may come earlier when a step before it is gone. */
#define EARLIER_MOST 24U

typedef struct kind_row {
    const char *name;
    uint32_t share; /* of random steps */
    uint32_t a, b;  /* random below */
} kind_row;

static const kind_row kinds[MODEL_KINDS] = {
    [MODEL_PUT] = { "put", 28, 12, 60 },
    [MODEL_FILL] = { "fill", 4, 50, 0 },
    [MODEL_DELETE] = { "delete", 8, 12, 0 },
    [MODEL_NOTE] = { "note", 1, 9, 0 },
    [MODEL_FIELD] = { "field", 1, 0, 0 },
    [MODEL_COMMIT] = { "commit", 18, 0, 0 },
    [MODEL_ROLLBACK] = { "rollback", 4, 0, 0 },
    [MODEL_OPTIMIZE] = { "optimize", 3, 0, 0 },
    [MODEL_REOPEN] = { "reopen", 3, 3, 2 },
    [MODEL_KILL] = { "kill", 2, 0, 0 },
    [MODEL_CRASH] = { "crash", 4, 1000, 0 },
    [MODEL_READ] = { "read", 6, 4, 0 },
    [MODEL_LOOK] = { "look", 6, 4, 0 },
    [MODEL_DROP] = { "drop", 1, 4, 0 },
    [MODEL_FAIL] = { "fail", 3, 40, 2 },
    [MODEL_STARVE] = { "starve", 3, 600, 2 },
    [MODEL_HEAL] = { "heal", 3, 0, 0 },
    [MODEL_CHECK] = { "check", 2, 0, 0 },
    [MODEL_AWAIT] = { "await", 0, 0, 0 },
    [MODEL_MERGE] = { "merge", 0, 0, 0 },
};

/* ---- Text --------------------------------------------------------------- */

bool model_read(model_script *out, const char *text)
{
    memset(out, 0, sizeof *out);
    while (*text) {
        model_step step = { MODEL_KINDS, 0, 0 };
        char name[16];
        int taken = 0;

        text += strspn(text, " ,\n");
        if (!*text)
            break;
        if (sscanf(text, "%15[a-z]%n %u %u", name, &taken, &step.a, &step.b) <
            1) {
            printf("no step: %s\n", text);
            return false;
        }
        for (uint32_t k = 0; k < MODEL_KINDS; k++)
            if (strcmp(name, kinds[k].name) == 0)
                step.kind = (model_kind)k;
        if (step.kind == MODEL_KINDS || out->count == MODEL_STEPS_MAX) {
            printf("no step, or one too many: %s\n", text);
            return false;
        }
        out->steps[out->count++] = step;
        text += strcspn(text, ",\n");
    }
    return true;
}

void model_write(char out[MODEL_TEXT_MAX], const model_script *script)
{
    size_t len = 0;

    out[0] = '\0';
    for (uint32_t i = 0; i < script->count; i++) {
        const model_step *s = &script->steps[i];

        len += (size_t)snprintf(out + len, MODEL_TEXT_MAX - len, "%s%s",
                                i ? ", " : "", kinds[s->kind].name);
        if (s->a || s->b)
            len +=
                (size_t)snprintf(out + len, MODEL_TEXT_MAX - len, " %u", s->a);
        if (s->b)
            len +=
                (size_t)snprintf(out + len, MODEL_TEXT_MAX - len, " %u", s->b);
    }
}

/* ---- Chance ------------------------------------------------------------- */

static bool is_failure(uint32_t kind)
{
    return kind == MODEL_FAIL || kind == MODEL_STARVE;
}

/* Half of the scripts have no failures, which end many stories early. */
void model_random(model_script *out, uint64_t seed)
{
    chance c = { seed * 0x9E3779B97F4A7C15U + 1 };
    uint32_t total = 0;
    bool fails = chance_one_in(&c, 2);

    memset(out, 0, sizeof *out);
    out->count = 4 + chance_below(&c, 28);
    for (uint32_t k = 0; k < MODEL_KINDS; k++)
        total += is_failure(k) && !fails ? 0 : kinds[k].share;
    for (uint32_t i = 0; i < out->count; i++) {
        uint32_t pick = chance_below(&c, total), k = 0;
        model_step *s = &out->steps[i];

        while (pick >= (is_failure(k) && !fails ? 0 : kinds[k].share)) {
            pick -= is_failure(k) && !fails ? 0 : kinds[k].share;
            k++;
        }
        s->kind = (model_kind)k;
        s->a = chance_below(&c, kinds[k].a) + (is_failure(k) ? 1 : 0);
        s->b = chance_below(&c, kinds[k].b);
    }
    if (chance_one_in(&c, 3)) /* begins with other settings */
        out->steps[0] = (model_step){ MODEL_REOPEN, chance_below(&c, 3),
                                      chance_below(&c, 2) };
}

/* ---- In a process of its own -------------------------------------------- */

typedef struct shared {
    model_failure failure;
    model_counts counts;
    uint64_t done;
    bool well;
} shared;

static void run_many(shared *s, uint64_t seed, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        model_script script;

        model_random(&script, seed + i);
        if (!model_run(&script, &s->failure, &s->counts))
            return;
        s->done++;
    }
    s->well = true;
}

static void run_one(shared *s, const model_script *script)
{
    s->well = model_run(script, &s->failure, &s->counts);
}

/* Waits for the child; its death is a failure. */
static void await(shared *s, pid_t child)
{
    int how = 0;

    ck_assert_int_eq(waitpid(child, &how, 0), child);
    if (WIFEXITED(how) && WEXITSTATUS(how) == 0)
        return;
    s->well = false;
    if (WIFSIGNALED(how))
        (void)snprintf(s->failure.message, sizeof s->failure.message,
                       "the process died of signal %d", WTERMSIG(how));
    else
        (void)snprintf(s->failure.message, sizeof s->failure.message,
                       "the process ended with %d", WEXITSTATUS(how));
}

static pid_t begin_process(void)
{
    pid_t child;

    fflush(stdout);
    child = fork();
    ck_assert_int_ge(child, 0);
    return child;
}

bool model_try(const model_script *script, model_failure *failure)
{
    shared *s = shared_new(sizeof *s);
    pid_t child = begin_process();
    bool well;

    if (child == 0) {
        run_one(s, script);
        _exit(0);
    }
    await(s, child);
    well = s->well;
    *failure = s->failure;
    shared_free(s, sizeof *s);
    return well;
}

uint64_t model_try_many(uint64_t seed, uint64_t count, model_counts *counts)
{
    shared *s = shared_new(sizeof *s);
    pid_t child = begin_process();
    uint64_t done;

    if (child == 0) {
        run_many(s, seed, count);
        _exit(0);
    }
    await(s, child);
    done = s->done;
    counts->steps += s->counts.steps;
    counts->commits += s->counts.commits;
    counts->merges += s->counts.merges;
    counts->strikes += s->counts.strikes;
    counts->deaths += s->counts.deaths;
    counts->looks += s->counts.looks;
    counts->salvaged += s->counts.salvaged;
    shared_free(s, sizeof *s);
    return done;
}

/* ---- Shrinking ---------------------------------------------------------- */

typedef struct shrinking {
    model_script best;
    model_failure failure;
    uint32_t tries;
    bool better;
} shrinking;

static bool still_fails(shrinking *s, const model_script *script)
{
    model_failure failure;

    if (s->tries++ >= TRIES_MAX || model_try(script, &failure))
        return false;
    s->best = *script;
    s->failure = failure;
    s->better = true;
    return true;
}

static model_script without(const model_script *script, uint32_t at,
                            uint32_t count)
{
    model_script less = *script;

    memmove(&less.steps[at], &less.steps[at + count],
            (less.count - at - count) * sizeof *less.steps);
    less.count -= count;
    return less;
}

/* Without a step, what is to fail comes earlier. */
static bool drop_before_failure(shrinking *s, uint32_t at)
{
    for (uint32_t f = at + 1; f < s->best.count; f++) {
        uint32_t most = s->best.steps[f].a;

        if (!is_failure(s->best.steps[f].kind))
            continue;
        for (uint32_t by = 1; by < most && by <= EARLIER_MOST; by++) {
            model_script less = s->best;

            less.steps[f].a -= by;
            less = without(&less, at, 1);
            if (still_fails(s, &less))
                return true;
        }
    }
    return false;
}

static void drop_steps(shrinking *s)
{
    for (uint32_t size = s->best.count; size > 0; size /= 2)
        for (uint32_t at = 0; at + size <= s->best.count;) {
            model_script less = without(&s->best, at, size);

            if (!still_fails(s, &less) &&
                (size > 1 || !drop_before_failure(s, at)))
                at += size;
        }
}

/* Two steps that make up for one another. */
static void drop_pairs(shrinking *s)
{
    for (uint32_t a = 0; a < s->best.count; a++)
        for (uint32_t b = a + 1; b < s->best.count; b++) {
            model_script less = without(&s->best, b, 1);

            less = without(&less, a, 1);
            (void)still_fails(s, &less);
        }
}

/* Smaller numbers, and plainer kinds. */
static void lessen_step(shrinking *s, uint32_t at)
{
    for (uint32_t which = 0; which < 2; which++)
        for (uint32_t by = 64; by > 0; by /= 2) {
            model_script less = s->best;
            uint32_t *number = which ? &less.steps[at].b : &less.steps[at].a;

            if (*number >= by) {
                *number -= by;
                if (still_fails(s, &less))
                    by *= 2; /* again */
            }
        }
    if (s->best.steps[at].kind == MODEL_CRASH) {
        model_script less = s->best;

        less.steps[at] = (model_step){ MODEL_KILL, 0, 0 };
        (void)still_fails(s, &less);
    }
}

void model_shrink(model_script *script, model_failure *failure)
{
    shrinking s = { *script, *failure, 0, true };

    while (s.better) {
        s.better = false;
        drop_steps(&s);
        drop_pairs(&s);
        for (uint32_t at = 0; at < s.best.count; at++)
            lessen_step(&s, at);
    }
    *script = s.best;
    *failure = s.failure;
}
