# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""README.md: each of its blocks runs as it stands, its figures are those of docs/benchmarks.md, its picture is drawn."""

import os
import pathlib
import re
import subprocess
import sys
import sysconfig

import pytest

ROOT = pathlib.Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
BUILD = pathlib.Path(os.environ["GRAFT_BIN"]).resolve().parent
# In their order; a new block needs a test of its own.
TRY, INSTALL, PYTHON, SHELL, TF_TRT = re.findall(r"^```(?:sh|python)\n(.*?)^```$", README, re.M | re.S)

pytestmark = pytest.mark.skipif(BUILD != ROOT / "build", reason="README is about the build in build/")


def run(script, folder, **variables):
    done = subprocess.run(
        ["bash", "-ec", script], cwd=folder, env=dict(os.environ, **variables), capture_output=True, text=True
    )
    assert done.returncode == 0, f"{script}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Variables of an environment into which the wheel was installed as README says; TensorFlow and numpy are the
    test environment's, which spares a download."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    (packages,) = folder.glob("lib/python3*/site-packages")
    (packages / "tests.pth").write_text(sysconfig.get_path("purelib") + "\n")
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    variables = {"PATH": path, "PYTHONPATH": "", "GRAFT_BIN": "", "TF_USE_LEGACY_KERAS": "0"}
    run(INSTALL, ROOT, PIP_NO_INDEX="1", PIP_DISABLE_PIP_VERSION_CHECK="1", **variables)
    return variables


@pytest.fixture(scope="module")
def used(installed, tmp_path_factory):
    """The folder in which the program of Python has run."""
    folder = tmp_path_factory.mktemp("use")
    run(f"python - <<'PROGRAM'\n{PYTHON}\nPROGRAM", folder, **installed)
    return folder


def test_the_first_command(tmp_path):
    first, second = (line.split()[0] for line in TRY.splitlines())
    # Whole, it takes minutes: its parts are tested in models/ on the same network.
    assert "--pictures" in run(f"{first} --help", ROOT)
    # The other one runs this test.
    assert second == "scripts/test" and os.access(ROOT / second, os.X_OK)


def test_python(used):
    assert {"converted", "in.npz", "model", "model.plan"} <= {path.name for path in used.iterdir()}
    lines = [line for line in PYTHON.splitlines() if line.strip()]
    assert len(lines) <= 15


def test_shell(installed, used):
    out = run(SHELL, used, **installed)
    assert "with_engines: " in out and "median us" in out and "conv2d" in out and "What to do: " in out
    assert (used / "out.npz").exists() and (used / "report.json").exists()


def test_coming_from_tf_trt(installed, used):
    assert len([line for line in TF_TRT.splitlines() if line.strip()]) <= 5
    run(f"python - <<'PROGRAM'\n{TF_TRT}\nPROGRAM", used, **installed)
    assert b"TRTEngineOp" in (used / "model_trt" / "saved_model.pb").read_bytes()


def figures_of(page):
    """{(model, precision): cells} of the tables with a column of precisions."""
    found, model = {}, ""
    for name, precision, cells in re.findall(r"^\| (\S* ?)\| (fp32|bf16|int8) \| (.*) \|$", page, re.M):
        model = name.strip() or model
        found[model, precision] = cells.split(" | ")
    return found


def test_figures_are_those_of_the_page():
    page = figures_of((ROOT / "docs" / "benchmarks.md").read_text())
    rows = re.findall(r"^\| (\w+)[^|]*\| (\d[^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|$", README, re.M)
    assert len(rows) >= 3
    for model, *cells in rows:
        for precision, pair in zip(("fp32", "bf16", "int8"), zip(cells[::2], cells[1::2])):
            figures = [cell.strip() for cell in pair]
            assert figures == page.get((model, precision), ["", ""]), (model, precision)
    date, revision = re.search(r"Printed on (\d{4}-\d\d-\d\d) at revision ([0-9a-f]{7,})", README).groups()
    done = subprocess.run(
        ["git", "log", "-1", "--format=%as", revision], cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode == 0:  # not in a copy without history
        assert done.stdout.strip() == date


def test_links_lead_somewhere():
    for page in ROOT.glob("*.md"):
        for link in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
            assert ":" in link or (page.parent / link).exists(), f"{page.name}: {link}"


def test_picture(tmp_path):
    """The command draws it again: the same boxes but for the names of kernels, which depend on the processor."""
    run(f"{sys.executable} scripts/picture.py {tmp_path / 'plan.svg'}", ROOT)
    boxes = [
        re.findall(r"<g[^>]*>.*?<text [^>]*>([^<]*)</text>", path.read_text())
        for path in (tmp_path / "plan.svg", ROOT / "docs" / "pictures" / "plan.svg")
    ]
    assert boxes[0] == boxes[1] and len(boxes[0]) > 20
