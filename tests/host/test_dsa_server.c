// SPDX-License-Identifier: MIT
// links: tests/qemu/dsa/carrier.c tests/qemu/dsa/command.c tests/qemu/dsa/config.c
// links: tests/qemu/dsa/control.c tests/qemu/dsa/device.c tests/qemu/dsa/engine.c
// links: tests/qemu/dsa/ims.c tests/qemu/dsa/loop.c tests/qemu/dsa/portal.c
// links: tests/qemu/dsa/registers.c tests/qemu/dsa/vfio_user.c tests/qemu/dsa/server.c
/*
 * The device model as QEMU meets it: two threads behind a socket, and a client that programs an
 * entry, has it fire and answers its DMA. Also built with ThreadSanitizer: `make
 * check-dsa-threads`.
 */
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/vfio.h>

#include "tests/host/unit.h"
#include "tests/qemu/dsa/server.h"
#include "tests/qemu/dsa/vfio_user.h"

#define RECORD 0x1000

static struct device device;
static int client;
static pthread_t thread;
static const char *why;
static bool failed;

/* What the device did by DMA, in its order. */
struct dma {
	bool write;
	uint64_t address;
	uint64_t count;
	uint8_t data[32];
};
static struct dma dmas[4096];
static unsigned int dma_count;
static int dma_error;   /* that is replied with */
static bool dma_silent; /* nothing is replied */

static void *serve(void *socket)
{
	why = server_run(&device, *(int *)socket, &failed);
	return NULL;
}

static void begin(unsigned int ims)
{
	static int server;
	const struct device_options options = {.ims = ims, .handles = ims};
	int both[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, both), 0);
	server = both[0];
	client = both[1];
	dma_count = 0;
	dma_error = 0;
	dma_silent = false;
	device_init(&device, &options);
	device.now = server_now();
	assert_int_equal(pthread_create(&thread, NULL, serve, &server), 0);
}

static void end(void)
{
	close(client);
	pthread_join(thread, NULL);
}

static void write_all(const void *bytes, size_t size)
{
	assert_int_equal(send(client, bytes, size, MSG_NOSIGNAL), size);
}

static void read_all(void *bytes, size_t size)
{
	if (size)
		assert_int_equal(recv(client, bytes, size, MSG_WAITALL), size);
}

static void reply_to(const struct vfio_user_header *header)
{
	struct vfio_user_dma reply = {.header = *header};

	reply.header.flags = VFIO_USER_REPLY | (dma_error ? VFIO_USER_ERROR : 0);
	reply.header.error = (uint32_t)dma_error;
	reply.header.size = dma_error ? sizeof(reply.header) : sizeof(reply);
	if (!dma_silent)
		write_all(&reply, reply.header.size);
}

/* Takes one message; a request of the device is served. Returns its type. */
static uint32_t take(void *payload, size_t room)
{
	static uint8_t rest[VFIO_USER_MESSAGE_MAX];
	struct vfio_user_header header;
	size_t size;

	read_all(&header, sizeof(header));
	size = header.size - sizeof(header);
	read_all(rest, size);
	if ((header.flags & VFIO_USER_TYPE) == VFIO_USER_REPLY) {
		assert_false(header.flags & VFIO_USER_ERROR);
		assert_true(size <= room);
		memcpy(payload, rest, size);
		return VFIO_USER_REPLY;
	}
	assert_true(dma_count < sizeof(dmas) / sizeof(*dmas));
	dmas[dma_count].write = header.command == VFIO_USER_DMA_WRITE;
	memcpy(&dmas[dma_count].address, rest, 16);
	memcpy(dmas[dma_count++].data, rest + 16, size - 16);
	reply_to(&header);
	return VFIO_USER_REQUEST;
}

static void send_command(unsigned int command, const void *payload, size_t size, int fd)
{
	struct vfio_user_header header = {.command = (uint16_t)command,
	                                  .size = (uint32_t)(sizeof(header) + size)};
	struct iovec parts[] = {{&header, sizeof(header)}, {(void *)payload, size}};
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.header = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

	if (fd >= 0) {
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
	}
	assert_int_equal(sendmsg(client, &message, MSG_NOSIGNAL), header.size);
}

static void ask(unsigned int command, const void *payload, size_t size, void *reply, size_t room)
{
	send_command(command, payload, size, -1);
	while (take(reply, room) != VFIO_USER_REPLY)
		;
}

struct access {
	uint64_t offset;
	uint32_t region, count;
	uint64_t data;
};

static uint64_t get(unsigned int region, uint64_t offset, uint32_t size)
{
	struct access access = {offset, region, size, 0};

	ask(VFIO_USER_REGION_READ, &access, 16, &access, sizeof(access));
	return access.data;
}

static void set(unsigned int region, uint64_t offset, uint64_t value, uint32_t size)
{
	struct access access = {offset, region, size, value};

	ask(VFIO_USER_REGION_WRITE, &access, 16 + size, &access, 16);
}

static uint32_t command(unsigned int command, uint32_t operand)
{
	uint64_t status;

	set(0, DSA_CMD, field_set(CMD_COMMAND, command) | operand, 4);
	do {
		status = get(0, DSA_CMDSTS, 4);
	} while (status & CMDSTS_ACTIVE);
	assert_int_equal(field_get(CMDSTS_ERROR, status), CMD_SUCCESS);
	return (uint32_t)field_get(CMDSTS_RESULT, status);
}

static void greet(void)
{
	static const char version[] = "\0\0\1\0{\"capabilities\":{}}";
	uint8_t reply[256], map[32] = {32};

	ask(VFIO_USER_VERSION, version, sizeof(version), reply, sizeof(reply));
	ask(VFIO_USER_DMA_MAP, map, sizeof(map), reply, sizeof(reply));
}

/* As a driver does. Returns the handle of entry 0. */
static uint16_t enable(void)
{
	uint16_t handle;

	greet();
	set(REGION_CONFIG, 4, 6, 2);
	set(0, BAR0_GRPCFG + GRPCFG_WQS, 1, 8);
	set(0, BAR0_GRPCFG + GRPCFG_ENGINES, 1, 8);
	set(0, BAR0_WQCFG + WQCFG_SIZE, 16, 4);
	set(0, BAR0_WQCFG + WQCFG_MODE, WQCFG_MODE_DEDICATED | field_set(WQCFG_PRIORITY, 1), 4);
	command(COMMAND_ENABLE_DEVICE, 0);
	command(COMMAND_ENABLE_WQ, 0);
	handle = (uint16_t)command(COMMAND_REQUEST_INTERRUPT_HANDLE, (uint32_t)OPERAND_TABLE_IMS);
	set(0, BAR0_IMS + DSA_IMS_ADDRESS_LO, 0xfee01000, 4);
	set(0, BAR0_IMS + DSA_IMS_DATA, 0x31, 4);
	set(0, BAR0_IMS + DSA_IMS_CONTROL, 0, 4);
	return handle;
}

static void submit(uint16_t handle)
{
	const struct dsa_descriptor descriptor = {
	        .flags = (uint32_t)(FLAG_COMPLETION_ADDRESS_VALID | FLAG_REQUEST_COMPLETION |
	                            FLAG_REQUEST_INTERRUPT),
	        .completion = RECORD,
	        .interrupt_handle = handle,
	};
	uint64_t words[8];

	memcpy(words, &descriptor, sizeof(words));
	for (unsigned int n = 0; n < 8; n++)
		set(REGION_BAR2, PORTAL_UNLIMITED_IMS + 8 * n, words[n], 8);
}

static void settle(void)
{
	while (get(CONTROL_BAR, DSA_MODEL_OUTSTANDING, 8))
		;
}

static void a_noop_is_completed_and_sends_its_message(void **state)
{
	uint16_t handle;

	(void)state;
	begin(256);
	handle = enable();
	submit(handle);
	settle();
	assert_int_equal(dma_count, 2);
	assert_true(dmas[0].write);
	assert_int_equal(dmas[0].address, RECORD);
	assert_int_equal(dmas[0].count, sizeof(struct dsa_completion));
	assert_int_equal(dmas[0].data[0], COMPLETION_SUCCESS);
	assert_int_equal(dmas[1].address, 0xfee01000);
	assert_int_equal(dmas[1].count, 4);
	assert_int_equal(dmas[1].data[0], 0x31);
	assert_int_equal(get(CONTROL_BAR, DSA_MODEL_ACKNOWLEDGED, 8), 1);
	end();
	assert_string_equal(why, "the client has left");
	assert_false(failed);
}

static void busy_lasts_until_the_reply(void **state)
{
	uint16_t handle;

	(void)state;
	begin(1);
	handle = enable();
	dma_silent = true;
	submit(handle);
	while (dma_count < 2)
		get(0, DSA_GENSTS, 4);
	assert_true(get(0, BAR0_IMS + DSA_IMS_CONTROL, 4) & DSA_MODEL_IMS_BUSY);
	for (uint16_t id = 0; id < 2; id++) {
		struct vfio_user_dma reply = {.header = {.id = id,
		                                         .command = VFIO_USER_DMA_WRITE,
		                                         .size = sizeof(reply),
		                                         .flags = VFIO_USER_REPLY}};
		write_all(&reply, sizeof(reply));
	}
	assert_int_equal(get(0, BAR0_IMS + DSA_IMS_CONTROL, 4), 0);
	end();
}

static void a_refusal_is_counted(void **state)
{
	uint16_t handle;

	(void)state;
	begin(1);
	handle = enable();
	dma_error = 19;
	submit(handle);
	settle();
	assert_int_equal(get(CONTROL_BAR, DSA_MODEL_REFUSED, 8), 1);
	end();
}

/* Many at once, in one of two ways, while registers are read and written all the time. */
static void it_sends_by_itself(void **state)
{
	(void)state;
	begin(2048);
	enable();
	for (unsigned int n = 1; n < 64; n++) {
		set(0, BAR0_IMS + 16 * n + DSA_IMS_ADDRESS_LO, 0xfee01000, 4);
		set(0, BAR0_IMS + 16 * n + DSA_IMS_DATA, n, 4);
		set(0, BAR0_IMS + 16 * n + DSA_IMS_CONTROL, 0, 4);
	}
	set(CONTROL_BAR, DSA_MODEL_COUNT, 64, 4);
	set(CONTROL_BAR, DSA_MODEL_LOOP, 1, 4);
	while (dma_count < 3000)
		set(0, BAR0_IMS + DSA_IMS_DATA, dma_count, 4);
	set(CONTROL_BAR, DSA_MODEL_LOOP, 0, 4);
	settle();
	assert_int_equal(get(CONTROL_BAR, DSA_MODEL_ACKNOWLEDGED, 8), dma_count);
	assert_int_equal(get(CONTROL_BAR, DSA_MODEL_REQUESTED, 8), dma_count);
	end();
}

static void held_messages_wait_their_time(void **state)
{
	uint64_t start;
	uint16_t handle;

	(void)state;
	begin(1);
	handle = enable();
	set(CONTROL_BAR, DSA_MODEL_HOLD_NS, 30000000, 8);
	start = server_now();
	submit(handle);
	settle();
	assert_true(server_now() - start >= 30000000);
	end();
}

/*
 * A message through the reserved MSI-X entry, up to where its vector is raised, whose event this
 * client holds: that is returned.
 */
static int begin_carrying(void)
{
	struct {
		uint32_t argsz, flags, index, start, count;
	} irqs = {20, VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
	          VFIO_PCI_MSIX_IRQ_INDEX, DEVICE_CARRIER, 1};
	struct pollfd raised = {.fd = eventfd(0, EFD_NONBLOCK), .events = POLLIN};
	uint8_t nothing;
	uint16_t handle;

	begin(1);
	handle = enable();
	send_command(VFIO_USER_DEVICE_SET_IRQS, &irqs, sizeof(irqs), raised.fd);
	while (take(&nothing, 0) != VFIO_USER_REPLY)
		;
	set(CONTROL_BAR, DSA_MODEL_MODE, DSA_MODEL_MODE_CARRIER, 4);
	submit(handle);
	while (dma_count < 2)
		get(0, DSA_GENSTS, 4);
	assert_int_equal(dmas[1].count, 12);
	assert_int_equal(poll(&raised, 1, 5000), 1);
	return raised.fd;
}

static void the_carrier_waits_for_the_event_to_be_seen(void **state)
{
	int event = begin_carrying();
	uint64_t value;

	(void)state;
	assert_true(get(0, BAR0_IMS + DSA_IMS_CONTROL, 4) & DSA_MODEL_IMS_BUSY);
	assert_int_equal(dma_count, 2);
	assert_int_equal(read(event, &value, sizeof(value)), sizeof(value));
	settle();
	assert_int_equal(dma_count, 3);
	assert_false(dmas[2].write);
	assert_int_equal(get(CONTROL_BAR, DSA_MODEL_ACKNOWLEDGED, 8), 1);
	end();
	close(event);
}

/* Nobody ever looks at the event; that does not keep the model from ending with its client. */
static void a_carrier_under_way_ends_with_the_client(void **state)
{
	int event = begin_carrying();
	uint64_t start = server_now();

	(void)state;
	end();
	assert_true(server_now() - start < 4000000000);
	close(event);
}

static void what_is_no_message_ends_it(void **state)
{
	const struct vfio_user_header absurd = {.size = 5};
	uint8_t byte;

	(void)state;
	begin(1);
	write_all(&absurd, sizeof(absurd));
	assert_int_equal(recv(client, &byte, 1, 0), 0);
	end();
	assert_true(failed);
	assert_non_null(strstr(why, "5 bytes"));

	begin(1);
	greet();
	write_all("abc", 3);
	end();
	assert_true(failed);
	assert_non_null(strstr(why, "middle"));
}

/* In pieces of one byte, and many in one piece. */
static void messages_may_come_in_any_pieces(void **state)
{
	struct {
		struct vfio_user_header header;
		struct access access;
	} write = {{.command = VFIO_USER_REGION_WRITE, .size = 36},
	           {BAR0_IMS + DSA_IMS_DATA, 0, 4, 0x55}},
	  many[100];

	(void)state;
	begin(1);
	greet();
	for (unsigned int n = 0; n < write.header.size; n++)
		write_all((uint8_t *)&write + n, 1);
	take(&write.access, sizeof(write.access));
	assert_int_equal(get(0, BAR0_IMS + DSA_IMS_DATA, 4), 0x55);
	for (unsigned int n = 0; n < 100; n++) {
		many[n] = write;
		many[n].header.size = sizeof(many[n]);
		many[n].header.flags = VFIO_USER_NO_REPLY;
		many[n].access.data = n;
	}
	write_all(many, sizeof(many));
	assert_int_equal(get(0, BAR0_IMS + DSA_IMS_DATA, 4), 99);
	end();
}

/* A client that neither reads nor answers does not keep it from ending. */
static void a_silent_client_can_be_left(void **state)
{
	(void)state;
	begin(64);
	enable();
	set(CONTROL_BAR, DSA_MODEL_COUNT, 64, 4);
	set(CONTROL_BAR, DSA_MODEL_LOOP, 1, 4);
	usleep(20000);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_noop_is_completed_and_sends_its_message),
	        cmocka_unit_test(busy_lasts_until_the_reply),
	        cmocka_unit_test(a_refusal_is_counted),
	        cmocka_unit_test(it_sends_by_itself),
	        cmocka_unit_test(held_messages_wait_their_time),
	        cmocka_unit_test(the_carrier_waits_for_the_event_to_be_seen),
	        cmocka_unit_test(a_carrier_under_way_ends_with_the_client),
	        cmocka_unit_test(what_is_no_message_ends_it),
	        cmocka_unit_test(messages_may_come_in_any_pieces),
	        cmocka_unit_test(a_silent_client_can_be_left),
	};

	return cmocka_run_group_tests_name("dsa-server", tests, NULL, NULL);
}
