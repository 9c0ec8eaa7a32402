// SPDX-License-Identifier: MIT
// IMS depends on interrupt remapping: without it, nobody gets an irq for such a slot by mistake.
#include <asm-generic/errno.h>

#include "kernel/print.h"
#include "tests/arm.h"
#include "tests/arm_checks.h"
#include "tests/arms.h"
#include "tests/counts.h"
#include "tests/suite.h"

static struct source *ims_source(unsigned int n)
{
	struct source *source;

	for (unsigned int i = 0; (source = arms_source(i)); i++)
		if (source->leaf->needs_remapping && n-- == 0)
			return source;
	return NULL;
}

/* What every other test without remapping asks for on purpose, asked for as a driver would. */
static void check_refused(struct test_run *run, struct source *source)
{
	const struct counts before = counts_take();
	const struct irq_request request = {
	        .leaf = source->leaf,
	        .name = source->name,
	        .store = source->ops->store(source, 0),
	        .requester = source->requester,
	        .protocol = arms_lossless_protocol(false),
	};
	struct irq *irq;
	int error = irq_alloc(&request, &irq);

	if (!check_error(run, error, -ENODEV, "an IMS without remapping") && !error)
		irq_free(irq);
	counts_check(run, &before, "after the refusal");
}

static void ims_refused(struct test_run *run)
{
	struct source *source = ims_source(run->instance);

	if (!arm_open_source(run, source))
		return;
	check_refused(run, source);
	source->ops->close(source);
}

static unsigned int instances(enum test_phase phase)
{
	unsigned int count = 0;

	(void)phase;
	while (ims_source(count))
		count++;
	return count;
}

static void label(enum test_phase phase, unsigned int instance, char *buffer, size_t size)
{
	const struct source *source = ims_source(instance);

	(void)phase;
	format(buffer, size, "%s.%s", source->name, source->kind);
}

TEST(51, ims_refused) = {
        .name = "ims-refused",
        .checks = "an IMS irq is not to be had without interrupt remapping (the mail's #2 and its "
                  "conclusion: IMS should depend on IR)",
        .failure = "a driver gets an irq whose moves can lose messages",
        .phase = PHASE_DIRECT,
        .instances = instances,
        .label = label,
        .needs = "no device with interrupt message storage (lsi53c895a does as if)",
        .run = ims_refused,
};
