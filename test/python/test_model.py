"""convert, build, freeze and summarize: the same bytes as the program's, reports, errors, interrupts."""

import os
import pathlib
import signal
import threading
import time

import graft
import numpy as np
import pytest
import tensorflow as tf
import tools
import zoo
from graphs import graph


@pytest.fixture(scope="module")
def frozen():
    return zoo.graphdef("digits", batch=None)


@pytest.fixture(scope="module")
def saved():
    return zoo.saved_model("digits", batch=None)


def tree(folder):
    folder = pathlib.Path(folder)
    return {str(f.relative_to(folder)): f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()}


def test_the_programs_bytes(frozen, saved, tmp_path):
    tools.tool("graft", "convert", frozen, "-o", tmp_path / "program.pb")
    want = (tmp_path / "program.pb").read_bytes()
    assert bytes(graft.convert(frozen)) == want
    assert bytes(graft.convert(frozen.read_bytes())) == want
    assert bytes(graft.convert(frozen, tmp_path / "package.pb")) == want

    tools.tool("graft", "build", frozen, "-o", tmp_path / "program.plan", "--shapes", "x=1..4x8x8x1")
    want = (tmp_path / "program.plan").read_bytes()
    assert bytes(graft.build(frozen, shapes={"x": [(1, 4), 8, 8, 1]})) == want

    tools.tool("graft", "freeze", saved, "-o", tmp_path / "frozen.pb")
    assert bytes(graft.freeze(saved)) == (tmp_path / "frozen.pb").read_bytes()

    tools.tool("graft", "convert", saved, "-o", tmp_path / "program")
    graft.convert(saved, tmp_path / "package")
    assert tree(tmp_path / "program") == tree(tmp_path / "package")


def test_a_graphdef_has_no_checkpoint(tmp_path):
    """Neither form writes a GraphDef with a variable, which would have no value there."""
    module = tf.Module()
    module.count = tf.Variable(5.0)
    module.call = tf.function(
        lambda x: {"y": tf.nn.softmax(tf.nn.relu(x) + 1.0) * module.count.assign_add(1.0)},
        input_signature=[tf.TensorSpec([None, 6], name="x")],
    )
    path = tmp_path / "model"
    tf.saved_model.save(module, path, signatures={"serving_default": module.call})
    said = []
    for command in ("freeze", "convert"):
        done = tools.tool("graft", command, path, "-o", tmp_path / "out.pb", check=False)
        assert done.code == 1 and not (tmp_path / "out.pb").exists()
        said.append(done.err)
    assert said[0] == said[1] and "must have a value in the checkpoint and be only read" in said[0]
    with pytest.raises(graft.Error, match="must have a value in the checkpoint"):
        graft.convert(path)
    graft.convert(path, tmp_path / "converted")  # a SavedModel keeps it


def test_a_report_that_cannot_be_written_is_the_first_thing_to_say(frozen, tmp_path):
    (tmp_path / "folder").mkdir()
    for report, code in ((tmp_path / "none" / "r.json", 1), (tmp_path / "folder", 1), ("", 2)):
        done = tools.tool("graft", "convert", frozen, "-o", tmp_path / "out.pb", "--report", report, check=False)
        assert done.code == code and done.err.count("\n") == 1, done.err
        assert not (tmp_path / "out.pb").exists()
    tools.tool("graft", "convert", frozen, "-o", tmp_path / "out.pb", "--report", "/dev/null")


def test_a_graphdef_is_taken_and_given(frozen):
    message = tf.compat.v1.GraphDef.FromString(frozen.read_bytes())
    result = graft.convert(message)
    assert bytes(result) == bytes(graft.convert(message.SerializeToString(deterministic=True)))
    assert [node.op for node in result.graph_def().node].count("TRTEngineOp") == len(result.report["engines"]) > 0


def test_the_report_says_what_became_of_each_node(frozen):
    report = graft.convert(frozen).report
    assert report["schema_version"] == 1 and report["precision"] == "fp32"
    assert report["converted"] + len(report["native"]) == report["nodes"]
    assert sum(engine["nodes"] for engine in report["engines"]) <= report["converted"]
    denied = graft.convert(frozen, deny=["Relu", "MaxPool"])
    native = [node for node in denied.report["native"] if node["op"] == "Relu"]
    assert native and all(node["code"] == "denied" for node in native)
    assert "Relu is denied" in str(denied)
    assert len(denied.report["engines"]) > len(report["engines"])


def test_options_reach_the_compiler(frozen):
    assert graft.convert(frozen, minimum_segment_size=10**6).report["engines"] == []
    assert {"precision", "deny", "shapes", "tune"} <= set(graft.options())
    assert bytes(graft.build(frozen, threads=1, tune=False)) == bytes(graft.build(frozen, threads=1))


def test_target_is_an_architecture(frozen):
    plan = graft.build(frozen, target="cpu:x86-64-v3")
    assert bytes(plan) == bytes(graft.build(frozen, target="cpu:x86-64-v3", threads=4))
    assert bytes(graft.build(frozen)) == bytes(graft.build(frozen, target="cpu"))
    assert graft.convert(frozen, target="cpu:x86-64-v3").report["engines"]
    with pytest.raises(graft.UsageError, match=r"target must be one of cpu, cpu:x86-64-v3, .*, got 'cpu:arm'"):
        graft.build(frozen, target="cpu:arm")


def test_inputs_and_outputs_are_chosen():
    made = graph(lambda x: {"half": x / 2.0, "double": x * 2.0}, x=(tf.float32, [2]))
    engine = graft.load(graft.build(made, outputs=["double"]))
    assert [port.name for port in engine.outputs] == ["double"]
    np.testing.assert_array_equal(engine(x=[1, 2])["double"], [2, 4])


def test_summary(saved):
    summary = graft.summarize(saved)
    assert summary["kind"] == "model" and summary["inputs"] == ["x: tensor<?x8x8x1xf32>"]
    assert summary["ops"]["Conv2D"] > 0 and sum(summary["ops"].values()) == summary["nodes"]


def test_progress_tells_each_step(frozen):
    steps = []
    graft.build(frozen, progress=lambda step, of, name: steps.append((step, of, name)))
    assert [step for step, _, _ in steps] == sorted(step for step, _, _ in steps)
    assert steps[-1][0] == steps[-1][1] and all(name for _, _, name in steps)


def test_what_progress_raises_ends_the_work(frozen, tmp_path):
    def stop(step, of, name):
        if step == 2:
            raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        graft.build(frozen, tmp_path / "a.plan", progress=stop)
    assert os.listdir(tmp_path) == []
    graft.build(frozen)


def test_an_interrupt_ends_the_work(tmp_path):
    model = zoo.graphdef("resnet50", batch=1)
    graft.options()
    timer = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        graft.build(model, tmp_path / "a.plan")
        timer.join()  # where the build was quicker, the interrupt comes here: the file shows it
    assert os.listdir(tmp_path) == []


def test_python_goes_on_while_a_model_is_built():
    seen = []
    done = threading.Event()

    def count():
        while not done.is_set():
            seen.append(time.perf_counter())
            time.sleep(0.001)

    model = zoo.graphdef("resnet50", batch=1)
    counter = threading.Thread(target=count)
    steps = []
    counter.start()
    graft.build(model, progress=lambda *_: steps.append(time.perf_counter()))
    done.set()
    counter.join()
    # Within the longest step, not only at its ends, where `progress` takes turns with others.
    start, end = max(zip(steps, steps[1:]), key=lambda step: step[1] - step[0])
    assert end - start > 0.05
    assert sum(start + 0.01 < at < end - 0.01 for at in seen) >= 3


def test_threads_convert_at_once(frozen):
    want = bytes(graft.convert(frozen))
    results = []
    threads = [threading.Thread(target=lambda: results.append(bytes(graft.convert(frozen)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [want] * 4


@pytest.mark.parametrize("call, error, message", [
    (lambda m: graft.convert("no/such.pb"), FileNotFoundError, "no/such.pb: no such file or directory"),
    (lambda m: graft.convert(b""), graft.ModelError, "GraphDef: the file is empty"),
    (lambda m: graft.convert(b"\xff" * 100), graft.ModelError, "GraphDef"),
    (lambda m: graft.convert(m.read_bytes()[:-7]), graft.ModelError, "GraphDef"),
    (lambda m: graft.convert(m, precision="fp8"), graft.UsageError, "option 'precision' must be"),
    (lambda m: graft.convert(m, colour="red"), graft.UsageError, "there is no option 'colour'"),
    (lambda m: graft.convert(m, minimum_segment_size=0), graft.UsageError, "minimum_segment_size"),
    (lambda m: graft.build(m, outputs=["nobody"]), ValueError, "nobody"),
    (lambda m: graft.build(m, shapes={"z": (1,)}), graft.UsageError, "must name inputs of the model, which has 'x'; got 'z'"),
    (lambda m: graft.build(m, shapes={"x": (-2, 8, 8, 1)}), graft.UsageError, "must be name=1x224x224x3"),
    (lambda m: graft.build(m, "no/such/folder/a.plan"), graft.Error, "no/such/folder/a.plan"),
    (lambda m: graft.convert(3), TypeError, "must be a path, bytes or a GraphDef, got int"),
])  # fmt: skip
def test_errors_are_one_line(frozen, call, error, message):
    with pytest.raises(error) as raised:
        call(frozen)
    assert message in str(raised.value) and "\n" not in str(raised.value)


def test_results_are_memory_of_their_own(frozen):
    plan = graft.build(frozen)
    assert plan.data.readonly and plan.data.format == "B" and plan.path is None
    copy = bytes(plan)
    view = plan.data
    del plan
    graft.build(frozen)
    assert view.tobytes() == copy
