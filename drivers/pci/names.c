// SPDX-License-Identifier: MIT
/* Who made a function, for those that people have in their machines. */
#include <stddef.h>

#include "drivers/pci/pci.h"

static const struct {
	uint16_t id;
	const char *name;
} vendors[] = {
        {0x1000, "Broadcom (LSI)"},
        {0x1022, "AMD"},
        {0x1028, "Dell"},
        {0x1033, "NEC"},
        {0x106b, "Apple"},
        {0x106c, "Hynix"},
        {0x10de, "NVIDIA"},
        {0x10ec, "Realtek"},
        {0x1106, "VIA"},
        {0x1179, "Toshiba"},
        {0x11ab, "Marvell"},
        {0x1234, "QEMU"},
        {0x126f, "Silicon Motion"},
        {0x1344, "Micron"},
        {0x144d, "Samsung"},
        {0x14e4, "Broadcom"},
        {0x15b7, "SanDisk"},
        {0x1987, "Phison"},
        {0x1912, "Renesas"},
        {0x1b21, "ASMedia"},
        {0x1b36, "Red Hat (QEMU)"},
        {0x1b4b, "Marvell"},
        {0x1bb1, "Seagate"},
        {0x1c5c, "SK hynix"},
        {0x1cc1, "ADATA"},
        {0x1d0f, "Amazon"},
        {0x1e0f, "KIOXIA"},
        {0x2646, "Kingston"},
        {0x8086, "Intel"},
        {0xc0a9, "Crucial"},
};

const char *pci_vendor_name(uint16_t vendor)
{
	for (size_t n = 0; n < sizeof(vendors) / sizeof(vendors[0]); n++)
		if (vendors[n].id == vendor)
			return vendors[n].name;
	return NULL;
}
