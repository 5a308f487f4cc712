/*
 * command.h - what `lede COMMAND` does. Each returns how the program ends.
 */
#ifndef TOOL_COMMAND_H
#define TOOL_COMMAND_H

#include "message.h"
#include "options.h"

enum outcome command_index(const struct options *options);
enum outcome command_search(const struct options *options);
enum outcome command_similar(const struct options *options);
enum outcome command_show(const struct options *options);
enum outcome command_delete(const struct options *options);
enum outcome command_stats(const struct options *options);
enum outcome command_check(const struct options *options);
enum outcome command_recover(const struct options *options);
enum outcome command_backup(const struct options *options);
enum outcome command_terms(const struct options *options);
enum outcome command_analyze(const struct options *options);
enum outcome command_suggest(const struct options *options);

#endif
