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

static lede_status create_index(lede_index **out, const char *address,
                                lede_error *err)
{
    lede_index_options options = store_options();
    lede_schema *schema = NULL;
    lede_status status = lede_index_open(out, address, &options, err);

    if (status != LEDE_ERR_NOT_FOUND)
        return status;
    lede_schema_new_article(&schema, NULL);
    lede_schema_set_open(schema, true);
    status = lede_index_create(out, address, schema, &options, err);
    lede_schema_free(schema);
    return status;
}

bool store_writer(lede_index **index, lede_writer **writer, const char *address,
                  bool create)
{
    lede_index_options options = store_options();
    lede_error err;
    lede_status status;

    status = create ? create_index(index, address, &err)
                    : lede_index_open(index, address, &options, &err);
    if (status == LEDE_OK)
        status = lede_writer_open(writer, *index, NULL, &err);
    if (status != LEDE_OK)
        message_error("open", address, &err);
    return status == LEDE_OK;
}
