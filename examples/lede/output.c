#include "output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "message.h"

bool output_json(json_t *value)
{
    bool good =
        value &&
        json_dumpf(value, stdout, JSON_COMPACT | JSON_REAL_PRECISION(17)) == 0;

    if (good)
        putchar('\n');
    else if (!value)
        message("print", NULL, "out of memory");
    json_decref(value);
    return value != NULL;
}

bool output_join(struct buffer *out, const struct options *options)
{
    for (size_t i = 0; i < options->word_count; i++) {
        if (i > 0)
            buffer_put_text(out, " ");
        buffer_put_text(out, options->words[i]);
    }
    if (out->failed)
        message("read", "words", "out of memory");
    return !out->failed;
}

bool output_finish(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    if (errno != EPIPE)
        message("print", "standard output", "%s", strerror(errno));
    return false;
}
