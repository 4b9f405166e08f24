# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""scripts/words.py: what it finds in pages, comments and commits, and what it leaves alone."""

import pathlib
import subprocess
import sys

import pytest

SCRIPTS = pathlib.Path(__file__).parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))

import words  # noqa: E402

FOUND = [
    ("products of codes of 8 bits", "int8"), ("convolutions of halves", "bf16"), ("a kernel of codes", "quantized"),
    ("the numbers that they stand for", "dequantized"), ("the steps behind a product", "epilogue"),
    ("a team waits", "worker pool"), ("what each layer loses", "quantization error"), ("what it loses", "loss"),
    ("the border of the C interface", "C API guard"), ("activations ride on poolings", "fused"),
    ("the provider's word for a layout", "layout name"), ("the machine has two gaits", "clock"),
    ("a layout that the kernel wants", "requires"), ("the kernel of Linux counts", "OS kernel"),
    ("a bug that was mended", "fixed"), ("the table has grown", "extended"), ("as was seen before", "verified"),
]  # fmt: skip
FINE = [
    "exit codes, and the codes of a report", "the exit code says", "the first half", "numbers of layers",
    "the exit code of int8 builds", "the two halves of a vector", "fp16 halves the plan", "a GEMM of uint8 values",
    "steps of a progress line", "what steam does", "the loss of a layer", "the border of an image",
    "an override of the default", "a wanted name", "a given shape", "the user wants it", "a compute kernel",
    "int8 values, bf16 values, an epilogue, the worker pool",
]  # fmt: skip


@pytest.mark.parametrize("text, better", FOUND)
def test_finds(text, better):
    ((_, say),) = words.findings(text)
    assert better in say


@pytest.mark.parametrize("text", FINE)
def test_leaves_alone(text):
    assert not words.findings(text)


def test_comments_alone_of_sources():
    assert words.comment_of("int team = 0; // a team of threads") == " // a team of threads"
    assert words.comment_of("/// Lends threads.") == "/// Lends threads."
    assert words.comment_of("    halves = 2  # two halves") == " # two halves"
    assert not words.comment_of('std::string team = "a team";')
    # What was seen so far is a variable's business.
    assert not words.findings("Whether the value was seen", is_page=False)


def test_new_lines_alone(tmp_path):
    def git(*arguments):
        who = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
        subprocess.run(["git", *who, *arguments], cwd=tmp_path, check=True, capture_output=True)

    def check():
        done = subprocess.run(
            [sys.executable, SCRIPTS / "words.py", "base"], cwd=tmp_path, capture_output=True, text=True
        )
        return done.returncode, done.stderr

    git("init", "-q")
    (tmp_path / "page.md").write_text("The old team stays.\n")
    git("add", ".")
    git("commit", "-q", "-m", "Begin")
    git("tag", "base")
    assert check() == (0, "")
    (tmp_path / "page.md").write_text("The old team stays.\n\nA new team waits.\n")
    (tmp_path / "a.cpp").write_text("int team; // no halves\n")
    git("add", ".")
    git("commit", "-q", "-m", "Say what was mended")
    code, text = check()
    assert code == 1
    assert text.splitlines() == [
        "page.md:3: 'team'; say: worker pool, borrowed threads",
        "a.cpp:1: 'halves'; say: bf16 or f16, 16-bit floats",
        "commit message: 'mended'; say: extended, fixed, verified",
    ]


def test_whole_tree(tmp_path):
    def git(*arguments):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q")
    (tmp_path / "page.md").write_text("A worker pool.\n")
    (tmp_path / "CHANGELOG.md").write_text("The old team.\n")
    (tmp_path / "a.cpp").write_text("int team;\n\n/// A kernel of codes.\n")
    git("add", ".")
    (tmp_path / "other.md").write_text("A team that git does not know.\n")
    command = [sys.executable, SCRIPTS / "words.py", "--all"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == "a.cpp:3: 'kernel of codes'; say: int8 or uint8 values, quantized values\n"
