// SPDX-License-Identifier: MIT
#include "tests/qemu/dsa/server.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/qemu/dsa/vfio_user.h"

#define SEEN_TIMEOUT_MS 5000 /* for QEMU to look at an event */

struct server {
	struct device *device;
	struct vfio_user session;
	int socket;
	pthread_mutex_t lock; /* device and session */
	pthread_cond_t wake;  /* something was done to the device */
	uint64_t sleeps;      /* under `lock`: until when the sender does, 0: it does not */
	bool ended;           /* the same */
	pthread_mutex_t send; /* one message at a time goes out */
	int unsent;           /* under `send`: the errno by which that ended */
};

uint64_t server_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static bool send_all(struct server *server, const uint8_t *bytes, size_t size)
{
	bool sent = true;

	pthread_mutex_lock(&server->send);
	while (size) {
		ssize_t count = send(server->socket, bytes, size, MSG_NOSIGNAL);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0) {
			/* Half a message may have gone: nothing can follow it. */
			server->unsent = errno;
			shutdown(server->socket, SHUT_RDWR);
			sent = false;
			break;
		}
		bytes += count;
		size -= (size_t)count;
	}
	pthread_mutex_unlock(&server->send);
	return sent;
}

/* Under the lock, so that the descriptor cannot be closed and be another's meanwhile. */
static bool raise_vector(struct server *server, unsigned int vector, uint64_t by)
{
	int event = server->session.events[vector], error = ENXIO;

	if (event >= 0) {
		if (write(event, &by, sizeof(by)) == sizeof(by))
			return true;
		error = errno;
	}
	server->device->on_event(server->device, "not-raised", vector, (uint64_t)error);
	return false;
}

/*
 * The event's counter is filled up, so that it cannot be written to until QEMU has read it: that is
 * what poll() can wait for. It also ends when the connection does.
 */
static void raise_and_wait(struct server *server, unsigned int vector)
{
	struct pollfd either[] = {{.events = POLLOUT}, {.fd = server->socket}};
	struct pollfd *event = &either[0];
	bool seen;

	pthread_mutex_lock(&server->lock);
	event->fd = server->session.events[vector] < 0 ? -1 : dup(server->session.events[vector]);
	seen = raise_vector(server, vector, UINT64_MAX - 1);
	pthread_mutex_unlock(&server->lock);

	seen = seen && poll(either, 2, SEEN_TIMEOUT_MS) > 0 && (event->revents & POLLOUT);
	if (event->fd >= 0)
		close(event->fd);

	pthread_mutex_lock(&server->lock);
	server->device->now = server_now();
	device_raised(server->device, seen);
	pthread_mutex_unlock(&server->lock);
}

/* Under the lock, which is let go meanwhile. */
static void wait_until(struct server *server, uint64_t when)
{
	struct timespec until = {.tv_sec = (time_t)(when / 1000000000),
	                         .tv_nsec = (long)(when % 1000000000)};

	server->sleeps = when;
	if (when == UINT64_MAX)
		pthread_cond_wait(&server->wake, &server->lock);
	else
		pthread_cond_timedwait(&server->wake, &server->lock, &until);
	server->sleeps = 0;
}

static void *sender(void *context)
{
	struct server *server = context;
	uint8_t request[sizeof(struct vfio_user_dma) + sizeof(((struct device_action){0}).data)];
	bool going = true;

	while (going) {
		struct device_action action;

		pthread_mutex_lock(&server->lock);
		server->device->now = server_now();
		action = device_step(server->device);
		if (action.what == DO_RAISE)
			raise_vector(server, action.vector, 1);
		if (action.what == DO_WAIT && !server->ended)
			wait_until(server, action.wake);
		going = !server->ended;
		pthread_mutex_unlock(&server->lock);

		if (action.what == DO_WRITE || action.what == DO_READ)
			send_all(server, request, vfio_user_request(&action, request));
		else if (action.what == DO_RAISE_AND_WAIT && going)
			raise_and_wait(server, action.vector);
	}
	return NULL;
}

/* What has come in and is not served yet: bytes[at .. end - 1]. */
struct incoming {
	uint8_t bytes[2 * VFIO_USER_MESSAGE_MAX];
	size_t at, end;
	int fds[VFIO_USER_FDS_MAX];
	unsigned int count;
};

static void drop_fds(struct incoming *incoming)
{
	while (incoming->count)
		close(incoming->fds[--incoming->count]);
}

static void take_fds(struct msghdr *message, struct incoming *incoming)
{
	for (struct cmsghdr *each = CMSG_FIRSTHDR(message); each;
	     each = CMSG_NXTHDR(message, each)) {
		if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_RIGHTS)
			continue;
		drop_fds(incoming);
		incoming->count = (unsigned int)((each->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(incoming->fds, CMSG_DATA(each), incoming->count * sizeof(int));
	}
}

/* More of the stream. Returns 1, 0 at the end, or -errno. */
static int receive(struct server *server, struct incoming *incoming)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(VFIO_USER_FDS_MAX * sizeof(int))];
	} control;
	struct iovec vector;
	struct msghdr message = {
	        .msg_iov = &vector,
	        .msg_iovlen = 1,
	        .msg_control = &control,
	        .msg_controllen = sizeof(control),
	};
	ssize_t count;

	memmove(incoming->bytes, incoming->bytes + incoming->at, incoming->end - incoming->at);
	incoming->end -= incoming->at;
	incoming->at = 0;
	vector.iov_base = incoming->bytes + incoming->end;
	vector.iov_len = sizeof(incoming->bytes) - incoming->end;
	do {
		count = recvmsg(server->socket, &message, MSG_CMSG_CLOEXEC);
	} while (count < 0 && errno == EINTR);
	if (count < 0)
		return -errno;
	if (!count)
		return incoming->end ? -EPROTO : 0;
	take_fds(&message, incoming);
	if (message.msg_flags & MSG_CTRUNC) {
		snprintf(server->session.why, sizeof(server->session.why),
		         "more than %d file descriptors with one message", VFIO_USER_FDS_MAX);
		return -EBADMSG;
	}
	incoming->end += (size_t)count;
	return 1;
}

/* The size of the message at `at`, 0 when it is not all there yet, or -1: session.why. */
static ssize_t whole(struct server *server, const struct incoming *incoming)
{
	struct vfio_user_header header;
	size_t there = incoming->end - incoming->at;
	ssize_t size;

	if (there < sizeof(header))
		return 0;
	memcpy(&header, incoming->bytes + incoming->at, sizeof(header));
	size = vfio_user_size(&server->session, &header);
	return size > (ssize_t)there ? 0 : size;
}

/*
 * One message; 1, 0 at the end, or -EBADMSG. One recvmsg() returns many, but ends with the bytes
 * that file descriptors were sent with (unix(7), SCM_RIGHTS): these belong to the last message that
 * begins there.
 */
static int serve(struct server *server, struct incoming *incoming, size_t size)
{
	static uint8_t reply[VFIO_USER_MESSAGE_MAX];
	bool last = incoming->at + size == incoming->end;
	unsigned int count = last ? incoming->count : 0;
	ssize_t answer;

	pthread_mutex_lock(&server->lock);
	server->device->now = server_now();
	answer = vfio_user_handle(&server->session, incoming->bytes + incoming->at, size,
	                          incoming->fds, count, reply);
	/* Most writes to registers give the sender nothing to do. */
	if (device_due(server->device) < server->sleeps)
		pthread_cond_signal(&server->wake);
	pthread_mutex_unlock(&server->lock);

	incoming->at += size;
	if (last)
		incoming->count = 0;
	if (answer < 0)
		return -EBADMSG;
	return !answer || send_all(server, reply, (size_t)answer) ? 1 : 0;
}

/* Serves until the client leaves; 0, or -errno: -EBADMSG when session.why says what. */
static int take_messages(struct server *server)
{
	static struct incoming incoming;
	int result = 1;

	incoming.at = incoming.end = 0;
	while (result > 0) {
		ssize_t size = whole(server, &incoming);

		if (size < 0)
			result = -EBADMSG;
		else if (!size)
			result = receive(server, &incoming);
		else
			result = serve(server, &incoming, (size_t)size);
	}
	drop_fds(&incoming);
	return result;
}

static const char *reason(struct server *server, int result, bool *failed)
{
	static char text[192];

	*failed = result == -EBADMSG || result == -EPROTO || server->unsent == EAGAIN;
	if (server->unsent == EAGAIN)
		snprintf(text, sizeof(text), "the client does not read what it is sent");
	else if (result == -EBADMSG)
		snprintf(text, sizeof(text), "the client broke the protocol: %s",
		         server->session.why);
	else if (result == -EPROTO)
		snprintf(text, sizeof(text), "the client left in the middle of a message");
	else
		snprintf(text, sizeof(text), "the client has left");
	return text;
}

const char *server_run(struct device *device, int socket, bool *failed)
{
	static struct server server;
	struct timeval patience = {.tv_sec = 5};
	pthread_condattr_t monotonic;
	pthread_t thread;
	const char *why;
	int result;

	server = (struct server){.device = device, .socket = socket};
	setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	vfio_user_init(&server.session, device);
	pthread_mutex_init(&server.lock, NULL);
	pthread_mutex_init(&server.send, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&server.wake, &monotonic);
	result = pthread_create(&thread, NULL, sender, &server);
	if (result) {
		*failed = true;
		return strerror(result);
	}

	result = take_messages(&server);

	/* The sender may wait for the socket. */
	shutdown(socket, SHUT_RDWR);
	pthread_mutex_lock(&server.lock);
	server.ended = true;
	pthread_cond_signal(&server.wake);
	pthread_mutex_unlock(&server.lock);
	pthread_join(thread, NULL);
	why = reason(&server, result, failed);
	device->now = server_now();
	vfio_user_end(&server.session);
	pthread_condattr_destroy(&monotonic);
	pthread_cond_destroy(&server.wake);
	pthread_mutex_destroy(&server.send);
	pthread_mutex_destroy(&server.lock);
	return why;
}
