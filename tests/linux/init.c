// SPDX-License-Identifier: MIT
/*
 * The first process of a Linux guest (tests/linux/run): has QEMU's edu device, whose MSI cannot be
 * masked, send messages without a pause while the interrupt's affinity goes to and fro, and counts
 * what Linux says about interrupts that came in where it had no handler. docs/linux-direct.md.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EDU_RAISE     0x60 /* a write sends one message */
#define CPU_MOVES     0
#define CPU_ONE       1 /* the interrupt goes to and fro between these */
#define CPU_OTHER     2
#define CPU_FIRES     3
#define LOOKS_MAX     100000 /* for a move to take effect; a message that comes in makes it do so */
#define REFUSALS_MAX  100    /* for each move that is wanted */
#define MOVES_DEFAULT 3000
#define LIMIT_SECONDS 6 /* Linux tells what it has suppressed when five seconds are over */

static const char *const addresses[] = {"0000:00:04.0", "0000:00:05.0"};

struct edu {
	int device, event;
	volatile uint32_t *registers;
	unsigned int irq;
};

static volatile bool stop;
static volatile unsigned long fired;

static void __attribute__((noreturn)) off(void)
{
	fflush(stdout);
	sync();
	reboot(RB_POWER_OFF);
	abort();
}

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	printf("# error: ");
	vprintf(format, arguments);
	va_end(arguments);
	printf(": %s\n", strerror(errno));
	off();
}

static void write_text(const char *path, const char *text)
{
	int file = open(path, O_WRONLY);

	if (file < 0 || write(file, text, strlen(text)) < 0)
		die("writing %s to %s", text, path);
	close(file);
}

static void load_modules(void)
{
	char line[256], path[300], *parameters;
	FILE *list = fopen("/modules/list", "r");

	if (!list)
		die("/modules/list");
	while (fgets(line, sizeof(line), list)) {
		line[strcspn(line, "\n")] = 0;
		parameters = strchr(line, ' ');
		if (parameters)
			*parameters++ = 0;
		snprintf(path, sizeof(path), "/modules/%s", line);
		int file = open(path, O_RDONLY);
		if (syscall(SYS_finit_module, file, parameters ? parameters : "", 0) &&
		    errno != EEXIST)
			die("module %s", line);
		close(file);
	}
	fclose(list);
}

static int open_group(const char *address)
{
	char link[128], target[256], path[64];
	ssize_t length;

	snprintf(link, sizeof(link), "/sys/bus/pci/devices/%s/iommu_group", address);
	length = readlink(link, target, sizeof(target) - 1);
	if (length < 0)
		die("%s has no IOMMU group", address);
	target[length] = 0;
	snprintf(path, sizeof(path), "/dev/vfio/%s", strrchr(target, '/') + 1);
	int group = open(path, O_RDWR);
	if (group < 0)
		die("%s", path);
	return group;
}

static void enable_bus_master(int device)
{
	struct vfio_region_info info = {.argsz = sizeof(info),
	                                .index = VFIO_PCI_CONFIG_REGION_INDEX};
	uint16_t command;

	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info))
		die("configuration space");
	if (pread(device, &command, 2, info.offset + PCI_COMMAND) != 2)
		die("command register");
	command |= PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	if (pwrite(device, &command, 2, info.offset + PCI_COMMAND) != 2)
		die("command register");
}

static unsigned int find_irq(const char *address)
{
	FILE *file = fopen("/proc/interrupts", "r");
	char line[1024];
	unsigned int irq = 0;

	while (fgets(line, sizeof(line), file))
		if (strstr(line, "vfio-msi") && strstr(line, address))
			irq = strtoul(line, NULL, 10);
	fclose(file);
	if (!irq)
		die("%s has no MSI", address);
	return irq;
}

static void open_edu(struct edu *edu, int container, const char *address)
{
	struct vfio_region_info bar = {.argsz = sizeof(bar), .index = VFIO_PCI_BAR0_REGION_INDEX};
	char buffer[sizeof(struct vfio_irq_set) + sizeof(int32_t)] = {0};
	struct vfio_irq_set *set = (struct vfio_irq_set *)buffer;
	int group = open_group(address);
	static bool first = true;

	if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container))
		die("group of %s", address);
	if (first && ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU))
		die("type 1 IOMMU");
	first = false;
	edu->device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, address);
	if (edu->device < 0 || ioctl(edu->device, VFIO_DEVICE_GET_REGION_INFO, &bar))
		die("device %s", address);
	edu->registers =
	        mmap(NULL, bar.size, PROT_READ | PROT_WRITE, MAP_SHARED, edu->device, bar.offset);
	if (edu->registers == MAP_FAILED)
		die("registers of %s", address);
	enable_bus_master(edu->device);
	edu->event = eventfd(0, EFD_NONBLOCK);
	*set = (struct vfio_irq_set){
	        .argsz = sizeof(buffer),
	        .flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
	        .index = VFIO_PCI_MSI_IRQ_INDEX,
	        .count = 1,
	};
	memcpy(set->data, &edu->event, sizeof(int32_t));
	if (ioctl(edu->device, VFIO_DEVICE_SET_IRQS, set))
		die("MSI of %s", address);
	edu->irq = find_irq(address);
}

static void run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("CPU %d", cpu);
}

static void *fire(void *argument)
{
	struct edu *edu = argument;

	run_on(CPU_FIRES);
	while (!stop) {
		edu->registers[EDU_RAISE / 4] = 1;
		fired++;
	}
	return NULL;
}

static bool move_to(unsigned int irq, int cpu)
{
	char path[64], mask[8], text[64];

	snprintf(path, sizeof(path), "/proc/irq/%u/smp_affinity", irq);
	snprintf(mask, sizeof(mask), "%x", 1 << cpu);
	int file = open(path, O_WRONLY);
	ssize_t done = write(file, mask, strlen(mask));
	close(file);
	if (done < 0)
		return false; /* EBUSY: the move before this one is not over */
	snprintf(path, sizeof(path), "/proc/irq/%u/effective_affinity", irq);
	for (int looks = 0; looks < LOOKS_MAX; looks++) {
		file = open(path, O_RDONLY);
		ssize_t length = read(file, text, sizeof(text) - 1);
		close(file);
		text[length > 0 ? length : 0] = 0;
		if (strtoul(text, NULL, 16) == 1u << cpu)
			return true;
		sched_yield();
	}
	return false;
}

/* "__common_interrupt: 17 callbacks suppressed": the number, 0 in another line. */
static unsigned long suppressed(const char *line)
{
	const char *end = strstr(line, " callbacks suppressed");

	if (!end || !strstr(line, "interrupt"))
		return 0;
	while (end > line && end[-1] >= '0' && end[-1] <= '9')
		end--;
	return strtoul(end, NULL, 10);
}

/*
 * Linux up to 6.x says "No irq handler for vector", 7.x "No irq handler for CPU.VECTOR": ten times
 * in five seconds, the rest is told as a number.
 */
static unsigned long count_strays(int log)
{
	char line[8192];
	unsigned long strays = 0;
	ssize_t length;

	while ((length = read(log, line, sizeof(line) - 1)) > 0 || (length < 0 && errno == EPIPE)) {
		if (length < 0)
			continue; /* lines were overwritten; the next ones follow */
		line[length] = 0;
		strays += strstr(line, "No irq handler for") ? 1 : suppressed(line);
	}
	return strays;
}

static void mount_all(void)
{
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	if (mount("proc", "/proc", "proc", 0, NULL) || mount("sysfs", "/sys", "sysfs", 0, NULL) ||
	    (mount("devtmpfs", "/dev", "devtmpfs", 0, NULL) && errno != EBUSY))
		die("mount");
}

static void open_console(void)
{
	int console = open("/dev/console", O_RDWR);

	for (int n = 0; n < 3; n++)
		dup2(console, n);
	setvbuf(stdout, NULL, _IOLBF, 0);
}

/* "moves=N" of the command line. */
static unsigned long moves_wanted(void)
{
	char text[1024] = "";
	int file = open("/proc/cmdline", O_RDONLY);
	const char *option;

	if (read(file, text, sizeof(text) - 1) < 0)
		die("/proc/cmdline");
	close(file);
	option = strstr(text, "moves=");
	return option ? strtoul(option + strlen("moves="), NULL, 10) : MOVES_DEFAULT;
}

static void open_edus(struct edu edus[2])
{
	int container;

	write_text("/sys/bus/pci/drivers/vfio-pci/new_id", "1234 11e8");
	container = open("/dev/vfio/vfio", O_RDWR);
	if (container < 0)
		die("/dev/vfio/vfio");
	for (int n = 0; n < 2; n++)
		open_edu(&edus[n], container, addresses[n]);
}

/* How many moves; `edu` fires meanwhile. */
static unsigned long to_and_fro(struct edu *edu, unsigned long wanted)
{
	unsigned long moves = 0, refused = 0;
	pthread_t thread;

	if (pthread_create(&thread, NULL, fire, edu))
		die("thread");
	while (moves < wanted) {
		if (move_to(edu->irq, moves % 2 ? CPU_ONE : CPU_OTHER))
			moves++;
		else if (++refused > REFUSALS_MAX * wanted)
			die("affinity changes are refused");
	}
	stop = true;
	pthread_join(thread, NULL);
	return moves;
}

int main(void)
{
	struct edu edus[2];
	unsigned long moves, wanted;
	uint64_t handled;
	int log;

	open_console();
	mount_all();
	wanted = moves_wanted();
	load_modules();
	open_edus(edus);
	run_on(CPU_MOVES);
	/*
	 * The second one takes a vector of CPU_ONE for itself, so that the two targets of the first
	 * one's moves differ in the vector: an idle Linux gives it the same number on both CPUs.
	 */
	move_to(edus[1].irq, CPU_ONE);
	edus[1].registers[EDU_RAISE / 4] = 1;
	log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	if (log < 0 || lseek(log, 0, SEEK_END) < 0)
		die("/dev/kmsg");
	moves = to_and_fro(&edus[0], wanted);
	if (read(edus[0].event, &handled, sizeof(handled)) != sizeof(handled))
		handled = 0;
	sleep(LIMIT_SECONDS);
	edus[0].registers[EDU_RAISE / 4] = 1;
	sleep(1);
	printf("# linux moves=%lu fired=%lu handled=%lu strays=%lu\n", moves, fired,
	       (unsigned long)handled, count_strays(log));
	off();
}
