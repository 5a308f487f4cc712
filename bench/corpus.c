#include "corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/utf8.h"

static void must(bool good, const char *what)
{
    if (good)
        return;
    (void)fprintf(stderr, "corpus: %s\n", what);
    exit(EXIT_FAILURE); /* NOLINT(concurrency-mt-unsafe): one thread */
}

static bool ends_in(const char *path, const char *suffix)
{
    size_t len = strlen(path), tail = strlen(suffix);

    return len >= tail && strcmp(path + len - tail, suffix) == 0;
}

static uint32_t read_hex(const char *at)
{
    char digits[5] = { at[0], at[1], at[2], at[3], '\0' };

    return (uint32_t)strtoul(digits, NULL, 16);
}

/* The escape behind a backslash; returns its bytes. */
static size_t put_escape(lede_buffer *out, const char *at)
{
    static const char escapes[] = "nrtbf", meanings[] = "\n\r\t\b\f";
    const char *known = strchr(escapes, *at);
    char bytes[LEDE_UTF8_MAX];
    size_t len = 5;
    uint32_t c;

    if (*at != 'u' || strnlen(at, 5) < 5) {
        lede_put_u8(out, (uint8_t)(known ? meanings[known - escapes] : *at));
        return 1;
    }
    c = read_hex(at + 1);
    if (c >= 0xD800 && c < 0xDC00 && strnlen(at, 11) == 11 && at[6] == 'u') {
        c = 0x10000 + ((c - 0xD800) << 10) +
            ((read_hex(at + 7) - 0xDC00) & 0x3FF);
        len = 11;
    }
    lede_put(out, bytes, lede_utf8_put(bytes, c));
    return len;
}

static void add_text(struct article *article, const char *field,
                     const lede_buffer *text)
{
    must(text->status == LEDE_OK &&
             lede_document_add_text(article->document, field,
                                    text->len ? (const char *)text->at : "",
                                    text->len) == LEDE_OK,
         "out of memory");
}

/* The string that a member has in this line, as a field; its bytes. */
static size_t add_member(struct article *article, const char *line,
                         const char *member, const char *field,
                         lede_buffer *text)
{
    const char *at = strstr(line, member);

    if (!at)
        return 0;
    lede_buffer_clear(text);
    for (at += strlen(member); *at && *at != '"';) {
        if (*at != '\\')
            lede_put_u8(text, (uint8_t)*at++);
        else if (*++at)
            at += put_escape(text, at);
    }
    add_text(article, field, text);
    return text->len;
}

static struct article *new_article(struct corpus *corpus)
{
    struct article *article;

    must(lede_grow(NULL, &corpus->articles, &corpus->capacity,
                   corpus->count + 1, sizeof *corpus->articles),
         "out of memory");
    article = &corpus->articles[corpus->count++];
    *article = (struct article){ NULL, 0 };
    must(lede_document_new(&article->document, NULL) == LEDE_OK,
         "out of memory");
    return article;
}

static void add_line(struct corpus *corpus, const char *line, lede_buffer *text)
{
    struct article *a = new_article(corpus);

    a->text_bytes += add_member(a, line, "\"title\": \"", "title", text);
    a->text_bytes += add_member(a, line, "\"text\": \"", "body", text);
    a->text_bytes += add_member(a, line, "\"body\": \"", "body", text);
    (void)add_member(a, line, "\"date\": \"", "date", text);
    corpus->bytes += a->text_bytes;
}

static FILE *open_file(const char *path, bool packed)
{
    char command[4096];
    FILE *file;

    if (packed) {
        int len = snprintf(command, sizeof command, "xz -dc -- '%s'", path);

        must(len > 0 && (size_t)len < sizeof command && !strchr(path, '\''),
             "a path that cannot be given to xz");
        /* NOLINTNEXTLINE(cert-env33-c): of whoever runs the benchmark */
        file = popen(command, "r");
    } else {
        file = fopen(path, "r");
    }
    must(file != NULL, "cannot open a file");
    return file;
}

void corpus_read(struct corpus *corpus, const char *path, uint64_t most)
{
    const char *slash = strrchr(path, '/');
    bool packed = ends_in(path, ".xz");
    bool is_json = ends_in(path, ".jsonl") || ends_in(path, ".jsonl.xz");
    FILE *file = open_file(path, packed);
    lede_buffer text;
    char *line = NULL;
    size_t room = 0;
    ssize_t n;

    *corpus = (struct corpus){ .name = slash ? slash + 1 : path };
    lede_buffer_init(&text, NULL);
    while ((!most || corpus->bytes + text.len < most) &&
           (n = getline(&line, &room, file)) > 0) {
        if (is_json)
            add_line(corpus, line, &text);
        else
            lede_put(&text, line, (size_t)n);
    }
    if (!is_json) {
        struct article *article = new_article(corpus);

        add_text(article, "body", &text);
        article->text_bytes = corpus->bytes = text.len;
    }
    lede_buffer_fini(&text);
    free(line);
    (void)(packed ? pclose(file) : fclose(file));
    must(corpus->bytes > 0, "no text");
}

void corpus_free(struct corpus *corpus)
{
    while (corpus->count > 0)
        lede_document_free(corpus->articles[--corpus->count].document);
    lede_release(NULL, corpus->articles,
                 corpus->capacity * sizeof *corpus->articles);
}
