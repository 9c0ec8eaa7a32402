/* SPDX-License-Identifier: MIT */
/* What firmware may have left ticking: the 8259s, the 8254 and the HPET are silenced. */
#ifndef RETARGET_KERNEL_CPU_LEGACY_H
#define RETARGET_KERNEL_CPU_LEGACY_H

void legacy_quiet(void);

#endif
