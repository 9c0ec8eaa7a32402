/* SPDX-License-Identifier: MIT */
/* cmocka and the four headers it asks for, in its order. */
#ifndef RETARGET_TESTS_HOST_UNIT_H
#define RETARGET_TESTS_HOST_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
