/* Whatever the bytes, reading them as lines of JSON ends, numbers its lines and
 * gives objects or reasons. */
#include "jsonl.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jsonl lines = { 0 };
    unsigned long long number = 0;

    if (size == 0)
        return 0;
    lines.in = fmemopen((void *)(uintptr_t)data, size, "rb");
    if (!lines.in)
        return 0;
    while (jsonl_next(&lines)) {
        assert(lines.number > number && lines.bytes <= size);
        assert(lines.record ? json_is_object(lines.record) : lines.why[0]);
        number = lines.number;
    }
    assert(lines.bytes == size);
    jsonl_close(&lines);
    fclose(lines.in);
    return 0;
}
