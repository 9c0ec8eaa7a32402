// SPDX-License-Identifier: MIT
// Four units: the graphics device; a bridge and a device behind another; the rest; segment 1.
//
// In generic types, under another signature: iasl has a form of its own for "DMAR", and a different one
// before and after 2021. tests/host/fixture.c gives the table its right name.
[0004] Signature : "OEM1"
[0004] Table Length : 00000000
[0001] Revision : 01
[0001] Checksum : 00
[0006] Oem ID : "RETARG"
[0008] Oem Table ID : "UNITTEST"
[0004] Oem Revision : 00000001
[0004] Asl Compiler ID : "INTL"
[0004] Asl Compiler Revision : 20200925

UINT8 : 26 // Host Address Width
UINT8 : 03 // Flags
UINT64 : 0 // Reserved
UINT16 : 0

UINT16 : 0000 // Subtable Type [Hardware Unit Definition]
UINT16 : 0018 // Length
UINT8 : 00 // Flags
UINT8 : 00 // Reserved
UINT16 : 0000 // PCI Segment Number
UINT64 : 00000000FED90000 // Register Base Address

UINT8 : 01 // Device Scope Type [PCI Endpoint Device]
UINT8 : 08 // Entry Length
UINT16 : 0000 // Reserved
UINT8 : 00 // Enumeration ID
UINT8 : 00 // PCI Bus Number
UINT8 : 02 // PCI Path: device
UINT8 : 00 // function

UINT16 : 0000 // Subtable Type [Hardware Unit Definition]
UINT16 : 002A // Length
UINT8 : 00 // Flags
UINT8 : 00 // Reserved
UINT16 : 0000 // PCI Segment Number
UINT64 : 00000000FED91000 // Register Base Address

UINT8 : 02 // Device Scope Type [PCI Bridge Device]
UINT8 : 08 // Entry Length
UINT16 : 0000 // Reserved
UINT8 : 00 // Enumeration ID
UINT8 : 00 // PCI Bus Number
UINT8 : 1C // PCI Path: device
UINT8 : 00 // function

UINT8 : 01 // Device Scope Type [PCI Endpoint Device]
UINT8 : 0A // Entry Length
UINT16 : 0000 // Reserved
UINT8 : 00 // Enumeration ID
UINT8 : 00 // PCI Bus Number
UINT8 : 1D // PCI Path: device
UINT8 : 02 // function
UINT8 : 00 // PCI Path: device
UINT8 : 01 // function

UINT8 : 01 // Device Scope Type [PCI Endpoint Device]
UINT8 : 08 // Entry Length
UINT16 : 0000 // Reserved
UINT8 : 00 // Enumeration ID
UINT8 : 40 // PCI Bus Number
UINT8 : 03 // PCI Path: device
UINT8 : 00 // function

UINT16 : 0001 // Subtable Type [Reserved Memory Region]
UINT16 : 0020 // Length
UINT16 : 0000 // Reserved
UINT16 : 0000 // PCI Segment Number
UINT64 : 000000007A000000 // Base Address
UINT64 : 000000007A0FFFFF // End Address (limit)

UINT8 : 01 // Device Scope Type [PCI Endpoint Device]
UINT8 : 08 // Entry Length
UINT16 : 0000 // Reserved
UINT8 : 00 // Enumeration ID
UINT8 : 00 // PCI Bus Number
UINT8 : 14 // PCI Path: device
UINT8 : 00 // function

UINT16 : 0000 // Subtable Type [Hardware Unit Definition]
UINT16 : 0020 // Length
UINT8 : 01 // Flags
UINT8 : 00 // Reserved
UINT16 : 0000 // PCI Segment Number
UINT64 : 00000000FED92000 // Register Base Address

UINT8 : 03 // Device Scope Type [IOAPIC Device]
UINT8 : 08 // Entry Length
UINT16 : 0000 // Reserved
UINT8 : 08 // Enumeration ID
UINT8 : F0 // PCI Bus Number
UINT8 : 1F // PCI Path: device
UINT8 : 00 // function

UINT8 : 04 // Device Scope Type [Message-capable HPET Device]
UINT8 : 08 // Entry Length
UINT16 : 0000 // Reserved
UINT8 : 00 // Enumeration ID
UINT8 : F0 // PCI Bus Number
UINT8 : 0F // PCI Path: device
UINT8 : 01 // function

UINT16 : 0002 // Subtable Type [Root Port ATS Capability]
UINT16 : 0010 // Length
UINT8 : 00 // Flags
UINT8 : 00 // Reserved
UINT16 : 0000 // PCI Segment Number

UINT8 : 02 // Device Scope Type [PCI Bridge Device]
UINT8 : 08 // Entry Length
UINT16 : 0000 // Reserved
UINT8 : 00 // Enumeration ID
UINT8 : 00 // PCI Bus Number
UINT8 : 1C // PCI Path: device
UINT8 : 00 // function

UINT16 : 0000 // Subtable Type [Hardware Unit Definition]
UINT16 : 001A // Length
UINT8 : 01 // Flags
UINT8 : 00 // Reserved
UINT16 : 0001 // PCI Segment Number
UINT64 : 00000000FED93000 // Register Base Address

UINT8 : 03 // Device Scope Type [IOAPIC Device]
UINT8 : 0A // Entry Length
UINT16 : 0000 // Reserved
UINT8 : 09 // Enumeration ID
UINT8 : 00 // PCI Bus Number
UINT8 : 01 // PCI Path: device
UINT8 : 00 // function
UINT8 : 00 // PCI Path: device
UINT8 : 00 // function

UINT16 : 0003 // Subtable Type [Remapping Hardware Static Affinity]
UINT16 : 0014 // Length
UINT32 : 00000000 // Reserved
UINT64 : 00000000FED90000 // Base Address
UINT32 : 00000000 // Proximity Domain
