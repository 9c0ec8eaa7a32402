/* SPDX-License-Identifier: MIT */
/*
 * Commands to a remapping unit, and the wait for its answer: VT-d r5.10, 11.4.4.1, Global Command
 * Register. One bit per write; what is on stays on, and one-shot bits are not commanded again.
 *
 * Each wait ends: with 0, or with -ETIMEDOUT and a printed line that names the bit which did not
 * change.
 */
#ifndef RETARGET_DRIVERS_VTD_COMMAND_H
#define RETARGET_DRIVERS_VTD_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

struct vtd_unit;

/* Until `mask` in the 32-bit register at `offset` is set, or clear; `name` is for the message. */
int vtd_await(const struct vtd_unit *unit, unsigned int offset, uint64_t mask, bool set,
              const char *name);

/* Switches a bit of GCMD that has its state in GSTS, at the same position; nothing if it has it. */
int vtd_switch(const struct vtd_unit *unit, uint64_t bit, bool on, const char *name);

/* Gives a one-shot command, whose bit in GSTS says that it has been carried out. */
int vtd_command_once(const struct vtd_unit *unit, uint64_t bit, const char *name);

#endif
