/* SPDX-License-Identifier: MIT */
/*
 * A measured arm in a guest: tests/arm.h's, with a device that is the guest's. vCPU 0 fires while
 * vCPU 1 moves the irq between the two; the guest's ledger has the outcomes, the host's books what
 * it posted, and marks (tests/virt/costs.h) what each stretch cost.
 *
 * Which arms there are is data, tests/virt/arms.c:
 *
 *     hypercall      the guest writes the message store, once; a move is the one call
 *     trap           the host traps what the guest writes there
 *     message-call   the guest writes the mask bit, and calls the host in place of the message
 */
#ifndef RETARGET_TESTS_VIRT_ARM_H
#define RETARGET_TESTS_VIRT_ARM_H

#include <stdbool.h>

#include "kernel/irq/ledger.h"
#include "kernel/virt/guest.h"

enum virt_way { VIRT_HYPERCALL, VIRT_TRAP, VIRT_MESSAGE_CALL };

struct virt_arm {
	enum virt_way way;
	const char *kind;     /* of the device's stores */
	const char *protocol; /* the guest's */
	bool lossless;        /* and has to be */
};

/* "hypercall", ... */
const char *virt_way_name(enum virt_way way);

/* arguments */
enum { VIRT_ARM }; /* the struct virt_arm */

/* results */
enum {
	VIRT_ALLOC_ERROR, /* that irq_alloc() or irq_request() returned */
	VIRT_MOVE_ERROR,  /* that ended the mover */
	VIRT_MOVES,       /* while it fired */
	VIRT_FIRED,       /* while it moved */
	VIRT_OUTCOMES,    /* the first of them */
	VIRT_LATE = VIRT_OUTCOMES + OUTCOMES,
	VIRT_DUPLICATE,
	VIRT_ALL_FIRED,   /* also while it did not move */
	VIRT_ALL_MISSING, /* of these, and blocked */
	VIRT_UNEXPECTED,  /* messages on vectors that no irq of the guest's has */
	VIRT_REFUSED,     /* message-call: errors that nobody learnt of */
	VIRT_QUIET,       /* how often each of the quiet stretches does it */
	VIRT_MASKS,       /* pairs of mask and unmask */
};

/* marks: where the stretch ends */
enum {
	VIRT_BEGIN,
	VIRT_SET_UP, /* irq_alloc() and irq_request() */
	VIRT_MOVED,  /* VIRT_QUIET moves, nothing fired */
	VIRT_MASKED, /* VIRT_MASKS times masked and unmasked */
	VIRT_SENT,   /* VIRT_QUIET messages, nothing moved */
	VIRT_RUN,    /* the option's messages, while it moves */
	VIRT_END,    /* irq_release() and irq_free() */
};

/*
 * The guest: the arm's source, not open, and remapping as the arm has it; once. And how many of the
 * source's calls the host refused, of which no irq has learnt.
 */
struct source *virt_arm_source(struct guest_shared *shared, const struct virt_arm *arm);
uint64_t virt_arm_refused(const struct virt_arm *arm, const struct source *source);

/* The guest: messages on vectors that no irq has, the shutdown vector among them. */
uint64_t virt_arm_unexpected(void);

/* The guest's task. */
extern const struct guest_task virt_arm_task;

#endif
