#include "file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum file_kind file_kind_of(const char *path)
{
    static const struct {
        const char *ending;
        enum file_kind kind;
    } kinds[] = {
        { ".jsonl", FILE_JSONL }, { ".ndjson", FILE_JSONL },
        { ".json", FILE_JSON },   { ".txt", FILE_TEXT },
        { ".md", FILE_MARKDOWN }, { ".html", FILE_HTML },
        { ".htm", FILE_HTML },
    };
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash ? slash : path, '.');

    for (size_t i = 0; dot && i < sizeof kinds / sizeof *kinds; i++)
        if (strcasecmp(dot, kinds[i].ending) == 0)
            return kinds[i].kind;
    return FILE_OTHER;
}

bool file_read(struct buffer *out, const char *path, char why[256])
{
    FILE *in = fopen(path, "rb");
    bool good = false;

    buffer_clear(out);
    if (!in) {
        snprintf(why, 256, "%s", strerror(errno));
        return false;
    }
    while (out->len <= FILE_BYTES_MAX && buffer_reserve(out, 65536)) {
        size_t len = fread(out->at + out->len, 1, 65536, in);

        out->len += len;
        out->at[out->len] = '\0';
        if (len == 0)
            break;
    }
    if (ferror(in))
        snprintf(why, 256, "%s", strerror(errno));
    else if (out->failed)
        snprintf(why, 256, "out of memory");
    else if (out->len > FILE_BYTES_MAX)
        snprintf(why, 256, "larger than %zu MiB", FILE_BYTES_MAX >> 20);
    else
        good = true;
    fclose(in);
    return good;
}

static void text_to_article(struct article *article, const char *text,
                            size_t len)
{
    static const char mark[] = "\xef\xbb\xbf";
    const char *newline;
    size_t title;

    if (len >= 3 && memcmp(text, mark, 3) == 0) {
        text += 3;
        len -= 3;
    }
    newline = memchr(text, '\n', len);
    title = newline ? (size_t)(newline - text) : len;
    lede_document_add_text(article->document, "title", text,
                           title > 0 && text[title - 1] == '\r' ? title - 1
                                                                : title);
    if (newline)
        lede_document_add_text(article->document, "body", newline + 1,
                               len - title - 1);
}

bool file_to_article(struct article *article, enum file_kind kind,
                     const struct buffer *text, char why[256])
{
    const char *at = buffer_text(text);

    if (kind == FILE_HTML)
        return html_to_article(article, at, text->len, why);
    if (kind == FILE_MARKDOWN && !markdown_to_article(article, at, text->len)) {
        snprintf(why, 256, "out of memory");
        return false;
    }
    if (kind == FILE_TEXT)
        text_to_article(article, at, text->len);
    return true;
}
