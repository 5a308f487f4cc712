#include "support/patched.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "native/segment/opened.h"
#include "support/suite.h"

#define NAME "0000000000000001-00000000000000FF.segment"

static lede_bytes body_of(const patch *p)
{
    return lede_envelope_bytes(lede_segment_file(p->segment));
}

patch_range patch_range_of(const patch *p, lede_section_id id, uint32_t field)
{
    lede_bytes section;
    size_t from;

    ck_assert_int_eq(
        lede_segment_section(p->segment, id, field, &section, NULL), LEDE_OK);
    from = section.len > 0 ? (size_t)(section.at - body_of(p).at) : 0;
    return (patch_range){ from, from + section.len };
}

patch_range patch_range_of_list(const patch *p)
{
    size_t end = body_of(p).len;

    return (patch_range){ end - 8 - 4 - 24 * (size_t)p->segment->part_count,
                          end };
}

static void keep_problem(void *ctx, const lede_problem *problem)
{
    patch *p = ctx;

    if (p->told[0] != '\0')
        return;
    (void)snprintf(p->section, sizeof p->section, "%s", problem->section);
    (void)snprintf(p->told, sizeof p->told, "%s", problem->message);
}

static void write_copy(const patch *p, lede_bytes content,
                       lede_envelope_mark *mark)
{
    lede_envelope_out *out;

    ck_assert_int_eq(lede_envelope_create(&out, p->dir, NAME,
                                          LEDE_ENVELOPE_SEGMENT, NULL, NULL),
                     LEDE_OK);
    ck_assert_int_eq(lede_envelope_write(out, content.at, content.len, NULL),
                     LEDE_OK);
    ck_assert_int_eq(
        lede_envelope_end(out, false, &mark->length, &mark->signature, NULL),
        LEDE_OK);
}

lede_status patch_check(patch *p, size_t at, const void *bytes, size_t n)
{
    lede_bytes body = body_of(p);
    uint8_t *copy = malloc(body.len);
    lede_task task = LEDE_TASK;
    lede_envelope_mark mark;
    lede_segment *patched;
    lede_status status;

    ck_assert_ptr_nonnull(copy);
    ck_assert(at >= LEDE_ENVELOPE_HEAD && at + n <= body.len);
    memcpy(copy, body.at, body.len);
    memcpy(copy + at, bytes, n);
    write_copy(
        p,
        lede_bytes_of(copy + LEDE_ENVELOPE_HEAD, body.len - LEDE_ENVELOPE_HEAD),
        &mark);
    task.problem = keep_problem;
    task.ctx = p;
    p->section[0] = p->told[0] = '\0';
    status =
        lede_segment_open(&patched, p->dir, NAME, &mark, p->schema, NULL, NULL);
    if (status == LEDE_OK) {
        status = lede_segment_check(patched, &task, NULL);
        lede_segment_release(patched);
    }
    ck_assert_int_eq(lede_dir_unlink(p->dir, NAME, NULL), LEDE_OK);
    free(copy);
    return status;
}
