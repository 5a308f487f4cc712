/*
 * query/parse.c - from the text of a query to its tree: lists and joins.
 *
 *     list     chain*                          optional side by side, or all
 *     chain    all ( OR all )*
 *     all      signed ( AND signed )*
 *     signed   ( "+" | "-" | NOT )? clause
 *     clause   field? ( "(" list ")" | NAME/arguments( list ")" | leaf )
 *              ( "^" number )?
 *
 * One pass from left to right. Open brackets are frames on a stack of ours, no
 * deeper than limits.query_depth; what has been read of all of them lies in one
 * array of items. A frame knows where its items begin, and within them its last
 * chain and the last part of that which AND joins: so each join is made as soon
 * as what follows it is known not to belong to it.
 */
#include "base/alloc.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/options.h"
#include "query/parser.h"

#define ALL_FLAGS                                             \
    ((uint32_t)LEDE_PARSE_STRICT | (uint32_t)LEDE_PARSE_ALL | \
     (uint32_t)LEDE_PARSE_TYPING | (uint32_t)LEDE_PARSE_WORDS)

typedef enum sign { SIGN_NONE, SIGN_MUST, SIGN_NOT } sign;

/* A clause that has been read and has no parent yet. */
typedef struct item {
    lede_node node;
    sign sign;
    size_t begin, end;
} item;

typedef struct frame {
    const lede_operator *op; /* NULL: plain brackets, or the whole text */
    lede_operator_values values;
    const lede_field *field; /* of the clauses in it that name none */
    sign sign;               /* of the clause that it will be */
    size_t begin;            /* where that began, */
    size_t inside;           /* and where the list did */
    size_t items;            /* where its items begin, */
    size_t chain;            /* its last chain, */
    size_t all;              /* and the last part of that joined by AND */
    char join;               /* read since the last item: 'A', 'O' or 0 */
    bool dropped;            /* something without words was left out */
} frame;

typedef struct list_parser {
    lede_parser p;
    frame *frames;
    size_t depth;
    size_t frame_capacity;
    item *items;
    size_t count;
    size_t item_capacity;
    size_t depth_max;
} list_parser;

void lede_parser_fail(lede_parser *p, lede_status status, size_t at,
                      const char *why)
{
    if (p->why)
        return;
    p->stop = at;
    p->why = why;
    if (p->query->status == LEDE_OK)
        p->query->status = status;
}

void lede_parser_doubt(lede_parser *p, size_t begin, size_t end,
                       const char *message)
{
    if (p->flags & LEDE_PARSE_STRICT)
        lede_parser_fail(p, LEDE_ERR_INVALID, begin, message);
    else
        lede_query_warn(p->query, begin, end, message);
}

/* Beyond a limit, which the error names as its place. */
static void fail_limit(lede_parser *p, const char *limit, size_t at,
                       const char *why)
{
    if (!p->why)
        p->limit = limit;
    lede_parser_fail(p, LEDE_ERR_LIMIT, at, why);
}

lede_node lede_parser_made(lede_parser *p, lede_node node, size_t begin)
{
    const lede_query_node *made = lede_query_node_at(p->query, node);

    if (!made) {
        lede_parser_fail(p, LEDE_ERR_NOMEM, begin, "out of memory");
        return 0;
    }
    if (made->height == 1 && p->clauses_left-- == 0) {
        fail_limit(p, "clauses", begin, "too many clauses");
        return 0;
    }
    if (made->height > p->height_max) {
        fail_limit(p, "query_depth", begin, "nested too deep");
        return 0;
    }
    lede_query_set_span(p->query, node, begin, p->at);
    return node;
}

static frame *top(list_parser *l)
{
    return &l->frames[l->depth - 1];
}

static bool push_frame(list_parser *l, const frame *next)
{
    if (l->depth > l->depth_max) {
        fail_limit(&l->p, "query_depth", next->begin, "nested too deep");
        return false;
    }
    if (!lede_arena_grow(&l->p.query->arena, &l->frames, &l->frame_capacity,
                         l->depth + 1, sizeof *l->frames)) {
        lede_parser_fail(&l->p, LEDE_ERR_NOMEM, next->begin, "out of memory");
        return false;
    }
    l->frames[l->depth] = *next;
    l->frames[l->depth].inside = l->p.at;
    l->frames[l->depth].items = l->count;
    l->frames[l->depth].chain = l->count;
    l->frames[l->depth].all = l->count;
    l->depth++;
    return true;
}

/* The node of an item where signs mean nothing but NOT. */
static lede_node signed_node(list_parser *l, const item *it)
{
    lede_node node = it->node;

    if (it->sign == SIGN_NOT)
        node = lede_parser_made(&l->p, lede_query_not(l->p.query, node),
                                it->begin);
    lede_query_set_span(l->p.query, node, it->begin, it->end);
    return node;
}

/* The nodes of the items from `from` on, in the arena. NULL on failure. */
static lede_node *signed_nodes(list_parser *l, size_t from)
{
    lede_node *nodes =
        lede_arena_array(&l->p.query->arena, l->count - from, sizeof *nodes);

    if (!nodes) {
        lede_parser_fail(&l->p, LEDE_ERR_NOMEM, l->p.at, "out of memory");
        return NULL;
    }
    for (size_t i = from; i < l->count; i++)
        nodes[i - from] = signed_node(l, &l->items[i]);
    return nodes;
}

/* Makes one item of those from `from` on, if they are several. */
static void join(list_parser *l, size_t from, bool all)
{
    size_t count = l->count - from, begin, end;
    lede_node *nodes, node;

    if (count < 2)
        return;
    begin = l->items[from].begin;
    end = l->items[l->count - 1].end;
    nodes = signed_nodes(l, from);
    if (!nodes)
        return;
    node = all ? lede_query_and(l->p.query, nodes, count)
               : lede_query_or(l->p.query, nodes, count);
    node = lede_parser_made(&l->p, node, begin);
    lede_query_set_span(l->p.query, node, begin, end);
    l->count = from;
    l->items[l->count++] = (item){ node, SIGN_NONE, begin, end };
}

static void end_chain(list_parser *l)
{
    join(l, top(l)->all, true);
    join(l, top(l)->chain, false);
}

static void add_item(list_parser *l, const item *next)
{
    frame *f = top(l);

    if (next->node == 0) {
        f->dropped = true;
        return;
    }
    if (f->join == 'O') {
        join(l, f->all, true);
        f->all = l->count;
    } else if (f->join == 0) {
        end_chain(l);
        f->chain = f->all = l->count;
    }
    f->join = 0;
    if (!lede_arena_grow(&l->p.query->arena, &l->items, &l->item_capacity,
                         l->count + 1, sizeof *l->items)) {
        lede_parser_fail(&l->p, LEDE_ERR_NOMEM, next->begin, "out of memory");
        return;
    }
    l->items[l->count++] = *next;
}

/* Appends the nodes of one sign to `out`, wrapped as that asks for. */
static size_t take_signed(list_parser *l, size_t from, sign wanted,
                          bool optional, lede_node *out)
{
    size_t used = 0;

    for (size_t i = from; i < l->count; i++) {
        const item *it = &l->items[i];

        if (it->sign != wanted)
            continue;
        out[used] = signed_node(l, it);
        if (optional) {
            out[used] = lede_parser_made(
                &l->p, lede_query_optional(l->p.query, out[used]), it->begin);
            lede_query_set_span(l->p.query, out[used], it->begin, it->end);
        }
        used++;
    }
    return used;
}

/* Side by side: what must match, what may, what must not. */
static lede_node side_by_side(list_parser *l, size_t from)
{
    size_t count = l->count - from, must, may, used;
    size_t begin = l->items[from].begin;
    lede_node *nodes =
        lede_arena_array(&l->p.query->arena, count + 1, sizeof *nodes);
    bool all = (l->p.flags & LEDE_PARSE_ALL) != 0;

    if (!nodes) {
        lede_parser_fail(&l->p, LEDE_ERR_NOMEM, begin, "out of memory");
        return 0;
    }
    must = used = take_signed(l, from, SIGN_MUST, false, nodes);
    may = take_signed(l, from, SIGN_NONE, must && !all, nodes + used);
    if (must == 0 && may > 1 && !all) {
        nodes[0] = lede_parser_made(
            &l->p, lede_query_or(l->p.query, nodes, may), begin);
        may = 1;
    }
    used += may;
    used += take_signed(l, from, SIGN_NOT, false, nodes + used);
    if (used == 1)
        return nodes[0];
    return lede_parser_made(&l->p, lede_query_and(l->p.query, nodes, used),
                            begin);
}

/* Items in the order they were read, each a node of a long form. */
static lede_node make_list(list_parser *l, const frame *f)
{
    const lede_query *query = l->p.query;
    size_t count = l->count - f->items;
    lede_node *nodes = signed_nodes(l, f->items);
    lede_node_kind kind = f->op->kind;

    if (!nodes || query->status != LEDE_OK)
        return 0;
    if (kind == LEDE_NODE_GROUP && !lede_query_can_group(query, nodes, count)) {
        lede_parser_doubt(&l->p, f->begin, l->p.at,
                          "GROUP takes words and patterns: read as ANY");
        kind = LEDE_NODE_OR;
    }
    if (kind == LEDE_NODE_NEAR && !lede_query_can_near(query, nodes, count)) {
        lede_parser_doubt(
            &l->p, f->begin, l->p.at,
            "NEAR takes words and phrases of one field: read as ALL");
        kind = LEDE_NODE_AND;
    }
    switch (kind) {
    case LEDE_NODE_AND:
        return lede_query_and(l->p.query, nodes, count);
    case LEDE_NODE_BEST:
        return lede_query_best(l->p.query, nodes, count, f->values.real);
    case LEDE_NODE_GROUP:
        return lede_query_group(l->p.query, nodes, count);
    case LEDE_NODE_NEAR:
        return lede_query_near(l->p.query, nodes, count, f->values.number,
                               f->values.ordered);
    default:
        return lede_query_or(l->p.query, nodes, count);
    }
}

static lede_node make_one(list_parser *l, const frame *f)
{
    lede_query *query = l->p.query;
    lede_node node = side_by_side(l, f->items);

    if (!f->op || node == 0)
        return node;
    switch (f->op->kind) {
    case LEDE_NODE_OPTIONAL:
        return lede_query_optional(query, node);
    case LEDE_NODE_FILTER:
        return lede_query_filter(query, node);
    case LEDE_NODE_CONSTANT:
        return lede_query_constant(query, node, f->values.real);
    default:
        return lede_query_forms(query, node, f->values.number);
    }
}

/* Whether a list without items is a node: ALL() is, ALL(-) not. */
static bool may_be_empty(const frame *f)
{
    return f->op && !f->dropped &&
           (f->op->kind == LEDE_NODE_AND || f->op->kind == LEDE_NODE_OR ||
            f->op->kind == LEDE_NODE_BEST);
}

/* The node of the top frame, whose last item has been read; 0: nothing. */
static lede_node close_list(list_parser *l)
{
    const frame *f = top(l);
    bool list = f->op && f->op->shape == LEDE_OPERATOR_LIST;
    lede_node node;

    end_chain(l);
    if (l->count == f->items && !may_be_empty(f))
        return 0;
    node = list ? make_list(l, f) : make_one(l, f);
    return lede_parser_made(&l->p, node, f->begin);
}

/* Ends the top frame behind its bracket and adds it to the one around it. */
static void close_frame(list_parser *l)
{
    frame f = *top(l);
    lede_node node = close_list(l);
    double factor;

    if (l->p.query->status != LEDE_OK)
        return;
    if (node == 0)
        lede_parser_doubt(&l->p, f.begin, l->p.at,
                          "nothing in brackets: left out");
    l->count = f.items;
    l->depth--;
    if (lede_parser_boost(&l->p, &factor) && node)
        node = lede_parser_made(
            &l->p, lede_query_boost(l->p.query, node, factor), f.begin);
    add_item(l, &(item){ node, f.sign, f.begin, l->p.at });
}

/* Whether an operator's name stands at `at`, by itself. */
static bool is_operator(const lede_parser *p, size_t at, const char *name)
{
    size_t len = strlen(name);

    return p->len - at >= len && memcmp(p->text + at, name, len) == 0 &&
           (lede_parser_at_bound(p, at + len) || p->text[at + len] == '"');
}

static bool is_any_join(const lede_parser *p, size_t at)
{
    return is_operator(p, at, "AND") || is_operator(p, at, "OR");
}

/* Whether something to join, and no operator, stands behind `at`. */
static bool has_operand(const lede_parser *p, size_t at)
{
    at = lede_parser_skip_space(p, at);
    return at < p->len && p->text[at] != ')' && !is_any_join(p, at);
}

static bool take_join(list_parser *l)
{
    lede_parser *p = &l->p;
    frame *f = top(l);
    bool all = is_operator(p, p->at, "AND");
    size_t end = p->at + (all ? 3 : 2);

    if (!all && !is_operator(p, p->at, "OR"))
        return false;
    if (l->count == f->items || f->join || !has_operand(p, end)) {
        lede_parser_doubt(p, p->at, end,
                          "an operator needs two sides: read as a word");
        return false;
    }
    f->join = all ? 'A' : 'O';
    p->at = end;
    return true;
}

static sign take_sign(lede_parser *p)
{
    char c = p->text[p->at];
    char next = lede_parser_peek(p, p->at + 1);

    if (is_operator(p, p->at, "NOT")) {
        if (has_operand(p, p->at + 3)) {
            p->at = lede_parser_skip_space(p, p->at + 3);
            return SIGN_NOT;
        }
        lede_parser_doubt(p, p->at, p->at + 3,
                          "NOT needs something behind it: read as a word");
        return SIGN_NONE;
    }
    if ((c != '+' && c != '-') || p->at + 1 == p->len || next == '+' ||
        next == '-' || next == ')' ||
        lede_parser_skip_space(p, p->at + 1) != p->at + 1)
        return SIGN_NONE;
    p->at++;
    return c == '+' ? SIGN_MUST : SIGN_NOT;
}

static bool take_everything(list_parser *l, const frame *f, size_t begin)
{
    lede_parser *p = &l->p;
    lede_node node;
    double factor;

    if (p->len - p->at < 3 || memcmp(p->text + p->at, "*:*", 3) != 0 ||
        (!lede_parser_at_bound(p, p->at + 3) && p->text[p->at + 3] != '^'))
        return false;
    p->at += 3;
    node = lede_parser_made(p, lede_query_everything(p->query), begin);
    if (lede_parser_boost(p, &factor))
        node = lede_parser_made(p, lede_query_boost(p->query, node, factor),
                                begin);
    add_item(l, &(item){ node, f->sign, begin, p->at });
    return true;
}

/* One clause, or the beginning of one in brackets. */
static void take_clause(list_parser *l)
{
    lede_parser *p = &l->p;
    frame next = { .begin = p->at, .field = top(l)->field };
    const frame *outer = top(l);
    bool alone = outer->op && (outer->op->kind == LEDE_NODE_GROUP ||
                               outer->op->kind == LEDE_NODE_NEAR);
    const lede_field *named;
    lede_node node;

    next.sign = take_sign(p);
    if (take_everything(l, &next, next.begin))
        return;
    named = lede_parser_field(p);
    if (named)
        next.field = named;
    next.op = lede_parser_operator(p, next.field, &next.values);
    if (!next.op && p->at < p->len && p->text[p->at] == '(') {
        p->at++;
        (void)push_frame(l, &next);
        return;
    }
    if (next.op && next.op->shape >= LEDE_OPERATOR_LIST) {
        (void)push_frame(l, &next);
        return;
    }
    node = next.op ? lede_parser_long_leaf(p, next.op, &next.values, next.field,
                                           next.begin)
                   : lede_parser_leaf(p, next.field, named ? next.begin : p->at,
                                      alone);
    add_item(l, &(item){ node, next.sign, next.begin, p->at });
}

static void take_lists(list_parser *l)
{
    lede_parser *p = &l->p;

    while (p->query->status == LEDE_OK) {
        p->at = lede_parser_skip_space(p, p->at);
        if (p->at == p->len && l->depth == 1)
            break;
        if (p->at == p->len) {
            lede_parser_doubt(p, top(l)->begin, p->len,
                              "unbalanced (: closed at the end");
            close_frame(l);
        } else if (p->text[p->at] == ')') {
            p->at++;
            if (l->depth > 1)
                close_frame(l);
            else
                lede_parser_doubt(p, p->at - 1, p->at,
                                  "unbalanced ): left out");
        } else if (!take_join(l)) {
            take_clause(l);
        }
    }
}

static void take_words(list_parser *l)
{
    lede_parser *p = &l->p;

    while (p->query->status == LEDE_OK) {
        size_t begin = p->at = lede_parser_skip_space(p, p->at);

        if (p->at == p->len)
            break;
        add_item(l, &(item){ .node = lede_parser_plain(p, NULL),
                             .begin = begin,
                             .end = p->at });
    }
}

/* Text without any words is a word that matches nothing; none at all is no
 * root. */
static lede_node whole_text(list_parser *l)
{
    lede_parser *p = &l->p;
    size_t begin = lede_parser_skip_space(p, 0);

    if (begin == p->len)
        return 0;
    return lede_parser_made(
        p, lede_query_term(p->query, NULL, p->text + begin, p->len - begin),
        begin);
}

static void take_text(list_parser *l)
{
    lede_query *query = l->p.query;
    lede_node root;

    if (!push_frame(l, &(frame){ .begin = 0 }))
        return;
    if (l->p.flags & LEDE_PARSE_WORDS)
        take_words(l);
    else
        take_lists(l);
    if (query->status != LEDE_OK)
        return;
    root = close_list(l);
    if (root == 0 && query->status == LEDE_OK)
        root = whole_text(l);
    if (root)
        lede_query_set_root(query, root);
}

static lede_status parse(lede_query *query, const char *text, size_t len,
                         const lede_parse_options *options,
                         const lede_limits *limits, lede_error *err)
{
    list_parser l = { .p = { .query = query,
                             .text = text,
                             .len = len,
                             .flags = options->flags,
                             .schema = options->schema,
                             .clauses_left = limits->clauses,
                             .height_max = limits->query_depth },
                      .depth_max = limits->query_depth };
    lede_schema *article = NULL;
    lede_status status = LEDE_OK;

    if (!options->schema)
        status = lede_schema_new_article(&article, options->allocator);
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    if (article)
        l.p.schema = article;
    lede_buffer_init(&l.p.scratch, options->allocator);
    take_text(&l);
    lede_buffer_fini(&l.p.scratch);
    lede_schema_free(article);
    if (query->status != LEDE_OK)
        return lede_fail_at(err, query->status, l.p.limit ? l.p.limit : "query",
                            l.p.stop, "%s",
                            l.p.why ? l.p.why : "out of memory");
    return LEDE_OK;
}

lede_status lede_query_parse(lede_query **out, const char *text, size_t len,
                             const lede_parse_options *given, lede_error *err)
{
    lede_parse_options options;
    lede_limits limits;
    lede_query *query;
    lede_status status;

    lede_error_clear(err);
    if (!out || (!text && len && len != LEDE_TERMINATED))
        return lede_fail(err, LEDE_ERR_INVALID, NULL, "no query");
    if (len == LEDE_TERMINATED)
        len = text ? strlen(text) : 0;
    status =
        /* NOLINTNEXTLINE(bugprone-sizeof-expression): the last member's */
        LEDE_READ_OPTIONS(lede_parse_options, &options, given, allocator, err);
    if (status == LEDE_OK)
        status = lede_limits_read(&limits, options.limits, NULL, err);
    if (status != LEDE_OK)
        return status;
    if (options.flags & ~ALL_FLAGS)
        return lede_fail(err, LEDE_ERR_INVALID, NULL, "no such parse flag");
    if (len > limits.query_bytes)
        return lede_fail_at(err, LEDE_ERR_LIMIT, "query_bytes",
                            limits.query_bytes, "longer than %u bytes",
                            (unsigned)limits.query_bytes);
    status = lede_query_new(&query, options.allocator);
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    status = parse(query, text, len, &options, &limits, err);
    if (status != LEDE_OK) {
        lede_query_free(query);
        return status;
    }
    *out = query;
    return LEDE_OK;
}
