// SPDX-License-Identifier: MIT
// The root of every chain: a CPU vector, and the message that reaches it directly.
#include <stddef.h>

#include "kernel/irq/domain.h"
#include "kernel/irq/irq.h"
#include "kernel/irq/vector.h"

/* A vector is taken when the irq is activated; an irq that is only allocated costs none. */
static int vector_domain_alloc(struct irq *irq, unsigned int level,
                               const struct irq_request *request)
{
	(void)irq, (void)level, (void)request;
	return 0;
}

static void vector_domain_free(struct irq *irq, unsigned int level)
{
	(void)irq, (void)level;
}

static int vector_domain_activate(struct irq *irq, unsigned int level)
{
	(void)level;
	return irq_choose_target(irq, irq->target.cpu);
}

static void vector_domain_deactivate(struct irq *irq, unsigned int level)
{
	(void)level;
	vector_free_others(irq, NULL);
}

static int vector_domain_set_affinity(struct irq *irq, unsigned int level, unsigned int cpu)
{
	int error = irq_choose_target(irq, cpu);

	(void)level;
	return error ? error : IRQ_MESSAGE_CHANGED;
}

static int vector_domain_compose(struct irq *irq, unsigned int level, struct message *message)
{
	(void)level;
	return message_compatibility(irq->target.apic_id, irq->target.vector, message);
}

const struct irq_domain irq_vector_domain = {
        .name = "vector",
        .alloc = vector_domain_alloc,
        .free = vector_domain_free,
        .activate = vector_domain_activate,
        .deactivate = vector_domain_deactivate,
        .set_affinity = vector_domain_set_affinity,
        .compose = vector_domain_compose,
};
