/*
 * io/file.h - reads a small file whole.
 *
 *     lede_buffer_init(&text, alloc);
 *     status = lede_file_read(&text, path, 1 << 20, err);
 *     lede_buffer_fini(&text);
 */
#ifndef LEDE_IO_FILE_H
#define LEDE_IO_FILE_H

#include "base/buffer.h"

/*
 * Appends the bytes of the file at a terminated path; on failure the buffer is
 * as long as before.
 *
 * Returns LEDE_ERR_NOT_FOUND if nothing is there, LEDE_ERR_LIMIT for a file of
 * more than `most` bytes, LEDE_ERR_IO for what cannot be read or is no regular
 * file, LEDE_ERR_NOMEM.
 */
lede_status lede_file_read(lede_buffer *out, const char *path, size_t most,
                           lede_error *err);

#endif
