# SPDX-License-Identifier: MIT
"""report.html: the whole report as one page that needs nothing else, neither files nor scripts."""

import os
from html import escape

from html_run import counts, machine, names, run_section
from losses import losses_of_both
from markup import badge, cells, details, element, headings, paragraph, row_heading, table

STYLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "style.css")
FEW = 6  # names of a group that are shown without being asked for
LEAD = ("Does a device’s interrupt get lost when it is moved to another CPU while the device fires? "
        "Every message has exactly one outcome; lost are those that came in where nobody owns the "
        "vector (stray), that remapping dropped (blocked), or that came in nowhere (missing).")


def sums(run, ir):
    """Lost and fired in all the tables, with remapping or without."""
    found = [cell for one in run["tables"] for row in one["rows"] for cell in row["cells"]
             if cell and cell.get("ir") == ir]
    return sum(cell["lost"] for cell in found), sum(cell["fired"] for cell in found)


def summed(run, ir):
    lost, fired = sums(run, ir)
    if not fired:
        return element("td", "–", kind="figure empty")
    return element("td", f"{lost} / {fired}", kind=f"figure {'lost' if lost else 'none'}")


def overview(runs):
    rows = [[element("th", element("a", escape(run["name"]), href=f"#run-{number}"), scope="row"),
             element("td", badge(run["verdict"])), *cells(machine(run), counts(run)), summed(run, "off"),
             summed(run, "on")] for number, run in enumerate(runs, 1)]
    return element("h2", "All runs") + table(
        "lost / fired in all protocols together, as measured",
        headings("run", "verdict", "machine", "tests", "without remapping", "with remapping"), rows,
        id="overview")


def differences(title, left, right, changes):
    """
    `changes` are (what, what the left says, what the right says); those that changed alike stand
    together, failures before others, and a few are shown at once.
    """
    groups = {}
    for what, a, b in changes:
        groups.setdefault((a, b), []).append(what)
    if not groups:
        return ""
    inner = element("h3", escape(title)) + "\n"
    for (a, b), found in sorted(groups.items(), key=lambda pair: "failed" not in pair[0]):
        summary = (badge(str(len(found)), "change") + f" {escape(left)}: {element('b', escape(a))} → "
                   f"{escape(right)}: {element('b', escape(b))}")
        inner += details(summary, names(found), opened=len(found) <= FEW or "failed" in (a, b))
    return inner


def verdict_of(test, side):
    return test[side] + (": " if test[side + "_reason"] else "") + test[side + "_reason"]


def summary_of(one):
    marked = [each for each in one["losses"] if each["change"] not in ("same", "not shown")]
    found = [f"{len(items)} {what if len(items) == 1 else more}" for what, more, items in (
        ("test", "tests", one["tests"]), ("figure", "figures", marked),
        ("window", "windows", one["windows"]),
        ("forged message", "forged messages", one["injections"]),
        ("line about the machine", "lines about the machine", one["head"])) if items]
    if not found:
        return (f"The same in both, {one['left']} and {one['right']}, but for the luck of figures: the tests' "
                f"verdicts and reasons, the figures of loss and async, the explorer's windows, the forged "
                f"messages, and what is said about the machine.")
    return f"What {one['right']} says otherwise than {one['left']}: {', '.join(found)}."


def comparison(one, number):
    left, right = one["left"], one["right"]
    inner = element("h2", f"{escape(left)} and {escape(right)}, side by side") + "\n"
    inner += paragraph(summary_of(one))
    inner += differences("Tests with another verdict or reason", left, right,
                         [(test["name"], verdict_of(test, "left"), verdict_of(test, "right"))
                          for test in one["tests"]])
    for suite in dict.fromkeys(each["suite"] for each in one["losses"]):
        inner += losses_of_both([each for each in one["losses"] if each["suite"] == suite],
                                suite, left, right, f"both-{number}")
    inner += differences("Windows that differ", left, right,
                         [(f"{each['test']} {each['window']}, {each['column']}", each["left"],
                           each["right"]) for each in one["windows"]])
    inner += differences("Forged messages that fare otherwise", left, right,
                         [(f"{each['attack']} from {each['source']} {each['store']}, remapping "
                           f"{each['ir']}", each["left"], each["right"])
                          for each in one["injections"]])
    if one["head"]:
        rows = [[row_heading(each["key"]), *cells(each["left"], each["right"])]
                for each in one["head"]]
        inner += element("h3", "The machines") + table("", headings("", left, right), rows)
    return element("section", inner, id=f"both-{number}") + "\n"


def navigation(report):
    links = [element("a", escape(run["name"]), href=f"#run-{number}")
             for number, run in enumerate(report["runs"], 1)]
    links += [element("a", escape(f"{one['left']} and {one['right']}"), href=f"#both-{number}")
              for number, one in enumerate(report["comparisons"], 1)]
    return element("nav", "\n".join(links))


def page(report):
    runs, comparisons = report["runs"], report["comparisons"]
    with open(STYLE, encoding="utf-8") as style:
        css = style.read().split("*/", 1)[1]
    body = element("h1", "retarget") + paragraph(LEAD, kind="soft")
    if len(runs) > 1:
        body += navigation(report) + overview(runs)
    body += "".join(comparison(one, number) for number, one in enumerate(comparisons, 1))
    body += "".join(run_section(run, number) for number, run in enumerate(runs, 1))
    title = "retarget: " + ", ".join(run["name"] for run in runs)
    return ("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<link rel="icon" href="data:,">'
            f"{element('title', escape(title))}<style>{css}</style></head>\n<body>\n{body}</body></html>\n")
