#include "native/index/term_table.h"

#include <xxhash.h>

#include "base/alloc.h"
#include "lede/schema.h"

#define FIRST_SLOTS 16U

/* Parts of more slots than this are made small again when cleared. */
#define KEPT_SLOTS 256U

/* What a record has room for behind its bytes, at least: a posting of a rare
 * term, and a link. */
#define FIRST_ROOM (5U + LEDE_CHUNKS_LINK)

_Static_assert(LEDE_TERM_TABLE_PARTS == 1U << (32 - 26),
               "the highest bits of a hash choose the part");
_Static_assert(sizeof(lede_term) % LEDE_CHUNKS_UNIT == 0 &&
                   FIRST_ROOM > LEDE_TERM_ROOM - LEDE_CHUNKS_UNIT,
               "whole units behind the numbers are the room of a text");
_Static_assert(sizeof(lede_term) + LEDE_KEYWORD_MAX + FIRST_ROOM +
                       LEDE_CHUNKS_UNIT <
                   LEDE_CHUNKS_TAKE_MAX,
               "a record is taken at once");

static size_t part_bytes(const lede_term_part *part)
{
    return ((size_t)part->mask + 1) * sizeof *part->slots;
}

static bool make_part(lede_term_table *table, lede_term_part *part,
                      uint32_t capacity)
{
    lede_term_slot *slots;

    slots = lede_alloc_array(table->allocator, capacity, sizeof *slots);
    if (!slots)
        return false;
    *part = (lede_term_part){ slots, capacity - 1, 0 };
    memset(slots, 0, part_bytes(part));
    table->slot_bytes += part_bytes(part);
    return true;
}

static void drop_part(lede_term_table *table, lede_term_part *part)
{
    if (!part->slots)
        return;
    table->slot_bytes -= part_bytes(part);
    lede_release(table->allocator, part->slots, part_bytes(part));
    part->slots = NULL;
}

bool lede_term_table_init(lede_term_table *table,
                          const lede_allocator *allocator)
{
    memset(table, 0, sizeof *table);
    table->allocator = allocator;
    lede_chunks_init(&table->chunks, allocator);
    for (uint32_t i = 0; i < LEDE_TERM_TABLE_PARTS; i++)
        if (!make_part(table, &table->parts[i], FIRST_SLOTS)) {
            lede_term_table_fini(table);
            return false;
        }
    return true;
}

void lede_term_table_fini(lede_term_table *table)
{
    for (uint32_t i = 0; i < LEDE_TERM_TABLE_PARTS; i++)
        drop_part(table, &table->parts[i]);
    lede_chunks_fini(&table->chunks);
    table->count = 0;
}

void lede_term_table_forget(lede_term_table *table, uint32_t part)
{
    lede_term_part *at = &table->parts[part], small;

    if (at->mask >= KEPT_SLOTS && make_part(table, &small, FIRST_SLOTS)) {
        drop_part(table, at);
        *at = small;
    }
    memset(at->slots, 0, part_bytes(at));
    at->count = 0;
}

void lede_term_table_clear(lede_term_table *table)
{
    for (uint32_t i = 0; i < LEDE_TERM_TABLE_PARTS; i++)
        lede_term_table_forget(table, i);
    lede_chunks_clear(&table->chunks);
    table->count = 0;
}

uint64_t lede_term_table_bytes(const lede_term_table *table)
{
    return lede_chunks_bytes(&table->chunks) + table->slot_bytes;
}

uint32_t lede_term_hash_bytes(uint32_t space, lede_bytes text)
{
    return lede_term_hash(space, (uint32_t)XXH3_64bits(text.at, text.len));
}

static lede_term_part *part_of(lede_term_table *table, uint32_t hash)
{
    return &table->parts[lede_term_part_of(table, hash) - table->parts];
}

static void place(lede_term_part *part, lede_term_slot slot)
{
    uint32_t i = slot.hash & part->mask;

    while (part->slots[i].ref)
        i = (i + 1) & part->mask;
    part->slots[i] = slot;
    part->count++;
}

/* Sees to it that three in four slots are taken at most. */
static bool make_room(lede_term_table *table, lede_term_part *part)
{
    uint32_t capacity = part->mask + 1;
    lede_term_part grown;

    if (part->count + 1 <= capacity / 4 * 3)
        return true;
    if (capacity > UINT32_MAX / 2 || !make_part(table, &grown, capacity * 2))
        return false;
    for (uint32_t i = 0; i < capacity; i++)
        if (part->slots[i].ref)
            place(&grown, part->slots[i]);
    drop_part(table, part);
    *part = grown;
    return true;
}

/* Bytes behind the term in its record. */
static size_t room_of(size_t len)
{
    size_t whole = sizeof(lede_term) + len + FIRST_ROOM + LEDE_CHUNKS_UNIT - 1;

    return whole - whole % LEDE_CHUNKS_UNIT - sizeof(lede_term) - len;
}

static lede_term *add(lede_term_table *table, uint32_t hash, uint32_t space,
                      lede_bytes text)
{
    lede_term_part *part = part_of(table, hash);
    size_t room = room_of(text.len);
    lede_term *term;
    uint32_t ref;

    if (table->count == UINT32_MAX || !make_room(table, part))
        return NULL;
    term =
        lede_chunks_take(&table->chunks, sizeof *term + text.len + room, &ref);
    if (!term)
        return NULL;
    memset(term, 0, sizeof *term);
    term->space = (uint16_t)space;
    term->len = (uint16_t)text.len;
    memcpy(term->text, text.at, text.len);
    lede_stream_begin(&term->stream, term->text + text.len, room);
    term->stream.last = LEDE_TERM_NO_DOC;
    place(part, (lede_term_slot){ hash, ref });
    table->count++;
    return term;
}

lede_term *lede_term_table_put(lede_term_table *table, uint32_t hash,
                               uint32_t space, lede_bytes text)
{
    const lede_term_part *part = lede_term_part_of(table, hash);
    uint32_t i = hash & part->mask;

    for (; part->slots[i].ref; i = (i + 1) & part->mask) {
        lede_term *term;

        if (part->slots[i].hash != hash)
            continue;
        term = lede_chunks_at(&table->chunks, part->slots[i].ref);
        if (lede_term_is(term, space, text))
            return term;
    }
    return add(table, hash, space, text);
}

/* Frees a slot and moves what follows it to where it is found again. */
static void free_slot(lede_term_part *part, uint32_t hole)
{
    uint32_t i = hole;

    for (;;) {
        uint32_t home;

        i = (i + 1) & part->mask;
        if (!part->slots[i].ref)
            break;
        home = part->slots[i].hash & part->mask;
        if (((i - home) & part->mask) < ((i - hole) & part->mask))
            continue;
        part->slots[hole] = part->slots[i];
        hole = i;
    }
    part->slots[hole] = (lede_term_slot){ 0, 0 };
    part->count--;
}

void lede_term_table_remove(lede_term_table *table, const lede_term *term)
{
    lede_bytes text = lede_bytes_of(term->text, term->len);
    uint32_t hash = lede_term_hash_bytes(term->space, text);
    lede_term_part *part = part_of(table, hash);
    uint32_t i = hash & part->mask;

    while (part->slots[i].hash != hash ||
           lede_chunks_at(&table->chunks, part->slots[i].ref) != term)
        i = (i + 1) & part->mask;
    free_slot(part, i);
    table->count--;
}

void lede_term_prefetch_stream(const lede_term_table *table,
                               const lede_term *term)
{
    const uint8_t *link =
        term->text + term->len + room_of(term->len) - LEDE_CHUNKS_LINK;
    uint32_t ref;

    if (term->stream.level == 0)
        return;
    memcpy(&ref, link, sizeof ref);
    __builtin_prefetch(lede_chunks_at(&table->chunks, ref));
    __builtin_prefetch(term->stream.tail);
}

void lede_term_open(lede_stream_reader *reader, const lede_term_table *table,
                    const lede_term *term)
{
    lede_stream_open(reader, &table->chunks, &term->stream,
                     term->text + term->len, room_of(term->len));
}
