/* SPDX-License-Identifier: MIT */
/* The result text is kept by the UEFI firmware until the next boot (boot/result_variable.h). */
#ifndef RETARGET_KERNEL_RESULT_VARIABLE_H
#define RETARGET_KERNEL_RESULT_VARIABLE_H

#include "boot/boot_info.h"

/*
 * Keeps the text as it is now, in place of what was kept before; a line says so, or why not.
 * Nothing happens on a machine without UEFI. For the end of a run.
 */
void result_variable_keep(const struct boot_info *boot);

#endif
