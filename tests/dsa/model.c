// SPDX-License-Identifier: MIT
#include "tests/dsa/model.h"

#include <stddef.h>

#include "drivers/pci/sources/dsa_control.h"
#include "drivers/pci/sources/dsa_model.h"
#include "kernel/mmio.h"
#include "kernel/time.h"
#include "tests/arms.h"

#define SAMPLE_TIMEOUT_US 10000000

struct source *model_source(void)
{
	struct source *source;

	for (unsigned int n = 0; (source = arms_source(n)); n++)
		if (dsa_model(source) && source_is_remapped(source))
			break;
	return source;
}

struct model_behaviour model_behaviour(const struct source *source)
{
	const volatile uint8_t *model = dsa_model(source);

	return (struct model_behaviour){
	        .misbehave = mmio_read32(model + DSA_MODEL_MISBEHAVE),
	        .lose_every = mmio_read32(model + DSA_MODEL_LOSE_EVERY),
	        .hold_ns = mmio_read64(model + DSA_MODEL_HOLD_NS),
	        .tear_ns = mmio_read64(model + DSA_MODEL_TEAR_NS),
	        .late_ns = mmio_read64(model + DSA_MODEL_LATE_NS),
	};
}

void model_behave(const struct source *source, const struct model_behaviour *behaviour)
{
	volatile uint8_t *model = dsa_model(source);

	mmio_write32(model + DSA_MODEL_LOSE_EVERY, behaviour->lose_every);
	mmio_write64(model + DSA_MODEL_HOLD_NS, behaviour->hold_ns);
	mmio_write64(model + DSA_MODEL_TEAR_NS, behaviour->tear_ns);
	mmio_write64(model + DSA_MODEL_LATE_NS, behaviour->late_ns);
	mmio_write32(model + DSA_MODEL_MISBEHAVE, behaviour->misbehave);
	mmio_read32(model + DSA_MODEL_MISBEHAVE);
}

uint32_t model_slot_count(const struct source *source, unsigned int slot, uint32_t counter)
{
	return mmio_read32(dsa_model(source) + DSA_MODEL_SLOTS + slot * DSA_MODEL_SLOT_SIZE +
	                   counter);
}

uint64_t model_count(const struct source *source, uint32_t counter)
{
	return mmio_read64(dsa_model(source) + counter);
}

bool model_wait_sampled(const struct source *source, unsigned int slot, uint32_t before)
{
	struct deadline deadline = deadline_in_us(SAMPLE_TIMEOUT_US);

	while (model_slot_count(source, slot, DSA_MODEL_SLOT_SAMPLED) == before)
		if (deadline_passed(&deadline))
			return false;
	return true;
}
