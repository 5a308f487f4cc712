/*
 * fuzz/replay.c - a fuzz target as a test, without libFuzzer.
 *
 *     fuzz_parse [FILE|DIR]...
 *
 * Runs the target on nothing, on every file, on each cut short, and on changed
 * copies of them; the changes are the same in every run.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MUTATIONS   64
#define INPUT_MAX   (1u << 20)
#define PATH_LENGTH 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t seed = 0x9e3779b97f4a7c15;
static unsigned inputs;
static unsigned runs;

static uint64_t pick(uint64_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % below;
}

/* An exact-size copy, so that a sanitizer sees one byte too many. */
static void run(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = calloc(len ? len : 1, 1);

    if (!copy)
        abort();
    memcpy(copy, bytes, len);
    LLVMFuzzerTestOneInput(copy, len);
    free(copy);
    runs++;
}

static size_t change(uint8_t *bytes, size_t len)
{
    size_t at = (size_t)pick(len);
    size_t from = (size_t)pick(len);
    size_t room = len - (at > from ? at : from);

    switch (pick(5)) {
    case 0:
        bytes[at] ^= (uint8_t)(1u << pick(8));
        return len;
    case 1:
        bytes[at] = (uint8_t)pick(256);
        return len;
    case 2: /* take a byte out */
        memmove(bytes + at, bytes + at + 1, len - at - 1);
        return len - 1;
    case 3: /* copy a piece over another */
        memmove(bytes + at, bytes + from, (size_t)pick(room + 1));
        return len;
    default:
        return at;
    }
}

static void run_changed(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len);

    if (!copy)
        abort();
    for (int i = 0; i < MUTATIONS && len > 0; i++) {
        size_t copy_len = len;
        uint64_t changes = 1 + pick(4);

        memcpy(copy, bytes, len);
        while (changes-- > 0 && copy_len > 1)
            copy_len = change(copy, copy_len);
        run(copy, copy_len);
    }
    free(copy);
}

static void run_file(const char *path)
{
    uint8_t *bytes = malloc(INPUT_MAX);
    FILE *in = fopen(path, "rb");
    size_t len;

    if (!in || !bytes) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    len = fread(bytes, 1, INPUT_MAX, in);
    fclose(in);
    inputs++;
    run(bytes, len);
    if (len > 0)
        run_changed(bytes, len);
    free(bytes);
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void run_path(const char *path)
{
    char inner[PATH_LENGTH];
    struct dirent **entries;
    int count = scandir(path, &entries, is_visible, alphasort);

    if (count < 0) {
        run_file(path);
        return;
    }
    for (int i = 0; i < count; i++) {
        if (snprintf(inner, sizeof inner, "%s/%s", path, entries[i]->d_name) <
            (int)sizeof inner)
            run_file(inner);
        free(entries[i]);
    }
    free(entries);
}

int main(int argc, char **argv)
{
    run((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++)
        run_path(argv[i]);
    printf("%u inputs, %u runs\n", inputs, runs);
    return EXIT_SUCCESS;
}
