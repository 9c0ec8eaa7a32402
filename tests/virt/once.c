// SPDX-License-Identifier: MIT
/*
 * An interrupt that a guest is given comes in once, also when the machine's memory map changes
 * while its handler runs. A CPU does not care; QEMU's TCG, for that, calls each CPU's thread out of
 * what it is at, and an event that was injected as an external interrupt it then delivers once more
 * (vm_inject() of kernel/virt/svm_vcpu.c). It has forgotten it by the guest's next exit or PAUSE,
 * so the irq's leaf here is one that ends its interrupt behind the handler, as for a level: the end
 * of interrupt is an exit. And the handler spins without PAUSE.
 */
#include <linux/pci_regs.h>
#include <stddef.h>

#include "drivers/pci/pci.h"
#include "kernel/cpu/apic.h"
#include "kernel/irq/domain.h"
#include "kernel/irq/irq.h"
#include "kernel/irq/source.h"
#include "kernel/virt/guest/host.h"
#include "tests/idle_store.h"
#include "tests/virt/run.h"

#define ROUNDS 20

enum { INSIDE }; /* results: the round of which the handler has begun */
enum { GO_ON };  /* arguments: the round of which it may end */

static uint64_t arrived, round;

static void nothing_to_do(struct irq *irq)
{
	(void)irq;
}

static const struct irq_leaf ends_late = {
        .domain = LEAF_DOMAIN("ends-late"),
        .never_remapped = true,
        .end_of_interrupt = nothing_to_do,
};

static void stay_inside(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	(void)irq, (void)arrival, (void)context;
	arrived++;
	__atomic_store_n(&guest_shared.results[INSIDE], round, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&guest_shared.arguments[GO_ON], __ATOMIC_SEQ_CST) < round)
		; /* no PAUSE */
}

static void take_each_once(struct guest_shared *shared)
{
	static struct idle_store idle;
	struct irq_request request;
	struct irq *irq;

	(void)shared;
	idle_store_init(&idle, false);
	request = idle_request(&idle, NULL, false);
	request.leaf = &ends_late;
	if (!guest_check(!irq_alloc(&request, &irq) &&
	                         !irq_request(irq, 0, stay_inside, stay_inside, NULL),
	                 "no irq"))
		return;
	for (round = 1; round <= ROUNDS; round++) {
		apic_send(apic_id(), irq->target.vector);
		if (!guest_check(arrived == round, "%lu interrupts came in, %lu were sent", arrived,
		                 round))
			break;
	}
	irq_release(irq);
	irq_free(irq);
}

static bool decodes_memory(const struct pci_function *function)
{
	struct pci_bar bar;

	for (unsigned int n = 0; n <= 5; n++)
		if (pci_read_bar(function, n, &bar) && bar.address)
			return pci_read16(function, PCI_COMMAND) & PCI_COMMAND_MEMORY;
	return false;
}

/* Of a source at rest. */
static const struct pci_function *idle_function(void)
{
	const struct source *source;

	for (unsigned int n = 0; (source = source_get(n)); n++) {
		const struct pci_function *function = pci_function_of(&source->requester);

		if (function && decodes_memory(function))
			return function;
	}
	return NULL;
}

static void change_memory_map(const struct pci_function *function)
{
	uint16_t command = pci_read16(function, PCI_COMMAND);

	pci_write16(function, PCI_COMMAND, command & ~PCI_COMMAND_MEMORY);
	pci_write16(function, PCI_COMMAND, command);
}

static void once(struct test_run *run)
{
	static const struct guest_task task = {"take each once", take_each_once};
	const struct pci_function *function = idle_function();
	struct guest *guest = virt_load(run, 1);

	if (!guest)
		return;
	if (!function) {
		test_skip(run, "no source's device decodes memory");
		return;
	}
	if (!virt_start(run, guest, &task))
		return;
	for (uint64_t n = 1; n <= ROUNDS; n++) {
		virt_wait(guest, &guest->shared->results[INSIDE], n, "handler %lu of the guest");
		change_memory_map(function);
		__atomic_store_n(&guest->shared->arguments[GO_ON], n, __ATOMIC_SEQ_CST);
	}
	virt_finish(run, guest);
}

TEST(70, virt_once) = {
        .name = "virt.once",
        .checks = "an interrupt that a guest is given comes in once, also when the machine's "
                  "memory map changes while its handler runs (AMD APM vol. 2, 15.20 \"Event "
                  "Injection\")",
        .failure = "a message comes in twice in a guest now and then, and nobody has sent it twice",
        .phase = PHASE_DIRECT,
        .cpus = 2,
        .run = once,
};
