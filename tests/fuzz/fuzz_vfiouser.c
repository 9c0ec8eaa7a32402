// SPDX-License-Identifier: MIT
// links: tests/qemu/dsa/device.c tests/qemu/dsa/config.c tests/qemu/dsa/registers.c
// links: tests/qemu/dsa/command.c tests/qemu/dsa/portal.c tests/qemu/dsa/ims.c
// links: tests/qemu/dsa/control.c tests/qemu/dsa/engine.c tests/qemu/dsa/carrier.c
// links: tests/qemu/dsa/loop.c
// links: tests/qemu/dsa/vfio_user.c tests/fuzz/input.c
/*
 * The device model of DSA (tests/qemu/dsa/) as a server of vfio-user: an input is a sequence of
 * messages, from right ones to mere bytes, with file descriptors and without.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/input.h"
#include "tests/qemu/dsa/vfio_user.h"

static struct device device;
static struct vfio_user session;

/* The lowest number that is free: whoever leaks a file descriptor makes it higher. */
static int lowest_free(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	fuzz_check(fd >= 0);
	close(fd);
	return fd;
}

static void check_reply(const struct vfio_user_header *sent, const uint8_t *reply, ssize_t size)
{
	struct vfio_user_header header;
	bool is_request = (sent->flags & VFIO_USER_TYPE) == VFIO_USER_REQUEST;

	if (size <= 0) {
		fuzz_check(size == 0 || session.why[0]);
		fuzz_check(size || !is_request || (sent->flags & VFIO_USER_NO_REPLY));
		return;
	}
	memcpy(&header, reply, sizeof(header));
	fuzz_check(is_request && !(sent->flags & VFIO_USER_NO_REPLY));
	fuzz_check(header.id == sent->id && header.command == sent->command);
	fuzz_check((header.flags & VFIO_USER_TYPE) == VFIO_USER_REPLY);
	fuzz_check(header.size == (size_t)size && size <= VFIO_USER_MESSAGE_MAX);
	fuzz_check(!(header.flags & VFIO_USER_ERROR) == !header.error);
	fuzz_check(!header.error || header.size == sizeof(header));
}

/* One message in a heap block of its own size; whether the connection goes on. */
static bool handle(const uint8_t *bytes, size_t size, unsigned int count)
{
	static uint8_t reply[VFIO_USER_MESSAGE_MAX];
	uint8_t *message = malloc(size);
	int *fds = malloc(count * sizeof(*fds));
	struct vfio_user_header header = {0};
	ssize_t result;

	fuzz_check(message && fds);
	memcpy(message, bytes, size);
	memcpy(&header, bytes, size < sizeof(header) ? size : sizeof(header));
	for (unsigned int n = 0; n < count; n++) {
		fds[n] = eventfd(0, EFD_CLOEXEC);
		fuzz_check(fds[n] >= 0);
	}
	session.why[0] = 0;
	result = vfio_user_handle(&session, message, size, fds, count, reply);
	check_reply(&header, reply, result);
	free(message);
	free(fds);
	return result >= 0;
}

/*
 * `how`: bits 3:0 the command; bit 4, a header that is as the input has it; bit 5, file
 * descriptors; bit 6, a reply to what the device asked for.
 */
static bool take_message(struct fuzz_input *input)
{
	uint8_t bytes[sizeof(struct vfio_user_header) + 256], how = (uint8_t)fuzz_take(input, 1);
	struct vfio_user_header header = {.id = 7, .command = how & 0xf};
	size_t length = fuzz_take(input, 1);
	unsigned int count =
	        how & 0x20 ? (unsigned int)fuzz_take(input, 1) % (VFIO_USER_FDS_MAX + 1) : 0;

	if (how & 0x10) {
		header.id = (uint16_t)fuzz_take(input, 2);
		header.command = (uint16_t)fuzz_take(input, 2);
		header.flags = (uint32_t)fuzz_take(input, 4);
		header.error = (uint32_t)fuzz_take(input, 4);
	}
	if (how & 0x40) {
		header.id = (uint16_t)fuzz_take(input, 1);
		header.flags = VFIO_USER_REPLY;
	}
	length = length < input->size ? length : input->size;
	header.size = (uint32_t)(how & 0x80 ? fuzz_take(input, 4) : sizeof(header) + length);
	length = length < input->size ? length : input->size;
	memcpy(bytes, &header, sizeof(header));
	memcpy(bytes + sizeof(header), input->bytes, length);
	input->bytes += length;
	input->size -= length;
	if (vfio_user_size(&session, &header) < 0)
		fuzz_check(session.why[0]);
	return handle(bytes, sizeof(header) + length, count);
}

/* Bytes without any form. */
static bool take_bytes(struct fuzz_input *input)
{
	size_t length = fuzz_take(input, 1);
	const uint8_t *bytes = input->bytes;

	length = length < input->size ? length : input->size;
	input->bytes += length;
	input->size -= length;
	return handle(bytes, length, 0);
}

static void run_device(unsigned int steps)
{
	static uint8_t request[VFIO_USER_MESSAGE_MAX];
	struct device_action action;

	while (steps--) {
		device.now += 1000;
		action = device_step(&device);
		if (action.what == DO_WRITE || action.what == DO_READ)
			fuzz_check(vfio_user_request(&action, request) <= VFIO_USER_MESSAGE_MAX);
		if (action.what == DO_RAISE_AND_WAIT)
			device_raised(&device, true);
		if (action.what == DO_WAIT)
			break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const uint8_t version[] = {0, 0, 1, 0, '{', '}', 0};
	uint8_t first[sizeof(struct vfio_user_header) + sizeof(version)];
	struct vfio_user_header header = {.command = VFIO_USER_VERSION, .size = sizeof(first)};
	struct device_options options = {.ims = 16, .handles = 16};
	struct fuzz_input input = {bytes, size};
	int free_before = lowest_free();
	bool open = true;

	device_init(&device, &options);
	vfio_user_init(&session, &device);
	if (fuzz_take(&input, 1) & 1) { /* most servers are spoken to like that */
		memcpy(first, &header, sizeof(header));
		memcpy(first + sizeof(header), version, sizeof(version));
		fuzz_check(handle(first, sizeof(first), 0));
	}
	while (open && input.size) {
		uint8_t what = (uint8_t)fuzz_take(&input, 1);

		if (what < 0xc0)
			open = take_message(&input);
		else if (what < 0xf0)
			run_device(1 + what % 32);
		else
			open = take_bytes(&input);
	}
	vfio_user_end(&session);
	fuzz_check(lowest_free() == free_before);
	return 0;
}
