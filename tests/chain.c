// SPDX-License-Identifier: MIT
#include "tests/chain.h"

#include "drivers/vtd/unit.h"

/* The irq's layer between its leaf and the vectors; NULL: none. */
static const struct irq_layer *remapping_layer(const struct irq *irq)
{
	return irq->levels > 2 ? &irq->chain[1] : NULL;
}

struct chain_words chain_read(const struct irq *irq)
{
	const struct irq_layer *layer = remapping_layer(irq);
	struct chain_words words = {0};

	irq->store->ops->read(irq->store, &words.message);
	words.remapped = message_is_remappable(&words.message);
	if (!words.remapped) {
		words.delivers = true;
		words.apic_id = message_destination(&words.message);
		words.vector = message_vector(&words.message);
		return words;
	}
	words.index = message_index(&words.message);
	if (layer) {
		const struct vtd_unit *unit = layer->unit;

		words.entry = unit->table[words.index];
		words.fields = irte_decode(&words.entry, unit->extended);
		words.delivers = words.fields.present;
		words.apic_id = words.fields.destination;
		words.vector = words.fields.vector;
	}
	return words;
}

static bool check_entry(struct test_run *run, const struct irq *irq, const char *when,
                        const struct chain_words *words)
{
	const struct irte_fields *fields = &words->fields;
	const struct requester *requester = &irq->requester;
	uint8_t bus = requester->id >> 8;
	uint16_t source = requester->bus_only ? bus << 8 | bus : requester->id;
	bool right = test_check(run, words->index == remapping_layer(irq)->index,
	                        "%s: the message of irq %u names entry %u, its own is %u", when,
	                        irq->number, words->index, remapping_layer(irq)->index);

	right &=
	        test_check(run,
	                   fields->source_id == source &&
	                           fields->validation == (requester->bus_only ? IRTE_SVT_BUS_RANGE
	                                                                      : IRTE_SVT_REQUESTER),
	                   "%s: the entry of irq %u is for source %04x (SVT %u), expected %04x",
	                   when, irq->number, fields->source_id, fields->validation, source);
	right &= test_check(run, fields->level_triggered == !!irq->leaf->end_of_interrupt,
	                    "%s: the entry of irq %u has trigger mode %u", when, irq->number,
	                    fields->level_triggered);
	return right & test_check(run, !fields->delivery_mode && !fields->logical,
	                          "%s: the entry of irq %u is not fixed and physical", when,
	                          irq->number);
}

bool chain_check(struct test_run *run, const struct irq *irq, const char *when)
{
	const struct chain_words words = chain_read(irq);
	bool wants_entry = remapping_layer(irq);

	if (!test_check(run, words.remapped == wants_entry,
	                "%s: the message of irq %u is %s an entry: address %08x, data %04x", when,
	                irq->number, words.remapped ? "to" : "not to", words.message.address_lo,
	                words.message.data))
		return false;
	if (wants_entry && !check_entry(run, irq, when, &words))
		return false;
	return test_check(run,
	                  words.delivers && words.apic_id == irq->target.apic_id &&
	                          words.vector == irq->target.vector,
	                  "%s: the words of irq %u %sdeliver to APIC id %u, vector %02x, and its "
	                  "target is %u, %02x",
	                  when, irq->number, words.delivers ? "" : "do not ", words.apic_id,
	                  words.vector, irq->target.apic_id, irq->target.vector);
}
