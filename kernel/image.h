/* SPDX-License-Identifier: MIT */
/* Addresses that linker.ld gives names to, and the image as it was linked. */
#ifndef RETARGET_KERNEL_IMAGE_H
#define RETARGET_KERNEL_IMAGE_H

#define KERNEL_OFFSET 0xffffffff80000000ULL

extern char _image_start[], _image_end[];
extern char _text_start[], _text_end[];
extern char _rodata_start[], _rodata_end[];
extern char _data_start[], _data_end[];
extern char _bss_start[]; /* in the data: from here on it begins as zero */

/*
 * Keeps a copy of the initialised data: first of all, before anything is written to it. Then
 * image_copy() makes another image, of as many bytes as this one, that has not run yet.
 */
void image_keep_data(void);
void image_copy(void *to);

#endif
