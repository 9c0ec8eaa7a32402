# SPDX-License-Identifier: MIT
"""
What the witness must find in the explorer: each case is a sound trace, or a sound line, with one
thing broken.
"""

import unittest

from fake_trace import changed, invalidation, judged, mark, message, remapped

OLD, NEW = (1, 0x60), (2, 0x90)


def fire(window, what):
    return mark(9, (0, window)) + what + mark(10, (0, window))


def case(middle, old=OLD, new=NEW):
    return mark(8, old) + middle + mark(11, new)


def line(fires, protocol="two-step", ir="off", windows=4, **places):
    names = {"old": "{old,o}", "new": "{new,n}", "new_o": "{new,o}", "old_n": "{old,n}",
             "sent_on": "sent-on", "elsewhere": "elsewhere"}
    columns = " ".join(f"{name}={places.get(key, 0)}" for key, name in names.items())
    return (f"# explored source=edu store=msi protocol={protocol} mistaken=no ir={ir} "
            f"old=1:1:60 new=2:2:90 windows={windows} fires={fires} {columns}\n")


REPLAY = "apic_mem_writel 0x300 = 0x00004090\n"
IEC = invalidation()
OLD_N, NEW_O = (OLD[0], NEW[1]), (NEW[0], OLD[1])

# By two-step: at the old target; between the steps; in both windows.
DIRECT = (case(fire(0, message(OLD))) + case(fire(1, message(OLD_N)) + REPLAY)
          + case(fire(0, message(OLD)) + fire(1, message(OLD_N)) + REPLAY))
DIRECT_SAID = (line("W0:sent", old=1) + line("W1:sent", new=1, sent_on=1)
               + line("W0:sent,W1:sent", old=1, new=1, sent_on=1))

# Behind a mask, once and twice; the unmask sends one message.
HELD = case(fire(1, "") + message(NEW)) + case(fire(1, "") + fire(2, "") + message(NEW))
HELD_SAID = (line("W1:held", "masked", new=1)
             + line("W1:held,W2:refused", "masked", new=1))

REMAPPED = case(fire(0, remapped(OLD)) + IEC + fire(2, remapped(NEW)))
REMAPPED_SAID = line("W0:sent,W2:sent", "remapped", "on", 3, old=1, new=1)


class ExploreTest(unittest.TestCase):
    def finds(self, part, trace, said):
        with self.subTest(part):
            self.assertIn(part, judged(trace, said))

    def test_sound(self):
        for trace, said in [(DIRECT, DIRECT_SAID), (HELD, HELD_SAID), (REMAPPED, REMAPPED_SAID),
                            (HELD, HELD_SAID.replace("refused", "held")),
                            (DIRECT + REMAPPED, DIRECT_SAID + REMAPPED_SAID)]:
            self.assertEqual(judged(trace, said), "")

    def test_two_at_one_pair_are_one_interrupt(self):
        self.assertEqual(judged(case(fire(0, message(OLD)) + fire(1, message(OLD))),
                                line("W0:sent,W1:sent", old=1)), "")
        self.finds("came in at {old,o}; the kernel says",
                   case(fire(0, message(OLD)) + fire(1, message(OLD))),
                   line("W0:sent,W1:sent", old=2))

    def test_what_was_sent_again_where_targets_share(self):
        """One vector on two CPUs: taken at the old target and sent again. One CPU: merged."""
        pair = (NEW[0], OLD[1])
        trace = case(fire(0, message(OLD)) + "apic_mem_writel 0x300 = 0x00004060\n", new=pair)
        self.assertEqual(judged(trace, line("W0:sent", new=1, old=1) .replace(
            "new=2:2:90", "new=2:2:60")), "")
        trace = case(fire(1, message(OLD_N)) + REPLAY, new=OLD_N)
        self.assertEqual(judged(trace, line("W1:sent", new=1).replace(
            "new=2:2:90", "new=1:1:90")), "")

    def test_false_lines(self):
        for old, new, part in [
                ("old=1:1:60", "old=1:1:61", "case 1 (APIC 1 vector 60 to APIC 2 vector 90, W0): "
                                             "old target APIC 1 vector 60"),
                ("new=2:2:90", "new=2:3:90", "new target APIC 2 vector 90"),
                ("fires=W0:sent ", "fires=W1:sent ", "fired in W0"),
                ("fires=W0:sent ", "fires=W0:held ", "1 messages at once in W0, 0 messages sent"),
                ("fires=W0:sent,W1", "fires=W0:refused,W1", "case 3"),
                ("fires=W0:sent,W1:sent", "fires=W0:sent", "fired in W0 W1"),
                ("{old,o}=1 {new,n}=0", "{old,o}=0 {new,n}=1", "came in at {old,o}; the kernel"),
                ("{old,n}=0 sent-on=1", "{old,n}=1 sent-on=0", "case 2"),
                ("elsewhere=0", "elsewhere=1", "came in at {old,o}; the kernel"),
                ("ir=off", "ir=on", "no entry was used")]:
            self.finds(part, DIRECT, changed(DIRECT_SAID, old, new))

    def test_false_traces(self):
        for old, new, part in [
                (message(OLD), message(NEW_O), "came in at {new,o}; the kernel says"),
                (message(OLD), message((3, 0x60)), "case 1 (APIC 1 vector 60 to APIC 2 vector 90, "
                                                   "W0): a message went to APIC 3 vector 60"),
                (message(OLD), "", "0 messages at once in W0"),
                (message(OLD), 2 * message(OLD), "2 messages at once in W0"),
                (fire(0, message(OLD)), message(OLD), "fired in no window"),
                (REPLAY, "", "came in at {old,n}; the kernel says"),
                (mark(10, (0, 0)), "", "the device was still sending at the end"),
                (mark(10, (0, 0)), mark(10, (0, 1)), "mark 10 where there cannot be one"),
                (mark(8, OLD), mark(8, OLD_N), "old target APIC 1 vector 90"),
                (mark(11, NEW), mark(11, NEW_O), "new target APIC 2 vector 60"),
                (case(fire(0, message(OLD))), "", "2 cases in the trace, 3 lines")]:
            self.finds(part, changed(DIRECT, old, new), DIRECT_SAID)

    def test_false_mask(self):
        for old, new, part in [
                (fire(1, "") + message(NEW), fire(1, message(NEW)), "1 messages at once in W1"),
                (message(NEW), "", "0 messages sent later"),
                (message(NEW), 2 * message(NEW), "2 messages sent later"),
                (message(NEW), message(OLD), "came in at {old,o}")]:
            self.finds(part, changed(HELD, old, new), HELD_SAID)

    def test_forgotten_behind_the_mask(self):
        """A protocol that gets it wrong may lose what was held back, if the line says so, too."""
        trace = case(fire(1, ""))
        said = line("W1:held")
        self.finds("0 messages sent later", trace, said)
        mistaken = changed(said, "mistaken=no", "mistaken=yes")
        self.assertEqual(judged(trace, mistaken), "")
        self.finds("came in at no place", trace, changed(mistaken, "{new,n}=0", "{new,n}=1"))

    def test_false_remapping(self):
        for old, new, part in [
                (IEC, "", "no invalidation of entry 5"),
                ("index 0x5", "index 0x4", "no invalidation of entry 5"),
                (remapped(NEW), remapped(OLD), "after the invalidation a message went to APIC 1"),
                ("index 5", "index 6", "messages to the entries 6 and 5"),
                ("data 0x0\n", "data 0x5\n", "2 different messages"),
                ("dest 2 ", "dest 1 ", "entry 5 said APIC 2 vector 90, the message went to APIC 1"),
                (IEC, IEC + "pci_cfg_write edu 00:01.0 @0x4c <- 0x1\n", "1 configuration writes")]:
            self.finds(part, changed(REMAPPED, old, new), REMAPPED_SAID)
        self.finds("an entry was used", REMAPPED, changed(REMAPPED_SAID, "ir=on", "ir=off"))

    def test_blocked(self):
        """What the remapping unit did not let pass was sent, and came in nowhere."""
        blocked = changed(REMAPPED, remapped(OLD), remapped(OLD).split("vtd_ir_remap_msi (")[0])
        self.finds("came in at {new,n}; the kernel", blocked, REMAPPED_SAID)
        self.assertEqual(judged(blocked, changed(REMAPPED_SAID, "{old,o}=1", "{old,o}=0")), "")

    def test_last_window(self):
        trace = case(fire(3, message(OLD)))
        said = line("W3:sent", old=1)
        self.finds("in W3, the last, a message went to APIC 1 vector 60", trace, said)
        self.assertEqual(judged(trace, changed(said, "mistaken=no", "mistaken=yes")), "")
        self.assertEqual(judged(trace, changed(said, "windows=4", "windows=5")), "")

    def test_several_wrong_cases(self):
        self.finds("2 of 3 cases are wrong", DIRECT.replace(message(OLD), message(NEW)),
                   DIRECT_SAID)


if __name__ == "__main__":
    unittest.main()
