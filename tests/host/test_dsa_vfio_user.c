// SPDX-License-Identifier: MIT
// links: tests/host/dsa_fixture.c
// links: tests/qemu/dsa/carrier.c tests/qemu/dsa/command.c tests/qemu/dsa/config.c
// links: tests/qemu/dsa/control.c tests/qemu/dsa/device.c tests/qemu/dsa/engine.c
// links: tests/qemu/dsa/ims.c tests/qemu/dsa/loop.c tests/qemu/dsa/portal.c
// links: tests/qemu/dsa/registers.c tests/qemu/dsa/vfio_user.c
/* The device model's side of the vfio-user protocol, message by message. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <linux/vfio.h>

#include "tests/host/dsa_fixture.h"
#include "tests/host/unit.h"
#include "tests/qemu/dsa/vfio_user.h"

static struct vfio_user session;
static uint8_t reply[VFIO_USER_MESSAGE_MAX];
static struct vfio_user_header answered;

/* Sends a command and returns what vfio_user_handle() does; `answered` is the reply's header. */
static ssize_t send_fds(unsigned int number, uint32_t flags, const void *payload, size_t size,
                        const int *fds, unsigned int count)
{
	uint8_t message[VFIO_USER_MESSAGE_MAX];
	const struct vfio_user_header header = {
	        .id = 7,
	        .command = (uint16_t)number,
	        .size = (uint32_t)(sizeof(header) + size),
	        .flags = flags,
	};
	ssize_t result;

	memcpy(message, &header, sizeof(header));
	memcpy(message + sizeof(header), payload, size);
	memset(&answered, 0, sizeof(answered));
	result = vfio_user_handle(&session, message, header.size, fds, count, reply);
	if (result > 0) {
		memcpy(&answered, reply, sizeof(answered));
		assert_int_equal(answered.size, result);
		assert_int_equal(answered.id, 7);
		assert_int_equal(answered.command, number);
		assert_int_equal(answered.flags & VFIO_USER_TYPE, VFIO_USER_REPLY);
	}
	return result;
}

static ssize_t send_command(unsigned int number, const void *payload, size_t size)
{
	return send_fds(number, 0, payload, size, NULL, 0);
}

/* The errno of the reply to a request that fails. */
static uint32_t error_of(unsigned int number, const void *payload, size_t size)
{
	assert_int_equal(send_command(number, payload, size), sizeof(answered));
	assert_true(answered.flags & VFIO_USER_ERROR);
	return answered.error;
}

static void begin(void)
{
	static const char version[] = "\0\0\1\0{\"capabilities\":{}}";

	dsa_begin(256);
	vfio_user_init(&session, &dsa.device);
	assert_true(send_command(VFIO_USER_VERSION, version, sizeof(version)) > 0);
}

static void versions_are_negotiated(void **state)
{
	(void)state;
	begin();
	assert_int_equal(answered.flags, VFIO_USER_REPLY);
	assert_non_null(strstr((char *)reply + 20, "\"max_data_xfer_size\":65536"));
	assert_null(strstr((char *)reply + 20, "write_multiple"));
	assert_true(send_command(VFIO_USER_VERSION, "\0\0\0\0{\"write_multiple\":true}", 27) > 0);
	assert_non_null(strstr((char *)reply + 20, "write_multiple"));
	assert_int_equal(reply[18], 0); /* not newer than what was proposed */
	assert_int_equal(error_of(VFIO_USER_VERSION, "\0\0", 2), EINVAL);
	assert_int_equal(send_command(VFIO_USER_VERSION, "\1\0\0\0", 4), -1);
	assert_non_null(strstr(session.why, "version 1.0"));
}

static void nothing_comes_before_the_version(void **state)
{
	(void)state;
	dsa_begin(256);
	vfio_user_init(&session, &dsa.device);
	assert_int_equal(send_command(VFIO_USER_DEVICE_RESET, "", 0), -1);
	assert_non_null(strstr(session.why, "before"));
}

static void the_device_describes_itself(void **state)
{
	struct {
		uint32_t argsz, flags, index, cap_offset;
		uint64_t size, offset;
	} region = {.index = 4};
	struct {
		uint32_t argsz, flags, index, count;
	} irq = {.index = VFIO_PCI_MSIX_IRQ_INDEX};

	(void)state;
	begin();
	assert_int_equal(send_command(VFIO_USER_DEVICE_GET_INFO, "................", 16), 32);
	assert_int_equal(send_command(VFIO_USER_DEVICE_GET_REGION_INFO, &region, sizeof(region)),
	                 48);
	memcpy(&region, reply + 16, sizeof(region));
	assert_int_equal(region.size, BAR4_SIZE);
	assert_int_equal(region.flags, 3);
	region.index = REGIONS;
	assert_int_equal(error_of(VFIO_USER_DEVICE_GET_REGION_INFO, &region, sizeof(region)),
	                 EINVAL);
	assert_int_equal(send_command(VFIO_USER_DEVICE_GET_IRQ_INFO, &irq, sizeof(irq)), 32);
	memcpy(&irq, reply + 16, sizeof(irq));
	assert_int_equal(irq.count, DEVICE_VECTORS);
	irq.index = VFIO_PCI_NUM_IRQS;
	assert_int_equal(error_of(VFIO_USER_DEVICE_GET_IRQ_INFO, &irq, sizeof(irq)), EINVAL);
	assert_int_equal(error_of(99, "", 0), ENOTSUP);
}

struct access {
	uint64_t offset;
	uint32_t region, count;
	uint64_t data;
};

static void regions_are_read_and_written_within_their_bounds(void **state)
{
	struct access access = {.offset = BAR0_IMS, .count = 8, .data = 0x00000001fee01000};
	const struct access beyond[] = {
	        {.offset = BAR0_SIZE - 4, .count = 8},
	        {.offset = UINT64_MAX, .count = 8},
	        {.offset = UINT64_MAX - 3, .count = 8},
	        {.region = 1, .count = 4},
	        {.region = 8, .count = 4},
	        {.region = UINT32_MAX, .count = 4},
	        {.count = UINT32_MAX},
	};

	(void)state;
	begin();
	assert_int_equal(send_command(VFIO_USER_REGION_WRITE, &access, sizeof(access)), 32);
	assert_int_equal(get_ims(0, DSA_IMS_ADDRESS_LO), 0xfee01000);
	assert_int_equal(get_ims(0, DSA_IMS_ADDRESS_HI), 1);
	assert_int_equal(send_command(VFIO_USER_REGION_READ, &access, 16), 40);
	assert_memory_equal(reply + 32, &access.data, 8);
	assert_int_equal(error_of(VFIO_USER_REGION_WRITE, &access, 23), EINVAL);
	assert_int_equal(error_of(VFIO_USER_REGION_READ, &access, 15), EINVAL);
	for (unsigned int n = 0; n < sizeof(beyond) / sizeof(*beyond); n++) {
		assert_int_equal(error_of(VFIO_USER_REGION_READ, &beyond[n], 16), EINVAL);
		assert_int_equal(error_of(VFIO_USER_REGION_WRITE, &beyond[n], 24), EINVAL);
	}
	access = (struct access){.count = BAR0_SIZE};
	assert_int_equal(send_command(VFIO_USER_REGION_READ, &access, 16), 32 + BAR0_SIZE);
	access = (struct access){.count = 0, .offset = BAR0_SIZE};
	assert_int_equal(send_command(VFIO_USER_REGION_READ, &access, 16), 32);
}

static void many_writes_in_one_message(void **state)
{
	struct {
		uint64_t count;
		struct access writes[2];
	} multi = {2, {{BAR0_IMS, 0, 4, 5}, {BAR0_IMS + 8, 0, 8, 6}}};

	(void)state;
	begin();
	assert_int_equal(send_command(VFIO_USER_REGION_WRITE_MULTI, &multi, sizeof(multi)), 24);
	assert_int_equal(get_ims(0, DSA_IMS_ADDRESS_LO), 5);
	assert_int_equal(get_ims(0, DSA_IMS_DATA), 6);
	multi.count = 3;
	assert_int_equal(error_of(VFIO_USER_REGION_WRITE_MULTI, &multi, sizeof(multi)), EINVAL);
	multi.count = UINT64_MAX;
	assert_int_equal(error_of(VFIO_USER_REGION_WRITE_MULTI, &multi, sizeof(multi)), EINVAL);
	multi.count = 1;
	multi.writes[0].count = 9;
	assert_int_equal(error_of(VFIO_USER_REGION_WRITE_MULTI, &multi, sizeof(multi)), EINVAL);
	assert_int_equal(error_of(VFIO_USER_REGION_WRITE_MULTI, &multi, 7), EINVAL);
}

struct irq_set {
	uint32_t argsz, flags, index, start, count;
};

#define EVENTS (VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER)

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void events_are_kept_or_closed(void **state)
{
	struct irq_set set = {
	        .flags = EVENTS, .index = VFIO_PCI_MSIX_IRQ_INDEX, .start = 1, .count = 2};
	int fds[3];

	(void)state;
	begin();
	for (int n = 0; n < 3; n++)
		fds[n] = eventfd(0, 0);
	assert_int_equal(send_fds(VFIO_USER_DEVICE_SET_IRQS, 0, &set, sizeof(set), fds, 2), 16);
	assert_int_equal(answered.flags, VFIO_USER_REPLY);
	assert_true(dsa.device.has_vector[1] && dsa.device.has_vector[2]);
	assert_int_equal(session.events[2], fds[1]);

	set.start = DEVICE_VECTORS;
	set.count = 1;
	send_fds(VFIO_USER_DEVICE_SET_IRQS, 0, &set, sizeof(set), fds + 2, 1);
	assert_int_equal(answered.error, EINVAL);
	assert_false(is_open(fds[2]));
	set.start = UINT32_MAX;
	assert_int_equal(error_of(VFIO_USER_DEVICE_SET_IRQS, &set, sizeof(set)), EINVAL);

	set.start = 2; /* without a descriptor: no longer */
	send_command(VFIO_USER_DEVICE_SET_IRQS, &set, sizeof(set));
	assert_false(dsa.device.has_vector[2]);
	assert_false(is_open(fds[1]));
	set = (struct irq_set){.flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER,
	                       .index = VFIO_PCI_MSIX_IRQ_INDEX};
	send_command(VFIO_USER_DEVICE_SET_IRQS, &set, sizeof(set));
	assert_false(dsa.device.has_vector[1]);
	assert_false(is_open(fds[0]));
	set.flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_MASK;
	assert_int_equal(error_of(VFIO_USER_DEVICE_SET_IRQS, &set, sizeof(set)), ENOTSUP);
}

static void descriptors_of_other_commands_are_closed(void **state)
{
	uint8_t map[32] = {0};
	int fd = eventfd(0, 0);

	(void)state;
	begin();
	assert_int_equal(send_fds(VFIO_USER_DMA_MAP, 0, map, sizeof(map), &fd, 1), 16);
	assert_false(is_open(fd));
	assert_int_equal(send_command(VFIO_USER_DMA_UNMAP, map, 24), 40);
	assert_int_equal(error_of(VFIO_USER_DMA_MAP, map, 31), EINVAL);
}

static void who_wants_no_reply_gets_none(void **state)
{
	struct access access = {.offset = BAR0_IMS, .count = 4, .data = 9};

	(void)state;
	begin();
	assert_int_equal(send_fds(VFIO_USER_REGION_WRITE, VFIO_USER_NO_REPLY, &access,
	                          sizeof(access), NULL, 0),
	                 0);
	assert_int_equal(get_ims(0, DSA_IMS_ADDRESS_LO), 9);
	assert_int_equal(send_fds(99, VFIO_USER_NO_REPLY, "", 0, NULL, 0), 0);
}

static void a_request_is_replied_to(void **state)
{
	uint8_t request[VFIO_USER_MESSAGE_MAX];
	struct device_action action;
	uint16_t handle;
	size_t size;

	(void)state;
	begin();
	dsa_enable(4);
	handle = dsa_arm(0, 0xfee01000, 0x31);
	submit(handle, 0);
	action = next();
	size = vfio_user_request(&action, request);
	assert_int_equal(size, 36);
	((struct vfio_user_header *)request)->flags = VFIO_USER_REPLY | VFIO_USER_ERROR;
	((struct vfio_user_header *)request)->error = 19;
	((struct vfio_user_header *)request)->size = 16;
	assert_int_equal(vfio_user_handle(&session, request, 16, NULL, 0, reply), 0);
	assert_int_equal(dsa.messages[0].error, 19);
	/* In the form of QEMU 10, whose count has 32 bits. */
	submit(handle, 0);
	action = next();
	memset(request, 0, 28);
	((struct vfio_user_header *)request)->id = action.id;
	((struct vfio_user_header *)request)->flags = VFIO_USER_REPLY;
	((struct vfio_user_header *)request)->size = 28;
	assert_int_equal(vfio_user_handle(&session, request, 28, NULL, 0, reply), -1);
	assert_non_null(strstr(session.why, "QEMU 11"));
	((struct vfio_user_header *)request)->size = 32;
	assert_int_equal(vfio_user_handle(&session, request, 32, NULL, 0, reply), 0);
	/* Twice is once too often. */
	((struct vfio_user_header *)request)->size = 32;
	assert_int_equal(vfio_user_handle(&session, request, 32, NULL, 0, reply), -1);
	assert_non_null(strstr(session.why, "reply"));
}

static void what_is_no_message_closes(void **state)
{
	struct vfio_user_header header = {.size = 16, .command = 13, .flags = 2};

	(void)state;
	begin();
	assert_int_equal(vfio_user_handle(&session, (uint8_t *)&header, 16, NULL, 0, reply), -1);
	header.flags = 0;
	assert_int_equal(vfio_user_handle(&session, (uint8_t *)&header, 15, NULL, 0, reply), -1);
	header.size = 17;
	assert_int_equal(vfio_user_handle(&session, (uint8_t *)&header, 16, NULL, 0, reply), -1);
	header.size = 15;
	assert_int_equal(vfio_user_size(&session, &header), -1);
	header.size = VFIO_USER_MESSAGE_MAX + 1;
	assert_int_equal(vfio_user_size(&session, &header), -1);
	assert_non_null(strstr(session.why, "65601 bytes"));
}

/* Each message in a heap block of exactly its size, so that AddressSanitizer sees reads beyond. */
static void messages_of_any_kind_do_no_harm(void **state)
{
	uint32_t random = 3;

	(void)state;
	begin();
	for (unsigned int n = 0; n < 100000; n++) {
		size_t size = 16 + (random >> 8) % 80;
		uint8_t *message = malloc(size);
		struct vfio_user_header header = {.command = (uint16_t)(random >> 4 & 15),
		                                  .size = (uint32_t)size,
		                                  .flags = random >> 16 & 1};

		assert_non_null(message);
		for (size_t i = 0; i < size; i++) {
			random = random * 1664525 + 1013904223;
			message[i] = random & 0x100000 ? 0 : (uint8_t)(random >> 24);
		}
		memcpy(message, &header, sizeof(header));
		if (vfio_user_handle(&session, message, size, NULL, 0, reply) < 0)
			session.agreed = true;
		free(message);
		next();
	}
	vfio_user_end(&session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(versions_are_negotiated),
	        cmocka_unit_test(nothing_comes_before_the_version),
	        cmocka_unit_test(the_device_describes_itself),
	        cmocka_unit_test(regions_are_read_and_written_within_their_bounds),
	        cmocka_unit_test(many_writes_in_one_message),
	        cmocka_unit_test(events_are_kept_or_closed),
	        cmocka_unit_test(descriptors_of_other_commands_are_closed),
	        cmocka_unit_test(who_wants_no_reply_gets_none),
	        cmocka_unit_test(a_request_is_replied_to),
	        cmocka_unit_test(what_is_no_message_closes),
	        cmocka_unit_test(messages_of_any_kind_do_no_harm),
	};

	return cmocka_run_group_tests_name("dsa-vfio-user", tests, NULL, NULL);
}
