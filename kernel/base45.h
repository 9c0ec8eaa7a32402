/* SPDX-License-Identifier: MIT */
/*
 * Bytes in the characters that a QR code holds in its alphanumeric mode (RFC 9285, The Base45 Data
 * Encoding): 3 % more than in its byte mode, and text for any reader, which may show, copy or mail
 * it. Pure.
 */
#ifndef RETARGET_KERNEL_BASE45_H
#define RETARGET_KERNEL_BASE45_H

#include <stddef.h>
#include <stdint.h>

/* How many characters so many bytes become, without a NUL. */
#define BASE45_LENGTH(size) ((size) / 2 * 3 + (size) % 2 * 2)

/* Writes them and a NUL to `text`. */
void base45_encode(const uint8_t *bytes, size_t size, char *text);

#endif
