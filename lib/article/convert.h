/*
 * article/convert.h - a value as its field holds it.
 */
#ifndef LEDE_ARTICLE_CONVERT_H
#define LEDE_ARTICLE_CONVERT_H

#include "base/number.h"
#include "lede/document.h"

typedef enum lede_converted {
    LEDE_CONVERTED,
    LEDE_NOT_CONVERTED, /* a field of this kind cannot hold it */
    LEDE_DATE_DROPPED   /* text that is no date */
} lede_converted;

/* Writes `value` as one of `kind` to *out; text is borrowed from it, or from
 * `room` where a number was printed. */
lede_converted lede_convert(lede_value *out, lede_kind kind,
                            const lede_value *value,
                            char room[LEDE_NUMBER_MAX]);

#endif
