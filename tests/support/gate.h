/*
 * support/gate.h - a gate at which a merge on its thread waits for the test,
 * so that the test says what is done before it, and what after.
 *
 *     gate_init(&g);                         shut; this thread is the test's
 *     ... support/dir_mutant.h with a gate: whoever else makes a segment
 *     ck_assert(gate_await(&g));             somebody stands there
 *     ...
 *     ck_assert(gate_let(&g));               goes through, and is done
 *     gate_fini(&g);
 *
 * A merge makes its segment before all else, and is done with a rename, or by
 * unlinking the segment; it holds the mutex of the draft then until it rests or
 * begins another. So the writer's next call that takes that mutex comes after.
 *
 * Threads   Shared.
 */
#ifndef LEDE_TESTS_GATE_H
#define LEDE_TESTS_GATE_H

#include <pthread.h>
#include <stdbool.h>

typedef struct gate {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    pthread_t owner;
    bool open;
    bool waited_at; /* somebody stands there, */
    bool let;       /* and may go through */
    bool inside;    /* somebody went, and is not done */
} gate;

void gate_init(gate *g);
void gate_fini(gate *g);

/* ---- The thread of the test ---- */

/* False: nobody came, in two minutes. */
bool gate_await(gate *g);

/* Lets through who stands there, if anybody does, and waits until there is
 * nobody inside; false: not in two minutes. */
bool gate_let(gate *g);

/* For all, until it is shut. */
void gate_open(gate *g);
void gate_shut(gate *g);

/* ---- All others ---- */

bool gate_is_owner(const gate *g);
void gate_enter(gate *g);
void gate_leave(gate *g);

#endif
