# SPDX-License-Identifier: MIT
"""
What machines did as JUnit XML, one file for each: the machine is a testsuite, each of its tests a
testcase, and the last testcase, VERDICT, says whether the machine did what its section expects.
"""

import os
import re
import xml.etree.ElementTree as ET
from collections import Counter, namedtuple

VERDICT = "as expected"

# Why a test that failed stands in the file as skipped: those who read JUnit would call it a failure.
FAILS_HERE = "failed, which is what this machine is there to show"
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2, Char

# A file read back. `skipped` is the reason that the machine did not run, or None; `error` what it
# did wrong, or None; `cases` are pairs of a test's name and "passed", "failed" or "skipped",
# `reasons` those of the skipped ones.
Result = namedtuple("Result", "name about qemu expect seconds skipped error cases reasons")


def clean(text):
    """A serial port may say anything; XML cannot hold all of it."""
    return NOT_XML.sub("\ufffd", text)


def _element(parent, tag, text=None, **attributes):
    element = ET.SubElement(parent, tag, {key: clean(str(value))
                                          for key, value in attributes.items()})
    element.text = text and clean(text)
    return element


def _fill(suite, name, cases):
    """Counts first: consumers look at the attributes of the suite."""
    counts = Counter(case.verdict for case in cases)
    suite.attrib.update(tests=str(len(cases)), failures=str(counts["failed"]), errors="0",
                        skipped=str(counts["skipped"]))
    for case in cases:
        element = _element(suite, "testcase", classname=name, name=case.name)
        if case.seconds is not None:
            element.set("time", f"{case.seconds:.3f}")
        if case.verdict == "failed":
            _element(element, "failure", case.text, message=case.text.split("\n")[0])
        elif case.verdict == "skipped":
            _element(element, "skipped", message=case.text)


def write(folder, name, properties, cases, seconds, output=""):
    """
    FOLDER/NAME.xml: `properties` has "about", "qemu" and "expect", `cases` are ktap.Cases, of which
    the last is VERDICT, and `output` is what to show of a machine that failed.
    """
    os.makedirs(folder, exist_ok=True)
    suites = ET.Element("testsuites")
    suite = _element(suites, "testsuite", name=name, time=f"{seconds:.3f}")
    group = _element(suite, "properties")
    for key, value in properties.items():
        _element(group, "property", name=key, value=value)
    _fill(suite, name, cases)
    if output:
        _element(suite, "system-out", output)
    ET.indent(suites)
    file = os.path.join(folder, name + ".xml")
    ET.ElementTree(suites).write(file + ".new", encoding="utf-8", xml_declaration=True)
    os.replace(file + ".new", file)


def _outcome_of(element):
    for tag, verdict in (("failure", "failed"), ("skipped", "skipped")):
        found = element.find(tag)
        if found is not None:
            text = found.get("message")
            return ("failed" if text == FAILS_HERE else verdict), text
    return "passed", None


def read(file):
    """The Result in a file that write() wrote."""
    suite = ET.parse(file).getroot().find("testsuite")
    properties = {each.get("name"): each.get("value") for each in suite.iter("property")}
    cases, reasons, of_machine = [], [], ("passed", None)
    for element in suite.iter("testcase"):
        verdict, text = _outcome_of(element)
        if element.get("name") == VERDICT:
            of_machine = verdict, text
            continue
        cases.append((element.get("name"), verdict))
        if verdict == "skipped":
            reasons.append(text)
    return Result(suite.get("name"), properties["about"], properties["qemu"], properties["expect"],
                  float(suite.get("time")), of_machine[1] if of_machine[0] == "skipped" else None,
                  of_machine[1] if of_machine[0] == "failed" else None, cases, reasons)
