// SPDX-License-Identifier: MIT
#include "drivers/vtd/irte.h"

#include <asm-generic/errno.h>

int irte_encode(const struct irte_fields *fields, bool extended, struct irte *entry)
{
	uint64_t destination_mask = extended ? IRTE_LO_DST : IRTE_LO_DST_XAPIC;
	struct irte e = {0};

	e.lo = field_set(destination_mask, fields->destination) |
	       field_set(IRTE_LO_V, fields->vector) |
	       field_set(IRTE_LO_DLM, fields->delivery_mode) |
	       field_set(IRTE_LO_TM, fields->level_triggered) |
	       field_set(IRTE_LO_RH, fields->redirection_hint) |
	       field_set(IRTE_LO_DM, fields->logical) |
	       field_set(IRTE_LO_FPD, fields->fault_processing_disable) |
	       field_set(IRTE_LO_P, fields->present);
	e.hi = field_set(IRTE_HI_SVT, fields->validation) |
	       field_set(IRTE_HI_SQ, fields->source_id_qualifier) |
	       field_set(IRTE_HI_SID, fields->source_id);

	/* field_set() cuts off what does not fit: a cut destination would be another CPU. */
	if (field_get(destination_mask, e.lo) != fields->destination ||
	    field_get(IRTE_LO_DLM, e.lo) != fields->delivery_mode ||
	    fields->validation > IRTE_SVT_BUS_RANGE ||
	    field_get(IRTE_HI_SQ, e.hi) != fields->source_id_qualifier)
		return -EINVAL;
	*entry = e;
	return 0;
}

struct irte_fields irte_decode(const struct irte *entry, bool extended)
{
	return (struct irte_fields){
	        .destination = field_get(extended ? IRTE_LO_DST : IRTE_LO_DST_XAPIC, entry->lo),
	        .vector = field_get(IRTE_LO_V, entry->lo),
	        .delivery_mode = field_get(IRTE_LO_DLM, entry->lo),
	        .level_triggered = field_get(IRTE_LO_TM, entry->lo),
	        .redirection_hint = field_get(IRTE_LO_RH, entry->lo),
	        .logical = field_get(IRTE_LO_DM, entry->lo),
	        .fault_processing_disable = field_get(IRTE_LO_FPD, entry->lo),
	        .present = field_get(IRTE_LO_P, entry->lo),
	        .validation = field_get(IRTE_HI_SVT, entry->hi),
	        .source_id_qualifier = field_get(IRTE_HI_SQ, entry->hi),
	        .source_id = field_get(IRTE_HI_SID, entry->hi),
	};
}

/*
 * The one way a quadword of the table is written. An atomic store, so that no compiler splits it,
 * merges it or doubles it; release, so that it stays behind the stores before it.
 */
static void store(uint64_t *quadword, uint64_t value)
{
	__atomic_store_n(quadword, value, __ATOMIC_RELEASE);
}

/*
 * High quadword first, Present last. While P = 0 hardware evaluates no other field but FPD, so the
 * new high half may be seen beside the old low one. Once P = 1 is visible the high half is too:
 * stores of one CPU become visible in program order (Intel SDM vol. 3, 9.2.2 "Memory Ordering in
 * P6 and More Recent Processor Families"), and hardware reads an entry in one piece (VT-d r5.10,
 * 5.1.4, Interrupt-Remapping Hardware Operation). An emulator that reads the halves one by one is
 * no danger either: no device has been told this index yet.
 */
void irte_publish_new(struct irte *entry, const struct irte *value)
{
	store(&entry->hi, value->hi);
	store(&entry->lo, value->lo);
}

/*
 * Hardware sees the old low half or the new one, each right beside the unchanged high half: every
 * message goes to the old target or to the new one, never to the new vector on the old CPU.
 */
int irte_publish_target(struct irte *entry, const struct irte *value)
{
	if (entry->hi != value->hi || !(entry->lo & value->lo & IRTE_LO_P))
		return -EINVAL;
	store(&entry->lo, value->lo);
	return 0;
}

/* The high half stays: hardware may hold the old low half until the cache is invalidated. */
void irte_withdraw(struct irte *entry)
{
	store(&entry->lo, 0);
}
