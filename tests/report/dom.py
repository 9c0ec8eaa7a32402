# SPDX-License-Identifier: MIT
"""A page as its tests see it: its tables, what it loads, and whether it is well formed."""

from html.parser import HTMLParser

VOID = {"meta", "link", "br", "img"}


class Page(HTMLParser):
    """
    `tables` has the rows of each table by its id, or by its number where it has none; a cell is its
    text. `loads` is what the page asks for elsewhere, `open` what was never closed.
    """

    def __init__(self, text):
        super().__init__()
        self.open, self.loads, self.tags, self.tables, self.text = [], [], set(), {}, []
        self._table, self._in_cell = None, False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.loads += [value for key, value in attrs
                       if key in ("src", "href", "xlink:href") and not value.startswith("#")]
        if tag == "table":
            self._table = self.tables.setdefault(dict(attrs).get("id", len(self.tables)), [])
        if tag == "tr":
            self._table.append([])
        if tag in ("td", "th"):
            self._table[-1].append("")
            self._in_cell = True
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if tag not in VOID and (not self.open or self.open.pop() != tag):
            raise ValueError(f"</{tag}> closes something else")
        if tag in ("td", "th"):
            self._in_cell = False

    def handle_data(self, data):
        self.text.append(data)
        if self._in_cell:
            self._table[-1][-1] += data
