/* SPDX-License-Identifier: MIT */
/*
 * Gathers the options for the kernel (kernel/options.h explains them) from what a UEFI machine has:
 * a text file beside the kernel, and the load options of a boot entry, of the UEFI Shell or of a
 * chain-loading boot manager. Pure code. Later words win, so the file comes first.
 *
 * Each function appends to `options`, a text of at most BOOT_OPTIONS_SIZE bytes, and returns 0,
 * -EINVAL when the source is not plain ASCII text, or -E2BIG when it does not fit; `options` is
 * then as before.
 */
#ifndef RETARGET_BOOT_UEFI_OPTIONS_H
#define RETARGET_BOOT_UEFI_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

/* A file: lines count as blanks, and from # to the end of a line is comment. */
int options_add_file(char *options, const char *text, size_t size);

/*
 * Load options in UCS-2. The UEFI Shell puts the program's own name first: a first word that names
 * a file of the type .efi is no option.
 */
int options_add_load_options(char *options, const uint16_t *text, size_t count);

#endif
