#include "problem.h"

#include <inttypes.h>
#include <stdio.h>

#include "utf8.h"

void problem_print(void *ctx, const lede_problem *problem)
{
    struct problems *problems = ctx;

    problems->count++;
    if (problem->key) {
        problems->lost++;
        fputs("lost: ", stdout);
        utf8_print(stdout, problem->key, problem->key_len);
    } else {
        fputs(problem->file, stdout);
    }
    if (problem->section[0])
        printf(" (%s)", problem->section);
    if (problem->offset != LEDE_NO_POSITION)
        printf(" at byte %" PRIu64, problem->offset);
    printf(": %s\n", problem->message);
}
