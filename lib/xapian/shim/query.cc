// SPDX-License-Identifier: GPL-2.0-or-later
#include "xapian/shim/guard.h"

#include <vector>

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
