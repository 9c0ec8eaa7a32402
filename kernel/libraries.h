/* SPDX-License-Identifier: MIT */
/*
 * Calls into Debian's zlib and libqrcodegen, which are built for programs: they use SSE registers
 * and the red zone, and look for the stack protector's value at %fs:28h. The rest of the kernel
 * does none of that, so that nothing has to be saved; but an interrupt would overwrite the red
 * zone.
 *
 * A call stands between libraries_begin() and libraries_end(), on one CPU at a time.
 */
#ifndef RETARGET_KERNEL_LIBRARIES_H
#define RETARGET_KERNEL_LIBRARIES_H

#include <stdint.h>

/* Interrupts off, and all that the libraries need; returns the flags for libraries_end(). */
uint64_t libraries_begin(void);
void libraries_end(uint64_t flags);

/* Intel SDM vol. 3, 14.1 "Providing Operating System Support for SSE Extensions": for good. */
void sse_enable(void);

#endif
