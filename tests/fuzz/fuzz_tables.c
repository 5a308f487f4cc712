/* Sections of a segment, each by itself: whatever bytes are taken for one, what
 * readers find in it rises, is within bounds, and is the same for all of them.
 *
 *     input   what:u8 seed:u8 rest
 *
 * With a seed above 0 the rest is changes to a section that was written from
 * it, else the section itself. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz/damage.h"
#include "native/codec/forms_table.h"
#include "native/codec/keys.h"
#include "native/codec/postings.h"
#include "native/codec/records.h"
#include "support/chance.h"

#define TEXTS_MAX     90U
#define DOCUMENTS_MAX 60000U
#define STREAM_MAX    100000U
#define WRITTEN_MAX   1021U /* tables kept */

/* A section and what stands elsewhere about it. */
typedef struct table {
    uint8_t seed;
    uint8_t flags;
    chance c;
    lede_buffer parts[2]; /* the section, and its index or positions */
    lede_terms_space spaces[3];
    lede_terms_entry entry;
    uint64_t length;
} table;

static int by_bytes(const void *left, const void *right)
{
    return lede_bytes_compare(*(const lede_bytes *)left,
                              *(const lede_bytes *)right);
}

/* Different texts in order; returns how many. */
static uint32_t draw_texts(table *t, char (*room)[16], lede_bytes *texts)
{
    uint32_t count = chance_below(&t->c, TEXTS_MAX), kept = 0;

    for (uint32_t i = 0; i < count; i++) {
        int len =
            snprintf(room[i], sizeof room[i], "%x%s", chance_below(&t->c, 400),
                     chance_one_in(&t->c, 3) ? "iraq" : "");

        texts[i] = lede_bytes_of(room[i], (size_t)len);
    }
    qsort(texts, count, sizeof *texts, by_bytes);
    for (uint32_t i = 0; i < count; i++)
        if (kept == 0 || !lede_bytes_equal(texts[i], texts[kept - 1]))
            texts[kept++] = texts[i];
    return kept;
}

/* ---- Keys ---- */

static void write_keys(table *t)
{
    static char room[TEXTS_MAX][16];
    lede_bytes keys[TEXTS_MAX];

    lede_keys_write(&t->parts[0], keys, draw_texts(t, room, keys));
}

static void read_keys(table *t)
{
    lede_bytes bytes = lede_buffer_bytes(&t->parts[0]), in = bytes;
    lede_key key;
    uint32_t blocks, count;
    lede_keys keys;

    if (!lede_take_u32(&in, &blocks) || !lede_take_u32(&in, &count) ||
        !lede_keys_open(&keys, bytes, count))
        return;
    for (uint32_t rank = 0; rank < count && rank < 4 * TEXTS_MAX; rank++) {
        uint32_t found;

        if (lede_keys_at(&keys, rank, &key) != LEDE_OK)
            continue;
        assert(key.len <= LEDE_KEY_MAX);
        if (lede_keys_find(&keys, lede_key_bytes(&key), &found) == LEDE_OK)
            assert(found < count);
    }
}

/* ---- Dictionary ---- */

static void init_spaces(table *t)
{
    t->spaces[0] = (lede_terms_space){ .space = 2,
                                       .frequencies = true,
                                       .positions = true };
    t->spaces[1] = (lede_terms_space){ .space = 3 };
    t->spaces[2] = (lede_terms_space){ .space = 8, .frequencies = true };
}

static void end_block(table *t, lede_terms_writer *writer, uint64_t *postings)
{
    uint64_t few = chance_below(&t->c, 300);

    assert(lede_terms_writer_end_block(writer, &t->parts[0], few,
                                       chance_one_in(&t->c, 9)) == LEDE_OK);
    *postings += few;
}

static void write_terms(table *t)
{
    static char room[TEXTS_MAX][16];
    lede_bytes texts[TEXTS_MAX];
    lede_terms_writer *writer;
    uint64_t postings = 0, positions = 0;

    init_spaces(t);
    assert(lede_terms_writer_new(&writer, t->spaces, 3, NULL) == LEDE_OK);
    for (uint32_t s = 0; s < 3; s++) {
        uint32_t count = draw_texts(t, room, texts);

        for (uint32_t i = 0; i < count; i++) {
            lede_terms_entry e = { .documents = 1 + chance_below(&t->c, 9),
                                   .postings = postings,
                                   .positions = positions,
                                   .scaled = chance_one_in(&t->c, 20),
                                   .name = chance_one_in(&t->c, 4) };

            if (chance_one_in(&t->c, 2)) {
                e.documents = LEDE_POSTINGS_FEW + 1 + chance_below(&t->c, 300);
                e.postings_len = chance_below(&t->c, 900);
                if (e.documents > LEDE_POSTINGS_SHORT && t->spaces[s].positions)
                    e.positions_len = chance_below(&t->c, 900);
            }
            e.occurrences = e.documents + chance_below(&t->c, 5);
            postings += e.postings_len;
            positions += e.positions_len;
            assert(lede_terms_writer_add(writer, t->spaces[s].space, texts[i],
                                         &e) == LEDE_OK);
            if (lede_terms_writer_is_full(writer))
                end_block(t, writer, &postings);
        }
        end_block(t, writer, &postings);
    }
    assert(lede_terms_writer_end(writer, &t->parts[1]) == LEDE_OK);
    lede_terms_writer_free(writer);
}

/* Reads every term of a space, and finds each again. */
static void read_space(const lede_terms_table *terms, uint32_t space)
{
    lede_terms_cursor *walk, *find;
    uint64_t next = 0;

    assert(lede_terms_cursor_new(&walk, terms, NULL) == LEDE_OK);
    assert(lede_terms_cursor_new(&find, terms, NULL) == LEDE_OK);
    lede_terms_cursor_seek(walk, space, lede_bytes_of("", 0));
    while (lede_terms_cursor_next(walk)) {
        lede_terms_entry entry;

        assert(walk->entry.ordinal >= next);
        next = walk->entry.ordinal + 1;
        assert(walk->entry.documents > 0);
        if (lede_terms_find(find, space, walk->term, &entry) == LEDE_OK &&
            entry.ordinal == walk->entry.ordinal)
            assert(entry.documents == walk->entry.documents &&
                   entry.postings == walk->entry.postings);
        lede_terms_cursor_seek_ordinal(find, space, walk->entry.ordinal);
        assert(lede_terms_cursor_next(find));
        assert(lede_bytes_equal(find->term, walk->term));
    }
    lede_terms_cursor_free(walk);
    lede_terms_cursor_free(find);
}

static void read_terms(table *t)
{
    lede_terms_table terms;

    if (lede_terms_table_open(&terms, lede_buffer_bytes(&t->parts[0]),
                              lede_buffer_bytes(&t->parts[1]), t->spaces,
                              3) != LEDE_OK)
        return;
    for (uint32_t s = 0; s < 3; s++)
        read_space(&terms, t->spaces[s].space);
}

/* ---- Postings ---- */

static lede_postings_target target_of(const table *t)
{
    return (lede_postings_target){ .documents = DOCUMENTS_MAX,
                                   .frequencies = (t->flags & 3) != 0,
                                   .positions = t->flags & 1 };
}

static void add_documents(table *t, lede_postings_writer *writer,
                          uint32_t count)
{
    uint32_t doc = 0, at[4];

    for (uint32_t i = 0; i < count; i++) {
        uint32_t frequency = 1 + chance_below(&t->c, 4), position = 0;

        for (uint32_t j = 0; j < frequency; j++)
            at[j] = position += 1 + chance_below(&t->c, 30);
        doc += 1 + chance_below(&t->c, chance_one_in(&t->c, 90) ? 99 : 3);
        assert(lede_postings_writer_add(writer, doc, frequency, at) == LEDE_OK);
    }
    assert(lede_postings_writer_end(writer, &t->parts[0], 0, &t->parts[1], 0,
                                    &t->entry) == LEDE_OK);
}

/* As one of so many lists of few, all alike but for their numbers. */
static void write_few(table *t, lede_postings_writer *writer,
                      const lede_postings_target *target, uint32_t count)
{
    bool scaled;

    t->entry.few_count = 1 + chance_below(&t->c, LEDE_TERMS_BLOCK);
    t->entry.few_at = chance_below(&t->c, t->entry.few_count);
    memset(t->entry.few, (int)count, t->entry.few_count);
    for (uint32_t i = 0; i < t->entry.few_count; i++) {
        lede_postings_writer_begin(writer, target);
        add_documents(t, writer, count);
    }
    assert(lede_postings_writer_end_few(writer, &t->parts[0], &scaled) ==
           LEDE_OK);
    t->entry.scaled = scaled;
    t->entry.postings = 0;
    t->entry.postings_len = t->parts[0].len;
}

static void write_postings(table *t)
{
    lede_postings_target target = target_of(t);
    lede_postings_writer *writer;
    uint32_t count = chance_below(&t->c, 9);

    count = count < 3 ? 1 + count : count < 6 ? 100 + count : 200 * count;
    if (t->seed > 250)
        count = 17000; /* more than one group */
    assert(lede_postings_writer_new(&writer, NULL) == LEDE_OK);
    if (count <= LEDE_POSTINGS_FEW) {
        write_few(t, writer, &target, count);
    } else {
        lede_postings_writer_begin(writer, &target);
        add_documents(t, writer, count);
    }
    lede_postings_writer_free(writer);
}

/* Every document, in order; returns how many, and how the list ended. */
static uint32_t walk_list(const lede_postings_source *source,
                          const lede_terms_entry *entry, uint32_t stride,
                          lede_status *status)
{
    static lede_postings list;
    static uint32_t at[1U << 16];
    int64_t before = -1;
    uint32_t seen = 0;

    lede_postings_open(&list, source, entry);
    for (uint32_t doc = lede_postings_seek(&list, 0); doc != LEDE_DOC_END;
         doc = lede_postings_seek(&list, doc + stride)) {
        assert(doc > before && doc < source->documents);
        assert(list.frequency > 0 && list.documents == entry->documents);
        before = doc;
        seen++;
        if (list.frequency > 1U << 16)
            continue;
        if (source->has_positions && lede_postings_positions(&list, at))
            for (uint32_t i = 1; i < list.frequency; i++)
                assert(at[i] > at[i - 1]);
        if (list.status != LEDE_OK)
            break;
    }
    *status = list.status;
    assert(seen <= entry->documents);
    return seen;
}

/* Blocks whole, as those who match in bulk read them. */
static void walk_blocks(const lede_postings_source *source,
                        const lede_terms_entry *entry)
{
    static lede_postings list;
    uint32_t target = 0;
    lede_bound bound, wide;

    lede_postings_open(&list, source, entry);
    (void)lede_postings_most(&list, &bound);
    while (lede_postings_wide_bound(&list, target, &wide) &&
           lede_postings_bound(&list, target, &bound)) {
        assert(bound.last >= target && wide.last >= bound.last);
        if (list.documents > LEDE_POSTINGS_SHORT && source->frequencies) {
            uint32_t last;
            uint8_t top;

            if (!lede_postings_top(&list, target, &last, &top))
                return;
            assert(last == bound.last);
        }
        assert(bound.count > 0 && bound.count <= LEDE_BOUND_MAX);
        if (!lede_postings_block(&list, target) ||
            !lede_postings_frequencies(&list))
            return;
        assert(list.n > 0 && list.n <= LEDE_BLOCK_MAX);
        assert(list.docs[list.n - 1] >= target);
        target = list.docs[list.n - 1] + 1;
    }
}

/* As a merge copies it. */
static void copy_list(const lede_postings_source *source,
                      const lede_terms_entry *entry, uint32_t documents)
{
    static lede_postings list;
    lede_postings_writer *writer;
    lede_postings_source copied = *source;
    lede_postings_target target = { .documents = source->documents + 7,
                                    .frequencies = source->frequencies,
                                    .positions = source->has_positions };
    lede_terms_entry made = { 0 };
    lede_buffer postings, positions;
    lede_status status;

    lede_buffer_init(&postings, NULL);
    lede_buffer_init(&positions, NULL);
    assert(lede_postings_writer_new(&writer, NULL) == LEDE_OK);
    lede_postings_open(&list, source, entry);
    lede_postings_writer_begin(writer, &target);
    if (lede_postings_writer_copy(writer, &list, 7) == LEDE_OK &&
        list.status == LEDE_OK &&
        lede_postings_writer_end(writer, &postings, 0, &positions, 0, &made) ==
            LEDE_OK) {
        copied.postings = lede_buffer_bytes(&postings);
        copied.positions = lede_buffer_bytes(&positions);
        copied.documents += 7;
        assert(walk_list(&copied, &made, 1, &status) <= made.documents);
        if (documents > 0)
            assert(status == LEDE_OK && made.documents == documents);
    }
    lede_postings_writer_free(writer);
    lede_buffer_fini(&postings);
    lede_buffer_fini(&positions);
}

static void read_postings(table *t)
{
    lede_postings_source source = {
        .postings = lede_buffer_bytes(&t->parts[0]),
        .positions = lede_buffer_bytes(&t->parts[1]),
        .frequencies = (t->flags & 3) != 0,
        .has_positions = t->flags & 1,
        .documents = DOCUMENTS_MAX,
    };
    lede_status status;
    uint32_t seen;

    /* What the dictionary says may be any of it. */
    if (t->flags & 4)
        t->entry.documents += t->seed;
    seen = walk_list(&source, &t->entry, 1, &status);
    if (status == LEDE_OK)
        assert(walk_list(&source, &t->entry, 13, &status) <= seen &&
               status == LEDE_OK);
    walk_blocks(&source, &t->entry);
    copy_list(&source, &t->entry,
              status == LEDE_OK && seen == t->entry.documents ? seen : 0);
}

/* ---- Forms ---- */

static void write_forms(table *t)
{
    static char room[TEXTS_MAX][16];
    lede_forms_table_writer *writer;
    lede_bytes keys[TEXTS_MAX];

    assert(lede_forms_table_writer_new(&writer, NULL) == LEDE_OK);
    for (uint8_t kind = 0; kind < 3; kind++) {
        uint32_t count = draw_texts(t, room, keys);

        for (uint32_t i = 0; i < count; i++) {
            uint32_t word = chance_below(&t->c, 5000);

            for (uint32_t n = i % 40 == 0 ? 200 : 1 + i % 3; n > 0; n--) {
                assert(lede_forms_table_writer_add(writer, kind, keys[i], word,
                                                   &t->parts[0]) == LEDE_OK);
                word += chance_below(&t->c, 50);
            }
        }
    }
    assert(lede_forms_table_writer_end(writer, &t->parts[0], &t->parts[1]) ==
           LEDE_OK);
    lede_forms_table_writer_free(writer);
}

/* Keys met, to be asked for again. */
typedef struct met {
    const lede_forms_table *forms;
    uint64_t count;
    uint64_t missed;
} met;

static bool meet(void *ctx, lede_bytes key, uint32_t ordinal)
{
    met *m = ctx;
    lede_ordinals ordinals;
    uint32_t found = 0;
    bool seen = false;

    if (key.len < 2 || m->count++ > 20000)
        return false;
    /* Of those of one key, some. */
    if (m->count % 7 != 0)
        return true;
    if (lede_forms_table_find(m->forms, key.at[0],
                              lede_bytes_of(key.at + 1, key.len - 1),
                              &ordinals) == LEDE_OK)
        while (!seen && lede_ordinals_next(&ordinals, &found))
            seen = found == ordinal;
    m->missed += !seen;
    return true;
}

static void read_forms(table *t)
{
    lede_forms_table forms;
    met m = { .forms = &forms };

    if (!lede_forms_table_open(&forms, lede_buffer_bytes(&t->parts[0]),
                               lede_buffer_bytes(&t->parts[1])))
        return;
    if (lede_forms_table_walk(&forms, meet, &m) == LEDE_OK)
        assert(m.missed == 0);
}

/* ---- Records ---- */

static void write_records(table *t)
{
    lede_records_writer *writer;
    char text[900];
    uint32_t count = chance_below(&t->c, t->seed > 250 ? 90 : 24);

    assert(lede_records_writer_new(&writer, NULL) == LEDE_OK);
    for (uint32_t i = 0; i < count; i++) {
        int len = 0;

        while (len < 800)
            len += snprintf(text + len, sizeof text - (size_t)len, "%u ferry ",
                            chance_below(&t->c, 200));
        assert(lede_records_writer_add(writer, lede_bytes_of(text, (size_t)len),
                                       &t->parts[0]) == LEDE_OK);
    }
    assert(lede_records_writer_end(writer, &t->parts[0], &t->parts[1]) ==
           LEDE_OK);
    lede_records_writer_free(writer);
}

static void read_records(table *t)
{
    lede_records_source source = {
        .blocks = lede_buffer_bytes(&t->parts[0]),
        .dictionaries = lede_buffer_bytes(&t->parts[1]),
    };
    lede_records_cursor *cursor;
    lede_records *records;
    lede_bytes record;
    uint64_t length;

    if (lede_records_open(&records, &source, NULL) != LEDE_OK)
        return;
    assert(lede_records_cursor_new(&cursor, NULL) == LEDE_OK);
    length = lede_records_length(records);
    for (uint64_t at = 0; at < length && at < STREAM_MAX; at += 500)
        (void)lede_records_read(cursor, records,
                                (lede_records_place){ at, length }, &record);
    assert(lede_records_read(cursor, records,
                             (lede_records_place){ 0, length + 1 },
                             &record) != LEDE_OK);
    lede_records_cursor_free(cursor);
    lede_records_close(records);
}

/* ---- All ---- */

static const struct {
    void (*write)(table *t);
    void (*read)(table *t);
} kinds[] = {
    { write_keys, read_keys },         { write_terms, read_terms },
    { write_postings, read_postings }, { write_forms, read_forms },
    { write_records, read_records },
};

/* The bytes of the input as two parts. */
static void take_parts(table *t, lede_bytes in)
{
    uint32_t first = 0;
    lede_bytes part = { 0 };

    init_spaces(t);
    for (uint32_t s = 0; s < 3; s++) {
        uint8_t blocks = 0, last = 0;

        (void)lede_take_u8(&in, &blocks);
        (void)lede_take_u8(&in, &last);
        t->spaces[s].blocks = blocks;
        t->spaces[s].terms =
            blocks ? (blocks - 1U) * LEDE_TERMS_BLOCK + last : last;
    }
    t->length = t->spaces[0].terms * 7;
    t->entry = (lede_terms_entry){
        .documents = (uint32_t)t->spaces[1].terms,
        .few_count = t->spaces[2].blocks,
        .few_at = (uint32_t)t->spaces[2].terms / 8,
    };
    memset(t->entry.few, (int)(t->entry.documents % LEDE_POSTINGS_FEW),
           sizeof t->entry.few);
    (void)lede_take_u32(&in, &first);
    first = in.len ? first % (uint32_t)(in.len + 1) : 0;
    (void)lede_take(&in, first, &part);
    if (first)
        lede_put(&t->parts[0], part.at, part.len);
    t->entry.postings_len = t->parts[0].len;
    t->entry.positions_len = in.len;
    if (in.len)
        lede_put(&t->parts[1], in.at, in.len);
}

static void copy_table(table *to, const table *from)
{
    *to = *from;
    for (int i = 0; i < 2; i++) {
        lede_bytes bytes = lede_buffer_bytes(&from->parts[i]);

        lede_buffer_init(&to->parts[i], NULL);
        if (bytes.len)
            lede_put(&to->parts[i], bytes.at, bytes.len);
    }
}

/* Writes a table; or gives it again, since most inputs differ in the changes
 * alone, and writing takes longer than all the rest. */
static void write_table(table *t, uint8_t what)
{
    static struct {
        table made;
        uint8_t what;
    } kept[WRITTEN_MAX];
    size_t slot = (what * 256U + t->seed) % WRITTEN_MAX;

    if (kept[slot].made.seed != t->seed || kept[slot].what != what) {
        kinds[(what & 7) % (sizeof kinds / sizeof *kinds)].write(t);
        for (int i = 0; i < 2; i++)
            lede_buffer_fini(&kept[slot].made.parts[i]);
        kept[slot].made = *t;
        kept[slot].what = what;
    }
    copy_table(t, &kept[slot].made);
}

/* In blocks of just their length, so that a byte too many is seen. */
static void fit(lede_buffer *part)
{
    uint8_t *copy = damage_copy(lede_buffer_bytes(part));

    lede_buffer_fini(part);
    part->at = copy;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lede_bytes in = lede_bytes_of(data, size);
    table t = { .seed = 0 };
    uint8_t what, whole;
    size_t lens[2];
    damage d;

    if (!lede_take_u8(&in, &what) || !lede_take_u8(&in, &t.seed))
        return 0;
    whole = what;
    t.flags = what >> 3;
    what = (uint8_t)((what & 7) % (sizeof kinds / sizeof *kinds));
    t.c.state = t.seed * 0x9E3779B97F4A7C15U + 1;
    for (int i = 0; i < 2; i++)
        lede_buffer_init(&t.parts[i], NULL);
    if (t.seed > 0) {
        write_table(&t, whole);
        while (damage_take(&in, &d))
            damage_do(&t.parts[d.where % 2], &d);
    } else {
        take_parts(&t, in);
    }
    for (int i = 0; i < 2; i++) {
        lens[i] = t.parts[i].len;
        fit(&t.parts[i]);
        t.parts[i].len = lens[i];
    }
    kinds[what].read(&t);
    for (int i = 0; i < 2; i++)
        free(t.parts[i].at);
    return 0;
}
