/* SPDX-License-Identifier: MIT */
/* QEMU's firmware configuration device, as far as options need it. Where there is none: nothing. */
#ifndef RETARGET_KERNEL_FW_CFG_H
#define RETARGET_KERNEL_FW_CFG_H

#include <stddef.h>

/*
 * The content of file `name` as a string into `buffer`. Returns its length, -ENOENT when there is
 * no such file or no such device (`buffer` is then ""), -E2BIG when it does not fit.
 */
int fw_cfg_read_string(const char *name, char *buffer, size_t size);

#endif
