# SPDX-License-Identifier: MIT
"""The comparison table and its plot, of one run or of two side by side, as markup."""

from html import escape

from markup import cells as text_cells
from markup import element, headings, paragraph, row_heading, table
from plot import plot
from table import column_key

TITLES = {"loss": "Messages lost, the driver firing while the interrupt moves",
          "async": "Messages lost, the device sending by itself while the interrupt moves"}
STAR = "* no message met the race in this run: the figure shows nothing"


def text_of(cell):
    if cell is None or "skipped" in cell:
        return "–"
    return f"{cell['lost']}{'*' if cell['shows_nothing'] else ''} / {cell['fired']}"


def kind_of(cell):
    if cell is None or "skipped" in cell:
        return "empty"
    if not cell["lost"]:
        return "none"
    return "lost" if cell["may_lose"] else "lost broken"


def figure(cell):
    ir = " ir-on" if cell and cell.get("ir") == "on" else ""
    return element("td", text_of(cell), kind=f"figure {kind_of(cell)}{ir}",
                   title=(cell or {}).get("skipped"))


def key(*pairs):
    return " ".join(element("span", text, kind=f"key {kind}") for kind, text in pairs)


def drawn(stores, protocols, places, title, more=()):
    legend = key(("direct", "without remapping"), ("remapped", "with remapping"),
                 ("zero", "none lost"), ("nothing", "none lost, but none met the race"), *more)
    return element("figure", plot(stores, protocols, places, title)
                   + element("figcaption", legend)) + "\n"


def column_headings(protocols):
    return headings("message store") + [element("th", escape(name), kind="figure", scope="col")
                                        for name in protocols]


def skip_reasons(one):
    return list(dict.fromkeys(cell["skipped"] for row in one["rows"] for cell in row["cells"]
                              if cell and "skipped" in cell))


def losses(one, ident):
    """`one` of a run's tables; `ident` tells it from those of other runs."""
    title = TITLES.get(one["suite"], one["suite"])
    rows = [[row_heading(row["source"], row["store"]), *map(figure, row["cells"])]
            for row in one["rows"]]
    inner = element("h3", escape(title)) + "\n"
    inner += table("messages lost / fired; every column but “remapped” without interrupt remapping",
                   column_headings(one["protocols"]), rows, id=f"{one['suite']}-{ident}")
    if any(cell and cell.get("shows_nothing") for row in one["rows"] for cell in row["cells"]):
        inner += paragraph(STAR, kind="soft")
    for reason in skip_reasons(one):
        inner += paragraph(f"– skipped: {reason}", kind="soft")
    places = {(row["source"], row["store"], protocol): [cell]
              for row in one["rows"] for protocol, cell in zip(one["protocols"], row["cells"])
              if cell and "fired" in cell}
    return inner + drawn([(row["source"], row["store"]) for row in one["rows"]], one["protocols"],
                         places, title)


CHANGES = {"now loses": "now loses", "loses no more": "loses no more", "only left": "gone",
           "only right": "new"}


def both(entry):
    """Left over right, and what changed."""
    if entry is None:
        return text_cells("–")[0].replace("<td>", '<td class="figure empty">')
    change = CHANGES.get(entry["change"], "")
    worst = max((entry["left"], entry["right"]), key=lambda cell: cell["lost"] if cell else -1)
    inner = text_of(entry["left"]) + element("span", text_of(entry["right"]), kind="now")
    if change:
        inner += element("span", change, kind="badge change")
    return element("td", inner, kind=f"figure {kind_of(worst)}{' changed' if 'lose' in change else ''}")


def losses_of_both(entries, suite, left, right, ident):
    """`entries` of a comparison's losses that are of `suite`."""
    places = {(each["source"], each["store"], each["protocol"]): each for each in entries}
    stores = list(dict.fromkeys((source, store) for source, store, _ in places))
    protocols = sorted({protocol for _, _, protocol in places}, key=column_key)
    rows = [[row_heading(*store), *(both(places.get((*store, name))) for name in protocols)]
            for store in stores]
    title = TITLES.get(suite, suite)
    inner = element("h3", escape(title)) + "\n"
    inner += table(f"messages lost / fired: above {left}, below {right}. How many are lost, where a "
                   "protocol may lose, is luck; marked is what is not.", column_headings(protocols), rows,
                   id=f"{suite}-{ident}")
    return inner + drawn(stores, protocols,
                         {at: [each["left"], each["right"]] for at, each in places.items()}, title,
                         [("right", f"lighter: {escape(right)}")])
