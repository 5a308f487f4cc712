/*
 * base/crc32c.h - the checksum of chunks: CRC-32C (Castagnoli), as in iSCSI.
 *
 *     crc = lede_crc32c(0, bytes, len);      lede_crc32c(crc, more, n) goes on
 *
 * By the processor's instruction where it has one, else by tables; the same
 * number either way.
 */
#ifndef LEDE_BASE_CRC32C_H
#define LEDE_BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

uint32_t lede_crc32c(uint32_t crc, const void *bytes, size_t len);

/* By tables alone; its twin in tests. */
uint32_t lede_crc32c_plain(uint32_t crc, const void *bytes, size_t len);

#endif
