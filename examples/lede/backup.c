/*
 * backup.c - lede backup INDEX DIR
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "interrupt.h"
#include "store.h"
#include "utf8.h"

enum outcome command_backup(const struct options *options)
{
    const char *path = options->words[0];
    lede_snapshot *snapshot = NULL;
    lede_task task = LEDE_TASK;
    enum outcome outcome = FOUND;
    lede_error err;

    if (!store_snapshot(&snapshot, options->index))
        return FAILED;
    task.cancel = interrupt_cancel();
    if (lede_snapshot_backup(snapshot, path, &task, &err) != LEDE_OK) {
        outcome = message_error("backup", path, &err);
    } else {
        utf8_print(stdout, path, strlen(path));
        printf(": commit %" PRIu64 "\n", lede_snapshot_generation(snapshot));
    }
    lede_snapshot_close(snapshot);
    return outcome;
}
