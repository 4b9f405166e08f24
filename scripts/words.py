#!/usr/bin/env python3
# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""words.py BASE|--all: words of Graft's own where the field has a term.

BASE checks what was written since BASE: added lines of pages and of comments, and commit messages. --all checks the
pages and the comments of all tracked files. One line for each finding, and exit code 1 if there are any.
"""

import pathlib
import re
import subprocess
import sys

PAGES = ("*.md",)
SOURCES = ("*.cpp", "*.h", "*.c", "*.td", "*.py", "*.cmake", "*.mlir", "*.test", "CMakeLists.txt")
# The words themselves; and what --all leaves to history.
LISTS = re.compile(r"(?:^|/)(?:test_)?words\.py$")
HISTORY = re.compile(r"(?:^|/)CHANGELOG\.md$")
_SUBJECT = (
    r"(?:code|compiler|engine|executor|function|graph|importer|kernel|layer|library|node|operator|pass|plan|"
    r"program|provider|runtime|table|tactic|test|tool)s?"
)

# (what is found, what the field says, whether only pages and commits must not have it)
WORDS = [
    (
        r"8-bit codes|(?<!exit )(?<!error )\bcodes? of (?:8 bits|u?int8|[iu]8)|codes? stands? for|dequantized codes"
        r"|(?:kernels?|means?|pooling|products?|residuals?|rows?|sums?|tiles?|windows?|words?) of codes",
        "int8 or uint8 values, quantized values",
        False,
    ),
    (r"(?<!two )(?<!both )\bhalves\b(?! (?:of|the)\b)", "bf16 or f16, 16-bit floats", False),
    (
        r"(?:real )?numbers (?:that (?:they|it|values|codes)|(?:codes|values)) (?:stands? for|mean)"
        r"|(?:real )?numbers behind (?:codes|values)",
        "real values, dequantized values",
        False,
    ),
    (r"steps? behind (?:a|the) (?:product|convolution)|steps of an? (?:product|convolution)", "epilogue", False),
    (r"\bteams?\b|\blent threads?\b|\blends? threads?\b", "worker pool, borrowed threads", False),
    (
        r"what (?:(?:a|the|each) )?(?:layers?|outputs?|it|that) loses?\b|\blayers? loses?\b|\bloses? most\b",
        "quantization error, measured loss",
        False,
    ),
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


def tracked(patterns):
    """(file, line number, text) of each line of the tracked files."""
    command = ["git", "ls-files", "-z", "--", *patterns]
    out = subprocess.run(command, check=True, capture_output=True, text=True, errors="replace").stdout
    for file in filter(None, out.split("\0")):
        path = pathlib.Path(file)
        if path.is_file() and not HISTORY.search(file):
            for number, text in enumerate(path.read_text(errors="replace").split("\n"), 1):
                yield file, number, text


def check(lines):
    """[(where, what was found, what to say)] of lines(patterns)."""
    found = []
    for patterns, is_page in ((PAGES, True), (SOURCES, False)):
        for file, number, text in lines(patterns):
            if not LISTS.search(file):
                text = text if is_page else comment_of(text)
                found += [(f"{file}:{number}", *each) for each in findings(text, is_page)]
    return found


def check_commits(base):
    """The same of the messages of the commits since BASE."""
    commits = ["git", "log", "--format=%h %s%n%b", f"{base}..HEAD"]
    out = subprocess.run(commits, check=True, capture_output=True, text=True, errors="replace").stdout
    return [("commit message", *each) for line in out.splitlines() for each in findings(line)]


def main(base):
    if base == "--all":
        found = check(tracked)
    else:
        found = check(lambda patterns: added(base, patterns)) + check_commits(base)
    for where, what, better in found:
        print(f"{where}: '{what}'; say: {better}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: scripts/words.py BASE|--all")
    sys.exit(main(sys.argv[1]))
