/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xapian/tables.h - the forms tables of a database, as it is being written.
 *
 *     lede_xapian_tables_add(&tables, words, count, err);   new vocabulary
 *     lede_xapian_tables_rebuild(&tables, err);             all of it
 *
 * Rows are only added to: a word whose last article went stays, and readers
 * leave it out.
 *
 * Threads   Confined, with the database.
 */
#ifndef LEDE_XAPIAN_TABLES_H
#define LEDE_XAPIAN_TABLES_H

#include "text/forms.h"
#include "xapian/index.h"

typedef struct lede_xapian_tables {
    xapian_database *db; /* inside a transaction */
    const lede_forms *forms;
    const lede_schema *schema;
    const lede_allocator *allocator;
    const char *where;
} lede_xapian_tables;

typedef struct lede_xapian_word_seen {
    lede_bytes word;
    bool name;
} lede_xapian_word_seen;

lede_status lede_xapian_tables_add(const lede_xapian_tables *tables,
                                   const lede_xapian_word_seen *words,
                                   size_t count, lede_error *err);

/* Drops all rows and makes them again from the dictionary. */
lede_status lede_xapian_tables_rebuild(const lede_xapian_tables *tables,
                                       lede_error *err);

#endif
