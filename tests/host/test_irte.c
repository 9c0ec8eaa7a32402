// SPDX-License-Identifier: MIT
// links: drivers/vtd/irte.c
#include "drivers/vtd/irte.h"
#include "tests/host/unit.h"

#include <asm-generic/errno.h>
#include <string.h>

static const struct irte_fields edu = {
        .present = true,
        .vector = 0x41,
        .destination = 3,
        .validation = IRTE_SVT_REQUESTER,
        .source_id = 0x0018, /* 00:03.0 */
};

static void assert_encodes(const struct irte_fields *fields, bool extended, uint64_t hi,
                           uint64_t lo)
{
	struct irte entry;

	assert_int_equal(irte_encode(fields, extended, &entry), 0);
	assert_int_equal(entry.lo, lo);
	assert_int_equal(entry.hi, hi);
}

static void golden_words(void **state)
{
	const struct irte_fields none = {0};
	struct irte_fields bus = edu;

	(void)state;
	assert_encodes(&none, false, 0, 0);
	assert_encodes(&edu, false, 0x0000000000040018, 0x0000030000410001);
	assert_encodes(&edu, true, 0x0000000000040018, 0x0000000300410001);

	bus.validation = IRTE_SVT_BUS_RANGE;
	bus.source_id = 0x0202;
	assert_encodes(&bus, false, 0x0000000000080202, 0x0000030000410001);
}

/* Each field alone, with all its bits set, against the bits figure 9-9 gives it. */
static void golden_fields(void **state)
{
	(void)state;
	assert_encodes(&(struct irte_fields){.present = true}, false, 0, 1 << 0);
	assert_encodes(&(struct irte_fields){.fault_processing_disable = true}, false, 0, 1 << 1);
	assert_encodes(&(struct irte_fields){.logical = true}, false, 0, 1 << 2);
	assert_encodes(&(struct irte_fields){.redirection_hint = true}, false, 0, 1 << 3);
	assert_encodes(&(struct irte_fields){.level_triggered = true}, false, 0, 1 << 4);
	assert_encodes(&(struct irte_fields){.delivery_mode = 7}, false, 0, 0xe0);
	assert_encodes(&(struct irte_fields){.vector = 0xff}, false, 0, 0xff0000);
	assert_encodes(&(struct irte_fields){.destination = 0xff}, false, 0, 0xff0000000000);
	assert_encodes(&(struct irte_fields){.destination = 0xffffffff}, true, 0,
	               0xffffffff00000000);
	assert_encodes(&(struct irte_fields){.source_id = 0xffff}, false, 0xffff, 0);
	assert_encodes(&(struct irte_fields){.source_id_qualifier = 3}, false, 0x30000, 0);
	assert_encodes(&(struct irte_fields){.validation = IRTE_SVT_REQUESTER}, false, 0x40000, 0);
	assert_encodes(&(struct irte_fields){.validation = IRTE_SVT_BUS_RANGE}, false, 0x80000, 0);
}

static void refuses_what_does_not_fit(void **state)
{
	const struct irte_fields bad[] = {
	        {.destination = 256},
	        {.delivery_mode = 8},
	        {.validation = 3},
	        {.source_id_qualifier = 4},
	};
	struct irte entry = {.lo = 1, .hi = 2};

	(void)state;
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(irte_encode(&bad[i], false, &entry), -EINVAL);
	assert_int_equal(entry.lo, 1);
	assert_int_equal(entry.hi, 2);
	assert_int_equal(irte_encode(&bad[0], true, &entry), 0);
}

static void assert_round_trip(const struct irte_fields *in, bool extended)
{
	struct irte entry;
	struct irte_fields out;

	assert_int_equal(irte_encode(in, extended, &entry), 0);
	out = irte_decode(&entry, extended);
	assert_int_equal(out.destination, in->destination);
	assert_int_equal(out.vector, in->vector);
	assert_int_equal(out.delivery_mode, in->delivery_mode);
	assert_int_equal(out.level_triggered, in->level_triggered);
	assert_int_equal(out.redirection_hint, in->redirection_hint);
	assert_int_equal(out.logical, in->logical);
	assert_int_equal(out.fault_processing_disable, in->fault_processing_disable);
	assert_int_equal(out.present, in->present);
	assert_int_equal(out.validation, in->validation);
	assert_int_equal(out.source_id_qualifier, in->source_id_qualifier);
	assert_int_equal(out.source_id, in->source_id);
}

static void every_entry_decodes_to_what_it_was_made_of(void **state)
{
	struct irte_fields fields = edu;

	(void)state;
	for (uint32_t i = 0; i < 65536; i++) {
		fields.vector = i;
		fields.destination = i >> 8;
		fields.delivery_mode = i % 8;
		fields.level_triggered = i & 1;
		fields.redirection_hint = i & 2;
		fields.logical = i & 4;
		fields.fault_processing_disable = i & 8;
		fields.present = i & 16;
		fields.validation = i % 3;
		fields.source_id_qualifier = i % 4;
		fields.source_id = ~i;
		assert_round_trip(&fields, false);
		fields.destination = i * 0x10001;
		assert_round_trip(&fields, true);
	}
}

static void a_retarget_keeps_all_but_the_target(void **state)
{
	struct irte entry;

	(void)state;
	assert_int_equal(irte_encode(&edu, true, &entry), 0);
	assert_int_equal(irte_retarget(&entry, 0x101, 0x52, true), 0);
	assert_int_equal(entry.lo, 0x0000010100520001);
	assert_int_equal(irte_retarget(&entry, 0xfffffffe, 0x53, true), 0);
	assert_int_equal(entry.lo, 0xfffffffe00530001);
	assert_int_equal(entry.hi, 0x0000000000040018);

	assert_int_equal(irte_encode(&edu, false, &entry), 0);
	assert_int_equal(irte_retarget(&entry, 0x100, 0x52, false), -EINVAL);
	assert_int_equal(entry.lo, 0x0000030000410001);
	assert_int_equal(irte_retarget(&entry, 0xfe, 0x52, false), 0);
	assert_int_equal(entry.lo, 0x0000fe0000520001);
}

/* tests/eim.c has hardware read an entry in the other format than it was written in. */
static void the_two_formats_do_not_agree(void **state)
{
	struct irte_fields one = edu;
	struct irte entry;

	(void)state;
	one.destination = 1;
	assert_int_equal(irte_encode(&one, false, &entry), 0);
	assert_int_equal(irte_decode(&entry, true).destination, 0x100);
	assert_int_equal(irte_encode(&one, true, &entry), 0);
	assert_int_equal(irte_decode(&entry, false).destination, 0);
}

/* Three entries; what is done to the middle one must not be seen on the others. */
struct table {
	struct irte before, entry, after;
};

static struct table fresh_table(void)
{
	struct table table;

	memset(&table, 0xa5, sizeof(table));
	table.entry = (struct irte){0};
	return table;
}

static void assert_neighbours_untouched(const struct table *table)
{
	const struct table fresh = fresh_table();

	assert_memory_equal(&table->before, &fresh.before, sizeof(struct irte));
	assert_memory_equal(&table->after, &fresh.after, sizeof(struct irte));
}

static void publish_new_fills_one_entry(void **state)
{
	struct table table = fresh_table();
	struct irte value;

	(void)state;
	irte_encode(&edu, false, &value);
	irte_publish_new(&table.entry, &value);
	assert_memory_equal(&table.entry, &value, sizeof(value));
	assert_neighbours_untouched(&table);
}

static void publish_target_changes_the_low_quadword_only(void **state)
{
	struct table table = fresh_table();
	struct irte_fields moved = edu;
	struct irte old, new;

	(void)state;
	moved.vector = 0x52;
	moved.destination = 1;
	irte_encode(&edu, false, &old);
	irte_encode(&moved, false, &new);
	irte_publish_new(&table.entry, &old);

	assert_int_equal(irte_publish_target(&table.entry, &new), 0);
	assert_int_equal(table.entry.lo, 0x0000010000520001);
	assert_int_equal(table.entry.hi, old.hi);
	assert_neighbours_untouched(&table);
}

static void publish_target_refuses_another_sender(void **state)
{
	struct table table = fresh_table();
	struct irte_fields other = edu;
	struct irte old, new;

	(void)state;
	other.source_id = 0x0020;
	other.vector = 0x52;
	irte_encode(&edu, false, &old);
	irte_encode(&other, false, &new);
	irte_publish_new(&table.entry, &old);

	assert_int_equal(irte_publish_target(&table.entry, &new), -EINVAL);
	assert_memory_equal(&table.entry, &old, sizeof(old));
}

static void publish_target_refuses_entries_not_present(void **state)
{
	struct table table = fresh_table();
	struct irte_fields absent = edu;
	struct irte present, not_present;

	(void)state;
	absent.present = false;
	irte_encode(&edu, false, &present);
	irte_encode(&absent, false, &not_present);

	irte_publish_new(&table.entry, &not_present);
	assert_int_equal(irte_publish_target(&table.entry, &present), -EINVAL);
	assert_memory_equal(&table.entry, &not_present, sizeof(not_present));

	irte_publish_new(&table.entry, &present);
	assert_int_equal(irte_publish_target(&table.entry, &not_present), -EINVAL);
	assert_memory_equal(&table.entry, &present, sizeof(present));
}

static void withdraw_clears_present_and_keeps_the_sender(void **state)
{
	struct table table = fresh_table();
	struct irte value;

	(void)state;
	irte_encode(&edu, false, &value);
	irte_publish_new(&table.entry, &value);
	irte_withdraw(&table.entry);
	assert_int_equal(table.entry.lo, 0);
	assert_int_equal(table.entry.hi, value.hi);
	assert_neighbours_untouched(&table);
}

static void assert_describes(const struct irte_fields *fields, bool extended, const char *expected)
{
	char text[IRTE_TEXT_SIZE];
	struct irte entry;

	assert_int_equal(irte_encode(fields, extended, &entry), 0);
	irte_describe(&entry, extended, text, sizeof(text));
	assert_string_equal(text, expected);
}

static void an_entry_is_described_in_words_and_in_hex(void **state)
{
	struct irte_fields fields = edu;

	(void)state;
	assert_describes(&fields, false,
	                 "vector 41 to APIC 3, source 0018 = 00000300_00410001 00000000_00040018");
	fields.level_triggered = true;
	assert_describes(&fields, true,
	                 "vector 41 (level) to APIC 3, source 0018 = 00000003_00410011 "
	                 "00000000_00040018");
	fields.present = false;
	fields.validation = IRTE_SVT_BUS_RANGE;
	fields.source_id = 0x0203;
	assert_describes(&fields, false,
	                 "not present, source on buses 02 to 03 = 00000300_00410010 "
	                 "00000000_00080203");
	fields.validation = IRTE_SVT_NONE;
	assert_describes(&fields, false,
	                 "not present, any source = 00000300_00410010 00000000_00000203");
}

/* The longest there is, cut nowhere. */
static void every_description_has_room(void **state)
{
	const struct irte_fields longest = {
	        .present = true,
	        .vector = 0xff,
	        .level_triggered = true,
	        .destination = 0xffffffff,
	        .validation = IRTE_SVT_BUS_RANGE,
	        .source_id = 0xffff,
	};

	(void)state;
	assert_describes(&longest, true,
	                 "vector ff (level) to APIC 4294967295, source on buses ff to ff = "
	                 "ffffffff_00ff0011 00000000_0008ffff");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(golden_words),
	        cmocka_unit_test(golden_fields),
	        cmocka_unit_test(refuses_what_does_not_fit),
	        cmocka_unit_test(every_entry_decodes_to_what_it_was_made_of),
	        cmocka_unit_test(a_retarget_keeps_all_but_the_target),
	        cmocka_unit_test(the_two_formats_do_not_agree),
	        cmocka_unit_test(publish_new_fills_one_entry),
	        cmocka_unit_test(publish_target_changes_the_low_quadword_only),
	        cmocka_unit_test(publish_target_refuses_another_sender),
	        cmocka_unit_test(publish_target_refuses_entries_not_present),
	        cmocka_unit_test(withdraw_clears_present_and_keeps_the_sender),
	        cmocka_unit_test(an_entry_is_described_in_words_and_in_hex),
	        cmocka_unit_test(every_description_has_room),
	};

	return cmocka_run_group_tests_name("irte", tests, NULL, NULL);
}
