/* Any bytes are a record of the article schema or are refused, and what is one
 * writes as a record that reads the same. */
#include <stdlib.h>
#include <string.h>

#include "document/record.h"
#include "document/schema.h"

static void check_same(const lede_document *a, const lede_document *b)
{
    if (lede_document_count(a) != lede_document_count(b))
        abort();
    for (size_t i = 0; i < lede_document_count(a); i++) {
        const lede_entry *left = lede_document_entry(a, i);
        const lede_entry *right = lede_document_entry(b, i);

        if (strcmp(left->field, right->field) != 0 ||
            lede_value_compare(&left->value, &right->value) != 0)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static lede_schema *schema; /* the same for all */
    lede_document *doc = NULL, *back = NULL;
    lede_buffer out;

    if ((!schema && lede_schema_new_article(&schema, NULL) != LEDE_OK) ||
        lede_document_new(&doc, NULL) != LEDE_OK ||
        lede_document_new(&back, NULL) != LEDE_OK)
        abort();
    lede_buffer_init(&out, NULL);
    if (lede_record_decode(doc, lede_bytes_of(data, size), schema, NULL, 0) ==
        LEDE_OK) {
        lede_record_encode(&out, doc, schema);
        if (lede_record_decode(back, lede_buffer_bytes(&out), schema, NULL,
                               0) != LEDE_OK)
            abort();
        check_same(doc, back);
    }
    lede_buffer_fini(&out);
    lede_document_free(back);
    lede_document_free(doc);
    return 0;
}
