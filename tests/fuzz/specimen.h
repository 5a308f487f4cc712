/*
 * fuzz/specimen.h - a sound segment, to be damaged and given good checksums.
 *
 *     const specimen *s = specimen_of(which);
 *     specimen_damage(&made, s, input, dir, allocator);
 *     lede_segment_open(..., made.name, &made.mark, s->schema, ...);
 *
 * Three of them: a few articles with everything in them; lists of more than 128
 * articles with their positions; columns of more than one block. Changes go to
 * the bytes of one section, or to the list of sections; then the file is put
 * together anew, so that nothing but its structure tells that it is hostile.
 */
#ifndef LEDE_FUZZ_SPECIMEN_H
#define LEDE_FUZZ_SPECIMEN_H

#include "base/arena.h"
#include "native/segment/segment.h"
#include "text/forms.h"

#define SPECIMENS         3U
#define SPECIMEN_SECTIONS 64U
#define SPECIMEN_NAME     "0000000000000001-0000000000000001.segment"

/* The fields of its schema, by place. */
enum {
    SPECIMEN_TITLE, /* text, weight 2 */
    SPECIMEN_BODY,  /* text */
    SPECIMEN_FLAT,  /* text without positions, not stored */
    SPECIMEN_TAGS,  /* keyword */
    SPECIMEN_N,     /* int */
    SPECIMEN_X,     /* double */
    SPECIMEN_DATE,  /* date */
    SPECIMEN_BARE,  /* keyword without a column */
    SPECIMEN_FIELDS
};

typedef struct specimen_section {
    uint32_t id;
    uint32_t field;
    lede_bytes bytes;
} specimen_section;

typedef struct specimen {
    lede_schema *schema;
    lede_forms *forms;
    specimen_section sections[SPECIMEN_SECTIONS];
    uint32_t section_count;
    uint32_t documents;
} specimen;

/* Of each eight numbers, five are the small one. Made when first asked for, and
 * never freed. */
const specimen *specimen_of(uint32_t which);

/* A word that the specimens hold; rarer ones have higher numbers. */
#define SPECIMEN_WORDS 24U
const char *specimen_word(uint32_t at);

/* Writes a damaged copy into the directory. */
void specimen_damage(lede_envelope_mark *mark, const specimen *s,
                     lede_bytes input, lede_dir *dir);

#endif
