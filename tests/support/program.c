#define _XOPEN_SOURCE 700 /* nftw */

#include "support/program.h"

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGUMENTS_MAX 32
#define PATHS_MAX     1024

static struct program last;
static const char *above = "/tmp";
static char folder[64];
static char *paths[PATHS_MAX];
static size_t path_count;

const char *scratch(const char *name)
{
    size_t size;
    char *path;

    if (!folder[0]) {
        snprintf(folder, sizeof folder, "%s/lede-test-XXXXXX", above);
        ck_assert_ptr_nonnull(mkdtemp(folder));
    }
    size = strlen(folder) + strlen(name) + 2;
    path = malloc(size);
    ck_assert_ptr_nonnull(path);
    ck_assert_uint_lt(path_count, PATHS_MAX);
    paths[path_count++] = path;
    snprintf(path, size, "%s/%s", folder, name);
    return path;
}

const char *scratch_write(const char *name, const char *bytes, size_t len)
{
    const char *path = scratch(name);
    char parent[256];
    FILE *out;

    for (const char *slash = path + strlen(folder) + 1;
         (slash = strchr(slash, '/')); slash++) {
        snprintf(parent, sizeof parent, "%.*s", (int)(slash - path), path);
        mkdir(parent, 0777);
    }
    out = fopen(path, "wb");
    ck_assert_ptr_nonnull(out);
    ck_assert_uint_eq(fwrite(bytes, 1, len, out), len);
    ck_assert_int_eq(fclose(out), 0);
    return path;
}

static int remove_entry(const char *path, const struct stat *found, int type,
                        struct FTW *walk)
{
    (void)found;
    (void)type;
    (void)walk;
    return remove(path);
}

void scratch_remove(void)
{
    if (folder[0])
        nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    folder[0] = '\0';
    while (path_count > 0)
        free(paths[--path_count]);
    free(last.out);
    free(last.err);
    last = (struct program){ 0 };
}

void scratch_in_memory(void)
{
    if (access("/dev/shm", W_OK | X_OK) == 0)
        above = "/dev/shm";
}

static char *read_all(const char *path)
{
    FILE *in = fopen(path, "rb");
    size_t len = 0, size = 65536;
    char *text = malloc(size);

    ck_assert_ptr_nonnull(in);
    ck_assert_ptr_nonnull(text);
    while (!feof(in)) {
        if (len + 1 == size) {
            size *= 2;
            text = realloc(text, size);
            ck_assert_ptr_nonnull(text);
        }
        len += fread(text + len, 1, size - len - 1, in);
        ck_assert_int_eq(ferror(in), 0);
    }
    text[len] = '\0';
    fclose(in);
    return text;
}

static void redirect(int to, const char *path, int flags)
{
    int fd = open(path, flags, 0666);

    if (fd < 0 || dup2(fd, to) < 0)
        _exit(126);
    close(fd);
}

static pid_t start(int input, const char *input_path, va_list args)
{
    const char *out = scratch("out"), *err = scratch("err");
    char *argv[ARGUMENTS_MAX];
    size_t count = 0;
    pid_t pid;

    while ((argv[count] = va_arg(args, char *)))
        ck_assert_uint_lt(++count, ARGUMENTS_MAX);
    fflush(NULL);
    pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid > 0)
        return pid;
    if (input_path)
        redirect(STDIN_FILENO, input_path, O_RDONLY);
    else if (dup2(input, STDIN_FILENO) < 0)
        _exit(126);
    redirect(STDOUT_FILENO, out, O_WRONLY | O_CREAT | O_TRUNC);
    redirect(STDERR_FILENO, err, O_WRONLY | O_CREAT | O_TRUNC);
    execv(argv[0], argv);
    _exit(127);
}

const struct program *program_wait(pid_t pid, int input)
{
    int status;

    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    if (input >= 0)
        close(input);
    free(last.out);
    free(last.err);
    last.status =
        WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    last.out = read_all(scratch("out"));
    last.err = read_all(scratch("err"));
    return &last;
}

const struct program *program_run(const char *input, ...)
{
    const char *path =
        input ? scratch_write("in", input, strlen(input)) : "/dev/null";
    va_list args;
    pid_t pid;

    va_start(args, input);
    pid = start(-1, path, args);
    va_end(args);
    return program_wait(pid, -1);
}

pid_t program_start(int *input, ...)
{
    int ends[2];
    va_list args;
    pid_t pid;

    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(fcntl(ends[1], F_SETFD, FD_CLOEXEC), 0);
    va_start(args, input);
    pid = start(ends[0], NULL, args);
    va_end(args);
    close(ends[0]);
    *input = ends[1];
    return pid;
}
