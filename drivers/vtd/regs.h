/* SPDX-License-Identifier: MIT */
/*
 * The registers of a remapping unit that this kernel uses: offsets, then the masks of each register
 * from its highest bit down, in the order and spelling of VT-d r5.10, 11.4 "Register Descriptions".
 * Only names; drivers/vtd/unit.h says who touches the registers.
 */
#ifndef RETARGET_DRIVERS_VTD_REGS_H
#define RETARGET_DRIVERS_VTD_REGS_H

#include "kernel/bits.h"

/* 11.4.1, Version Register (32 bits) */
#define VER_REG 0x000
#define VER_MAX GENMASK_ULL(7, 4)
#define VER_MIN GENMASK_ULL(3, 0)

/* 11.4.2, Capability Register (64 bits) */
#define CAP_REG     0x008
#define CAP_ESIRTPS BIT_ULL(62)
#define CAP_PI      BIT_ULL(59)
#define CAP_NFR     GENMASK_ULL(47, 40) /* fault recording registers, less one */
#define CAP_FRO     GENMASK_ULL(33, 24) /* where they are, in units of 16 bytes */
#define CAP_MGAW    GENMASK_ULL(21, 16) /* bits of an address, less one */
#define CAP_CM      BIT_ULL(7)
#define CAP_PHMR    BIT_ULL(6)
#define CAP_PLMR    BIT_ULL(5)
#define CAP_RWBF    BIT_ULL(4)

/* 11.4.3, Extended Capability Register (64 bits) */
#define ECAP_REG   0x010
#define ECAP_IRREQ BIT_ULL(62)
#define ECAP_EIMER BIT_ULL(61)
#define ECAP_SMTS  BIT_ULL(43)
#define ECAP_MHMV  GENMASK_ULL(23, 20)
#define ECAP_IRO   GENMASK_ULL(17, 8) /* IOTLB registers, in units of 16 bytes */
#define ECAP_EIM   BIT_ULL(4)
#define ECAP_IR    BIT_ULL(3)
#define ECAP_DT    BIT_ULL(2)
#define ECAP_QI    BIT_ULL(1)
#define ECAP_C     BIT_ULL(0)

/* 11.4.4.1, Global Command Register (32 bits, write only) */
#define GCMD_REG   0x018
#define GCMD_TE    BIT_ULL(31)
#define GCMD_SRTP  BIT_ULL(30)
#define GCMD_QIE   BIT_ULL(26)
#define GCMD_IRE   BIT_ULL(25)
#define GCMD_SIRTP BIT_ULL(24)
#define GCMD_CFI   BIT_ULL(23)

/*
 * 11.4.4.2, Global Status Register (32 bits). Each status bit has its command's position. What may
 * be written back with the next command is GSTS_PERSISTENT: the rest are the one-shot bits.
 */
#define GSTS_REG        0x01c
#define GSTS_TES        BIT_ULL(31)
#define GSTS_RTPS       BIT_ULL(30)
#define GSTS_QIES       BIT_ULL(26)
#define GSTS_IRES       BIT_ULL(25)
#define GSTS_IRTPS      BIT_ULL(24)
#define GSTS_CFIS       BIT_ULL(23)
#define GSTS_PERSISTENT 0x96ffffffULL

/* 11.4.5, Root Table Address Register (64 bits) */
#define RTADDR_REG 0x020
#define RTADDR_TTM GENMASK_ULL(11, 10)

/* 11.4.7.1, Fault Status Register (32 bits; what can be cleared is cleared by writing 1) */
#define FSTS_REG 0x034
#define FSTS_FRI GENMASK_ULL(15, 8)
#define FSTS_ITE BIT_ULL(6)
#define FSTS_ICE BIT_ULL(5)
#define FSTS_IQE BIT_ULL(4)
#define FSTS_PPF BIT_ULL(1)
#define FSTS_PFO BIT_ULL(0)
/* Those of the invalidation queue: with one of them hardware fetches nothing from it. */
#define FSTS_QUEUE_ERRORS (FSTS_ITE | FSTS_ICE | FSTS_IQE)

/* 11.4.7.2 to 11.4.7.5, Fault Event Control, Data, Address and Upper Address Registers (32 bits) */
#define FECTL_REG   0x038
#define FECTL_IM    BIT_ULL(31)
#define FECTL_IP    BIT_ULL(30)
#define FEDATA_REG  0x03c
#define FEADDR_REG  0x040
#define FEUADDR_REG 0x044

/* 11.4.7.6, Fault Recording Registers [n]: 128 bits each, the first at 16 * CAP.FRO */
#define FRCD_SIZE   16
#define FRCD_HI_F   BIT_ULL(63)
#define FRCD_HI_T1  BIT_ULL(62)
#define FRCD_HI_FR  GENMASK_ULL(39, 32)
#define FRCD_HI_T2  BIT_ULL(28)
#define FRCD_HI_SID GENMASK_ULL(15, 0)
#define FRCD_LO_FI  GENMASK_ULL(63, 12)

/* The part of FI that holds interrupt_index when an interrupt request faulted. */
#define FRCD_LO_FI_INDEX GENMASK_ULL(63, 48)

/* 11.4.8.1, Protected Memory Enable Register (32 bits) */
#define PMEN_REG 0x064
#define PMEN_EPM BIT_ULL(31)
#define PMEN_PRS BIT_ULL(0)

/* 11.4.9.1 to 11.4.9.3, Invalidation Queue Head, Tail and Address Registers (64 bits) */
#define IQH_REG 0x080
#define IQH_QH  GENMASK_ULL(18, 4)
#define IQT_REG 0x088
#define IQT_QT  GENMASK_ULL(18, 4)
#define IQA_REG 0x090
#define IQA_IQA GENMASK_ULL(63, 12)
#define IQA_DW  BIT_ULL(11)
#define IQA_QS  GENMASK_ULL(2, 0)

/* 11.4.9.4, Invalidation Completion Status Register (32 bits) */
#define ICS_REG 0x09c
#define ICS_IWC BIT_ULL(0)

/* 11.4.9.5 to 11.4.9.8, Invalidation Event Control, Data, Address, Upper Address (32 bits) */
#define IECTL_REG   0x0a0
#define IECTL_IM    BIT_ULL(31)
#define IECTL_IP    BIT_ULL(30)
#define IEDATA_REG  0x0a4
#define IEADDR_REG  0x0a8
#define IEUADDR_REG 0x0ac

/* 11.4.9.9, Invalidation Queue Error Record Register (64 bits) */
#define IQERCD_REG  0x0b0
#define IQERCD_IQEI GENMASK_ULL(3, 0)

/* 11.4.10, Interrupt Remapping Table Address Register (64 bits) */
#define IRTA_REG  0x0b8
#define IRTA_IRTA GENMASK_ULL(63, 12)
#define IRTA_EIME BIT_ULL(11)
#define IRTA_S    GENMASK_ULL(3, 0) /* the table has 2^(S+1) entries */

#endif
