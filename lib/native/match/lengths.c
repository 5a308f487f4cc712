#include "native/match/lengths.h"

lede_status lede_lengths_init(lede_lengths *lengths,
                              const lede_plan_score *score,
                              lede_matcher *matcher)
{
    *lengths = (lede_lengths){ .score = score };
    lengths->columns = lede_arena_array(matcher->arena, score->field_count,
                                        sizeof(const lede_column *));
    if (!lengths->columns)
        return lede_arena_status(matcher->arena);
    for (uint32_t i = 0; i < score->field_count; i++) {
        lede_status status =
            lede_segment_lengths(matcher->segment, score->fields[i],
                                 &lengths->columns[i], matcher->err);

        if (status != LEDE_OK)
            return status;
    }
    return LEDE_OK;
}

bool lede_lengths_are_alike(const lede_plan_score *a, const lede_plan_score *b)
{
    if (a->field_count != b->field_count ||
        !(a->average_length == b->average_length))
        return false;
    for (uint32_t i = 0; i < a->field_count; i++)
        if (a->fields[i] != b->fields[i] ||
            a->field_weights[i] != b->field_weights[i])
            return false;
    return true;
}

uint64_t lede_lengths_at(const lede_lengths *lengths, uint32_t doc)
{
    const lede_plan_score *score = lengths->score;
    uint64_t length = 0;

    for (uint32_t i = 0; i < score->field_count; i++)
        if (lengths->columns[i])
            length += score->field_weights[i] *
                      lede_column_at(lengths->columns[i], doc);
    return length;
}

void lede_lengths_of(const lede_lengths *lengths, const uint32_t *docs,
                     uint32_t n, uint64_t *of)
{
    const lede_plan_score *score = lengths->score;
    uint32_t plain[LEDE_BLOCK_MAX];

    memset(of, 0, n * sizeof *of);
    for (uint32_t i = 0; i < score->field_count; i++) {
        if (!lengths->columns[i])
            continue;
        lede_column_gather(lengths->columns[i], docs, n, plain);
        for (uint32_t at = 0; at < n; at++)
            of[at] += (uint64_t)score->field_weights[i] * plain[at];
    }
}

uint32_t lede_lengths_points(const lede_lengths *lengths,
                             const lede_matcher *matcher, uint32_t doc,
                             uint64_t tf)
{
    return lede_score_points(matcher->rule, lengths->score, tf,
                             lede_lengths_at(lengths, doc));
}

uint32_t lede_lengths_weight(const lede_lengths *lengths,
                             const lede_matcher *matcher, uint32_t field)
{
    const lede_schema *schema = matcher->schema;
    const lede_plan_score *score = lengths->score;
    bool together = lede_field_is_default(lede_schema_field(schema, field));
    uint32_t least = UINT32_MAX, counted = 0, defaults = 0;

    for (uint32_t i = 0; i < lede_schema_count(schema); i++)
        defaults += together
                        ? lede_field_is_default(lede_schema_field(schema, i))
                        : i == field;
    for (uint32_t i = 0; i < score->field_count; i++) {
        const lede_field *at = lede_schema_field(schema, score->fields[i]);

        if (!at ||
            (together ? !lede_field_is_default(at) : score->fields[i] != field))
            continue;
        counted++;
        if (score->field_weights[i] < least)
            least = score->field_weights[i];
    }
    return counted == defaults ? least : 0;
}

bool lede_lengths_limit(const lede_plan_score *score,
                        const lede_matcher *matcher, uint32_t field,
                        uint64_t length, uint64_t *limit)
{
    const lede_schema *schema = matcher->schema;
    bool together = lede_field_is_default(lede_schema_field(schema, field));
    uint32_t most = 0;

    for (uint32_t i = 0; i < score->field_count; i++) {
        const lede_field *at = lede_schema_field(schema, score->fields[i]);

        if (!at ||
            (together ? !lede_field_is_default(at) : score->fields[i] != field))
            return false;
        if (score->field_weights[i] > most)
            most = score->field_weights[i];
    }
    *limit = most * length;
    return length <= UINT32_MAX;
}
