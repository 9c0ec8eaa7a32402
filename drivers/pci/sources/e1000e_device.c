// SPDX-License-Identifier: MIT
#include <asm-generic/errno.h>

#include "drivers/pci/sources/e1000e.h"
#include "kernel/mmio.h"

/* What is saved; the first six are all there is of a chip without MSI-X. */
static const uint16_t saved[E1000E_FOUND_MAX] = {
        NIC_IMS,        NIC_RCTL,       NIC_TCTL,       E1000E_CTRL_EXT, E1000E_ITR,
        E1000E_IAM,     E1000E_EIAC,    E1000E_IVAR,    E1000E_EITR(0),  E1000E_EITR(1),
        E1000E_EITR(2), E1000E_EITR(3), E1000E_EITR(4),
};
#define SAVED_WITHOUT_MSIX 6

static unsigned int saved_count(const struct e1000e *e1000e)
{
	return e1000e->vectors ? E1000E_FOUND_MAX : SAVED_WITHOUT_MSIX;
}

static void write(const struct e1000e *e1000e, unsigned int offset, uint32_t value)
{
	mmio_write32(e1000e->registers + offset, value);
}

void e1000e_end_throttle(const struct e1000e *e1000e)
{
	write(e1000e, NIC_IMS, IMS_ALL);
}

/* An interval that runs on when MSI-X is off need not end well: it is ended before. */
void e1000e_give_back(struct e1000e *e1000e)
{
	nic_quiet(e1000e->registers);
	msi_disable(e1000e->function);
	if (e1000e->vectors)
		e1000e_end_throttle(e1000e);
	nic_quiet(e1000e->registers);
	msix_disable(e1000e->function);
	nic_restore(e1000e->registers, saved, e1000e->found, saved_count(e1000e));
	pci_restore(e1000e->function, e1000e->command_found);
	e1000e->in_use = false;
}

static int take(struct e1000e *e1000e)
{
	if (e1000e->in_use)
		return -EBUSY;
	e1000e->command_found = pci_enable(e1000e->function);
	if (nic_gone(e1000e->registers)) {
		pci_restore(e1000e->function, e1000e->command_found);
		return -ENODEV;
	}
	e1000e->in_use = true;
	nic_save(e1000e->registers, saved, e1000e->found, saved_count(e1000e));
	nic_quiet(e1000e->registers);
	return 0;
}

/*
 * No throttle, and nothing masks by itself. With IAME a read of ICR clears it, as it does in chips
 * without MSI-X; IAM = 0 keeps the mask out of it.
 */
static void set_up(const struct e1000e *e1000e, bool pba_support)
{
	uint32_t ctrl_ext = mmio_read32(e1000e->registers + E1000E_CTRL_EXT);

	ctrl_ext &= ~(CTRL_EXT_EIAME | CTRL_EXT_PBA_SUPPORT);
	ctrl_ext |= CTRL_EXT_IAME | CTRL_EXT_INT_TIMERS_CLEAR_ENA;
	if (pba_support)
		ctrl_ext |= CTRL_EXT_PBA_SUPPORT;
	write(e1000e, E1000E_IAM, 0);
	write(e1000e, E1000E_CTRL_EXT, ctrl_ext);
	write(e1000e, E1000E_ITR, 0);
}

/* 7.4.1.2 "MSI-X Mode": IVAR leads a cause to a vector, here slot n to vector n. */
int e1000e_take_msix(struct e1000e *e1000e)
{
	uint32_t causes = 0, ivar = 0;
	int error = take(e1000e);

	if (error)
		return error;
	error = msix_stores_init(e1000e->msix, e1000e->vectors, e1000e->function);
	if (error) {
		e1000e_give_back(e1000e);
		return error;
	}
	msix_enable(e1000e->function);
	set_up(e1000e, !e1000e->behind_mask);
	for (unsigned int n = 0; n < E1000E_VECTORS_MAX; n++)
		write(e1000e, E1000E_EITR(n), 0);
	for (unsigned int slot = 0; slot < E1000E_SLOTS_MAX && slot < e1000e->vectors; slot++) {
		causes |= ICR_QUEUE(slot);
		ivar |= (IVAR_VALID | slot) << IVAR_SHIFT(slot);
	}
	write(e1000e, E1000E_IVAR, ivar);
	write(e1000e, E1000E_EIAC, causes);
	write(e1000e, NIC_IMS, causes);
	return 0;
}

int e1000e_take_msi(struct e1000e *e1000e)
{
	int error = take(e1000e);

	if (error)
		return error;
	error = msi_store_init(&e1000e->msi, e1000e->function);
	if (error) {
		e1000e_give_back(e1000e);
		return error;
	}
	msi_enable(e1000e->function);
	set_up(e1000e, false);
	write(e1000e, NIC_IMS, ICR_TXDW);
	return 0;
}

/*
 * A throttle that cannot be switched off must neither hold the message back nor, where it sends
 * again as its interval ends (e1000e_measure.c), double it. There, all happens behind the
 * function's mask: the message becomes the vector's pending bit, the end of the interval can only
 * set that once more, and taking the mask away sends what is pending, once:
 *
 *	cause set, vector pending | interval ended: pending, still | unmasked: one message
 *
 * That ends the interval by unmasking causes, which must leave pending bits alone: so PBA support
 * is off then, and on else, as 10.2.2.3 wants it for MSI-X. IMS_ALL lets the other causes through,
 * too, but they have no vector.
 *
 * EIAC clears the cause as its message goes, even into a masked entry. ICS reads as ICR does, and
 * clears nothing.
 */
int e1000e_fire_msix(const struct e1000e *e1000e, unsigned int slot)
{
	if (nic_wait_for_zero(e1000e->registers + NIC_ICS, ICR_QUEUE(slot)))
		return -EBUSY;
	if (!e1000e->behind_mask) {
		write(e1000e, NIC_ICS, ICR_QUEUE(slot));
		return 0;
	}
	msix_mask_function(e1000e->function, true);
	write(e1000e, NIC_ICS, ICR_QUEUE(slot));
	e1000e_end_throttle(e1000e);
	msix_mask_function(e1000e->function, false);
	return 0;
}

void e1000e_flush_msix(const struct e1000e *e1000e)
{
	(void)nic_wait_for_zero(e1000e->registers + NIC_ICS,
	                        GENMASK_ULL(20 + E1000E_SLOTS_MAX - 1, 20));
}

/*
 * A read of ICR clears it when the interrupt was asserted: once it reads as clear, the message has
 * been sent.
 */
int e1000e_fire_msi(const struct e1000e *e1000e)
{
	if (nic_wait_for_zero(e1000e->registers + NIC_ICR, ICR_TXDW))
		return -EBUSY;
	write(e1000e, NIC_ICS, ICR_TXDW);
	return 0;
}

void e1000e_flush_msi(const struct e1000e *e1000e)
{
	(void)nic_wait_for_zero(e1000e->registers + NIC_ICR, ICR_TXDW);
}
