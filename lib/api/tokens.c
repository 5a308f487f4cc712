#include "lede/analyzer.h"

#include "api/arguments.h"
#include "base/alloc.h"
#include "base/options.h"
#include "text/tokenizer.h"

#define ALL_WORDS \
    (LEDE_WORDS_PLAIN | LEDE_WORDS_NO_COMPOUND | LEDE_WORDS_NO_BIGRAM)

typedef struct stream {
    lede_tokens face;
    const lede_allocator *allocator;
    lede_tokenizer *tokenizer;
    uint32_t next; /* of the batch */
    lede_token_batch batch;
    char term[LEDE_TERM_MAX + 1];
} stream;

lede_status lede_tokens_new(lede_tokens **out, const char *text, size_t len,
                            const lede_analyzer_options *options,
                            const lede_allocator *allocator)
{
    lede_analyzer_options own;
    lede_bytes bytes;
    stream *s;
    lede_status status = LEDE_READ_OPTIONS(lede_analyzer_options, &own, options,
                                           languages, NULL);

    if (status != LEDE_OK)
        return status;
    if (!out || !lede_take_text(&bytes, text, len) ||
        (own.words & ~(uint32_t)ALL_WORDS))
        return LEDE_ERR_INVALID;
    if (bytes.len > UINT32_MAX)
        return LEDE_ERR_LIMIT;
    s = lede_alloc_zero(allocator, sizeof *s);
    if (!s)
        return LEDE_ERR_NOMEM;
    status = lede_tokenizer_new(&s->tokenizer, own.words, allocator);
    if (status != LEDE_OK) {
        lede_release(allocator, s, sizeof *s);
        return status;
    }
    s->allocator = allocator;
    s->face.term = s->term;
    lede_tokenizer_start(s->tokenizer, (const char *)bytes.at, bytes.len, 0, 0);
    *out = &s->face;
    return LEDE_OK;
}

bool lede_tokens_next(lede_tokens *tokens)
{
    stream *s = (stream *)tokens;
    const lede_token_batch *batch;
    uint32_t i;

    if (!s)
        return false;
    batch = &s->batch;
    if (s->next >= batch->count) {
        s->next = 0;
        if (!lede_tokenizer_next(s->tokenizer, &s->batch)) {
            s->face.status = s->tokenizer->status;
            return false;
        }
    }
    i = s->next++;
    s->face.len = batch->len[i];
    if (batch->flags[i] & LEDE_TOKEN_JOINED)
        s->face.len--; /* its mark */
    memcpy(s->term, batch->term[i], s->face.len);
    s->term[s->face.len] = '\0';
    s->face.position = batch->position[i];
    s->face.span = batch->span[i];
    s->face.begin = batch->begin[i];
    s->face.end = batch->end[i];
    return true;
}

void lede_tokens_free(lede_tokens *tokens)
{
    stream *s = (stream *)tokens;

    if (!s)
        return;
    lede_tokenizer_free(s->tokenizer);
    lede_release(s->allocator, s, sizeof *s);
}
