/* Any bytes are a schema or are refused, and what is a schema writes as the
 * same one again. */
#include <stdlib.h>

#include "document/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lede_schema *schema = NULL, *back = NULL;
    lede_buffer out;

    if (lede_schema_decode(&schema, lede_bytes_of(data, size), NULL) != LEDE_OK)
        return 0;
    lede_buffer_init(&out, NULL);
    lede_schema_encode(&out, schema);
    if (lede_schema_decode(&back, lede_buffer_bytes(&out), NULL) != LEDE_OK ||
        !lede_schema_equal(schema, back))
        abort();
    lede_buffer_fini(&out);
    lede_schema_free(back);
    lede_schema_free(schema);
    return 0;
}
