/*
 * support/battery.h - small indexes of every kind, and questions that read
 * every part of one.
 *
 *     lede_schema *schema = battery_schema();
 *     ...
 *     battery_put(writer, BATTERY_WORDS, 3, &err);
 *     ...
 *     for (uint32_t q = 0; q < battery_count(); q++)
 *         status = battery_ask(&answer, snapshot, q, &err);
 *
 * Answers are texts without what may differ between two runs: times, names of
 * files. Nothing here fails the test but want of its own memory.
 */
#ifndef LEDE_TESTS_BATTERY_H
#define LEDE_TESTS_BATTERY_H

#include "base/buffer.h"
#include "lede/lede.h"

/* What articles are made of. */
typedef enum battery_kind {
    BATTERY_WORDS,    /* texts, not stored; names and their forms */
    BATTERY_COLUMNS,  /* numbers and dates, none to three of each */
    BATTERY_KEYWORDS, /* and the words in them */
    BATTERY_STORED,   /* texts and bytes that come back */
    BATTERY_ALL,
    BATTERY_KINDS
} battery_kind;

const char *battery_name(battery_kind kind);

/* With tables of these LEDE_FORM_ bits, 0: all. Owned by the caller. */
lede_schema *battery_schema(uint32_t forms);

/* The article of a number; that of n + 1000 has the same key and other
 * values. From 10000 on they are longer. */
lede_document *battery_document(battery_kind kind, uint32_t n);
void battery_key(char key[16], uint32_t n);
lede_status battery_put(lede_writer *writer, battery_kind kind, uint32_t n,
                        lede_error *err);

uint32_t battery_count(void);
const char *battery_question(uint32_t number);

/* Appends an answer. What was appended by a question that failed is no
 * answer. */
lede_status battery_ask(lede_buffer *out, const lede_snapshot *snapshot,
                        uint32_t number, lede_error *err);

/* Every article in put order with all its values: what does not depend on how
 * the index is divided. */
lede_status battery_articles(lede_buffer *out, const lede_snapshot *snapshot,
                             lede_error *err);

#endif
