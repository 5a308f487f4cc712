#include "text/memo.h"

#include "base/alloc.h"

#define FIRST_CAPACITY 256U
#define LAST_CAPACITY  (LEDE_MEMO_BYTES / sizeof(lede_memo_slot))
#define ROOM           sizeof(((lede_memo_slot *)0)->text)

_Static_assert(sizeof(lede_memo_slot) == 64, "a slot is a cache line");

void lede_memo_init(lede_memo *memo, const lede_allocator *allocator)
{
    *memo = (lede_memo){ .allocator = allocator };
}

void lede_memo_fini(lede_memo *memo)
{
    lede_release(memo->allocator, memo->slots,
                 memo->capacity * sizeof *memo->slots);
    memo->slots = NULL;
    memo->capacity = 0;
}

static uint64_t load_eight(const void *at)
{
    uint64_t value;

    memcpy(&value, at, sizeof value);
    return value;
}

/* As memcmp, for the few bytes of a word: the call would cost more. */
static bool same_bytes(const void *a, const void *b, size_t len)
{
    const char *x = a, *y = b;
    size_t at = 0;

    if (len < 8) {
        for (; at < len; at++)
            if (x[at] != y[at])
                return false;
        return true;
    }
    for (; at + 8 < len; at += 8)
        if (load_eight(x + at) != load_eight(y + at))
            return false;
    return load_eight(x + len - 8) == load_eight(y + len - 8);
}

static bool holds(const lede_memo_slot *slot, lede_bytes word, uint64_t hash)
{
    return slot->check == (uint32_t)(hash >> 32) &&
           slot->word_len == word.len &&
           same_bytes(slot->text, word.at, word.len);
}

const lede_memo_slot *lede_memo_find(const lede_memo *memo, lede_bytes word,
                                     uint64_t hash)
{
    size_t place;

    if (memo->capacity == 0 || word.len == 0 || word.len > ROOM)
        return NULL;
    place = (size_t)hash & (memo->capacity - 1);
    if (holds(&memo->slots[place], word, hash))
        return &memo->slots[place];
    place ^= 1;
    return holds(&memo->slots[place], word, hash) ? &memo->slots[place] : NULL;
}

/* The free place of the two, or the first, after what was there went to the
 * second. */
static lede_memo_slot *make_room(lede_memo *memo, uint32_t hash)
{
    size_t place = hash & (memo->capacity - 1);
    lede_memo_slot *first = &memo->slots[place];
    lede_memo_slot *second = &memo->slots[place ^ 1];

    if (first->word_len == 0 || second->word_len == 0)
        memo->count++;
    if (first->word_len != 0)
        *second = *first;
    return first;
}

/* False if it cannot or need not. */
static bool grow(lede_memo *memo)
{
    size_t capacity = memo->capacity ? 2 * memo->capacity : FIRST_CAPACITY;
    lede_memo old = *memo;
    lede_memo_slot *slots;

    if (capacity > LAST_CAPACITY)
        return false;
    slots = lede_alloc_zero(memo->allocator, capacity * sizeof *slots);
    if (!slots)
        return false;
    memo->slots = slots;
    memo->capacity = capacity;
    memo->count = 0;
    for (size_t i = 0; i < old.capacity; i++)
        if (old.slots[i].word_len != 0)
            *make_room(memo, old.slots[i].place) = old.slots[i];
    lede_memo_fini(&old);
    return true;
}

void lede_memo_put(lede_memo *memo, lede_bytes word, uint64_t hash,
                   lede_bytes term, uint32_t term_hash, bool capital)
{
    bool same = lede_bytes_equal(word, term);
    lede_memo_slot *slot;

    if (word.len == 0 || word.len + (same ? 0 : term.len) > ROOM)
        return;
    if (memo->count >= memo->capacity - memo->capacity / 4 && !grow(memo) &&
        memo->capacity == 0)
        return;
    slot = make_room(memo, (uint32_t)hash);
    slot->check = (uint32_t)(hash >> 32);
    slot->place = (uint32_t)hash;
    slot->hash = term_hash;
    slot->word_len = (uint8_t)word.len;
    slot->capital = capital;
    slot->term_at = same ? 0 : (uint8_t)word.len;
    slot->term_len = (uint8_t)term.len;
    memcpy(slot->text, word.at, word.len);
    if (!same)
        memcpy(slot->text + word.len, term.at, term.len);
}
