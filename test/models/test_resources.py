"""What runs out, is interrupted or is in the way: one line, the right code, nothing left behind."""

import os
import pathlib
import resource
import shutil
import signal
import subprocess
import time
import zipfile

import numpy as np
import pytest
import tools
import zoo
from generated import AttrValue, node, placeholder, shape, tensor_attr
from tensorflow.core.framework import graph_pb2, types_pb2

F = types_pb2.DT_FLOAT
MB = 1 << 20


@pytest.fixture(scope="module")
def things(tmp_path_factory):
    """One file of each kind that Graft writes, and its inputs."""
    folder = tmp_path_factory.mktemp("things")
    shutil.copy(zoo.graphdef("digits"), folder / "model.pb")
    np.savez(folder / "arrays.npz", **zoo.inputs("digits", 1))
    tools.tool("graft", "build", folder / "model.pb", "-o", folder / "plan")
    tools.tool("graft", "build", folder / "model.pb", "-o", folder / "p2", "--tune", "--timing-cache", folder / "times")
    tools.tool("graft", "calibrate", folder / "model.pb", "--data", folder / "arrays.npz", "-o", folder / "table")
    tools.tool("graft", "convert", folder / "model.pb", "-o", folder / "c.pb", "--report", folder / "report")
    tools.tool("graft", "inspect", folder / "plan", "--html", folder / "page")
    tools.tool("graft-translate", "--graphdef-to-mlir", folder / "model.pb", "-o", folder / "module.mlir")
    (folder / "text").write_text("my notes: {}\n")
    with zipfile.ZipFile(folder / "model.keras", "w") as archive:
        archive.writestr("metadata.json", "{}")
    return folder


def start(*command, limits=None, **options):
    """A program of Graft's, with limits on its resources."""

    def prepare():
        for kind, value in (limits or {}).items():
            resource.setrlimit(kind, (value, value))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    return subprocess.Popen(
        [str(tools.BIN / command[0]), *map(str, command[1:])],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=prepare,
        env=dict(os.environ, OMP_NUM_THREADS="1"), **options,
    )  # fmt: skip


def finish(process, timeout=120):
    out, err = process.communicate(timeout=timeout)
    return process.returncode, out, err


def one_line(err):
    # The C library has a line of its own where it aborts for a few bytes.
    lines = [line for line in err.splitlines() if not line.startswith("Fatal glibc error: ")]
    assert len(lines) == 1 and len(lines[0]) < 600, err[-2000:]
    return lines[0]


def temporaries(folder):
    return [path for path in pathlib.Path(folder).iterdir() if path.name.startswith(".graft-")]


# ---- limits ----------------------------------------------------------------


def sweep(command, kind, values, folder):
    """The exit codes of a command under each limit; every failure is one line and leaves no file."""
    codes = []
    for value in values:
        out = folder / "out"
        out.mkdir()
        code, _, err = finish(start(*command(out), limits={kind: value}))
        codes.append(code)
        if code != 0:
            assert code == 5, f"limit {value}: exit {code}\n{err[-2000:]}"
            one_line(err)
            assert not list(out.iterdir()), f"limit {value}: left {list(out.iterdir())}"
        shutil.rmtree(out)
    return codes


COMMANDS = {
    "convert": lambda t: lambda out: ("graft", "convert", t / "model.pb", "-o", out / "m.pb"),
    "build": lambda t: lambda out: ("graft", "build", t / "model.pb", "-o", out / "m.plan", "--threads", 1),
    "run": lambda t: lambda out: ("graft", "run", t / "plan", "--inputs", t / "arrays.npz", "--outputs", out / "o.npz", "--threads", 1),
    "import": lambda t: lambda out: ("graft-translate", "--graphdef-to-mlir", t / "model.pb", "-o", out / "m.mlir"),
}


def loaded_bytes(name):
    """The least address space that the program's libraries leave of it."""
    low, high = 16 * MB, 4096 * MB
    while high - low > MB // 16:
        middle = (low + high) // 2
        code, _, _ = finish(start(name, "--version", limits={resource.RLIMIT_AS: middle}))
        low, high = (low, middle) if code == 0 else (middle, high)
    return high


@pytest.mark.parametrize("name", COMMANDS)
def test_memory(name, things, tmp_path):
    command = COMMANDS[name](things)
    least = loaded_bytes(command(tmp_path)[0])
    codes = sweep(command, resource.RLIMIT_AS, [least + i * 3 * MB for i in range(0, 24)], tmp_path)
    assert 5 in codes


@pytest.mark.parametrize("name", COMMANDS)
def test_file_size(name, things, tmp_path):
    codes = sweep(COMMANDS[name](things), resource.RLIMIT_FSIZE, [0, 1, 100, 1 << 40], tmp_path)
    assert codes == [5, 5, 5, 0]


@pytest.mark.parametrize("name", COMMANDS)
def test_open_files(name, things, tmp_path):
    """The system's loader takes one beyond the standard three, before the program starts."""
    codes = sweep(COMMANDS[name](things), resource.RLIMIT_NOFILE, [4, 5, 6, 1024], tmp_path)
    assert codes[-1] == 0


# ---- signals ---------------------------------------------------------------


def interrupted(number, model, folder):
    """The exit code of a build that got the signal while it wrote its plan."""
    for _ in range(20):
        process = start("graft", "build", model, "-o", folder / "m.plan")
        while process.poll() is None and not temporaries(folder):
            time.sleep(0.001)
        process.send_signal(number)
        code, _, err = finish(process)
        if code != 0:
            return process, code
        (folder / "m.plan").unlink()  # it was faster
    raise AssertionError("no build was interrupted")


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A SavedModel that takes a while to be written: its weights are an asset and a constant."""
    path = tmp_path_factory.mktemp("large") / "model.pb"
    graph = graph_pb2.GraphDef()
    graph.versions.producer = 1882
    placeholder(graph, shape=AttrValue(shape=shape(1, 2048)))
    before = "x"
    for i in range(12):
        weights = np.full((2048, 2048), 0.001 + i, "f4").tobytes()
        node(graph, f"w{i}", "Const", dtype=F, value=tensor_attr(F, (2048, 2048), tensor_content=weights))
        node(graph, f"y{i}", "MatMul", [before, f"w{i}"], T=F, transpose_a=AttrValue(b=False), transpose_b=AttrValue(b=False))
        before = f"y{i}"
    path.write_bytes(graph.SerializeToString())
    return path


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_while_writing(number, large, tmp_path):
    _, code = interrupted(number, large, tmp_path)
    assert code == -number
    assert not list(tmp_path.iterdir())


def test_ignored_signals_stay_ignored(things, tmp_path):
    """As under nohup."""
    command = [tools.BIN / "graft", "build", things / "model.pb", "-o", tmp_path / "m.plan"]
    # Ignored before the program begins, so that no signal comes too early.
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        process = subprocess.Popen(list(map(str, command)), stderr=subprocess.PIPE)
    finally:
        signal.signal(signal.SIGHUP, before)
    while process.poll() is None:
        process.send_signal(signal.SIGHUP)
        time.sleep(0.01)
    assert process.returncode == 0
    process.communicate()


def test_what_a_killed_process_left(large, things, tmp_path):
    """SIGKILL cannot be handled; the next run in the folder removes what is left, and only that."""
    process, _ = interrupted(signal.SIGKILL, large, tmp_path)
    assert len(temporaries(tmp_path)) == 1
    own = tmp_path / f".graft-{os.getpid()}-0.tmp"  # of a process that lives
    own.write_text("x")
    others = [tmp_path / ".graft-x-0.tmp", tmp_path / f".graft-{process.pid}-0.tmp.pb", tmp_path / ".graft-1.tmp"]
    for path in others:
        path.write_text("x")
    tools.tool("graft", "build", things / "model.pb", "-o", tmp_path / "m.plan")
    assert sorted(tmp_path.iterdir()) == sorted([own, *others, tmp_path / "m.plan"])


# ---- outputs ---------------------------------------------------------------

OUTPUTS = {
    "plan": lambda t, out: ("graft", "build", t / "model.pb", "-o", out),
    "times": lambda t, out: ("graft", "build", t / "model.pb", "-o", t / "p3", "--tune", "--timing-cache", out),
    "model.pb": lambda t, out: ("graft", "freeze", t / "model.pb", "-o", out),
    "c.pb": lambda t, out: ("graft", "convert", t / "model.pb", "-o", out),
    "table": lambda t, out: ("graft", "calibrate", t / "model.pb", "--data", t / "arrays.npz", "-o", out),
    "report": lambda t, out: ("graft", "convert", t / "model.pb", "-o", t / "c2.pb", "--report", out),
    "arrays.npz": lambda t, out: ("graft", "run", t / "plan", "--inputs", t / "arrays.npz", "--outputs", out),
    "page": lambda t, out: ("graft", "inspect", t / "plan", "--html", out),
    "module.mlir": lambda t, out: ("graft-translate", "--graphdef-to-mlir", t / "model.pb", "-o", out),
}
SAME = [{"model.pb", "c.pb"}]


@pytest.mark.parametrize("kind", OUTPUTS)
def test_output_replaces_its_own_kind_alone(kind, things, tmp_path):
    for other in [*OUTPUTS, "text", "model.keras"]:
        out = tmp_path / "out"
        shutil.copy(things / other, out)
        before = out.read_bytes()
        done = tools.tool(*OUTPUTS[kind](things, out), check=False)
        if other == kind or {other, kind} in SAME:
            assert done.code == 0, done.err
        else:
            assert done.code == 1, f"{kind} over {other}: exit {done.code} {done.err}"
            assert "exists and is not" in one_line(done.err)
            assert out.read_bytes() == before
    (tmp_path / "out").write_bytes(b"")  # as mktemp leaves it
    tools.tool(*OUTPUTS[kind](things, tmp_path / "out"))


def test_the_longest_names(things, tmp_path):
    for length in (250, 255):
        out = tmp_path / ("n" * length)
        tools.tool("graft", "build", things / "model.pb", "-o", out)
        assert out.exists()
    done = tools.tool("graft", "build", things / "model.pb", "-o", tmp_path / ("n" * 256), check=False)
    assert done.code == 1 and "File name too long" in one_line(done.err)


# ---- inputs ----------------------------------------------------------------


def bomb(path, name, dims):
    """Zeros that a small archive inflates to."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(f"{name}.npy", "w", force_zip64=True) as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": dims})
        left = 4 * int(np.prod(dims))
        while left:
            left -= file.write(bytes(min(left, 16 * MB)))


@pytest.mark.parametrize("command", ["run", "bench", "compare", "calibrate"])
def test_archive_that_inflates(command, things, tmp_path):
    """An input of the wrong size is refused by its header."""
    (name,) = zoo.inputs("digits", 1)
    bomb(tmp_path / "bomb.npz", name, (1, 512 * 64 * 1024 // 4))
    data = tmp_path / "bomb.npz"
    arguments = {
        "run": (things / "plan", "--inputs", data, "--outputs", tmp_path / "o.npz"),
        "bench": (things / "plan", "--inputs", data),
        "compare": (things / "plan", things / "plan", "--inputs", data),
        "calibrate": (things / "model.pb", "--data", data, "-o", tmp_path / "t"),
    }[command]
    limits = {resource.RLIMIT_AS: loaded_bytes("graft") + 400 * MB}
    code, _, err = finish(start("graft", command, *arguments, limits=limits))
    assert code == 2, err
    assert f"input '{name}' must be" in one_line(err)


def test_pattern_of_groups(things, tmp_path):
    """A regular expression must not cost a stack, nor all memory."""
    for pattern in ("(" * 50000 + ")" * 50000, "((((a{200}){200}){200}){200}){200}", "[" * 100000):
        done = tools.tool(
            "graft", "build", things / "model.pb", "-o", tmp_path / "m", "--precision", "bf16", "--keep-wide", pattern,
            check=False, timeout=30,
        )  # fmt: skip
        assert done.code in (1, 2), done.err
        assert "regular expression" in one_line(done.err)
    assert not list(tmp_path.iterdir())


def test_input_cut_short_while_it_is_read(large, tmp_path):
    """Another process truncates the model: the line names it, or nothing was missed."""
    seen = set()
    size = large.stat().st_size
    for i in range(12):
        model = tmp_path / "model.pb"
        shutil.copy(large, model)
        process = start("graft", "build", model, "-o", tmp_path / "m.plan")
        time.sleep(0.02 * i)
        os.truncate(model, size // 3)
        code, _, err = finish(process)
        seen.add(code)
        assert code in (0, 4), err
        if code == 4:
            assert "model.pb" in one_line(err)
        assert not temporaries(tmp_path)
        (tmp_path / "m.plan").unlink(missing_ok=True)
    assert 4 in seen
