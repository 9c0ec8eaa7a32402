# SPDX-License-Identifier: MIT
"""One run as markup: what failed first, then the machine, what was lost, the windows, the rest."""

from html import escape

from losses import losses
from markup import (badge, cells, details, element, headings, paragraph, preformatted, row_heading,
                    table)

STATES = {"complete": "The report is complete.",
          "truncated": "The report is truncated: the machine, or the line to it, stopped before the end.",
          "bailed out": "The kernel gave up before the end."}
OUTCOMES = ["moves", "fired", "old", "new", "retriggered", "stray", "blocked", "missing", "late",
            "duplicate", "lost"]
LOSING = ("stray", "blocked", "missing")


def counts(run):
    planned = "an unknown number of" if run["planned"] is None else run["planned"]
    numbers = ", ".join(f"{count} {name}" for name, count in run["counts"].items())
    return f"{numbers}, of {planned} tests. {STATES[run['state']]}"


def said(run):
    """What it said after the last test that has a result."""
    return preformatted([note["text"].removeprefix("# ") for note in run["unfinished"]])


def failure(test):
    inner = element("h4", badge("failed") + " " + element("span", escape(test["name"]), kind="name"))
    if test["checks"]:
        inner += paragraph(f"It checks: {test['checks']}.")
    if test["means"]:
        inner += element("p", "A failure means: " + element("strong", escape(test["means"])) + ".")
    start = f"# failed {test['name']}: "
    wrong = [note["text"].removeprefix(start) for note in test["says"]
             if note["text"].startswith(start)]
    return element("div", inner + preformatted(wrong), kind="failure") + "\n"


def troubles(run):
    """Why the run is no proof of anything, and what failed; nothing when all is well."""
    inner = ""
    if run["bail_out"] is not None:
        inner += element("div", element("h4", "Bail out! " + escape(run["bail_out"])) + said(run),
                         kind="problem")
    if run["problems"]:
        rows = [[*cells("whole" if each["line"] is None else each["line"], each["what"]),
                 element("td", element("code", escape(each["text"])))] for each in run["problems"]]
        inner += element("h3", "What is wrong with this report") + table(
            "lines of the result text", headings("line", "what is wrong", "the line"), rows)
    failed = [test for test in run["tests"] if test["verdict"] == "failed"]
    if failed:
        inner += element("h3", "What failed") + "".join(map(failure, failed))
    return inner


def machine(run):
    """The machine in a line: what it is, its CPU, its firmware; what is known of them."""
    known = {each["key"]: each["text"] for each in run["head"] if each["text"] != "unknown"}
    parts = [known.get("machine_name"), known.get("cpu"),
             " ".join(filter(None, (known.get("firmware_vendor"), known.get("firmware_version")))),
             known.get("boot")]
    return "; ".join(filter(None, parts))


def head(run):
    if not run["head"]:
        return ""
    return element("h3", "The machine") + paragraph(machine(run)) + element("dl", "".join(
        element("div", element("dt", escape(each["key"])) + element("dd", escape(each["text"])))
        for each in run["head"]), kind="head") + "\n"


def window_kind(cell):
    if any(word in cell for word in LOSING):
        return "lost"
    if "twice" in cell:
        return "twice"
    return "saved" if "retriggered" in cell else None


def window_table(one):
    columns = [element("th", f"{escape(each['cpu'])} CPU<br>{escape(each['vector'])} vector",
                       scope="col") for each in one["columns"]]
    rows = [[row_heading(row["window"]), *cells(row["landed"]),
             *(element("td", escape(cell), kind=window_kind(cell)) for cell in row["cells"])]
            for row in one["windows"]]
    return table("", headings("window", "landed, if both are others") + columns, rows)


def losing_windows(one):
    losing = [row["window"] for row in one["windows"]
              if any(window_kind(cell) == "lost" for cell in row["cells"])]
    return "loses in " + ", ".join(losing) if losing else "loses in no window"


def grouped_windows(tables):
    """Those of one protocol that say the same, together."""
    groups = {}
    for one in tables:
        protocol = one["arm"].rpartition(".")[2]
        groups.setdefault((protocol, str(one["columns"]), str(one["windows"])), []).append(one)
    return [(protocol, group) for (protocol, _, _), group in groups.items()]


def explorer(run):
    if not run["windows"]:
        return ""
    inner = element("h3", "The windows of each protocol") + paragraph(
        "One message is sent in each gap between two steps of a move, or one in each of two gaps. "
        "The columns say how the new target lies to the old one; a star says that a message was "
        "merged with another that was still pending.")
    for protocol, group in grouped_windows(run["windows"]):
        arms = ", ".join(one["arm"].rpartition(".")[0] for one in group)
        summary = (element("strong", escape(protocol)) + f" {escape(losing_windows(group[0]))} "
                   + element("span", f"({escape(arms)})", kind="soft"))
        inner += details(summary, window_table(group[0]))
    return inner


def became(each):
    """What became of the shots of one forged message, and how that is to be shown."""
    words = [name for name in ("through", "blocked", "deviating", "unrecorded") if each[name]]
    return element("td", escape(", ".join(f"{each[name]} {name}" for name in words) or "nothing"),
                   kind="lost" if each["deviating"] else None)


def forged(run):
    if not run["injections"]:
        return ""
    places = list(dict.fromkeys((each["source"], each["store"], each["ir"])
                                for each in run["injections"]))
    found = {(each["attack"], each["source"], each["store"], each["ir"]): each
             for each in run["injections"]}
    rows = [[row_heading(attack), *(became(found[attack, *place]) if (attack, *place) in found
                                    else cells("–")[0] for place in places)]
            for attack in dict.fromkeys(each["attack"] for each in run["injections"])]
    columns = [f"{source} {store}, remapping {ir}" for source, store, ir in places]
    return element("h3", "Forged messages") + table(
        "what became of them; marked: not what the specification says (deviating)",
        headings("attack", *columns), rows)


def guests(run):
    """The steps of a guest's interrupts, one row each, and what they cost its host."""
    words = ["hypercalls", "msr", "memory", "other", "irq_calls", "entry_updates"]
    rows = [[row_heading(f"{each['arm']}, {each['source']} {each['store']}, {each['protocol']}"),
             *cells(each["step"], each["count"], *(each[word] for word in words))]
            for each in run["guests"]]
    if not rows:
        return ""
    return element("h3", "Guests") + table(
        "exits by kind, and the host's own work, for so many steps of each kind",
        headings("arm", "step", "count", *(word.replace("_", " ") for word in words)), rows)


def names(texts):
    return element("ul", "".join(element("li", escape(text), kind="name") for text in texts),
                   kind="names")


def skips(run):
    reasons = {}
    for test in run["tests"]:
        if test["verdict"] == "skipped":
            reasons.setdefault(test["reason"], []).append(test["name"])
    if not reasons:
        return ""
    return element("h3", "What was skipped, and why") + "".join(
        details(f"{badge(str(len(tests)), 'skipped')} {escape(reason or 'no reason given')}",
                names(tests))
        for reason, tests in sorted(reasons.items(), key=lambda pair: -len(pair[1])))


def all_results(run):
    """Every measured arm with all its outcomes."""
    rows = [[row_heading(each["test"] or "(no result)"),
             *cells(each["source"], each["store"], each["protocol"], each["ir"]),
             *(element("td", str(each[name]),
                       kind=f"figure{' lost' if name == 'lost' and each[name] else ''}")
               for name in OUTCOMES)] for each in run["results"]]
    columns = [element("th", name, kind="figure", scope="col") for name in OUTCOMES]
    return table("", headings("test", "source", "store", "protocol", "remapping") + columns, rows)


def everything(run):
    inner = ""
    if run["results"]:
        inner += details(f"{len(run['results'])} measured arms with all their outcomes",
                         all_results(run))
    if run["tests"]:
        rows = [[*cells(test["number"]), row_heading(test["name"]),
                 element("td", badge(test["verdict"])), *cells(test["reason"])]
                for test in run["tests"]]
        inner += details(f"{len(run['tests'])} tests",
                         table("", headings("", "test", "verdict", "reason"), rows))
    return element("h3", "Everything") + inner if inner else ""


def run_section(run, number):
    inner = element("h2", f"{escape(run['name'])} {badge(run['verdict'])}") + "\n"
    inner += paragraph(counts(run))
    inner += troubles(run) + head(run)
    inner += "".join(losses(one, number) for one in run["tables"])
    return element("section", inner + explorer(run) + forged(run) + guests(run) + skips(run) + everything(run),
                   id=f"run-{number}") + "\n"
