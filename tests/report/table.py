# SPDX-License-Identifier: MIT
"""
The comparison table, made anew from the result lines: rows are message stores, columns protocols,
cells messages lost and fired. That of `loss` is the one that the kernel prints itself.
"""

# Tests with one result for each store and protocol.
SUITES = ["loss", "async"]

# In the order of the kernel's own table. One that is not here comes before "remapped".
MAY_LOSE = ["naive-address-first", "naive-data-first", "two-step-no-retrigger", "linux-direct"]
ORDER = ["naive-address-first", "naive-data-first", "masked", "two-step", "two-step-no-retrigger",
         "linux-direct"]
LAST = "remapped"


def column_key(protocol):
    if protocol == LAST:
        return (2, 0, protocol)
    return (0, ORDER.index(protocol), "") if protocol in ORDER else (1, 0, protocol)


def may_lose(protocol, maskable):
    """What promises nothing; `linux-direct` masks where it can, and then must lose none."""
    return protocol in MAY_LOSE and not (protocol == "linux-direct" and maskable)


def shows_nothing(result, maskable):
    """
    The same question as tests/result.c asks: a protocol that may lose lost none, or one that saves
    a message by sending it again had none to save. A loss shows something in any case.
    """
    if result["lost"]:
        return False
    return may_lose(result["protocol"], maskable) or (result["protocol"] == "two-step"
                                                      and result["retriggered"] == 0)


def skipped_cells(run, suite):
    """
    Tests named SUITE.SOURCE.STORE.PROTOCOL that were skipped, by these three words. There is a
    point in the name of a second device, "edu.1".
    """
    for test in run["tests"]:
        words = test["name"].split(".")
        if test["verdict"] == "skipped" and len(words) >= 4 and words[0] == suite:
            yield (".".join(words[1:-2]), words[-2]), words[-1], test["reason"]


def cell_of(result, maskable):
    return {"lost": result["lost"], "fired": result["fired"], "ir": result["ir"],
            "may_lose": may_lose(result["protocol"], maskable),
            "shows_nothing": shows_nothing(result, maskable), "line": result["line"]}


def table_of(run, suite, results):
    stores = list(dict.fromkeys((result["source"], result["store"]) for result in results))
    cells = {store: {} for store in stores}
    maskable = {(result["source"], result["store"]) for result in run["results"]
                if result["protocol"] == "masked"}
    for result in results:
        store = result["source"], result["store"]
        cells[store][result["protocol"]] = cell_of(result, store in maskable)
    for store, protocol, reason in skipped_cells(run, suite):
        if store in cells:
            cells[store].setdefault(protocol, {"skipped": reason})
    protocols = sorted({protocol for row in cells.values() for protocol in row}, key=column_key)
    rows = [{"source": source, "store": store,
             "cells": [cells[source, store].get(protocol) for protocol in protocols]}
            for source, store in stores]
    return {"suite": suite, "protocols": protocols, "rows": rows}


def tables_of(run):
    """One for each of SUITES that the run has."""
    suites = {suite: [] for suite in SUITES}
    for result in run["results"]:
        suites.get(result["test"].split(".")[0], []).append(result)
    return [table_of(run, suite, results) for suite, results in suites.items() if results]
