// SPDX-License-Identifier: MIT
/*
 * Gives a target every input that is kept for it, one line of TAP each: BUILD/host/replay_NAME
 * reads tests/fuzz/corpus/NAME/, and BUILD/host/hostile/NAME/ where there are tables of
 * tests/qemu/hostile/ for it. An input that breaks the target ends the program there, which prove
 * reports as a bad plan, and the sanitizer's report says where.
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

/* Returns how many there are; the first one is number `before` + 1. */
static int replay_folder(const char *folder, int before)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, is_input, alphasort);

	if (count < 0)
		return 0;
	for (int i = 0; i < count; i++) {
		fflush(stdout);
		replay(folder, entries[i]->d_name);
		printf("ok %d - %s/%s\n", before + i + 1, folder, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return count;
}

int main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '_'), *slash = strrchr(argv[0], '/');
	char kept[256], hostile[256];
	int count;

	(void)argc;
	fuzz_check(name && slash);
	snprintf(kept, sizeof(kept), "tests/fuzz/corpus/%s", name + 1);
	snprintf(hostile, sizeof(hostile), "%.*s/hostile/%s", (int)(slash - argv[0]), argv[0],
	         name + 1);
	count = replay_folder(kept, 0);
	fuzz_check(count); /* a corpus that is not found is no success */
	count += replay_folder(hostile, count);
	printf("1..%d\n", count);
	return 0;
}
