// SPDX-License-Identifier: MIT
#include "tests/virt/idle_source.h"

#include <stddef.h>

#include "kernel/panic.h"
#include "kernel/virt/guest/pv_ir_domain.h"
#include "kernel/virt/guest_backings.h"
#include "tests/idle_store.h"

enum { REQUESTER, SLOTS }; /* arguments */

static struct idle_store stores[BACKING_SLOTS_MAX];

/* The one with the most slots. */
static struct source *remapped_source(void)
{
	struct source *source, *best = NULL;

	for (unsigned int n = 0; (source = source_get(n)); n++)
		if (source_is_remapped(source) && !source->requester.by_name &&
		    source->slots <= BACKING_SLOTS_MAX && (!best || source->slots > best->slots))
			best = source;
	return best;
}

struct source *idle_source_assign(struct test_run *run, struct guest *guest)
{
	struct source *source = remapped_source();
	int error;

	if (!source) {
		test_skip(run, "no source whose messages are remapped");
		return NULL;
	}
	error = backing_assign(guest_backings(guest), source, true, NULL);
	if (!test_check(run, !error, "%s cannot be assigned: error %d", source->name, error))
		return NULL;
	guest->shared->arguments[REQUESTER] = source->requester.id;
	guest->shared->arguments[SLOTS] = source->slots;
	return source;
}

static struct message_store *store_of(struct source *source, unsigned int slot)
{
	(void)source;
	return &stores[slot].store;
}

struct source *idle_source_open(struct guest_shared *shared, const struct irq_leaf *leaf)
{
	static const struct source_ops ops = {.store = store_of};
	static struct source source = {.name = "idle", .kind = "memory", .ops = &ops};

	source.requester.id = (uint16_t)shared->arguments[REQUESTER];
	source.slots = (unsigned int)shared->arguments[SLOTS];
	source.leaf = leaf;
	for (unsigned int n = 0; n < source.slots; n++)
		idle_store_init(&stores[n], leaf != &irq_leaf_ims);
	if (source_register(&source) || irq_set_remapping_domain(&pv_ir_domain))
		panic("the idle source cannot be had");
	return &source;
}

struct irq_request idle_source_request(struct source *source, unsigned int slot)
{
	return (struct irq_request){
	        .leaf = source->leaf,
	        .store = source->ops->store(source, slot),
	        .requester = source->requester,
	        .name = source->name,
	};
}
