/*
 * store.h - the index that a command works on.
 */
#ifndef TOOL_STORE_H
#define TOOL_STORE_H

#include "message.h"
#include "options.h"

/* The engine for Xapian addresses, and for paths that hold its databases; NULL:
 * this tool has none. New paths are of the library's own. */
const lede_engine *store_engine(void);

/* Fills in what every call that takes an address gets. */
lede_index_options store_options(void);

/* Opens the newest commit of an index. Tells what is wrong. */
bool store_snapshot(lede_snapshot **out, const char *address);

/* Opens an index to change it; with `create`, made where there is none, its
 * schema open to members it does not know. Tells what is wrong. */
bool store_writer(lede_index **index, lede_writer **writer,
                  const struct options *options, bool create);

#endif
