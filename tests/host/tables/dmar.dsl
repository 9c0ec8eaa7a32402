// SPDX-License-Identifier: MIT
// Four units: the graphics device; a bridge and a device behind another; the rest; segment 1.
[0004] Signature : "DMAR"
[0004] Table Length : 00000000
[0001] Revision : 01
[0001] Checksum : 00
[0006] Oem ID : "RETARG"
[0008] Oem Table ID : "UNITTEST"
[0004] Oem Revision : 00000001
[0004] Asl Compiler ID : "INTL"
[0004] Asl Compiler Revision : 20200925

[0001] Host Address Width : 26
[0001] Flags : 03
[0010] Reserved : 00 00 00 00 00 00 00 00 00 00

[0002] Subtable Type : 0000 [Hardware Unit Definition]
[0002] Length : 0018
[0001] Flags : 00
[0001] Reserved : 00
[0002] PCI Segment Number : 0000
[0008] Register Base Address : 00000000FED90000

[0001] Device Scope Type : 01 [PCI Endpoint Device]
[0001] Entry Length : 08
[0002] Reserved : 0000
[0001] Enumeration ID : 00
[0001] PCI Bus Number : 00
[0002] PCI Path : 02,00

[0002] Subtable Type : 0000 [Hardware Unit Definition]
[0002] Length : 002A
[0001] Flags : 00
[0001] Reserved : 00
[0002] PCI Segment Number : 0000
[0008] Register Base Address : 00000000FED91000

[0001] Device Scope Type : 02 [PCI Bridge Device]
[0001] Entry Length : 08
[0002] Reserved : 0000
[0001] Enumeration ID : 00
[0001] PCI Bus Number : 00
[0002] PCI Path : 1C,00

[0001] Device Scope Type : 01 [PCI Endpoint Device]
[0001] Entry Length : 0A
[0002] Reserved : 0000
[0001] Enumeration ID : 00
[0001] PCI Bus Number : 00
[0002] PCI Path : 1D,02
[0002] PCI Path : 00,01

[0001] Device Scope Type : 01 [PCI Endpoint Device]
[0001] Entry Length : 08
[0002] Reserved : 0000
[0001] Enumeration ID : 00
[0001] PCI Bus Number : 40
[0002] PCI Path : 03,00

[0002] Subtable Type : 0001 [Reserved Memory Region]
[0002] Length : 0020
[0002] Reserved : 0000
[0002] PCI Segment Number : 0000
[0008] Base Address : 000000007A000000
[0008] End Address (limit) : 000000007A0FFFFF

[0001] Device Scope Type : 01 [PCI Endpoint Device]
[0001] Entry Length : 08
[0002] Reserved : 0000
[0001] Enumeration ID : 00
[0001] PCI Bus Number : 00
[0002] PCI Path : 14,00

[0002] Subtable Type : 0000 [Hardware Unit Definition]
[0002] Length : 0020
[0001] Flags : 01
[0001] Reserved : 00
[0002] PCI Segment Number : 0000
[0008] Register Base Address : 00000000FED92000

[0001] Device Scope Type : 03 [IOAPIC Device]
[0001] Entry Length : 08
[0002] Reserved : 0000
[0001] Enumeration ID : 08
[0001] PCI Bus Number : F0
[0002] PCI Path : 1F,00

[0001] Device Scope Type : 04 [Message-capable HPET Device]
[0001] Entry Length : 08
[0002] Reserved : 0000
[0001] Enumeration ID : 00
[0001] PCI Bus Number : F0
[0002] PCI Path : 0F,01

[0002] Subtable Type : 0002 [Root Port ATS Capability]
[0002] Length : 0010
[0001] Flags : 00
[0001] Reserved : 00
[0002] PCI Segment Number : 0000

[0001] Device Scope Type : 02 [PCI Bridge Device]
[0001] Entry Length : 08
[0002] Reserved : 0000
[0001] Enumeration ID : 00
[0001] PCI Bus Number : 00
[0002] PCI Path : 1C,00

[0002] Subtable Type : 0000 [Hardware Unit Definition]
[0002] Length : 001A
[0001] Flags : 01
[0001] Reserved : 00
[0002] PCI Segment Number : 0001
[0008] Register Base Address : 00000000FED93000

[0001] Device Scope Type : 03 [IOAPIC Device]
[0001] Entry Length : 0A
[0002] Reserved : 0000
[0001] Enumeration ID : 09
[0001] PCI Bus Number : 00
[0002] PCI Path : 01,00
[0002] PCI Path : 00,00

[0002] Subtable Type : 0003 [Remapping Hardware Static Affinity]
[0002] Length : 0014
[0004] Reserved : 00000000
[0008] Base Address : 00000000FED90000
[0004] Proximity Domain : 00000000
