#include "fuzz/specimen.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "document/document.h"
#include "fuzz/damage.h"
#include "native/index/inverter.h"
#include "support/chance.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#define WORDS_MAX 40U

/* Changes with this place are made to the list of sections. */
#define WHERE_LIST 255U

const char *specimen_word(uint32_t at)
{
    static const char words[SPECIMEN_WORDS][LEDE_TERM_ROOM] = {
        "the",     "ferry",   "iraq",   "running",     "runs",        "run",
        "harbour", "harbor",  "elan",   "\xC3\xA9lan", "ivanov",      "ivanoff",
        "nation",  "nations", "müller", "muller",      "covid19\xF9", "covid",
        "19",      "a",       "zebra",  "zebras",      "embassy",     "attack",
    };

    return words[at % SPECIMEN_WORDS];
}

/* ---- Articles ---- */

/* The words of one article, field after field. */
typedef struct words {
    lede_token_source source;
    lede_token_batch batch;
    uint32_t field;
    uint32_t counts[SPECIMEN_FIELDS];
    chance *c;
} words;

static void draw_word(words *w, uint32_t position)
{
    lede_token_batch *b = &w->batch;
    uint32_t i = b->count++, most = chance_below(w->c, SPECIMEN_WORDS) + 1;
    const char *word = specimen_word(chance_below(w->c, most));

    b->term[i] = word;
    b->len[i] = (uint16_t)strlen(word);
    b->hash[i] = (uint32_t)XXH3_64bits(word, b->len[i]);
    b->position[i] = position;
    b->span[i] = (uint8_t)lede_term_span(word, b->len[i]);
    b->flags[i] = word[0] == 'i' ? LEDE_TOKEN_CAPITAL : 0;
    if (b->span[i] > 1)
        b->flags[i] |= LEDE_TOKEN_JOINED;
}

static bool next_words(lede_token_source *source, uint32_t *field,
                       const lede_token_batch **batch)
{
    words *w = (words *)source;
    uint32_t count = 0, position = 0;

    while (w->field < SPECIMEN_FIELDS && (count = w->counts[w->field]) == 0)
        w->field++;
    if (w->field == SPECIMEN_FIELDS)
        return false;
    w->batch.count = 0;
    for (uint32_t i = 0; i < count; i++) {
        draw_word(w, position);
        position += chance_one_in(w->c, 9) ? 101 : 1;
    }
    *field = w->field++;
    *batch = &w->batch;
    return true;
}

static void add_text(lede_document *doc, const char *field, lede_kind kind,
                     const char *text)
{
    lede_value value = { .kind = kind, .text = text, .len = strlen(text) };

    assert(lede_document_add(doc, field, &value) == LEDE_OK);
}

static void add_number(lede_document *doc, const char *field, lede_kind kind,
                       int64_t number)
{
    lede_value value = { .kind = kind,
                         .number = kind == LEDE_DOUBLE ? 0 : number,
                         .real = kind == LEDE_DOUBLE ? (double)number / 8 : 0,
                         .text = "" };

    assert(lede_document_add(doc, field, &value) == LEDE_OK);
}

static void add_values(lede_document *doc, chance *c)
{
    static const char *const tags[] = { "sea", "harbour", "", "x", "seas" };

    add_text(doc, "title", LEDE_TEXT, "Two ferries, one harbour");
    for (uint32_t i = chance_below(c, 3); i > 0; i--)
        add_text(doc, "tags", LEDE_KEYWORD, tags[chance_below(c, 5)]);
    add_number(doc, "n", LEDE_INT, (int64_t)chance_below(c, 9) - 4);
    for (uint32_t i = chance_below(c, 3); i > 0; i--)
        add_number(doc, "x", LEDE_DOUBLE, chance_below(c, 99));
    if (chance_one_in(c, 2))
        add_number(doc, "date", LEDE_DATE, chance_below(c, 1U << 31));
    if (chance_one_in(c, 2))
        add_text(doc, "bare", LEDE_KEYWORD, tags[chance_below(c, 5)]);
}

static void put_article(lede_inverter *inverter, const specimen *s, uint32_t at,
                        uint32_t most, chance *c)
{
    static words w;
    lede_document *doc = NULL;
    char key[16];
    lede_engine_change change = { .sequence = 3 + 2 * (uint64_t)at,
                                  .schema = s->schema,
                                  .tokens = &w.source,
                                  .text_bytes = chance_below(c, 900) };

    (void)snprintf(key, sizeof key, "k%u", at * 7919 % 10007);
    change.key = lede_bytes_of_text(key);
    w = (words){ .source = { next_words, LEDE_OK }, .c = c };
    w.counts[SPECIMEN_TITLE] = chance_below(c, 4);
    w.counts[SPECIMEN_BODY] = chance_below(c, most);
    w.counts[SPECIMEN_FLAT] = chance_below(c, 3);
    assert(lede_document_new(&doc, NULL) == LEDE_OK);
    add_values(doc, c);
    change.document = doc;
    assert(lede_inverter_put(inverter, &change, NULL) == LEDE_OK);
    lede_document_free(doc);
}

/* ---- The segment ---- */

static void add_field(lede_schema *schema, const char *name, lede_kind kind,
                      uint32_t flags, double weight)
{
    lede_field_options options = LEDE_FIELD_OPTIONS;

    options.flags = flags;
    options.weight = weight;
    assert(lede_schema_add(schema, name, kind, &options) == LEDE_OK);
}

static void make_schema(specimen *s)
{
    assert(lede_schema_new(&s->schema, NULL) == LEDE_OK);
    add_field(s->schema, "title", LEDE_TEXT, 0, 2);
    add_field(s->schema, "body", LEDE_TEXT, 0, 0);
    add_field(s->schema, "flat", LEDE_TEXT,
              LEDE_FIELD_NO_POSITIONS | LEDE_FIELD_UNSTORED, 0);
    add_field(s->schema, "tags", LEDE_KEYWORD, 0, 0);
    add_field(s->schema, "n", LEDE_INT, 0, 0);
    add_field(s->schema, "x", LEDE_DOUBLE, 0, 0);
    add_field(s->schema, "date", LEDE_DATE, 0, 0);
    add_field(s->schema, "bare", LEDE_KEYWORD, LEDE_FIELD_NO_COLUMN, 0);
    assert(lede_forms_new(&s->forms, lede_schema_analyzer(s->schema), NULL) ==
           LEDE_OK);
}

/* Keeps the sections of a segment, and lets go of it. */
static void keep_sections(specimen *s, lede_segment *segment)
{
    lede_section_id id;
    uint32_t field;
    uint64_t length;

    s->documents = lede_segment_documents(segment);
    while (s->section_count < SPECIMEN_SECTIONS &&
           lede_segment_section_at(segment, s->section_count, &id, &field,
                                   &length)) {
        specimen_section *section = &s->sections[s->section_count++];
        lede_bytes bytes;

        assert(lede_segment_section(segment, id, field, &bytes, NULL) ==
               LEDE_OK);
        *section =
            (specimen_section){ id, field,
                                lede_bytes_of(damage_copy(bytes), bytes.len) };
    }
    assert(s->section_count < SPECIMEN_SECTIONS);
    lede_segment_release(segment);
}

static void make(specimen *s, uint32_t documents, uint32_t most)
{
    lede_segment_target target = { .name = SPECIMEN_NAME };
    lede_inverter *inverter;
    lede_segment_made made;
    lede_segment *segment;
    chance c = { documents };
    lede_dir *dir;

    make_schema(s);
    assert(lede_dir_open_memory(&dir, NULL) == LEDE_OK);
    target.dir = dir;
    target.schema = s->schema;
    target.forms = s->forms;
    assert(lede_inverter_new(&inverter, s->schema, NULL) == LEDE_OK);
    for (uint32_t i = 0; i < documents; i++)
        put_article(inverter, s, i, most, &c);
    assert(lede_inverter_flush(inverter, &target, false, &made, NULL) ==
           LEDE_OK);
    assert(lede_segment_open(&segment, dir, SPECIMEN_NAME, &made.mark,
                             s->schema, NULL, NULL) == LEDE_OK);
    keep_sections(s, segment);
    lede_inverter_free(inverter);
    lede_dir_close(dir);
}

const specimen *specimen_of(uint32_t which)
{
    static const struct {
        uint32_t documents;
        uint32_t most; /* words of a body */
    } sizes[SPECIMENS] = { { 5, WORDS_MAX }, { 132, 6 }, { 515, 2 } };
    static const uint8_t shares[8] = { 0, 1, 2, 0, 0, 1, 0, 0 };
    static specimen made[SPECIMENS];

    which = shares[which % 8];
    if (!made[which].schema)
        make(&made[which], sizes[which].documents, sizes[which].most);
    return &made[which];
}

/* ---- Damage ---- */

static void write_bytes(lede_envelope_out *out, const lede_buffer *bytes)
{
    assert(lede_envelope_write(out, bytes->at, bytes->len, NULL) == LEDE_OK);
}

static void write_sections(lede_envelope_out *out, const specimen *s,
                           const lede_buffer *sections, lede_bytes input)
{
    lede_buffer list;
    damage d;

    lede_buffer_init(&list, NULL);
    lede_put_u32(&list, s->section_count);
    for (uint32_t i = 0; i < s->section_count; i++) {
        assert(lede_envelope_align(out, NULL) == LEDE_OK);
        lede_put_u32(&list, s->sections[i].id);
        lede_put_u32(&list, s->sections[i].field);
        lede_put_u64(&list, lede_envelope_offset(out));
        lede_put_u64(&list, sections[i].len);
        write_bytes(out, &sections[i]);
    }
    assert(lede_envelope_align(out, NULL) == LEDE_OK);
    while (damage_take(&input, &d))
        if (d.where == WHERE_LIST)
            damage_do(&list, &d);
    lede_put_u64(&list, lede_envelope_offset(out));
    write_bytes(out, &list);
    lede_buffer_fini(&list);
}

void specimen_damage(lede_envelope_mark *mark, const specimen *s,
                     lede_bytes input, lede_dir *dir)
{
    lede_buffer sections[SPECIMEN_SECTIONS];
    lede_bytes rest = input;
    lede_envelope_out *out;
    damage d;

    for (uint32_t i = 0; i < s->section_count; i++) {
        lede_buffer_init(&sections[i], NULL);
        lede_put(&sections[i], s->sections[i].bytes.at,
                 s->sections[i].bytes.len);
    }
    while (damage_take(&rest, &d))
        if (d.where != WHERE_LIST)
            damage_do(&sections[d.where % s->section_count], &d);
    assert(lede_envelope_create(&out, dir, SPECIMEN_NAME, LEDE_ENVELOPE_SEGMENT,
                                NULL, NULL) == LEDE_OK);
    write_sections(out, s, sections, input);
    assert(lede_envelope_end(out, false, &mark->length, &mark->signature,
                             NULL) == LEDE_OK);
    for (uint32_t i = 0; i < s->section_count; i++)
        lede_buffer_fini(&sections[i]);
}
