/*
 * article/analysis.h - from a document as it was given to what an engine
 * takes: values of the kinds of their fields, and the tokens of its words.
 *
 *     lede_analysis_new(&analysis, schema, limits, alloc);
 *     status = lede_analysis_start(analysis, doc, err);
 *     change.document = analysis->document;
 *     change.tokens = &analysis->source;
 *     engine->apply(writer, 0, &change, err);
 *     counts->tokens += analysis->counts.tokens;
 *
 * Values    Text for a number is read as one, a number for text is printed.
 *           What a field cannot hold is LEDE_ERR_INVALID, but for text that is
 *           no date: the article is kept without it, and the loss counted.
 * Words     Of text fields and keywords with LEDE_FIELD_WORDS: fields by
 *           place, values in their order, LEDE_POSITION_GAP apart.
 * Memory    One analysis reads many documents, and keeps its memory and the
 *           tokenizer's memo. The schema and the limits are borrowed; a
 *           document is until the next start, or a take.
 * Threads   Confined.
 */
#ifndef LEDE_ARTICLE_ANALYSIS_H
#define LEDE_ARTICLE_ANALYSIS_H

#include "engine/engine.h"

/* Of the present document, complete when its tokens have been read. */
typedef struct lede_analysis_counts {
    uint64_t text_bytes; /* of indexed text fields */
    uint64_t tokens;
    uint64_t skipped_tokens;
    uint64_t invalid_bytes;
    uint64_t dates_dropped;
} lede_analysis_counts;

typedef struct lede_analysis {
    const lede_document *document; /* checked; until the next start */
    lede_token_source source;
    lede_analysis_counts counts;
} lede_analysis;

lede_status lede_analysis_new(lede_analysis **out, const lede_schema *schema,
                              const lede_limits *limits,
                              const lede_allocator *allocator);
void lede_analysis_free(lede_analysis *analysis);

/* From now on documents are checked against another schema, which reads words
 * the same way. */
void lede_analysis_set_schema(lede_analysis *analysis,
                              const lede_schema *schema);

/*
 * Begins a document; NULL is an empty one. Returns what a failed add left in
 * it; INVALID, err->where naming the field; LIMIT for document_bytes; NOMEM.
 * Beyond document_tokens it is the source that fails with LIMIT.
 */
lede_status lede_analysis_start(lede_analysis *analysis,
                                const lede_document *doc, lede_error *err);

/*
 * Takes the checked document for longer than the next start would leave it;
 * *document, which may be NULL, is what it gets instead. NOMEM.
 */
lede_status lede_analysis_take(lede_analysis *analysis,
                               lede_document **document);

/* LIMIT, told as the source's own: too many words. */
lede_status lede_analysis_limit(const lede_limits *limits, lede_error *err);

#endif
