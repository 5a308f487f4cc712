/*
 * html.c - the words of an HTML page.
 *
 * <title> is the title, the text of <body> without scripts, styles and
 * navigation the body; `lang`, and <meta> for author and date, where they are.
 */
#include <gumbo.h>
#include <string.h>
#include <strings.h>

#include "file.h"

/* Gumbo frees its tree by recursion, and takes time by the square of its depth:
 * a page nested deeper is refused. */
#define DEPTH_MAX 2000

static bool is_hidden(const GumboNode *node)
{
    switch (node->v.element.tag) {
    case GUMBO_TAG_SCRIPT:
    case GUMBO_TAG_STYLE:
    case GUMBO_TAG_NOSCRIPT:
    case GUMBO_TAG_TEMPLATE:
    case GUMBO_TAG_NAV:
    case GUMBO_TAG_HEAD:
        return true;
    default:
        return false;
    }
}

/* Text inside these goes on in the same word. */
static bool is_inline(const GumboNode *node)
{
    switch (node->v.element.tag) {
    case GUMBO_TAG_A:
    case GUMBO_TAG_ABBR:
    case GUMBO_TAG_B:
    case GUMBO_TAG_EM:
    case GUMBO_TAG_FONT:
    case GUMBO_TAG_I:
    case GUMBO_TAG_MARK:
    case GUMBO_TAG_SMALL:
    case GUMBO_TAG_SPAN:
    case GUMBO_TAG_STRONG:
    case GUMBO_TAG_SUB:
    case GUMBO_TAG_SUP:
    case GUMBO_TAG_U:
    case GUMBO_TAG_WBR:
        return true;
    default:
        return false;
    }
}

static const GumboVector *children(const GumboNode *node)
{
    return node->type == GUMBO_NODE_ELEMENT && !is_hidden(node)
               ? &node->v.element.children
               : NULL;
}

static void leave(struct buffer *out, const GumboNode *node)
{
    if (node->type == GUMBO_NODE_ELEMENT && !is_inline(node) &&
        !is_hidden(node) && out->len > 0 && out->at[out->len - 1] != '\n')
        buffer_put_text(out, "\n");
}

/* Walks the tree by its parent links, so depth costs no stack. */
static void put_words(struct buffer *out, const GumboNode *root)
{
    const GumboNode *node = root;

    for (;;) {
        const GumboVector *inner = children(node);

        if (node->type == GUMBO_NODE_TEXT ||
            node->type == GUMBO_NODE_WHITESPACE ||
            node->type == GUMBO_NODE_CDATA)
            buffer_put_text(out, node->v.text.text);
        if (inner && inner->length > 0) {
            node = inner->data[0];
            continue;
        }
        for (;;) {
            const GumboVector *beside;

            leave(out, node);
            if (node == root)
                return;
            beside = &node->parent->v.element.children;
            if (node->index_within_parent + 1 < beside->length) {
                node = beside->data[node->index_within_parent + 1];
                break;
            }
            node = node->parent;
        }
    }
}

static const GumboNode *child(const GumboNode *parent, GumboTag tag)
{
    const GumboVector *inner = parent ? &parent->v.element.children : NULL;

    for (unsigned i = 0; inner && i < inner->length; i++) {
        const GumboNode *node = inner->data[i];

        if (node->type == GUMBO_NODE_ELEMENT && node->v.element.tag == tag)
            return node;
    }
    return NULL;
}

static const char *attribute(const GumboNode *node, const char *name)
{
    const GumboAttribute *found =
        node ? gumbo_get_attribute(&node->v.element.attributes, name) : NULL;

    return found ? found->value : "";
}

static void add_meta(struct article *article, const GumboNode *meta)
{
    const char *name = attribute(meta, "name");
    const char *content = attribute(meta, "content");

    if (!*name)
        name = attribute(meta, "property");
    if (!*content)
        return;
    if (strcasecmp(name, "author") == 0)
        lede_document_add_text(article->document, "author", content,
                               LEDE_TERMINATED);
    else if (strcasecmp(name, "date") == 0 ||
             strcasecmp(name, "article:published_time") == 0)
        article_add_date(article, "date", content, strlen(content));
}

static void add_head(struct article *article, const GumboNode *head)
{
    const GumboNode *title = child(head, GUMBO_TAG_TITLE);
    const GumboVector *inner = head ? &head->v.element.children : NULL;

    if (title && title->v.element.children.length > 0) {
        const GumboNode *text = title->v.element.children.data[0];

        if (text->type == GUMBO_NODE_TEXT)
            lede_document_add_text(article->document, "title",
                                   text->v.text.text, LEDE_TERMINATED);
    }
    for (unsigned i = 0; inner && i < inner->length; i++) {
        const GumboNode *node = inner->data[i];

        if (node->type == GUMBO_NODE_ELEMENT &&
            node->v.element.tag == GUMBO_TAG_META)
            add_meta(article, node);
    }
}

/* Elements that are never closed, or seldom, do not nest. */
static bool is_flat(const char *name, size_t len)
{
    static const char *const flat[] = { "p",    "br",   "li",    "td",    "tr",
                                        "th",   "dd",   "dt",    "img",   "hr",
                                        "meta", "link", "input", "option" };

    for (size_t i = 0; i < sizeof flat / sizeof *flat; i++)
        if (strlen(flat[i]) == len && strncasecmp(flat[i], name, len) == 0)
            return true;
    return false;
}

static bool is_too_deep(const char *text, size_t len)
{
    const char *at = text, *end = text + len;
    long depth = 0;

    while ((at = memchr(at, '<', (size_t)(end - at)))) {
        size_t name = strspn(++at, "abcdefghijklmnopqrstuvwxyz"
                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

        if (*at == '/' && depth > 0)
            depth--;
        else if (name > 0 && !is_flat(at, name) && ++depth > DEPTH_MAX)
            return true;
    }
    return false;
}

bool html_to_article(struct article *article, const char *text, size_t len,
                     char why[256])
{
    struct buffer words = { 0 };
    const GumboNode *root, *body;
    GumboOutput *page;
    const char *lang;
    bool good;

    if (is_too_deep(text, len)) {
        snprintf(why, 256, "elements nest deeper than %d", DEPTH_MAX);
        return false;
    }
    page = gumbo_parse_with_options(&kGumboDefaultOptions, text, len);
    if (!page) {
        snprintf(why, 256, "not a page");
        return false;
    }
    root = page->root;
    lang = attribute(root, "lang");
    if (*lang)
        lede_document_add_text(article->document, "lang", lang,
                               LEDE_TERMINATED);
    add_head(article, child(root, GUMBO_TAG_HEAD));
    body = child(root, GUMBO_TAG_BODY);
    if (body)
        put_words(&words, body);
    good = !words.failed;
    if (good)
        lede_document_add_text(article->document, "body", buffer_text(&words),
                               words.len);
    else
        snprintf(why, 256, "out of memory");
    buffer_free(&words);
    gumbo_destroy_output(&kGumboDefaultOptions, page);
    return good;
}
