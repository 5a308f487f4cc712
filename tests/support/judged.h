/*
 * support/judged.h - judged collections: how good is a ranking?
 *
 *     judged *set = judged_open("cranfield", "qrels.strict.txt");
 *     judged_score score = judged_measure(set, rank, ctx);
 *     judged_close(set);
 *
 * A collection is a folder of LEDE_SHARED_DIR/data: corpus.jsonl.xz,
 * queries.tsv (id, text), and judgments (query, 0, document, grade).
 */
#ifndef LEDE_TESTS_JUDGED_H
#define LEDE_TESTS_JUDGED_H

#include <stddef.h>
#include <stdint.h>

#define JUDGED_DEPTH 1000

typedef struct judged_article {
    char *id;
    char *title;
    char *text;
} judged_article;

typedef struct judged_query {
    char *id;
    char *text;
} judged_query;

typedef struct judged {
    judged_article *articles;
    size_t article_count;
    judged_query *queries;
    size_t query_count;
    struct judgment *judgments; /* by query, then article */
    size_t judgment_count;
} judged;

/* NULL when the collection is not there. */
judged *judged_open(const char *name, const char *judgments);
void judged_close(judged *set);

/* Means over the queries with at least one relevant article. */
typedef struct judged_score {
    double map;    /* mean average precision, to depth 1000 */
    double ndcg10; /* gain: the grade; discount: log2(rank + 1) */
    size_t queries;
} judged_score;

/* Ranks the articles for a query: writes places in `articles`, the best first,
 * at most JUDGED_DEPTH, and returns how many. */
typedef size_t judged_rank(void *ctx, const judged_query *query,
                           uint32_t *places);

judged_score judged_measure(const judged *set, judged_rank *rank, void *ctx);

#endif
