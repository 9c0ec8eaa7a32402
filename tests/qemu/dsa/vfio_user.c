// SPDX-License-Identifier: MIT
#include "tests/qemu/dsa/vfio_user.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/vfio.h>

/* Requests and replies behind the header, as the protocol's sections of those names have them. */
struct region_access {
	uint64_t offset;
	uint32_t region;
	uint32_t count;
};
_Static_assert(sizeof(struct region_access) == 16, "vfio-user, VFIO_USER_REGION_READ");

struct single_write {
	struct region_access access;
	uint8_t data[8];
};
_Static_assert(sizeof(struct single_write) == 24, "vfio-user, VFIO_USER_REGION_WRITE_MULTI");

/* One request as its handler sees it. */
struct request {
	struct vfio_user *session;
	const uint8_t *payload;
	size_t size; /* of the payload */
	const int *fds;
	unsigned int count; /* of fds; `kept` are those that a handler does not want closed */
	bool kept[VFIO_USER_FDS_MAX];
	uint8_t *reply; /* the payload of the reply */
	size_t reply_size;
};

void vfio_user_init(struct vfio_user *session, struct device *device)
{
	*session = (struct vfio_user){.device = device};
	for (unsigned int n = 0; n < DEVICE_VECTORS; n++)
		session->events[n] = -1;
}

static void set_event(struct vfio_user *session, unsigned int vector, int fd)
{
	if (session->events[vector] >= 0)
		close(session->events[vector]);
	if (fd >= 0)
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); /* nobody waits for QEMU */
	session->events[vector] = fd;
	device_set_vector(session->device, vector, fd >= 0);
}

void vfio_user_end(struct vfio_user *session)
{
	for (unsigned int n = 0; n < DEVICE_VECTORS; n++)
		set_event(session, n, -1);
}

static bool take(struct request *request, void *into, size_t size)
{
	if (request->size < size)
		return false;
	memcpy(into, request->payload, size);
	return true;
}

static void answer(struct request *request, const void *bytes, size_t size)
{
	memcpy(request->reply + request->reply_size, bytes, size);
	request->reply_size += size;
}

/* We may announce only what the client proposes, too: one capability has to be looked for. */
static int version(struct request *request)
{
	static const char plain[] = "{\"capabilities\":{\"max_msg_fds\":8,"
	                            "\"max_data_xfer_size\":65536}}";
	static const char multi[] = "{\"capabilities\":{\"max_msg_fds\":8,"
	                            "\"max_data_xfer_size\":65536,\"write_multiple\":true}}";
	struct {
		uint16_t major, minor;
	} proposed;
	char text[1024] = "";
	size_t length;

	if (!take(request, &proposed, sizeof(proposed)))
		return EINVAL;
	if (proposed.major != 0) {
		snprintf(request->session->why, sizeof(request->session->why),
		         "the client speaks version %u.%u of vfio-user, this model 0.x",
		         proposed.major, proposed.minor);
		return -1;
	}
	length = request->size - sizeof(proposed);
	if (length >= sizeof(text))
		length = sizeof(text) - 1;
	memcpy(text, request->payload + sizeof(proposed), length);

	proposed.minor = proposed.minor < 1 ? proposed.minor : 1;
	answer(request, &proposed, sizeof(proposed));
	if (strstr(text, "\"write_multiple\""))
		answer(request, multi, sizeof(multi));
	else
		answer(request, plain, sizeof(plain));
	request->session->agreed = true;
	return 0;
}

/* Guest memory is only reached by messages, so where it is mapped is of no interest. */
static int dma_map(struct request *request)
{
	struct {
		uint32_t argsz, flags;
		uint64_t offset, address, size;
	} map;

	return take(request, &map, sizeof(map)) ? 0 : EINVAL;
}

static int dma_unmap(struct request *request)
{
	struct {
		uint32_t argsz, flags;
		uint64_t address, size;
	} unmap;

	if (!take(request, &unmap, sizeof(unmap)))
		return EINVAL;
	answer(request, &unmap, sizeof(unmap));
	return 0;
}

static int device_info(struct request *request)
{
	struct {
		uint32_t argsz, flags, regions, irqs;
	} info;

	if (!take(request, &info, sizeof(info)))
		return EINVAL;
	info.argsz = sizeof(info);
	info.flags = VFIO_DEVICE_FLAGS_RESET | VFIO_DEVICE_FLAGS_PCI;
	info.regions = REGIONS;
	info.irqs = VFIO_PCI_NUM_IRQS;
	answer(request, &info, sizeof(info));
	return 0;
}

static int region_info(struct request *request)
{
	struct {
		uint32_t argsz, flags, index, cap_offset;
		uint64_t size, offset;
	} info;

	if (!take(request, &info, sizeof(info)) || info.index >= REGIONS)
		return EINVAL;
	info.argsz = sizeof(info);
	info.size = device_region_size(info.index);
	info.flags = info.size ? VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE : 0;
	info.cap_offset = 0;
	info.offset = 0;
	answer(request, &info, sizeof(info));
	return 0;
}

static int irq_info(struct request *request)
{
	struct {
		uint32_t argsz, flags, index, count;
	} info;

	if (!take(request, &info, sizeof(info)) || info.index >= VFIO_PCI_NUM_IRQS)
		return EINVAL;
	/* To say that there are none would have QEMU warn of it. */
	if (info.index == VFIO_PCI_ERR_IRQ_INDEX || info.index == VFIO_PCI_REQ_IRQ_INDEX)
		return EINVAL;
	info.argsz = sizeof(info);
	info.count = info.index == VFIO_PCI_MSIX_IRQ_INDEX ? DEVICE_VECTORS : 0;
	info.flags = info.count ? VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_NORESIZE : 0;
	answer(request, &info, sizeof(info));
	return 0;
}

static int set_irqs(struct request *request)
{
	struct vfio_user *session = request->session;
	struct {
		uint32_t argsz, flags, index, start, count;
	} set;

	if (!take(request, &set, sizeof(set)) || set.index >= VFIO_PCI_NUM_IRQS)
		return EINVAL;
	if ((set.flags & VFIO_IRQ_SET_ACTION_TYPE_MASK) != VFIO_IRQ_SET_ACTION_TRIGGER)
		return ENOTSUP;
	if (set.index != VFIO_PCI_MSIX_IRQ_INDEX)
		return set.count ? EINVAL : 0;
	if (set.start > DEVICE_VECTORS || set.count > DEVICE_VECTORS - set.start)
		return EINVAL;

	switch (set.flags & VFIO_IRQ_SET_DATA_TYPE_MASK) {
	case VFIO_IRQ_SET_DATA_NONE:
		if (!set.count)
			vfio_user_end(session);
		for (unsigned int n = 0; n < set.count; n++)
			session->device->vectors |= 1U << (set.start + n);
		return 0;
	case VFIO_IRQ_SET_DATA_EVENTFD:
		if (request->count && request->count != set.count)
			return EINVAL;
		/* Without descriptors: these vectors have none any longer. */
		for (unsigned int n = 0; n < set.count; n++) {
			set_event(session, set.start + n, request->count ? request->fds[n] : -1);
			request->kept[n] = request->count;
		}
		return 0;
	default:
		return ENOTSUP;
	}
}

/* The access at the start of the payload, if it lies within its region. */
static bool take_access(struct request *request, struct region_access *access)
{
	uint64_t size;

	if (!take(request, access, sizeof(*access)))
		return false;
	size = access->region < REGIONS ? device_region_size(access->region) : 0;
	return access->count <= VFIO_USER_DATA_MAX && access->offset <= size &&
	       access->count <= size - access->offset;
}

static int region_read(struct request *request)
{
	struct region_access access;

	if (!take_access(request, &access))
		return EINVAL;
	answer(request, &access, sizeof(access));
	device_read(request->session->device, access.region, access.offset,
	            request->reply + request->reply_size, access.count);
	request->reply_size += access.count;
	return 0;
}

static int region_write(struct request *request)
{
	struct region_access access;

	if (!take_access(request, &access) || request->size - sizeof(access) < access.count)
		return EINVAL;
	device_write(request->session->device, access.region, access.offset,
	             request->payload + sizeof(access), access.count);
	answer(request, &access, sizeof(access));
	return 0;
}

static int region_write_multi(struct request *request)
{
	uint64_t count;

	if (!take(request, &count, sizeof(count)) ||
	    count > (request->size - sizeof(count)) / sizeof(struct single_write))
		return EINVAL;
	for (uint64_t n = 0; n < count; n++) {
		struct request one = *request;
		struct region_access access;

		one.payload += sizeof(count) + n * sizeof(struct single_write);
		one.size = sizeof(struct single_write);
		if (!take_access(&one, &access) || access.count > 8)
			return EINVAL;
		device_write(request->session->device, access.region, access.offset,
		             one.payload + sizeof(access), access.count);
	}
	answer(request, &count, sizeof(count));
	return 0;
}

/* 0, an errno for the reply, or -1: close. */
static int serve(struct request *request, unsigned int command)
{
	if (!request->session->agreed && command != VFIO_USER_VERSION) {
		snprintf(request->session->why, sizeof(request->session->why),
		         "command %u came before VFIO_USER_VERSION", command);
		return -1;
	}
	switch (command) {
	case VFIO_USER_VERSION:
		return version(request);
	case VFIO_USER_DMA_MAP:
		return dma_map(request);
	case VFIO_USER_DMA_UNMAP:
		return dma_unmap(request);
	case VFIO_USER_DEVICE_GET_INFO:
		return device_info(request);
	case VFIO_USER_DEVICE_GET_REGION_INFO:
		return region_info(request);
	case VFIO_USER_DEVICE_GET_IRQ_INFO:
		return irq_info(request);
	case VFIO_USER_DEVICE_SET_IRQS:
		return set_irqs(request);
	case VFIO_USER_REGION_READ:
		return region_read(request);
	case VFIO_USER_REGION_WRITE:
		return region_write(request);
	case VFIO_USER_REGION_WRITE_MULTI:
		return region_write_multi(request);
	case VFIO_USER_DEVICE_RESET:
		device_reset(request->session->device);
		return 0;
	default:
		return ENOTSUP;
	}
}

ssize_t vfio_user_size(struct vfio_user *session, const struct vfio_user_header *header)
{
	if (header->size >= sizeof(*header) && header->size <= VFIO_USER_MESSAGE_MAX)
		return header->size;
	snprintf(session->why, sizeof(session->why),
	         "a message (command %u) of %u bytes; between %zu and %d are possible",
	         header->command, header->size, sizeof(*header), VFIO_USER_MESSAGE_MAX);
	return -1;
}

/* A reply to one of our own requests. */
static ssize_t take_reply(struct vfio_user *session, const uint8_t *message, size_t size)
{
	struct vfio_user_dma dma;
	const uint8_t *data = NULL;
	size_t length = 0;
	int error;

	memcpy(&dma.header, message, sizeof(dma.header));
	error = dma.header.flags & VFIO_USER_ERROR ? (int)(dma.header.error & 0xffff) : 0;
	if ((dma.header.flags & VFIO_USER_ERROR) && !error)
		error = EIO;
	if (size >= sizeof(dma)) {
		data = message + sizeof(dma);
		length = size - sizeof(dma);
	} else if (!error && size > sizeof(dma.header)) {
		/* It took half of our count for data, and wrote 0 where a message was to go. */
		snprintf(session->why, sizeof(session->why),
		         "a reply to DMA of %zu bytes, not %zu: QEMU 11 or newer is needed, older "
		         "ones have another form of it",
		         size, sizeof(dma));
		return -1;
	}
	if (device_replied(session->device, dma.header.id, error, data, length) == 0)
		return 0;
	snprintf(session->why, sizeof(session->why), "a reply to request %u that is not one",
	         dma.header.id);
	return -1;
}

static ssize_t take_request(struct vfio_user_header *header, struct request *request,
                            uint8_t *reply)
{
	int error = serve(request, header->command);
	bool wanted = !(header->flags & VFIO_USER_NO_REPLY);

	if (error < 0)
		return -1;
	header->flags = VFIO_USER_REPLY | (error ? VFIO_USER_ERROR : 0);
	header->error = (uint32_t)error;
	header->size = (uint32_t)(sizeof(*header) + (error ? 0 : request->reply_size));
	memcpy(reply, header, sizeof(*header));
	return wanted ? (ssize_t)header->size : 0;
}

ssize_t vfio_user_handle(struct vfio_user *session, const uint8_t *message, size_t size,
                         const int *fds, unsigned int count, uint8_t *reply)
{
	struct vfio_user_header header;
	struct request request = {
	        .session = session,
	        .payload = message + sizeof(header),
	        .fds = fds,
	        .count = count,
	        .reply = reply + sizeof(header),
	};
	ssize_t result = -1;

	snprintf(session->why, sizeof(session->why),
	         "a message of %zu bytes that says it has another size, or %u descriptors", size,
	         count);
	if (size >= sizeof(header) && count <= VFIO_USER_FDS_MAX) {
		memcpy(&header, message, sizeof(header));
		request.size = size - sizeof(header);
		if (header.size != size || vfio_user_size(session, &header) < 0)
			result = -1;
		else if ((header.flags & VFIO_USER_TYPE) == VFIO_USER_REPLY)
			result = take_reply(session, message, size);
		else if ((header.flags & VFIO_USER_TYPE) == VFIO_USER_REQUEST)
			result = take_request(&header, &request, reply);
		else
			snprintf(session->why, sizeof(session->why), "a message of type %u",
			         header.flags & VFIO_USER_TYPE);
	}
	for (unsigned int n = 0; n < count; n++) {
		if (n >= VFIO_USER_FDS_MAX || !request.kept[n])
			close(fds[n]);
	}
	return result;
}

size_t vfio_user_request(const struct device_action *action, uint8_t *request)
{
	bool write = action->what == DO_WRITE;
	size_t data = write ? action->size : 0;
	struct vfio_user_dma dma = {
	        .header =
	                {
	                        .id = action->id,
	                        .command = write ? VFIO_USER_DMA_WRITE : VFIO_USER_DMA_READ,
	                        .size = (uint32_t)(sizeof(dma) + data),
	                },
	        .address = action->address,
	        .count = action->size,
	};

	memcpy(request, &dma, sizeof(dma));
	memcpy(request + sizeof(dma), action->data, data);
	return sizeof(dma) + data;
}
