// SPDX-License-Identifier: MIT
#include "boot/uefi/console.h"

#include <efilib.h>

#define WAIT_SECONDS 10
#define SECOND       10000000 /* in the firmware's 100 ns */

static void say(const CHAR16 *prefix, const CHAR16 *format, va_list arguments)
{
	Print(L"# retarget: %s", prefix);
	VPrint(format, arguments);
	Print(L"\n");
}

void console_say(const CHAR16 *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(L"", format, arguments);
	va_end(arguments);
}

EFI_STATUS console_error(EFI_STATUS status, const CHAR16 *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(L"error: ", format, arguments);
	va_end(arguments);
	return status;
}

void console_wait(void)
{
	console_say(L"press a key (or wait %d seconds) to go back to the firmware", WAIT_SECONDS);
	/* A key typed ahead would end the wait before anything is read. */
	ST->ConIn->Reset(ST->ConIn, FALSE);
	WaitForSingleEvent(ST->ConIn->WaitForKey, WAIT_SECONDS * SECOND);
}
