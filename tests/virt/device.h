/* SPDX-License-Identifier: MIT */
/*
 * A guest with a device: the host's source is the guest's, too, found by the same driver there.
 *
 *	host                                   guest
 *	device_assign(run, &device, ...);      source = device_find(shared);
 *	virt_run(run, guest, &task);           source->ops->open(source) ...
 *	device_end(run, &device);
 */
#ifndef RETARGET_TESTS_VIRT_DEVICE_H
#define RETARGET_TESTS_VIRT_DEVICE_H

#include "drivers/pci/assign.h"
#include "kernel/irq/irq.h"
#include "kernel/virt/guest_backings.h"
#include "tests/suite.h"

/* Words of guest_shared.arguments from here on are taken, up to WITHIN_ARGUMENTS. */
#define DEVICE_ARGUMENTS 20

/* The n-th source of the host that can be assigned; NULL past the end. */
struct source *device_source(unsigned int n);

/* For tests with an instance for each of these. */
unsigned int device_sources(enum test_phase phase);
void device_label(enum test_phase phase, unsigned int instance, char *buffer, size_t size);
#define NO_DEVICE "a PCI device that a guest could have: MSI-X or interrupt message storage"

/* What the host keeps of a device while a guest has it, to compare with. */
struct device {
	struct assigned assigned;
	uint32_t config[64]; /* the first 256 bytes of its configuration space */
};

/*
 * Assigns `source` to the guest, which is loaded; its message words are the guest's own (`words`
 * NULL), or go to `words` with `owner`. False, and the test failed or skipped, when that cannot be.
 */
bool device_assign(struct test_run *run, struct device *device, struct guest *guest,
                   struct source *source, const struct trap_ops *words, void *owner);

/*
 * The guest has ended: takes it back, and checks that it is as it was found, and that the host can
 * open it.
 */
void device_end(struct test_run *run, struct device *device);

/* The guest: its source, not open. Panics when its driver does not find it. */
struct source *device_find(struct guest_shared *shared);

/*
 * The guest, where there is remapping: an irq of the open source's slot 0, requested on vCPU 0 by
 * way of the host. Panics when it cannot be had.
 */
struct irq *device_request(struct source *source, irq_handler *handler, void *context);

#endif
