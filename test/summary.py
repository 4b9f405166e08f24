"""Adds up the XML results of one test run and prints "N passed, N failed".

lit, GoogleTest and pytest each leave a JUnit file with their single cases. ctest's
own file says which programs failed; one that failed without a failed case of its own
(it crashed, or timed out) counts as one more failure.
"""

import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def cases(path):
    """Yields (name, state) of each case in a JUnit file."""
    for case in ElementTree.parse(path).iter("testcase"):
        name = f"{case.get('classname', '')}.{case.get('name', '')}"
        if case.find("failure") is not None or case.find("error") is not None:
            yield name, "failed"
        elif case.find("skipped") is not None or case.get("status") == "notrun":
            yield name, "skipped"
        else:
            yield name, "passed"


def program_of(ctest_name):
    """The result file that a ctest entry leaves."""
    kind, _, name = ctest_name.partition("/")
    return name if kind == "unit" else f"{kind}-{name}".replace("/", "-")


def main(folder):
    folder = pathlib.Path(folder)
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    failures = []
    for case in ElementTree.parse(folder / "ctest.xml").iter("testcase"):
        program = case.get("name")
        state = "failed" if case.get("status") in ("fail", "failed") else "passed"
        if case.get("status") in ("notrun", "disabled"):
            state = "skipped"
        result = folder / f"{program_of(program)}.xml"
        single = []
        if result.exists():
            try:
                single = list(cases(result))
            except ElementTree.ParseError:
                state = "failed"
        for name, single_state in single:
            counts[single_state] += 1
            if single_state == "failed":
                failures.append(f"{program}: {name}")
        explained = any(s == "failed" for _, s in single)
        if not single:
            counts[state] += 1
        elif state == "failed" and not explained:
            counts["failed"] += 1
        if state == "failed" and not explained:
            failures.append(program)

    for failure in failures:
        print("FAILED", failure)
    if counts["skipped"]:
        print(f"{counts['skipped']} skipped")
    print(f"{counts['passed']} passed, {counts['failed']} failed")
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
