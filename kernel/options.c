// SPDX-License-Identifier: MIT
#include "kernel/options.h"

#include <asm-generic/errno.h>

#include "kernel/print.h"
#include "kernel/string.h"

#define WATCHDOG_MAX 86400
#define FIRES_MAX    1000000000000ULL
#define IRTES_MIN    2 /* VT-d r5.10, 11.4.10: 2^(S+1) entries, S of 4 bits */
#define IRTES_MAX    65536
#define WORD_SIZE    128 /* a word that fills it may have been cut off, and is refused */
#define QUOTED_MAX   48  /* of a word in an error: the rest of the sentence must fit, too */

void options_init(struct options *options)
{
	*options = (struct options){
	        .test = "*",
	        .fires = 10000,
	        .seed = 1,
	        .irtes = 256,
	        .verbose = 1,
	        .watchdog = 60,
	        .keep = true,
	};
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

static bool parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *number)
{
	uint64_t base = 10, value = 0;

	if (text[0] == '0' && text[1] == 'x') {
		base = 16;
		text += 2;
	}
	if (!*text)
		return false;
	for (; *text; text++) {
		uint64_t digit = digit_value(*text);

		if (digit >= base || __builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return false;
	}
	if (value < min || value > max)
		return false;
	*number = value;
	return true;
}

static bool parse_number32(const char *text, uint64_t min, uint64_t max, uint32_t *number)
{
	uint64_t value;

	if (!parse_number(text, min, max, &value))
		return false;
	*number = value;
	return true;
}

/* The place of `text` among `count` choices, -1 when it is none of them. */
static int choice(const char *text, const char *const *choices, int count)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(text, choices[i]))
			return i;
	return -1;
}

static bool set_test(struct options *options, const char *value)
{
	size_t length = strlen(value);

	if (!length || length >= sizeof(options->test))
		return false;
	memcpy(options->test, value, length + 1);
	return true;
}

static bool set_ir(struct options *options, const char *value)
{
	static const char *const choices[] = {
	        [OPTIONS_IR_BOTH] = "both", [OPTIONS_IR_ON] = "on", [OPTIONS_IR_OFF] = "off"};
	int chosen = choice(value, choices, 3);

	if (chosen < 0)
		return false;
	options->ir = chosen;
	return true;
}

static bool set_apic(struct options *options, const char *value)
{
	static const char *const choices[] = {[OPTIONS_APIC_AUTO] = "auto",
	                                      [OPTIONS_APIC_XAPIC] = "xapic",
	                                      [OPTIONS_APIC_X2APIC] = "x2apic"};
	int chosen = choice(value, choices, 3);

	if (chosen < 0)
		return false;
	options->apic = chosen;
	return true;
}

static bool set_fires(struct options *options, const char *value)
{
	return parse_number(value, 1, FIRES_MAX, &options->fires);
}

static bool set_moves(struct options *options, const char *value)
{
	return parse_number(value, 0, UINT64_MAX, &options->moves);
}

static bool set_seed(struct options *options, const char *value)
{
	return parse_number(value, 0, UINT64_MAX, &options->seed);
}

static bool set_cpus(struct options *options, const char *value)
{
	return parse_number32(value, 0, UINT32_MAX, &options->cpus);
}

static bool set_irtes(struct options *options, const char *value)
{
	uint32_t irtes;

	if (!parse_number32(value, IRTES_MIN, IRTES_MAX, &irtes) || irtes & (irtes - 1))
		return false;
	options->irtes = irtes;
	return true;
}

static bool set_verbose(struct options *options, const char *value)
{
	return parse_number32(value, 0, 3, &options->verbose);
}

static bool set_watchdog(struct options *options, const char *value)
{
	return parse_number32(value, 0, WATCHDOG_MAX, &options->watchdog);
}

static bool set_after(struct options *options, const char *value)
{
	static const char *const choices[] = {[OPTIONS_AFTER_EXIT] = "exit",
	                                      [OPTIONS_AFTER_HALT] = "halt",
	                                      [OPTIONS_AFTER_REBOOT] = "reboot",
	                                      [OPTIONS_AFTER_PROMPT] = "prompt"};
	int chosen = choice(value, choices, 4);

	if (chosen < 0)
		return false;
	options->after = chosen;
	return true;
}

static bool set_keep(struct options *options, const char *value)
{
	static const char *const choices[] = {"off", "on"};
	int chosen = choice(value, choices, 2);

	if (chosen < 0)
		return false;
	options->keep = chosen;
	return true;
}

static bool set_list(struct options *options, const char *value)
{
	(void)value;
	options->list = true;
	return true;
}

static bool set_marks(struct options *options, const char *value)
{
	(void)value;
	options->marks = true;
	return true;
}

static const struct option {
	const char *name;
	bool bare;                                               /* takes no value */
	bool (*set)(struct options *options, const char *value); /* false: not a right value */
	const char *right;
} all_options[] = {
        {"test", false, set_test, "test=GLOB with 1 to 63 characters"},
        {"ir", false, set_ir, "ir=both, ir=on or ir=off"},
        {"apic", false, set_apic, "apic=auto, apic=xapic or apic=x2apic"},
        {"fires", false, set_fires, "fires=N with N from 1 to 1000000000000"},
        {"moves", false, set_moves, "moves=N with a number N, 0 for no bound"},
        {"seed", false, set_seed, "seed=N with a number N of at most 64 bits"},
        {"cpus", false, set_cpus, "cpus=N with a number N, 0 for all"},
        {"irtes", false, set_irtes, "irtes=N with N a power of two from 2 to 65536"},
        {"verbose", false, set_verbose, "verbose=N with N from 0 to 3"},
        {"watchdog", false, set_watchdog, "watchdog=SECONDS from 0 to 86400, 0 for none"},
        {"after", false, set_after, "after=exit, after=halt, after=reboot or after=prompt"},
        {"keep", false, set_keep, "keep=on or keep=off"},
        {"list", true, set_list, "list without a value"},
        {"marks", true, set_marks, "marks without a value"},
};

#define OPTION_COUNT (sizeof(all_options) / sizeof(all_options[0]))

static const struct option *find_option(const char *name, size_t length)
{
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (strlen(all_options[i].name) == length &&
		    !strncmp(all_options[i].name, name, length))
			return &all_options[i];
	return NULL;
}

/* The word as an error quotes it: printable, and cut where it would crowd the sentence out. */
static void quote(char quoted[QUOTED_MAX + 4], const char *word)
{
	size_t i;

	for (i = 0; i < QUOTED_MAX && word[i]; i++)
		quoted[i] = word[i] >= ' ' && word[i] <= '~' ? word[i] : '?';
	memcpy(quoted + i, word[i] ? "..." : "", word[i] ? 4 : 1);
}

static int fail(char *error, size_t error_size, const char *word, const struct option *option)
{
	char quoted[QUOTED_MAX + 4];
	size_t used;

	quote(quoted, word);
	if (option) {
		format(error, error_size, "option \"%s\" is not right: say %s", quoted,
		       option->right);
		return -EINVAL;
	}
	used = format(error, error_size, "option \"%s\" is unknown: there are", quoted);
	for (size_t i = 0; i < OPTION_COUNT && used < error_size; i++)
		used += format(error + used, error_size - used, "%s %s%s", i ? "," : "",
		               all_options[i].name, all_options[i].bare ? "" : "=");
	return -EINVAL;
}

static int parse_word(struct options *options, const char *word, char *error, size_t error_size)
{
	const struct option *option;
	size_t length = 0;
	bool bare;

	while (word[length] && word[length] != '=')
		length++;
	bare = !word[length];
	option = find_option(word, length);
	if (option && option->bare == bare && strlen(word) < WORD_SIZE - 1 &&
	    option->set(options, word + length + !bare))
		return 0;
	return fail(error, error_size, word, option);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

int options_parse(struct options *options, const char *line, char *error, size_t error_size)
{
	for (;;) {
		char word[WORD_SIZE];
		size_t length = 0;
		int result;

		while (is_blank(*line))
			line++;
		if (!*line)
			return 0;
		for (; *line && !is_blank(*line); line++)
			if (length < sizeof(word) - 1)
				word[length++] = *line;
		word[length] = 0;
		result = parse_word(options, word, error, error_size);
		if (result)
			return result;
	}
}
