/* SPDX-License-Identifier: MIT */
/*
 * The interrupt remapping table entry, remapped format (VT-d r5.10, 9.9, Interrupt Remapping Table
 * Entry (IRTE) for Remapped Interrupts): encoding, decoding, and the four ways of changing one
 * that hardware may be reading.
 *
 * Vector and destination share the low quadword with the Present bit; the high one holds only who
 * may send. That is why a retarget is one 8-byte store, which nobody can see half done, while
 * the device goes on firing.
 *
 * Compose an entry in a local with irte_encode(), then hand it to exactly one irte_publish_*().
 * None of them invalidates the interrupt entry cache or writes back a CPU cache: that is the unit's
 * part (drivers/vtd/unit.h). They are inline because a move goes through them.
 */
#ifndef RETARGET_DRIVERS_VTD_IRTE_H
#define RETARGET_DRIVERS_VTD_IRTE_H

#include <asm-generic/errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/bits.h"

struct irte {
	uint64_t lo, hi;
} __attribute__((aligned(16)));
_Static_assert(sizeof(struct irte) == 16, "VT-d r5.10, 9.9");
_Static_assert(_Alignof(struct irte) == 16, "one entry never spans two cache lines");

/* Bits 63:0. */
#define IRTE_LO_DST       GENMASK_ULL(63, 32) /* x2APIC: all of it */
#define IRTE_LO_DST_XAPIC GENMASK_ULL(47, 40)
#define IRTE_LO_V         GENMASK_ULL(23, 16)
#define IRTE_LO_DLM       GENMASK_ULL(7, 5)
#define IRTE_LO_TM        BIT_ULL(4)
#define IRTE_LO_RH        BIT_ULL(3)
#define IRTE_LO_DM        BIT_ULL(2)
#define IRTE_LO_FPD       BIT_ULL(1)
#define IRTE_LO_P         BIT_ULL(0)

/* Bits 127:64, counted from 64. */
#define IRTE_HI_SVT GENMASK_ULL(19, 18)
#define IRTE_HI_SQ  GENMASK_ULL(17, 16)
#define IRTE_HI_SID GENMASK_ULL(15, 0)

enum irte_source_validation {
	IRTE_SVT_NONE = 0,
	IRTE_SVT_REQUESTER = 1, /* `source_id`, as far as `source_id_qualifier` compares it */
	IRTE_SVT_BUS_RANGE = 2, /* `source_id` is first bus << 8 | last bus */
};

struct irte_fields {
	uint32_t destination;                   /* APIC id, or logical id */
	uint8_t vector;                         /* V */
	uint8_t delivery_mode;                  /* DLM: 0 is fixed */
	bool level_triggered;                   /* TM */
	bool redirection_hint;                  /* RH */
	bool logical;                           /* DM */
	bool fault_processing_disable;          /* FPD */
	bool present;                           /* P */
	enum irte_source_validation validation; /* SVT */
	uint8_t source_id_qualifier;            /* SQ: 0 compares all 16 bits */
	uint16_t source_id;                     /* SID */
};

/*
 * `extended` is IRTA_REG.EIME: 32-bit destinations instead of 8-bit ones. Returns 0, or -EINVAL
 * with `entry` untouched for a destination, delivery mode, validation or qualifier that does not
 * fit.
 */
int irte_encode(const struct irte_fields *fields, bool extended, struct irte *entry);
struct irte_fields irte_decode(const struct irte *entry, bool extended);

#define IRTE_TEXT_SIZE 112

/*
 * The entry in words, then its low and its high quadword: "vector 31 to APIC 2, source 0018 =
 * 00000200_00310001 00000000_00040018".
 */
void irte_describe(const struct irte *entry, bool extended, char *buffer, size_t size);

/*
 * `entry`, in a local, with another target; all else, who may send above all, stays as it is.
 * Returns 0, or -EINVAL with `entry` untouched for a destination that does not fit.
 */
static inline int irte_retarget(struct irte *entry, uint32_t destination, uint8_t vector,
                                bool extended)
{
	uint64_t mask = extended ? IRTE_LO_DST : IRTE_LO_DST_XAPIC;
	uint64_t target = field_set(mask, destination) | field_set(IRTE_LO_V, vector);

	if (field_get(mask, target) != destination)
		return -EINVAL;
	entry->lo = (entry->lo & ~(mask | IRTE_LO_V)) | target;
	return 0;
}

/*
 * The one way a quadword of the table is written. An atomic store, so that no compiler splits it,
 * merges it or doubles it; release, so that it stays behind the stores before it.
 */
static inline void irte_store(uint64_t *quadword, uint64_t value)
{
	__atomic_store_n(quadword, value, __ATOMIC_RELEASE);
}

/*
 * Puts `value` into an entry that is not present.
 *
 * High quadword first, Present last. While P = 0 hardware evaluates no other field but FPD, so the
 * new high half may be seen beside the old low one. Once P = 1 is visible the high half is too:
 * stores of one CPU become visible in program order (Intel SDM vol. 3, 9.2.2 "Memory Ordering in
 * P6 and More Recent Processor Families"), and hardware reads an entry in one piece (VT-d r5.10,
 * 5.1.4, Interrupt-Remapping Hardware Operation). An emulator that reads the halves one by one is
 * no danger either: no device has been told this index yet.
 */
static inline void irte_publish_new(struct irte *entry, const struct irte *value)
{
	irte_store(&entry->hi, value->hi);
	irte_store(&entry->lo, value->lo);
}

/*
 * Moves a present entry to the target in `value`: one 8-byte store of the low quadword. -EINVAL,
 * and nothing is stored, when that alone would not turn `entry` into `value`, or when either is not
 * present.
 *
 * Hardware sees the old low half or the new one, each right beside the unchanged high half: every
 * message goes to the old target or to the new one, never to the new vector on the old CPU.
 */
static inline int irte_publish_target(struct irte *entry, const struct irte *value)
{
	if (entry->hi != value->hi || !(entry->lo & value->lo & IRTE_LO_P))
		return -EINVAL;
	irte_store(&entry->lo, value->lo);
	return 0;
}

/*
 * Puts `value` in the place of `old`, all 16 bytes in one locked operation. Returns whether the
 * entry held `old`; if not, nothing is stored. Needs cpu_has_cmpxchg16b().
 *
 * For a change that reaches into both quadwords of a present entry: from the remapped format to the
 * posted one, whose descriptor's address has a part in each (VT-d r5.10, 9.10, Interrupt Remapping
 * Table Entry (IRTE) for Posted Interrupts). A retarget does not need it.
 */
static inline bool irte_exchange(struct irte *entry, const struct irte *old,
                                 const struct irte *value)
{
	uint64_t lo = old->lo, hi = old->hi;
	bool same;

	__asm__ volatile("lock cmpxchg16b %1"
	                 : "=@ccz"(same), "+m"(*entry), "+a"(lo), "+d"(hi)
	                 : "b"(value->lo), "c"(value->hi)
	                 : "memory");
	return same;
}

/*
 * Makes the entry not present: one 8-byte store. The high half stays, as hardware may hold the old
 * low half until the cache is invalidated.
 */
static inline void irte_withdraw(struct irte *entry)
{
	irte_store(&entry->lo, 0);
}

#endif
