/*
 * support/dir_mutant.h - a directory that does something wrong, on purpose.
 *
 *     dir_mutant m;
 *     dir_mutant_init(&m, inner, MUTANT_NO_DIR_SYNC);
 *     ... a commit in &m.face; a test that does not see it is no test
 *
 * Some kinds are not of the directory but of what a writer does with it: those
 * are for the writer to look up in `kind`.
 *
 * With a gate (support/gate.h) segments of other threads than the test's wait
 * there; and what is done wrong may be theirs alone.
 */
#ifndef LEDE_TESTS_DIR_MUTANT_H
#define LEDE_TESTS_DIR_MUTANT_H

#include "io/dir.h"
#include "support/gate.h"

typedef enum dir_mutation {
    MUTANT_SOUND,
    MUTANT_NO_DIR_SYNC_BEFORE,
    MUTANT_NO_DIR_SYNC_AFTER,
    MUTANT_NO_DIR_SYNC,
    MUTANT_NO_MANIFEST_SYNC,
    MUTANT_NO_SEGMENT_SYNC,
    MUTANT_NO_LIVE_SYNC,
    MUTANT_SYNC_TOO_EARLY,
    MUTANT_RENAME_BEFORE_SYNC,
    MUTANT_MANIFEST_IN_PLACE,
    MUTANT_REUSED_NAMES,
    MUTANT_UNLINK_BEFORE_COMMIT,
    MUTANT_UNLINK_BEFORE_SYNC,
    MUTANT_EARLY_ANSWER,
    MUTANT_RETRIED_SYNC,
    MUTANT_HIDDEN_SYNC,
    MUTANT_RETRIED_DIR_SYNC,
    MUTANT_HIDDEN_DIR_SYNC,
    MUTANT_GOES_ON_POISONED,
    MUTANT_DELETES_NEW_ON_UNKNOWN,
    MUTANT_DELETES_OLD_ON_UNKNOWN,
    MUTANT_KINDS, /* of one commit; more, of commits with and without syncs: */
    MUTANT_NO_SYNC = MUTANT_KINDS,
    MUTANT_NO_SYNC_LEFT,
    MUTANT_NO_MANIFEST_SYNC_LEFT,
    MUTANT_HIDDEN_SYNC_LEFT,
    MUTANT_UNLINKS_AT_RENAME,
    MUTANT_UNLINKS_AT_OPEN,
    MUTANT_END
} dir_mutation;

typedef struct dir_mutant {
    lede_dir face;
    lede_dir *inner;
    dir_mutation kind;
    bool renamed;                 /* since the last sync of the directory */
    lede_out *held;               /* closed after the rename */
    void (*on_rename)(void *ctx); /* of the kinds that unlink then, or when the
                                   * sync of it fails; or NULL */
    void *ctx;
    gate *gate;  /* or NULL */
    bool beside; /* only other threads than the gate's owner do wrong */
} dir_mutant;

/* Nothing to be closed; inner is borrowed. */
void dir_mutant_init(dir_mutant *m, lede_dir *inner, dir_mutation kind);
const char *dir_mutation_name(dir_mutation kind);

#endif
