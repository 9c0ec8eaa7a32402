/* SPDX-License-Identifier: MIT */
/*
 * The head of the report: which kernel ran on which machine. Lines "# head key=value ..."; a value
 * with blanks in it stands in double quotes, what cannot be known here is "unknown". What drivers
 * know of the machine they print themselves, in lines of the same form.
 */
#ifndef RETARGET_KERNEL_HEAD_H
#define RETARGET_KERNEL_HEAD_H

#include "boot/boot_info.h"
#include "kernel/options.h"

/* The first line of a run, whatever comes after it: on the first console that there is. */
void head_print_version(void);

/* When it began, by the machine's own clock, and what it was asked for. */
void head_print_run(const struct options *options);

/* CPU, firmware, memory. After trap_load(), efi_init(). */
void head_print_machine(const struct boot_info *boot);

#endif
