#include "article/spelling.h"

#include "base/buffer.h"
#include "base/utf8.h"
#include "document/schema.h"
#include "text/normalize.h"

static bool is_tailored(const lede_view *view)
{
    return (lede_schema_analyzer(view->schema)->words & LEDE_WORDS_PLAIN) == 0;
}

static lede_status add_batch(lede_spelling *spelling, size_t *capacity,
                             const lede_token_batch *batch, lede_arena *arena)
{
    if (!lede_arena_grow(arena, &spelling->tokens, capacity,
                         (size_t)spelling->count + batch->count,
                         sizeof *spelling->tokens))
        return lede_arena_status(arena);
    for (uint32_t i = 0; i < batch->count; i++) {
        bool joined = (batch->flags[i] & LEDE_TOKEN_JOINED) != 0;
        size_t len = batch->len[i] - (size_t)joined;
        const char *term = lede_arena_text(arena, batch->term[i], len);

        if (!term)
            return lede_arena_status(arena);
        spelling->tokens[spelling->count++] = (lede_spelling_token){
            .term = lede_bytes_of(term, len),
            .position = batch->position[i],
            .span = joined ? batch->span[i] : 1,
            .flags = batch->flags[i],
            .begin = batch->begin[i],
            .end = batch->end[i],
        };
    }
    return LEDE_OK;
}

static lede_status read_plain(lede_spelling *out, lede_bytes text,
                              lede_budget *budget, lede_arena *arena)
{
    lede_spelling_token *token = lede_arena_alloc(arena, sizeof *token);
    const char *term = lede_arena_text(arena, text.at, text.len);

    if (!token || !term)
        return lede_arena_status(arena);
    *token = (lede_spelling_token){ .term = lede_bytes_of(term, text.len),
                                    .span = 1,
                                    .end = (uint32_t)text.len };
    *out = (lede_spelling){ token, 1 };
    return lede_budget_spend(budget, 1);
}

static lede_status make_tokenizer(lede_spelling_reader *reader)
{
    return reader->tokenizer
               ? LEDE_OK
               : lede_tokenizer_new(
                     &reader->tokenizer,
                     lede_schema_analyzer(reader->view->schema)->words,
                     reader->view->allocator);
}

/* On the plain path: what is asked once gains nothing from a memo. */
lede_status lede_spelling_read(lede_spelling *out, lede_bytes text,
                               lede_spelling_reader *reader,
                               lede_budget *budget, lede_arena *arena)
{
    lede_tokenizer *tokenizer;
    lede_token_batch batch;
    lede_spelling spelling = { 0 };
    size_t capacity = 0;
    lede_status status;

    if (text.len > UINT32_MAX)
        return LEDE_ERR_LIMIT;
    if (lede_tokenizer_is_plain((const char *)text.at, text.len))
        return read_plain(out, text, budget, arena);
    status = make_tokenizer(reader);
    if (status != LEDE_OK)
        return status;
    tokenizer = reader->tokenizer;
    lede_tokenizer_start(tokenizer, (const char *)text.at, text.len, 0,
                         LEDE_TOKENIZER_PLAIN);
    while (status == LEDE_OK && lede_tokenizer_next(tokenizer, &batch)) {
        status = lede_budget_spend(budget, batch.count);
        if (status == LEDE_OK)
            status = add_batch(&spelling, &capacity, &batch, arena);
    }
    if (status == LEDE_OK)
        status = tokenizer->status;
    if (status == LEDE_OK)
        *out = spelling;
    return status;
}

/* ---- Patterns ----------------------------------------------------------- */

typedef struct writer {
    lede_buffer out;
    lede_buffer run;   /* ordinary characters, not written yet */
    const char *signs; /* with a meaning, `\` among them */
    bool tailored;
} writer;

static bool is_sign(const writer *w, uint8_t byte)
{
    return byte != 0 && byte < 0x80 && strchr(w->signs, byte) != NULL;
}

/* What has no normal form that fits is written as it is: nothing matches it. */
static void write_run(writer *w)
{
    char term[LEDE_TERM_MAX];
    lede_bytes run = lede_buffer_bytes(&w->run);
    uint32_t len =
        run.len > LEDE_SURFACE_MAX
            ? LEDE_NORMAL_LONG
            : lede_normalize((const char *)run.at, run.len, w->tailored, term);

    if (len != LEDE_NORMAL_LONG)
        run = lede_bytes_of(term, len);
    for (size_t i = 0; i < run.len; i++) {
        if (is_sign(w, run.at[i]))
            lede_put_u8(&w->out, '\\');
        lede_put_u8(&w->out, run.at[i]);
    }
    if (w->run.status != LEDE_OK)
        w->out.status = w->run.status;
    lede_buffer_clear(&w->run);
}

/* Copies up to `last`, or to the end; returns where it goes on. */
static size_t copy_until(writer *w, lede_bytes pattern, size_t at, char last)
{
    while (at < pattern.len) {
        lede_put_u8(&w->out, pattern.at[at]);
        if (pattern.at[at++] == (uint8_t)last)
            break;
    }
    return at;
}

/* A class from behind its `[`: each character that has a normal form of one
 * character becomes that. */
static size_t write_class(writer *w, lede_bytes pattern, size_t at)
{
    for (bool first = true; at < pattern.len; first = false) {
        uint32_t c, folded = 0;
        size_t n =
            lede_utf8_take((const char *)pattern.at + at, pattern.len - at, &c);
        char term[LEDE_TERM_MAX];
        uint32_t len =
            lede_normalize((const char *)pattern.at + at, n, w->tailored, term);

        if (c == '\\' && at + 1 < pattern.len) {
            lede_put_u8(&w->out, '\\');
            at++;
            lede_put_u8(&w->out, pattern.at[at++]);
            continue;
        }
        if (len > 0 && len != LEDE_NORMAL_LONG &&
            lede_utf8_take(term, len, &folded) == len &&
            (folded == c || !is_sign(w, (uint8_t)term[0])))
            lede_put(&w->out, term, len);
        else
            lede_put(&w->out, pattern.at + at, n);
        at += n;
        if (c == ']' && !first)
            break;
    }
    return at;
}

static void write_pattern(writer *w, lede_bytes pattern, bool is_regex)
{
    for (size_t at = 0; at < pattern.len;) {
        uint8_t byte = pattern.at[at++];

        if (byte == '\\' && at < pattern.len) {
            lede_put_u8(&w->run, pattern.at[at++]);
            continue;
        }
        if (!is_sign(w, byte)) {
            lede_put_u8(&w->run, byte);
            continue;
        }
        write_run(w);
        lede_put_u8(&w->out, byte);
        if (is_regex && byte == '[')
            at = write_class(w, pattern, at);
        else if (is_regex && byte == '{')
            at = copy_until(w, pattern, at, '}');
    }
    write_run(w);
}

lede_status lede_spelling_normal(lede_bytes *out, lede_bytes pattern,
                                 bool is_regex, const lede_view *view,
                                 lede_arena *arena)
{
    writer w = { .signs = is_regex ? ".[]()|?*+{}\\^$-" : "*?\\",
                 .tailored = is_tailored(view) };
    lede_status status;

    lede_buffer_init(&w.out, view->allocator);
    lede_buffer_init(&w.run, view->allocator);
    write_pattern(&w, pattern, is_regex);
    status = w.out.status;
    if (status == LEDE_OK) {
        *out = lede_bytes_of(lede_arena_text(arena, w.out.at, w.out.len),
                             w.out.len);
        if (!out->at)
            status = lede_arena_status(arena);
    }
    lede_buffer_fini(&w.out);
    lede_buffer_fini(&w.run);
    return status;
}
