// SPDX-License-Identifier: GPL-2.0-or-later
#include "xapian/shim/guard.h"

#include <vector>

using shim::guard;

struct xapian_enquire {
    xapian_enquire(const Xapian::Database &db) : enquire(db)
    {
    }

    // Runs do not change what the enquiry is.
    mutable Xapian::Enquire enquire;
};

struct xapian_mset {
    Xapian::MSet mset;
};

struct xapian_spy {
    xapian_spy(uint32_t slot) : spy(slot)
    {
    }

    Xapian::ValueCountMatchSpy spy;
};

namespace
{

class decider : public Xapian::MatchDecider
{
  public:
    decider(const xapian_run *asked) : run(asked)
    {
    }

    bool operator()(const Xapian::Document &doc) const override
    {
        xapian_decision said = run->decide(run->ctx, doc.get_docid());

        if (said == XAPIAN_STOP)
            throw shim::stopped();
        return said == XAPIAN_ACCEPT;
    }

  private:
    const xapian_run *run;
};

} // namespace

xapian_enquire *xapian_enquire_new(const xapian_database *db, xapian_error *err)
{
    xapian_enquire *made = nullptr;

    (void)guard(err, [&] { made = new xapian_enquire(*db->db); });
    return made;
}

void xapian_enquire_free(xapian_enquire *enquire)
{
    delete enquire;
}

bool xapian_enquire_query(xapian_enquire *enquire, const xapian_query *query,
                          xapian_error *err)
{
    return guard(err, [&] {
        if (!query)
            throw Xapian::InvalidArgumentError("the query is NULL");
        enquire->enquire.set_query(query->query);
    });
}

bool xapian_enquire_bm25(xapian_enquire *enquire, const xapian_bm25 *rule,
                         xapian_error *err)
{
    return guard(err, [&] {
        enquire->enquire.set_weighting_scheme(Xapian::BM25Weight(
            rule->k1, rule->k2, rule->k3, rule->b, rule->min_length));
    });
}

bool xapian_enquire_boolean(xapian_enquire *enquire, xapian_error *err)
{
    return guard(err, [&] {
        enquire->enquire.set_weighting_scheme(Xapian::BoolWeight());
    });
}

bool xapian_enquire_order(xapian_enquire *enquire, xapian_order order,
                          uint32_t slot, bool falling, xapian_error *err)
{
    return guard(err, [&] {
        Xapian::Enquire &to = enquire->enquire;

        switch (order) {
        case XAPIAN_BY_WEIGHT:
            to.set_sort_by_relevance();
            return;
        case XAPIAN_BY_VALUE:
            to.set_sort_by_value(slot, falling);
            return;
        case XAPIAN_BY_VALUE_THEN_WEIGHT:
            to.set_sort_by_value_then_relevance(slot, falling);
            return;
        case XAPIAN_BY_WEIGHT_THEN_VALUE:
            to.set_sort_by_relevance_then_value(slot, falling);
            return;
        }
        throw Xapian::InvalidArgumentError("unknown order");
    });
}

bool xapian_enquire_id_order(xapian_enquire *enquire, xapian_id_order order,
                             xapian_error *err)
{
    return guard(err, [&] {
        switch (order) {
        case XAPIAN_IDS_RISE:
            enquire->enquire.set_docid_order(Xapian::Enquire::ASCENDING);
            return;
        case XAPIAN_IDS_FALL:
            enquire->enquire.set_docid_order(Xapian::Enquire::DESCENDING);
            return;
        case XAPIAN_IDS_ANY:
            enquire->enquire.set_docid_order(Xapian::Enquire::DONT_CARE);
            return;
        }
        throw Xapian::InvalidArgumentError("unknown order of ids");
    });
}

bool xapian_enquire_collapse(xapian_enquire *enquire, uint32_t slot,
                             uint32_t most, xapian_error *err)
{
    return guard(err, [&] {
        enquire->enquire.set_collapse_key(most ? slot : Xapian::BAD_VALUENO,
                                          most);
    });
}

bool xapian_enquire_cutoff(xapian_enquire *enquire, int percent, double weight,
                           xapian_error *err)
{
    return guard(err, [&] { enquire->enquire.set_cutoff(percent, weight); });
}

bool xapian_enquire_time_limit(xapian_enquire *enquire, double seconds,
                               xapian_error *err)
{
    return guard(err, [&] { enquire->enquire.set_time_limit(seconds); });
}

xapian_spy *xapian_spy_new(uint32_t slot, xapian_error *err)
{
    xapian_spy *made = nullptr;

    (void)guard(err, [&] { made = new xapian_spy(slot); });
    return made;
}

void xapian_spy_free(xapian_spy *spy)
{
    delete spy;
}

bool xapian_enquire_add_spy(xapian_enquire *enquire, xapian_spy *spy,
                            xapian_error *err)
{
    return guard(err, [&] { enquire->enquire.add_matchspy(&spy->spy); });
}

xapian_terms *xapian_spy_values(const xapian_spy *spy, xapian_error *err)
{
    return shim::make<xapian_terms>(err, [&](xapian_terms &out) {
        out.at = spy->spy.values_begin();
        out.end = spy->spy.values_end();
    });
}

xapian_mset *xapian_enquire_run(const xapian_enquire *enquire,
                                const xapian_run *run, xapian_error *err)
{
    return shim::make<xapian_mset>(err, [&](xapian_mset &out) {
        decider asks(run);

        out.mset = enquire->enquire.get_mset(run->first, run->most,
                                             run->check_at_least, nullptr,
                                             run->decide ? &asks : nullptr);
    });
}

void xapian_mset_free(xapian_mset *mset)
{
    delete mset;
}

size_t xapian_mset_size(const xapian_mset *mset)
{
    return mset->mset.size();
}

void xapian_mset_matches(const xapian_mset *mset, uint32_t *least,
                         uint32_t *most)
{
    *least = mset->mset.get_matches_lower_bound();
    *most = mset->mset.get_matches_upper_bound();
}

static Xapian::MSetIterator place(const xapian_mset *mset, size_t at)
{
    if (at >= mset->mset.size())
        throw Xapian::RangeError("no such item");
    return mset->mset[static_cast<Xapian::doccount>(at)];
}

bool xapian_mset_item(const xapian_mset *mset, size_t at, xapian_item *item,
                      xapian_error *err)
{
    return guard(err, [&] {
        Xapian::MSetIterator found = place(mset, at);

        item->id = *found;
        item->collapsed = found.get_collapse_count();
        item->weight = found.get_weight();
    });
}

bool xapian_mset_value(const xapian_mset *mset, size_t at, xapian_string *value,
                       xapian_error *err)
{
    return guard(err,
                 [&] { *value = shim::copy(place(mset, at).get_sort_key()); });
}

xapian_document *xapian_mset_document(const xapian_mset *mset, size_t at,
                                      xapian_error *err)
{
    return shim::make<xapian_document>(err, [&](xapian_document &out) {
        out.doc = place(mset, at).get_document();
    });
}
