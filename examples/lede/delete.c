/*
 * delete.c - lede delete INDEX KEY...
 */
#include <stdio.h>

#include "command.h"
#include "interrupt.h"
#include "store.h"

/* How many of the keys name an article; false, told, when that fails. */
static bool count_present(size_t *present, lede_index *index,
                          const struct options *options)
{
    lede_snapshot *snapshot = NULL;
    lede_status status;
    lede_error err;

    *present = 0;
    status = lede_snapshot_open(&snapshot, index, &err);
    for (size_t i = 0; status == LEDE_OK && i < options->word_count; i++) {
        lede_document *document = NULL;
        const char *key = options->words[i];

        status =
            lede_snapshot_get(&document, snapshot, key, LEDE_TERMINATED, &err);
        lede_document_free(document);
        if (status == LEDE_OK)
            (*present)++;
        else if (status == LEDE_ERR_NOT_FOUND)
            message("delete", key, "no such article");
        if (status == LEDE_ERR_NOT_FOUND)
            status = LEDE_OK;
    }
    lede_snapshot_close(snapshot);
    if (status != LEDE_OK)
        message_error("delete", options->index, &err);
    return status == LEDE_OK;
}

static enum outcome delete_all(lede_index *index, lede_writer *writer,
                               const struct options *options)
{
    lede_status status = LEDE_OK;
    size_t present;
    lede_error err;

    if (!count_present(&present, index, options))
        return FAILED;
    for (size_t i = 0; status == LEDE_OK && i < options->word_count; i++)
        status = lede_writer_delete(writer, options->words[i], LEDE_TERMINATED,
                                    &err);
    if (interrupted())
        return message("delete", options->index,
                       "interrupted, nothing was committed");
    if (status == LEDE_OK)
        status = lede_writer_commit(writer, NULL, &err);
    if (status != LEDE_OK)
        return message_error("delete", options->index, &err);
    printf("%zu deleted\n", present);
    return present > 0 ? FOUND : NOTHING;
}

enum outcome command_delete(const struct options *options)
{
    lede_index *index = NULL;
    lede_writer *writer = NULL;
    enum outcome outcome = FAILED;

    if (store_writer(&index, &writer, options, false))
        outcome = delete_all(index, writer, options);
    lede_writer_close(writer);
    lede_index_close(index);
    return outcome;
}
