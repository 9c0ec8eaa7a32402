# SPDX-License-Identifier: MIT
"""Whether the documents name what there is: files, links, options and targets of make."""

import glob
import os
import re
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
FILE = re.compile(r"(?<![\w/.-])((?:boot|kernel|drivers|tests|docs)/[\w./-]+"
                  r"\.(?:c|h|py|ini|mk|md|asm|cfg|yaml|png))\b")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
TARGET = re.compile(r"(?:^    |`)make ([a-z][a-z-]*)(?![\w/-])", re.M)
OF_LINUX = {"drivers/ntb/msi.c", "kernel/irq/msi.c"}


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def pages():
    return ["README.md"] + sorted(f"docs/{os.path.basename(path)}"
                                  for path in glob.glob(f"{ROOT}/docs/*.md"))


class Documents(unittest.TestCase):
    def test_files(self):
        self.assertEqual([(page, name) for page in pages() for name in FILE.findall(read(page))
                          if not os.path.exists(f"{ROOT}/{name}") and "NAME" not in name
                          and name not in OF_LINUX], [])

    def test_links(self):
        linked = {os.path.normpath(os.path.join(os.path.dirname(page), name))
                  for page in pages() for name in LINK.findall(read(page))}
        self.assertEqual([name for name in sorted(linked) if not os.path.exists(f"{ROOT}/{name}")], [])
        self.assertEqual([page for page in pages()[1:] if page not in linked], [], "nobody leads there")

    def test_targets(self):
        rules = "".join(map(read, ["Makefile", *(os.path.relpath(path, ROOT) for path in
                                                 glob.glob(f"{ROOT}/boot/**/*.mk", recursive=True) +
                                                 glob.glob(f"{ROOT}/tests/**/*.mk", recursive=True))]))
        known = set(re.findall(r"^([a-z][a-z-]*)(?= ?:(?!=))", rules, re.M))
        self.assertEqual([(page, name) for page in pages() for name in TARGET.findall(read(page))
                          if name not in known and not name.startswith("fuzz-")], [])


class Options(unittest.TestCase):
    """docs/options.md against kernel/options.c."""

    def setUp(self):
        source = read("kernel/options.c")
        self.names = re.findall(r'^ +\{"(\w+)", (?:true|false), set_\w+, ', source, re.M)
        self.defaults = dict(re.findall(r"^\t +\.(\w+) = ([^,]+),$",
                                        source[:source.index("static int")], re.M))
        table = read("docs/options.md").split("| option |")[1]
        self.rows = {name: default.strip() for name, default in re.findall(
            r"^\| `(\w+)[^|`]*(?:\\\|[^|`]*)*` \|([^|]*)\|", table, re.M)}

    def test_names(self):
        self.assertGreater(len(self.names), 10)
        self.assertEqual(sorted(self.rows), sorted(self.names))

    def test_defaults(self):
        self.assertGreater(len(self.defaults), 5)
        for name, default in self.defaults.items():
            word = {"true": "on", "false": "off"}.get(default, default.strip('"'))
            self.assertEqual(self.rows[name].strip("`"), word, name)

    def test_the_menu_names_them(self):
        menu = read("boot/grub.cfg").split("docs/options.md")[0]
        self.assertEqual([name for name in self.names if name != "marks"
                          and not re.search(rf"^#   {name}\b", menu, re.M)], [])

    def test_each_entry_of_the_menu_shows_its_options(self):
        entries = re.findall(r'menuentry "([^"]*)".*\n\s*multiboot2 /boot/retarget\.elf(.*)\n',
                             read("boot/grub.cfg"))
        self.assertGreater(len(entries), 10)
        for title, line in entries:
            options = " ".join(word for word in line.split() if word != "after=prompt")
            self.assertTrue(title.endswith(f"  ({options})") if options else "  (" not in title, title)
            self.assertLess(len(title), 76, "GRUB cuts it off")


if __name__ == "__main__":
    unittest.main()
