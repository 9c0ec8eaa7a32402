/* SPDX-License-Identifier: MIT */
/* Addresses that linker.ld gives names to. */
#ifndef RETARGET_KERNEL_IMAGE_H
#define RETARGET_KERNEL_IMAGE_H

#define KERNEL_OFFSET 0xffffffff80000000ULL

extern char _image_start[], _image_end[];
extern char _text_start[], _text_end[];
extern char _rodata_start[], _rodata_end[];
extern char _data_start[], _data_end[];

#endif
