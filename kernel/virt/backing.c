// SPDX-License-Identifier: MIT
/*
 * What a guest's irq goes through, and its backing with it:
 *
 *     guest                   call                        host
 *     irq_alloc()             RESERVED                    irq_alloc()
 *     irq_request()           {vector, vCPU}              irq_request()
 *     irq_set_affinity()      {vector, vCPU}              irq_set_affinity()
 *     irq_release()           RESERVED                    irq_release()
 *     irq_free()              NONE                        irq_free()
 *
 * The order of a move. Old and new target are both the guest's irq's while it moves, so a message
 * may go to either; but when the call has returned none may go to the old one any more, for the
 * guest may take that vector, or vCPU, out of service:
 *
 *     mover                                  handlers, on old and new host CPU
 *     -----                                  ---------------------------------
 *     host irq to the new CPU; can fail      read {old}, post {old}
 *     target = {new}                         read {old} or {new}
 *     wait until no handler is at it         post what they have read
 *     return                                 read {new}, also for messages of before
 *
 * A handler says that it is at it before it reads the target, and the mover looks for handlers
 * after it has written it, both in one order for all CPUs (sequentially consistent): so either the
 * handler reads {new}, or the mover waits for it.
 */
#include "kernel/virt/backing.h"

#include <asm-generic/errno.h>
#include <stddef.h>

#include "kernel/bits.h"
#include "kernel/cpu/instructions.h"
#include "kernel/cpu/wait.h"
#include "kernel/print.h"
#include "kernel/string.h"
#include "kernel/virt/hypercall.h"

#define TARGET_VECTOR GENMASK_ULL(7, 0)
#define TARGET_VCPU   GENMASK_ULL(63, 32)
#define VECTORS       256

static void silent_read(struct message_store *store, struct message *message)
{
	(void)store;
	*message = (struct message){0};
}

static void silent_write(struct message_store *store, enum message_word word, uint32_t value)
{
	(void)store, (void)word, (void)value;
}

/* With remapping a move ends with the entry's invalidation, behind all that was sent before. */
static void silent_flush(struct message_store *store)
{
	(void)store;
}

static const struct message_store_ops silent_ops = {
        .read = silent_read,
        .write = silent_write,
        .flush = silent_flush,
};

static void describe(struct irq *irq, struct irq_layer *layer, char *buffer, size_t size)
{
	const struct backing *backing =
	        (void *)((char *)irq->store - offsetof(struct backing, silent));
	uint64_t target = __atomic_load_n(&backing->target, __ATOMIC_RELAXED);

	(void)layer;
	if (target)
		format(buffer, size, "for vector %02lx of vCPU %lu",
		       field_get(TARGET_VECTOR, target), field_get(TARGET_VCPU, target));
	else
		format(buffer, size, "for no vector of the guest yet");
}

const struct irq_leaf irq_leaf_backing = {
        .domain =
                {
                        .name = "backing",
                        .activate = leaf_activate,
                        .deactivate = leaf_deactivate,
                        .set_affinity = leaf_set_affinity,
                        .describe = describe,
                },
        .needs_remapping = true,
        .reservation = IRQ_RESERVES_ALWAYS,
};

void backing_init(struct backings *backings, const struct backing_ops *ops, void *guest,
                  uint32_t vcpus)
{
	memset(backings, 0, sizeof(*backings));
	backings->ops = ops;
	backings->guest = guest;
	backings->vcpus = vcpus;
}

static struct backing_device *device_of(struct backings *backings, uint64_t requester)
{
	for (unsigned int n = 0; n < backings->devices; n++)
		if (backings->device[n].source->requester.id == requester)
			return &backings->device[n];
	return NULL;
}

int backing_assign(struct backings *backings, struct source *source, bool guest_writes,
                   const struct protocol *protocol)
{
	if (device_of(backings, source->requester.id))
		return -EBUSY;
	if (backings->devices == BACKING_DEVICES_MAX ||
	    source->slots > BACKING_SLOTS_MAX - backings->slots)
		return -ENOSPC;
	backings->device[backings->devices++] = (struct backing_device){
	        .source = source,
	        .protocol = protocol,
	        .guest_writes = guest_writes,
	        .first = backings->slots,
	};
	for (unsigned int n = 0; n < source->slots; n++)
		backings->slot[backings->slots++] = (struct backing){
		        .silent.ops = &silent_ops,
		        .backings = backings,
		};
	return 0;
}

static void count(uint64_t *counter)
{
	__atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

static void arrived(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	struct backing *backing = context;
	struct backings *all = backing->backings;
	uint64_t target;

	(void)irq, (void)arrival;
	__atomic_add_fetch(&backing->posting, 1, __ATOMIC_SEQ_CST);
	target = __atomic_load_n(&backing->target, __ATOMIC_SEQ_CST);
	if (!target)
		count(&all->counts.unrouted);
	else if (all->ops->post(all->guest, (uint32_t)field_get(TARGET_VCPU, target),
	                        (uint8_t)field_get(TARGET_VECTOR, target)))
		count(&all->counts.posts);
	else
		count(&all->counts.merged);
	__atomic_sub_fetch(&backing->posting, 1, __ATOMIC_SEQ_CST);
}

static void stray(struct irq *irq, const struct irq_arrival *arrival, void *context)
{
	struct backing *backing = context;

	(void)irq, (void)arrival;
	count(&backing->backings->counts.strays);
}

/* With interrupts on: it may be a handler of this CPU. */
static void aim(struct backing *backing, uint64_t target)
{
	__atomic_store_n(&backing->target, target, __ATOMIC_SEQ_CST);
	if (!__atomic_load_n(&backing->posting, __ATOMIC_SEQ_CST))
		return;
	wait_begin("handlers of backing irq %lu that post", backing->irq->number);
	while (__atomic_load_n(&backing->posting, __ATOMIC_SEQ_CST))
		pause();
	wait_end();
}

static int allocate(struct backings *backings, const struct backing_device *device,
                    unsigned int slot, struct backing *backing)
{
	struct source *source = device->source;
	const struct irq_request request = {
	        .leaf = device->guest_writes ? &irq_leaf_backing : source->leaf,
	        .store = device->guest_writes ? &backing->silent : source->ops->store(source, slot),
	        .requester = source->requester,
	        .name = source->name,
	        .protocol = device->protocol,
	};

	backings->counts.allocs++;
	return irq_alloc(&request, &backing->irq);
}

/* The target first: an irq that is requested delivers at once. */
static int request(struct backings *backings, struct backing *backing, uint32_t cpu,
                   uint64_t target)
{
	int error;

	backings->counts.requests++;
	aim(backing, target);
	error = irq_request(backing->irq, cpu, arrived, stray, backing);
	if (error)
		aim(backing, 0);
	return error;
}

static int move(struct backings *backings, struct backing *backing, uint32_t cpu, uint64_t target)
{
	int error;

	backings->counts.moves++;
	error = irq_set_affinity(backing->irq, cpu);
	if (!error)
		aim(backing, target);
	return error;
}

static int deliver(struct backings *backings, struct backing *backing, uint64_t target)
{
	uint32_t vcpu = (uint32_t)field_get(TARGET_VCPU, target);
	uint32_t cpu = backings->ops->cpu_of(backings->guest, vcpu);

	return backing->irq->active ? move(backings, backing, cpu, target)
	                            : request(backings, backing, cpu, target);
}

/* Also one that could not be released before, and so has a vector still. */
static int reserve(struct backings *backings, struct backing *backing)
{
	const struct irq *irq = backing->irq;
	int error;

	if (!irq->active && irq->reserves == irq->reserved)
		return 0;
	backings->counts.releases++;
	error = irq_release(backing->irq);
	if (!error)
		aim(backing, 0);
	return error;
}

/* What irq_release() cannot give back, irq_free() does. */
static void give_back(struct backings *backings, struct backing *backing)
{
	struct irq *irq = backing->irq;

	reserve(backings, backing);
	backings->counts.frees++;
	irq_free(irq);
	aim(backing, 0);
	backing->irq = NULL;
}

static int change(struct backings *backings, struct backing *backing, uint64_t vector,
                  uint64_t vcpu)
{
	uint32_t before = backing->irq->last_generation;
	int error;

	if (vector == HYPERCALL_VECTOR_RESERVED)
		error = reserve(backings, backing);
	else
		error = deliver(backings, backing,
		                field_set(TARGET_VECTOR, vector) | field_set(TARGET_VCPU, vcpu));
	backings->counts.retargets += !error && backing->irq->last_generation != before;
	return error;
}

/* Without remapping there is no entry, and no guest that writes the message. */
static int64_t entry_of(const struct backing *backing)
{
	const struct message *message = &backing->irq->message;

	return message_is_remappable(message) ? message_index(message) : 0;
}

static int64_t update(struct backings *backings, const struct backing_device *device,
                      unsigned int slot, uint64_t vector, uint64_t vcpu)
{
	struct backing *backing = &backings->slot[device->first + slot];
	bool is_new = !backing->irq;
	int error = 0;

	if (vector == HYPERCALL_VECTOR_NONE) {
		if (is_new)
			return -ENOENT;
		give_back(backings, backing);
		return 0;
	}
	if (is_new)
		error = allocate(backings, device, slot, backing);
	if (error)
		return error;
	error = change(backings, backing, vector, vcpu);
	if (error && is_new)
		give_back(backings, backing);
	return error ? error : entry_of(backing);
}

static int64_t check_and_update(struct backings *backings, uint64_t handle, uint64_t vector,
                                uint64_t vcpu)
{
	const struct backing_device *device =
	        device_of(backings, field_get(HYPERCALL_HANDLE_DEVICE, handle));
	uint64_t slot = field_get(HYPERCALL_HANDLE_SLOT, handle);

	if (handle & ~(HYPERCALL_HANDLE_DEVICE | HYPERCALL_HANDLE_SLOT) || !device)
		return -ENODEV;
	if (slot >= device->source->slots)
		return -EINVAL;
	if (vector > HYPERCALL_VECTOR_RESERVED &&
	    (vector < HYPERCALL_VECTOR_FIRST || vector >= VECTORS || vcpu >= backings->vcpus))
		return -EINVAL;
	return update(backings, device, (unsigned int)slot, vector, vcpu);
}

/* With interrupts on: who has the turn may wait for this CPU. */
static void take_turn(struct backings *backings)
{
	if (!__atomic_exchange_n(&backings->turn, 1, __ATOMIC_ACQUIRE))
		return;
	wait_begin("its turn to change a backing of guest %lx", (uint64_t)backings);
	while (__atomic_exchange_n(&backings->turn, 1, __ATOMIC_ACQUIRE))
		pause();
	wait_end();
}

static void end_turn(struct backings *backings)
{
	__atomic_store_n(&backings->turn, 0, __ATOMIC_RELEASE);
}

int64_t backing_update(struct backings *backings, uint64_t handle, uint64_t vector, uint64_t vcpu)
{
	int64_t result;

	take_turn(backings);
	result = check_and_update(backings, handle, vector, vcpu);
	backings->counts.updates++;
	backings->counts.refused += result < 0;
	end_turn(backings);
	return result;
}

static bool is_for(const struct backing *backing, uint32_t vcpu)
{
	return backing->irq && backing->irq->active && backing->target &&
	       field_get(TARGET_VCPU, backing->target) == vcpu;
}

uint32_t backing_follow(struct backings *backings, uint32_t vcpu)
{
	uint32_t left = 0;

	take_turn(backings);
	for (unsigned int n = 0; n < backings->slots; n++)
		if (is_for(&backings->slot[n], vcpu))
			left += !!deliver(backings, &backings->slot[n], backings->slot[n].target);
	end_turn(backings);
	return left;
}

void backing_end(struct backings *backings)
{
	take_turn(backings);
	for (unsigned int n = 0; n < backings->slots; n++)
		if (backings->slot[n].irq)
			give_back(backings, &backings->slot[n]);
	backings->devices = backings->slots = 0;
	end_turn(backings);
}

uint32_t backing_count(const struct backings *backings)
{
	uint32_t found = 0;

	for (unsigned int n = 0; n < backings->slots; n++)
		found += !!backings->slot[n].irq;
	return found;
}
