"""scripts/test's own summary: what it counts, and that a crash counts as a failure."""

import pathlib
import subprocess
import sys

SUMMARY = pathlib.Path(__file__).parents[1] / "summary.py"


def run(tmp_path, ctest, **results):
    (tmp_path / "ctest.xml").write_text(f"<testsuite>{ctest}</testsuite>")
    for name, text in results.items():
        (tmp_path / f"{name}.xml").write_text(text)
    done = subprocess.run(
        [sys.executable, SUMMARY, tmp_path], capture_output=True, text=True
    )
    return done.returncode, done.stdout.splitlines()


def test_counts_single_cases(tmp_path):
    code, lines = run(
        tmp_path,
        '<testcase name="unit/arena" status="run"/>',
        arena='<testsuites><testsuite><testcase name="a" status="run"/>'
        '<testcase name="b" status="run"/></testsuite></testsuites>',
    )
    assert (code, lines[-1]) == (0, "2 passed, 0 failed")


def test_crash_counts_as_a_failure(tmp_path):
    code, lines = run(tmp_path, '<testcase name="unit/arena" status="fail"/>')
    assert (code, lines) == (1, ["FAILED unit/arena", "0 passed, 1 failed"])


def test_crash_after_some_cases_counts_too(tmp_path):
    code, lines = run(
        tmp_path,
        '<testcase name="models/zoo" status="fail"/>',
        **{"models-zoo": '<testsuite><testcase name="a"/></testsuite>'},
    )
    assert (code, lines[-1]) == (1, "1 passed, 1 failed")


def test_counts_cases_of_nested_entries(tmp_path):
    code, lines = run(
        tmp_path,
        '<testcase name="tensorflow/trt/params" status="run"/>',
        **{"tensorflow-trt-params": '<testsuite><testcase name="a"/><testcase name="b"/></testsuite>'},
    )
    assert (code, lines[-1]) == (0, "2 passed, 0 failed")


def test_skipped_is_neither(tmp_path):
    code, lines = run(
        tmp_path,
        '<testcase name="lit/passes" status="run"/>',
        **{
            "lit-passes": '<testsuite><testcase name="a"/><testcase name="b">'
            "<skipped/></testcase></testsuite>"
        },
    )
    assert (code, lines) == (0, ["1 skipped", "1 passed, 0 failed"])


def test_nothing_run_is_no_success(tmp_path):
    code, lines = run(tmp_path, "")
    assert (code, lines) == (1, ["0 passed, 0 failed"])
