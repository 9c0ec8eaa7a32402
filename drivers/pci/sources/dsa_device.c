// SPDX-License-Identifier: MIT
/*
 * DSA and IAX as a device: taken when it is idle, given back as a reset leaves it.
 *
 * Whether it is idle is known before anything is written to it: the device and all its work queues
 * are disabled, and nobody has made a work queue or a group of anything. What was configured, and
 * what is in use, is another's.
 *
 * Nothing comes in at MSI-X vector 0, which the device has for errors and commands: its entry stays
 * masked, and what it would tell is read from INTCAUSE and SWERR. An interrupt more, that is no
 * message of the measurement, would only be in its way.
 */
#include <asm-generic/errno.h>
#include <linux/pci_regs.h>

#include "drivers/pci/sources/dsa.h"
#include "drivers/pci/sources/dsa_model.h"
#include "kernel/mmio.h"
#include "kernel/print.h"
#include "kernel/time.h"

static uint32_t state_of(const struct dsa *dsa)
{
	return (uint32_t)field_get(GENSTS_STATE, mmio_read32(dsa->registers + DSA_GENSTS));
}

static volatile uint8_t *queue(const struct dsa *dsa, unsigned int n)
{
	return dsa->registers + dsa->layout.queue_table + n * dsa->layout.queue_stride;
}

static volatile uint8_t *group(const struct dsa *dsa, unsigned int n)
{
	return dsa->registers + dsa->layout.group_table + n * GRPCFG_SIZE;
}

/* Why it is not ours to take; NULL: it is. */
static const char *in_use(const struct dsa *dsa)
{
	if (state_of(dsa) != STATE_DISABLED)
		return "it is not disabled";
	if (mmio_read32(dsa->registers + DSA_CMDSTS) & CMDSTS_ACTIVE)
		return "it is at a command";
	for (unsigned int n = 0; n < dsa->layout.queues; n++) {
		if (field_get(WQCFG_STATE, mmio_read32(queue(dsa, n) + WQCFG_STATUS)) !=
		    WQ_STATE_DISABLED)
			return "a work queue is not disabled";
		if (mmio_read32(queue(dsa, n) + WQCFG_SIZE) & WQCFG_SIZE_ENTRIES)
			return "somebody has configured a work queue";
	}
	for (unsigned int n = 0; n < dsa->layout.groups; n++)
		if (mmio_read64(group(dsa, n) + GRPCFG_WQS) ||
		    mmio_read64(group(dsa, n) + GRPCFG_ENGINES))
			return "somebody has configured a group";
	return NULL;
}

int dsa_run_command(struct dsa *dsa, unsigned int command, uint32_t operand, uint32_t *result)
{
	struct deadline deadline = deadline_in_us(DSA_TIMEOUT_US);
	uint32_t status;

	mmio_write32(dsa->registers + DSA_CMD, dsa_command(command, operand));
	do {
		status = mmio_read32(dsa->registers + DSA_CMDSTS);
		if (!(status & CMDSTS_ACTIVE))
			break;
		if (deadline_passed(&deadline)) {
			print("# dsa: %s does not end command %u\n", dsa->location, command);
			dsa->failed = true;
			return -ETIMEDOUT;
		}
	} while (true);
	if (field_get(CMDSTS_ERROR, status) != CMD_SUCCESS) {
		print("# dsa: %s refuses command %u, operand %05x, with error %02x\n",
		      dsa->location, command, operand,
		      (unsigned int)field_get(CMDSTS_ERROR, status));
		return -EIO;
	}
	if (result)
		*result = (uint32_t)field_get(CMDSTS_RESULT, status);
	return 0;
}

/* Work queue 0 and engine 0 in group 0. */
static int configure(struct dsa *dsa)
{
	uint32_t words[DSA_QUEUE_WORDS];
	int error;

	dsa_queue_setup(&dsa->layout, words);
	for (unsigned int n = 0; n < DSA_QUEUE_WORDS; n++)
		mmio_write32(queue(dsa, 0) + 4 * n, words[n]);
	mmio_write64(group(dsa, 0) + GRPCFG_WQS, BIT_ULL(0));
	mmio_write64(group(dsa, 0) + GRPCFG_ENGINES, BIT_ULL(0));
	mmio_write32(dsa->registers + DSA_GENCTRL, 0);
	error = dsa_run_command(dsa, COMMAND_ENABLE_DEVICE, 0, NULL);
	if (!error && state_of(dsa) != STATE_ENABLED)
		error = -EIO;
	return error ? error : dsa_run_command(dsa, COMMAND_ENABLE_WQ, 0, NULL);
}

/* All entries masked, but for the one by which the model sends in that mode. */
static int set_up_msix(struct dsa *dsa, bool by_carrier)
{
	int entries = msix_size(dsa->function);
	unsigned int count = entries < DSA_MSIX_MAX ? (unsigned int)entries : DSA_MSIX_MAX;
	unsigned int carrier;
	int error = entries < 0 ? entries : msix_stores_init(dsa->msix, count, dsa->function);

	if (error)
		return error;
	msix_enable(dsa->function);
	if (!by_carrier)
		return 0;
	carrier = mmio_read32(dsa->model + DSA_MODEL_MSIX_CARRIER);
	if (carrier >= count)
		return -ENODEV;
	dsa->msix[carrier].store.ops->unmask(&dsa->msix[carrier].store);
	return 0;
}

static void set_carrier(struct dsa *dsa, bool on)
{
	uint32_t mode;

	if (!dsa->model)
		return;
	mode = mmio_read32(dsa->model + DSA_MODEL_MODE) & (uint32_t)~DSA_MODEL_MODE_CARRIER;
	mmio_write32(dsa->model + DSA_MODEL_MODE, mode | (on ? DSA_MODEL_MODE_CARRIER : 0));
}

static int start(struct dsa *dsa, bool by_carrier)
{
	int error = dsa_run_command(dsa, COMMAND_RESET_DEVICE, 0, NULL);

	if (!error)
		error = set_up_msix(dsa, by_carrier);
	if (error)
		return error;
	set_carrier(dsa, by_carrier);
	return configure(dsa);
}

int dsa_take(struct dsa *dsa)
{
	const char *reason;
	int error;

	dsa->command_found = pci_enable(dsa->function);
	reason = in_use(dsa);
	if (reason) {
		print("# dsa: %s is left alone: %s\n", dsa->location, reason);
		pci_restore(dsa->function, dsa->command_found);
		return -EBUSY;
	}
	dsa->failed = dsa->looping = false;
	dsa->submitted_count = dsa->unread = 0;
	error = start(dsa, dsa->open == &dsa->sources[DSA_CARRIER]);
	if (error)
		dsa_give_back(dsa);
	return error;
}

/* What the device had to complain of; nothing it should ever have. */
static void print_error(const struct dsa *dsa)
{
	uint64_t error = mmio_read64(dsa->registers + DSA_SWERR);

	if (error & SWERR_VALID)
		print("# dsa: %s reports error %02x of work queue %u, operation %02x (SWERR)\n",
		      dsa->location, (unsigned int)field_get(SWERR_ERROR, error),
		      (unsigned int)field_get(SWERR_WQ_INDEX, error),
		      (unsigned int)field_get(SWERR_OPERATION, error));
}

static void release_handles(struct dsa *dsa)
{
	for (unsigned int n = 0; n < dsa->layout.ims_entries && !dsa->failed; n++) {
		struct dsa_slot *slot = &dsa->slots[n];

		if (slot->has_handle)
			dsa_run_command(dsa, COMMAND_RELEASE_INTERRUPT_HANDLE,
			                (uint32_t)(OPERAND_TABLE_IMS | slot->handle), NULL);
		slot->has_handle = false;
	}
}

/* A reset disables the work queue and the device, and clears what they were configured as. */
void dsa_give_back(struct dsa *dsa)
{
	print_error(dsa);
	if (dsa->layout.has_handles)
		release_handles(dsa);
	dsa_run_command(dsa, COMMAND_RESET_DEVICE, 0, NULL);
	set_carrier(dsa, false);
	msix_disable(dsa->function);
	pci_restore(dsa->function, dsa->command_found);
}
