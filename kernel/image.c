// SPDX-License-Identifier: MIT
#include "kernel/image.h"

#include <stddef.h>

#include "kernel/panic.h"
#include "kernel/string.h"

#define ROOM 4096

static char as_linked[ROOM];

static size_t data_size(void)
{
	return (size_t)(_bss_start - _data_start);
}

void image_keep_data(void)
{
	if (data_size() > ROOM)
		panic("the initialised data has grown beyond %u bytes, kernel/image.c", ROOM);
	memcpy(as_linked, _data_start, data_size());
}

/* Code and constants are never written to. */
void image_copy(void *to)
{
	char *data = (char *)to + (_data_start - _image_start);
	size_t zero = (size_t)(_image_end - _bss_start);

	memcpy(to, _image_start, (size_t)(_data_start - _image_start));
	memcpy(data, as_linked, data_size());
	memset(data + data_size(), 0, zero);
}
