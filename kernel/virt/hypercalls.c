// SPDX-License-Identifier: MIT
#include "kernel/virt/hypercalls.h"

#include <asm-generic/errno.h>

#include "kernel/print.h"
#include "kernel/virt/backing.h"
#include "kernel/virt/guest.h"
#include "kernel/virt/route.h"

/* The guest's own lines are comments already, as the host's are. */
static void print_line(struct vcpu *vcpu)
{
	const char *text = vcpu->line;

	vcpu->line[vcpu->line_length] = '\0';
	if (text[0] == '#' && text[1] == ' ')
		text += 2;
	if (vcpu->line_length)
		print("# guest: %s\n", text);
	vcpu->line_length = 0;
}

static int64_t print_text(struct vcpu *vcpu, uint64_t address, uint64_t length, uint64_t unused)
{
	const char *text = guest_pointer(vcpu->guest, address, length);

	(void)unused;
	if (!text)
		return -EFAULT;
	for (uint64_t i = 0; i < length; i++) {
		if (text[i] == '\n' || vcpu->line_length == VCPU_LINE - 1)
			print_line(vcpu);
		if (text[i] != '\n')
			vcpu->line[vcpu->line_length++] = text[i];
	}
	return 0;
}

static int64_t done(struct vcpu *vcpu, uint64_t first, uint64_t second, uint64_t third)
{
	(void)first, (void)second, (void)third;
	guest_done(vcpu->guest);
	return 0;
}

static int64_t cannot_go_on(struct vcpu *vcpu, uint64_t first, uint64_t second, uint64_t third)
{
	(void)first, (void)second, (void)third;
	guest_fatal(vcpu, "panics");
	return 0;
}

static int64_t update_entry(struct vcpu *vcpu, uint64_t handle, uint64_t vector, uint64_t of)
{
	struct backings *backings = vcpu->guest->backings;

	return backings ? backing_update(backings, handle, vector, of) : -ENODEV;
}

static int64_t write_message(struct vcpu *vcpu, uint64_t handle, uint64_t address, uint64_t data)
{
	struct backings *backings = vcpu->guest->backings;

	return backings ? backing_write(backings, handle, address, data) : -ENODEV;
}

static int64_t mark(struct vcpu *vcpu, uint64_t number, uint64_t second, uint64_t third)
{
	(void)second, (void)third;
	if (!vcpu->guest->mark)
		return -ENOSYS;
	vcpu->guest->mark(vcpu->guest, number);
	return 0;
}

hypercall_function *const hypercalls[HYPERCALLS] = {
        [HYPERCALL_IRTE_UPDATE] = update_entry, [HYPERCALL_MESSAGE_WRITE] = write_message,
        [HYPERCALL_PRINT] = print_text,         [HYPERCALL_DONE] = done,
        [HYPERCALL_PANIC] = cannot_go_on,       [HYPERCALL_MARK] = mark,
};
