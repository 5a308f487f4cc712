#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "message.h"

enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* What a word did. */
enum reading { IS_WORD, IS_OPTION, IS_WRONG };

struct reader {
    struct options *options;
    unsigned allowed;
    enum color color;
    int argc;
    char **argv;
    int at;
};

static bool read_number(uint32_t *out, const char *name, const char *text)
{
    char *end;
    unsigned long number;

    errno = 0;
    number = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || number > UINT32_MAX) {
        message("options", name, "%s is not a number", text);
        return false;
    }
    *out = (uint32_t)number;
    return true;
}

/* Bytes, with K, M or G for 1024 and its powers. */
static bool read_size(uint64_t *out, const char *name, const char *text)
{
    static const char units[] = "KMG";
    const char *unit;
    char *end;
    unsigned long long number;
    unsigned shift = 0;

    errno = 0;
    number = strtoull(text, &end, 10);
    unit = *end ? strchr(units, *end) : NULL;
    if (unit) {
        shift = 10 * (unsigned)(unit - units + 1);
        end++;
    }
    if (*text < '0' || *text > '9' || *end || errno ||
        number > UINT64_MAX >> shift) {
        message("options", name, "%s is not a size, as 512M is", text);
        return false;
    }
    *out = (uint64_t)number << shift;
    return true;
}

static bool read_durability(lede_durability *out, const char *name,
                            const char *text)
{
    static const struct {
        const char *name;
        lede_durability durability;
    } known[] = {
        { "full", LEDE_DURABLE },
        { "ordered", LEDE_ORDERED },
        { "none", LEDE_NOT_DURABLE },
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(text, known[i].name) == 0) {
            *out = known[i].durability;
            return true;
        }
    message("options", name, "%s is none of full, ordered, none", text);
    return false;
}

static bool read_limit(uint32_t *out, const char *name, const char *text)
{
    if (!read_number(out, name, text))
        return false;
    if (*out > 0)
        return true;
    message("options", name, "0 is none; --count tells how many there are");
    return false;
}

/* The value of an option is the word after it. */
static enum reading read_value(struct reader *reader, const char *name)
{
    struct options *options = reader->options;
    const char *value;
    bool good = true;

    if (reader->at + 1 >= reader->argc) {
        message("options", name, "needs a value");
        return IS_WRONG;
    }
    value = reader->argv[++reader->at];
    if (strcmp(name, "--sort") == 0)
        options->sort = value;
    else if (strcmp(name, "--field") == 0)
        options->field = value;
    else if (strcmp(name, "--memory") == 0)
        good = read_size(&options->memory_bytes, name, value);
    else if (strcmp(name, "--durability") == 0)
        good = read_durability(&options->durability, name, value);
    else if (strcmp(name, "--threads") == 0)
        good = read_number(&options->threads, name, value);
    else if (strcmp(name, "--offset") == 0)
        good = read_number(&options->offset, name, value);
    else
        good = read_limit(&options->limit, name, value);
    return good ? IS_OPTION : IS_WRONG;
}

static enum reading read_color(struct reader *reader, const char *word)
{
    const char *when = word + strlen("--color");

    if (*when == '\0' || strcmp(when, "=always") == 0)
        reader->color = COLOR_ALWAYS;
    else if (strcmp(when, "=auto") == 0)
        reader->color = COLOR_AUTO;
    else if (strcmp(when, "=never") == 0)
        reader->color = COLOR_NEVER;
    else
        return IS_WORD;
    return IS_OPTION;
}

static enum reading read_word(struct reader *reader, const char *word)
{
    static const struct {
        const char *name;
        unsigned option;
        bool valued;
    } known[] = {
        { "-n", OPTION_LIMIT, true },
        { "--offset", OPTION_OFFSET, true },
        { "--sort", OPTION_SORT, true },
        { "--field", OPTION_FIELD, true },
        { "--count", OPTION_COUNT, false },
        { "--json", OPTION_JSON, false },
        { "--complete", OPTION_COMPLETE, false },
        { "--threads", OPTION_WRITING, true },
        { "--memory", OPTION_WRITING, true },
        { "--durability", OPTION_WRITING, true },
        { "--no-store", OPTION_WRITING, false },
    };

    if (strcmp(word, "--help") == 0) {
        reader->options->help = true;
        return IS_OPTION;
    }
    if (strncmp(word, "--color", strlen("--color")) == 0)
        return read_color(reader, word);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (!(reader->allowed & known[i].option) ||
            strcmp(word, known[i].name) != 0)
            continue;
        if (known[i].valued)
            return read_value(reader, word);
        reader->options->count |= known[i].option == OPTION_COUNT;
        reader->options->json |= known[i].option == OPTION_JSON;
        reader->options->complete |= known[i].option == OPTION_COMPLETE;
        reader->options->no_store |= known[i].option == OPTION_WRITING;
        return IS_OPTION;
    }
    return IS_WORD;
}

static void keep_word(struct options *options, bool has_index, char *word)
{
    if (has_index && !options->index)
        options->index = word;
    else
        options->words[options->word_count++] = word;
}

/* Colours where a person looks, unless NO_COLOR says otherwise. */
static bool has_color(enum color color)
{
    const char *no_color = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");

    if (color != COLOR_AUTO)
        return color == COLOR_ALWAYS;
    if ((no_color && *no_color) || (terminal && !strcmp(terminal, "dumb")))
        return false;
    return isatty(STDOUT_FILENO) != 0;
}

bool options_read(struct options *options, unsigned allowed, bool has_index,
                  int argc, char **argv)
{
    struct reader reader = { options, allowed, COLOR_AUTO, argc, argv, 0 };
    bool only_words = false;

    *options = (struct options){ .words = argv };
    for (; reader.at < argc; reader.at++) {
        char *word = argv[reader.at];
        enum reading reading = IS_WORD;

        if (!only_words && word[0] == '-' && word[1]) {
            only_words = strcmp(word, "--") == 0;
            reading = only_words ? IS_OPTION : read_word(&reader, word);
            if (reading == IS_WORD && has_index && !options->index) {
                message("options", word, "no such option");
                reading = IS_WRONG;
            }
        }
        if (reading == IS_WRONG)
            return false;
        if (reading == IS_WORD)
            keep_word(options, has_index, word);
    }
    options->color = has_color(reader.color);
    return true;
}
