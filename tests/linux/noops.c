// SPDX-License-Identifier: MIT
/*
 * Runs in a Linux guest (tests/linux/dsa-init): gives the first work queue of a DSA device no-op
 * descriptors, by hand, through its portal, each with a completion record and an interrupt.
 *
 *   noops /sys/bus/pci/devices/ADDRESS HANDLE COUNT
 *
 * Linux's driver would write a descriptor with MOVDIR64B, which QEMU does not emulate. Eight stores
 * of eight bytes are no descriptor to silicon, but the device model takes them. So this is for
 * the model alone. Says "COUNT completed", or what went wrong.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/idxd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PAGE            4096ul
#define PAGEMAP_PRESENT (UINT64_C(1) << 63)
#define PAGEMAP_FRAME   ((UINT64_C(1) << 55) - 1)
#define LIMIT_SECONDS   20 /* for one record */

static void __attribute__((noreturn)) die(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	exit(1);
}

/* The device knows physical addresses, as long as the IOMMU passes them through. */
static uint64_t physical(const volatile void *address)
{
	off_t offset = (off_t)((uintptr_t)address / PAGE * sizeof(uint64_t));
	int file = open("/proc/self/pagemap", O_RDONLY);
	uint64_t entry = 0;

	if (file < 0 || pread(file, &entry, sizeof(entry), offset) != sizeof(entry))
		die("pagemap");
	close(file);
	if (!(entry & PAGEMAP_PRESENT) || !(entry & PAGEMAP_FRAME))
		die("pagemap has no frame");
	return (entry & PAGEMAP_FRAME) * PAGE + (uintptr_t)address % PAGE;
}

static volatile uint64_t *open_portal(const char *device)
{
	char path[256];
	volatile uint64_t *portal;
	int file;

	snprintf(path, sizeof(path), "%s/resource2", device);
	file = open(path, O_RDWR);
	if (file < 0)
		die(path);
	portal = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (portal == MAP_FAILED)
		die(path);
	return portal;
}

static void submit(volatile uint64_t *portal, uint64_t record, uint16_t handle)
{
	struct dsa_hw_desc descriptor = {
	        .flags = IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR | IDXD_OP_FLAG_RCI,
	        .opcode = DSA_OPCODE_NOOP,
	        .priv = 1,
	        .completion_addr = record,
	        .int_handle = handle,
	};
	uint64_t words[8];

	memcpy(words, &descriptor, sizeof(words));
	for (int n = 0; n < 8; n++)
		portal[n] = words[n];
}

/* The record's status; 0 when the device has not written it in time. */
static uint8_t wait_for(volatile struct dsa_completion_record *record)
{
	time_t start = time(NULL);

	while (!record->status && time(NULL) - start < LIMIT_SECONDS)
		usleep(1000);
	return record->status;
}

int main(int argc, char **argv)
{
	volatile struct dsa_completion_record *record;
	volatile uint64_t *portal;
	unsigned long count;
	uint16_t handle;

	if (argc != 4)
		return 2;
	portal = open_portal(argv[1]);
	handle = (uint16_t)strtoul(argv[2], NULL, 10);
	count = strtoul(argv[3], NULL, 10);
	record = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
	              MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED | MAP_POPULATE, -1, 0);
	if (record == MAP_FAILED)
		die("mmap");
	for (unsigned long n = 0; n < count; n++) {
		record->status = 0;
		submit(portal, physical(record), handle);
		uint8_t status = wait_for(record);
		if (status != DSA_COMP_SUCCESS) {
			printf("status %#x after %lu\n", status, n);
			return 1;
		}
	}
	printf("%lu completed\n", count);
	return 0;
}
