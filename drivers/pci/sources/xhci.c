// SPDX-License-Identifier: MIT
/*
 * Sources "xhci": any USB 3 host controller (xHCI 1.2; every PC has one, QEMU's is qemu-xhci), of
 * kind "msix" and of kind "msi", as far as it has the capabilities.
 *
 * One fire is one No Op command (4.6.2). The controller answers it with a Command Completion Event
 * on the primary event ring and, as moderation is off, with one message from interrupter 0:
 *
 *	CPU | TRB, doorbell                                     event taken, EHB=0
 *	xHC |                event, IP=1, EHB=1, message, IP=0
 *	                                                 ^ sent: event there, EHB=1, IP=0
 *
 * EHB blocks the next message until software clears it (4.17.2 "Interrupt Moderation"). Clearing
 * it before the controller has set it would leave it set for ever after and swallow a message, so
 * fire() first waits until the former message is out, whether or not that has found a CPU.
 *
 * No device slot is ever enabled and no port used. Of a port only its first change raises an event:
 * the change bits are never cleared (4.19.2 "Port Status Change Events").
 */
#include <asm-generic/errno.h>
#include <linux/pci_regs.h>
#include <stddef.h>

#include "drivers/pci/pci.h"
#include "drivers/pci/sources/xhci_legacy.h"
#include "drivers/pci/sources/xhci_regs.h"
#include "drivers/pci/sources/xhci_rings.h"
#include "drivers/pci/stores.h"
#include "kernel/irq/source.h"
#include "kernel/memory.h"
#include "kernel/mmio.h"
#include "kernel/print.h"
#include "kernel/time.h"

#define XHCI_CLASS 0x0c0330 /* serial bus controller, USB, xHCI */

/* The longest wait the specification names is 16 ms (5.4.1.1); a reset may take longer. */
#define ANSWER_US 2000000

struct xhci {
	struct source msix_source;
	struct source msi_source;
	const struct pci_function *function;
	uint16_t command_found;
	bool in_use; /* by one of its two sources */
	volatile uint8_t *capability;
	volatile uint8_t *operational;
	volatile uint8_t *runtime;
	volatile uint8_t *doorbells;
	struct xhci_legacy legacy;
	struct msix_store msix;
	struct msi_store msi;
	uint64_t *contexts; /* device context base addresses: [0] is the scratchpad array */
	struct xhci_rings rings;
};

static int drop(struct source *source, const char *asked)
{
	const struct xhci *xhci = source->device;
	bool gone = mmio_read32(xhci->operational + XHCI_USBSTS) == UINT32_MAX;

	return source_drop(source, -ETIMEDOUT,
	                   gone ? "its registers read as all ones" : "it did not answer", asked,
	                   gone ? 0 : ANSWER_US);
}

static int wait_for(volatile uint8_t *reg, uint32_t mask, uint32_t value)
{
	struct deadline deadline = deadline_in_us(ANSWER_US);

	while ((mmio_read32(reg) & mask) != value)
		if (deadline_passed(&deadline))
			return -ETIMEDOUT;
	return 0;
}

static int xhci_halt_and_reset(struct xhci *xhci)
{
	volatile uint8_t *usbcmd = xhci->operational + XHCI_USBCMD;
	volatile uint8_t *usbsts = xhci->operational + XHCI_USBSTS;
	int error = wait_for(usbsts, USBSTS_CNR, 0);

	if (error)
		return error;
	mmio_write32(usbcmd, mmio_read32(usbcmd) & ~(USBCMD_RUN | USBCMD_INTE));
	error = wait_for(usbsts, USBSTS_HCHALTED, USBSTS_HCHALTED);
	if (error)
		return error;
	mmio_write32(usbcmd, USBCMD_HCRST);
	delay_us(1000); /* some controllers must not be touched at once */
	error = wait_for(usbcmd, USBCMD_HCRST, 0);
	if (error)
		return error;
	return wait_for(usbsts, USBSTS_CNR, 0);
}

/*
 * Waits until the message of the command under way has left. 5.5.2.1 "Interrupter Management
 * Register": IP is cleared when the write of the message is complete, so a register read after that
 * is answered behind it. A vector masked at its store may keep IP set on real controllers; a
 * second message would then merge with the first. The event comes, masked or not.
 */
static int wait_until_sent(struct source *source)
{
	const struct xhci *xhci = source->device;
	struct deadline answer = deadline_in_us(ANSWER_US), deadline;

	while (!xhci_rings_event_present(&xhci->rings))
		if (deadline_passed(&answer))
			return drop(source, "to complete a No Op command");
	deadline = deadline_in_us(10000);
	while (!(mmio_read32(xhci->runtime + XHCI_ERDP) & ERDP_EHB) ||
	       (mmio_read32(xhci->runtime + XHCI_IMAN) & IMAN_IP))
		if (deadline_passed(&deadline))
			return -EBUSY;
	return 0;
}

/* 4.2 "Host Controller Initialization". */
static int xhci_start(struct xhci *xhci)
{
	volatile uint8_t *usbcmd = xhci->operational + XHCI_USBCMD;

	mmio_write32(xhci->operational + XHCI_CONFIG, 0); /* MaxSlotsEn = 0 */
	xhci_write_pointer(xhci->operational + XHCI_DCBAAP, memory_physical(xhci->contexts));
	xhci_rings_reset(&xhci->rings, xhci->operational, xhci->runtime);
	mmio_write32(xhci->runtime + XHCI_IMOD, 0);
	mmio_write32(usbcmd, USBCMD_RUN);
	return wait_for(xhci->operational + XHCI_USBSTS, USBSTS_HCHALTED, 0);
}

static bool any_port_connected(const struct xhci *xhci)
{
	uint32_t ports =
	        field_get(HCSPARAMS1_MAX_PORTS, mmio_read32(xhci->capability + XHCI_HCSPARAMS1));

	for (uint32_t port = 0; port < ports; port++)
		if (mmio_read32(xhci->operational + XHCI_PORTSC(port)) & PORTSC_CCS)
			return true;
	return false;
}

static int msix_enable_first(struct xhci *xhci)
{
	int error = msix_stores_init(&xhci->msix, 1, xhci->function);

	if (!error)
		msix_enable(xhci->function);
	return error;
}

static int msi_enable_first(struct xhci *xhci)
{
	int error = msi_store_init(&xhci->msi, xhci->function);

	if (!error)
		msi_enable(xhci->function);
	return error;
}

static void xhci_give_back(struct xhci *xhci)
{
	msix_disable(xhci->function);
	msi_disable(xhci->function);
	xhci_legacy_give_back(&xhci->legacy);
	pci_restore(xhci->function, xhci->command_found);
	xhci->in_use = false;
}

/* For one of its sources, whose store `enable` sets up; it is given back when that fails. */
static int xhci_take(struct source *source, int (*enable)(struct xhci *xhci))
{
	struct xhci *xhci = source->device;

	if (xhci->in_use)
		return -EBUSY;
	xhci->command_found = pci_enable(xhci->function);
	int error = xhci_legacy_take(&xhci->legacy);
	if (error) {
		print("# %s: the firmware keeps %s; switch its USB legacy support off\n",
		      source->name, source->location);
		pci_restore(xhci->function, xhci->command_found);
		return error;
	}
	xhci->in_use = true;

	bool connected = any_port_connected(xhci);
	error = xhci_halt_and_reset(xhci);
	if (!error)
		error = enable(xhci);
	if (!error)
		error = xhci_start(xhci);
	if (error == -ETIMEDOUT)
		drop(source, "to be reset and to run");
	if (error) {
		xhci_give_back(xhci);
		return error;
	}

	/*
	 * A device that is plugged in comes back after the reset as a port change. Its event must
	 * be over before events become messages; training the link takes some 10 ms.
	 */
	if (connected || any_port_connected(xhci))
		delay_us(100000);
	(void)xhci_rings_consume(&xhci->rings, xhci->runtime); /* no command, none that failed */
	mmio_write32(xhci->runtime + XHCI_IMAN, IMAN_IP | IMAN_IE);
	mmio_write32(xhci->operational + XHCI_USBCMD, USBCMD_RUN | USBCMD_INTE);
	return 0;
}

static int xhci_msix_open(struct source *source)
{
	return xhci_take(source, msix_enable_first);
}

static int xhci_msi_open(struct source *source)
{
	return xhci_take(source, msi_enable_first);
}

static struct message_store *xhci_msix_store(struct source *source, unsigned int slot)
{
	struct xhci *xhci = source->device;

	(void)slot;
	return &xhci->msix.store;
}

static struct message_store *xhci_msi_store(struct source *source, unsigned int slot)
{
	struct xhci *xhci = source->device;

	(void)slot;
	return &xhci->msi.store;
}

static void xhci_close(struct source *source)
{
	struct xhci *xhci = source->device;

	if (xhci_halt_and_reset(xhci))
		drop(source, "to stop");
	xhci_give_back(xhci);
}

static int xhci_fire(struct source *source, unsigned int slot)
{
	struct xhci *xhci = source->device;

	(void)slot;
	if (source->dropped)
		return -EIO;
	if (xhci->rings.outstanding) {
		int error = wait_until_sent(source);
		if (!error)
			error = xhci_rings_consume(&xhci->rings, xhci->runtime);
		if (error)
			return error;
	}
	xhci_rings_no_op(&xhci->rings);
	mmio_write32(xhci->doorbells, DOORBELL_COMMAND);
	return 0;
}

static void xhci_flush(struct source *source)
{
	const struct xhci *xhci = source->device;

	/* Its last register read is the flush; held back by a mask, there is nothing to flush. */
	if (xhci->rings.outstanding && !source->dropped)
		(void)wait_until_sent(source);
	else
		(void)mmio_read32(xhci->operational + XHCI_USBSTS);
}

static const struct source_ops xhci_msix_ops = {
        .open = xhci_msix_open,
        .close = xhci_close,
        .store = xhci_msix_store,
        .fire = xhci_fire,
        .flush = xhci_flush,
};

static const struct source_ops xhci_msi_ops = {
        .open = xhci_msi_open,
        .close = xhci_close,
        .store = xhci_msi_store,
        .fire = xhci_fire,
        .flush = xhci_flush,
};

/* 4.20 "Scratchpad Buffers": memory of its own that a controller may demand before it runs. */
static int scratchpads_alloc(struct xhci *xhci)
{
	uint32_t params = mmio_read32(xhci->capability + XHCI_HCSPARAMS2);
	uint32_t count = field_get(HCSPARAMS2_MAX_SCRATCHPAD_HI, params) << 5 |
	                 field_get(HCSPARAMS2_MAX_SCRATCHPAD_LO, params);

	if (!count)
		return 0;
	if (!(mmio_read32(xhci->operational + XHCI_PAGESIZE) & PAGESIZE_4096))
		return -EOPNOTSUPP;
	uint64_t *array = memory_alloc(count * sizeof(*array), PAGE_SIZE); /* 6.6 */
	if (!array)
		return -ENOMEM;
	for (uint32_t n = 0; n < count; n++) {
		void *buffer = memory_alloc_pages(1);
		if (!buffer)
			return -ENOMEM;
		array[n] = memory_physical(buffer);
	}
	xhci->contexts[0] = memory_physical(array);
	return 0;
}

static int xhci_map(struct xhci *xhci)
{
	uint64_t size;

	xhci->capability = pci_map_bar(xhci->function, 0, &size);
	if (!xhci->capability)
		return -ENODEV;
	uint32_t caplength = field_get(CAPLENGTH, mmio_read32(xhci->capability + XHCI_CAPLENGTH));
	uint32_t doorbells = mmio_read32(xhci->capability + XHCI_DBOFF) & DBOFF;
	uint32_t runtime = mmio_read32(xhci->capability + XHCI_RTSOFF) & RTSOFF;
	uint32_t ports =
	        field_get(HCSPARAMS1_MAX_PORTS, mmio_read32(xhci->capability + XHCI_HCSPARAMS1));
	if ((uint64_t)caplength + XHCI_PORTSC(ports) > size || doorbells + 4ULL > size ||
	    runtime + XHCI_ERDP + 8ULL > size)
		return -EINVAL;
	xhci->operational = xhci->capability + caplength;
	xhci->runtime = xhci->capability + runtime;
	xhci->doorbells = xhci->capability + doorbells;
	xhci_legacy_find(&xhci->legacy, xhci->capability, size);
	return 0;
}

static int xhci_alloc(struct xhci *xhci)
{
	int error = xhci_rings_alloc(&xhci->rings);

	if (error)
		return error;
	xhci->contexts = memory_alloc(sizeof(*xhci->contexts), 64); /* MaxSlotsEn + 1 of them */
	if (!xhci->contexts)
		return -ENOMEM;
	return scratchpads_alloc(xhci);
}

/* Completions of commands all go to interrupter 0 (4.17.1), whose message is number 0: one slot. */
static int xhci_register(struct xhci *xhci, struct source *source, const char *kind,
                         const struct irq_leaf *leaf, const struct source_ops *ops)
{
	*source = (struct source){
	        .name = "xhci",
	        .kind = kind,
	        .leaf = leaf,
	        .requester = pci_requester(xhci->function),
	        .slots = 1,
	        .ops = ops,
	        .device = xhci,
	};
	pci_location(xhci->function, source->location);
	return source_register(source);
}

static int xhci_probe(struct pci_function *function)
{
	bool has_msix = pci_capability(function, PCI_CAP_ID_MSIX);
	bool has_msi = pci_capability(function, PCI_CAP_ID_MSI);
	struct xhci *xhci = memory_alloc(sizeof(*xhci), 16);

	if (!xhci)
		return -ENOMEM;
	if (!has_msix && !has_msi)
		return -ENODEV;
	xhci->function = function;
	uint16_t command_found = pci_enable(function);
	int error = xhci_map(xhci);
	if (!error)
		error = xhci_alloc(xhci);
	pci_restore(function, command_found);

	if (!error && has_msix)
		error = xhci_register(xhci, &xhci->msix_source, "msix", &irq_leaf_msix,
		                      &xhci_msix_ops);
	if (!error && has_msi)
		error = xhci_register(xhci, &xhci->msi_source, "msi", &irq_leaf_msi, &xhci_msi_ops);
	return error;
}

PCI_DRIVER(xhci) = {
        .name = "USB 3 controller (xHCI)",
        .vendor = PCI_ANY,
        .device = PCI_ANY,
        .class = XHCI_CLASS,
        .probe = xhci_probe,
};
