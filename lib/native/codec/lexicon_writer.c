/*
 * native/codec/lexicon_writer.c - learns the words of a sample, and codes text
 * with them. Grammar in lexicon.c.
 *
 * A word is a run of letters and bytes above ASCII, whatever its case. More
 * frequent words have smaller codes. Of 4 MiB of newswire 16,000 words are
 * learned; the rest of 17 MB is then coded to 42%.
 */
#include "native/codec/lexicon.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/budget.h"

#define TOP   0x8080808080808080U /* of each of 8 bytes */
#define EACH  0x0101010101010101U
#define BYTES 8U

/* Different words that are counted at most: one for so many bytes of a sample;
 * and places for them, which are more by a third. */
#define TALLIES     98304U
#define TALLY_BYTES 16U
#define TALLY_LEAST 3072U

/* Words looked up at a time, so that none waits for memory alone. */
#define FOUND_MOST 64U

/* Of a sample, between two looks at the cancel token. */
#define LOOK_BYTES 65536U

#define ITEM_MOST 16U /* bytes that one item needs, and some more */
#define RAW_MOST  256

/* A word of the sample. */
typedef struct tally {
    const uint8_t *at;
    uint32_t len;
    uint32_t hash;
    uint32_t times;
} tally;

/* ---- Words ---- */

static uint64_t read_8(const uint8_t *at)
{
    return lede_read_u32(at) | (uint64_t)lede_read_u32(at + 4) << 32;
}

static bool is_letter(uint8_t byte)
{
    return byte >= 128 || (uint8_t)((byte | 32) - 'a') < 26;
}

/* The top bits of those of 8 bytes that are no letters. */
static uint64_t find_others(uint64_t bytes)
{
    uint64_t lower = (bytes | 0x20 * EACH) & ~TOP;
    uint64_t from_a = lower + (0x80 - 'a') * EACH;
    uint64_t past_z = lower + (0x80 - 'z' - 1) * EACH;

    return ~((from_a & ~past_z) | bytes) & TOP;
}

/* How many letters there are at `at`, of up to `left` bytes. */
static inline size_t word_len(const uint8_t *at, size_t left)
{
    size_t n = 0;

    while (left - n >= BYTES) {
        uint64_t others = find_others(read_8(at + n));

        if (others)
            return n + (size_t)__builtin_ctzll(others) / BYTES;
        n += BYTES;
    }
    while (n < left && is_letter(at[n]))
        n++;
    return n;
}

/* Up to 8 of the first bytes of a word; `left` can be read from `at` on. */
static uint64_t first_bytes(const uint8_t *at, size_t len, size_t left)
{
    uint64_t first = 0;

    if (left >= BYTES) {
        first = read_8(at);
        return len < BYTES ? first & (((uint64_t)1 << BYTES * len) - 1) : first;
    }
    for (size_t i = 0; i < len; i++)
        first |= (uint64_t)at[i] << BYTES * i;
    return first;
}

static uint32_t hash_word(uint64_t first, const uint8_t *at, size_t len)
{
    uint64_t last = len > BYTES ? read_8(at + (len - BYTES)) : 0;
    uint64_t hash = (first ^ len) * 0x9e3779b97f4a7c15U;

    hash = (hash ^ hash >> 32 ^ last) * 0xd6e8feb86659fd93U;
    return (uint32_t)(hash >> 32);
}

/* ---- Learning ---- */

/* 3 times a power of two, so that places are one of four for each three. */
static uint32_t tallies_of(size_t sample)
{
    uint32_t most = TALLY_LEAST;

    while (most < TALLIES && most < sample / TALLY_BYTES)
        most *= 2;
    return most;
}

static uint32_t slots_of(uint32_t tallies)
{
    return tallies / 3 * 4;
}

uint64_t lede_lexicon_learning_bytes(size_t sample)
{
    uint32_t tallies = tallies_of(sample);

    return tallies * sizeof(tally) + slots_of(tallies) * sizeof(uint32_t);
}

/* Words as they are counted. */
typedef struct counting {
    tally *tallies;
    uint32_t *slots; /* places of tallies + 1 */
    uint32_t used;
    uint32_t most;
    uint32_t mask; /* of slots */
} counting;

static void count_word(counting *c, const uint8_t *at, size_t len, size_t left)
{
    uint32_t hash = hash_word(first_bytes(at, len, left), at, len);
    uint32_t slot = hash & c->mask;

    for (; c->slots[slot]; slot = (slot + 1) & c->mask) {
        tally *t = &c->tallies[c->slots[slot] - 1];

        if (t->hash == hash && t->len == len && memcmp(t->at, at, len) == 0) {
            t->times++;
            return;
        }
    }
    if (c->used == c->most)
        return;
    c->tallies[c->used++] = (tally){ at, (uint32_t)len, hash, 1 };
    c->slots[slot] = c->used;
}

static lede_status count_words(counting *c, lede_bytes sample,
                               const lede_cancel *cancel)
{
    size_t next = 0; /* where to look whether that is set */

    for (size_t at = 0; at < sample.len;) {
        size_t left = sample.len - at, len = word_len(sample.at + at, left);

        if (len > 0 && len <= LEDE_LEXICON_WORD_MAX)
            count_word(c, sample.at + at, len, left);
        at += len ? len : 1;
        if (at < next)
            continue;
        if (lede_cancel_is_set(cancel))
            return LEDE_ERR_CANCELLED;
        next = at + LOOK_BYTES;
    }
    return LEDE_OK;
}

static int more_frequent(const void *left, const void *right)
{
    const tally *a = left, *b = right;

    if (a->times != b->times)
        return a->times > b->times ? -1 : 1;
    return lede_bytes_compare(lede_bytes_of(a->at, a->len),
                              lede_bytes_of(b->at, b->len));
}

/* Leaves the words to be kept, in order. One letter is not worth two bytes. */
static uint32_t choose(counting *c)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < c->used; i++)
        if (c->tallies[i].times > 1)
            c->tallies[kept++] = c->tallies[i];
    qsort(c->tallies, kept, sizeof *c->tallies, more_frequent);
    c->used = kept;
    kept = 0;
    for (uint32_t i = 0; i < c->used && kept < LEDE_LEXICON_MAX; i++)
        if (kept < LEDE_LEXICON_SHORT || c->tallies[i].len > 1)
            c->tallies[kept++] = c->tallies[i];
    return kept;
}

/* At most two of three slots are taken. */
static bool make_slots(lede_lexicon *lexicon, uint32_t count)
{
    uint32_t slots = 256;

    while (slots < count + count / 2)
        slots *= 2;
    lexicon->slots =
        lede_alloc_zero(lexicon->allocator, slots * sizeof *lexicon->slots);
    if (!lexicon->slots)
        return false;
    lexicon->slot_count = slots;
    return true;
}

static void put_slot(const lede_lexicon *lexicon, const tally *t, uint32_t word)
{
    uint32_t mask = lexicon->slot_count - 1, slot = t->hash & mask;

    while (lexicon->slots[slot].word)
        slot = (slot + 1) & mask;
    lexicon->slots[slot] =
        (lede_lexicon_slot){ first_bytes(t->at, t->len, t->len), word + 1,
                             t->len };
}

static lede_status keep(lede_lexicon *lexicon, const tally *tallies,
                        uint32_t kept)
{
    size_t bytes = 0;
    uint32_t begin = 0;

    if (kept == 0)
        return LEDE_OK;
    for (uint32_t i = 0; i < kept; i++)
        bytes += tallies[i].len;
    if (!lede_lexicon_reserve(lexicon, kept, bytes) ||
        !make_slots(lexicon, kept))
        return LEDE_ERR_NOMEM;
    for (uint32_t i = 0; i < kept; i++) {
        const tally *t = &tallies[i];

        put_slot(lexicon, t, i);
        memcpy(lexicon->text + begin, t->at, t->len);
        lexicon->begins[i] = begin;
        begin += t->len;
    }
    lexicon->begins[kept] = begin;
    return LEDE_OK;
}

lede_status lede_lexicon_learn(lede_lexicon *lexicon, lede_bytes sample,
                               const lede_cancel *cancel)
{
    const lede_allocator *allocator = lexicon->allocator;
    uint32_t most = tallies_of(sample.len), slots = slots_of(most);
    counting c = {
        .tallies = lede_alloc_array(allocator, most, sizeof *c.tallies),
        .slots = lede_alloc_zero(allocator, slots * sizeof *c.slots),
        .most = most,
        .mask = slots - 1,
    };
    lede_status status = LEDE_ERR_NOMEM;

    if (c.tallies && c.slots) {
        status = count_words(&c, sample, cancel);
        if (status == LEDE_OK)
            status = keep(lexicon, c.tallies, choose(&c));
    }
    if (status != LEDE_OK)
        lede_lexicon_fini(lexicon);
    lede_release(allocator, c.tallies, most * sizeof *c.tallies);
    lede_release(allocator, c.slots, slots * sizeof *c.slots);
    return status;
}

void lede_lexicon_write(const lede_lexicon *lexicon, lede_buffer *out)
{
    lede_put_varint(out, lexicon->count);
    lede_put_varint(out, lexicon->text_bytes);
    for (uint32_t i = 0; i < lexicon->count; i++)
        lede_put_u8(out,
                    (uint8_t)(lexicon->begins[i + 1] - lexicon->begins[i]));
    lede_put(out, lexicon->text, lexicon->text_bytes);
}

/* ---- Coding ---- */

/* A word of the text being coded. */
typedef struct found {
    size_t begin;
    size_t len;
    uint64_t first;
    uint32_t slot;
} found;

/* Finds up to FOUND_MOST words from `at` on, and brings their slots into the
 * cache; *end is where it stopped. */
static size_t find_words(const lede_lexicon *lexicon, lede_bytes text,
                         size_t at, found *words, size_t *end)
{
    uint32_t mask = lexicon->slot_count - 1;
    size_t count = 0;

    while (at < text.len && count < FOUND_MOST) {
        size_t left = text.len - at, len;

        if (!is_letter(text.at[at])) {
            at++;
            continue;
        }
        len = word_len(text.at + at, left);
        if (len <= LEDE_LEXICON_WORD_MAX) {
            found *word = &words[count++];

            word->begin = at;
            word->len = len;
            word->first = first_bytes(text.at + at, len, left);
            word->slot = hash_word(word->first, text.at + at, len) & mask;
            __builtin_prefetch(&lexicon->slots[word->slot]);
        }
        at += len;
    }
    *end = at;
    return count;
}

/* Whether a listed word goes on behind its first 8 bytes as this one does. */
static inline bool goes_on_alike(const lede_lexicon *lexicon, uint32_t place,
                                 const uint8_t *at, size_t len)
{
    const uint8_t *listed = lexicon->text + lexicon->begins[place];

    if (len <= 2 * BYTES)
        return read_8(listed + len - BYTES) == read_8(at + len - BYTES);
    return memcmp(listed, at, len) == 0;
}

/* The place of a word; UINT32_MAX where it is not listed. */
static uint32_t look_up(const lede_lexicon *lexicon, const found *word,
                        const uint8_t *at)
{
    uint32_t mask = lexicon->slot_count - 1, slot = word->slot;

    for (; lexicon->slots[slot].word; slot = (slot + 1) & mask) {
        const lede_lexicon_slot *s = &lexicon->slots[slot];
        uint32_t place = s->word - 1;

        if (s->first == word->first && s->len == word->len &&
            (s->len <= BYTES || goes_on_alike(lexicon, place, at, s->len)))
            return place;
    }
    return UINT32_MAX;
}

/* Bytes that stand for themselves, and runs of those that do not; there is room
 * for three times as many. */
static uint8_t *put_plain(uint8_t *to, const uint8_t *at, const uint8_t *end)
{
    while (at < end) {
        const uint8_t *begin = at;

        while (at < end && at - begin < RAW_MOST &&
               (*at >= LEDE_LEXICON_WORD || *at <= LEDE_LEXICON_FLIP))
            at++;
        if (at == begin) {
            *to++ = *at++;
            continue;
        }
        *to++ = LEDE_LEXICON_RAW;
        *to++ = (uint8_t)(at - begin - 1);
        memcpy(to, begin, (size_t)(at - begin));
        to += at - begin;
    }
    return to;
}

/* Whether a code is one byte or two is as good as random, so both are written.
 */
static uint8_t *put_code(uint8_t *to, uint32_t place, bool flip)
{
    bool pair = place >= LEDE_LEXICON_SHORT;
    uint32_t rest = place - LEDE_LEXICON_SHORT;

    *to = LEDE_LEXICON_FLIP;
    to += flip;
    to[0] = (uint8_t)(pair ? LEDE_LEXICON_PAIR + rest / 256
                           : LEDE_LEXICON_WORD + place);
    to[1] = (uint8_t)rest;
    return to + 1 + pair;
}

/* Codes the bytes from `at` on to the end of a word. */
static uint8_t *put_item(const lede_lexicon *lexicon, uint8_t *to,
                         lede_bytes text, size_t at, const found *word)
{
    const uint8_t *begin = text.at + word->begin;
    uint32_t place = look_up(lexicon, word, begin);
    bool space = word->begin > at && begin[-1] == ' ';
    const uint8_t *end = begin - space;
    uint8_t before = end > text.at ? end[-1] : '\n';

    if (place == UINT32_MAX)
        return put_plain(to, text.at + at, begin + word->len);
    to = put_plain(to, text.at + at, end);
    return put_code(to, place, space != lede_lexicon_expects(before));
}

/* Room for what `len` bytes may be coded to. */
static uint8_t *make_room(lede_buffer *out, size_t len)
{
    if (out->capacity - out->len < 3 * len + ITEM_MOST)
        return lede_buffer_reserve(out, 3 * len + ITEM_MOST);
    return out->at + out->len;
}

void lede_lexicon_code(const lede_lexicon *lexicon, lede_bytes text,
                       lede_buffer *out)
{
    found words[FOUND_MOST];
    size_t at = 0;

    if (lexicon->count == 0) {
        lede_put(out, text.at, text.len);
        return;
    }
    while (at < text.len) {
        size_t end, count = find_words(lexicon, text, at, words, &end);
        uint8_t *to = make_room(out, end - at);

        if (!to)
            return;
        for (size_t i = 0; i < count; i++) {
            to = put_item(lexicon, to, text, at, &words[i]);
            at = words[i].begin + words[i].len;
        }
        to = put_plain(to, text.at + at, text.at + end);
        at = end;
        out->len = (size_t)(to - out->at);
    }
}
