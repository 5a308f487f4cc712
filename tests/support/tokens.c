#include "support/tokens.h"

#include <check.h>
#include <stdlib.h>
#include <xxhash.h>

#include "lede/schema.h"

size_t word_term(char term[LEDE_TERM_BYTES_MAX], const char *word, size_t len)
{
    const char *slash = memchr(word, '/', len);
    size_t plain = slash ? (size_t)(slash - word) : len;

    ck_assert_uint_lt(plain, LEDE_TERM_BYTES_MAX);
    memcpy(term, word, plain);
    if (plain && term[0] >= 'A' && term[0] <= 'Z')
        term[0] = (char)(term[0] - 'A' + 'a');
    if (!slash)
        return plain;
    term[plain] = (char)(LEDE_JOINED_MARK + strtol(slash + 1, NULL, 10));
    return plain + 1;
}

static void add_token(word_tokens *t, const char *word, size_t len)
{
    lede_token_batch *b = &t->batch;
    uint32_t i = b->count++;
    char *term = t->terms[i];
    bool joined = memchr(word, '/', len) != NULL;
    size_t size = word_term(term, word, len);

    b->term[i] = term;
    b->len[i] = (uint16_t)size;
    b->hash[i] = (uint32_t)XXH3_64bits(term, size);
    b->position[i] = t->position;
    b->span[i] = (uint8_t)lede_term_span(term, (uint32_t)size);
    b->flags[i] = joined ? LEDE_TOKEN_JOINED : 0;
    if (*word >= 'A' && *word <= 'Z')
        b->flags[i] |= LEDE_TOKEN_CAPITAL;
    b->begin[i] = b->end[i] = 0;
    if (!joined)
        t->position++;
}

static bool next_batch(lede_token_source *source, uint32_t *field,
                       const lede_token_batch **batch)
{
    word_tokens *t = (word_tokens *)source;

    t->batch.count = 0;
    if (t->fail_after-- == 0) {
        source->status = LEDE_ERR_NOMEM;
        t->fail_after = 0;
        return false;
    }
    for (; t->at < t->field_count; t->at++, t->cursor = NULL) {
        if (!t->cursor) {
            t->cursor = t->fields[t->at].words;
            t->position = 0;
        }
        while (*t->cursor && t->batch.count < t->per_batch) {
            size_t len = strcspn(t->cursor, " ");

            if (len == 1 && *t->cursor == '|')
                t->position += LEDE_POSITION_GAP;
            else if (len == 1 && *t->cursor == '_')
                t->position++;
            else if (len)
                add_token(t, t->cursor, len);
            t->cursor += len + (t->cursor[len] == ' ');
        }
        if (t->batch.count) {
            *field = t->fields[t->at].field;
            *batch = &t->batch;
            return true;
        }
    }
    return false;
}

void word_tokens_init(word_tokens *tokens, uint32_t per_batch)
{
    tokens->source = (lede_token_source){ next_batch, LEDE_OK };
    tokens->field_count = 0;
    tokens->at = 0;
    tokens->cursor = NULL;
    tokens->per_batch =
        per_batch < LEDE_TOKENS_MAX ? per_batch : LEDE_TOKENS_MAX;
    tokens->fail_after = UINT32_MAX;
}

void word_tokens_add(word_tokens *tokens, uint32_t field, const char *words)
{
    ck_assert_uint_lt(tokens->field_count, WORD_TOKENS_FIELDS_MAX);
    tokens->fields[tokens->field_count].field = field;
    tokens->fields[tokens->field_count++].words = words;
}
