#include "support/shared.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support/suite.h"

void *shared_new(size_t size)
{
    FILE *file = tmpfile();
    void *at;

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(ftruncate(fileno(file), (off_t)size), 0);
    at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
    ck_assert_ptr_ne(at, MAP_FAILED);
    (void)fclose(file);
    return at;
}

void shared_free(void *at, size_t size)
{
    (void)munmap(at, size);
}
