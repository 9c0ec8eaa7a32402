// SPDX-License-Identifier: MIT
#include "kernel/virt/guest_backings.h"

static struct backings backings;

static bool post(void *guest, uint32_t vcpu, uint8_t vector)
{
	return vcpu_post(((struct guest *)guest)->vcpu[vcpu], vector);
}

static uint32_t cpu_of(void *guest, uint32_t vcpu)
{
	return vcpu_host_cpu(((struct guest *)guest)->vcpu[vcpu]);
}

static const struct backing_ops ops = {.post = post, .cpu_of = cpu_of};

struct backings *guest_backings(struct guest *guest)
{
	backing_init(&backings, &ops, guest, guest->vcpus);
	guest->backings = &backings;
	return &backings;
}
