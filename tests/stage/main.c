// SPDX-License-Identifier: MIT
// The way of the first stage: the words, the unit, the kernel.
#include "tests/stage/stage.h"

#define COM1       0x3f8
#define COM1_LSR   (COM1 + 5)
#define LSR_THRE   0x20
#define DEBUG_EXIT 0xf4
#define EXIT_ERROR 2 /* as the kernel's verdict "error" */

#define HVM_START_MAGIC 0x336ec578
#define MEMORY_RESERVED 2
#define MEMORY_MAX      32

/* Xen x86/HVM direct boot ABI, struct hvm_start_info, version 1. */
struct start_info {
	uint32_t magic;
	uint32_t version;
	uint32_t flags;
	uint32_t modules_count;
	uint64_t modules;
	uint64_t command_line;
	uint64_t rsdp;
	uint64_t memory_map;
	uint32_t memory_map_count;
	uint32_t reserved;
};
_Static_assert(sizeof(struct start_info) == 56, "Xen x86/HVM direct boot ABI");

struct module {
	uint64_t address;
	uint64_t size;
	uint64_t command_line;
	uint64_t reserved;
};
_Static_assert(sizeof(struct module) == 32, "Xen x86/HVM direct boot ABI");

struct memory {
	uint64_t base;
	uint64_t length;
	uint32_t type;
	uint32_t reserved;
};
_Static_assert(sizeof(struct memory) == 24, "Xen x86/HVM direct boot ABI");

extern char _stage_start[], _stage_end[];

void stage_main(const struct start_info *start);
_Noreturn void stage_leave(uintptr_t entry, const struct start_info *start);

static const char *words;

void say(const char *text)
{
	for (; *text; text++) {
		while (!(in8(COM1_LSR) & LSR_THRE))
			;
		out8(COM1, (uint8_t)*text);
	}
}

void say_hex(uint32_t value)
{
	char digits[9] = {0};

	for (int i = 7; i >= 0; i--, value >>= 4)
		digits[i] = "0123456789abcdef"[value & 15];
	say(digits);
}

void bail_out(const char *why)
{
	say("Bail out! stage: ");
	say(why);
	say("\r\n");
	out8(DEBUG_EXIT, EXIT_ERROR);
	for (;;)
		__asm__ volatile("hlt");
}

void need(bool condition, const char *what)
{
	if (!condition)
		bail_out(what);
}

/* The word that begins at `text` is `word`; where it ends. */
static const char *match(const char *text, const char *word)
{
	while (*word && *text == *word)
		text++, word++;
	return *word || (*text && *text != ' ') ? NULL : text;
}

/* The word behind the one at `at`. */
static const char *next(const char *at)
{
	while (*at && *at != ' ')
		at++;
	while (*at == ' ')
		at++;
	return at;
}

bool asked_for(const char *word)
{
	for (const char *at = words; *at && !match(at, "--"); at = next(at))
		if (match(at, word))
			return true;
	return false;
}

static void check_words(void)
{
	static const char *const known[] = {
	        "te-identity", "te-pass", "te-nothing", "scalable", "pmen",    "ir",
	        "ir-x2apic",   "cfi",     "x2apic",     "event",    "faults",  "event-masked",
	        "pin",         "level",   "msi",        "qi",       "qi-bare", "qi-iec",
	        "qi-event",    "qi-256",  "qi-stuck",   "qi-tail",
	};

	for (const char *at = words; *at && !match(at, "--"); at = next(at)) {
		bool found = false;

		for (unsigned int i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			found = found || match(at, known[i]);
		need(found, "a word that is none of stage.h's");
	}
}

/* Behind the "--". */
static const char *kernel_options(void)
{
	for (const char *at = words; *at; at = next(at))
		if (match(at, "--"))
			return next(at);
	return "";
}

/* What the unit still reads and writes lies in this image: the kernel is told to keep off. */
static const struct start_info *start_of_kernel(const struct start_info *start)
{
	static struct start_info kernel;
	static struct memory map[MEMORY_MAX + 1];
	const struct memory *given = (const struct memory *)(uintptr_t)start->memory_map;
	uint32_t count = start->memory_map_count;

	need(count <= MEMORY_MAX, "the memory map is too long");
	for (uint32_t i = 0; i < count; i++)
		map[i] = given[i];
	map[count].base = (uintptr_t)_stage_start;
	map[count].length = (uintptr_t)_stage_end - (uintptr_t)_stage_start;
	map[count].type = MEMORY_RESERVED;

	kernel = *start;
	kernel.modules_count = 0;
	kernel.modules = 0;
	kernel.command_line = (uintptr_t)kernel_options();
	kernel.memory_map = (uintptr_t)map;
	kernel.memory_map_count = count + 1;
	return &kernel;
}

void stage_main(const struct start_info *start)
{
	const struct module *module = (const struct module *)(uintptr_t)start->modules;
	uintptr_t entry;

	words = start->command_line ? (const char *)(uintptr_t)start->command_line : "";
	while (*words == ' ')
		words++;
	need(start->magic == HVM_START_MAGIC && start->version >= 1, "this is no PVH boot");
	need(start->modules_count == 1, "the kernel goes beside it: -initrd build/retarget.elf");
	check_words();
	unit_check();
	entry = load_kernel((uintptr_t)module->address, (size_t)module->size);
	unit_translate();
	unit_remap();
	unit_event();
	devices_leave();
	queue_leave();
	unit_say();
	stage_leave(entry, start_of_kernel(start));
}
