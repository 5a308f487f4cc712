// SPDX-License-Identifier: GPL-2.0-or-later
#include "xapian/shim/guard.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <new>
#include <sstream>

using shim::guard;

struct xapian_postings {
    Xapian::PostingIterator at, end;
    bool begun = false;
};

// Iterators of values may not outlive their database.
struct xapian_values {
    Xapian::Database db;
    Xapian::ValueIterator at, end;
    std::string value;
    Xapian::docid standing = 0; // where `at` is known to be
};

static int mode_of(unsigned flags)
{
    int mode = 0;

    switch (flags & 0xFFU) {
    case XAPIAN_WRITE:
        mode = Xapian::DB_OPEN;
        break;
    case XAPIAN_CREATE:
        mode = Xapian::DB_CREATE;
        break;
    case XAPIAN_CREATE_OR_OPEN:
        mode = Xapian::DB_CREATE_OR_OPEN;
        break;
    case XAPIAN_CREATE_OR_OVERWRITE:
        mode = Xapian::DB_CREATE_OR_OVERWRITE;
        break;
    default:
        throw Xapian::InvalidArgumentError("unknown mode of opening");
    }
    if (flags & XAPIAN_NO_SYNC)
        mode |= Xapian::DB_NO_SYNC;
    if (flags & XAPIAN_FULL_SYNC)
        mode |= Xapian::DB_FULL_SYNC;
    if (flags & XAPIAN_WAIT)
        mode |= Xapian::DB_RETRY_LOCK;
    return mode;
}

static void adopt(xapian_database &out, Xapian::WritableDatabase *db)
{
    out.db.reset(db);
    out.writable = db;
}

xapian_database *xapian_database_open(const char *path, unsigned flags,
                                      xapian_error *err)
{
    return shim::make<xapian_database>(err, [&](xapian_database &out) {
        if (flags == XAPIAN_READ)
            out.db.reset(new Xapian::Database(path));
        else
            adopt(out, new Xapian::WritableDatabase(path, mode_of(flags)));
    });
}

xapian_database *xapian_database_open_remote(const char *host, uint16_t port,
                                             bool writable, unsigned timeout_ms,
                                             xapian_error *err)
{
    return shim::make<xapian_database>(err, [&](xapian_database &out) {
        if (writable)
            adopt(out,
                  new Xapian::WritableDatabase(Xapian::Remote::open_writable(
                      host, port, timeout_ms, timeout_ms)));
        else
            out.db.reset(new Xapian::Database(
                Xapian::Remote::open(host, port, timeout_ms, timeout_ms)));
    });
}

xapian_database *xapian_database_new(xapian_error *err)
{
    return shim::make<xapian_database>(err, [](xapian_database &out) {
        out.db.reset(new Xapian::Database());
    });
}

bool xapian_database_add(xapian_database *db, const xapian_database *part,
                         xapian_error *err)
{
    return guard(err, [&] { db->db->add_database(*part->db); });
}

void xapian_database_free(xapian_database *db)
{
    if (!db)
        return;
    // The destructor would commit what is open outside a transaction.
    if (db->writable && db->transaction)
        (void)guard(nullptr, [&] { db->writable->cancel_transaction(); });
    (void)guard(nullptr, [&] { db->db.reset(); });
    delete db;
}

bool xapian_database_reopen(xapian_database *db, xapian_error *err)
{
    return guard(err, [&] { db->db->reopen(); });
}

bool xapian_database_count(const xapian_database *db,
                           xapian_database_stats *stats, xapian_error *err)
{
    return guard(err, [&] {
        xapian_database_stats seen = { db->db->get_doccount(),
                                       db->db->get_lastdocid(),
                                       db->db->get_avlength() };
        *stats = seen;
    });
}

bool xapian_term_count(const xapian_database *db, const void *term, size_t len,
                       uint32_t *documents, uint64_t *occurrences,
                       xapian_error *err)
{
    return guard(err, [&] {
        std::string name = shim::text(term, len);
        uint32_t docs = db->db->get_termfreq(name);

        *occurrences = docs ? db->db->get_collection_freq(name) : 0;
        *documents = docs;
    });
}

xapian_document *xapian_document_get(const xapian_database *db, uint32_t id,
                                     xapian_error *err)
{
    return shim::make<xapian_document>(
        err, [&](xapian_document &out) { out.doc = db->db->get_document(id); });
}

bool xapian_metadata_get(const xapian_database *db, const void *key, size_t len,
                         xapian_string *value, xapian_error *err)
{
    return guard(err, [&] {
        *value = shim::copy(db->db->get_metadata(shim::text(key, len)));
    });
}

xapian_terms *xapian_metadata_keys(const xapian_database *db,
                                   const void *prefix, size_t len,
                                   xapian_error *err)
{
    return shim::make<xapian_terms>(err, [&](xapian_terms &out) {
        std::string begin = shim::text(prefix, len);

        out.at = db->db->metadata_keys_begin(begin);
        out.end = db->db->metadata_keys_end(begin);
        out.counted = false;
    });
}

xapian_terms *xapian_database_terms(const xapian_database *db,
                                    const void *prefix, size_t len,
                                    xapian_error *err)
{
    return shim::make<xapian_terms>(err, [&](xapian_terms &out) {
        std::string begin = shim::text(prefix, len);

        out.at = db->db->allterms_begin(begin);
        out.end = db->db->allterms_end(begin);
    });
}

xapian_postings *xapian_postings_open(const xapian_database *db,
                                      const void *term, size_t len,
                                      xapian_error *err)
{
    return shim::make<xapian_postings>(err, [&](xapian_postings &out) {
        std::string name = shim::text(term, len);

        out.at = db->db->postlist_begin(name);
        out.end = db->db->postlist_end(name);
    });
}

void xapian_postings_free(xapian_postings *postings)
{
    delete postings;
}

bool xapian_postings_next(xapian_postings *postings, uint32_t *id,
                          uint32_t *wdf, xapian_error *err)
{
    bool found = false;

    return guard(err,
                 [&] {
                     if (postings->begun && postings->at != postings->end)
                         ++postings->at;
                     postings->begun = true;
                     found = postings->at != postings->end;
                     if (found) {
                         *id = *postings->at;
                         *wdf = postings->at.get_wdf();
                     }
                 }) &&
           found;
}

bool xapian_positions_get(const xapian_database *db, uint32_t id,
                          const void *term, size_t len,
                          xapian_positions *positions, xapian_error *err)
{
    return guard(err, [&] {
        std::string name = shim::text(term, len);
        std::string found;
        Xapian::PositionIterator end = db->db->positionlist_end(id, name);

        for (auto at = db->db->positionlist_begin(id, name); at != end; ++at) {
            uint32_t position = *at;

            found.append(reinterpret_cast<const char *>(&position),
                         sizeof position);
        }
        positions->at = reinterpret_cast<uint32_t *>(shim::copy(found).at);
        positions->count = found.size() / sizeof(uint32_t);
    });
}

void xapian_positions_free(xapian_positions *positions)
{
    if (!positions)
        return;
    free(positions->at);
    positions->at = nullptr;
    positions->count = 0;
}

xapian_values *xapian_values_open(const xapian_database *db, uint32_t slot,
                                  xapian_error *err)
{
    return shim::make<xapian_values>(err, [&](xapian_values &out) {
        out.db = *db->db;
        out.at = out.db.valuestream_begin(slot);
        out.end = out.db.valuestream_end(slot);
        if (out.at != out.end)
            out.standing = out.at.get_docid();
    });
}

void xapian_values_free(xapian_values *values)
{
    delete values;
}

bool xapian_values_at(xapian_values *values, uint32_t id, const char **value,
                      size_t *len, xapian_error *err)
{
    return guard(err, [&] {
        if (values->at != values->end && values->standing < id) {
            values->at.skip_to(id);
            if (values->at != values->end)
                values->standing = values->at.get_docid();
        }
        if (values->at != values->end && values->standing == id)
            values->value = *values->at;
        else
            values->value.clear();
        *value = values->value.c_str();
        *len = values->value.size();
    });
}

// ---- Writing

static Xapian::WritableDatabase &writable(xapian_database *db)
{
    if (!db->writable)
        throw Xapian::InvalidOperationError("opened for reading");
    return *db->writable;
}

bool xapian_add(xapian_database *db, const xapian_document *doc, uint32_t *id,
                xapian_error *err)
{
    return guard(err, [&] {
        uint32_t made = writable(db).add_document(doc->doc);

        if (id)
            *id = made;
    });
}

bool xapian_replace(xapian_database *db, uint32_t id,
                    const xapian_document *doc, xapian_error *err)
{
    return guard(err, [&] { writable(db).replace_document(id, doc->doc); });
}

bool xapian_replace_term(xapian_database *db, const void *term, size_t len,
                         const xapian_document *doc, uint32_t *id,
                         xapian_error *err)
{
    return guard(err, [&] {
        uint32_t made =
            writable(db).replace_document(shim::text(term, len), doc->doc);

        if (id)
            *id = made;
    });
}

bool xapian_delete(xapian_database *db, uint32_t id, xapian_error *err)
{
    return guard(err, [&] { writable(db).delete_document(id); });
}

bool xapian_delete_term(xapian_database *db, const void *term, size_t len,
                        xapian_error *err)
{
    return guard(err,
                 [&] { writable(db).delete_document(shim::text(term, len)); });
}

bool xapian_metadata_set(xapian_database *db, const void *key, size_t len,
                         const void *value, size_t value_len, xapian_error *err)
{
    return guard(err, [&] {
        writable(db).set_metadata(shim::text(key, len),
                                  shim::text(value, value_len));
    });
}

bool xapian_begin(xapian_database *db, bool durable, xapian_error *err)
{
    return guard(err, [&] {
        writable(db).begin_transaction(durable);
        db->transaction = true;
    });
}

bool xapian_commit(xapian_database *db, xapian_error *err)
{
    return guard(err, [&] {
        if (!db->transaction) {
            writable(db).commit();
            return;
        }
        // Whatever comes of it, the transaction is over.
        db->transaction = false;
        writable(db).commit_transaction();
    });
}

bool xapian_cancel(xapian_database *db, xapian_error *err)
{
    return guard(err, [&] {
        db->transaction = false;
        writable(db).cancel_transaction();
    });
}

// ---- Whole databases

bool xapian_database_check(const char *path,
                           void (*line)(void *ctx, const char *text), void *ctx,
                           size_t *errors, xapian_error *err)
{
    return guard(err, [&] {
        std::stringstream printed;
        std::string text;
        size_t count = Xapian::Database::check(std::string(path), 0, &printed);

        while (line && std::getline(printed, text))
            line(ctx, text.c_str());
        *errors = count;
    });
}

bool xapian_database_compact(const xapian_database *db, const char *path,
                             xapian_error *err)
{
    struct stat there;

    // libxapian would write into a database that is there.
    if (lstat(path, &there) == 0 || errno != ENOENT)
        return shim::fail(err, XAPIAN_ERROR_ARGUMENT,
                          "the path to compact to is taken");
    return guard(err, [&] {
        db->db->compact(std::string(path), Xapian::DBCOMPACT_NO_RENUMBER);
    });
}
