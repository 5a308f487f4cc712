/*
 * native/codec/lexicon.c - reads what lexicon_writer.c writes.
 *
 *     lexicon   count:varint bytes:varint [length:u8] [byte]
 *     coded     item*
 *     item      2 to 127                   that byte
 *             | 0 n:u8 byte * (n + 1)      those bytes
 *             | word                       a space if one is expected; the word
 *             | 1 word                     a space if none is; the word
 *     word      128 to 191                 word 0 to 63
 *             | 192 to 255  low:u8         word 64 + 256 x (first - 192) + low
 */
#include "native/codec/lexicon.h"

#include "base/alloc.h"

/* Words are copied 16 bytes at a time. */
#define STEP  16U
#define SLACK ((size_t)2 * STEP)

/* More than one item but raw bytes needs, and how much is made at a time. */
#define ITEM_MOST 64U
#define ROOM      4096U

void lede_lexicon_init(lede_lexicon *lexicon, const lede_allocator *allocator)
{
    *lexicon = (lede_lexicon){ .allocator = allocator };
}

void lede_lexicon_fini(lede_lexicon *lexicon)
{
    if (lexicon->begins) {
        lede_release(lexicon->allocator, lexicon->begins,
                     ((size_t)lexicon->count + 1) * sizeof *lexicon->begins);
        lede_release(lexicon->allocator, lexicon->text,
                     lexicon->text_bytes + SLACK);
    }
    lede_release(lexicon->allocator, lexicon->slots,
                 lexicon->slot_count * sizeof *lexicon->slots);
    lede_lexicon_init(lexicon, lexicon->allocator);
}

uint64_t lede_lexicon_bytes(const lede_lexicon *lexicon)
{
    return lexicon->count * sizeof *lexicon->begins + lexicon->text_bytes +
           lexicon->slot_count * sizeof *lexicon->slots;
}

bool lede_lexicon_reserve(lede_lexicon *lexicon, uint32_t count, size_t bytes)
{
    uint32_t *begins =
        lede_alloc_array(lexicon->allocator, (size_t)count + 1, sizeof *begins);
    uint8_t *text = lede_alloc_zero(lexicon->allocator, bytes + SLACK);

    if (!begins || !text) {
        lede_release(lexicon->allocator, begins,
                     ((size_t)count + 1) * sizeof *begins);
        lede_release(lexicon->allocator, text, bytes + SLACK);
        return false;
    }
    lexicon->begins = begins;
    lexicon->count = count;
    lexicon->text = text;
    lexicon->text_bytes = bytes;
    return true;
}

/* ---- Opening ---- */

/* Lengths are in range and all together `bytes`. */
static bool lengths_are_sound(lede_bytes lengths, uint64_t bytes)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < lengths.len; i++) {
        if (lengths.at[i] == 0 || lengths.at[i] > LEDE_LEXICON_WORD_MAX)
            return false;
        sum += lengths.at[i];
    }
    return sum == bytes;
}

lede_status lede_lexicon_open(lede_lexicon *lexicon, lede_bytes *in)
{
    uint64_t count, bytes;
    uint32_t begin = 0;
    lede_bytes lengths, text;

    if (!lede_take_varint(in, &count) || !lede_take_varint(in, &bytes) ||
        count > LEDE_LEXICON_MAX || !lede_take(in, count, &lengths) ||
        !lede_take(in, bytes, &text) || !lengths_are_sound(lengths, bytes))
        return LEDE_ERR_CORRUPT;
    if (count == 0)
        return LEDE_OK;
    if (!lede_lexicon_reserve(lexicon, (uint32_t)count, text.len))
        return LEDE_ERR_NOMEM;
    memcpy(lexicon->text, text.at, text.len);
    for (uint32_t i = 0; i < count; i++) {
        lexicon->begins[i] = begin;
        begin += lengths.at[i];
    }
    lexicon->begins[count] = begin;
    return LEDE_OK;
}

/* ---- Text ---- */

/* Where coded text is read and text is written. */
typedef struct expansion {
    const lede_lexicon *lexicon;
    lede_bytes in;
    lede_buffer *out;
    uint8_t before; /* the byte written last */
} expansion;

static bool take_word(expansion *e, uint8_t byte, uint32_t *word)
{
    uint8_t low;

    if (byte < LEDE_LEXICON_PAIR) {
        *word = byte - LEDE_LEXICON_WORD;
    } else {
        if (!lede_take_u8(&e->in, &low))
            return false;
        *word = LEDE_LEXICON_SHORT + 256U * (byte - LEDE_LEXICON_PAIR) + low;
    }
    return *word < e->lexicon->count;
}

static bool put_word(expansion *e, uint8_t byte, bool flip, uint8_t **to)
{
    const uint32_t *begins = e->lexicon->begins;
    const uint8_t *text;
    uint32_t word, len;

    if (!take_word(e, byte, &word))
        return false;
    text = e->lexicon->text + begins[word];
    len = begins[word + 1] - begins[word];
    **to = ' ';
    *to += lede_lexicon_expects(e->before) != flip;
    memcpy(*to, text, STEP);
    if (len > STEP)
        memcpy(*to + STEP, text + STEP, STEP);
    *to += len;
    e->before = (*to)[-1];
    return true;
}

/* Writes items while there is room for any; but not raw bytes. */
static bool put_items(expansion *e, uint8_t *begin, uint8_t **end)
{
    uint8_t *to = begin, *last = begin + (ROOM - ITEM_MOST);

    while (e->in.len > 0 && to < last) {
        uint8_t byte = *e->in.at;

        if (byte == LEDE_LEXICON_RAW)
            break;
        (void)lede_take_u8(&e->in, &byte);
        if (byte >= LEDE_LEXICON_WORD) {
            if (!put_word(e, byte, false, &to))
                return false;
        } else if (byte != LEDE_LEXICON_FLIP) {
            e->before = *to++ = byte;
        } else if (!lede_take_u8(&e->in, &byte) || byte < LEDE_LEXICON_WORD ||
                   !put_word(e, byte, true, &to)) {
            return false;
        }
    }
    *end = to;
    return true;
}

static bool put_raw(expansion *e)
{
    uint8_t byte, n;
    lede_bytes raw;

    if (!lede_take_u8(&e->in, &byte) || !lede_take_u8(&e->in, &n) ||
        !lede_take(&e->in, n + 1U, &raw))
        return false;
    lede_put(e->out, raw.at, raw.len);
    e->before = raw.at[raw.len - 1];
    return true;
}

lede_status lede_lexicon_text(const lede_lexicon *lexicon, lede_bytes coded,
                              lede_buffer *out)
{
    expansion e = { lexicon, coded, out, '\n' };

    if (lexicon->count == 0) {
        lede_put(out, coded.at, coded.len);
        return out->status;
    }
    while (e.in.len > 0) {
        uint8_t *begin = lede_buffer_reserve(out, ROOM), *end = begin;

        if (!begin)
            return LEDE_ERR_NOMEM;
        if (!put_items(&e, begin, &end))
            return LEDE_ERR_CORRUPT;
        out->len += (size_t)(end - begin);
        if (e.in.len > 0 && *e.in.at == LEDE_LEXICON_RAW && !put_raw(&e))
            return LEDE_ERR_CORRUPT;
    }
    return out->status;
}
