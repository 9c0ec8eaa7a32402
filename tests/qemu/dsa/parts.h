/* SPDX-License-Identifier: MIT */
/* What the parts of the device model ask of each other. device.h is for everybody else. */
#ifndef RETARGET_TESTS_QEMU_DSA_PARTS_H
#define RETARGET_TESTS_QEMU_DSA_PARTS_H

#include "tests/qemu/dsa/device.h"

/* config.c. Accesses are 1, 2 or 4 bytes, aligned. */
void config_reset(struct device *device);
void config_write(struct device *device, uint32_t offset, uint32_t value, unsigned int size);
bool config_bus_master(const struct device *device);
uint64_t config_bar(const struct device *device, unsigned int bar);

/* registers.c: BAR 0. Accesses are 1, 2, 4 or 8 bytes, aligned. */
uint64_t registers_read(const struct device *device, uint32_t offset, unsigned int size);
void registers_write(struct device *device, uint32_t offset, uint64_t value, unsigned int size);
/* Records an error in SWERR. `address` and `flags` as the words of that register. */
void registers_error(struct device *device, uint64_t first, uint64_t second, uint64_t address);

/* command.c */
void command_start(struct device *device, uint32_t value);
/* Ends a command that had to wait, if it need not any longer; returns whether it did. */
bool command_step(struct device *device);
/* Interrupt handles: the table entry that `handle` names, or -1. */
int handle_ims(const struct device *device, uint16_t handle);
int handle_msix(const struct device *device, uint16_t handle);

/* portal.c */
void portal_write(struct device *device, uint32_t offset, uint64_t value, unsigned int size);
/* Executes a descriptor; false: there is none. There must be room for an outgoing transaction. */
bool portal_step(struct device *device);
/* Forgets the descriptors of the WQs in `mask`. */
void portal_abort(struct device *device, uint32_t mask);

/* ims.c */
uint32_t ims_read(const struct device *device, uint32_t offset);
void ims_write(struct device *device, uint32_t offset, uint32_t value);
void ims_request(struct device *device, unsigned int slot);
/* Reads the words of the slot whose turn it is, in two steps; false: none is to be sent. */
bool ims_sample_address(struct device *device);
void ims_sample_data(struct device *device);
/* The message has reached its end. */
void ims_finish(struct device *device, struct device_message *message, int error);
/* Forgets what waits; what has been sampled goes on. */
void ims_abort(struct device *device);

/* control.c: BAR 4. Accesses are 4 or 8 bytes, aligned. */
uint64_t control_read(const struct device *device, uint32_t offset, unsigned int size);
void control_write(struct device *device, uint32_t offset, uint64_t value, unsigned int size);

/* engine.c */
bool engine_has_room(const struct device *device, unsigned int transactions);
void engine_put(struct device *device, const struct device_transaction *transaction);

/* carrier.c. False: nothing to do. */
bool carrier_start(struct device *device, const struct device_message *message);
void carrier_replied(struct device *device, enum device_purpose purpose, int error);

/* loop.c */
void loop_control(struct device *device, bool on);
/* Asks for an interrupt, or for the turns. False: nothing to do before device->loop_due. */
bool loop_step(struct device *device);
/* Gives the slot of a message its turn back, behind the message. */
void loop_give_turn(struct device *device, const struct device_message *message);
void loop_turns_read(struct device *device, int error, const uint8_t *bytes);

#endif
