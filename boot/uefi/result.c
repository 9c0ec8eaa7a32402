// SPDX-License-Identifier: MIT
#include "boot/uefi/result.h"

#include <efilib.h>
#include <stdbool.h>

#include "boot/result_variable.h"
#include "boot/uefi/console.h"
#include "boot/uefi/inflate.h"

#define TEXT_MAX    (4U << 20) /* more than the kernel collects: a plain mistake */
#define DATE_MARK   "# head date="
#define KERNEL_PATH L"\\retarget\\retarget.elf"
#define PATH_SIZE   40

#define SAME_DATE_MAX 99 /* results of one date on a stick: two digits behind it */

static EFI_GUID vendor = RESULT_VARIABLE_GUID;

static const CHAR16 *name_of(UINTN number)
{
	static CHAR16 name[] = RESULT_VARIABLE_NAME;

	name[RESULT_VARIABLE_TENS] = (CHAR16)('0' + number / 10);
	name[RESULT_VARIABLE_TENS + 1] = (CHAR16)('0' + number % 10);
	return name;
}

/* From the pool; NULL when there is none. */
static struct result_variable *read_variable(UINTN number, UINTN *size)
{
	struct result_variable *variable;

	*size = 0;
	if (RT->GetVariable((CHAR16 *)name_of(number), &vendor, NULL, size, NULL) !=
	    EFI_BUFFER_TOO_SMALL)
		return NULL;
	variable = AllocatePool(*size);
	if (variable &&
	    EFI_ERROR(RT->GetVariable((CHAR16 *)name_of(number), &vendor, NULL, size, variable))) {
		FreePool(variable);
		return NULL;
	}
	return variable;
}

static bool belongs(const struct result_variable *part, UINTN size, UINTN number,
                    const struct result_variable *first)
{
	return size >= sizeof(*part) && part->magic == RESULT_VARIABLE_MAGIC &&
	       part->number == number && part->count == first->count &&
	       part->text_crc == first->text_crc && part->text_size == first->text_size &&
	       part->packed_size == first->packed_size;
}

/* All parts in a row; false where one is missing, or not of this run, or there is too much. */
static bool read_packed(const struct result_variable *first, char *packed)
{
	UINTN done = 0;

	for (UINTN n = 0; n < first->count; n++) {
		UINTN size;
		struct result_variable *part = read_variable(n, &size);
		bool good = part && belongs(part, size, n, first) &&
		            size - sizeof(*part) <= first->packed_size - done;

		if (good) {
			CopyMem(packed + done, part->part, size - sizeof(*part));
			done += size - sizeof(*part);
		}
		if (part)
			FreePool(part);
		if (!good)
			return false;
	}
	return done == first->packed_size;
}

/* The text, from the pool; NULL where the variables do not hold one. */
static char *read_text(const struct result_variable *first)
{
	char *packed, *text;

	if (first->magic != RESULT_VARIABLE_MAGIC || !first->count ||
	    first->count > RESULT_VARIABLES_MAX || first->packed_size > TEXT_MAX ||
	    !first->text_size || first->text_size > TEXT_MAX)
		return NULL;
	packed = AllocatePool(first->packed_size);
	text = AllocatePool(first->text_size);
	if (packed && text && read_packed(first, packed) &&
	    inflate_text(packed, first->packed_size, text, first->text_size) &&
	    inflate_crc32(text, first->text_size) == first->text_crc) {
		FreePool(packed);
		return text;
	}
	if (packed)
		FreePool(packed);
	if (text)
		FreePool(text);
	return NULL;
}

/*
 * "\RESULT-20261128-185745.txt", by the date that the text has: when the run began. One that the
 * machine's clock did not tell leaves no digits there. From the second on, `number` goes behind it.
 */
static void path_of(const char *text, UINTN size, UINTN number, CHAR16 path[PATH_SIZE])
{
	const UINTN mark = sizeof(DATE_MARK) - 1;
	UINTN length, at = 0;

	StrCpy(path, L"\\RESULT-");
	length = StrLen(path);
	while (at + mark < size && CompareMem(text + at, DATE_MARK, mark))
		at++;
	for (at += mark; at < size && text[at] > ' ' && length < PATH_SIZE - 9; at++)
		if (text[at] == 'T')
			path[length++] = L'-';
		else if (text[at] >= '0' && text[at] <= '9')
			path[length++] = (CHAR16)(unsigned char)text[at];
	path[length] = 0;
	if (number > 1)
		SPrint(path + length, (PATH_SIZE - length) * sizeof(CHAR16), L"-%d", number);
	StrCat(path, L".txt");
}

/*
 * The first that is not there: nothing on the stick is overwritten. A machine whose clock stands
 * still, or starts anew with each start, gives two runs the same date.
 */
static EFI_STATUS free_path(EFI_FILE_HANDLE volume, const char *text, UINTN size,
                            CHAR16 path[PATH_SIZE])
{
	EFI_STATUS status = EFI_SUCCESS;
	EFI_FILE_HANDLE file;

	for (UINTN number = 1; number <= SAME_DATE_MAX && !EFI_ERROR(status); number++) {
		path_of(text, size, number, path);
		status = volume->Open(volume, &file, path, EFI_FILE_MODE_READ, 0);
		if (!EFI_ERROR(status))
			file->Close(file);
	}
	return status == EFI_NOT_FOUND ? EFI_SUCCESS : EFI_ERROR(status) ? status : EFI_VOLUME_FULL;
}

static EFI_STATUS write_all(EFI_FILE_HANDLE file, const char *text, UINTN size)
{
	UINTN done = size;
	EFI_STATUS status = file->Write(file, &done, (VOID *)text);

	if (!EFI_ERROR(status) && done < size)
		status = EFI_VOLUME_FULL;
	if (!EFI_ERROR(status))
		status = file->Flush(file);
	return status;
}

static EFI_STATUS write_file(EFI_FILE_HANDLE volume, CHAR16 *path, const char *text, UINTN size)
{
	const UINT64 mode = EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE | EFI_FILE_MODE_CREATE;
	EFI_FILE_HANDLE file;
	EFI_STATUS status = volume->Open(volume, &file, path, mode, 0);

	if (EFI_ERROR(status))
		return status;
	status = write_all(file, text, size);
	if (EFI_ERROR(status)) {
		file->Delete(file);
		return status;
	}
	return file->Close(file);
}

static void forget(void)
{
	for (UINTN n = 0; n < RESULT_VARIABLES_MAX; n++)
		RT->SetVariable((CHAR16 *)name_of(n), &vendor, 0, 0, NULL);
}

/* The text of `first` and of those that follow, into a file. */
static void write_text(EFI_FILE_HANDLE volume, const struct result_variable *first, UINTN size)
{
	char *text = size < sizeof(*first) ? NULL : read_text(first);
	CHAR16 path[PATH_SIZE];
	EFI_STATUS status;

	if (!text) {
		console_say(L"the result of the last run is broken: forgotten");
		forget();
		return;
	}
	status = free_path(volume, text, first->text_size, path);
	if (!EFI_ERROR(status))
		status = write_file(volume, path, text, first->text_size);
	FreePool(text);
	if (EFI_ERROR(status)) {
		console_say(L"%s: the result of the last run cannot be written: %r; it is kept",
		            path, status);
		return;
	}
	console_say(L"the result of the last run is in %s", path);
	forget();
}

/* Whether the volume is a part of the disk, or the disk itself: by their device paths. */
static bool is_on(EFI_HANDLE volume, EFI_HANDLE disk)
{
	EFI_DEVICE_PATH *part = DevicePathFromHandle(volume);
	EFI_DEVICE_PATH *whole = DevicePathFromHandle(disk);
	UINTN length;

	if (!part || !whole)
		return false;
	length = DevicePathSize(whole) - sizeof(EFI_DEVICE_PATH); /* without its end */
	return length && DevicePathSize(part) >= length && !CompareMem(part, whole, length);
}

static bool has_kernel(EFI_FILE_HANDLE volume)
{
	EFI_FILE_HANDLE file;

	if (EFI_ERROR(volume->Open(volume, &file, KERNEL_PATH, EFI_FILE_MODE_READ, 0)))
		return false;
	file->Close(file);
	return true;
}

/*
 * GRUB starts this program from the ISO 9660 that is all of the stick, which firmware cannot read.
 * The FAT volume on the same stick has the kernel, too (boot/iso.mk).
 */
static EFI_FILE_HANDLE open_part_of(EFI_HANDLE disk)
{
	EFI_GUID guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
	EFI_FILE_HANDLE found = NULL;
	EFI_HANDLE *volumes;
	UINTN count;

	if (EFI_ERROR(LibLocateHandle(ByProtocol, &guid, NULL, &count, &volumes)))
		return NULL;
	for (UINTN i = 0; i < count && !found; i++) {
		EFI_FILE_HANDLE volume = is_on(volumes[i], disk) ? LibOpenRoot(volumes[i]) : NULL;

		if (volume && has_kernel(volume))
			found = volume;
		else if (volume)
			volume->Close(volume);
	}
	FreePool(volumes);
	return found;
}

void result_write_file(EFI_HANDLE device)
{
	UINTN size;
	struct result_variable *first = read_variable(0, &size);
	EFI_FILE_HANDLE volume;

	if (!first)
		return;
	volume = LibOpenRoot(device);
	if (!volume)
		volume = open_part_of(device);
	if (volume) {
		write_text(volume, first, size);
		volume->Close(volume);
	} else {
		console_say(L"the result of the last run cannot be written: the firmware has no "
		            L"file system on the medium that this program comes from; it is kept");
	}
	FreePool(first);
}
