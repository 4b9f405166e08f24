"""One compiler behind every surface: the C API, C++, Python, an installed package, the command line.

The same model and parameters give the same bytes: of a frozen graph, where each side freezes
itself, and from a SavedModel to the end. GRAFT_ZOO=all takes every model of the zoo.
"""

import filecmp
import os
import shutil
import subprocess
import sys

import api
import numpy as np
import oracle
import protos  # noqa: F401, before TensorFlow's messages
import pytest
import tools
import zoo
from tensorflow.core.framework import graph_pb2

ROOT = api.pathlib.Path(__file__).parents[2]
MODELS = sorted(zoo.MODELS) if os.environ.get("GRAFT_ZOO") == "all" else ["digits", "mobilenet_v2", "resnet50"]


def run(*command, check=True):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    assert not check or done.returncode == 0, f"{command}:\n{(done.stdout + done.stderr)[-4000:]}"
    return done


def files(folder):
    return {str(f.relative_to(folder)): f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()}


@pytest.fixture(scope="module")
def graft():
    return api.Graft()


@pytest.fixture(scope="module")
def package():
    """The Python package of the build."""
    sys.path.insert(0, str(api.PROGRAMS.resolve().parent / "python"))
    try:
        import graft
    finally:
        sys.path.pop(0)
    return graft


def same(got, want, folder):
    """Byte for byte, of graphs or paths; otherwise `graft compare` shows the first difference."""
    paths = []
    for name, model in (("got.pb", got), ("want.pb", want)):
        if not isinstance(model, os.PathLike):
            (folder / name).write_bytes(model)
            model = folder / name
        paths.append(model)
    if paths[0].is_dir() and files(paths[0]) == files(paths[1]):
        return
    if paths[0].is_file() and filecmp.cmp(*paths, shallow=False):
        return
    found = tools.tool("graft", "compare", *paths, "--bytes", "--limit", 1, check=False)
    pytest.fail(f"{found.out}{found.err}")


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The folder of the example's programs, built on an installed Graft."""
    folder = tmp_path_factory.mktemp("installed")
    staged, prefix = folder / "staged", folder / "moved"
    run("cmake", "--install", api.PROGRAMS.resolve().parent, "--prefix", staged)
    staged.rename(prefix)  # a package can be moved
    run("cmake", "-S", ROOT / "examples" / "cpp", "-B", folder / "build", f"-DCMAKE_PREFIX_PATH={prefix}")
    run("cmake", "--build", folder / "build", "--parallel", "2")
    return folder / "build"


def by_command_line(model, folder, suffix=".pb", *flags):
    out = folder / f"cli{suffix}"
    tools.tool("graft", "convert", model, "-o", out, *flags)
    return out


@pytest.mark.parametrize("name", MODELS)
def test_same_bytes_of_a_frozen_graph(name, graft, package, example, tmp_path):
    model = zoo.graphdef(name, 1)
    want = by_command_line(model, tmp_path).read_bytes()
    assert b"TRTEngineOp" in want
    same(graft.call("convert", model), want, tmp_path)
    same(graft.call("convert", model.read_bytes()), want, tmp_path)
    same(bytes(package.convert(model)), want, tmp_path)
    same(bytes(package.convert(model.read_bytes())), want, tmp_path)
    graft.call("convert", model, output=tmp_path / "api.pb")
    same(tmp_path / "api.pb", want, tmp_path)
    run(example / "convert_and_run", model, tmp_path / "cpp.pb", tmp_path / "cpp.plan")
    same(tmp_path / "cpp.pb", want, tmp_path)
    tools.tool("graft", "build", model, "-o", tmp_path / "cli.plan")
    assert (tmp_path / "cpp.plan").read_bytes() == (tmp_path / "cli.plan").read_bytes()


@pytest.mark.parametrize("name", MODELS)
def test_same_bytes_where_each_side_freezes(name, graft, package, example, tmp_path):
    model = zoo.saved_model(name, 1)
    tools.tool("graft", "freeze", model, "-o", tmp_path / "frozen.pb")
    frozen = (tmp_path / "frozen.pb").read_bytes()
    same(graft.call("freeze", model), frozen, tmp_path)
    same(bytes(package.freeze(model)), frozen, tmp_path)
    want = by_command_line(tmp_path / "frozen.pb", tmp_path).read_bytes()
    assert b"TRTEngineOp" in want
    same(graft.call("convert", graft.call("freeze", model)), want, tmp_path)
    same(graft.call("convert", model), want, tmp_path)
    same(bytes(package.convert(package.freeze(model).data)), want, tmp_path)
    same(bytes(package.convert(model)), want, tmp_path)
    run(example / "convert_saved_model", model, tmp_path / "cpp", tmp_path / "cpp.pb")
    same(tmp_path / "cpp.pb", want, tmp_path)


@pytest.mark.parametrize("name", MODELS)
def test_same_bytes_from_a_saved_model_to_the_end(name, graft, package, example, tmp_path):
    model = zoo.saved_model(name, 1)
    want = by_command_line(model, tmp_path, "")
    assert b"TRTEngineOp" in files(want)["saved_model.pb"]
    graft.call("convert", model, output=tmp_path / "api")
    same(tmp_path / "api", want, tmp_path)
    package.convert(model, tmp_path / "python")
    same(tmp_path / "python", want, tmp_path)
    run(example / "convert_saved_model", model, tmp_path / "cpp", tmp_path / "cpp.pb")
    same(tmp_path / "cpp", want, tmp_path)
    # A signature's graph alone.
    graph = by_command_line(model, tmp_path).read_bytes()
    assert b"TRTEngineOp" in graph
    same(graft.call("convert", model), graph, tmp_path)


def test_comparison_with_a_cpp_program(example, tmp_path):
    """docs/examples/conversion_comparison.py, with the C++ side that it is told of."""
    build = api.PROGRAMS.resolve().parent
    program = ROOT / "docs" / "examples" / "conversion_comparison.py"
    done = subprocess.run(
        [sys.executable, program, zoo.saved_model("digits", 1), "--compare", "partial",
         "--cpp", example / "convert_and_run", "--work", tmp_path],
        env=dict(os.environ, PYTHONPATH=str(build / "python"), GRAFT_BIN=str(build / "bin")),
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    for side in ("command line", "c++"):
        assert f"partial  python | {side}: identical bytes" in done.stdout


def test_parameters_reach_the_compiler(graft, tmp_path):
    model = zoo.graphdef("digits", 1)
    flags = ["--deny", "Relu,MaxPool", "--minimum-segment-size", 2]
    want = by_command_line(model, tmp_path, ".pb", *flags).read_bytes()
    assert graft.call("convert", model, deny="Relu,MaxPool", minimum_segment_size=2) == want
    assert graft.call("convert", model) != want


@pytest.mark.parametrize("attribute", ["dilations", "_grafted_by_a_user"])
def test_one_attribute_more_is_seen(attribute, graft, tmp_path):
    """The check above is no tautology: one attribute of one node tells two graphs apart, in
    an engine or on a native node."""
    model = zoo.graphdef("digits", 1).read_bytes()
    graph = graph_pb2.GraphDef.FromString(model)
    if attribute == "dilations":
        node = next(n for n in graph.node if n.op == "Conv2D")
        node.attr[attribute].list.i[1:3] = [2, 2]
    else:
        node = next(n for n in graph.node if n.op == "Placeholder")
        node.attr[attribute].i = 1
    changed = graft.call("convert", graph.SerializeToString(deterministic=True))
    with pytest.raises(pytest.fail.Exception, match="differ in [1-9]"):
        same(changed, graft.call("convert", model), tmp_path)


def test_example_answers_like_tensorflow(example, tmp_path):
    model = zoo.graphdef("digits", 1)
    inputs = zoo.inputs("digits", 1, seed=11)
    answer = oracle.ask(model, inputs)
    (array,), ((name, want),) = inputs.values(), answer.outputs.items()
    (tmp_path / "input").write_bytes(np.ascontiguousarray(array).tobytes())
    converted, plan = tmp_path / "converted.pb", tmp_path / "digits.plan"
    done = run(example / "convert_and_run", model, converted, plan, tmp_path / "input", tmp_path / "output")
    assert "1 of them engines" in done.stdout
    got = np.frombuffer((tmp_path / "output").read_bytes(), want.dtype).reshape(want.shape)
    assert oracle.distance({name: got}, {name: want}) <= answer.tolerance

    listed = run(example / "run_plan", plan).stdout
    assert "ran " in listed and "input " in listed
    plan.write_bytes(plan.read_bytes()[:-100])
    broken = run(example / "run_plan", plan, check=False)
    assert broken.returncode == 1 and "digits.plan" in broken.stderr


def test_runtime_alone_needs_no_compiler(example):
    """A program on Graft::runtime loads neither LLVM nor protobuf."""
    loaded = run("ldd", example / "run_plan").stdout
    assert "libgraft_runtime.so" in loaded
    for library in ("libMLIR", "libLLVM", "libprotobuf", "not found"):
        assert library not in loaded
    assert "not found" not in run("ldd", example / "convert_and_run").stdout


def test_exports_its_interface_only():
    listed = run(shutil.which("nm") or "llvm-nm-22", "-D", "--defined-only", api.LIBRARY).stdout
    symbols = [line.split()[-1] for line in listed.splitlines()]
    assert "graft_convert" in symbols and "graft_context_run" in symbols
    assert [s for s in symbols if not s.startswith("graft_")] == []


IN_TENSORFLOW = """
import sys
import api
import numpy as np
order, model, engine = sys.argv[1:]
if order == "before":
    graft = api.Graft()
    graft.call("convert", model)
import tensorflow as tf
assert float(tf.reduce_sum(tf.ones([3]))) == 3
if order == "after":
    graft = api.Graft()
converted = graft.call("convert", model)
with open(engine, "wb") as file:
    file.write(converted)
# TensorFlow still works, MLIR and protobuf of its own included.
graph = tf.compat.v1.GraphDef.FromString(converted)
assert any(node.op == "TRTEngineOp" for node in graph.node)
print(float(tf.function(lambda x: x * 2, jit_compile=False)(tf.constant(4.0))))
"""


@pytest.mark.parametrize("order", ["before", "after"])
def test_lives_beside_tensorflow(order, tmp_path):
    model = zoo.graphdef("digits", 1)
    script = tmp_path / "script.py"
    script.write_text(IN_TENSORFLOW)
    environment = dict(os.environ, PYTHONPATH=str(ROOT / "test" / "models"), TF_CPP_MIN_LOG_LEVEL="3")
    done = subprocess.run(
        [sys.executable, script, order, model, tmp_path / "in_tensorflow.pb"],
        env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    assert done.stdout.strip() == "8.0"
    want = by_command_line(model, tmp_path).read_bytes()
    assert (tmp_path / "in_tensorflow.pb").read_bytes() == want
