/*
 * Damaged bytes are found, or nobody reads them: never a wrong answer, a crash
 * or a loop without end. Every bit of every kind of file, every length, every
 * sector, and files in the place of others; read mapped and copied, with and
 * without a check before.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/battery.h"
#include "support/chance.h"
#include "support/dir_planted.h"
#include "support/files.h"
#include "support/program.h"
#include "support/suite.h"

#define SECTOR   512U
#define SMALL    4096U /* the most that a file of a small index has */
#define ARTICLES 10U   /* of a segment of one */
#define MANY     500U  /* of a larger one */

#define QUESTIONS_MAX 64U

/* An index, and what it answers while it is whole. */
typedef struct specimen {
    battery_kind kind;
    const char *path;
    files files;
    lede_buffer answers[QUESTIONS_MAX];
} specimen;

/* How damage was found. */
typedef struct tally {
    uint64_t done;
    uint64_t at_open;
    uint64_t by_question;
    uint64_t by_check; /* alone */
    uint64_t unused;   /* by nothing, and all answers are as before */
} tally;

static void print_tally(const char *what, const tally *t)
{
    printf("    %-24s %8llu: %llu found at open, %llu by a question, %llu by "
           "check alone, %llu unused\n",
           what, (unsigned long long)t->done, (unsigned long long)t->at_open,
           (unsigned long long)t->by_question, (unsigned long long)t->by_check,
           (unsigned long long)t->unused);
    fflush(stdout);
}

/* ---- Making indexes ---- */

static void expect(lede_status status, const lede_error *err)
{
    ck_assert_msg(status == LEDE_OK, "%s: %s (%s)", lede_status_name(status),
                  err->message, err->where);
}

static void put_some(lede_writer *writer, battery_kind kind, uint32_t from,
                     uint32_t count)
{
    lede_error err;

    for (uint32_t n = from; n < from + count; n++)
        expect(battery_put(writer, kind, n, &err), &err);
    expect(lede_writer_set_note(writer, "feed", "12", 2, &err), &err);
    expect(lede_writer_commit(writer, NULL, &err), &err);
}

/* Two segments, each with an article that is dead, and a third of one. */
static void build(const char *path, battery_kind kind, uint32_t first,
                  uint32_t articles)
{
    lede_writer_options options = LEDE_WRITER_OPTIONS;
    lede_schema *schema = battery_schema(0);
    lede_index *index = NULL;
    lede_writer *writer = NULL;
    lede_error err;

    options.threads = 1;
    options.durability = LEDE_ORDERED;
    expect(lede_index_create(&index, path, schema, NULL, &err), &err);
    expect(lede_writer_open(&writer, index, &options, &err), &err);
    put_some(writer, kind, first, articles);
    put_some(writer, kind, first + articles, articles);
    expect(lede_writer_delete(writer, "k001", 4, &err), &err);
    put_some(writer, kind, first + 1000 + articles, 1);
    lede_writer_close(writer);
    lede_index_close(index);
    lede_schema_free(schema);
}

/* ---- Asking ---- */

/* NULL where it does not open. */
static lede_index *open_specimen(const specimen *s, uint32_t flags,
                                 lede_snapshot **snapshot, lede_status *status)
{
    lede_index_options options = LEDE_INDEX_OPTIONS;
    lede_index *index = NULL;

    options.flags = flags | LEDE_INDEX_READ_ONLY;
    *status = lede_index_open(&index, s->path, &options, NULL);
    if (*status == LEDE_OK)
        *status = lede_snapshot_open(snapshot, index, NULL);
    if (*status != LEDE_OK) {
        lede_index_close(index);
        return NULL;
    }
    return index;
}

static void begin(specimen *s, battery_kind kind, uint32_t first,
                  uint32_t articles)
{
    lede_snapshot *snapshot = NULL;
    lede_index *index;
    lede_status status;
    lede_error err;

    memset(s, 0, sizeof *s);
    scratch_in_memory();
    s->kind = kind;
    s->path = scratch(battery_name(kind));
    build(s->path, kind, first, articles);
    files_read(&s->files, s->path);
    ck_assert_uint_le(battery_count(), QUESTIONS_MAX);
    index = open_specimen(s, 0, &snapshot, &status);
    ck_assert_ptr_nonnull(index);
    for (uint32_t q = 0; q < battery_count(); q++) {
        lede_buffer_init(&s->answers[q], NULL);
        expect(battery_ask(&s->answers[q], snapshot, q, &err), &err);
    }
    lede_snapshot_close(snapshot);
    lede_index_close(index);
    ck_assert_int_eq(lede_check(s->path, NULL, NULL, NULL), LEDE_OK);
}

/* From here on damage is in memory, and read from there. */
static void leave_disk(specimen *s)
{
    s->files.in_memory = true;
    dir_planted(files_open, &s->files);
}

static void end(specimen *s)
{
    dir_planted(NULL, NULL);
    files_fini(&s->files);
    for (uint32_t q = 0; q < battery_count(); q++)
        lede_buffer_fini(&s->answers[q]);
}

typedef enum finding {
    AT_OPEN,
    BY_QUESTION,
    SAME,
    WRONG /* an answer that is not the one before, or another status */
} finding;

static finding ask_all(const specimen *s, const lede_snapshot *snapshot)
{
    lede_buffer answer;
    finding found = SAME;

    lede_buffer_init(&answer, NULL);
    for (uint32_t q = 0; q < battery_count() && found != WRONG; q++) {
        lede_status status;

        lede_buffer_clear(&answer);
        status = battery_ask(&answer, snapshot, q, NULL);
        if (status == LEDE_ERR_CORRUPT)
            found = BY_QUESTION;
        else if (status != LEDE_OK ||
                 !lede_bytes_equal(lede_buffer_bytes(&answer),
                                   lede_buffer_bytes(&s->answers[q])))
            found = WRONG;
        if (found == WRONG)
            fprintf(stderr, "%s: %s\n", battery_question(q),
                    lede_status_name(status));
    }
    lede_buffer_fini(&answer);
    return found;
}

static finding open_and_ask(const specimen *s, uint32_t flags)
{
    lede_snapshot *snapshot = NULL;
    lede_status status;
    lede_index *index = open_specimen(s, flags, &snapshot, &status);
    finding found;

    if (!index)
        return status == LEDE_ERR_CORRUPT ? AT_OPEN : WRONG;
    found = ask_all(s, snapshot);
    lede_snapshot_close(snapshot);
    lede_index_close(index);
    return found;
}

/* Looks at a damaged index in every way; returns whether all was well. */
static bool examine(const specimen *s, tally *t)
{
    finding mapped = open_and_ask(s, 0);
    finding copied =
        s->files.in_memory ? mapped : open_and_ask(s, LEDE_INDEX_COPIED);
    lede_status status = lede_check(s->path, NULL, NULL, NULL);

    t->done++;
    if (mapped == AT_OPEN)
        t->at_open++;
    else if (mapped == BY_QUESTION)
        t->by_question++;
    else if (mapped == SAME && status == LEDE_ERR_CORRUPT)
        t->by_check++;
    else if (mapped == SAME)
        t->unused++;
    if (mapped == WRONG || copied != mapped)
        return false;
    return status == LEDE_ERR_CORRUPT || (status == LEDE_OK && mapped == SAME);
}

/* ---- Damage ---- */

typedef struct damage {
    specimen *of;
    uint32_t file;
    tally *tally;
} damage;

static void must(const damage *d, bool well, const char *what, size_t at)
{
    if (!well)
        ck_abort_msg("%s: %s %zu of %zu", d->of->files.at[d->file].name, what,
                     at, d->of->files.at[d->file].len);
}

static void flip(const damage *d, size_t bit)
{
    const one_file *file = &d->of->files.at[d->file];
    uint8_t byte = file->bytes[bit / 8];

    files_poke(&d->of->files, d->file, bit / 8,
               (uint8_t)(byte ^ 1U << bit % 8));
    must(d, examine(d->of, d->tally), "bit", bit);
    files_poke(&d->of->files, d->file, bit / 8, byte);
}

static void with_bytes(const damage *d, const uint8_t *bytes, size_t len,
                       const char *what, size_t at)
{
    files_write(&d->of->files, d->file, bytes, len);
    must(d, examine(d->of, d->tally), what, at);
    files_restore(&d->of->files, d->file);
}

static void cut(const damage *d, size_t len)
{
    with_bytes(d, d->of->files.at[d->file].bytes, len, "cut at", len);
}

/* Nothing, or what stands elsewhere in it, behind a file. */
static void extend(const damage *d)
{
    const one_file *file = &d->of->files.at[d->file];
    uint8_t *bytes = calloc(2, file->len + SECTOR);

    ck_assert_ptr_nonnull(bytes);
    memcpy(bytes, file->bytes, file->len);
    with_bytes(d, bytes, file->len + 1, "a byte behind", file->len);
    with_bytes(d, bytes, file->len + SECTOR, "zeros behind", file->len);
    memcpy(bytes + file->len, file->bytes, file->len);
    with_bytes(d, bytes, 2 * file->len, "itself behind", file->len);
    free(bytes);
}

/* Zeros, or the sector before, in the place of a sector. */
static void spoil_sector(const damage *d, size_t at)
{
    const one_file *file = &d->of->files.at[d->file];
    size_t len = file->len - at < SECTOR ? file->len - at : SECTOR;
    uint8_t *bytes = malloc(file->len);

    ck_assert_ptr_nonnull(bytes);
    memcpy(bytes, file->bytes, file->len);
    memset(bytes + at, 0, len);
    if (memcmp(bytes, file->bytes, file->len) != 0)
        with_bytes(d, bytes, file->len, "zeros from", at);
    memcpy(bytes + at, file->bytes + (at ? at - SECTOR : 0), len);
    if (memcmp(bytes, file->bytes, file->len) != 0)
        with_bytes(d, bytes, file->len, "a sector again at", at);
    free(bytes);
}

/* ---- Small indexes, wholly ---- */

/* Under a sanitizer one case of some, each time from another one on. */
static size_t stride(void)
{
    return test_is_sanitized() && !test_is_long() ? 27 : 1;
}

static size_t start_of(const specimen *s)
{
    return stride() > 1
               ? s->files.at[0].bytes[s->files.at[0].len - 5] % stride()
               : 0;
}

static void begin_small(specimen *s, battery_kind kind)
{
    uint32_t live = 0, segments = 0;

    begin(s, kind, 0, ARTICLES);
    for (uint32_t i = 0; i < s->files.count; i++) {
        ck_assert_uint_le(s->files.at[i].len, SMALL);
        live += strcmp(s->files.at[i].kind, "live") == 0;
        segments += strcmp(s->files.at[i].kind, "segment") == 0;
    }
    ck_assert_uint_ge(segments, 2);
    ck_assert_uint_ge(live, 2);
}

static size_t bytes_of(const specimen *s)
{
    size_t bytes = 0;

    for (uint32_t i = 0; i < s->files.count; i++)
        bytes += s->files.at[i].len;
    return bytes;
}

START_TEST(every_bit_of_a_small_index_is_checked_or_unused)
{
    specimen s;
    tally t = { 0 };
    char what[64];

    begin_small(&s, (battery_kind)_i);
    leave_disk(&s);
    for (uint32_t i = 0; i < s.files.count; i++) {
        damage d = { &s, i, &t };

        for (size_t bit = start_of(&s); bit < 8 * s.files.at[i].len;
             bit += stride())
            flip(&d, bit);
    }
    (void)snprintf(what, sizeof what, "bits, %s", battery_name(s.kind));
    print_tally(what, &t);
    ck_assert_uint_ge(t.done, 8 * bytes_of(&s) / stride() - s.files.count);
    ck_assert_uint_gt(bytes_of(&s), 3000);
    end(&s);
}
END_TEST

START_TEST(a_bit_of_every_byte_mapped_and_copied)
{
    specimen s;
    tally t = { 0 };
    char what[64];

    begin_small(&s, (battery_kind)_i);
    for (uint32_t i = 0; i < s.files.count; i++) {
        damage d = { &s, i, &t };

        for (size_t at = start_of(&s); at < s.files.at[i].len; at += stride())
            flip(&d, 8 * at + at % 8);
    }
    (void)snprintf(what, sizeof what, "bytes on disk, %s",
                   battery_name(s.kind));
    print_tally(what, &t);
    ck_assert_uint_ge(t.done, bytes_of(&s) / stride() - s.files.count);
    end(&s);
}
END_TEST

START_TEST(a_file_of_any_other_length_is_seen)
{
    specimen s;
    tally t = { 0 };
    char what[64];

    begin_small(&s, (battery_kind)_i);
    for (uint32_t i = 0; i < s.files.count; i++) {
        damage d = { &s, i, &t };

        extend(&d);
        cut(&d, 0);
        cut(&d, s.files.at[i].len - 1);
        for (size_t at = 0; at < s.files.at[i].len; at += SECTOR)
            spoil_sector(&d, at);
    }
    leave_disk(&s);
    for (uint32_t i = 0; i < s.files.count; i++) {
        damage d = { &s, i, &t };

        extend(&d);
        for (size_t len = 0; len < s.files.at[i].len; len++)
            cut(&d, len);
    }
    (void)snprintf(what, sizeof what, "lengths, %s", battery_name(s.kind));
    print_tally(what, &t);
    ck_assert_uint_gt(t.done, bytes_of(&s));
    ck_assert_uint_eq(t.unused, 0);
    end(&s);
}
END_TEST

/* ---- One file in the place of another ---- */

static void swap_within(specimen *s, tally *t)
{
    for (uint32_t i = 0; i < s->files.count; i++) {
        for (uint32_t j = 0; j < i; j++) {
            const one_file *a = &s->files.at[i], *b = &s->files.at[j];
            damage d = { s, i, t };

            if (strcmp(a->kind, b->kind) != 0)
                continue;
            files_write(&s->files, i, b->bytes, b->len);
            must(&d, examine(s, t), "another file alone", j);
            files_write(&s->files, j, a->bytes, a->len);
            must(&d, examine(s, t), "changed for another", j);
            files_restore(&s->files, i);
            files_restore(&s->files, j);
        }
    }
}

/* Files of another index that are of the same kind. */
static void swap_across(specimen *s, const specimen *other, tally *t)
{
    for (uint32_t i = 0; i < s->files.count; i++) {
        for (uint32_t j = 0; j < other->files.count; j++) {
            const one_file *theirs = &other->files.at[j];
            damage d = { s, i, t };

            if (strcmp(s->files.at[i].kind, theirs->kind) == 0)
                with_bytes(&d, theirs->bytes, theirs->len, "a stranger", j);
        }
    }
}

START_TEST(a_file_in_the_place_of_another_is_seen)
{
    static specimen all[BATTERY_KINDS];
    tally t = { 0 };

    for (uint32_t k = 0; k < BATTERY_KINDS; k++)
        begin_small(&all[k], (battery_kind)k);
    for (uint32_t k = 0; k < BATTERY_KINDS; k++) {
        swap_within(&all[k], &t);
        leave_disk(&all[k]);
        for (uint32_t other = 0; other < BATTERY_KINDS; other++)
            if (other != k)
                swap_across(&all[k], &all[other], &t);
        all[k].files.in_memory = false;
        dir_planted(NULL, NULL);
    }
    for (uint32_t k = 0; k < BATTERY_KINDS; k++)
        end(&all[k]);
    print_tally("files for others", &t);
    /* Live files of the same size with the same articles dead are one. */
    ck_assert_uint_gt(t.done, 200);
    ck_assert_uint_lt(t.unused, t.done / 2);
}
END_TEST

/* A file that is gone is damage too, and told as such. */
START_TEST(a_missing_file_is_corruption)
{
    specimen s;

    begin_small(&s, BATTERY_WORDS);
    for (uint32_t i = 0; i < s.files.count; i++) {
        bool manifest = strcmp(s.files.at[i].kind, "MANIFEST") == 0;
        lede_index *index = NULL;
        lede_status status;

        ck_assert_int_eq(remove(s.files.at[i].path), 0);
        status = lede_index_open(&index, s.path, NULL, NULL);
        ck_assert(status == LEDE_ERR_CORRUPT ||
                  (manifest && status == LEDE_ERR_NOT_FOUND));
        ck_assert_int_eq(lede_check(s.path, NULL, NULL, NULL),
                         LEDE_ERR_CORRUPT);
        files_restore(&s.files, i);
    }
    ck_assert_int_eq(lede_check(s.path, NULL, NULL, NULL), LEDE_OK);
    end(&s);
}
END_TEST

/* ---- Larger ones: several chunks, lists of several blocks ---- */

static void damage_larger(uint32_t seed, uint32_t flips, tally *t)
{
    uint32_t share = test_is_long() ? 1 : 16 * (uint32_t)stride();
    chance c = { seed };
    specimen s;
    size_t longest = 0;

    begin(&s, BATTERY_ALL, seed * 10000, MANY);
    for (uint32_t i = 0; i < s.files.count; i++) {
        damage d = { &s, i, t };
        size_t len = s.files.at[i].len;

        longest = len > longest ? len : longest;
        for (size_t at = chance_below(&c, share) * SECTOR; at < len;
             at += share * SECTOR)
            spoil_sector(&d, at);
    }
    ck_assert_uint_gt(longest, 4 * 16384);
    leave_disk(&s);
    for (uint32_t n = 0; n < flips; n++) {
        damage d = { &s, chance_below(&c, s.files.count), t };

        flip(&d, chance_below(&c, (uint32_t)s.files.at[d.file].len * 8));
    }
    end(&s);
    scratch_remove();
}

START_TEST(damage_of_larger_indexes_is_found)
{
    uint32_t seeds = test_is_long() ? 10 : 1;
    uint32_t flips = test_is_long() ? 10000 : test_is_sanitized() ? 20 : 200;
    tally t = { 0 };

    for (uint32_t seed = 1; seed <= seeds; seed++)
        damage_larger(seed, flips, &t);
    print_tally("sectors and bits", &t);
    ck_assert_uint_ge(t.done, seeds * flips);
    ck_assert_uint_gt(t.by_question, 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, NULL, scratch_remove);
    tcase_add_loop_test(tcase, every_bit_of_a_small_index_is_checked_or_unused,
                        0, BATTERY_KINDS);
    tcase_add_loop_test(tcase, a_bit_of_every_byte_mapped_and_copied, 0,
                        BATTERY_KINDS);
    tcase_add_loop_test(tcase, a_file_of_any_other_length_is_seen, 0,
                        BATTERY_KINDS);
    tcase_add_test(tcase, a_file_in_the_place_of_another_is_seen);
    tcase_add_test(tcase, a_missing_file_is_corruption);
    tcase_add_test(tcase, damage_of_larger_indexes_is_found);
}

int main(void)
{
    return test_suite_run("native_damage", add_tests);
}
