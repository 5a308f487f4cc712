/*
 * support/program.h - runs a program and keeps what it said.
 *
 *     run = program_run(NULL, TOOL, "search", index, "ferry", NULL);
 *     ck_assert_int_eq(run->status, 0);
 *     ck_assert_str_eq(run->out, "...");
 *
 * One run at a time: the next one frees the texts of the last. Files go into a
 * scratch folder which is removed when the test ends.
 */
#ifndef LEDE_TESTS_PROGRAM_H
#define LEDE_TESTS_PROGRAM_H

#include <stddef.h>
#include <sys/types.h>

struct program {
    int status; /* of exit, or 128 and the signal that ended it */
    char *out;
    char *err;
};

/* Arguments end with NULL; `input` is standard input, NULL: empty. */
const struct program *program_run(const char *input, ...);

/* Starts one whose standard input stays open at *input. */
pid_t program_start(int *input, ...);

/* Waits for one that was started, and keeps what it said. */
const struct program *program_wait(pid_t pid, int input);

/* A path in the scratch folder, which is made at the first call. The text lives
 * until the test ends. */
const char *scratch(const char *name);

/* Writes a file of the scratch folder, with the folders above it. */
const char *scratch_write(const char *name, const char *bytes, size_t len);
void scratch_remove(void);

/* From now on scratch folders are made where no disk is slow, if the system
 * has such a place. */
void scratch_in_memory(void);

#endif
