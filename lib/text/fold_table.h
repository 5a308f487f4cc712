/*
 * text/fold_table.h - what each character folds to; fold_table.py writes it.
 *
 *     rule = &lede_fold_rules[lede_fold_places[lede_fold_pages[c >> 6]][c & 63]]
 *
 * For c up to U+FFFF; above, only decimal digits fold: ten from each of
 * lede_fold_digits, which rise. What a character becomes is never longer in
 * UTF-8 than it is.
 */
#ifndef LEDE_TEXT_FOLD_TABLE_H
#define LEDE_TEXT_FOLD_TABLE_H

#include <stdint.h>

#define LEDE_FOLD_DIGITS 25

typedef enum lede_fold_kind {
    LEDE_FOLD_KEEP = 0, /* stays */
    LEDE_FOLD_DROP,     /* goes */
    LEDE_FOLD_MARK,     /* goes after a letter that loses its marks */
    LEDE_FOLD_MAP       /* becomes `plain`, or `digraph` if it has one */
} lede_fold_kind;

typedef struct lede_fold_rule {
    uint16_t kind;
    uint16_t plain[2]; /* 0: no second character */
    uint16_t digraph[2];
} lede_fold_rule;

extern const lede_fold_rule lede_fold_rules[];
extern const uint8_t lede_fold_pages[1024];
extern const uint16_t lede_fold_places[][64];
extern const uint32_t lede_fold_digits[LEDE_FOLD_DIGITS];

#endif
