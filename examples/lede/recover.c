/*
 * recover.c - lede recover INDEX
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "interrupt.h"
#include "problem.h"
#include "store.h"
#include "utf8.h"

enum outcome command_recover(const struct options *options)
{
    lede_index_options index = store_options();
    struct problems problems = { 0 };
    lede_task task = LEDE_TASK;
    lede_error err;

    task.ctx = &problems;
    task.problem = problem_print;
    task.cancel = interrupt_cancel();
    if (lede_recover(options->index, &index, &task, &err) != LEDE_OK)
        return message_error("recover", options->index, &err);
    utf8_print(stdout, options->index, strlen(options->index));
    if (problems.count == 0)
        puts(": sound, nothing to recover");
    else
        printf(": recovered; %" PRIu64 " lost articles are told by key\n",
               problems.lost);
    return FOUND;
}
