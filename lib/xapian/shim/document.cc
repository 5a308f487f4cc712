// SPDX-License-Identifier: GPL-2.0-or-later
#include "xapian/shim/guard.h"

using shim::guard;

xapian_document *xapian_document_new(xapian_error *err)
{
    return shim::make<xapian_document>(err, [](xapian_document &) {});
}

void xapian_document_free(xapian_document *doc)
{
    delete doc;
}

bool xapian_document_add_term(xapian_document *doc, const void *term,
                              size_t len, uint32_t wdf, xapian_error *err)
{
    return guard(err, [&] {
        std::string name = shim::text(term, len);

        if (wdf)
            doc->doc.add_term(name, wdf);
        else
            doc->doc.add_boolean_term(name);
    });
}

bool xapian_document_add_posting(xapian_document *doc, const void *term,
                                 size_t len, uint32_t position, uint32_t wdf,
                                 xapian_error *err)
{
    return guard(err, [&] {
        doc->doc.add_posting(shim::text(term, len), position, wdf);
    });
}

bool xapian_document_set_value(xapian_document *doc, uint32_t slot,
                               const void *value, size_t len, xapian_error *err)
{
    return guard(err,
                 [&] { doc->doc.add_value(slot, shim::text(value, len)); });
}

bool xapian_document_value(const xapian_document *doc, uint32_t slot,
                           xapian_string *value, xapian_error *err)
{
    return guard(err, [&] { *value = shim::copy(doc->doc.get_value(slot)); });
}

bool xapian_document_set_text(xapian_document *doc, const void *text,
                              size_t len, xapian_error *err)
{
    return guard(err, [&] { doc->doc.set_data(shim::text(text, len)); });
}

bool xapian_document_text(const xapian_document *doc, xapian_string *text,
                          xapian_error *err)
{
    return guard(err, [&] { *text = shim::copy(doc->doc.get_data()); });
}

xapian_terms *xapian_document_terms(const xapian_document *doc,
                                    xapian_error *err)
{
    return shim::make<xapian_terms>(err, [&](xapian_terms &terms) {
        terms.at = doc->doc.termlist_begin();
        terms.end = doc->doc.termlist_end();
        terms.counted = false;
    });
}

void xapian_terms_free(xapian_terms *terms)
{
    delete terms;
}

// Takes the term where the list stands, if it stands on one.
static bool stand(xapian_terms *terms, const char **term, size_t *len)
{
    if (terms->at == terms->end)
        return false;
    terms->term = *terms->at;
    *term = terms->term.c_str();
    *len = terms->term.size();
    return true;
}

bool xapian_terms_next(xapian_terms *terms, const char **term, size_t *len,
                       xapian_error *err)
{
    bool found = false;

    return guard(err,
                 [&] {
                     if (terms->begun && terms->at != terms->end)
                         ++terms->at;
                     terms->begun = true;
                     found = stand(terms, term, len);
                 }) &&
           found;
}

bool xapian_terms_skip(xapian_terms *terms, const void *to, size_t to_len,
                       const char **term, size_t *len, xapian_error *err)
{
    bool found = false;

    return guard(err,
                 [&] {
                     std::string target = shim::text(to, to_len);

                     terms->begun = true;
                     if (terms->at != terms->end && *terms->at < target)
                         terms->at.skip_to(target);
                     found = stand(terms, term, len);
                 }) &&
           found;
}

uint32_t xapian_terms_documents(const xapian_terms *terms)
{
    uint32_t documents = 0;

    (void)guard(nullptr, [&] {
        if (terms->counted && terms->begun && terms->at != terms->end)
            documents = terms->at.get_termfreq();
    });
    return documents;
}
