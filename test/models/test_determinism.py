"""The same input gives the same bytes: twice, with other thread counts, in another locale."""

import os
import subprocess
import sys

import pytest
import tools
import zoo

# A locale with a decimal comma, and one in which the capital of "i" is not "I".
LOCALES = ["de_DE", "tr_TR"]

# A program of a user's may have chosen its locale; ours never do, so this does it for them.
CHOOSE_LOCALE = """
#include <locale.h>
#include <stdlib.h>
__attribute__((constructor)) static void choose(void) {
  if (!setlocale(LC_ALL, ""))
    abort();
}
"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """Environments to run in. The locales are made here: a fresh machine has none."""
    folder = tmp_path_factory.mktemp("locales")
    for name in LOCALES:
        subprocess.run(
            ["localedef", "-i", name, "-f", "UTF-8", folder / f"{name}.UTF-8"],
            check=True, capture_output=True,
        )  # fmt: skip
    (folder / "choose.c").write_text(CHOOSE_LOCALE)
    library = folder / "choose.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, folder / "choose.c"], check=True)

    def locale(name):
        full = f"{name}.UTF-8"
        return {"LOCPATH": str(folder), "LD_PRELOAD": str(library), "LC_ALL": full, "LANG": full}

    return [
        {"OMP_NUM_THREADS": "1", "LC_ALL": "C"},
        {"OMP_NUM_THREADS": "4", "TZ": "Asia/Tokyo", **locale("de_DE")},
        {"OMP_NUM_THREADS": "2", **locale("tr_TR")},
    ]


def test_the_locales_are_real(settings):
    """What a C program prints in them."""
    script = (
        "import ctypes; c = ctypes.CDLL(None); text = ctypes.create_string_buffer(9);"
        "c.snprintf(text, 9, b'%.1f', ctypes.c_double(1.5)); print(text.value.decode())"
    )
    printed = [
        subprocess.run(
            [sys.executable, "-c", script],
            env=dict(os.environ, **environment), check=True, capture_output=True, text=True,
        ).stdout.strip()
        for environment in settings
    ]  # fmt: skip
    assert printed == ["1.5", "1,5", "1,5"]


def files(path):
    """{relative name: bytes} of a file or a folder."""
    if path.is_dir():
        return {str(f.relative_to(path)): f.read_bytes() for f in sorted(path.rglob("*")) if f.is_file()}
    return {"": path.read_bytes()}


def run_everywhere(settings, folder, name, *arguments, suffix=""):
    """The files that each setting makes; the output's own name must not get into them."""
    results = []
    for i, environment in enumerate(settings):
        (folder / str(i)).mkdir()
        out = folder / str(i) / f"output{i}{suffix}"
        tools.tool(name, *arguments, "-o", out, environment=environment)
        results.append(files(out))
    assert results[0], "nothing was written"
    for other in results[1:]:
        assert results[0].keys() == other.keys()
        different = [f for f in results[0] if results[0][f] != other[f]]
        assert not different


@pytest.mark.parametrize("name", ["digits", "inception_v3"])
@pytest.mark.parametrize("command", ["convert", "build", "freeze"])
@pytest.mark.parametrize("kind", ["graphdef", "saved_model"])
def test_same_bytes(command, kind, name, settings, tmp_path):
    model = getattr(zoo, kind)(name, 1)
    is_graph = command == "freeze" or (command == "convert" and kind == "graphdef")
    run_everywhere(settings, tmp_path, "graft", command, model, suffix=".pb" if is_graph else "")


def test_same_text(settings, tmp_path):
    """A graph that is read from text, as IR that is printed: both are full of decimal points."""
    graph = zoo.graphdef("digits", text=True)
    run_everywhere(settings, tmp_path, "graft-translate", "--graphdef-to-mlir", graph, suffix=".mlir")


def test_same_report(settings, tmp_path):
    """What is told of a plan, to people and to programs."""
    plan = tmp_path / "m.plan"
    tools.tool("graft", "build", zoo.graphdef("digits"), "-o", plan)
    for option in ([], ["--json"]):
        reports = {
            tools.tool("graft", "inspect", plan, *option, environment=environment).out
            for environment in settings
        }
        assert len(reports) == 1
