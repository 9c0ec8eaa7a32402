/* SPDX-License-Identifier: MIT */
/*
 * Registers and TRBs of "eXtensible Host Controller Interface for Universal Serial Bus (xHCI)",
 * revision 1.2, as far as drivers/pci/sources/xhci.c uses them. Names and order are its own.
 */
#ifndef RETARGET_DRIVERS_PCI_SOURCES_XHCI_REGS_H
#define RETARGET_DRIVERS_PCI_SOURCES_XHCI_REGS_H

#include <stdint.h>

#include "kernel/bits.h"

/* 5.3 Host Controller Capability Registers, from the start of BAR 0. */
#define XHCI_CAPLENGTH               0x00 /* read as a dword: HCIVERSION in its upper half */
#define CAPLENGTH                    GENMASK_ULL(7, 0)
#define XHCI_HCSPARAMS1              0x04
#define HCSPARAMS1_MAX_PORTS         GENMASK_ULL(31, 24)
#define XHCI_HCSPARAMS2              0x08
#define HCSPARAMS2_MAX_SCRATCHPAD_HI GENMASK_ULL(25, 21)
#define HCSPARAMS2_MAX_SCRATCHPAD_LO GENMASK_ULL(31, 27)
#define XHCI_HCCPARAMS1              0x10
#define HCCPARAMS1_XECP              GENMASK_ULL(31, 16) /* in dwords; 0: there are none */
#define XHCI_DBOFF                   0x14
#define DBOFF                        GENMASK_ULL(31, 2)
#define XHCI_RTSOFF                  0x18
#define RTSOFF                       GENMASK_ULL(31, 5)

/* 5.4 Host Controller Operational Registers, from CAPLENGTH. */
#define XHCI_USBCMD       0x00
#define USBCMD_RUN        BIT_ULL(0)
#define USBCMD_HCRST      BIT_ULL(1)
#define USBCMD_INTE       BIT_ULL(2)
#define XHCI_USBSTS       0x04
#define USBSTS_HCHALTED   BIT_ULL(0)
#define USBSTS_CNR        BIT_ULL(11)
#define XHCI_PAGESIZE     0x08
#define PAGESIZE_4096     BIT_ULL(0)
#define XHCI_CRCR         0x18
#define CRCR_RCS          BIT_ULL(0)
#define XHCI_DCBAAP       0x30
#define XHCI_CONFIG       0x38
#define XHCI_PORTSC(port) (0x400 + 0x10 * (port)) /* port counted from 0 */
#define PORTSC_CCS        BIT_ULL(0)

/* 5.5.2 Interrupter Register Set 0, from RTSOFF. */
#define XHCI_IMAN   0x20
#define IMAN_IP     BIT_ULL(0) /* write 1 to clear */
#define IMAN_IE     BIT_ULL(1)
#define XHCI_IMOD   0x24
#define XHCI_ERSTSZ 0x28
#define XHCI_ERSTBA 0x30
#define XHCI_ERDP   0x38
#define ERDP_EHB    BIT_ULL(3) /* write 1 to clear */

/* 5.6 Doorbell Registers, from DBOFF: 0 is the command ring's. */
#define DOORBELL_COMMAND 0

/* 6.4 Transfer Request Block. */
struct xhci_trb {
	uint64_t parameter;
	uint32_t status;
	uint32_t control;
};
_Static_assert(sizeof(struct xhci_trb) == 16, "xHCI 1.2, 6.4");

#define TRB_STATUS_COMPLETION_CODE  GENMASK_ULL(31, 24) /* 6.4.2.2, of a completion event */
#define COMPLETION_SUCCESS          1                   /* 6.4.5 */
#define TRB_CONTROL_CYCLE           BIT_ULL(0)
#define TRB_CONTROL_TOGGLE_CYCLE    BIT_ULL(1) /* 6.4.4.1, of a Link TRB */
#define TRB_CONTROL_TYPE            GENMASK_ULL(15, 10)
#define TRB_TYPE_LINK               6 /* 6.4.6 TRB Types */
#define TRB_TYPE_NO_OP_COMMAND      23
#define TRB_TYPE_COMMAND_COMPLETION 33

/* 6.5 Event Ring Segment Table: one entry. */
struct xhci_segment {
	uint64_t base;
	uint32_t size; /* in TRBs, 15:0 */
	uint32_t reserved;
};
_Static_assert(sizeof(struct xhci_segment) == 16, "xHCI 1.2, 6.5");

/* 7.1 USB Legacy Support Capability, from its place in the extended capability list. */
#define XHCI_XCAP_ID         GENMASK_ULL(7, 0)  /* 7, xHCI Extended Capabilities */
#define XHCI_XCAP_NEXT       GENMASK_ULL(15, 8) /* in dwords from this one; 0: last */
#define XHCI_XCAP_LEGACY     1
#define XHCI_USBLEGSUP       0x00
#define USBLEGSUP_BIOS_OWNED BIT_ULL(16)
#define USBLEGSUP_OS_OWNED   BIT_ULL(24)
#define XHCI_USBLEGCTLSTS    0x04
#define USBLEGCTLSTS_ENABLES                                                                       \
	(BIT_ULL(0) | BIT_ULL(4) | GENMASK_ULL(15, 13)) /* which events raise an SMI */
#define USBLEGCTLSTS_EVENTS GENMASK_ULL(31, 29)         /* write 1 to clear */

#endif
