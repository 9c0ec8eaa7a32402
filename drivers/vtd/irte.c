// SPDX-License-Identifier: MIT
#include "drivers/vtd/irte.h"

#include <asm-generic/errno.h>

#include "kernel/print.h"

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

/* Who may send, in the words of SVT. */
static void describe_source(const struct irte_fields *fields, char *buffer, size_t size)
{
	if (fields->validation == IRTE_SVT_REQUESTER)
		format(buffer, size, "source %04x", fields->source_id);
	else if (fields->validation == IRTE_SVT_BUS_RANGE)
		format(buffer, size, "source on buses %02x to %02x", fields->source_id >> 8,
		       fields->source_id & 0xff);
	else
		format(buffer, size, "any source");
}

void irte_describe(const struct irte *entry, bool extended, char *buffer, size_t size)
{
	struct irte_fields fields = irte_decode(entry, extended);
	char target[48] = "not present", source[32];

	if (fields.present)
		format(target, sizeof(target), "vector %02x%s to APIC %u", fields.vector,
		       fields.level_triggered ? " (level)" : "", fields.destination);
	describe_source(&fields, source, sizeof(source));
	format(buffer, size, "%s, %s = %08x_%08x %08x_%08x", target, source,
	       (uint32_t)(entry->lo >> 32), (uint32_t)entry->lo, (uint32_t)(entry->hi >> 32),
	       (uint32_t)entry->hi);
}
