/*
 * query/print.c - writes a tree as text that parses to it.
 *
 * Each node has a form that stands alone, a clause: a short one where its texts
 * allow, else the long one of query/operator. The query itself, and what stands
 * between brackets, may also be a list of clauses. Nodes wait on a stack of
 * ours, with the texts that stand between them, so any height is printed.
 */
#include "base/alloc.h"
#include "base/error.h"
#include "base/number.h"
#include "base/utf8.h"
#include "query/operator.h"
#include "query/scan.h"
#include "query/word.h"

/* What is yet to be written: a text, and then maybe a node. */
typedef enum piece_kind {
    PIECE_TEXT,
    PIECE_CLAUSE,
    PIECE_LIST,
    PIECE_FACTOR /* of a BOOST: ^number */
} piece_kind;

typedef struct piece {
    piece_kind kind;
    lede_node node;
    const char *text; /* static */
} piece;

typedef struct printer {
    const lede_query *query;
    lede_buffer *out;
    piece *pieces; /* the next one last */
    size_t count;
    size_t capacity;
} printer;

static void push(printer *pr, piece_kind kind, lede_node node, const char *text)
{
    if (!lede_grow(pr->query->allocator, &pr->pieces, &pr->capacity,
                   pr->count + 1, sizeof *pr->pieces)) {
        pr->out->status = LEDE_ERR_NOMEM;
        return;
    }
    pr->pieces[pr->count++] = (piece){ kind, node, text };
}

static void put_literal(lede_buffer *out, lede_bytes text)
{
    lede_put_text(out, "\"");
    while (text.len) {
        const char *at = (const char *)text.at;
        uint32_t c;
        size_t len = lede_utf8_take(at, text.len, &c);

        if (c == '"' || c == '\\')
            lede_put_text(out, "\\");
        if (lede_scan_is_clean(at, len))
            lede_put(out, at, len);
        else
            for (size_t i = 0; i < len; i++)
                lede_put_format(out, "\\x%02x", (unsigned)text.at[i]);
        text = lede_bytes_of(text.at + len, text.len - len);
    }
    lede_put_text(out, "\"");
}

static bool is_join(const lede_query_node *node)
{
    lede_bytes text = lede_bytes_of(node->text, node->len);

    return lede_bytes_equal(text, lede_bytes_of_text("AND")) ||
           lede_bytes_equal(text, lede_bytes_of_text("OR")) ||
           lede_bytes_equal(text, lede_bytes_of_text("NOT"));
}

/* Whether every mark in the text is one of `marks` with a letter or digit on
 * both sides of it: such text is a word wherever it stands. */
static bool is_tame(const char *text, size_t len, const char *marks)
{
    bool after_word = false;

    for (size_t at = 0; at < len;) {
        uint32_t c;
        size_t step = lede_utf8_take(text + at, len - at, &c);
        bool word = lede_scan_kind_of(c) == LEDE_SCAN_WORD;

        if (!word &&
            (!after_word || c == 0 || c > 0x7F || !strchr(marks, (int)c)))
            return false;
        after_word = word;
        at += step;
    }
    return after_word;
}

static bool put_short_text(lede_buffer *out, const lede_query_node *node)
{
    const char *text = node->text;
    size_t len = node->len;

    switch (node->kind) {
    case LEDE_NODE_TERM:
        /* c++ and c# are words too. */
        while (len && (text[len - 1] == '+' || text[len - 1] == '#'))
            len--;
        if (!is_tame(text, len, "-.'@&#/+_=,") || is_join(node))
            return false;
        lede_put(out, text, node->len);
        return true;
    case LEDE_NODE_PREFIX:
        if (!is_tame(text, len, "-.'_"))
            return false;
        lede_put(out, text, len);
        lede_put_text(out, "*");
        return true;
    case LEDE_NODE_FUZZY:
        if (node->prefix || !is_tame(text, len, "-.'_"))
            return false;
        lede_put(out, text, len);
        lede_put_format(out, "~%u", (unsigned)node->number);
        return true;
    default:
        return false;
    }
}

static bool put_short_wildcard(lede_buffer *out, const lede_query_node *node)
{
    lede_word word;

    for (size_t at = 0; at < node->len;) {
        uint32_t c;
        size_t step = lede_utf8_take(node->text + at, node->len - at, &c);

        if (c != '*' && c != '?' && lede_scan_kind_of(c) != LEDE_SCAN_WORD)
            return false;
        at += step;
    }
    lede_word_look(&word, node->text, node->len, false);
    if (word.kind != LEDE_NODE_WILDCARD || word.len != node->len)
        return false;
    lede_put(out, node->text, node->len);
    return true;
}

static bool put_short_regex(lede_buffer *out, const lede_query_node *node)
{
    const char *text = node->text;
    size_t len = node->len;
    bool special = false;

    if (!lede_scan_is_clean(text, len))
        return false;
    for (size_t at = 0; at < len;) {
        uint32_t c;
        size_t step = lede_utf8_take(text + at, len - at, &c);

        if (c == '/' || lede_scan_kind_of(c) == LEDE_SCAN_SPACE)
            return false;
        special |= c < 0x80 && strchr(".[(|?*+{\\", (int)c);
        /* What is escaped is not looked at: it may be a slash. */
        if (c == '\\' && at + 1 < len) {
            (void)lede_utf8_take(text + at + 1, len - at - 1, &c);
            if (lede_scan_kind_of(c) == LEDE_SCAN_SPACE)
                return false;
            step = 2;
        }
        at += step;
    }
    if (!special)
        return false;
    lede_put_text(out, "/");
    lede_put(out, text, len);
    lede_put_text(out, "/");
    return true;
}

static bool put_short_phrase(lede_buffer *out, const lede_query_node *node)
{
    if (!lede_scan_is_clean(node->text, node->len) ||
        !lede_scan_has_word(node->text, node->len))
        return false;
    put_literal(out, lede_bytes_of(node->text, node->len));
    if (node->number)
        lede_put_format(out, "~%u", (unsigned)node->number);
    return true;
}

/* One end of [min..max]: bare if nothing in it could end it. */
static void put_end(lede_buffer *out, const lede_value *value)
{
    lede_bytes text = lede_bytes_of(value->text, value->len);

    if (value->kind == LEDE_NONE)
        return;
    for (size_t i = 0; i < text.len; i++) {
        char c = value->text[i];

        if (c != '-' && c != '+' && c != ':' &&
            ((uint8_t)c > 0x7F ||
             lede_scan_kind_of((uint8_t)c) != LEDE_SCAN_WORD)) {
            put_literal(out, text);
            return;
        }
    }
    if (text.len)
        lede_put(out, text.at, text.len);
    else
        lede_put_text(out, "\"\"");
}

static void put_number(lede_buffer *out, const lede_value *value)
{
    char digits[LEDE_NUMBER_MAX];
    size_t len;

    if (value->kind == LEDE_INT) {
        lede_put(out, digits, lede_number_put_int(digits, value->number));
        return;
    }
    len = lede_number_put_double(digits, value->real);
    lede_put(out, digits, len);
    if (!memchr(digits, '.', len) && !memchr(digits, 'e', len) &&
        !memchr(digits, 'i', len))
        lede_put_text(out, ".0");
}

static void put_range(lede_buffer *out, const lede_query_node *node)
{
    if (node->min.kind == LEDE_INT || node->min.kind == LEDE_DOUBLE) {
        lede_operator_put(out, node);
        put_number(out, &node->min);
        lede_put_text(out, " ");
        put_number(out, &node->max);
        lede_put_text(out, ")");
        return;
    }
    lede_put_text(out, "[");
    put_end(out, &node->min);
    lede_put_text(out, "..");
    put_end(out, &node->max);
    lede_put_text(out, "]");
}

static bool put_short(lede_buffer *out, const lede_query_node *node)
{
    switch (node->kind) {
    case LEDE_NODE_WILDCARD:
        return put_short_wildcard(out, node);
    case LEDE_NODE_REGEX:
        return put_short_regex(out, node);
    case LEDE_NODE_PHRASE:
        return put_short_phrase(out, node);
    case LEDE_NODE_EXISTS:
        lede_put_text(out, "*");
        return true;
    case LEDE_NODE_EVERYTHING:
        lede_put_text(out, "*:*");
        return true;
    case LEDE_NODE_RANGE:
        put_range(out, node);
        return true;
    default:
        return put_short_text(out, node);
    }
}

static void put_leaf(lede_buffer *out, const lede_query_node *node)
{
    if (node->field) {
        lede_put_text(out, node->field);
        lede_put_text(out, ":");
    }
    if (put_short(out, node))
        return;
    lede_operator_put(out, node);
    if (node->text)
        put_literal(out, lede_bytes_of(node->text, node->len));
    lede_put_text(out, ")");
}

static const lede_query_node *child_of(const printer *pr,
                                       const lede_query_node *node, uint32_t at)
{
    return lede_query_node_at(pr->query, node->children[at]);
}

/* How many children of the kind stand from `*at` on; moves behind them. */
static uint32_t run_of(const printer *pr, const lede_query_node *node,
                       lede_node_kind kind, uint32_t *at)
{
    uint32_t begin = *at;

    while (*at < node->count && child_of(pr, node, *at)->kind == kind)
        ++*at;
    return *at - begin;
}

/* An OR that can be its clauses side by side. */
static bool is_plain_or(const printer *pr, const lede_query_node *node)
{
    if (node->kind != LEDE_NODE_OR || node->count < 2)
        return false;
    for (uint32_t i = 0; i < node->count; i++)
        if (child_of(pr, node, i)->kind == LEDE_NODE_NOT)
            return false;
    return true;
}

/* An AND's children as the parser groups them: those that must match, those
 * that may, those that must not. */
typedef struct and_parts {
    uint32_t must, may, not ;
} and_parts;

/* False for an AND that no list parses to. */
static bool split_and(const printer *pr, const lede_query_node *node,
                      and_parts *parts)
{
    uint32_t at = 0;

    while (at < node->count &&
           child_of(pr, node, at)->kind != LEDE_NODE_OPTIONAL &&
           child_of(pr, node, at)->kind != LEDE_NODE_NOT)
        at++;
    parts->must = at;
    parts->may = run_of(pr, node, LEDE_NODE_OPTIONAL, &at);
    parts->not = run_of(pr, node, LEDE_NODE_NOT, &at);
    return at == node->count && node->count >= 2 &&
           (parts->must > 0 || parts->may == 0);
}

/* The children as clauses. */
static void push_children(printer *pr, const lede_query_node *node,
                          const char *between)
{
    for (uint32_t i = node->count; i-- > 0;) {
        const lede_query_node *child = child_of(pr, node, i);
        const char *before = i > 0 ? between : "";

        if (child->kind != LEDE_NODE_NOT) {
            push(pr, PIECE_CLAUSE, node->children[i], before);
            continue;
        }
        push(pr, PIECE_CLAUSE, child->children[0], "-");
        push(pr, PIECE_TEXT, 0, before);
    }
}

/* An AND in signs: +must may -not; or one clause, or list, and -not. */
static void push_signs(printer *pr, const lede_query_node *node,
                       const and_parts *parts)
{
    bool plus = parts->must > 1 || parts->may > 0;

    for (uint32_t i = node->count; i-- > 0;) {
        const lede_query_node *child = child_of(pr, node, i);
        bool list = !plus && is_plain_or(pr, child);

        if (i < parts->must)
            push(pr, list ? PIECE_LIST : PIECE_CLAUSE, node->children[i],
                 plus ? "+" : "");
        else if (i < parts->must + parts->may)
            push(pr, PIECE_CLAUSE, child->children[0], "");
        else
            push(pr, PIECE_CLAUSE, child->children[0], "-");
        if (i > 0)
            push(pr, PIECE_TEXT, 0, " ");
    }
}

/* NAME/arguments( children ). */
static void put_long(printer *pr, const lede_query_node *node)
{
    bool list = lede_operator_of(node->kind)->shape == LEDE_OPERATOR_LIST;

    lede_operator_put(pr->out, node);
    push(pr, PIECE_TEXT, 0, ")");
    if (list)
        push_children(pr, node, " ");
    else
        push(pr, PIECE_LIST, node->children[0], "");
}

/* Whether a node has a form without brackets beside its clause. */
static bool has_list(const printer *pr, const lede_query_node *node)
{
    and_parts parts;

    return is_plain_or(pr, node) || node->kind == LEDE_NODE_NOT ||
           (node->kind == LEDE_NODE_AND && split_and(pr, node, &parts));
}

static void put_list(printer *pr, const lede_query_node *node)
{
    and_parts parts;

    if (node->kind == LEDE_NODE_NOT) {
        push(pr, PIECE_CLAUSE, node->children[0], "-");
    } else if (node->kind == LEDE_NODE_OR) {
        push_children(pr, node, " ");
    } else {
        (void)split_and(pr, node, &parts);
        if (parts.must == node->count)
            push_children(pr, node, " AND ");
        else
            push_signs(pr, node, &parts);
    }
}

static void put_boost(printer *pr, lede_node number)
{
    const lede_query_node *node = lede_query_node_at(pr->query, number);
    bool brackets = child_of(pr, node, 0)->kind == LEDE_NODE_BOOST;

    push(pr, PIECE_FACTOR, number, brackets ? ")" : "");
    push(pr, PIECE_CLAUSE, node->children[0], brackets ? "(" : "");
}

static void put_factor(printer *pr, const lede_query_node *node)
{
    char digits[LEDE_NUMBER_MAX];

    lede_put_text(pr->out, "^");
    lede_put(pr->out, digits, lede_number_put_double(digits, node->real));
}

static void put_piece(printer *pr, const piece *next)
{
    const lede_query_node *node = lede_query_node_at(pr->query, next->node);

    lede_put_text(pr->out, next->text);
    if (!node)
        return;
    if (next->kind == PIECE_FACTOR) {
        put_factor(pr, node);
    } else if (node->kind == LEDE_NODE_BOOST) {
        put_boost(pr, next->node);
    } else if (node->kind < LEDE_NODE_AND) {
        put_leaf(pr->out, node);
    } else if (!has_list(pr, node)) {
        put_long(pr, node);
    } else if (next->kind == PIECE_LIST) {
        put_list(pr, node);
    } else {
        lede_put_text(pr->out, "(");
        push(pr, PIECE_TEXT, 0, ")");
        put_list(pr, node);
    }
}

lede_status lede_query_print(lede_query *query, const char **text, size_t *len)
{
    printer pr = { .query = query };

    if (!query || !text || !len)
        return LEDE_ERR_INVALID;
    if (query->status != LEDE_OK)
        return query->status;
    pr.out = &query->printed;
    lede_buffer_clear(pr.out);
    if (query->root)
        push(&pr, PIECE_LIST, query->root, "");
    while (pr.count && pr.out->status == LEDE_OK) {
        piece next = pr.pieces[--pr.count];

        put_piece(&pr, &next);
    }
    lede_release(query->allocator, pr.pieces, pr.capacity * sizeof *pr.pieces);
    lede_put_u8(pr.out, '\0');
    if (pr.out->status != LEDE_OK)
        return pr.out->status;
    *text = (const char *)pr.out->at;
    *len = pr.out->len - 1;
    return LEDE_OK;
}
