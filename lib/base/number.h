/*
 * base/number.h - numbers in text, the same in every locale.
 *
 *     if (!lede_number_take_double(text, len, &value))
 *         return lede_fail(err, LEDE_ERR_INVALID, field, "not a number");
 *
 * All of the text is the number, but for ASCII white space around it.
 */
#ifndef LEDE_BASE_NUMBER_H
#define LEDE_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEDE_NUMBER_MAX 32 /* bytes of a printed number, its NUL included */

/* [+-]digits that fit. */
bool lede_number_take_int(const char *text, size_t len, int64_t *value);

/* [+-]digits[.digits][e[+-]digits], either digits optional but not both; also
 * [+-]inf and [+-]infinity in any case. Too large is infinite. Never NaN; -0
 * is 0. */
bool lede_number_take_double(const char *text, size_t len, double *value);

/* True if a double is a whole number that fits. */
bool lede_number_is_int(double real, int64_t *value);

/* Print with a NUL; a double with as few digits as read back the same. Return
 * the length. */
size_t lede_number_put_int(char out[LEDE_NUMBER_MAX], int64_t value);
size_t lede_number_put_double(char out[LEDE_NUMBER_MAX], double value);

#endif
