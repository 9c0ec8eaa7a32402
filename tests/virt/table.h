/* SPDX-License-Identifier: MIT */
/* What the arms of guests cost and lost, in lines of the result text and in a table at the end. */
#ifndef RETARGET_TESTS_VIRT_TABLE_H
#define RETARGET_TESTS_VIRT_TABLE_H

#include "kernel/irq/source.h"
#include "tests/virt/arm.h"
#include "tests/virt/costs.h"

/* One stretch: what each of `count` such steps cost. */
struct virt_stretch {
	uint64_t count; /* 0: there was no such */
	struct costs costs;
};

struct virt_row {
	const struct virt_arm *arm;
	const struct source *source;
	struct virt_stretch set_up, move, mask, message;
	uint64_t fired, lost;
};

/* Takes note of a row, and prints its lines "# guest ...". */
void virt_table_add(const struct virt_row *row);

/* What a host did that had not what the guest asked for; `cause` is "vectors" or "entries". */
struct virt_shortage {
	const struct virt_arm *arm;
	const struct source *source;
	const char *cause;
	int error;       /* that the guest learnt of; 0: none */
	uint64_t silent; /* steps that the host could not do, and the guest not know of */
	uint64_t fired, lost;
};

void virt_table_add_shortage(const struct virt_shortage *shortage);

/* All that were added, if any. */
void virt_table_print(void);

#endif
