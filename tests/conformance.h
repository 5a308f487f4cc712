/*
 * conformance.h - the contract of engine/engine.h, as tests of any engine.
 *
 *     conformance memory
 *     conformance native
 *     conformance xapian
 *
 * An engine joins by a line in the table of conformance.c.
 *
 * What an engine does not support is passed over and counted; it may be
 * `unsupported_most` of the random searches at most. Scores are compared where
 * results say that they are exact.
 */
#ifndef LEDE_TESTS_CONFORMANCE_H
#define LEDE_TESTS_CONFORMANCE_H

#include "support/seam.h"
#include "support/suite.h"

typedef struct subject {
    const char *name;
    const lede_engine *(*engine)(void);
    const char *scheme;
    bool on_disk;
    bool exact;              /* all scores, to the bit */
    double tolerance;        /* of scores that are called exact, relative */
    double unsupported_most; /* share of random searches */
    bool names;              /* knows which terms are names */
} subject;

extern const subject *the_subject;

/* The index of each test: open before it, closed and gone after it. */
extern seam s;
void subject_set_up(void);
void subject_tear_down(void);

/* Fails the test unless a plan finds these keys, in any order; passes over
 * what the engine does not support. */
void expect_found(seam *in, const char *plan, const char *keys);

/* Keys in byte order, by spaces. */
const char *sorted_keys(seam *in, const lede_engine_results *results);

void add_writing_tests(TCase *tcase);
void add_reading_tests(TCase *tcase);
void add_search_tests(TCase *tcase);
void add_order_tests(TCase *tcase);
void add_random_tests(TCase *tcase);

#endif
