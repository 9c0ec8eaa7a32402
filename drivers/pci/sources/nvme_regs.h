/* SPDX-License-Identifier: MIT */
/* An NVMe controller's registers, commands and completions, as far as they are used (NVMe 1.4). */
#ifndef RETARGET_DRIVERS_PCI_SOURCES_NVME_REGS_H
#define RETARGET_DRIVERS_PCI_SOURCES_NVME_REGS_H

#include <stdint.h>

#include "kernel/bits.h"

/* 3.1.1 "Offset 0h: CAP - Controller Capabilities", in two halves. */
#define NVME_CAP_LO      0x00
#define CAP_LO_TO        GENMASK_ULL(31, 24) /* until ready, or no longer, in 500 ms */
#define NVME_CAP_HI      0x04
#define CAP_HI_DSTRD     GENMASK_ULL(3, 0) /* doorbells lie 4 << so many bytes apart */
#define CAP_HI_CSS_NVM   BIT_ULL(5)
#define CAP_HI_CSS_ADMIN BIT_ULL(12) /* no I/O command set: an administrative controller */
#define CAP_HI_MPSMIN    GENMASK_ULL(19, 16)

/* 3.1.5 "Offset 14h: CC - Controller Configuration". */
#define NVME_CC      0x14
#define CC_EN        BIT_ULL(0)
#define CC_CSS       GENMASK_ULL(6, 4)
#define CC_CSS_NVM   0
#define CC_CSS_ADMIN 7
#define CC_SHN       GENMASK_ULL(15, 14)
#define CC_IOSQES    GENMASK_ULL(19, 16)
#define CC_IOCQES    GENMASK_ULL(23, 20)

/* 3.1.6 "Offset 1Ch: CSTS - Controller Status". */
#define NVME_CSTS 0x1c
#define CSTS_RDY  BIT_ULL(0)
#define CSTS_CFS  BIT_ULL(1) /* a fatal error: it completes nothing any more */
#define CSTS_GONE UINT32_MAX /* what a device reads as that is not there any more */

/* 3.1.8 "AQA - Admin Queue Attributes", 3.1.9 "ASQ", 3.1.10 "ACQ": the admin queue's sizes, less
 * one, and where its two halves are. */
#define NVME_AQA 0x24
#define AQA_ASQS GENMASK_ULL(11, 0)
#define AQA_ACQS GENMASK_ULL(27, 16)
#define NVME_ASQ 0x28
#define NVME_ACQ 0x30

/* Doorbells: the admin submission queue's tail, and behind it the admin completion queue's head. */
#define NVME_DOORBELLS 0x1000

/* 4.2 "Submission Queue Entry - Command Format". */
struct nvme_command {
	uint32_t dword[16];
};

#define COMMAND_DWORD0_OPCODE GENMASK_ULL(7, 0)
#define COMMAND_DWORD0_ID     GENMASK_ULL(31, 16)

/*
 * 5.14 "Get Features command", 5.21.1.1 "Arbitration (Feature Identifier 01h), (Mandatory)": the
 * current value comes back in the completion; there is no data.
 */
#define NVME_GET_FEATURES   0x0a
#define FEATURE_ARBITRATION 0x01 /* dword 10; SEL (10:8) = 0: the current value */

/* 4.6 "Completion Queue Entry". */
struct nvme_completion {
	uint32_t result;
	uint32_t reserved;
	uint32_t queue; /* submission queue: id 31:16, head 15:0 */
	uint32_t state;
};

#define COMPLETION_ID     GENMASK_ULL(15, 0)
#define COMPLETION_PHASE  BIT_ULL(16)
#define COMPLETION_STATUS GENMASK_ULL(31, 17)

_Static_assert(sizeof(struct nvme_command) == 64, "NVMe 1.4, 4.2");
_Static_assert(sizeof(struct nvme_completion) == 16, "NVMe 1.4, 4.6");

#endif
