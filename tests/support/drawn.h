/*
 * support/drawn.h - articles drawn at random, and the segment that they make.
 *
 *     tcase_add_checked_fixture(tcase, drawn_start, drawn_finish);
 *     drawn_draw(&chance, 30);
 *     drawn_write(dir, name, allocator, &made);
 *     ... drawn.postings is what the segment must hold
 *
 * Words are few and in several languages, so that forms meet.
 *
 * Threads   Confined: one set of articles at a time.
 */
#ifndef TESTS_SUPPORT_DRAWN_H
#define TESTS_SUPPORT_DRAWN_H

#include "native/segment/segment_writer.h"
#include "support/chance.h"

#define DRAWN_MOST        400U /* articles */
#define DRAWN_OCCURRENCES 6U
#define DRAWN_NUMBERS     8U
#define DRAWN_VOCABULARY  160U

/* One posting. */
typedef struct drawn_posting {
    uint32_t space;
    char term[16];
    uint32_t doc;
    uint32_t frequency;
    uint32_t at[DRAWN_OCCURRENCES];
} drawn_posting;

typedef struct drawn_article {
    char key[16];
    uint64_t text_bytes;
    uint32_t lengths[16];
    lede_entry numbers[DRAWN_NUMBERS];
    uint32_t number_count;
    lede_buffer record;
} drawn_article;

/* Articles, and what an index makes of them. */
typedef struct drawn_articles {
    lede_schema *schema;
    lede_forms *forms;
    lede_document *document;
    uint32_t fields;
    uint32_t count;
    drawn_article articles[DRAWN_MOST];
    drawn_posting *postings;
    uint32_t posting_count;
} drawn_articles;

extern drawn_articles drawn;

void drawn_start(void);
void drawn_finish(void);

/* So many articles, in the place of those drawn before. */
void drawn_draw(chance *c, uint32_t count);

/* A word by its number. */
void drawn_word(char out[16], uint32_t number);

/* Whether a term is seen as a name in a space, and in any. */
bool drawn_is_name(uint32_t space, const char *term);
bool drawn_is_name_somewhere(const char *term);

/* One of the articles, without its postings; all of them, whole. */
lede_status drawn_put_article(lede_segment_writer *writer, uint32_t doc);
lede_status drawn_write(lede_dir *dir, const char *name,
                        const lede_allocator *allocator,
                        lede_segment_made *made);

#endif
