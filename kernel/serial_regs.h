/* SPDX-License-Identifier: MIT */
/* A 16550 and its registers: PC16550D, table I "Summary of Registers". */
#ifndef RETARGET_KERNEL_SERIAL_REGS_H
#define RETARGET_KERNEL_SERIAL_REGS_H

/* Numbers of registers. */
#define UART_DATA 0 /* divisor low while LCR.DLAB */
#define UART_IER  1 /* divisor high while LCR.DLAB */
#define UART_IIR  2 /* read */
#define UART_FCR  2 /* write */
#define UART_LCR  3
#define UART_MCR  4
#define UART_LSR  5
#define UART_SCR  7

#define COM1     0x3f8
#define COM1_IRQ 4 /* of the ISA bus */

/* Ports of COM1. */
#define DATA (COM1 + UART_DATA)
#define IER  (COM1 + UART_IER)
#define IIR  (COM1 + UART_IIR)
#define LCR  (COM1 + UART_LCR)
#define MCR  (COM1 + UART_MCR)
#define LSR  (COM1 + UART_LSR)

#define IER_ETBEI    0x02 /* transmitter holding register empty */
#define IER_RESERVED 0xf0
#define IIR_ID       0x0f
#define IIR_THRE     0x02
#define LCR_DLAB     0x80
#define LCR_8N1      0x03
#define MCR_DTR      0x01
#define MCR_RTS      0x02
#define MCR_OUT2     0x08 /* connects the interrupt line, on a PC */
#define MCR_RESERVED 0xe0
#define LSR_DR       0x01
#define LSR_THRE     0x20
#define LSR_EMPTY    0x60 /* holding register and shift register: all has been sent */

/* What of LSR is not of a character that comes in; bit 7 is an error within the FIFO. */
#define LSR_SENDING_SIDE 0xe0

#endif
