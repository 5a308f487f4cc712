#include "support/shelf.h"

#include <check.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lede/xapian.h"
#include "support/program.h"

shelf the_shelf;

void shelf_expect(lede_status status, lede_status expected, const char *what)
{
    ck_assert_msg(status == expected, "%s: %s, not %s: %s (%s)", what,
                  lede_status_name(status), lede_status_name(expected),
                  the_shelf.err.message, the_shelf.err.where);
}

bool shelf_is_on_disk(void)
{
    return getenv("LEDE_TEST_ON_DISK") != NULL;
}

const char *shelf_engine(void)
{
    return shelf_is_on_disk() ? getenv("LEDE_TEST_ON_DISK") : "memory";
}

void shelf_open(const lede_schema *schema)
{
    lede_index_options options = LEDE_INDEX_OPTIONS;
    const char *address = "memory:";
    lede_error *err = &the_shelf.err;

    memset(&the_shelf, 0, sizeof the_shelf);
    if (shelf_is_on_disk())
        address = scratch("shelf");
#ifdef LEDE_HAVE_XAPIAN
    if (strcmp(shelf_engine(), "xapian") == 0)
        options.engine = lede_xapian_engine();
#endif
    shelf_expect(
        lede_index_create(&the_shelf.index, address, schema, &options, err),
        LEDE_OK, "create");
    shelf_expect(
        lede_writer_open(&the_shelf.writer, the_shelf.index, NULL, err),
        LEDE_OK, "writer");
}

void shelf_close(void)
{
    lede_snapshot_close(the_shelf.snapshot);
    lede_writer_close(the_shelf.writer);
    lede_index_close(the_shelf.index);
    if (shelf_is_on_disk())
        scratch_remove();
    memset(&the_shelf, 0, sizeof the_shelf);
}

void shelf_put_document(const char *key, lede_document *doc)
{
    shelf_expect(lede_writer_put(the_shelf.writer, key, LEDE_TERMINATED, doc,
                                 &the_shelf.err),
                 LEDE_OK, key);
}

void shelf_put(const char *key, ...)
{
    lede_document *doc;
    const char *field;
    va_list list;

    shelf_expect(lede_document_new(&doc, NULL), LEDE_OK, "document");
    va_start(list, key);
    while ((field = va_arg(list, const char *)) != NULL)
        (void)lede_document_add_text(doc, field, va_arg(list, const char *),
                                     LEDE_TERMINATED);
    va_end(list);
    shelf_put_document(key, doc);
    lede_document_free(doc);
}

void shelf_commit(void)
{
    shelf_expect(lede_writer_commit(the_shelf.writer, NULL, &the_shelf.err),
                 LEDE_OK, "commit");
    lede_snapshot_close(the_shelf.snapshot);
    the_shelf.snapshot = NULL;
    shelf_expect(lede_snapshot_open(&the_shelf.snapshot, the_shelf.index,
                                    &the_shelf.err),
                 LEDE_OK, "snapshot");
}

lede_results *shelf_search(const char *text, const lede_search_options *options)
{
    lede_results *results = NULL;

    shelf_expect(lede_search_text(&results, the_shelf.snapshot, text,
                                  LEDE_TERMINATED, options, &the_shelf.err),
                 LEDE_OK, text);
    return results;
}

const char *shelf_keys(const lede_results *results)
{
    static char keys[4096];
    size_t used = 0;

    keys[0] = '\0';
    for (size_t i = 0; i < results->count; i++) {
        const lede_hit *hit = lede_results_hit(results, i);

        ck_assert_uint_lt(used + hit->key_len + 2, sizeof keys);
        if (i > 0)
            keys[used++] = ' ';
        memcpy(keys + used, hit->key, hit->key_len);
        used += hit->key_len;
        keys[used] = '\0';
    }
    return keys;
}

const char *shelf_find_with(const char *text,
                            const lede_search_options *options)
{
    lede_results *results = shelf_search(text, options);
    const char *keys = shelf_keys(results);

    lede_results_free(results);
    return keys;
}

const char *shelf_find(const char *text)
{
    return shelf_find_with(text, NULL);
}
