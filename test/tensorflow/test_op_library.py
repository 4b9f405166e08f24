# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TRTEngineOp on the CPU: engines and fallbacks, resources, threads, ends."""

import ctypes
import gc
import itertools
import os
import shutil
import subprocess
import sys
import textwrap
import threading

import models
import numpy as np
import oracle
import pytest
import zoo


def pictures(count, seed=3, name="digits"):
    return list(zoo.inputs(name, count, seed=seed).values())


def close(got, want):
    for a, b in zip(got, want):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def live_engines():
    library = ctypes.CDLL(str(models.LIBRARY))
    library.graft_tensorflow_live_engines.restype = ctypes.c_size_t
    gc.collect()
    return library.graft_tensorflow_live_engines()


def test_built_for_this_tensorflow(ops):
    import tensorflow as tf

    library = ctypes.CDLL(str(models.LIBRARY))
    library.graft_tensorflow_built_for.restype = ctypes.c_char_p
    assert library.graft_tensorflow_built_for().decode() == tf.__version__


def test_sessions_share_an_engine(ops):
    graph, _ = models.graph("digits")
    values = pictures(1)
    want = models.answer("digits", values)
    before = live_engines()
    with models.session(graph) as first, models.session(graph) as second:
        close(models.run(first, "digits", values), want)
        close(models.run(second, "digits", values), want)
        assert live_engines() == before + 1


def test_any_batch(ops):
    graph, _ = models.graph("digits", None)
    with models.session(graph) as session:
        for count in (1, 5, 2, 5, 32, 1):
            values = pictures(count)
            want = models.answer("digits", values, None)
            close(models.run(session, "digits", values, None), want)


def native_says(capfd, graph, count=1):
    """Runs the graph twice; what the log says of it, after checking the answer."""
    values = pictures(count)
    want = models.answer("digits", values, None)
    capfd.readouterr()
    with models.session(graph) as session:
        for _ in range(2):
            close(models.run(session, "digits", values, None if count > 1 else 1), want)
    lines = [line for line in capfd.readouterr().err.splitlines() if "native segment" in line]
    assert len(lines) == 1, "said once for each engine"
    return lines[0]


CHANGES = {
    "damaged": (models.damage, "does not match its hash"),
    "other CPU": (models.for_another_cpu, "the plan needs a CPU with"),
    "noise": (lambda plan: b"\0\xff" * 100, "must be an engine plan"),
    "none": (lambda plan: b"", "the node has no plan"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_native_instead_of_a_bad_plan(ops, native_allowed, monkeypatch, capfd, change):
    graph, engine = models.graph("digits")
    alter, says = CHANGES[change]
    models.forbid_building(engine)
    plan = engine.attr["serialized_segment"]
    plan.s = alter(plan.s)
    assert says in native_says(capfd, graph)


@pytest.mark.parametrize("change", CHANGES)
def test_native_forbidden(ops, change):
    import tensorflow as tf

    graph, engine = models.graph("digits")
    alter, says = CHANGES[change]
    models.forbid_building(engine)
    plan = engine.attr["serialized_segment"]
    plan.s = alter(plan.s)
    with models.session(graph) as session:
        with pytest.raises(tf.errors.AbortedError, match="User disallowed.*" + says):
            models.run(session, "digits", pictures(1))


def test_native_for_a_shape_that_the_plan_does_not_take(ops, native_allowed, capfd):
    graph, engine = models.graph("digits")
    models.forbid_building(engine)
    models.forget_batch(graph)
    assert "input 0 must be of shape [1," in native_says(capfd, graph, count=3)


def test_native_segment_that_is_missing(ops, native_allowed):
    import tensorflow as tf

    graph, engine = models.graph("digits")
    models.forbid_building(engine)
    engine.attr["serialized_segment"].s = b""
    engine.attr["segment_func"].func.name = ""
    with models.session(graph) as session:
        with pytest.raises(tf.errors.NotFoundError, match="names no native segment"):
            models.run(session, "digits", pictures(1))


def write_asset(path, *records):
    import tensorflow as tf

    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in records:
            writer.write(record)


def test_engines_of_a_resource(ops, tmp_path):
    """Two engines in an asset, none in the node; each takes its shape."""
    import tensorflow as tf

    graph, engine = models.graph("digits")
    plans = {n: models.graph("digits", n)[1].attr["serialized_segment"].s for n in (1, 8)}
    models.forget_batch(graph)
    models.forbid_building(engine)
    engine.attr["serialized_segment"].s = b""
    engine.attr["static_engine"].b = False
    asset, saved = tmp_path / "engines", tmp_path / "saved"
    records = [models.engine_instance([v[:n].shape for v in pictures(8)], p) for n, p in plans.items()]
    write_asset(asset, *records)
    with models.session(graph) as session, session.graph.as_default():
        handle = ops.create_trt_resource_handle(resource_name=engine.name)
        with pytest.raises(tf.errors.AbortedError, match="the node has no plan"):
            models.run(session, "digits", pictures(1))
        session.run(ops.initialize_trt_resource(handle, str(asset), max_cached_engines_count=2))
        for count in (1, 8, 1):
            values = pictures(count)
            close(models.run(session, "digits", values), models.answer("digits", values, None))
        with pytest.raises(tf.errors.AbortedError, match="has no engine for these shapes"):
            models.run(session, "digits", pictures(3))
        with pytest.raises(tf.errors.FailedPreconditionError, match="no calibration data"):
            session.run(ops.get_calibration_data_op(engine.name))
        session.run(ops.serialize_trt_resource(engine.name, str(saved), delete_resource=True))
        with pytest.raises(tf.errors.NotFoundError):
            session.run(ops.serialize_trt_resource(engine.name, str(saved)))
    written = [bytes(record.numpy()) for record in tf.data.TFRecordDataset(str(saved))]
    assert sorted(written) == sorted(records)


@pytest.mark.skipif(not models.LIBRARY.with_name("libgraft.so").exists(), reason="no compiler is built")
@pytest.mark.parametrize("plan", [True, False], ids=["beside a plan", "without a plan"])
def test_builds_at_run_time(ops, tmp_path, plan):
    """Engines for shapes that come up; the last two stay, and can be saved."""
    import tensorflow as tf

    graph, engine = models.graph("digits")
    models.forget_batch(graph)
    engine.attr["max_cached_engines_count"].i = 2
    if not plan:
        engine.attr["serialized_segment"].s = b""
    before = live_engines()
    with models.session(graph) as session, session.graph.as_default():
        for count in (3, 4, 3, 5, 3):
            values = pictures(count)
            close(models.run(session, "digits", values), models.answer("digits", values, None))
        assert live_engines() == before + 2 + plan
        session.run(ops.serialize_trt_resource(engine.name, str(tmp_path / "engines")))
    assert len(list(tf.data.TFRecordDataset(str(tmp_path / "engines")))) == 2


@pytest.mark.skipif(not models.LIBRARY.with_name("libgraft.so").exists(), reason="no compiler is built")
def test_builds_int8_at_run_time(ops, tmp_path):
    """With the ranges that the node carries."""
    import tensorflow as tf
    from tensorflow.core.framework import graph_pb2

    np.savez(tmp_path / "data.npz", **zoo.inputs("digits", 32, seed=0))
    path = models.convert(
        zoo.graphdef("digits"), tmp_path / "int8.pb", "--precision", "int8", "--calibration-data", tmp_path / "data.npz"
    )
    graph = graph_pb2.GraphDef.FromString(path.read_bytes())
    (engine,) = models.engines_of(graph)
    values = pictures(3)
    with models.session(graph) as session:
        singly = [models.run(session, "digits", [v[i : i + 1] for v in values]) for i in range(3)]
    want = [np.concatenate(parts) for parts in zip(*singly)]
    models.forget_batch(graph)
    with models.session(graph) as session, session.graph.as_default():
        close(models.run(session, "digits", values), want)
        session.run(ops.serialize_trt_resource(engine.name, str(tmp_path / "engines")))
    (record,) = tf.data.TFRecordDataset(str(tmp_path / "engines"))
    # int8 values, not f32.
    _, single = models.graph("digits")
    assert len(record.numpy()) < len(single.attr["serialized_segment"].s) / 2


#: Equal plans are one resource, so each test has plans of its own.
_weights = itertools.count(1)


@pytest.fixture
def two_models(tmp_path):
    """{path of a converted model: what it makes of ones}; their engines have one name and
    take the same shapes."""
    import tensorflow as tf

    class Model(tf.Module):
        def __init__(self, weight):
            self.w = tf.Variable(tf.fill([32, 32], float(weight)))

        @tf.function(input_signature=[tf.TensorSpec([None, 32], tf.float32, name="x")])
        def serve(self, x):
            return {"y": tf.nn.relu(tf.nn.relu(x @ self.w) + 1.0) * 2.0}

    answers = {}
    for weight in (next(_weights), next(_weights)):
        model, source = Model(weight), tmp_path / str(weight)
        tf.saved_model.save(model, str(source), signatures=model.serve)
        answers[models.convert(source, tmp_path / f"converted-{weight}")] = (32.0 * weight + 1.0) * 2.0
    return answers


def ask(loaded, count=1):
    """The one number in the answer to `count` rows of ones."""
    import tensorflow as tf

    (y,) = loaded.signatures["serving_default"](x=tf.ones([count, 32])).values()
    assert y.shape == [count, 32]
    (number,) = set(y.numpy().ravel())
    return number


def test_models_of_one_process_keep_apart(ops, two_models):
    import tensorflow as tf

    loaded = [tf.saved_model.load(str(path)) for path in two_models]
    assert [ask(model) for model in loaded] == list(two_models.values())


@pytest.mark.parametrize("native", [True, False], ids=["native", "built at run time"])
def test_graphs_of_one_process_keep_apart(ops, tmp_path, monkeypatch, native):
    """Engines without plans, of one name, whose resources are the process's."""
    import tensorflow as tf

    monkeypatch.setenv("TF_TRT_ALLOW_ENGINE_NATIVE_SEGMENT_EXECUTION", str(native))
    functions, answers = [], []
    for weight in (next(_weights), next(_weights)):
        with tf.Graph().as_default() as graph:
            x = tf.compat.v1.placeholder(tf.float32, [None, 32], name="x")
            w = tf.constant(np.full([32, 32], weight, np.float32))
            tf.identity(tf.nn.relu(tf.nn.relu(x @ w) + 1.0) * 2.0, name="y")
        (tmp_path / "in.pb").write_bytes(graph.as_graph_def().SerializeToString())
        converted = models.convert(tmp_path / "in.pb", tmp_path / f"{weight}.pb")
        graph_def = oracle.load_graph(converted)
        (engine,) = models.engines_of(graph_def)
        engine.attr["serialized_segment"].s = b""
        # As when a SavedModel is loaded: a process has one function of a name.
        (function,) = graph_def.library.function
        function.signature.name += f"_{weight}"
        engine.attr["segment_func"].func.name = function.signature.name
        if native:
            models.forbid_building(engine)
        wrapped = tf.compat.v1.wrap_function(lambda: tf.import_graph_def(graph_def, name=""), [])  # noqa: B023
        functions.append(wrapped.prune("x:0", "y:0"))
        answers.append((32.0 * weight + 1.0) * 2.0)
    got = [function(tf.ones([1, 32])).numpy()[0, 0] for function in functions]
    assert got == answers


def test_native_segments_read_their_constants(ops, two_models, monkeypatch, capfd):
    """A plan that is damaged in its file: the segment's constants come from theirs."""
    import tensorflow as tf

    monkeypatch.setenv("TF_TRT_ALLOW_ENGINE_NATIVE_SEGMENT_EXECUTION", "True")
    path, want = next(iter(two_models.items()))
    (asset,) = (path / "assets").glob("trt-serialized-engine.*")
    plan = bytearray(asset.read_bytes())
    plan[-100] ^= 1
    asset.write_bytes(plan)
    assert (path / "assets" / "native-segments.index").exists()
    capfd.readouterr()
    loaded = tf.saved_model.load(str(path))
    assert [ask(loaded), ask(loaded, 3)] == [want, want]
    assert "does not match its hash" in capfd.readouterr().err


@pytest.mark.skipif(not models.LIBRARY.with_name("libgraft.so").exists(), reason="no compiler is built")
def test_builds_from_constants_beside_the_graph(ops, tmp_path):
    """A SavedModel whose plan is for one picture is asked about three."""
    import tensorflow as tf
    from tensorflow.core.protobuf import saved_model_pb2

    path = shutil.copytree(models.converted("digits"), tmp_path / "copy")
    file = path / "saved_model.pb"
    model = saved_model_pb2.SavedModel.FromString(file.read_bytes())
    models.forget_batch(model.meta_graphs[0].graph_def)
    for info in model.meta_graphs[0].signature_def["serving_default"].inputs.values():
        info.tensor_shape.dim[0].size = -1
    file.write_bytes(model.SerializeToString())
    signature = tf.saved_model.load(str(path)).signatures["serving_default"]
    (key,) = signature.structured_input_signature[1]
    for count in (3, 1, 3):
        values = pictures(count)
        got = [v.numpy() for v in signature(**{key: tf.constant(values[0])}).values()]
        close(got, models.answer("digits", values, None))


def test_a_loaded_model_outlives_its_files(ops, two_models):
    import tensorflow as tf

    path, want = next(iter(two_models.items()))
    before = live_engines()
    loaded = tf.saved_model.load(str(path))
    shutil.rmtree(path)
    assert ask(loaded) == want
    assert live_engines() == before + 1
    del loaded
    assert live_engines() == before


def test_saved_again(ops, two_models, tmp_path):
    """tf.saved_model.save of what tf.saved_model.load gave keeps the engines."""
    import tensorflow as tf

    path, want = next(iter(two_models.items()))
    loaded = tf.saved_model.load(str(path))
    tf.saved_model.save(loaded, str(tmp_path / "again"), signatures=loaded.signatures)
    assert ask(tf.saved_model.load(str(tmp_path / "again"))) == want


def test_says_that_there_is_no_compiler():
    script = textwrap.dedent(
        f"""
        import sys
        sys.path[:0] = {sys.path[:2]!r}
        import models, zoo
        import tensorflow as tf

        tf.load_op_library(str(models.LIBRARY))
        graph, engine = models.graph("digits")
        models.forget_batch(graph)
        with models.session(graph) as session:
            models.run(session, "digits", list(zoo.inputs("digits", 2, seed=3).values()))
        """
    )
    environment = dict(
        os.environ,
        GRAFT_COMPILER="/no/such/libgraft.so",
        TF_TRT_ALLOW_ENGINE_NATIVE_SEGMENT_EXECUTION="True",
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "no compiler is at hand (/no/such/libgraft.so" in done.stderr


def test_assets_that_are_damaged(ops, tmp_path):
    import tensorflow as tf

    handle = ops.create_trt_resource_handle(resource_name="damaged")
    with pytest.raises(tf.errors.NotFoundError):
        ops.initialize_trt_resource(handle, str(tmp_path / "missing"))
    for bad in (b"\x12\xff\xff\xff\xff\x7f", b"\x0a\x02\x12\x7f", b"\x08\x01", b"\xff" * 12):
        write_asset(tmp_path / "bad", bad)
        with pytest.raises(tf.errors.DataLossError, match="TRTEngineInstance"):
            ops.initialize_trt_resource(handle, str(tmp_path / "bad"))
    (tmp_path / "torn").write_bytes((tmp_path / "bad").read_bytes()[:-3])
    with pytest.raises(tf.errors.DataLossError):
        ops.initialize_trt_resource(handle, str(tmp_path / "torn"))


def test_functions_and_shapes(ops):
    """A signature inside of another function, whose graph is optimised."""
    import tensorflow as tf

    loaded = tf.saved_model.load(str(models.converted("digits", None)))
    signature = loaded.signatures["serving_default"]
    ((key, _),) = signature.structured_input_signature[1].items()

    @tf.function
    def twice(x):
        results = [next(iter(signature(**{key: v}).values())) for v in (x, x + 1.0)]
        assert results[0].shape.as_list()[1:] == [10]
        return results[0] + results[1]

    (x,) = pictures(4)
    (a,) = models.answer("digits", [x], None)
    (b,) = models.answer("digits", [x + 1.0], None)
    close([twice(tf.constant(x)).numpy()], [a + b])


def test_two_models_on_many_threads(ops):
    """8 threads, 1000 runs each, over two models, all answers looked at."""
    import tensorflow as tf

    sources = [models.converted("digits", 1), models.converted("digits", None)]
    cases = []
    for source, count in zip(sources, (1, 3)):
        signature = tf.saved_model.load(str(source)).signatures["serving_default"]
        ((key, _),) = signature.structured_input_signature[1].items()
        for seed in range(4):
            (x,) = pictures(count, seed)
            cases.append((signature, {key: tf.constant(x)}, models.answer("digits", [x], None)))
    failures = []

    def work(number):
        try:
            for i in range(1000):
                signature, feeds, want = cases[(number + i) % len(cases)]
                close([v.numpy() for v in signature(**feeds).values()], want)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_sessions_come_and_go(ops):
    """Sessions are made and closed by all threads at once, and engines with them."""
    graph, _ = models.graph("digits")
    values = pictures(1)
    want = models.answer("digits", values)
    failures = []
    before = live_engines()

    def work():
        try:
            for _ in range(10):
                with models.session(graph) as session:
                    close(models.run(session, "digits", values), want)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert live_engines() == before


@pytest.mark.parametrize("plan", ["none", "of another batch"])
def test_tensorflow_folds_an_engine_of_constants(ops, plan):
    """It does so without the functions of the graph, so that no engine can be built there."""
    import tensorflow as tf

    graph, engine = models.graph("digits", None if plan == "none" else 1)
    models.forget_batch(graph)
    if plan == "none":
        engine.attr["serialized_segment"].s = b""
    values = pictures(3)
    feeds, fetches = models.names("digits", None)
    with tf.Graph().as_default() as holder:
        constants = {name: tf.constant(value) for name, value in zip(feeds, values)}
        results = tf.import_graph_def(graph, input_map=constants, return_elements=fetches, name="")
    with tf.compat.v1.Session(graph=holder) as session:
        close(session.run(results), models.answer("digits", values, None))


def test_refuses_where_the_operators_are_known(ops, tmp_path):
    import tensorflow as tf

    copy = tmp_path / "libgraft_tensorflow.so"
    shutil.copy(models.LIBRARY, copy)
    (tmp_path / "libdnnl.so.3").symlink_to(models.LIBRARY.with_name("libdnnl.so.3"))
    with pytest.raises(tf.errors.FailedPreconditionError, match="has engines already, of another library"):
        tf.load_op_library(str(copy))


def test_fork_after_load():
    """A server that loads the library and then forks its workers, as gunicorn does."""
    script = textwrap.dedent(
        f"""
        import os, sys
        sys.path[:0] = {sys.path[:2]!r}
        import models, zoo
        import tensorflow as tf
        import numpy as np

        tf.load_op_library(str(models.LIBRARY))
        path = {str(models.converted("digits"))!r}

        def serve():
            signature = tf.saved_model.load(path).signatures["serving_default"]
            feeds = {{k: tf.constant(v) for k, v in zoo.inputs("digits", 1, seed=3).items()}}
            for _ in range(3):
                (y,) = signature(**feeds).values()
            assert np.isfinite(y.numpy()).all()

        children = []
        for _ in range(2):
            child = os.fork()
            if not child:
                serve()
                os._exit(0)
            children.append(child)
        serve()
        assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]


BESIDE_GRAFT = """
import ctypes, os, sys, threading
sys.path[:0] = PATHS
import graft, models, zoo
import numpy as np

def threads():
    return len(os.listdir("/proc/self/task"))

inputs = zoo.inputs("digits", 1, seed=3)

def run_plan():
    plan = graft.load(graft.build(zoo.graphdef("digits")), threads=2)
    return [np.array(v) for _ in range(3) for v in plan(**inputs).values()]

def run_in_tensorflow():
    import tensorflow as tf
    tf.load_op_library(str(models.LIBRARY))
    signature = tf.saved_model.load(str(models.converted("digits"))).signatures["serving_default"]
    (key,) = signature.structured_input_signature[1]
    (x,) = inputs.values()
    results = []
    def call():
        results.extend(v.numpy() for v in signature(**{key: tf.constant(x)}).values())
    call()
    before = threads()
    # Left to OpenMP, each calling thread would get a pool of its own, which stays.
    workers = [threading.Thread(target=call) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert threads() <= before + 1, (before, threads())
    return results

answers = ORDER
for answer in answers:
    np.testing.assert_allclose(answer, answers[0], rtol=1e-5, atol=1e-6)
assert ctypes.CDLL(str(models.LIBRARY)).graft_tensorflow_lends_threads() == 1
"""


@pytest.mark.parametrize(
    "order",
    ["run_plan() + run_in_tensorflow() + run_plan()", "run_in_tensorflow() + run_plan() + run_in_tensorflow()"],
    ids=["plan first", "TensorFlow first"],
)
def test_beside_plans_of_the_python_module(order):
    """Both share one oneDNN, whichever loads it: answers are right, and threads are lent."""
    script = BESIDE_GRAFT.replace("PATHS", repr(sys.path[:2])).replace("ORDER", order)
    package = str(models.LIBRARY.parents[1] / "python")
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=300,
        env=dict(os.environ, PYTHONPATH=package),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]


def test_exports_nothing_else():
    """Nothing of this library may take the place of another's, or be replaced by it."""
    done = subprocess.run(
        ["nm", "-D", "--defined-only", models.LIBRARY], capture_output=True, text=True, check=True
    )
    names = {line.split()[-1] for line in done.stdout.splitlines()}
    assert names == {
        "graft_tensorflow_built_for",
        "graft_tensorflow_lends_threads",
        "graft_tensorflow_live_engines",
    }
    done = subprocess.run(["readelf", "-d", models.LIBRARY], capture_output=True, text=True)
    assert "MLIR" not in done.stdout and "protobuf" not in done.stdout
    assert "[$ORIGIN]" in done.stdout


if __name__ == "__main__":
    sys.exit(pytest.main([__file__]))
