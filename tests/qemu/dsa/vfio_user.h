/* SPDX-License-Identifier: MIT */
/*
 * The vfio-user protocol ("vfio-user Protocol Specification", version 0.9.2, in QEMU's
 * documentation) as the server of one device: one message in, at most one reply out. Pure but for
 * the event file descriptors that it keeps or closes; no socket, no thread, no lock.
 *
 * All integers are in the byte order of this machine, as the protocol has them.
 */
#ifndef RETARGET_TESTS_QEMU_DSA_VFIO_USER_H
#define RETARGET_TESTS_QEMU_DSA_VFIO_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tests/qemu/dsa/device.h"

struct vfio_user_header {
	uint16_t id;
	uint16_t command;
	uint32_t size; /* of the message, this header included */
	uint32_t flags;
	uint32_t error; /* of a reply: an errno */
};
_Static_assert(sizeof(struct vfio_user_header) == 16, "vfio-user, Header");

enum vfio_user_command {
	VFIO_USER_VERSION = 1,
	VFIO_USER_DMA_MAP = 2,
	VFIO_USER_DMA_UNMAP = 3,
	VFIO_USER_DEVICE_GET_INFO = 4,
	VFIO_USER_DEVICE_GET_REGION_INFO = 5,
	VFIO_USER_DEVICE_GET_IRQ_INFO = 7,
	VFIO_USER_DEVICE_SET_IRQS = 8,
	VFIO_USER_REGION_READ = 9,
	VFIO_USER_REGION_WRITE = 10,
	VFIO_USER_DMA_READ = 11,
	VFIO_USER_DMA_WRITE = 12,
	VFIO_USER_DEVICE_RESET = 13,
	VFIO_USER_REGION_WRITE_MULTI = 15,
};

#define VFIO_USER_TYPE     0xfU
#define VFIO_USER_REQUEST  0x0U
#define VFIO_USER_REPLY    0x1U
#define VFIO_USER_NO_REPLY 0x10U
#define VFIO_USER_ERROR    0x20U

/* VFIO_USER_DMA_READ, VFIO_USER_DMA_WRITE: data behind it in a write and in a read's reply. */
struct vfio_user_dma {
	struct vfio_user_header header;
	uint64_t address;
	uint64_t count;
};
_Static_assert(sizeof(struct vfio_user_dma) == 32, "vfio-user, VFIO_USER_DMA_WRITE");

#define VFIO_USER_DATA_MAX    65536 /* bytes of data in one message, as we announce it */
#define VFIO_USER_MESSAGE_MAX (VFIO_USER_DATA_MAX + 64)
#define VFIO_USER_FDS_MAX     DEVICE_VECTORS

struct vfio_user {
	struct device *device;
	bool agreed;                /* on a version */
	int events[DEVICE_VECTORS]; /* event file descriptors of the MSI-X vectors, or -1 */
	char why[160];              /* when the connection is to be closed: what was wrong */
};

void vfio_user_init(struct vfio_user *session, struct device *device);

/* Closes the event file descriptors. */
void vfio_user_end(struct vfio_user *session);

/*
 * Whether a message with this header can be read on: its bytes, the header's included. Or -1, with
 * `why`.
 */
ssize_t vfio_user_size(struct vfio_user *session, const struct vfio_user_header *header);

/*
 * Serves one whole message of `size` bytes and the file descriptors that came with it, which are
 * its own from then on. Returns the bytes of the reply that it put into `reply`, which has room for
 * VFIO_USER_MESSAGE_MAX; 0 when there is none to send; -1 when the connection has to be closed,
 * with `why`. What is wrong with a request alone is answered with an error.
 */
ssize_t vfio_user_handle(struct vfio_user *session, const uint8_t *message, size_t size,
                         const int *fds, unsigned int count, uint8_t *reply);

/* The request for what device_step() wants; returns its bytes. `room`: VFIO_USER_MESSAGE_MAX. */
size_t vfio_user_request(const struct device_action *action, uint8_t *request);

#endif
