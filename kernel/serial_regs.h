/* SPDX-License-Identifier: MIT */
/* COM1 and its registers: PC16550D, table I "Summary of Registers". */
#ifndef RETARGET_KERNEL_SERIAL_REGS_H
#define RETARGET_KERNEL_SERIAL_REGS_H

#define COM1     0x3f8
#define COM1_IRQ 4 /* of the ISA bus */

#define DATA (COM1 + 0) /* divisor low while LCR.DLAB */
#define IER  (COM1 + 1) /* divisor high while LCR.DLAB */
#define IIR  (COM1 + 2) /* read */
#define FCR  (COM1 + 2) /* write */
#define LCR  (COM1 + 3)
#define MCR  (COM1 + 4)
#define LSR  (COM1 + 5)
#define SCR  (COM1 + 7)

#define IER_ETBEI 0x02 /* transmitter holding register empty */
#define IIR_ID    0x0f
#define IIR_THRE  0x02
#define LCR_DLAB  0x80
#define LCR_8N1   0x03
#define MCR_DTR   0x01
#define MCR_RTS   0x02
#define MCR_OUT2  0x08 /* connects the interrupt line, on a PC */
#define LSR_DR    0x01
#define LSR_THRE  0x20

#endif
