/*
 * check.c - lede check INDEX
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "interrupt.h"
#include "store.h"
#include "utf8.h"

static void print_problem(void *ctx, const lede_problem *problem)
{
    (void)ctx;
    if (problem->key) {
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

enum outcome command_check(const struct options *options)
{
    lede_index_options index = store_options();
    lede_task task = LEDE_TASK;
    lede_error err;

    index.flags = LEDE_INDEX_READ_ONLY;
    task.problem = print_problem;
    task.cancel = interrupt_cancel();
    if (lede_check(options->index, &index, &task, &err) != LEDE_OK)
        return message_error("check", options->index, &err);
    utf8_print(stdout, options->index, strlen(options->index));
    puts(": sound");
    return FOUND;
}
