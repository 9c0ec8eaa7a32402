// SPDX-License-Identifier: MIT
// links: kernel/virt/decode.c
//
// The decoder against the CPU that this runs on: random instructions of the forms that it knows are
// executed, and what it said of each must be what happened. The first access faults and is
// decoded; then there is memory in that place, and the instruction runs to the breakpoint behind
// it. All registers are known before and read after.
#define _GNU_SOURCE
#include <asm-generic/errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "../../kernel/mmio.h" /* the kernel's own, not tests/host/instead/ */
#include "kernel/random.h"
#include "kernel/virt/decode.h"
#include "tests/host/unit.h"

#define PAGE        4096UL
#define CODE        ((uint8_t *)0x300000000000) /* far from all else, for RIP-relative ones */
#define BASE        0x120000000000ULL           /* times 1, 2, 3 and 5 nothing is there either */
#define REGISTERS   16
#define BREAKPOINT  0xcc
#define FLAGS_LEAVE (1UL << 16) /* RF */
#define ROUNDS      20000

/* By the numbers of the instruction format. */
static const int gregs[REGISTERS] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
                                     REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                     REG_R12, REG_R13, REG_R14, REG_R15};

static struct {
	uint64_t before[REGISTERS], after[REGISTERS];
	gregset_t home; /* what goes on when the instruction is done */
	int error;      /* decode()'s */
	struct decoded decoded;
	uint8_t *address; /* of the access; NULL: nothing can be there */
	uint64_t found, left;
	unsigned int length; /* of the instruction, by the CPU */
} run;

static void go_home(ucontext_t *context)
{
	for (unsigned int n = 0; n < REGISTERS; n++)
		run.after[n] = (uint64_t)context->uc_mcontext.gregs[gregs[n]];
	memcpy(context->uc_mcontext.gregs, run.home, sizeof(gregset_t));
}

static void start(int number, siginfo_t *info, void *argument)
{
	ucontext_t *context = argument;

	(void)number, (void)info;
	memcpy(run.home, context->uc_mcontext.gregs, sizeof(gregset_t));
	for (unsigned int n = 0; n < REGISTERS; n++)
		context->uc_mcontext.gregs[gregs[n]] = (greg_t)run.before[n];
	context->uc_mcontext.gregs[REG_RIP] = (greg_t)CODE;
}

static void fault(int number, siginfo_t *info, void *argument)
{
	ucontext_t *context = argument;
	uint8_t *page = (uint8_t *)((uintptr_t)info->si_addr & -PAGE);

	(void)number;
	if ((uint8_t *)context->uc_mcontext.gregs[REG_RIP] != CODE || run.address)
		abort();
	run.error = decode(CODE, DECODE_BYTES_MAX, &run.decoded);
	if (info->si_code == SI_KERNEL ||
	    mmap(page, 2 * PAGE, PROT_READ | PROT_WRITE,
	         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != page) {
		go_home(context);
		return;
	}
	run.address = info->si_addr;
	memcpy(run.address, &run.found, sizeof(run.found));
}

static void done(int number, siginfo_t *info, void *argument)
{
	ucontext_t *context = argument;

	(void)number, (void)info;
	run.length = (unsigned int)(context->uc_mcontext.gregs[REG_RIP] - 1 - (greg_t)CODE);
	memcpy(&run.left, run.address, sizeof(run.left));
	munmap((void *)((uintptr_t)run.address & -PAGE), 2 * PAGE);
	go_home(context);
}

static void handle(int number, void (*handler)(int, siginfo_t *, void *))
{
	struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};

	action.sa_sigaction = handler;
	sigfillset(&action.sa_mask);
	sigdelset(&action.sa_mask, SIGSEGV);
	assert_int_equal(sigaction(number, &action, NULL), 0);
}

/* In the test itself: around each, cmocka has a handler of its own. */
static void handle_faults(void)
{
	static uint8_t stack[65536];
	const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};

	assert_int_equal(sigaltstack(&alternate, NULL), 0);
	handle(SIGUSR1, start);
	handle(SIGSEGV, fault);
	handle(SIGTRAP, done);
}

static int map_code(void **state)
{
	(void)state;
	assert_ptr_equal(mmap(CODE, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
	                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0),
	                 CODE);
	return 0;
}

/* An instruction of a form that is known, with anything in its free bits. Returns its opcode. */
static uint8_t make(struct random *random)
{
	static const uint8_t opcodes[] = {0x88, 0x89, 0x8a, 0x8b, 0xc6, 0xc7, 0xb6, 0xb7};
	uint8_t opcode = opcodes[random_below(random, sizeof(opcodes))];
	uint8_t *at = CODE;

	if (random_below(random, 3) == 0)
		*at++ = 0x66;
	if (random_below(random, 2))
		*at++ = (uint8_t)(0x40 | random_below(random, 16));
	if (opcode == 0xb6 || opcode == 0xb7)
		*at++ = 0x0f;
	*at++ = opcode;
	*at = (uint8_t)random_below(random, 0xc0); /* ModRM: memory */
	if (opcode == 0xc6 || opcode == 0xc7)
		*at &= 0xc7;
	for (at++; at < CODE + 2 * DECODE_BYTES_MAX; at++)
		*at = (uint8_t)random_below(random, 256);
	return opcode;
}

/*
 * The CPU says how long it is: the page is ours, and only breakpoints follow the bytes that may
 * still belong to it. Those are not known here, so breakpoints are put behind the length that
 * decode() claims; a wrong claim ends elsewhere, or in another instruction.
 */
static void run_it(struct random *random)
{
	struct decoded claimed;

	assert_int_equal(decode(CODE, DECODE_BYTES_MAX, &claimed), 0);
	memset(CODE + claimed.length, BREAKPOINT, DECODE_BYTES_MAX);
	for (unsigned int n = 0; n < REGISTERS; n++)
		run.before[n] = BASE + random_below(random, 64) * 8;
	run.found =
	        (uint64_t)random_below(random, UINT32_MAX) << 32 | random_below(random, UINT32_MAX);
	run.address = NULL;
	run.length = 0;
	raise(SIGUSR1);
}

static uint64_t bytes_of(uint64_t value, unsigned int size)
{
	return size < 8 ? value & ((1ULL << 8 * size) - 1) : value;
}

static void compare(void)
{
	const struct decoded *decoded = &run.decoded;
	uint64_t reg = run.before[decoded->reg], memory = run.found;
	unsigned int size = decoded->size;

	assert_int_equal(run.error, 0);
	assert_int_equal(run.length, decoded->length);
	if (decoded->write) {
		memory ^= bytes_of(memory, size) ^ decoded_value(decoded, reg);
		assert_int_equal(bytes_of(decoded_value(decoded, reg), size),
		                 decoded_value(decoded, reg));
	} else {
		run.before[decoded->reg] = decoded_result(decoded, reg, bytes_of(run.found, size));
	}
	assert_int_equal(run.left, memory);
	assert_memory_equal(run.after, run.before, sizeof(run.after));
}

static void what_it_says_is_what_the_cpu_does(void **state)
{
	struct random random = random_init(1);
	unsigned int executed[256] = {0};

	(void)state;
	handle_faults();
	for (unsigned int i = 0; i < ROUNDS; i++) {
		uint8_t opcode = make(&random);

		run_it(&random);
		if (!run.address)
			continue;
		compare();
		executed[opcode]++;
	}
	for (unsigned int opcode = 0x88; opcode <= 0x8b; opcode++)
		assert_true(executed[opcode] > ROUNDS / 16);
	assert_true(executed[0xc6] > ROUNDS / 16 && executed[0xc7] > ROUNDS / 16);
	assert_true(executed[0xb6] > ROUNDS / 16 && executed[0xb7] > ROUNDS / 16);
}

/* A cut one is refused, at each length, whatever may lie behind it. */
static void none_is_completed_by_what_follows(void **state)
{
	struct random random = random_init(2);

	(void)state;
	for (unsigned int i = 0; i < ROUNDS; i++) {
		struct decoded whole, cut;

		make(&random);
		assert_int_equal(decode(CODE, DECODE_BYTES_MAX, &whole), 0);
		for (unsigned int length = 0; length < whole.length; length++)
			assert_int_equal(decode(CODE, length, &cut), -EINVAL);
		assert_int_equal(decode(CODE, whole.length, &cut), 0);
	}
}

static void others_are_refused(void **state)
{
	static const struct {
		const char *what;
		uint8_t bytes[DECODE_BYTES_MAX];
	} others[] = {
	        {"mov eax, ecx: no memory", {0x89, 0xc8}},
	        {"mov dword [rax], 1 by C7 /1", {0xc7, 0x08, 1}},
	        {"add [rax], ecx", {0x01, 0x08}},
	        {"xchg [rax], ecx", {0x87, 0x08}},
	        {"movsd", {0xa5}},
	        {"rep movsd", {0xf3, 0xa5}},
	        {"stosd", {0xab}},
	        {"movsx eax, byte [rax]", {0x0f, 0xbe, 0x00}},
	        {"movsxd rax, dword [rax]", {0x48, 0x63, 0x00}},
	        {"mov [fs:rax], ecx", {0x64, 0x89, 0x08}},
	        {"lock mov", {0xf0, 0x89, 0x08}},
	        {"mov [eax], ecx", {0x67, 0x89, 0x08}},
	        {"two REX prefixes", {0x48, 0x48, 0x89, 0x08}},
	        {"REX before 66h", {0x48, 0x66, 0x89, 0x08}},
	        {"66h twice", {0x66, 0x66, 0x89, 0x08}},
	        {"mov [moffs], eax", {0xa3, 0, 0x10, 0, 0}},
	        {"movnti [rax], ecx", {0x0f, 0xc3, 0x08}},
	        {"movups [rax], xmm0", {0x0f, 0x11, 0x00}},
	        {"push [rax]", {0xff, 0x30}},
	};
	struct decoded decoded;

	(void)state;
	for (unsigned int n = 0; n < sizeof(others) / sizeof(others[0]); n++)
		if (decode(others[n].bytes, DECODE_BYTES_MAX, &decoded) != -EINVAL)
			fail_msg("%s is taken", others[n].what);
}

/* The page that mmio.h's accesses of the next test go to; its handler does them. */
static uint8_t device[8];

static void emulate(int number, siginfo_t *info, void *argument)
{
	ucontext_t *context = argument;
	greg_t *registers = context->uc_mcontext.gregs;
	struct decoded decoded;
	uint64_t value = 0;
	greg_t *reg;

	(void)number, (void)info;
	if (decode((const uint8_t *)registers[REG_RIP], DECODE_BYTES_MAX, &decoded))
		abort();
	reg = &registers[gregs[decoded.reg]];
	if (decoded.write) {
		value = decoded_value(&decoded, (uint64_t)*reg);
		memcpy(device, &value, decoded.size);
	} else {
		memcpy(&value, device, decoded.size);
		*reg = (greg_t)decoded_result(&decoded, (uint64_t)*reg, value);
	}
	registers[REG_RIP] += decoded.length;
}

static void what_mmio_h_compiles_to_is_known(void **state)
{
	volatile uint8_t *page = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	handle_faults();
	handle(SIGSEGV, emulate);
	mmio_write64(page + 0x10, 0x1122334455667788);
	assert_true(mmio_read64(page + 0x10) == 0x1122334455667788);
	assert_int_equal(mmio_read32(page), 0x55667788);
	assert_int_equal(mmio_read16(page + 0x123), 0x7788);
	assert_int_equal(mmio_read8(page + 0x7), 0x88);
	mmio_write8(page, 0xaa);
	mmio_write16(page + 2, 0xbbcc);
	assert_true(mmio_read64(page) == 0x112233445566bbcc);
	mmio_write32(page + 0x200, 0xdeadbeef);
	assert_true(mmio_read64(page) == 0x11223344deadbeef);
	*(volatile uint32_t *)page = 7;
	assert_int_equal(*(volatile uint16_t *)page, 7);
	munmap((void *)page, PAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(what_it_says_is_what_the_cpu_does),
	        cmocka_unit_test(none_is_completed_by_what_follows),
	        cmocka_unit_test(others_are_refused),
	        cmocka_unit_test(what_mmio_h_compiles_to_is_known),
	};

	return cmocka_run_group_tests_name("decode", tests, map_code, NULL);
}
