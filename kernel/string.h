/* SPDX-License-Identifier: MIT */
/* The four functions a compiler may call by itself, and the few of <string.h> used here. */
#ifndef RETARGET_KERNEL_STRING_H
#define RETARGET_KERNEL_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t size);

#endif
