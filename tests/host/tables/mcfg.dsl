// SPDX-License-Identifier: MIT
// Two segments, the second of which begins with bus 80h.
[0004] Signature : "MCFG"
[0004] Table Length : 00000000
[0001] Revision : 01
[0001] Checksum : 00
[0006] Oem ID : "RETARG"
[0008] Oem Table ID : "UNITTEST"
[0004] Oem Revision : 00000001
[0004] Asl Compiler ID : "INTL"
[0004] Asl Compiler Revision : 20200925

[0008] Reserved : 0000000000000000

[0008] Base Address : 00000000E0000000
[0002] Segment Group Number : 0000
[0001] Start Bus Number : 00
[0001] End Bus Number : FF
[0004] Reserved : 00000000

[0008] Base Address : 000000C000000000
[0002] Segment Group Number : 0001
[0001] Start Bus Number : 80
[0001] End Bus Number : 8F
[0004] Reserved : 00000000
