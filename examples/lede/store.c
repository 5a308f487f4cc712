#include "store.h"

#ifdef TOOL_HAVE_XAPIAN
#include <lede/xapian.h>
#endif

const lede_engine *store_engine(void)
{
#ifdef TOOL_HAVE_XAPIAN
    return lede_xapian_engine();
#else
    return NULL;
#endif
}

lede_index_options store_options(void)
{
    lede_index_options options = LEDE_INDEX_OPTIONS;

    options.engine = store_engine();
    return options;
}

bool store_snapshot(lede_snapshot **out, const char *address)
{
    lede_index_options options = store_options();
    lede_index *index = NULL;
    lede_error err;
    bool good;

    options.flags = LEDE_INDEX_READ_ONLY;
    good = lede_index_open(&index, address, &options, &err) == LEDE_OK &&
           lede_snapshot_open(out, index, &err) == LEDE_OK;
    lede_index_close(index);
    if (!good)
        message_error("open", address, &err);
    return good;
}

/* The article schema, without its texts if they are not to be kept. */
static lede_status make_schema(lede_schema **out, bool no_store)
{
    lede_schema *article = NULL, *schema = NULL;
    const lede_field *field;
    lede_status status = lede_schema_new_article(&article, NULL);

    if (status == LEDE_OK)
        status = lede_schema_new(&schema, NULL);
    for (size_t i = 0;
         status == LEDE_OK && (field = lede_schema_field(article, i)); i++) {
        lede_field_options options = LEDE_FIELD_OPTIONS;

        options.flags = field->flags;
        options.weight = field->weight;
        if (no_store && field->kind == LEDE_TEXT)
            options.flags |= LEDE_FIELD_UNSTORED;
        status = lede_schema_add(schema, field->name, field->kind, &options);
    }
    if (status == LEDE_OK)
        status = lede_schema_set_open(schema, true);
    lede_schema_free(article);
    *out = schema;
    return status;
}

/* By the library's own engine; an address that needs another says so. */
static lede_status create_new(lede_index **out, const char *address,
                              const lede_schema *schema, lede_error *err)
{
    lede_index_options options = LEDE_INDEX_OPTIONS;
    lede_status status = lede_index_create(out, address, schema, &options, err);

    if (status != LEDE_ERR_UNSUPPORTED)
        return status;
    options = store_options();
    return lede_index_create(out, address, schema, &options, err);
}

static lede_status create_index(lede_index **out, const struct options *options,
                                lede_error *err)
{
    lede_index_options opening = store_options();
    lede_schema *schema = NULL;
    lede_status status = lede_index_open(out, options->index, &opening, err);

    if (status != LEDE_ERR_NOT_FOUND)
        return status;
    status = make_schema(&schema, options->no_store);
    if (status != LEDE_OK) {
        lede_schema_free(schema);
        *err = (lede_error){ .status = status,
                             .position = LEDE_NO_POSITION,
                             .message = "out of memory" };
        return status;
    }
    status = create_new(out, options->index, schema, err);
    lede_schema_free(schema);
    return status;
}

bool store_writer(lede_index **index, lede_writer **writer,
                  const struct options *options, bool create)
{
    lede_index_options opening = store_options();
    lede_writer_options writing = LEDE_WRITER_OPTIONS;
    lede_error err;
    lede_status status =
        create ? create_index(index, options, &err)
               : lede_index_open(index, options->index, &opening, &err);

    writing.threads = options->threads;
    writing.memory_bytes = options->memory_bytes;
    writing.durability = options->durability;
    if (status == LEDE_OK)
        status = lede_writer_open(writer, *index, &writing, &err);
    if (status != LEDE_OK)
        message_error("open", options->index, &err);
    return status == LEDE_OK;
}
