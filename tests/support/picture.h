/*
 * support/picture.h - a few small articles as they should be, and whether a
 * snapshot says so.
 *
 *     picture p = { 0 };
 *     picture_put(&p, 3, 77);                 key k3, the article of 77
 *     doc = picture_document(77, p.fields);
 *     ck_assert(picture_matches(&p, snapshot, salt, message));
 *
 * Everything an article says follows from its number and from how many fields
 * the schema had; so articles need not be kept to know what must come back.
 */
#ifndef LEDE_TESTS_PICTURE_H
#define LEDE_TESTS_PICTURE_H

#include "lede/lede.h"

#define PICTURE_KEYS         12U
#define PICTURE_FIELDS_MAX   3U
#define PICTURE_FIRST_FIELDS 3U /* body, tag, n */
#define PICTURE_TEXT_MAX     160U

typedef struct picture {
    uint32_t value[PICTURE_KEYS]; /* 0: no such article */
    uint32_t born[PICTURE_KEYS];  /* fields of the schema at its put */
    uint64_t turn[PICTURE_KEYS];  /* of its put, rising */
    uint64_t turns;
    uint32_t fields; /* of the schema, beside the first ones */
    uint32_t note;   /* 0: none */
} picture;

void picture_put(picture *p, uint32_t key, uint32_t value);
void picture_delete(picture *p, uint32_t key);
bool picture_equal(const picture *one, const picture *other);

/* Equal in keys, numbers, order and how many fields there are. */
bool picture_alike(const picture *one, const picture *other);

/* Fail the test when memory ends; owned by the caller. */
lede_schema *picture_schema(uint32_t fields);
lede_document *picture_document(uint32_t value, uint32_t fields);
size_t picture_key(char out[16], uint32_t key);
size_t picture_note(char out[16], uint32_t note);

/* Reads everything, in order, and asks a few questions that `salt` chooses.
 * Returns what went wrong with a status, or LEDE_OK: then `message` is "" where
 * all is as it should be. */
lede_status picture_compare(const picture *p, const lede_snapshot *snapshot,
                            uint32_t salt, char message[PICTURE_TEXT_MAX]);

#endif
