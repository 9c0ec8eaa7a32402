# SPDX-License-Identifier: MIT
"""
Two runs side by side: what the right one says otherwise than the left one. How many messages are lost
is luck, and of a protocol that may lose it is luck, too, whether it loses any; of one that must lose
none it is a change. What one run has and the other has not is a change, too.
"""

from ktap import numbered

ABSENT = "not there"


def changed_items(left, right):
    """(key, left value, right value) where the two dictionaries differ, in the order of the left."""
    for key in list(dict.fromkeys([*left, *right])):
        if left.get(key) != right.get(key):
            yield key, left.get(key), right.get(key)


def heads(run):
    """Lines of the same key, such as those of several remapping units, stand together."""
    found = {}
    for each in run["head"]:
        found.setdefault(each["key"], []).append(each["text"])
    return {key: "; ".join(texts) for key, texts in found.items()}


def compare_heads(left, right):
    return [{"key": key, "left": a or ABSENT, "right": b or ABSENT}
            for key, a, b in changed_items(heads(left), heads(right))]


def verdicts(run):
    tests = run["tests"]
    return dict(zip(numbered(test["name"] for test in tests),
                    ((test["verdict"], test["reason"]) for test in tests)))


def compare_tests(left, right):
    absent = (ABSENT, "")
    return [{"name": name, "left": (a or absent)[0], "left_reason": (a or absent)[1],
             "right": (b or absent)[0], "right_reason": (b or absent)[1]}
            for name, a, b in changed_items(verdicts(left), verdicts(right))]


def measured(run):
    """The cells of all its tables that have a figure."""
    return {(table["suite"], row["source"], row["store"], protocol): cell
            for table in run["tables"] for row in table["rows"]
            for protocol, cell in zip(table["protocols"], row["cells"])
            if cell and "fired" in cell}


def change_of(left, right):
    if left is None or right is None:
        return "only right" if left is None else "only left"
    if bool(left["lost"]) == bool(right["lost"]):
        return "same"
    if left["may_lose"] and right["may_lose"]:
        return "not shown"
    return "now loses" if right["lost"] else "loses no more"


def compare_losses(left, right):
    """All cells, changed or not: they are what one wants to see side by side."""
    left, right = measured(left), measured(right)
    return [{"suite": key[0], "source": key[1], "store": key[2], "protocol": key[3],
             "left": left.get(key), "right": right.get(key),
             "change": change_of(left.get(key), right.get(key))}
            for key in dict.fromkeys([*left, *right])]


def windows(run):
    return {(table["test"], row["window"], f"{column['cpu']} cpu, {column['vector']} vector"): cell
            for table in run["windows"] for row in table["windows"]
            for column, cell in zip(table["columns"], row["cells"])}


def compare_windows(left, right):
    """Only tables that both have: whether a test is there at all is said with the tests."""
    both = {table["test"] for table in left["windows"]} & {table["test"] for table in right["windows"]}
    return [{"test": test, "window": window, "column": column, "left": a or ABSENT,
             "right": b or ABSENT}
            for (test, window, column), a, b in changed_items(windows(left), windows(right))
            if test in both]


def injections(run):
    return {(each["source"], each["store"], each["attack"], each["ir"]):
            {key: each[key] for key in ("through", "blocked", "deviating", "unrecorded")}
            for each in run["injections"]}


def fate(counts):
    """Which of them were not zero."""
    if counts is None:
        return ABSENT
    return ", ".join(name for name, count in counts.items() if count) or "none"


def compare_injections(left, right):
    return [{"source": key[0], "store": key[1], "attack": key[2], "ir": key[3],
             "left": fate(a), "right": fate(b)}
            for key, a, b in changed_items(injections(left), injections(right))
            if fate(a) != fate(b)]


def compare(left, right):
    return {"left": left["name"], "right": right["name"],
            "head": compare_heads(left, right), "tests": compare_tests(left, right),
            "losses": compare_losses(left, right), "windows": compare_windows(left, right),
            "injections": compare_injections(left, right)}
