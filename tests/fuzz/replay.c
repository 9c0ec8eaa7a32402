// SPDX-License-Identifier: MIT
/*
 * Gives a target every input that is kept for it, one line of TAP each: build/host/replay_NAME
 * reads the folder tests/fuzz/corpus/NAME. An input that breaks the target ends the program there,
 * which prove reports as a bad plan, and the sanitizer's report says where.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

static int is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void replay(const char *folder, const char *name)
{
	static uint8_t bytes[1 << 16];
	char path[512];
	size_t size;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "rb");
	fuzz_check(file);
	size = fread(bytes, 1, sizeof(bytes), file);
	fuzz_check(size < sizeof(bytes) && !ferror(file));
	fclose(file);
	fprintf(stderr, "# %s\n", path);
	LLVMFuzzerTestOneInput(bytes, size);
}

int main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '_');
	struct dirent **entries;
	char folder[256];
	int count;

	(void)argc;
	fuzz_check(name);
	snprintf(folder, sizeof(folder), "tests/fuzz/corpus/%s", name + 1);
	count = scandir(folder, &entries, is_input, alphasort);
	fuzz_check(count > 0);
	printf("1..%d\n", count);
	for (int i = 0; i < count; i++) {
		fflush(stdout);
		replay(folder, entries[i]->d_name);
		printf("ok %d - %s/%s\n", i + 1, name + 1, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return 0;
}
