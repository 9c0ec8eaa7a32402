/* SPDX-License-Identifier: MIT */
/*
 * What the user asked for, in one syntax on every way of booting: words separated by blanks,
 * `name=value` or `name`. docs/options.md explains each.
 */
#ifndef RETARGET_KERNEL_OPTIONS_H
#define RETARGET_KERNEL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum options_ir { OPTIONS_IR_BOTH, OPTIONS_IR_ON, OPTIONS_IR_OFF };
enum options_apic { OPTIONS_APIC_AUTO, OPTIONS_APIC_XAPIC, OPTIONS_APIC_X2APIC };
enum options_after {
	OPTIONS_AFTER_EXIT,
	OPTIONS_AFTER_HALT,
	OPTIONS_AFTER_REBOOT,
	OPTIONS_AFTER_PROMPT
};

struct options {
	char test[64];            /* test=GLOB     which tests; default "*" */
	enum options_ir ir;       /* ir=both|on|off */
	enum options_apic apic;   /* apic=auto|xapic|x2apic */
	uint64_t fires;           /* fires=N       messages per arm, 1 .. 10^12 */
	uint64_t moves;           /* moves=N       upper bound of moves per arm; 0: no bound */
	uint64_t seed;            /* seed=N        of every random choice */
	uint32_t cpus;            /* cpus=N        use at most so many; 0: all */
	uint32_t irtes;           /* irtes=N       entries of a remapping table */
	uint32_t verbose;         /* verbose=0..3 */
	uint32_t watchdog;        /* watchdog=SECONDS  without progress are a hang; 0: never */
	enum options_after after; /* after=exit|halt|reboot|prompt */
	bool keep;                /* keep=on|off   of the result, in UEFI variables */
	bool list;                /* list          print the tests' names and stop */
	bool marks;               /* marks         leave marks for a witness on the host */
};

/* The defaults. */
void options_init(struct options *options);

/*
 * Applies the words of `line` on top of `options`; a later word wins. Numbers are decimal or 0x.
 * Returns 0, or -EINVAL with one clear sentence in `error` that quotes the offending word and says
 * what would be right; words before the offending one have been applied.
 */
int options_parse(struct options *options, const char *line, char *error, size_t error_size);

#endif
