/*
 * Any bytes give tokens that make sense, and the same on both paths. The first
 * byte chooses the rules, the rest is the text.
 */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "text/tokenizer.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Reads tokens one by one out of batches. */
struct reader {
    lede_tokenizer *tokenizer;
    lede_token_batch batch;
    uint32_t at;
};

static void require(bool truth)
{
    if (!truth)
        abort();
}

static void open_reader(struct reader *r, uint32_t words)
{
    r->batch.count = 0;
    r->at = 0;
    require(lede_tokenizer_new(&r->tokenizer, words, NULL) == LEDE_OK);
}

static bool next_token(struct reader *r)
{
    if (++r->at < r->batch.count)
        return true;
    r->at = 0;
    return lede_tokenizer_next(r->tokenizer, &r->batch);
}

static void check_token(const struct reader *r, size_t len, uint32_t position)
{
    const lede_token_batch *b = &r->batch;
    uint32_t i = r->at, joined = b->flags[i] & LEDE_TOKEN_JOINED;

    require(b->count <= LEDE_TOKENS_MAX);
    require(b->len[i] > joined && b->len[i] <= LEDE_TERM_MAX + joined);
    require(lede_utf8_valid(b->term[i], b->len[i] - joined));
    require(lede_term_span(b->term[i], b->len[i]) == b->span[i]);
    require((joined != 0) == (b->span[i] > 1));
    require(b->span[i] <= LEDE_JOINED_SPAN_MAX);
    require(b->begin[i] < b->end[i] && b->end[i] <= len);
    require(b->position[i] >= position);
}

static void check_same(const struct reader *x, const struct reader *y)
{
    const lede_token_batch *a = &x->batch, *b = &y->batch;
    uint32_t i = x->at, k = y->at;

    require(a->len[i] == b->len[k]);
    require(memcmp(a->term[i], b->term[k], a->len[i]) == 0);
    require(a->hash[i] == b->hash[k] && a->position[i] == b->position[k]);
    require(a->span[i] == b->span[k] && a->flags[i] == b->flags[k]);
    require(a->begin[i] == b->begin[k] && a->end[i] == b->end[k]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct reader fast, plain;
    const char *text = (const char *)bytes + 1;
    uint32_t rules = size ? bytes[0] : 0, position = 0;
    uint32_t hints = rules & 8 ? LEDE_TOKENIZER_NAMES : 0;
    size_t len = size ? size - 1 : 0;

    open_reader(&fast, rules & 7);
    open_reader(&plain, rules & 7);
    for (int pass = 0; pass < 2; pass++) { /* the second knows all words */
        lede_tokenizer_start(fast.tokenizer, text, len, 0, hints);
        lede_tokenizer_start(plain.tokenizer, text, len, 0,
                             hints | LEDE_TOKENIZER_PLAIN);
        position = 0;
        while (next_token(&fast)) {
            check_token(&fast, len, position);
            position = fast.batch.position[fast.at];
            require(next_token(&plain));
            check_same(&fast, &plain);
        }
        require(!next_token(&plain));
        require(fast.tokenizer->status == LEDE_OK);
        require(fast.tokenizer->words == plain.tokenizer->words);
        require(fast.tokenizer->position == plain.tokenizer->position);
        require(fast.tokenizer->skipped == plain.tokenizer->skipped);
        require(fast.tokenizer->invalid_bytes ==
                plain.tokenizer->invalid_bytes);
    }
    lede_tokenizer_free(fast.tokenizer);
    lede_tokenizer_free(plain.tokenizer);
    return 0;
}
