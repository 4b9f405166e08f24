#!/usr/bin/env python3
# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""words.py BASE: words of Graft's own in what was written since BASE, where the field has a term.

Looks at added lines of pages and of comments, and at commit messages; what was there before stays until someone
rewrites it. One line for each finding, and exit code 1 if there are any.
"""

import re
import subprocess
import sys

PAGES = ("*.md",)
SOURCES = ("*.cpp", "*.h", "*.c", "*.td", "*.py", "*.cmake")
_SUBJECT = (
    r"(?:code|compiler|engine|executor|function|graph|importer|kernel|layer|library|node|operator|pass|plan|"
    r"program|provider|runtime|table|tactic|test|tool)s?"
)

# (what is found, what the field says, whether only pages and commits must not have it)
WORDS = [
    (r"codes of 8 bits|8-bit codes|words? of codes|codes? stands? for|dequantized codes", "int8 or uint8 values", False),
    (r"\bhalves\b", "bf16 or f16, 16-bit floats", False),
    (r"numbers that (?:they|it|values) stands? for|(?:real )?numbers behind (?:codes|values)", "dequantized values", False),
    (r"steps? behind (?:a|the) (?:product|convolution)|steps of an? (?:product|convolution)", "epilogue", False),
    (r"\bteams?\b|\blent threads?\b|\blends? threads?\b", "worker pool, borrowed threads", False),
    (r"what (?:a|the|each) layers? loses?|\blayers? loses?\b", "quantization error, measured loss", False),
    (r"borders? of the C (?:API|interface)", "C API guard", False),
    (r"\brid(?:e|es|ing) on\b", "fused into", False),
    (r"provider's words?\b", "the provider's layout name", False),
    (r"\bgaits?\b", "clock frequency, power state", False),
    (rf"\b{_SUBJECT} (?:wants?|asks?|gives?)\b", "requires, queries, returns", False),
    (r"kernel of Linux|Linux'? kernel|Linux's kernel", "the OS kernel", False),
    (r"\bgrown\b|\bmended\b|\bsightings?\b|\b(?:was|were|been|is|are) seen\b", "extended, fixed, verified", True),
]
_PATTERNS = [(re.compile(pattern, re.IGNORECASE), better, page) for pattern, better, page in WORDS]
_COMMENT = re.compile(r"^\s*(?://+|#|\*|/\*)|\s//+ |\s# ")


def findings(text, is_page=True):
    """[(what was found, what to say)] of a line."""
    return [
        (match[0], better)
        for pattern, better, only_pages in _PATTERNS
        if is_page or not only_pages
        for match in [pattern.search(text)]
        if match
    ]


def comment_of(line):
    """The part of a source line that is a comment, or nothing."""
    start = _COMMENT.search(line)
    return line[start.start() :] if start else ""


def added(base, patterns):
    """(file, line number, text) of each line that BASE lacks."""
    command = ["git", "diff", "-U0", "--diff-filter=d", base, "--", *patterns]
    out = subprocess.run(command, check=True, capture_output=True, text=True, errors="replace").stdout
    file, number = "", 0
    for line in out.splitlines():
        if line.startswith("+++ "):
            file = line[6:]
        elif line.startswith("@@"):
            number = int(re.search(r"\+(\d+)", line)[1])
        elif line.startswith("+"):
            yield file, number, line[1:]
            number += 1


def main(base):
    found = []
    for file, number, text in added(base, PAGES):
        found += [(f"{file}:{number}", *each) for each in findings(text)]
    for file, number, text in added(base, SOURCES):
        if file != "scripts/words.py" and not file.endswith("test_words.py"):
            found += [(f"{file}:{number}", *each) for each in findings(comment_of(text), is_page=False)]
    commits = ["git", "log", "--format=%h %s%n%b", f"{base}..HEAD"]
    for line in subprocess.run(commits, check=True, capture_output=True, text=True, errors="replace").stdout.splitlines():
        found += [("commit message", *each) for each in findings(line)]
    for where, what, better in found:
        print(f"{where}: '{what}'; say: {better}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: scripts/words.py BASE")
    sys.exit(main(sys.argv[1]))
