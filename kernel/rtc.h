/* SPDX-License-Identifier: MIT */
/* The real-time clock of the PC: what time it is, as far as somebody has set it. */
#ifndef RETARGET_KERNEL_RTC_H
#define RETARGET_KERNEL_RTC_H

#define RTC_TEXT_SIZE 20

/*
 * "2025-11-28T18:45:07", of a time zone that nobody knows. 0, or -ENODEV when there is no such
 * clock, or what it says is no date; `text` is "" then.
 */
int rtc_read(char text[RTC_TEXT_SIZE]);

#endif
