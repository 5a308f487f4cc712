/*
 * text/token.h - words as the index holds them, a batch at a time.
 *
 * Column by column, so that an inverter can hash ahead and prefetch. The terms
 * of a batch are in position order; a compound's joined word follows its first
 * part, at the same position.
 */
#ifndef LEDE_TEXT_TOKEN_H
#define LEDE_TEXT_TOKEN_H

#include <stdint.h>

#define LEDE_TOKENS_MAX 128

typedef enum lede_token_flag {
    /* The parts of a hyphenated compound written solid: `covid19` of
     * COVID-19. Its term ends in a mark (below), it spans its parts, and it
     * does not count in the length of the text. */
    LEDE_TOKEN_JOINED = 1,
    /* Capitalised inside a sentence of mixed-case text: maybe a name. */
    LEDE_TOKEN_CAPITAL = 2,
    /* The last character of a run that is cut in bigrams, alone. It begins
     * inside the bigram before it, if the run has more than one character. */
    LEDE_TOKEN_TAIL = 4
} lede_token_flag;

/*
 * A joined term is the solid word and one byte, LEDE_JOINED_MARK + span, that
 * no UTF-8 text can hold; so the joined terms of a word stand together, after
 * everything that begins with the word. Compounds of more parts than
 * LEDE_JOINED_SPAN_MAX have no joined term.
 */
#define LEDE_JOINED_MARK     0xF7
#define LEDE_JOINED_SPAN_MAX 8

/* The longest term: a word and its mark. */
#define LEDE_TERM_BYTES_MAX 201

/* So many bytes may be read from the first byte of a term in a batch on, even
 * where it is shorter: who compares terms need not ask how long they are. */
#define LEDE_TERM_ROOM 16

typedef struct lede_token_batch {
    uint32_t count;                    /* 1 to LEDE_TOKENS_MAX */
    const char *term[LEDE_TOKENS_MAX]; /* borrowed until the next batch, with
                                        * LEDE_TERM_ROOM bytes at least */
    uint16_t len[LEDE_TOKENS_MAX];     /* 1 to LEDE_TERM_BYTES_MAX */
    uint32_t hash[LEDE_TOKENS_MAX];    /* low half of XXH3 of the term */
    uint32_t position[LEDE_TOKENS_MAX];
    uint8_t span[LEDE_TOKENS_MAX];  /* positions covered: 1, or of a compound */
    uint8_t flags[LEDE_TOKENS_MAX]; /* LEDE_TOKEN_ bits */
    uint32_t begin[LEDE_TOKENS_MAX]; /* bytes of the text it was read from */
    uint32_t end[LEDE_TOKENS_MAX];
} lede_token_batch;

/* The span of a term by its mark: 1 for a plain word. */
static inline uint32_t lede_term_span(const char *term, uint32_t len)
{
    uint8_t last = len ? (uint8_t)term[len - 1] : 0;

    return last > LEDE_JOINED_MARK ? (uint32_t)(last - LEDE_JOINED_MARK) : 1;
}

#endif
