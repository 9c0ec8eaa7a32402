# SPDX-License-Identifier: MIT
"""The few elements that the pages are made of. All text goes through escape()."""

from html import escape


def element(tag, inner, **attributes):
    """`inner` is markup; attributes are text, kind= stands for class=, None leaves one out."""
    words = "".join(f' {key.replace("kind", "class").replace("_", "-")}="{escape(str(value))}"'
                    for key, value in attributes.items() if value is not None)
    return f"<{tag}{words}>{inner}</{tag}>"


def table(caption, headings, rows, **attributes):
    """`headings` and the cells of `rows` are markup of th and td elements."""
    inner = element("caption", escape(caption)) if caption else ""
    inner += element("thead", element("tr", "".join(headings)))
    inner += element("tbody", "\n".join(element("tr", "".join(row)) for row in rows))
    return element("div", element("table", inner, **attributes), kind="scroll") + "\n"


def headings(*texts):
    return [element("th", escape(text), scope="col") for text in texts]


def cells(*texts):
    return [element("td", escape(str(text))) for text in texts]


def row_heading(text, small=""):
    return element("th", escape(text) + (" " + element("small", escape(small)) if small else ""),
                   scope="row")


def paragraph(text, **attributes):
    return element("p", escape(text), **attributes) + "\n"


def badge(word, kind=None):
    return element("span", escape(word), kind=f"badge {kind or word}")


def details(summary, inner, opened=False):
    """`summary` and `inner` are markup."""
    return (f"<details{' open' if opened else ''}>" + element("summary", summary) + inner
            + "</details>\n")


def preformatted(lines):
    return element("pre", escape("\n".join(lines))) + "\n" if lines else ""
