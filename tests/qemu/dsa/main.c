// SPDX-License-Identifier: MIT
/*
 * dsa-model: Intel DSA, as far as interrupt message storage needs it, for QEMU's vfio-user-pci.
 * docs/dsa-model.md.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/qemu/dsa/log.h"
#include "tests/qemu/dsa/server.h"

static const char usage[] =
        "usage: dsa-model [OPTION]... SOCKET\n"
        "\n"
        "Listens at the path SOCKET for one QEMU (11 or newer), whose device it then is:\n"
        "\n"
        "    -device '{\"driver\":\"vfio-user-pci\",\"addr\":\"6\",\n"
        "              \"socket\":{\"type\":\"unix\",\"path\":\"SOCKET\"}}'\n"
        "\n"
        "Ends when QEMU does, or by SIGTERM. SOCKET is gone as soon as QEMU has connected.\n"
        "\n"
        "  --ims=N           entries of interrupt message storage, 1 .. 2048 (2048)\n"
        "  --handles=N       interrupt handles for them (as many)\n"
        "  --log=FILE        what became of each message\n"
        "\n"
        "What the guest can change while it runs; these are what a reset goes back to:\n"
        "\n"
        "  --hold=NS         from sampling a slot to sending, at least (0)\n"
        "  --tear=NS         between sampling the address and the data (0)\n"
        "  --rate=N          messages a second when it sends by itself; 0: as many as go (0)\n"
        "  --coalesce        merge what is asked for while the slot has something in the queue\n"
        "  --carrier         send through the reserved MSI-X entry: source ids are checked\n"
        "  --late=NS         misbehave: for NS after a slot is written to, send its old words\n"
        "  --drop-pending    misbehave: forget what is asked for while the slot is masked\n"
        "  --ignore-mask     misbehave: send from masked slots\n"
        "  --lose-every=N    misbehave: forget each Nth descriptor\n"
        "  --help\n";

struct arguments {
	struct device_options device;
	const char *log;
	const char *socket;
};

/* What a signal shuts down: the listening socket, then the client's. */
static pthread_mutex_t stop_lock = PTHREAD_MUTEX_INITIALIZER;
static int stop_socket = -1;
static bool stopped;

static void say(const char *text)
{
	fprintf(stderr, "dsa-model: %s\n", text);
}

static uint64_t number(const char *option, const char *text, uint64_t least, uint64_t most)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (end == text || *end || *text == '-' || errno || value < least || value > most) {
		fprintf(stderr, "dsa-model: --%s=%s: a number between %llu and %llu is wanted\n",
		        option, text, (unsigned long long)least, (unsigned long long)most);
		exit(2);
	}
	return value;
}

static void take_option(struct arguments *arguments, int which, const char *name, const char *text)
{
	struct device_settings *settings = &arguments->device.settings;

	switch (which) {
	case 'i':
		arguments->device.ims = (unsigned int)number(name, text, 1, DEVICE_IMS_MAX);
		break;
	case 'n':
		arguments->device.handles = (unsigned int)number(name, text, 0, DEVICE_IMS_MAX);
		break;
	case 'l':
		arguments->log = text;
		break;
	case 'h':
		settings->hold_ns = number(name, text, 0, DSA_MODEL_NS_MAX);
		break;
	case 't':
		settings->tear_ns = number(name, text, 0, DSA_MODEL_NS_MAX);
		break;
	case 'r':
		settings->rate = (uint32_t)number(name, text, 0, UINT32_MAX);
		break;
	case 'c':
		settings->mode |= (uint32_t)DSA_MODEL_MODE_COALESCE;
		break;
	case 'C':
		settings->mode |= (uint32_t)DSA_MODEL_MODE_CARRIER;
		break;
	case 'L':
		settings->late_ns = number(name, text, 0, DSA_MODEL_NS_MAX);
		settings->misbehave |= (uint32_t)MISBEHAVE_LATE;
		break;
	case 'p':
		settings->misbehave |= (uint32_t)MISBEHAVE_PENDING_DROPPED;
		break;
	case 'm':
		settings->misbehave |= (uint32_t)MISBEHAVE_MASK_IGNORED;
		break;
	case 'e':
		settings->lose_every = (uint32_t)number(name, text, 1, UINT32_MAX);
		settings->misbehave |= (uint32_t)MISBEHAVE_DESCRIPTOR_LOST;
		break;
	case 'H':
		fputs(usage, stdout);
		exit(0);
	default:
		fputs("dsa-model: --help says what can be given\n", stderr);
		exit(2);
	}
}

static struct arguments take_arguments(int count, char **values)
{
	static const struct option options[] = {
	        {"ims", required_argument, NULL, 'i'},
	        {"handles", required_argument, NULL, 'n'},
	        {"log", required_argument, NULL, 'l'},
	        {"hold", required_argument, NULL, 'h'},
	        {"tear", required_argument, NULL, 't'},
	        {"rate", required_argument, NULL, 'r'},
	        {"coalesce", no_argument, NULL, 'c'},
	        {"carrier", no_argument, NULL, 'C'},
	        {"late", required_argument, NULL, 'L'},
	        {"drop-pending", no_argument, NULL, 'p'},
	        {"ignore-mask", no_argument, NULL, 'm'},
	        {"lose-every", required_argument, NULL, 'e'},
	        {"help", no_argument, NULL, 'H'},
	        {NULL, 0, NULL, 0},
	};
	struct arguments arguments = {
	        .device = {.ims = DEVICE_IMS_MAX, .handles = DEVICE_IMS_MAX},
	};
	int which, at = 0;

	while ((which = getopt_long(count, values, "", options, &at)) != -1)
		take_option(&arguments, which, options[at].name, optarg);
	if (optind != count - 1) {
		fputs("dsa-model: one SOCKET is wanted; --help says more\n", stderr);
		exit(2);
	}
	arguments.socket = values[optind];
	return arguments;
}

/* Makes `socket` what a signal shuts down. */
static void stop_by(int socket)
{
	pthread_mutex_lock(&stop_lock);
	stop_socket = socket;
	if (stopped && socket >= 0)
		shutdown(socket, SHUT_RDWR);
	pthread_mutex_unlock(&stop_lock);
}

static void *wait_for_signals(void *signals)
{
	int number;

	sigwait(signals, &number);
	pthread_mutex_lock(&stop_lock);
	stopped = true;
	if (stop_socket >= 0)
		shutdown(stop_socket, SHUT_RDWR);
	pthread_mutex_unlock(&stop_lock);
	return NULL;
}

/* Whoever finds the path finds somebody who listens: QEMU does not try twice. */
static int listen_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int length = snprintf(address.sun_path, sizeof(address.sun_path), "%s.new", path);
	int error;

	if (length >= (int)sizeof(address.sun_path)) {
		fprintf(stderr,
		        "dsa-model: %s: longer than the %zu bytes a socket's path can have\n", path,
		        sizeof(address.sun_path) - sizeof(".new"));
		exit(2);
	}
	if (access(path, F_OK) == 0)
		errno = EADDRINUSE;
	else if (listener >= 0 && !bind(listener, (struct sockaddr *)&address, sizeof(address))) {
		if (!listen(listener, 1) && !rename(address.sun_path, path))
			return listener;
		error = errno;
		unlink(address.sun_path);
		errno = error;
	} else if (errno == EADDRINUSE)
		path = address.sun_path;
	fprintf(stderr, "dsa-model: %s: %s%s\n", path, strerror(errno),
	        errno == EADDRINUSE ? "; remove it, or give another path" : "");
	exit(2);
}

/* One client; nobody else finds the path from then on. -1 when a signal came first. */
static int accept_at(const char *path, int listener)
{
	int client;

	stop_by(listener);
	client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	stop_by(client);
	close(listener);
	unlink(path);
	return client;
}

static bool was_stopped(void)
{
	bool answer;

	pthread_mutex_lock(&stop_lock);
	answer = stopped;
	pthread_mutex_unlock(&stop_lock);
	return answer;
}

int main(int count, char **values)
{
	static struct device device;
	struct arguments arguments = take_arguments(count, values);
	struct log log;
	sigset_t signals;
	pthread_t waiter;
	bool failed = false;
	const char *why = "stopped";
	int listener, client, error;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN); /* an event that QEMU gives us may be a pipe */

	device_init(&device, &arguments.device);
	device.now = server_now();
	error = log_open(&log, arguments.log, &device);
	if (error) {
		fprintf(stderr, "dsa-model: %s: %s\n", arguments.log, strerror(-error));
		return 2;
	}
	listener = listen_at(arguments.socket);
	pthread_create(&waiter, NULL, wait_for_signals, &signals);

	client = accept_at(arguments.socket, listener);
	if (client >= 0)
		why = server_run(&device, client, &failed);
	if (was_stopped()) {
		why = "stopped";
		failed = false;
	}
	stop_by(-1);
	if (client >= 0)
		close(client);
	pthread_kill(waiter, SIGTERM);
	pthread_join(waiter, NULL);

	error = log_close(&log, &device, why);
	say(why);
	if (!error)
		return failed;
	/* The last line: it is what the runner tells. */
	fprintf(stderr, "dsa-model: %s: not all of the log could be written\n", arguments.log);
	return 1;
}
