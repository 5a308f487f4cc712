/*
 * markdown.c - the words of a Markdown text.
 *
 * The first heading is the title and not part of the body. Raw HTML is left
 * out; code and the text of links and images are kept.
 */
#include <md4c.h>
#include <string.h>

#include "entity.h"
#include "file.h"

struct reader {
    struct buffer title;
    struct buffer body;
    bool in_title;
    bool has_title;
};

static struct buffer *target(struct reader *reader)
{
    return reader->in_title ? &reader->title : &reader->body;
}

static int enter_block(MD_BLOCKTYPE type, void *detail, void *ctx)
{
    struct reader *reader = ctx;

    (void)detail;
    if (type == MD_BLOCK_H && !reader->has_title)
        reader->in_title = true;
    return 0;
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *ctx)
{
    struct reader *reader = ctx;

    (void)detail;
    if (type == MD_BLOCK_H && reader->in_title) {
        reader->in_title = false;
        reader->has_title = true;
    } else if (type != MD_BLOCK_DOC) {
        buffer_put_text(&reader->body, "\n");
    }
    return reader->body.failed;
}

static int ignore_span(MD_SPANTYPE type, void *detail, void *ctx)
{
    (void)type;
    (void)detail;
    (void)ctx;
    return 0;
}

static int take_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE len,
                     void *ctx)
{
    struct buffer *out = target(ctx);

    switch (type) {
    case MD_TEXT_HTML:
        break;
    case MD_TEXT_BR:
    case MD_TEXT_SOFTBR:
        buffer_put_text(out, "\n");
        break;
    case MD_TEXT_NULLCHAR:
        buffer_put_text(out, "\xef\xbf\xbd");
        break;
    case MD_TEXT_ENTITY:
        entity_put(out, text, len);
        break;
    case MD_TEXT_NORMAL:
    case MD_TEXT_CODE:
    case MD_TEXT_LATEXMATH:
    default:
        buffer_put(out, text, len);
        break;
    }
    return out->failed;
}

bool markdown_to_article(struct article *article, const char *text, size_t len)
{
    static const MD_PARSER parser = {
        .flags = MD_DIALECT_GITHUB,
        .enter_block = enter_block,
        .leave_block = leave_block,
        .enter_span = ignore_span,
        .leave_span = ignore_span,
        .text = take_text,
    };
    struct reader reader = { 0 };
    bool good = md_parse(text, (MD_SIZE)len, &parser, &reader) == 0;

    if (good) {
        if (reader.has_title)
            lede_document_add_text(article->document, "title",
                                   buffer_text(&reader.title),
                                   reader.title.len);
        lede_document_add_text(article->document, "body",
                               buffer_text(&reader.body), reader.body.len);
    }
    buffer_free(&reader.title);
    buffer_free(&reader.body);
    return good;
}
