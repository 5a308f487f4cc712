/*
 * support/model_inside.h - what the parts of support/model.h share: the world
 * that the operations are done in, and what they expect of it.
 *
 * model_world.c  disks, handles, readers of what is there
 * model.c        the steps of scripts
 * model_death.c  kills and crashes
 */
#ifndef LEDE_TESTS_MODEL_INSIDE_H
#define LEDE_TESTS_MODEL_INSIDE_H

#include "support/dir_copy.h"
#include "support/dir_faulty.h"
#include "support/larder.h"
#include "support/model.h"

#define READERS 4U

/* Mixed into names of files, beside those of the story before. */
#define SEQUEL_NAMES ((uint64_t)1 << 60)
#define WORLDS_MAX   (MODEL_STEPS_MAX + 1)
#define HISTORY_MAX  (3 * MODEL_STEPS_MAX + 4)

/* A disk between two deaths of the process that writes. */
typedef struct world {
    lede_dir *memory;
    lede_dir *faulty;
    lede_dir *recording;
    dir_mutant mutant; /* what the writer has */
    dir_faults faults;
    dir_log log;
} world;

typedef struct reader {
    lede_snapshot *snapshot;
    picture seen;
} reader;

/* A commit. */
typedef struct moment {
    picture picture;
    lede_durability durability;
    bool acknowledged;
    uint64_t generation; /* or less */
} moment;

struct model {
    world *worlds[WORLDS_MAX];
    uint32_t world_count;
    world *here;
    larder larder;
    lede_index_options options;
    lede_durability durability;
    bool flushes;
    bool merges; /* on a thread of their own */
    gate gate;   /* of their segments */
    lede_index *index;
    lede_writer *writer;
    lede_index *other;    /* of a process that only reads */
    lede_dir *looking_at; /* instead of what is there */
    uint64_t generation;

    uint64_t ever[PICTURE_KEYS]; /* bit n % 64: n was put by the key */
    picture now;                 /* with what was put */
    picture last;                /* the commit that is there */
    picture synced;              /* the last one that was durable */
    dir_name_list kept;          /* files of the last with syncs, */
    uint32_t kept_from;          /* there from this commit on */
    moment history[HISTORY_MAX];
    uint32_t commits; /* in it; the last is that which is there */

    lede_status failed; /* what every call must go on saying */
    bool tainted;       /* something failed since the writer was as new */
    uint64_t strikes;   /* at the last look */
    size_t opened_at;   /* records of the log before the writer */
    bool ended;         /* damage that was to be expected */
    uint64_t damaged;   /* states of that kind that were held against it */
    reader readers[READERS];
    uint32_t looks;
    uint32_t at;
    model_failure *failure;
    model_counts *counts;
    bool broken;
    dir_mutation mutation;
    bool beside;       /* of merges alone */
    size_t begun_at;   /* records of the log that were there before */
    size_t created_at; /* records before there is an index */
};

/* Keeps the first complaint, with the step it is of. */
void model_complain(model *m, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- The world ---- */

void model_heal(model *m);

/* Whether anything failed since the last look. */
bool model_is_struck(model *m);

/* Takes ownership of `memory`. */
void model_enter(model *m, lede_dir *memory);
void model_leave_all(model *m);
lede_status model_open_handles(model *m, lede_error *err);
void model_close_handles(model *m);

/* Lets a merge that waits go on, and waits for its end. */
void model_let_merge(model *m);

/* Closes what the dead process had: into a world that nobody looks at. */
void model_bury(model *m);

/* The handle of a process that only reads. */
lede_status model_open_other(model *m);

/* ---- What must be there ---- */

lede_status model_look_at(model *m, const picture *p, const char **message);
void model_expect_last(model *m);
void model_push(model *m, const picture *p, bool acknowledged);

/* The files of a commit with syncs, which only another one may unlink. */
void model_keep_names(model *m);

void model_begin_history(model *m);

/* Keeps a commit of the writer's own, as merges make when it opens or closes:
 * it looks like the last. */
void model_notice(model *m);

/* ---- Deaths ---- */

void model_open_again(model *m);
void model_reopen(model *m, uint32_t durability, uint32_t manner);
void model_kill_process(model *m);
void model_crash(model *m, uint32_t seed);

#endif
