"""The stubs are what the extension modules are, and a strict type checker accepts package and use."""

import pathlib
import re
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).parent
PACKAGE = HERE.parents[1] / "python"


@pytest.mark.parametrize("module", ["_runtime", "_compiler"])
def test_stubs_have_not_drifted(module, tmp_path):
    subprocess.run(
        [sys.executable, "-m", "nanobind.stubgen", "-q", "-m", f"graft.{module}",
         "-p", PACKAGE / "stubs.pat", "-o", tmp_path / "stub.pyi"],
        check=True,
    )  # fmt: skip
    made = (tmp_path / "stub.pyi").read_text()
    assert made == (PACKAGE / "graft" / f"{module}.pyi").read_text(), "`ninja graft_stubs` writes it anew"


def mypy(*files, cache):
    return subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", cache, *files],
        cwd=PACKAGE, capture_output=True, text=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("mypy")


def test_a_strict_checker_accepts_the_package_and_its_use(cache):
    done = mypy("-p", "graft", cache=cache)
    assert done.returncode == 0, done.stdout
    done = mypy(HERE / "usage.py", cache=cache)
    assert done.returncode == 0, done.stdout


def test_a_strict_checker_finds_misuse(cache):
    file = HERE / "misuse.py"
    wanted = {n for n, line in enumerate(file.read_text().splitlines(), 1) if line.endswith("# error")}
    done = mypy(file, cache=cache)
    assert {int(n) for n in re.findall(r"misuse\.py:(\d+): error", done.stdout)} == wanted, done.stdout
