/* SPDX-License-Identifier: MIT */
/* What the loader has to say, on the firmware's console, while there are boot services. */
#ifndef RETARGET_BOOT_UEFI_CONSOLE_H
#define RETARGET_BOOT_UEFI_CONSOLE_H

#include <efi.h>

/* One line; formats are those of GNU-EFI's Print(): %s UCS-2 text, %a ASCII text, %r a status. */
void console_say(const CHAR16 *format, ...);

/* As console_say(), marked as an error. Returns `status`, to be handed up. */
EFI_STATUS console_error(EFI_STATUS status, const CHAR16 *format, ...);

/* Leaves the text to be read: until a key is pressed, ten seconds at most. */
void console_wait(void);

#endif
