#include "native/codec/front.h"

#include <stdlib.h>

#include "support/chance.h"
#include "support/exact.h"
#include "support/suite.h"

static uint8_t room[LEDE_FRONT_MAX][LEDE_FRONT_LEN_MAX];
static lede_bytes texts[LEDE_FRONT_MAX];
static uint32_t count;
static lede_front front;

static int by_bytes(const void *a, const void *b)
{
    return lede_bytes_compare(*(const lede_bytes *)a, *(const lede_bytes *)b);
}

/* The bytes that texts are drawn from: letters, digits, few, all. */
static uint8_t draw_byte(chance *c, uint32_t kind)
{
    switch (kind) {
    case 0:
        return (uint8_t) "esniatroldcgumyhpbkfvwxzjq'.,-&\xF9\xFA\xC3_!"
            [chance_below(c, 35)];
    case 1:
        return (uint8_t) "0123456789,.-:abcxyz'/_\xF9\xC3\x80"[chance_below(
            c, chance_one_in(c, 4) ? 26 : 10)];
    case 2:
        return (uint8_t)('a' + chance_below(c, 2));
    default:
        return (uint8_t)chance_below(c, 256);
    }
}

/* Different texts in order, some with much in common. */
static void draw_texts(chance *c, uint32_t n)
{
    uint32_t kind = chance_below(c, 4), kept = 0;
    uint32_t most = chance_one_in(c, 5) ? 100 : 9;
    uint32_t common = chance_one_in(c, 3) ? chance_below(c, 40) : 0;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t len = common + chance_below(c, most);

        for (uint32_t b = 0; b < len; b++)
            room[i][b] = b < common ? 'm' : draw_byte(c, kind);
        texts[i] = lede_bytes_of(room[i], len);
    }
    qsort(texts, n, sizeof *texts, by_bytes);
    for (uint32_t i = 0; i < n; i++)
        if (i == 0 || !lede_bytes_equal(texts[i], texts[kept - 1]))
            texts[kept++] = texts[i];
    count = kept;
}

static lede_bytes write_texts(void)
{
    lede_buffer out;
    lede_bytes bytes;

    lede_buffer_init(&out, NULL);
    lede_front_write(&out, texts, count);
    ck_assert_int_eq(out.status, LEDE_OK);
    bytes = exact_bytes(out.at, out.len);
    lede_buffer_fini(&out);
    return bytes;
}

static void take(lede_bytes bytes)
{
    ck_assert(lede_front_take(&front, &bytes, count));
    ck_assert_uint_eq(bytes.len, 0);
}

static bool stands_at(uint32_t place)
{
    return front.at == place + 1 &&
           lede_bytes_equal(lede_bytes_of(front.text, front.len), texts[place]);
}

static void read_all(lede_bytes bytes)
{
    uint32_t wrong = 0;

    take(bytes);
    for (uint32_t i = 0; i < count; i++)
        wrong += !lede_front_next(&front) || !stands_at(i);
    ck_assert_uint_eq(wrong, 0);
    ck_assert(!lede_front_next(&front));
    ck_assert(!front.broken);
    for (uint32_t i = 0; i < count; i++) {
        take(bytes);
        wrong += !lede_front_jump(&front, i) || !stands_at(i);
        wrong +=
            i + 1 < count && (!lede_front_next(&front) || !stands_at(i + 1));
        wrong += !lede_front_jump(&front, i / 2) || !stands_at(i / 2);
        wrong += lede_front_jump(&front, count) || front.broken;
    }
    ck_assert_uint_eq(wrong, 0);
}

START_TEST(texts_are_read_as_they_were_written)
{
    chance c = chance_from("front", 1);

    for (int round = 0; round < 800; round++) {
        lede_bytes bytes;

        draw_texts(&c, 1 + chance_below(&c, LEDE_FRONT_MAX));
        bytes = write_texts();
        read_all(bytes);
        exact_free(bytes);
    }
}
END_TEST

/* Every byte, whatever the others of its text make of the coding. */
START_TEST(every_byte_is_kept_in_every_coding)
{
    static const char *const others[] = { "estate", "123456", "\x80\x81\x82" };

    for (uint32_t i = 0; i < 256; i++) {
        lede_bytes bytes;

        memcpy(room[0], others[_i], strlen(others[_i]));
        room[0][strlen(others[_i])] = (uint8_t)i;
        texts[0] = lede_bytes_of(room[0], strlen(others[_i]) + 1);
        count = 1;
        bytes = write_texts();
        read_all(bytes);
        exact_free(bytes);
    }
}
END_TEST

/* A text near one of those there are. */
static lede_bytes draw_sought(chance *c, uint8_t *at)
{
    lede_bytes near = texts[chance_below(c, count)];
    size_t len = near.len;

    memcpy(at, near.at, len);
    switch (chance_below(c, 5)) {
    case 0:
        at[len++] = (uint8_t)chance_below(c, 256);
        break;
    case 1:
        len = chance_below(c, (uint32_t)len + 1);
        break;
    case 2:
        if (len > 0)
            at[chance_below(c, (uint32_t)len)] = (uint8_t)chance_below(c, 256);
        break;
    case 3:
        if (len > 0)
            at[len - 1] = (uint8_t)(at[len - 1] + chance_below(c, 3) - 1);
        break;
    default:
        break;
    }
    return lede_bytes_of(at, len);
}

/* Seeks on from where the front stands as a walk would. */
static bool seeks_as_a_walk(lede_bytes sought, uint32_t *from)
{
    uint32_t at = *from;
    bool equal, found;

    while (at < count && lede_bytes_compare(texts[at], sought) < 0)
        at++;
    found = lede_front_seek(&front, sought, &equal);
    *from = at + 1;
    if (at == count)
        return !found && !equal && !front.broken;
    return found && stands_at(at) &&
           equal == lede_bytes_equal(texts[at], sought);
}

START_TEST(a_seek_stops_where_a_walk_would)
{
    static uint8_t at[LEDE_FRONT_LEN_MAX + 1];
    chance c = chance_from("front", 2);
    uint32_t wrong = 0;

    for (int round = 0; round < 800; round++) {
        lede_bytes bytes;

        draw_texts(&c, 1 + chance_below(&c, LEDE_FRONT_MAX));
        bytes = write_texts();
        for (int tries = 0; tries < 8; tries++) {
            uint32_t from = 0;

            take(bytes);
            for (int hops = 0; hops < 4 && from < count; hops++) {
                lede_bytes sought = draw_sought(&c, at);

                if (from == 0 ||
                    lede_bytes_compare(texts[from - 1], sought) < 0)
                    wrong += !seeks_as_a_walk(sought, &from);
            }
        }
        exact_free(bytes);
    }
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

static const struct {
    const char *what;
    uint8_t bytes[16];
    size_t len;
    uint32_t n;
    const char *text; /* NULL: refused */
} layouts[] = {
    /* shared 0: fixed of no bits; rest 2: a run; the way; the text */
    { "bytes as they are", { 32, 65, 2, 0, 'e', 's' }, 6, 1, "es" },
    { "signs of coding 1", { 32, 65, 2, 1, 0x10 }, 5, 1, "es" },
    { "signs of coding 2", { 32, 65, 2, 128, 0x10 }, 5, 1, "01" },
    { "later signs", { 32, 65, 2, 2, 0x0E, 0x0F }, 6, 1, "y0" },
    { "a byte that is no sign",
      { 32, 65, 2, 3, 0xFF, 0x41, 0x00 },
      7,
      1,
      "Ae" },
    { "half a byte that is not 0", { 32, 65, 1, 1, 0x10 }, 5, 1, NULL },
    { "a byte too many", { 32, 65, 2, 2, 0x10, 0 }, 6, 1, NULL },
    { "a byte too few", { 32, 65, 2, 1, 0x0E, 0x00 }, 6, 1, NULL },
    { "an unknown way", { 32, 65, 2, 255, 0x10, 0, 0 }, 7, 1, NULL },
    { "too long to be coded", { 32, 65, 0x81, 0x08, 1 }, 5, 1, NULL },
    { "a text equal to the one before",
      { 33, 0x02, 34, 0x01, 0, 'a' },
      6,
      2,
      NULL },
    { "a text below the one before", { 32, 65, 1, 0, 'b', 'a' }, 6, 2, NULL },
    { "more shared than there is",
      { 34, 0x0C, 65, 1, 0, 'a', 'b' },
      7,
      2,
      NULL },
    { "something shared with nothing",
      { 33, 0x03, 65, 1, 0, 'a', 'b' },
      7,
      2,
      NULL },
    { "fewer bytes than lengths", { 32, 65, 3, 0, 'a' }, 5, 1, NULL },
    { "too long a text", { 32, 65, 0x81, 0x10, 0 }, 5, 1, NULL },
};

START_TEST(bytes_are_read_as_the_grammar_says)
{
    lede_bytes bytes = exact_bytes(layouts[_i].bytes, layouts[_i].len),
               in = bytes;
    bool taken = lede_front_take(&front, &in, layouts[_i].n);

    if (layouts[_i].text) {
        ck_assert_msg(taken && lede_front_next(&front), "%s", layouts[_i].what);
        ck_assert_uint_eq(front.len, strlen(layouts[_i].text));
        ck_assert_mem_eq(front.text, layouts[_i].text, front.len);
    } else if (taken) {
        while (lede_front_next(&front))
            ;
        ck_assert_msg(front.broken, "%s", layouts[_i].what);
    }
    exact_free(bytes);
}
END_TEST

/* Reads damaged bytes in both ways; how often what is read does not rise. */
static uint32_t read_damaged(lede_bytes bytes)
{
    static uint8_t last[LEDE_FRONT_LEN_MAX];
    uint32_t wrong = 0, len = 0;
    lede_bytes in = bytes;
    bool equal;

    if (!lede_front_take(&front, &in, count))
        return 0;
    while (lede_front_next(&front)) {
        wrong += front.at > 1 &&
                 lede_bytes_compare(lede_bytes_of(last, len),
                                    lede_bytes_of(front.text, front.len)) >= 0;
        len = front.len;
        memcpy(last, front.text, len);
    }
    wrong += !front.broken && front.at != count;
    for (uint32_t i = 0; i < count; i += 7)
        (void)lede_front_jump(&front, i);
    in = bytes;
    if (lede_front_take(&front, &in, count))
        (void)lede_front_seek(&front, texts[count - 1], &equal);
    return wrong;
}

/* Whatever bytes say, nothing passes their end, and what is given back rises. */
START_TEST(damage_is_found_or_reads_as_other_texts)
{
    chance c = chance_from("front", 3);
    uint32_t wrong = 0;

    for (int round = 0; round < 40; round++) {
        lede_bytes bytes;

        draw_texts(&c, 1 + chance_below(&c, LEDE_FRONT_MAX));
        bytes = write_texts();
        for (size_t bit = 0; bit < 8 * bytes.len && bit < 2000; bit++) {
            uint8_t *at;

            memcpy(&at, &bytes.at, sizeof at);
            at[bit / 8] ^= (uint8_t)(1U << bit % 8);
            wrong += read_damaged(bytes);
            at[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
        exact_free(bytes);
    }
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, texts_are_read_as_they_were_written);
    tcase_add_loop_test(tcase, every_byte_is_kept_in_every_coding, 0, 3);
    tcase_add_test(tcase, a_seek_stops_where_a_walk_would);
    tcase_add_loop_test(tcase, bytes_are_read_as_the_grammar_says, 0,
                        sizeof layouts / sizeof *layouts);
    tcase_add_test(tcase, damage_is_found_or_reads_as_other_texts);
}

int main(void)
{
    return test_suite_run("front", add_tests);
}
