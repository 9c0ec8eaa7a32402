// SPDX-License-Identifier: MIT
#include "kernel/irq/irq_list.h"

#include <stddef.h>

#include "kernel/cpu/cpu.h"
#include "kernel/lock.h"
#include "kernel/memory.h"
#include "kernel/string.h"

/* All that are allocated, by number; and memory of those that were, through `next`. */
static struct spinlock list_lock;
static struct irq *list, *free_list;
static uint32_t allocated, numbers;

uint32_t irq_count(void)
{
	return allocated;
}

struct irq *irq_first(void)
{
	return list;
}

void irq_each(void (*function)(struct irq *irq, void *context), void *context)
{
	uint64_t flags = spin_lock_irqsave(&list_lock);

	for (struct irq *irq = list; irq; irq = irq->next)
		function(irq, context);
	spin_unlock_irqrestore(&list_lock, flags);
}

void irq_list_insert(struct irq *irq)
{
	uint64_t flags = spin_lock_irqsave(&list_lock);
	struct irq **link = &list;

	while (*link && (*link)->number < irq->number)
		link = &(*link)->next;
	irq->next = *link;
	*link = irq;
	allocated++;
	spin_unlock_irqrestore(&list_lock, flags);
}

void irq_list_remove(struct irq *irq)
{
	uint64_t flags = spin_lock_irqsave(&list_lock);
	struct irq **link = &list;

	while (*link != irq)
		link = &(*link)->next;
	*link = irq->next;
	allocated--;
	spin_unlock_irqrestore(&list_lock, flags);
}

struct irq *irq_list_new(void)
{
	size_t size = sizeof(struct irq) + cpu_count() * sizeof(struct irq_cpu);
	struct irq *irq = free_list;
	uint32_t number = irq ? irq->number : numbers;

	if (irq)
		free_list = irq->next;
	else
		irq = memory_alloc(size, 64);
	if (!irq)
		return NULL;
	if (number == numbers)
		numbers++;
	memset(irq, 0, size);
	irq->number = number;
	return irq;
}

void irq_list_discard(struct irq *irq)
{
	irq->next = free_list;
	free_list = irq;
}
