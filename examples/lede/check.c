/*
 * check.c - lede check INDEX
 */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "interrupt.h"
#include "problem.h"
#include "store.h"
#include "utf8.h"

enum outcome command_check(const struct options *options)
{
    lede_index_options index = store_options();
    struct problems problems = { 0 };
    lede_task task = LEDE_TASK;
    lede_error err;

    index.flags = LEDE_INDEX_READ_ONLY;
    task.ctx = &problems;
    task.problem = problem_print;
    task.cancel = interrupt_cancel();
    if (lede_check(options->index, &index, &task, &err) != LEDE_OK)
        return message_error("check", options->index, &err);
    utf8_print(stdout, options->index, strlen(options->index));
    puts(": sound");
    return FOUND;
}
