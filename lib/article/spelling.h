/*
 * article/spelling.h - the text of a query as the words of the index are
 * written.
 *
 *     lede_spelling_read(&spelling, text, &reader, budget, arena);
 *     for (i = 0; i < spelling.count; i++) spelling.tokens[i] ...
 *
 * Memory    In the arena.
 */
#ifndef LEDE_ARTICLE_SPELLING_H
#define LEDE_ARTICLE_SPELLING_H

#include "article/view.h"
#include "text/tokenizer.h"

typedef struct lede_spelling_token {
    lede_bytes term; /* without a joined mark */
    uint32_t position;
    uint32_t span;  /* 2 or more: the solid word of the parts that follow it
                     * from the token before on */
    uint32_t flags; /* LEDE_TOKEN_ bits */
    uint32_t begin, end;
} lede_spelling_token;

typedef struct lede_spelling {
    lede_spelling_token *tokens;
    uint32_t count;
} lede_spelling;

/* What texts of a query are read with. */
typedef struct lede_spelling_reader {
    const lede_view *view;
    lede_tokenizer
        *tokenizer; /* NULL until a text needs it; freed by the user */
} lede_spelling_reader;

lede_status lede_spelling_read(lede_spelling *out, lede_bytes text,
                               lede_spelling_reader *reader,
                               lede_budget *budget, lede_arena *arena);

/* A wildcard or an expression whose ordinary characters are in normal form. */
lede_status lede_spelling_normal(lede_bytes *out, lede_bytes pattern,
                                 bool is_regex, const lede_view *view,
                                 lede_arena *arena);

#endif
