/* SPDX-License-Identifier: MIT */
/*
 * Registers, tables and wire formats of "Intel Data Streaming Accelerator Architecture
 * Specification" (341204), as far as interrupt message storage needs them. Names and order are its
 * own; sections are cited by their titles, for numbers move. Only names: shared by the driver
 * (drivers/pci/sources/dsa.c) and the device model (tests/qemu/dsa/).
 */
#ifndef RETARGET_DRIVERS_PCI_SOURCES_DSA_REGS_H
#define RETARGET_DRIVERS_PCI_SOURCES_DSA_REGS_H

#include <stdint.h>

#include "kernel/bits.h"

#define DSA_PCI_VENDOR 0x8086
#define DSA_PCI_DEVICE 0x0b25 /* Sapphire Rapids */

#define DSA_REGISTERS_BAR 0 /* registers and tables; MSI-X table and pending bits, too */
#define DSA_PORTALS_BAR   2 /* work-queue portals */

/* "Version Register (VERSION)" (32 bits) */
#define DSA_VERSION   0x00
#define VERSION_MAJOR GENMASK_ULL(15, 8)
#define VERSION_MINOR GENMASK_ULL(7, 0)

/* "General Capabilities Register (GENCAP)" (64 bits) */
#define DSA_GENCAP                  0x10
#define GENCAP_BLOCK_ON_FAULT       BIT_ULL(0)
#define GENCAP_OVERLAPPING_COPY     BIT_ULL(1)
#define GENCAP_CACHE_CONTROL_MEMORY BIT_ULL(2)
#define GENCAP_CACHE_CONTROL_FLUSH  BIT_ULL(3)
#define GENCAP_COMMAND_CAPABILITIES BIT_ULL(4) /* CMDCAP is valid */
#define GENCAP_DESTINATION_READBACK BIT_ULL(8)
#define GENCAP_DRAIN_READBACK       BIT_ULL(9)
#define GENCAP_MAX_TRANSFER_SIZE    GENMASK_ULL(20, 16) /* its log2 */
#define GENCAP_MAX_BATCH_SIZE       GENMASK_ULL(24, 21) /* its log2 */
#define GENCAP_IMS_SIZE             GENMASK_ULL(30, 25) /* in units of IMS_SIZE_UNIT entries */
#define GENCAP_CONFIGURATION        BIT_ULL(31)         /* WQs, groups can be configured */
#define IMS_SIZE_UNIT               256

/* "Work Queue Capabilities Register (WQCAP)" (64 bits) */
#define DSA_WQCAP                 0x20
#define WQCAP_TOTAL_SIZE          GENMASK_ULL(15, 0)  /* entries, of all WQs together */
#define WQCAP_NUMBER              GENMASK_ULL(23, 16) /* of WQs */
#define WQCAP_WQCFG_SIZE          GENMASK_ULL(27, 24) /* log2 of its bytes, less 5 */
#define WQCAP_SHARED_MODE         BIT_ULL(48)
#define WQCAP_DEDICATED_MODE      BIT_ULL(49)
#define WQCAP_ATS                 BIT_ULL(50)
#define WQCAP_PRIORITY            BIT_ULL(51)
#define WQCAP_OCCUPANCY           BIT_ULL(52)
#define WQCAP_OCCUPANCY_INTERRUPT BIT_ULL(53)

/* "Group Capabilities Register (GRPCAP)" (64 bits) */
#define DSA_GRPCAP             0x30
#define GRPCAP_NUMBER          GENMASK_ULL(7, 0)  /* of groups */
#define GRPCAP_READ_BUFFERS    GENMASK_ULL(15, 8) /* of all groups together */
#define GRPCAP_BUFFER_CONTROLS BIT_ULL(16)
#define GRPCAP_BUFFER_LIMIT    BIT_ULL(17)

/* "Engine Capabilities Register (ENGCAP)" (64 bits) */
#define DSA_ENGCAP    0x38
#define ENGCAP_NUMBER GENMASK_ULL(7, 0) /* of engines */

/* "Operations Capabilities Register (OPCAP)" (256 bits): bit n, of the first word, is opcode n. */
#define DSA_OPCAP   0x40
#define OPCAP_NOOP  BIT_ULL(0)
#define OPCAP_BATCH BIT_ULL(1)
#define OPCAP_DRAIN BIT_ULL(2)

/* "Table Offsets Register (OFFSETS)" (128 bits): from the start of BAR 0, in OFFSETS_UNIT bytes. */
#define DSA_OFFSETS_LO    0x60
#define OFFSETS_GRPCFG    GENMASK_ULL(15, 0)
#define OFFSETS_WQCFG     GENMASK_ULL(31, 16)
#define OFFSETS_MSIX_PERM GENMASK_ULL(47, 32)
#define OFFSETS_IMS       GENMASK_ULL(63, 48)
#define DSA_OFFSETS_HI    0x68
#define OFFSETS_PERFMON   GENMASK_ULL(15, 0)
#define OFFSETS_UNIT      0x100

/* "General Configuration Register (GENCFG)" (32 bits) */
#define DSA_GENCFG                 0x80
#define GENCFG_GLOBAL_BUFFER_LIMIT GENMASK_ULL(7, 0)
#define GENCFG_USER_INTERRUPTS     BIT_ULL(12) /* descriptors of user mode may ask for interrupts */

/* "General Control Register (GENCTRL)" (32 bits): what MSI-X vector 0 is sent for. */
#define DSA_GENCTRL                  0x88
#define GENCTRL_SOFTWARE_ERROR_INT   BIT_ULL(0)
#define GENCTRL_HALT_STATE_INTERRUPT BIT_ULL(1)

/* "General Status Register (GENSTS)" (32 bits) */
#define DSA_GENSTS         0x90
#define GENSTS_STATE       GENMASK_ULL(1, 0)
#define STATE_DISABLED     0
#define STATE_ENABLED      1
#define STATE_DRAINING     2
#define STATE_HALT         3
#define GENSTS_RESET_TYPE  GENMASK_ULL(3, 2) /* that leaves the Halt state */
#define RESET_TYPE_COMMAND 0
#define RESET_TYPE_FLR     1
#define RESET_TYPE_WARM    2
#define RESET_TYPE_COLD    3

/* "Interrupt Cause Register (INTCAUSE)" (32 bits): write 1 to clear. */
#define DSA_INTCAUSE              0x98
#define INTCAUSE_SOFTWARE_ERROR   BIT_ULL(0)
#define INTCAUSE_COMMAND          BIT_ULL(1) /* completed */
#define INTCAUSE_WQ_OCCUPANCY     BIT_ULL(2)
#define INTCAUSE_PERFMON_OVERFLOW BIT_ULL(3)
#define INTCAUSE_HALT_STATE       BIT_ULL(4)
#define INTCAUSE_HANDLE_REVOKED   BIT_ULL(31)

/* "Command Register (CMD)" (32 bits): ignored while CMDSTS says that one is active. */
#define DSA_CMD       0xa0
#define CMD_OPERAND   GENMASK_ULL(19, 0)
#define CMD_COMMAND   GENMASK_ULL(24, 20)
#define CMD_INTERRUPT BIT_ULL(31) /* MSI-X vector 0 when done */

#define COMMAND_ENABLE_DEVICE            1
#define COMMAND_DISABLE_DEVICE           2
#define COMMAND_DRAIN_ALL                3
#define COMMAND_ABORT_ALL                4
#define COMMAND_RESET_DEVICE             5
#define COMMAND_ENABLE_WQ                6 /* operand: the number of the WQ */
#define COMMAND_DISABLE_WQ               7 /* operand of this and the next three: */
#define COMMAND_DRAIN_WQ                 8 /* 15:0 a mask of WQs, 19:16 which 16 of them */
#define COMMAND_ABORT_WQ                 9
#define COMMAND_RESET_WQ                 10
#define COMMAND_DRAIN_PASID              11
#define COMMAND_ABORT_PASID              12
#define COMMAND_REQUEST_INTERRUPT_HANDLE 13 /* operand: OPERAND_TABLE_... */
#define COMMAND_RELEASE_INTERRUPT_HANDLE 14 /* operand: the same, with the handle */

#define OPERAND_TABLE_INDEX GENMASK_ULL(15, 0) /* of the entry, or the handle */
#define OPERAND_TABLE_IMS   BIT_ULL(16)        /* in IMS; 0: in the MSI-X table */
#define OPERAND_WQ_MASK     GENMASK_ULL(15, 0)
#define OPERAND_WQ_SET      GENMASK_ULL(19, 16)

/* "Command Status Register (CMDSTS)" (32 bits) */
#define DSA_CMDSTS    0xa8
#define CMDSTS_ERROR  GENMASK_ULL(7, 0)
#define CMDSTS_RESULT GENMASK_ULL(23, 8) /* of Request Interrupt Handle: the handle */
#define CMDSTS_ACTIVE BIT_ULL(31)

/* "Command Status Register", error codes. */
#define CMD_SUCCESS                 0x00
#define CMD_INVALID_COMMAND         0x01
#define CMD_INVALID_WQ_INDEX        0x02
#define CMD_HARDWARE_ERROR          0x03
#define CMD_DEVICE_NOT_DISABLED     0x10 /* Enable Device */
#define CMD_UNSPECIFIED_CONFIG      0x11
#define CMD_BUS_MASTER_DISABLED     0x12
#define CMD_PASID_INVALID           0x13
#define CMD_WQ_SIZE_OUT_OF_RANGE    0x14
#define CMD_GROUP_CONFIG            0x15 /* to 18h: four ways in which groups are wrong */
#define CMD_DEVICE_NOT_ENABLED      0x20 /* Enable WQ */
#define CMD_WQ_NOT_DISABLED         0x21
#define CMD_WQ_SIZE_ZERO            0x22
#define CMD_WQ_PRIORITY_ZERO        0x23
#define CMD_WQ_MODE_INVALID         0x24
#define CMD_WQ_BLOCK_ON_FAULT       0x25
#define CMD_WQ_PASID                0x26
#define CMD_WQ_MAX_BATCH_SIZE       0x27
#define CMD_WQ_MAX_TRANSFER_SIZE    0x28
#define CMD_DISABLE_NOT_ENABLED     0x31 /* Disable Device */
#define CMD_WQ_NOT_ENABLED          0x32 /* Disable, Drain, Abort, Reset WQ */
#define CMD_INTERRUPT_INDEX_INVALID 0x41 /* Request, Release Interrupt Handle */
#define CMD_NO_INTERRUPT_HANDLE     0x42 /* Request Interrupt Handle: none left */

/*
 * "Command Capabilities Register (CMDCAP)" (32 bits): bit n is command n. When it has Request
 * Interrupt Handle, descriptors take only handles obtained by it; else indexes of the table.
 */
#define DSA_CMDCAP 0xb0

/* "Software Error Register (SWERR)" (4 times 64 bits): VALID and OVERFLOW are write 1 to clear. */
#define DSA_SWERR              0xc0
#define SWERR_VALID            BIT_ULL(0)
#define SWERR_OVERFLOW         BIT_ULL(1)
#define SWERR_DESCRIPTOR_VALID BIT_ULL(2)
#define SWERR_WQ_INDEX_VALID   BIT_ULL(3)
#define SWERR_BATCH            BIT_ULL(4)
#define SWERR_READ_WRITE       BIT_ULL(5)
#define SWERR_PRIVILEGE        BIT_ULL(6)
#define SWERR_ERROR            GENMASK_ULL(15, 8)
#define SWERR_WQ_INDEX         GENMASK_ULL(23, 16)
#define SWERR_OPERATION        GENMASK_ULL(39, 32)
#define SWERR_PASID            GENMASK_ULL(59, 40)
/* Second word. */
#define SWERR_BATCH_INDEX   GENMASK_ULL(15, 0)
#define SWERR_INVALID_FLAGS GENMASK_ULL(63, 32)
/* The third is an address. */
#define SWERR_WORDS 4

/* "MSI-X Permissions Table (MSIXPERM)": 8 bytes for each entry of the MSI-X table. */
#define MSIX_PERM_SIZE         8
#define MSIX_PERM_IGNORE       BIT_ULL(2) /* do not check the PASID */
#define MSIX_PERM_PASID_ENABLE BIT_ULL(3)
#define MSIX_PERM_PASID        GENMASK_ULL(31, 12)

/* "Interrupt Message Storage (IMS)", one entry. Words are written one by one. */
struct dsa_ims_entry {
	uint32_t address_lo;
	uint32_t address_hi;
	uint32_t data;
	uint32_t control;
};
_Static_assert(sizeof(struct dsa_ims_entry) == 16, "DSA, Interrupt Message Storage");

#define DSA_IMS_ADDRESS_LO 0x0
#define DSA_IMS_ADDRESS_HI 0x4
#define DSA_IMS_DATA       0x8
#define DSA_IMS_CONTROL    0xc
#define IMS_MASK           BIT_ULL(0) /* set by a reset */
#define IMS_PENDING        BIT_ULL(1) /* read only */
#define IMS_IGNORE         BIT_ULL(2) /* do not check the PASID */
#define IMS_PASID_ENABLE   BIT_ULL(3)
#define IMS_PASID          GENMASK_ULL(31, 12)

/* "Group Configuration Table (GRPCFG)": 64 bytes for each group, 64-bit words. */
#define GRPCFG_SIZE             64
#define GRPCFG_WQS              0x00 /* 4 words: bit n is WQ n */
#define GRPCFG_ENGINES          0x20 /* bit n is engine n */
#define GRPCFG_FLAGS            0x28
#define GRPCFG_TRAFFIC_CLASS_A  GENMASK_ULL(2, 0)
#define GRPCFG_TRAFFIC_CLASS_B  GENMASK_ULL(5, 3)
#define GRPCFG_USE_BUFFER_LIMIT BIT_ULL(7)
#define GRPCFG_BUFFERS_RESERVED GENMASK_ULL(15, 8)
#define GRPCFG_BUFFERS_ALLOWED  GENMASK_ULL(27, 20)

/* "Work Queue Configuration Table (WQCFG)": 32 << WQCAP_WQCFG_SIZE bytes each, 32-bit words. */
#define WQCFG_SIZE_MIN         32
#define WQCFG_SIZE             0x00
#define WQCFG_SIZE_ENTRIES     GENMASK_ULL(15, 0)
#define WQCFG_THRESHOLD        0x04
#define WQCFG_THRESHOLD_VALUE  GENMASK_ULL(15, 0)
#define WQCFG_MODE             0x08
#define WQCFG_MODE_DEDICATED   BIT_ULL(0)
#define WQCFG_BLOCK_ON_FAULT   BIT_ULL(1)
#define WQCFG_ATS_DISABLE      BIT_ULL(2)
#define WQCFG_PRS_DISABLE      BIT_ULL(3)
#define WQCFG_PRIORITY         GENMASK_ULL(7, 4) /* 1 .. 15 */
#define WQCFG_PASID            GENMASK_ULL(27, 8)
#define WQCFG_PASID_ENABLE     BIT_ULL(28)
#define WQCFG_PRIVILEGE        BIT_ULL(29)
#define WQCFG_LIMITS           0x0c
#define WQCFG_MAX_TRANSFER     GENMASK_ULL(4, 0) /* log2 */
#define WQCFG_MAX_BATCH        GENMASK_ULL(8, 5) /* log2 */
#define WQCFG_OCCUPANCY_HANDLE 0x10
#define WQCFG_OCCUPANCY_LIMIT  0x14
#define WQCFG_STATUS           0x18
#define WQCFG_OCCUPANCY        GENMASK_ULL(15, 0)
#define WQCFG_MODE_SUPPORT     BIT_ULL(29)
#define WQCFG_STATE            GENMASK_ULL(31, 30)
#define WQ_STATE_DISABLED      0
#define WQ_STATE_ENABLED       1
#define WQ_STATE_DRAINING      2

/*
 * "Work Queue Portals", in BAR 2: four pages for each WQ, one descriptor of 64 bytes at any
 * multiple of 64, by MOVDIR64B or ENQCMD. Interrupt handles are entries of the MSI-X table through
 * one pair of them, entries of IMS through the other.
 */
#define PORTALS_SIZE          0x4000
#define PORTAL_UNLIMITED_MSIX 0x0000
#define PORTAL_LIMITED_MSIX   0x1000
#define PORTAL_UNLIMITED_IMS  0x2000
#define PORTAL_LIMITED_IMS    0x3000
#define PORTAL_SIZE           0x1000

/* "Descriptors": 64 bytes. */
struct dsa_descriptor {
	uint32_t pasid;      /* DESCRIPTOR_PASID, DESCRIPTOR_PRIVILEGE */
	uint32_t flags;      /* DESCRIPTOR_FLAGS, DESCRIPTOR_OPERATION */
	uint64_t completion; /* address of the completion record */
	uint64_t source;
	uint64_t destination;
	uint32_t transfer_size;
	uint16_t interrupt_handle;
	uint16_t reserved;
	uint64_t operation_specific[3];
};
_Static_assert(sizeof(struct dsa_descriptor) == 64, "DSA, Descriptors");

#define DESCRIPTOR_PASID     GENMASK_ULL(19, 0)
#define DESCRIPTOR_PRIVILEGE BIT_ULL(31)
#define DESCRIPTOR_FLAGS     GENMASK_ULL(23, 0)
#define DESCRIPTOR_OPERATION GENMASK_ULL(31, 24)
#define OPERATION_NOOP       0x00
#define OPERATION_BATCH      0x01
#define OPERATION_DRAIN      0x02

/* "Descriptors", flags. */
#define FLAG_FENCE                    BIT_ULL(0)
#define FLAG_BLOCK_ON_FAULT           BIT_ULL(1)
#define FLAG_COMPLETION_ADDRESS_VALID BIT_ULL(2)
#define FLAG_REQUEST_COMPLETION       BIT_ULL(3)
#define FLAG_REQUEST_INTERRUPT        BIT_ULL(4)
#define FLAG_COMPLETION_STEERING_TAG  BIT_ULL(5)
#define FLAG_CHECK_RESULT             BIT_ULL(7)
#define FLAG_CACHE_CONTROL            BIT_ULL(8)
#define FLAG_COMPLETION_TRAFFIC_CLASS BIT_ULL(12)
#define FLAG_STRICT_ORDERING          BIT_ULL(13)
#define FLAG_DESTINATION_READBACK     BIT_ULL(14)
#define FLAG_DESTINATION_STEERING_TAG BIT_ULL(15)

/* "Completion Record": 32 bytes, aligned to 32. */
struct dsa_completion {
	uint8_t status; /* COMPLETION_...; 0 until the device has written it */
	uint8_t result;
	uint16_t reserved;
	uint32_t bytes_completed;
	uint64_t fault_address;
	uint32_t invalid_flags;
	uint32_t operation_specific[3];
};
_Static_assert(sizeof(struct dsa_completion) == 32, "DSA, Completion Record");

#define DSA_COMPLETION_ALIGN                0x20
#define IAX_COMPLETION_SIZE                 0x40 /* and aligned to it; begins as one of DSA does */
#define COMPLETION_STATUS                   GENMASK_ULL(5, 0)
#define COMPLETION_SUCCESS                  0x01
#define COMPLETION_UNSUPPORTED_OPERATION    0x10
#define COMPLETION_INVALID_FLAGS            0x11
#define COMPLETION_RESERVED_NOT_ZERO        0x12
#define COMPLETION_INVALID_INTERRUPT_HANDLE 0x19
#define COMPLETION_ADDRESS_INVALID          0x1a /* of the record: in SWERR only */
#define COMPLETION_ADDRESS_NOT_ALIGNED      0x1b /* of the record: in SWERR only */

#endif
