# SPDX-License-Identifier: MIT
"""
The plot of losses as inline SVG: a row for each message store, a column for each protocol, in each
place a bar for each run. Its length is the part of the messages that was lost, on a logarithmic
scale; a ring stands for none lost, a dashed one for a figure that shows nothing.
"""

import math
from html import escape

LEFT, TOP, WIDTH = 176, 52, 118  # of the names, the headings, a column
BAR, LABEL, THICK, GAP = 66, 5, 16, 10  # longest bar; gap to its label; a bar's height; between rows


def part(cell):
    return cell["lost"] / cell["fired"] if cell["fired"] else 0


def decades(cells):
    """How many powers of ten the scale shows, so that the smallest loss still has a bar."""
    smallest = min((part(cell) for cell in cells if cell["lost"]), default=0.01)
    return max(2, math.ceil(-math.log10(smallest)) + 1)


def length_of(cell, scale):
    """0 for none lost; a whole bar is all lost, each power of ten less an equal part shorter."""
    return max(0.0, 1 + math.log10(part(cell)) / scale) * BAR if cell["lost"] else 0


def percent(cell):
    value = 100 * part(cell)
    if not cell["lost"]:
        return "0*" if cell["shows_nothing"] else "0"
    return f"{value:.0f}%" if value >= 10 else f"{value:.2g}%"


def heading(name, x):
    """A long name is broken after a hyphen, as in the kernel's table."""
    at = name.rfind("-", 0, 15) + 1 if len(name) > 14 else 0
    lines = [name[:at], name[at:]] if at else ["", name]
    return "".join(f'<text x="{x}" y="{TOP - 26 + 13 * index}" class="heading">{escape(line)}</text>'
                   for index, line in enumerate(lines) if line)


def bar(cell, which, scale, x, y, height):
    kind = f'{"remapped" if cell["ir"] == "on" else "direct"} of-{which}'
    middle, length = y + height / 2, length_of(cell, scale)
    if length:
        shape = (f'<rect x="{x}" y="{y:.1f}" width="{length:.1f}" height="{height}" '
                 f'class="{kind}"/>')
    else:
        dashed = " nothing" if cell["shows_nothing"] else ""
        shape = f'<circle cx="{x + 4}" cy="{middle:.1f}" r="3.2" class="zero {kind}{dashed}"/>'
    after = x + max(length, 8) + LABEL
    return shape + f'<text x="{after:.1f}" y="{middle + 3.6:.1f}">{percent(cell)}</text>'


def place(cells, scale, x, y):
    """The bars of one store and protocol, one below the other."""
    return "".join(bar(cell, which, scale, x, y + GAP / 2 + which * THICK, THICK - 1)
                   for which, cell in enumerate(cells) if cell)


def axis(scale, columns, bottom):
    for column in range(columns):
        x = LEFT + column * WIDTH
        yield f'<line x1="{x}" y1="{TOP - 6}" x2="{x}" y2="{bottom}" class="axis"/>'
        for decade in range(1, scale + 1):
            at = x + BAR * decade / scale
            yield (f'<line x1="{at:.1f}" y1="{TOP - 6}" x2="{at:.1f}" y2="{bottom}" '
                   'class="grid"/>')


def plot(stores, protocols, cells, title):
    """
    `cells` has for (source, store, protocol) a list with the cell of each run, None where it has
    none.
    """
    scale = decades([cell for group in cells.values() for cell in group if cell])
    row_height = GAP + THICK * max(map(len, cells.values()))
    bottom = TOP + len(stores) * row_height
    width, height = LEFT + len(protocols) * WIDTH, bottom + 26
    parts = [f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}" '
             f'style="min-width:{width * 3 // 4}px">']
    parts += axis(scale, len(protocols), bottom)
    parts += [heading(name, LEFT + column * WIDTH) for column, name in enumerate(protocols)]
    for row, (source, store) in enumerate(stores):
        y = TOP + row * row_height
        parts.append(f'<text x="0" y="{y + row_height // 2 + 4}" class="store">{escape(source)} '
                     f'<tspan class="kind">{escape(store)}</tspan></text>')
        parts += [place(cells[source, store, name], scale, LEFT + column * WIDTH, y)
                  for column, name in enumerate(protocols) if (source, store, name) in cells]
    parts.append(f'<text x="{LEFT}" y="{bottom + 18}" class="scale">each line to the right is ten '
                 f'times more; the first is {100 / 10 ** (scale - 1):.6g}% of the messages lost, '
                 'the last all of them</text></svg>')
    return "\n".join(parts)
