#include "support/corpus.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

const char *corpus_member(const corpus_article *article, const char *name)
{
    const char *text =
        json_string_value(json_object_get(article->members, name));

    return text ? text : "";
}

static void read_line(const char *line, size_t len, const char *name,
                      void (*each)(void *ctx, const corpus_article *article),
                      void *ctx)
{
    json_error_t error;
    json_t *members = json_loadb(line, len, JSON_ALLOW_NUL, &error);
    corpus_article article = { .members = members };

    ck_assert_msg(json_is_object(members), "%s: %s", name, error.text);
    article.id = corpus_member(&article, "id");
    article.title = corpus_member(&article, "title");
    article.title_len = json_string_length(json_object_get(members, "title"));
    article.text = corpus_member(&article, "text");
    article.text_len = json_string_length(json_object_get(members, "text"));
    each(ctx, &article);
    json_decref(members);
}

size_t corpus_read(const char *name, size_t limit,
                   void (*each)(void *ctx, const corpus_article *article),
                   void *ctx)
{
    char path[1024], command[1100];
    char *line = NULL;
    size_t capacity = 0, count = 0;
    ssize_t len;
    FILE *lines;

    (void)snprintf(path, sizeof path, "%s/data/%s.jsonl.xz", LEDE_SHARED_DIR,
                   name);
    if (access(path, R_OK) != 0) {
        printf("skipped: there is no %s.jsonl.xz\n", name);
        return 0;
    }
    (void)snprintf(command, sizeof command, "xzcat '%s'", path);
    lines = popen(command, "r");
    ck_assert_msg(lines != NULL, "%s: xzcat does not start", name);
    while ((!limit || count < limit) &&
           (len = getline(&line, &capacity, lines)) > 0) {
        read_line(line, (size_t)len, name, each, ctx);
        count++;
    }
    /* Cut short, xzcat dies of its pipe; else it must have been well. */
    ck_assert_msg(pclose(lines) == 0 || (limit && count == limit),
                  "%s: xzcat fails", name);
    free(line);
    return count;
}
