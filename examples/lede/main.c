/*
 * main.c - lede, the tool: full-text search of articles from a shell.
 *
 * It uses the public API only, so it is also the largest example of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "interrupt.h"
#include "output.h"
#include "store.h"

struct command {
    const char *name;
    enum outcome (*run)(const struct options *options);
    unsigned options;
    bool has_index;
    size_t words_min;
    size_t words_max;
    const char *usage; /* after the name */
    const char *about;
    const char *details;
};

#define ANY SIZE_MAX

static const struct command commands[] = {
    { "index", command_index, OPTION_WRITING, true, 0, ANY,
      "INDEX [FILE|DIR|-]... [--threads N] [--memory SIZE]\n"
      "              [--durability full|ordered|none] [--no-store]",
      "put articles in, as one commit",
      "  .jsonl .ndjson  an object a line; members key or id, title, body,\n"
      "                  author, date, url, source, section, tags, lang\n"
      "  .json           an object, or an array of them\n"
      "  .txt .md .html  an article each; its key is the path\n"
      "  -               lines of JSON from standard input; also without FILE\n"
      "  --threads N     that index and merge; one a core if not said\n"
      "  --memory SIZE   limit of the writer, as 512M; 128M if not said\n"
      "  --durability    full: the commit is on disk when this ends;\n"
      "                  ordered: it may be lost to a power failure, the one\n"
      "                  before may not; none: nothing is synced\n"
      "  --no-store      a new index keeps no text: smaller, without snippets\n"
      "A bad line is told and skipped. The index is made if there is none.\n"
      "Interrupted or failed, it commits nothing.\n" },
    { "search", command_search,
      OPTION_LIMIT | OPTION_OFFSET | OPTION_SORT | OPTION_COUNT | OPTION_JSON,
      true, 1, ANY,
      "INDEX QUERY... [-n K] [--offset N] [--sort [-]FIELD] [--count]\n"
      "              [--json]",
      "find articles, best first",
      "  -n K            at most K articles; 10 if not said\n"
      "  --offset N      pass over the first N\n"
      "  --sort FIELD    smallest first; -FIELD largest first\n"
      "  --count         only how many match\n"
      "  --json          an object a line; matches stand in <mark>\n"
      "Queries: iraq -syria +must \"maximum pressure\" (a OR b) AND c\n"
      "  author:mansour title:embassy^3 date:2020-01..2021-01\n"
      "  suleim* w?rd soleimany~ NEAR/5(iraq troops)\n"
      "Other words that begin with - belong to the query; -- ends options.\n" },
    { "similar", command_similar, OPTION_LIMIT | OPTION_OFFSET | OPTION_JSON,
      true, 1, 1, "INDEX KEY [-n K] [--offset N] [--json]",
      "find articles like this one", "" },
    { "show", command_show, OPTION_JSON, true, 1, 1, "INDEX KEY [--json]",
      "print an article as it was put", "" },
    { "delete", command_delete, 0, true, 1, ANY, "INDEX KEY...",
      "take articles out", "" },
    { "stats", command_stats, OPTION_JSON, true, 0, 0, "INDEX [--json]",
      "count articles, words and bytes",
      "text bytes are those of the indexed text; index bytes are all files,\n"
      "of which the sections are the parts.\n" },
    { "check", command_check, 0, true, 0, 0, "INDEX",
      "verify every byte of an index",
      "Tells file, section and byte of what is damaged. Writers may go on.\n" },
    { "recover", command_recover, 0, true, 0, 0, "INDEX",
      "keep what is whole of a damaged index",
      "Tells each loss, by key where it can: put these again. Damaged files\n"
      "are kept as NAME.damaged. A sound index is left as it is.\n" },
    { "backup", command_backup, 0, true, 1, 1, "INDEX DIR",
      "copy an index while writers go on",
      "DIR is an index too. Done again, only what is new is copied, and DIR "
      "is\n"
      "at any time the old backup or the new one.\n" },
    { "terms", command_terms, OPTION_LIMIT | OPTION_FIELD | OPTION_JSON, true,
      0, 1, "INDEX [PREFIX] [-n K] [--field NAME] [--json]",
      "list the words that an index holds",
      "Prints the word, in how many articles it is, and how often in all.\n" },
    { "analyze", command_analyze, OPTION_JSON, false, 0, ANY,
      "[TEXT|-] [--json]", "show how a text becomes words",
      "Prints position, positions covered, bytes in the text, and the "
      "word.\n" },
    { "suggest", command_suggest,
      OPTION_LIMIT | OPTION_FIELD | OPTION_COMPLETE | OPTION_JSON, true, 1, ANY,
      "INDEX WORD... [-n K] [--field NAME] [--complete] [--json]",
      "what a misspelt word may have been",
      "  --complete      how the last word may go on, instead\n" },
};

#define COMMANDS (sizeof commands / sizeof *commands)

static void print_help(void)
{
    puts("lede finds articles.\n\nusage: lede COMMAND ...\n");
    for (size_t i = 0; i < COMMANDS; i++)
        printf("  %-9s %s\n", commands[i].name, commands[i].about);
    puts("\nlede COMMAND --help tells more. --color[=always|auto|never] is for "
         "every command;\nNO_COLOR turns colours off.\n"
         "INDEX is a path, or an address: xapian:DIR, xapian+tcp://HOST:PORT,\n"
         "shards:FILE.\n"
         "Exit status: 0 found, 1 nothing found, 2 error.");
}

static void print_command_help(const struct command *command)
{
    printf("usage: lede %s %s\n\n%s\n", command->name, command->usage,
           command->about);
    if (*command->details)
        printf("\n%s", command->details);
}

static void print_version(void)
{
    const char *unicode = lede_feature("unicode");

    printf("lede %s, Unicode %s\n", lede_version(), unicode ? unicode : "?");
    puts(store_engine() ? "with the Xapian engine: GNU GPL, version 2 or later"
                        : "MIT License");
}

static enum outcome run(const struct command *command, int argc, char **argv)
{
    struct options options;

    if (!options_read(&options, command->options, command->has_index, argc,
                      argv))
        return FAILED;
    if (options.help) {
        print_command_help(command);
        return FOUND;
    }
    if ((command->has_index && !options.index) ||
        options.word_count < command->words_min ||
        options.word_count > command->words_max) {
        fprintf(stderr, "usage: lede %s %s\n", command->name, command->usage);
        return FAILED;
    }
    if (interrupt_watch() != LEDE_OK)
        return message("start", NULL, "out of memory");
    return command->run(&options);
}

static enum outcome dispatch(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";

    if (strcmp(word, "--help") == 0 || strcmp(word, "help") == 0) {
        print_help();
        return FOUND;
    }
    if (strcmp(word, "--version") == 0) {
        print_version();
        return FOUND;
    }
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(word, commands[i].name) == 0)
            return run(&commands[i], argc - 2, argv + 2);
    if (!*word) {
        fputs("usage: lede COMMAND ...; lede --help tells more\n", stderr);
        return FAILED;
    }
    return message("command", word, "no such command; see lede --help");
}

int main(int argc, char **argv)
{
    enum outcome outcome = dispatch(argc, argv);

    if (!output_finish() && outcome != FAILED)
        outcome = FAILED;
    interrupt_die();
    lede_cancel_free(interrupt_cancel());
    return (int)outcome;
}
