/* SPDX-License-Identifier: MIT */
/* How a run leaves the machine. */
#ifndef RETARGET_KERNEL_POWER_H
#define RETARGET_KERNEL_POWER_H

#include "kernel/options.h"

/* What the process status of QEMU tells, as 2 * value + 1, with isa-debug-exit at port 0xf4. */
enum verdict {
	VERDICT_PASSED = 0,
	VERDICT_FAILED = 1,
	VERDICT_ERROR = 2,
};

/*
 * Does what `after` says. OPTIONS_AFTER_EXIT writes the verdict to port 0xf4 and halts where that
 * port ends nothing.
 */
_Noreturn void power_leave(enum options_after after, enum verdict verdict);

#endif
