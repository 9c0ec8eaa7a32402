// SPDX-License-Identifier: MIT
/*
 * The table of contents: from what the boot loader hands over to the verdict. The one place that
 * knows all the rooms.
 */
#include <asm-generic/errno.h>
#include <stddef.h>

#include "boot/boot_info.h"
#include "drivers/pci/pci.h"
#include "drivers/platform/com1.h"
#include "drivers/platform/hpet_pin.h"
#include "drivers/vtd/vtd.h"
#include "kernel/acpi/acpi.h"
#include "kernel/acpi/madt.h"
#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/ioapic.h"
#include "kernel/cpu/legacy.h"
#include "kernel/cpu/smp.h"
#include "kernel/cpu/stop.h"
#include "kernel/cpu/trap.h"
#include "kernel/efi.h"
#include "kernel/fw_cfg.h"
#include "kernel/head.h"
#include "kernel/image.h"
#include "kernel/irq/barrier.h"
#include "kernel/irq/dispatch.h"
#include "kernel/irq/message.h"
#include "kernel/irq/source.h"
#include "kernel/irq/vector.h"
#include "kernel/memory.h"
#include "kernel/options.h"
#include "kernel/panic.h"
#include "kernel/power.h"
#include "kernel/print.h"
#include "kernel/result_variable.h"
#include "kernel/screen/screen.h"
#include "kernel/serial.h"
#include "kernel/string.h"
#include "kernel/time.h"
#include "kernel/virt/guest.h"
#include "kernel/watchdog.h"
#include "tests/suite.h"

#define OPTIONS_FILE "opt/retarget/options"

_Noreturn void kernel_main(const struct boot_info *from_loader);

static struct boot_info boot;
static struct options options;
static const struct madt *madt;

/* What the loader was told, then what QEMU was told: the later word wins. */
static void read_options(void)
{
	char line[BOOT_OPTIONS_SIZE], error[192];
	int length = fw_cfg_read_string(OPTIONS_FILE, line, sizeof(line));

	options_init(&options);
	if (length == -E2BIG)
		print("# options: " OPTIONS_FILE " is longer than %u characters, ignored\n",
		      BOOT_OPTIONS_SIZE - 1);
	if (!options_parse(&options, boot.options, error, sizeof(error)) &&
	    !options_parse(&options, line, error, sizeof(error)))
		return;
	print("Bail out! %s\n", error);
	power_leave(options.after, VERDICT_ERROR);
}

/* NULL without a usable one: there is one CPU then, which is enough to say so. */
static const struct madt *read_madt(void)
{
	static struct madt parsed;
	const struct acpi_header *table = acpi_only_table("APIC");
	const char *why = "there is none";

	if (!table || madt_parse(table, &parsed, &why)) {
		print("# acpi: MADT refused: %s; this CPU runs alone\n", why);
		return NULL;
	}
	if (parsed.left_out)
		print("# acpi: MADT has %u entries more than fit: they are left out\n",
		      parsed.left_out);
	if (parsed.senseless)
		print("# acpi: MADT has %u entries that make no sense: they are left out\n",
		      parsed.senseless);
	return &parsed;
}

/* Whether the CPUs that will be used reach beyond those that 8 bits can name: they go last. */
static bool beyond_xapic(void)
{
	uint32_t near = 0, all = 0;

	for (uint32_t i = 0; madt && i < madt->cpu_count; i++) {
		all += madt->cpus[i].enabled;
		near += madt->cpus[i].enabled && madt->cpus[i].apic_id <= MESSAGE_APIC_ID_MAX;
	}
	return near < all && (!options.cpus || near < options.cpus);
}

/* What explains a hang. */
static void print_state(void)
{
	barrier_print();
	vector_print();
	irq_dump();
	vtd_print_state();
	guest_print();
}

static void start_cpus(void)
{
	struct cpu *cpu = cpu_create(0, 0);

	if (!cpu)
		panic("no memory for the first CPU");
	madt = read_madt();
	trap_init();
	stop_init();
	cpu_load(cpu);
	legacy_quiet();
	if (apic_init(options.apic, beyond_xapic())) {
		print("Bail out! the local APIC cannot be used as asked\n");
		power_leave(options.after, VERDICT_ERROR);
	}
	cpu->apic_id = apic_id();
	if (madt && madt->local_apic != apic_address())
		print("# acpi: MADT has the local APIC at %lx, this CPU at %lx: the CPU is "
		      "believed\n",
		      madt->local_apic, apic_address());
	if (madt)
		ioapic_init(madt, options.verbose);
	watchdog_start(options.watchdog, print_state);
	sti();
	smp_init(madt, &boot, options.cpus);
	if (vector_init())
		panic("no memory for the vectors of %u CPUs", cpu_count());
	irq_print_before_start();
}

static void find_devices(void)
{
	int error = pci_init();

	if (error < 0)
		print("# pci: no device can be found: error %d\n", error);
	vtd_init(madt, options.irtes);
	pci_probe_drivers();
	com1_probe();
	hpet_pin_probe();
	vtd_register_sources();
	vtd_mark_uncovered_sources();
}

static void print_apic_modes(void)
{
	uint32_t found[] = {[APIC_DISABLED] = 0, [APIC_XAPIC] = 0, [APIC_X2APIC] = 0};

	for (uint32_t cpu = 0; cpu < cpu_count(); cpu++)
		found[cpu_get(cpu)->apic_mode_found]++;
	print("# apic: the firmware left %u CPUs in xAPIC mode, %u in x2APIC mode, %u disabled\n",
	      found[APIC_XAPIC], found[APIC_X2APIC], found[APIC_DISABLED]);
}

/* A line for the device of source `n`; none where a source before it is the same device. */
static void print_chip(unsigned int n, const struct source *source)
{
	const struct pci_function *function = pci_function_of(&source->requester);
	const char *vendor = function ? pci_vendor_name(function->vendor) : NULL;

	for (unsigned int before = 0; before < n; before++)
		if (!strcmp(source_get(before)->location, source->location))
			return;
	print("# head source=%s at=\"%s\" ", source->name, source->location);
	if (function)
		print("id=%04x:%04x ", function->vendor, function->device);
	print("chip=\"%s%s%s\"\n", vendor ? vendor : "", vendor ? " " : "",
	      source->chip ? source->chip : source->name);
}

static void print_chips(void)
{
	const struct source *source;

	for (unsigned int n = 0; (source = source_get(n)); n++)
		print_chip(n, source);
}

static void print_machine(void)
{
	print("# retarget: %s boot, %u CPUs, %s, TSC %lu MHz\n", boot.path, cpu_count(),
	      apic_is_x2apic() ? "x2APIC" : "xAPIC", time_ticks_per_us());
	print("# stays: nothing on any disk%s; the machine can be switched off at any time\n",
	      options.keep ? ", and the result in UEFI variables where there are any" : "");
	print_apic_modes();
	screen_print();
	pci_print_chipset();
	print_chips();
	vtd_print_head();
	print("# memory: image %lu KiB, allocated %lu KiB\n", memory_image_size() / 1024,
	      memory_used() / 1024);
	print("# interrupt remapping: %s\n",
	      vtd_unavailable_reason() ? vtd_unavailable_reason() : "available");
}

static const char *remapped_by(const struct source *source)
{
	const struct vtd_unit *unit = NULL;

	if (!vtd_unavailable_reason())
		unit = vtd_unit_for(&source->requester);
	return unit ? unit->name : "none";
}

static void print_source(const struct source *source)
{
	const struct requester *requester = &source->requester;

	print("# source: %s at %s, %s%sstore %s, %u slots, ", source->name, source->location,
	      source->chip ? source->chip : "", source->chip ? ", " : "", source->kind,
	      source->slots);
	if (!source_is_remapped(source))
		print("never remapped\n");
	else if (requester->by_name && !requester->id)
		print("a pin of an IO-APIC that is found when it opens\n");
	else
		print("requester id %04x%s, remapping unit %s\n", requester->id,
		      requester->bus_only ? " (any of its bus)" : "", remapped_by(source));
}

static void print_sources(void)
{
	const struct source *source;

	for (unsigned int n = 0; (source = source_get(n)); n++)
		print_source(source);
}

_Noreturn void kernel_main(const struct boot_info *from_loader)
{
	enum verdict verdict;
	int error;

	image_keep_data();
	boot = *from_loader;
	serial_init();
	head_print_version();
	if (boot.magic != BOOT_INFO_MAGIC)
		panic("the loader and this kernel are not of one build");
	memory_init(&boot);
	screen_init(&boot.framebuffer);
	efi_init(boot.efi_system_table);
	error = acpi_init(boot.rsdp);
	if (error)
		print("# acpi: no tables: error %d\n", error);
	serial_use_spcr();
	read_options();
	time_init();
	start_cpus();
	head_print_run(&options);
	if (options.verbose)
		head_print_machine(&boot);
	find_devices();
	if (options.verbose)
		print_machine();
	if (options.verbose >= 2) {
		pci_print_functions();
		print_sources();
	}
	verdict = tests_run(&options);
	if (options.verbose >= 2 && options.watchdog)
		print("# watchdog: nothing stood still for more than %u of %u s\n",
		      watchdog_longest() + 1, options.watchdog);
	vtd_disable();
	if (options.keep && !options.list)
		result_variable_keep(&boot);
	power_leave(options.after, verdict);
}
