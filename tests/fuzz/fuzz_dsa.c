// SPDX-License-Identifier: MIT
// links: tests/qemu/dsa/device.c tests/qemu/dsa/config.c tests/qemu/dsa/registers.c
// links: tests/qemu/dsa/command.c tests/qemu/dsa/portal.c tests/qemu/dsa/ims.c
// links: tests/qemu/dsa/control.c tests/qemu/dsa/engine.c tests/qemu/dsa/carrier.c
// links: tests/qemu/dsa/loop.c tests/fuzz/dsa_watch.c tests/fuzz/input.c
/*
 * The device model of DSA (tests/qemu/dsa/), without its sockets and threads: an input is a
 * sequence of register accesses, descriptors, replies to DMA and pauses, from whoever is worst.
 * After each, the model's books must balance, and no slot may have sent what it must not.
 */
#include <errno.h>
#include <string.h>

#include <linux/pci_regs.h>

#include "tests/fuzz/dsa_watch.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/input.h"

#define WAIT_MAX UINT64_C(200000000000) /* ns; DSA_MODEL_NS_MAX and more */

static struct device before;

static void take_reply(struct fuzz_input *input)
{
	static uint8_t bytes[WATCH_READ_MAX];
	unsigned int which = (unsigned int)fuzz_take(input, 1);
	uint8_t how = (uint8_t)fuzz_take(input, 1), fill = (uint8_t)fuzz_take(input, 1);

	if (!watch_pending_count)
		return;
	memset(bytes, fill, sizeof(bytes));
	which %= watch_pending_count;
	watch_reply(which, how % 4 == 1 ? EFAULT : 0, bytes,
	            how % 8 == 7 ? watch_pending[which].size / 2 : watch_pending[which].size);
}

static void take_stray_reply(struct fuzz_input *input)
{
	uint16_t id = (uint16_t)fuzz_take(input, 2);
	uint8_t bytes[32] = {0};

	for (unsigned int n = 0; n < watch_pending_count; n++) {
		if (watch_pending[n].id == id)
			return;
	}
	memcpy(&before, &watch_device, sizeof(watch_device));
	fuzz_check(device_replied(&watch_device, id, 0, bytes, sizeof(bytes)) == -EPROTO);
	fuzz_check(!memcmp(&before, &watch_device, sizeof(watch_device)));
}

static const uint8_t regions[] = {REGION_BAR0, REGION_BAR2, REGION_BAR4, REGION_CONFIG};

static void take_write(struct fuzz_input *input)
{
	unsigned int region = regions[fuzz_take(input, 1) % sizeof(regions)];
	uint64_t offset = fuzz_take(input, 3) % device_region_size(region);

	watch_write(region, offset, fuzz_take_value(input), 1 + fuzz_take(input, 1) % 8);
}

/* A read changes nothing, and tells the same again. */
static void take_read(struct fuzz_input *input)
{
	unsigned int region = regions[fuzz_take(input, 1) % sizeof(regions)];
	uint64_t offset = fuzz_take(input, 3) % device_region_size(region);
	size_t size = 1 + fuzz_take(input, 1) % 64;
	uint8_t bytes[64], again[64];

	if (offset + size > device_region_size(region))
		return;
	memcpy(&before, &watch_device, sizeof(watch_device));
	device_read(&watch_device, region, offset, bytes, size);
	fuzz_check(!memcmp(&before, &watch_device, sizeof(watch_device)));
	device_read(&watch_device, region, offset, again, size);
	fuzz_check(!memcmp(bytes, again, size));
}

static void take_register_write(struct fuzz_input *input)
{
	static const uint16_t offsets[] = {DSA_GENCFG,
	                                   DSA_GENCTRL,
	                                   DSA_INTCAUSE,
	                                   DSA_CMD,
	                                   DSA_SWERR,
	                                   BAR0_GRPCFG,
	                                   BAR0_GRPCFG + GRPCFG_ENGINES,
	                                   BAR0_WQCFG,
	                                   BAR0_WQCFG + WQCFG_MODE,
	                                   BAR0_WQCFG + WQCFG_LIMITS};
	uint8_t which = (uint8_t)fuzz_take(input, 1);

	watch_write(REGION_BAR0, offsets[which % 10], fuzz_take_value(input), which & 0x80 ? 8 : 4);
}

static void command(unsigned int number, uint32_t operand)
{
	watch_write(REGION_BAR0, DSA_CMD, field_set(CMD_COMMAND, number) | (operand & CMD_OPERAND),
	            4);
}

/* Handles as the model gives them to the first four entries: command.c, HANDLE_IMS, HANDLE_MSIX. */
static uint16_t handle(bool ims, unsigned int entry)
{
	return (uint16_t)((ims ? 0x4000 : 0x1000) | (entry & 3));
}

static void take_command(struct fuzz_input *input)
{
	uint8_t number = (uint8_t)fuzz_take(input, 1);
	uint32_t operand = (uint32_t)fuzz_take_value(input);

	if (number & 0x40) /* one that is likely to be known */
		operand = operand & 4 ? (uint32_t)OPERAND_TABLE_IMS | handle(true, operand)
		                      : handle(false, operand);
	command(number % 32, operand);
}

static void take_slot_write(struct fuzz_input *input)
{
	unsigned int slot = (unsigned int)(fuzz_take(input, 2) % watch_device.options.ims);
	uint8_t word = (uint8_t)fuzz_take(input, 1);

	watch_write(REGION_BAR0, BAR0_IMS + 16ull * slot + word % 4 * 4, fuzz_take_value(input),
	            word & 0x80 ? 8 : 4);
}

static void take_control_write(struct fuzz_input *input)
{
	uint8_t offset = (uint8_t)fuzz_take(input, 1);

	watch_write(REGION_BAR4, offset & ~3u, fuzz_take_value(input), offset & 1 ? 8 : 4);
}

/* By what a driver does: on, one WQ, its slots' handles. */
static void set_up(uint8_t how)
{
	watch_write(REGION_CONFIG, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 2);
	watch_write(REGION_BAR0, BAR0_GRPCFG, 1, 8);
	watch_write(REGION_BAR0, BAR0_GRPCFG + GRPCFG_ENGINES, 1, 8);
	watch_write(REGION_BAR0, BAR0_WQCFG + WQCFG_SIZE, 1u + how % 128, 4);
	watch_write(REGION_BAR0, BAR0_WQCFG + WQCFG_MODE,
	            WQCFG_MODE_DEDICATED | field_set(WQCFG_PRIORITY, 1), 4);
	command(COMMAND_ENABLE_DEVICE, 0);
	command(COMMAND_ENABLE_WQ, 0);
	for (unsigned int n = 0; n < 4; n++) {
		command(COMMAND_REQUEST_INTERRUPT_HANDLE, (uint32_t)OPERAND_TABLE_IMS | n);
		command(COMMAND_REQUEST_INTERRUPT_HANDLE, n);
		if (n >= watch_device.options.ims || !(how & 0x80))
			continue;
		watch_write(REGION_BAR0, BAR0_IMS + 16 * n, 0xfee00000, 8);
		watch_write(REGION_BAR0, BAR0_IMS + 16 * n + DSA_IMS_DATA, 32 + n, 8);
	}
}

/*
 * `where`: bit 0, anywhere; bit 1, in one piece; bits 4:2, of how many bytes else; bit 5, MSI-X;
 * bits 7:6, how often. `what`: bit 0, a record; bit 1, an interrupt; bit 2, any handle; bit 3, any
 * address of the record; bits 5:4, which handle; bit 6, words that do not matter; bit 7, any flags.
 */
static void take_descriptor(struct fuzz_input *input)
{
	uint8_t where = (uint8_t)fuzz_take(input, 1), what = (uint8_t)fuzz_take(input, 1);
	bool ims = !(where & 0x20);
	struct dsa_descriptor descriptor = {.interrupt_handle = handle(ims, what >> 4),
	                                    .completion = 0x1000};
	uint64_t offset = where & 1 ? where * 0x1000ull % BAR2_SIZE
	                  : ims     ? PORTAL_UNLIMITED_IMS
	                            : PORTAL_UNLIMITED_MSIX;

	if (what & 1)
		descriptor.flags |= FLAG_COMPLETION_ADDRESS_VALID | FLAG_REQUEST_COMPLETION;
	if (what & 2)
		descriptor.flags |= FLAG_REQUEST_INTERRUPT;
	if (what & 0x80)
		descriptor.flags = (uint32_t)fuzz_take(input, 4);
	if (what & 4)
		descriptor.interrupt_handle = (uint16_t)fuzz_take(input, 2);
	if (what & 8)
		descriptor.completion = fuzz_take_value(input);
	if (what & 0x40) {
		descriptor.pasid = (uint32_t)fuzz_take_value(input);
		descriptor.source = fuzz_take_value(input);
		descriptor.reserved = (uint16_t)fuzz_take_value(input);
	}
	for (unsigned int n = 0; n <= where >> 6; n++)
		device_write(&watch_device, REGION_BAR2, offset, (const uint8_t *)&descriptor,
		             where & 2 ? 64 : 8 * (1 + where / 4 % 8));
}

static void operate(struct fuzz_input *input)
{
	switch (fuzz_take(input, 1) % 16) {
	case 0:
		take_write(input);
		break;
	case 1:
		take_read(input);
		break;
	case 2:
		take_register_write(input);
		break;
	case 3:
		take_command(input);
		break;
	case 4:
		take_slot_write(input);
		break;
	case 5:
		take_control_write(input);
		break;
	case 6:
	case 7:
		take_descriptor(input);
		break;
	case 8:
		set_up((uint8_t)fuzz_take(input, 1));
		break;
	case 9:
	case 10:
		watch_steps(1 + fuzz_take(input, 1) % 64);
		break;
	case 11:
		take_reply(input);
		break;
	case 12:
		watch_device.now += fuzz_take_value(input) % WAIT_MAX;
		break;
	case 13:
		take_stray_reply(input);
		break;
	case 14:
		device_set_vector(&watch_device, (unsigned int)fuzz_take(input, 1) % DEVICE_VECTORS,
		                  fuzz_take(input, 1) & 1);
		break;
	default:
		if (watch_waits) {
			watch_raised(fuzz_take(input, 1) & 1);
		} else if (fuzz_take(input, 1) == 0xff) {
			watch_reset();
		}
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const unsigned int entries[] = {16, 1, 2, 3, 16, 4, 300, DEVICE_IMS_MAX};
	struct fuzz_input input = {bytes, size};
	struct device_options options = {0};

	options.ims = entries[fuzz_take(&input, 1) % 8];
	options.handles = (unsigned int)fuzz_take(&input, 1) % (options.ims + 1);
	options.settings.lose_every = (uint32_t)fuzz_take(&input, 1);
	watch_start(&options);
	while (input.size) {
		operate(&input);
		watch_check();
	}
	watch_come_to_rest();
	return 0;
}
