// SPDX-License-Identifier: MIT
/*
 * Runs in a Linux guest (tests/linux/dsa-init): gives the first work queue of a DSA device no-op
 * descriptors, by hand, through its portal, each with a completion record and an interrupt.
 *
 *   noops /sys/bus/pci/devices/ADDRESS HANDLE COUNT
 *
 * Linux's driver would write a descriptor with MOVDIR64B, which QEMU does not emulate. Eight stores
 * of eight bytes are no descriptor to silicon, but the device model takes them. So this is for
 * the model alone.
 *
 * One is under way at a time: the next follows when its record is written and Linux has counted its
 * interrupt. Says "COUNT completed, COUNT interrupts", or what went wrong.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/idxd.h>
#include <stdbool.h>
#include <stdint.h>
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

static bool is_late(time_t start)
{
	usleep(1000);
	return time(NULL) - start > LIMIT_SECONDS;
}

/* The record's status; 0 when the device has not written it in time. */
static uint8_t wait_for_record(volatile struct dsa_completion_record *record)
{
	time_t start = time(NULL);

	while (!record->status && !is_late(start))
		;
	return record->status;
}

/* Of the work queue, taken by all CPUs together: "27:  0  3  PCI-MSIX-0000:00:06.0  1-edge  name".
 */
static unsigned long interrupts(void)
{
	FILE *file = fopen("/proc/interrupts", "r");
	unsigned long sum = 0;
	char line[4096], *at, *end;

	if (!file)
		die("/proc/interrupts");
	while (fgets(line, sizeof(line), file)) {
		if (!strstr(line, "idxd-portal"))
			continue;
		for (at = strchr(line, ':') + 1;; at = end) {
			unsigned long count = strtoul(at, &end, 10);

			if (end == at || *end != ' ')
				break;
			sum += count;
		}
	}
	fclose(file);
	return sum;
}

static unsigned long wait_for_interrupts(unsigned long wanted)
{
	time_t start = time(NULL);

	while (interrupts() < wanted && !is_late(start))
		;
	return interrupts();
}

int main(int argc, char **argv)
{
	volatile struct dsa_completion_record *record;
	volatile uint64_t *portal;
	unsigned long count, before;
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
	before = interrupts();
	for (unsigned long n = 0; n < count; n++) {
		record->status = 0;
		submit(portal, physical(record), handle);
		uint8_t status = wait_for_record(record);
		if (status != DSA_COMP_SUCCESS) {
			printf("status %#x after %lu\n", status, n);
			return 1;
		}
		unsigned long taken = wait_for_interrupts(before + n + 1) - before;
		if (taken != n + 1) {
			printf("%lu completed, %lu interrupts\n", n + 1, taken);
			return 1;
		}
	}
	printf("%lu completed, %lu interrupts\n", count, interrupts() - before);
	return 0;
}
