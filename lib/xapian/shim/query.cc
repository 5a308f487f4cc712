// SPDX-License-Identifier: GPL-2.0-or-later
#include "xapian/shim/guard.h"

#include <algorithm>
#include <memory>
#include <vector>

namespace
{

struct weighted_ids {
    std::vector<uint32_t> ids;
    std::vector<double> weights;
    double most = 0;
};

// The list of a database, dealt to its shards: document n of the whole is
// document (n - 1) / shards + 1 of shard (n - 1) % shards.
struct weighted_shards {
    Xapian::Database db; // so that no other takes the address of one of its own
    std::vector<weighted_ids> at;
};

// The list of a shard, which stands before its first document until it is
// moved.
class weighted_source : public Xapian::PostingSource
{
  public:
    explicit weighted_source(std::shared_ptr<const weighted_shards> shards)
        : whole(std::move(shards))
    {
        start(0);
    }

    Xapian::doccount get_termfreq_min() const override
    {
        return static_cast<Xapian::doccount>(all->ids.size());
    }
    Xapian::doccount get_termfreq_est() const override
    {
        return get_termfreq_min();
    }
    Xapian::doccount get_termfreq_max() const override
    {
        return get_termfreq_min();
    }
    double get_weight() const override
    {
        return all->weights[at];
    }
    Xapian::docid get_docid() const override
    {
        return all->ids[at];
    }
    bool at_end() const override
    {
        return begun && at >= all->ids.size();
    }

    void next(double least) override
    {
        at = begun ? at + 1 : 0;
        begun = true;
        pass_over(least);
    }

    void skip_to(Xapian::docid id, double least) override
    {
        auto from = all->ids.begin() + static_cast<ptrdiff_t>(begun ? at : 0);

        at = static_cast<size_t>(std::lower_bound(from, all->ids.end(), id) -
                                 all->ids.begin());
        begun = true;
        pass_over(least);
    }

#if XAPIAN_AT_LEAST(1, 5, 0)
    void reset(const Xapian::Database &, Xapian::doccount shard) override
    {
        start(shard);
    }
#else
    void init(const Xapian::Database &shard) override
    {
        start(place_of(shard));
    }
#endif
    PostingSource *clone() const override
    {
        return new weighted_source(whole);
    }
    std::string get_description() const override
    {
        return "weighted_source";
    }

  private:
    void start(size_t shard)
    {
        all = &whole->at.at(shard);
        at = 0;
        begun = false;
        set_maxweight(all->most);
    }

#if !XAPIAN_AT_LEAST(1, 5, 0)
    // libxapian 1.4 hands over the shard, but not its number.
    size_t place_of(const Xapian::Database &shard) const
    {
        const auto &shards = whole->db.internal;

        for (size_t i = 0; i < shards.size(); i++)
            if (shard.internal[0].get() == shards[i].get())
                return i;
        throw Xapian::InvalidOperationError("a list of another database");
    }
#endif

    // What weighs less cannot be among those looked for.
    void pass_over(double least)
    {
        while (at < all->ids.size() && all->weights[at] < least)
            at++;
    }

    std::shared_ptr<const weighted_shards> whole;
    const weighted_ids *all = nullptr; // of the shard
    size_t at = 0;
    bool begun = false;
};

} // namespace

static Xapian::Query::op op_of(xapian_operator op)
{
    switch (op) {
    case XAPIAN_AND:
        return Xapian::Query::OP_AND;
    case XAPIAN_OR:
        return Xapian::Query::OP_OR;
    case XAPIAN_AND_NOT:
        return Xapian::Query::OP_AND_NOT;
    case XAPIAN_XOR:
        return Xapian::Query::OP_XOR;
    case XAPIAN_AND_MAYBE:
        return Xapian::Query::OP_AND_MAYBE;
    case XAPIAN_FILTER:
        return Xapian::Query::OP_FILTER;
    case XAPIAN_NEAR:
        return Xapian::Query::OP_NEAR;
    case XAPIAN_PHRASE:
        return Xapian::Query::OP_PHRASE;
    case XAPIAN_ELITE_SET:
        return Xapian::Query::OP_ELITE_SET;
    case XAPIAN_SYNONYM:
        return Xapian::Query::OP_SYNONYM;
    case XAPIAN_MAX:
        return Xapian::Query::OP_MAX;
    }
    throw Xapian::InvalidArgumentError("unknown operator");
}

static xapian_query *made(xapian_error *err, const Xapian::Query &query)
{
    return shim::make<xapian_query>(
        err, [&](xapian_query &out) { out.query = query; });
}

// The query of `build`, which may throw.
template <typename Build>
static xapian_query *build(xapian_error *err, Build build)
{
    return shim::make<xapian_query>(
        err, [&](xapian_query &out) { out.query = build(); });
}

xapian_query *xapian_query_term(const void *term, size_t len, xapian_error *err)
{
    return build(err, [&] { return Xapian::Query(shim::text(term, len)); });
}

xapian_query *xapian_query_nothing(xapian_error *err)
{
    return made(err, Xapian::Query::MatchNothing);
}

xapian_query *xapian_query_everything(xapian_error *err)
{
    return made(err, Xapian::Query::MatchAll);
}

xapian_query *xapian_query_range(uint32_t slot, const void *begin,
                                 size_t begin_len, const void *end,
                                 size_t end_len, xapian_error *err)
{
    return build(err, [&] {
        return Xapian::Query(Xapian::Query::OP_VALUE_RANGE, slot,
                             shim::text(begin, begin_len),
                             shim::text(end, end_len));
    });
}

xapian_query *xapian_query_at_least(uint32_t slot, const void *begin,
                                    size_t len, xapian_error *err)
{
    return build(err, [&] {
        return Xapian::Query(Xapian::Query::OP_VALUE_GE, slot,
                             shim::text(begin, len));
    });
}

xapian_query *xapian_query_at_most(uint32_t slot, const void *end, size_t len,
                                   xapian_error *err)
{
    return build(err, [&] {
        return Xapian::Query(Xapian::Query::OP_VALUE_LE, slot,
                             shim::text(end, len));
    });
}

xapian_query *xapian_query_fixed(double weight, xapian_error *err)
{
    return build(err, [&] {
        return Xapian::Query(
            (new Xapian::FixedWeightPostingSource(weight))->release());
    });
}

xapian_query *xapian_query_weighted(const xapian_database *db,
                                    const uint32_t *ids, const double *weights,
                                    size_t count, xapian_error *err)
{
    return build(err, [&] {
        auto whole = std::make_shared<weighted_shards>();
        auto shards = static_cast<uint32_t>(db->db->size());

        if (!count || !shards)
            return Xapian::Query(Xapian::Query::MatchNothing);
        whole->db = *db->db;
        whole->at.resize(shards);
        for (size_t i = 0; i < count; i++) {
            weighted_ids &list = whole->at[(ids[i] - 1) % shards];

            list.ids.push_back((ids[i] - 1) / shards + 1);
            list.weights.push_back(weights[i]);
            list.most = std::max(list.most, weights[i]);
        }
        return Xapian::Query((new weighted_source(whole))->release());
    });
}

xapian_query *xapian_query_join(xapian_operator op, xapian_query *const *parts,
                                size_t count, uint32_t window,
                                xapian_error *err)
{
    return build(err, [&] {
        std::vector<Xapian::Query> queries;

        queries.reserve(count);
        for (size_t i = 0; i < count; i++) {
            if (!parts[i])
                throw Xapian::InvalidArgumentError("a part is NULL");
            queries.push_back(parts[i]->query);
        }
        return Xapian::Query(op_of(op), queries.begin(), queries.end(), window);
    });
}

xapian_query *xapian_query_scale(const xapian_query *query, double factor,
                                 xapian_error *err)
{
    return build(err, [&] {
        if (!query)
            throw Xapian::InvalidArgumentError("the query is NULL");
        return Xapian::Query(factor, query->query);
    });
}

void xapian_query_free(xapian_query *query)
{
    delete query;
}

bool xapian_query_describe(const xapian_query *query, xapian_string *text,
                           xapian_error *err)
{
    return shim::guard(err, [&] {
        if (!query)
            throw Xapian::InvalidArgumentError("the query is NULL");
        *text = shim::copy(query->query.get_description());
    });
}
