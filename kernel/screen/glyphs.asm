; SPDX-License-Identifier: MIT
;
; The glyphs of Spleen, a console font, as kernel/screen/make-font takes them out of the package's files.

section .rodata
global glyphs_8x16
global glyphs_12x24
global glyphs_16x32

glyphs_8x16:
        incbin "fonts/8x16"
glyphs_12x24:
        incbin "fonts/12x24"
glyphs_16x32:
        incbin "fonts/16x32"
