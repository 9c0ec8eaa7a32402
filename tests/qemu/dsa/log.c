// SPDX-License-Identifier: MIT
#include "tests/qemu/dsa/log.h"

#include <errno.h>
#include <inttypes.h>

#define BUFFER_SIZE (1 << 20)

static void log_message(struct device *device, const struct device_message *message)
{
	struct log *log = device->context;
	uint64_t start = log->start;

	log->messages++;
	fprintf(log->file,
	        "m %u %08x%08x %08x %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
	        " %s %d\n",
	        message->slot, message->address_hi, message->address_lo, message->data,
	        message->asked - start, message->sampled - start, message->complete - start,
	        message->sent ? message->sent - start : 0, message->acknowledged - start,
	        message->carried ? "msix" : "dma", message->error);
}

static void log_event(struct device *device, const char *event, unsigned int slot, uint64_t value)
{
	struct log *log = device->context;

	log->events++;
	fprintf(log->file, "e %" PRIu64 " %s %u %" PRIx64 "\n", device->now - log->start, event,
	        slot, value);
}

int log_open(struct log *log, const char *path, struct device *device)
{
	*log = (struct log){.start = device->now};
	if (!path)
		return 0;
	log->file = fopen(path, "we");
	if (!log->file)
		return -errno;
	setvbuf(log->file, NULL, _IOFBF, BUFFER_SIZE);
	fprintf(log->file,
	        "# dsa-model log 1, times in ns\n"
	        "# m slot address data asked sampled complete sent acknowledged how error\n"
	        "# e time event slot value\n");
	device->context = log;
	device->on_message = log_message;
	device->on_event = log_event;
	return 0;
}

int log_close(struct log *log, const struct device *device, const char *why)
{
	const struct device_counters *counters = &device->counters;
	int error;

	if (!log->file)
		return 0;
	fprintf(log->file,
	        "# end messages=%" PRIu64 " events=%" PRIu64 " requested=%" PRIu64
	        " sampled=%" PRIu64 " acknowledged=%" PRIu64 " refused=%" PRIu64
	        " coalesced=%" PRIu64 " dropped=%" PRIu64 " outstanding=%" PRIu64 " why=%s\n",
	        log->messages, log->events, counters->requested, counters->sampled,
	        counters->acknowledged, counters->refused, counters->coalesced, counters->dropped,
	        device_outstanding(device), why);
	error = ferror(log->file) ? -EIO : 0;
	if (fclose(log->file))
		error = -EIO;
	log->file = NULL;
	return error;
}
