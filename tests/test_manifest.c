#include "native/index/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "support/dir_faulty.h"
#include "support/failing_alloc.h"
#include "support/suite.h"

static lede_dir *dir;
static lede_schema *schema;

static void set_up(void)
{
    ck_assert_int_eq(lede_dir_open_memory(&dir, NULL), LEDE_OK);
    ck_assert_int_eq(lede_schema_new_article(&schema, NULL), LEDE_OK);
}

static void tear_down(void)
{
    lede_dir_close(dir);
    lede_schema_free(schema);
}

/* ---- Manifests ---- */

static const char *const segment_names[] = {
    "0000000000000001-00000000000000aa.segment",
    "00000000000000ff-ffffffffffffffff.segment",
};
static const char bitmap_name[] = "0000000000000002-0000000000000001.live";

static lede_manifest *new_manifest(const lede_allocator *allocator)
{
    uint64_t tokens[] = { 1, UINT64_MAX, 300 };
    lede_manifest *made = NULL;

    if (lede_manifest_new(&made, schema, lede_bytes_of("no\0tes", 6),
                          allocator) != LEDE_OK)
        return NULL;
    made->generation = 7;
    made->synced = 5;
    made->last_sequence = UINT64_MAX;
    made->forms_version = 0x1234;
    for (uint32_t i = 0; i < 2; i++) {
        lede_manifest_segment s = {
            .mark = { (uint64_t)1 << 40, 0xABCDEF },
            .documents = i ? UINT32_MAX : 10,
            .live = i ? UINT32_MAX : 9,
            .tokens = tokens,
            .text_bytes = 77 + i,
            .all_text_bytes = 99,
        };

        strcpy(s.name, segment_names[i]);
        if (i == 0) {
            strcpy(s.bitmap, bitmap_name);
            s.bitmap_mark = (lede_envelope_mark){ 48, UINT64_MAX };
        }
        if (lede_manifest_add(made, &s, 3) != LEDE_OK) {
            lede_manifest_release(made);
            return NULL;
        }
    }
    return made;
}

static void commit_one(void)
{
    lede_manifest *made = new_manifest(NULL);

    ck_assert_ptr_nonnull(made);
    ck_assert_int_eq(lede_manifest_commit(made, dir, LEDE_DURABLE, NULL),
                     LEDE_OK);
    lede_manifest_release(made);
}

static void expect_segment(const lede_manifest *read, uint32_t at)
{
    const lede_manifest_segment *s = &read->segments[at];

    ck_assert_str_eq(s->name, segment_names[at]);
    ck_assert_uint_eq(s->mark.length, (uint64_t)1 << 40);
    ck_assert_uint_eq(s->mark.signature, 0xABCDEF);
    ck_assert_uint_eq(s->documents, at ? UINT32_MAX : 10);
    ck_assert_uint_eq(s->live, at ? UINT32_MAX : 9);
    ck_assert_uint_eq(s->tokens[0], 1);
    ck_assert_uint_eq(s->tokens[1], UINT64_MAX);
    ck_assert_uint_eq(s->tokens[2], 300);
    ck_assert_uint_eq(s->tokens[3], 0); /* a field it does not know */
    ck_assert_uint_eq(s->text_bytes, 77 + at);
    ck_assert_uint_eq(s->all_text_bytes, 99);
    ck_assert_str_eq(s->bitmap, at ? "" : bitmap_name);
    ck_assert_uint_eq(s->bitmap_mark.length, at ? 0 : 48);
    ck_assert_uint_eq(s->bitmap_mark.signature, at ? 0 : UINT64_MAX);
}

START_TEST(a_commit_is_read_as_it_was_written)
{
    lede_manifest *read = NULL;

    commit_one();
    ck_assert_int_eq(lede_manifest_read(&read, dir, NULL, NULL), LEDE_OK);
    ck_assert_uint_eq(read->generation, 7);
    ck_assert_uint_eq(read->synced, 5);
    ck_assert(!lede_manifest_is_synced(read));
    ck_assert_uint_eq(lede_file_generation(segment_names[1]), 0xff);
    ck_assert_uint_eq(read->last_sequence, UINT64_MAX);
    ck_assert_uint_eq(read->forms_version, 0x1234);
    ck_assert(lede_schema_equal(read->schema, schema));
    ck_assert_uint_eq(read->notes_len, 6);
    ck_assert_mem_eq(read->notes, "no\0tes", 6);
    ck_assert_uint_eq(read->segment_count, 2);
    ck_assert_uint_eq(read->field_count, lede_schema_count(schema));
    for (uint32_t i = 0; i < 2; i++)
        expect_segment(read, i);
    ck_assert(lede_manifest_names(read, segment_names[1]));
    ck_assert(lede_manifest_names(read, bitmap_name));
    ck_assert(!lede_manifest_names(read, ""));
    ck_assert(!lede_manifest_names(read, "MANIFEST"));
    lede_manifest_release(read);
}
END_TEST

START_TEST(without_a_manifest_there_is_no_index)
{
    lede_manifest *read = NULL;

    ck_assert_int_eq(lede_manifest_read(&read, dir, NULL, NULL),
                     LEDE_ERR_NOT_FOUND);
    ck_assert_ptr_null(read);
}
END_TEST

/* ---- Damage ---- */

static uint8_t *read_raw(size_t *len)
{
    lede_file *file = NULL;
    uint8_t *copy;

    ck_assert_int_eq(lede_dir_map(dir, &file, LEDE_MANIFEST_NAME, NULL),
                     LEDE_OK);
    *len = file->bytes.len;
    copy = malloc(*len);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, file->bytes.at, *len);
    lede_file_close(file);
    return copy;
}

static lede_status status_of_raw(const uint8_t *at, size_t len)
{
    lede_manifest *read = NULL;
    lede_out *out = NULL;
    lede_error err;
    lede_status status;

    ck_assert_int_eq(lede_dir_unlink(dir, LEDE_MANIFEST_NAME, NULL), LEDE_OK);
    ck_assert_int_eq(lede_dir_create(dir, &out, LEDE_MANIFEST_NAME, NULL),
                     LEDE_OK);
    ck_assert_int_eq(lede_out_write(out, at, len, NULL), LEDE_OK);
    ck_assert_int_eq(lede_out_close(out, NULL), LEDE_OK);
    status = lede_manifest_read(&read, dir, NULL, &err);
    if (status != LEDE_OK)
        ck_assert_int_eq(err.status, status);
    lede_manifest_release(read);
    return status;
}

START_TEST(every_flipped_bit_of_a_manifest_is_found)
{
    size_t len;
    uint8_t *raw;

    commit_one();
    raw = read_raw(&len);
    for (size_t bit = 0; bit < 8 * len; bit++) {
        raw[bit / 8] ^= (uint8_t)(1U << bit % 8);
        ck_assert_msg(status_of_raw(raw, len) == LEDE_ERR_CORRUPT, "bit %zu",
                      bit);
        raw[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    ck_assert_int_eq(status_of_raw(raw, len), LEDE_OK);
    free(raw);
}
END_TEST

START_TEST(every_length_of_a_manifest_but_its_own_is_found)
{
    size_t len;
    uint8_t *raw, *more;

    commit_one();
    raw = read_raw(&len);
    for (size_t cut = 0; cut < len; cut++)
        ck_assert_msg(status_of_raw(raw, cut) == LEDE_ERR_CORRUPT, "%zu", cut);
    more = calloc(len + 1, 1);
    ck_assert_ptr_nonnull(more);
    memcpy(more, raw, len);
    ck_assert_int_eq(status_of_raw(more, len + 1), LEDE_ERR_CORRUPT);
    free(more);
    free(raw);
}
END_TEST

/* ---- Lies with good checksums ---- */

static lede_status status_of_content(const lede_buffer *content)
{
    static const char name[] = "0000000000000001-0000000000000001.tmp";
    lede_envelope_out *out = NULL;
    lede_manifest *read = NULL;
    uint64_t length, signature;
    lede_status status;

    ck_assert_int_eq(content->status, LEDE_OK);
    ck_assert_int_eq(lede_envelope_create(&out, dir, name,
                                          LEDE_ENVELOPE_MANIFEST, NULL, NULL),
                     LEDE_OK);
    ck_assert_int_eq(lede_envelope_write(out, content->at, content->len, NULL),
                     LEDE_OK);
    ck_assert_int_eq(lede_envelope_end(out, true, &length, &signature, NULL),
                     LEDE_OK);
    ck_assert_int_eq(lede_dir_rename(dir, name, LEDE_MANIFEST_NAME, NULL),
                     LEDE_OK);
    status = lede_manifest_read(&read, dir, NULL, NULL);
    lede_manifest_release(read);
    return status;
}

typedef struct lie {
    const char *what;
    const char *name;
    const char *bitmap;
    uint64_t documents, live, fields, segments;
    bool twice, more, later, fewer;
} lie;

/* A manifest of a schema without fields. */
static lede_status status_of_lie(const lie *l)
{
    lede_schema *none = NULL;
    lede_buffer content, bytes;
    lede_status status;

    ck_assert_int_eq(lede_schema_new(&none, NULL), LEDE_OK);
    lede_buffer_init(&content, NULL);
    lede_buffer_init(&bytes, NULL);
    lede_schema_encode(&bytes, none);
    lede_put_u64(&content, 1);
    lede_put_u64(&content, l->later ? 2 : 1);
    lede_put_u64(&content, 1);
    lede_put_block(&content, lede_buffer_bytes(&bytes));
    lede_put_block(&content, lede_bytes_of("", 0));
    lede_put_u64(&content, 0);
    lede_put_varint(&content, l->fields);
    lede_put_varint(&content, l->segments);
    for (uint32_t i = 0; i < (l->twice ? 2 : 1); i++) {
        lede_put_block(&content, lede_bytes_of_text(l->name));
        lede_put_varint(&content, 100);
        lede_put_u64(&content, 1);
        lede_put_varint(&content, l->documents);
        lede_put_varint(&content, l->live);
        lede_put_varint(&content, 5);
        lede_put_varint(&content, l->fewer ? 4 : 5);
        lede_put_block(&content, lede_bytes_of_text(l->bitmap));
        lede_put_varint(&content, 0);
        lede_put_u64(&content, 0);
    }
    if (l->more)
        lede_put_u8(&content, 0);
    status = status_of_content(&content);
    lede_buffer_fini(&content);
    lede_buffer_fini(&bytes);
    lede_schema_free(none);
    return status;
}

START_TEST(a_manifest_that_lies_is_corrupt)
{
#define NAME "0000000000000001-00000000000000aa.segment"
#define LIVE "0000000000000001-00000000000000aa.live"
    static const lie lies[] = {
        { "a path", "../00000000001-00000000000000aa.segment", "", 9, 9, 0, 1,
          false, false, false, false },
        { "no name", "", "", 9, 9, 0, 1, false, false, false, false },
        { "a bitmap's name", LIVE, "", 9, 9, 0, 1, false, false, false, false },
        { "capitals", "0000000000000001-00000000000000AA.segment", "", 9, 9, 0,
          1, false, false, false, false },
        { "a segment as bitmap", NAME, NAME, 9, 8, 0, 1, false, false, false,
          false },
        { "more live than there are", NAME, LIVE, 9, 10, 0, 1, false, false,
          false, false },
        { "dead without bitmap", NAME, "", 9, 8, 0, 1, false, false, false,
          false },
        { "documents beyond 32 bits", NAME, LIVE, (uint64_t)1 << 32, 8, 0, 1,
          false, false, false, false },
        { "live beyond 32 bits", NAME, LIVE, 9, (uint64_t)1 << 32, 0, 1, false,
          false, false, false },
        { "fields the schema lacks", NAME, "", 9, 9, 1, 1, false, false, false,
          false },
        { "a huge count of fields", NAME, "", 9, 9, UINT64_MAX, 1, false, false,
          false, false },
        { "a huge count of segments", NAME, "", 9, 9, 0, UINT64_MAX, false,
          false, false, false },
        { "many segments", NAME, "", 9, 9, 0, 65537, false, false, false,
          false },
        { "a segment missing", NAME, "", 9, 9, 0, 2, false, false, false,
          false },
        { "a segment twice", NAME, "", 9, 9, 0, 2, true, false, false, false },
        { "a segment too many", NAME, "", 9, 9, 0, 0, false, false, false,
          false },
        { "a byte too many", NAME, "", 9, 9, 0, 1, false, true, false, false },
        { "synced later", NAME, "", 9, 9, 0, 1, false, false, true, false },
        { "more text live than there is", NAME, "", 9, 9, 0, 1, false, false,
          false, true },
    };
    static const lie truth = { "", NAME,  "",    9,     9,    0,
                               1,  false, false, false, false };
    static const lie truth_too = { "", NAME,  LIVE,  9,     8,    0,
                                   1,  false, false, false, false };

    ck_assert_int_eq(status_of_lie(&truth), LEDE_OK);
    ck_assert_int_eq(status_of_lie(&truth_too), LEDE_OK);
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++)
        ck_assert_msg(status_of_lie(&lies[i]) == LEDE_ERR_CORRUPT, "%s",
                      lies[i].what);
}
END_TEST

/* ---- Failures ---- */

static lede_status commit_and_read(const lede_allocator *allocator, void *ctx)
{
    lede_manifest *made = new_manifest(allocator), *read = NULL;
    lede_status status =
        made ? lede_manifest_commit(made, dir, LEDE_DURABLE, NULL)
             : LEDE_ERR_NOMEM;

    (void)ctx;
    if (status == LEDE_OK)
        status = lede_manifest_read(&read, dir, allocator, NULL);
    lede_manifest_release(made);
    lede_manifest_release(read);
    return status;
}

START_TEST(memory_may_run_out_anywhere)
{
    ck_assert_uint_gt(failing_alloc_sweep(commit_and_read, NULL), 10);
}
END_TEST

/* A failure before the rename leaves no file; from then on the outcome is not
 * known. */
START_TEST(only_what_fails_before_the_switch_is_taken_back)
{
    for (uint64_t at = 1;; at++) {
        dir_faults faults = DIR_FAULTS;
        lede_dir *faulty;
        lede_manifest *made = new_manifest(NULL), *read = NULL;
        char name[LEDE_DIR_NAME_MAX + 1];
        bool poisoned = false;
        lede_status status;

        ck_assert_ptr_nonnull(made);
        dir_faulty_open(&faulty, dir, &faults);
        faults.kinds = DIR_FAULT_ANY & ~(uint32_t)DIR_FAULT_UNLINK;
        faults.fail_at = at;
        status = lede_manifest_write(made, faulty, name, LEDE_DURABLE, NULL);
        if (status == LEDE_OK)
            status = lede_manifest_publish(faulty, name, LEDE_DURABLE,
                                           &poisoned, NULL);
        ck_assert_uint_eq(faults.open_outs, 0);
        if (status != LEDE_OK && status != LEDE_ERR_UNKNOWN_COMMIT) {
            uint64_t stamp[3];

            ck_assert_int_eq(lede_manifest_read(&read, dir, NULL, NULL),
                             LEDE_ERR_NOT_FOUND);
            ck_assert_int_eq(lede_dir_stamp(dir, name, stamp, NULL),
                             LEDE_ERR_NOT_FOUND);
        }
        ck_assert(status != LEDE_ERR_UNKNOWN_COMMIT || poisoned);
        lede_manifest_release(made);
        lede_dir_close(faulty);
        (void)lede_dir_unlink(dir, LEDE_MANIFEST_NAME, NULL);
        if (faults.failures == 0) {
            ck_assert_int_eq(status, LEDE_OK);
            ck_assert_uint_ge(at, 8);
            break;
        }
        ck_assert_int_ne(status, LEDE_OK);
    }
}
END_TEST

START_TEST(names_are_never_used_twice_and_known_again)
{
    char a[LEDE_DIR_NAME_MAX + 1], b[LEDE_DIR_NAME_MAX + 1];

    lede_file_name(a, dir, 0x1F, "segment");
    lede_file_name(b, dir, 0x1F, "segment");
    ck_assert_str_ne(a, b);
    ck_assert_int_eq(strncmp(a, "000000000000001f-", 17), 0);
    ck_assert(lede_file_name_is(a, "segment"));
    ck_assert(!lede_file_name_is(a, "live"));
    ck_assert(!lede_file_name_is("", "segment"));
    ck_assert(!lede_file_name_is("MANIFEST", "segment"));
    ck_assert(!lede_file_name_is("000000000000001f_0000000000000001.segment",
                                 "segment"));
    ck_assert(!lede_file_name_is("000000000000001g-0000000000000001.segment",
                                 "segment"));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_commit_is_read_as_it_was_written);
    tcase_add_test(tcase, without_a_manifest_there_is_no_index);
    tcase_add_test(tcase, every_flipped_bit_of_a_manifest_is_found);
    tcase_add_test(tcase, every_length_of_a_manifest_but_its_own_is_found);
    tcase_add_test(tcase, a_manifest_that_lies_is_corrupt);
    tcase_add_test(tcase, memory_may_run_out_anywhere);
    tcase_add_test(tcase, only_what_fails_before_the_switch_is_taken_back);
    tcase_add_test(tcase, names_are_never_used_twice_and_known_again);
}

int main(void)
{
    return test_suite_run("manifest", add_tests);
}
