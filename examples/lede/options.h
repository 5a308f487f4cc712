/*
 * options.h - the words after the command.
 *
 * The first word is INDEX. After it only what the command documents is an
 * option: `search news iraq -syria -n 3` asks for "iraq -syria". `--` makes
 * words of all that follow.
 */
#ifndef TOOL_OPTIONS_H
#define TOOL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lede/writer.h>

/* Which options a command has. All have --color and --help. */
enum option {
    OPTION_LIMIT = 1,     /* -n K */
    OPTION_OFFSET = 2,    /* --offset N */
    OPTION_SORT = 4,      /* --sort [-]FIELD */
    OPTION_COUNT = 8,     /* --count */
    OPTION_JSON = 16,     /* --json */
    OPTION_FIELD = 32,    /* --field NAME */
    OPTION_COMPLETE = 64, /* --complete */
    OPTION_WRITING = 128  /* --threads --memory --durability --no-store */
};

struct options {
    const char *index; /* NULL for a command that takes none */
    char **words;      /* the others, in order; in the array of main */
    size_t word_count;
    uint32_t limit; /* 0: the default of the command */
    uint32_t offset;
    const char *sort;
    const char *field;
    bool count;
    bool json;
    bool complete;
    lede_durability durability;
    uint32_t threads; /* 0: the library's default */
    uint64_t memory_bytes;
    bool no_store;
    bool help;
    bool color; /* on standard output */
};

/* Reads argv. False when a word cannot be what it must be; that was told. */
bool options_read(struct options *options, unsigned allowed, bool has_index,
                  int argc, char **argv);

#endif
