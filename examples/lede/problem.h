/*
 * problem.h - prints what check and recover tell.
 *
 *     struct problems problems = { 0 };
 *     task.problem = problem_print;
 *     task.ctx = &problems;
 */
#ifndef TOOL_PROBLEM_H
#define TOOL_PROBLEM_H

#include <lede/lede.h>

struct problems {
    uint64_t count;
    uint64_t lost; /* articles, told by key */
};

/* One line: file (section) at byte N: what; or lost: key: why. */
void problem_print(void *ctx, const lede_problem *problem);

#endif
