/* SPDX-License-Identifier: MIT */
/*
 * The LSI53C895A's registers and the words of its SCRIPTS instructions, as far as retarget uses
 * them: LSI53C895A PCI to Ultra2 SCSI Controller Technical Manual, version 2.2.
 */
#ifndef RETARGET_DRIVERS_PCI_SOURCES_LSI53C895A_REGS_H
#define RETARGET_DRIVERS_PCI_SOURCES_LSI53C895A_REGS_H

/* Chapter 4, "SCSI Registers", by offset. */
#define LSI_SCNTL1         0x01
#define SCNTL1_CON         0x10 /* connected to the SCSI bus */
#define LSI_DSTAT          0x0c /* reading clears what is set */
#define DSTAT_REASONS      0x7f
#define DSTAT_SIR          0x04 /* the program's Interrupt instruction */
#define LSI_ISTAT0         0x14 /* this and the next three may be read at any time */
#define ISTAT0_ABRT        0x80 /* end the program */
#define ISTAT0_SRST        0x40 /* reset the registers, not the SCSI bus */
#define ISTAT0_CON         0x08
#define ISTAT0_SIP         0x02 /* SCSI part has something in SIST0 or SIST1 */
#define ISTAT0_DIP         0x01 /* DMA part has something in DSTAT */
#define LSI_ISTAT1         0x15
#define ISTAT1_SRUN        0x02 /* a program runs */
#define LSI_DSP            0x2c /* writing its last byte starts the program there */
#define LSI_SCRATCHA       0x34 /* four bytes for programs */
#define LSI_DMODE          0x38 /* burst length, source or destination in I/O space, manual start */
#define LSI_DIEN           0x39 /* what of DSTAT raises INTx */
#define LSI_DCNTL          0x3b
#define DCNTL_PFF          0x40 /* prefetch flush: an order, not a state */
#define DCNTL_PFEN         0x20 /* prefetch enable */
#define DCNTL_SSM          0x10 /* single step */
#define DCNTL_STD          0x04 /* start: an order, not a state */
#define LSI_SIEN0          0x40 /* what of SIST0 raises INTx */
#define LSI_SIEN1          0x41
#define LSI_SIST0          0x42 /* reading clears what is set */
#define LSI_SIST1          0x43
#define LSI_SCRATCHC       0x60 /* general purpose, as D to J, 4 bytes each */
#define LSI_SCRATCHD       0x64
#define LSI_SCRATCHE       0x68
#define LSI_SCRATCHF       0x6c
#define LSI_MMRS           0xa0 /* upper address words: of what a Memory Move reads, */
#define LSI_MMWS           0xa4 /* of what it writes, */
#define LSI_SFS            0xa8 /* and of the instructions themselves */
#define LSI_REGISTERS_SIZE 0x100

/* Chapter 5, "Memory Move Instruction" and "Transfer Control Instructions". */
#define SCRIPTS_MEMORY_MOVE_4 0xc0000004
#define SCRIPTS_INTERRUPT     0x98080000 /* unconditional */
#define SCRIPTS_JUMP          0x80080000 /* unconditional */
/* Where SFBR, the register that is compared, is that byte; or is not. */
#define SCRIPTS_JUMP_IF(byte)          (0x800c0000 | (byte))
#define SCRIPTS_INTERRUPT_UNLESS(byte) (0x98040000 | (byte))

/*
 * The same, "Load and Store Instructions": `count` bytes between memory and a register. Both have
 * the same two lowest address bits.
 */
#define SCRIPTS_LOAD(reg, count)  (0xe1000000 | (reg) << 16 | (count))
#define SCRIPTS_STORE(reg, count) (0xe0000000 | (reg) << 16 | (count))

/*
 * The same, "Read/Write Instructions", for registers below 80h; their second word is 0. SFBR is no
 * destination of Load, so it is set by one of these.
 */
#define SCRIPTS_TO_SFBR(reg) (0x72000000 | (reg) << 16) /* SFBR = reg | 0 */
#define SCRIPTS_BITS_TO_SFBR(reg, bits)                                                            \
	(0x74000000 | (reg) << 16 | (bits) << 8) /* SFBR = reg & bits */
#define SCRIPTS_SET(reg, value) (0x78000000 | (reg) << 16 | (value) << 8)
#define SCRIPTS_ADD(reg, value) (0x7e000000 | (reg) << 16 | (value) << 8) /* carry out */
#define SCRIPTS_ADD_SFBR(reg)   (0x7e800000 | (reg) << 16)                /* carry out */
#define SCRIPTS_ADD_CARRY(reg)  (0x7f000000 | (reg) << 16)                /* in and out */

#endif
