/* Any text is a date or is refused, and what is a date is an interval of whole
 * seconds within the calendar. */
#include <stdlib.h>

#include "lede/document.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t first = 0, last = 0;

    if (lede_date_parse((const char *)data, size, &first, &last) != LEDE_OK)
        return 0;
    if (first > last || first < -62135683200 || last > 253402387199)
        abort();
    return 0;
}
