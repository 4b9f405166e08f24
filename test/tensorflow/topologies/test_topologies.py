# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The topologies of TF-TRT's own tests, in our words: engines where it makes them and more,
native execution forbidden, and answers within its tolerance."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# Read when an engine runs: it must, or fail.
os.environ["TF_TRT_ALLOW_ENGINE_NATIVE_SEGMENT_EXECUTION"] = "False"

import re

import numpy as np
import operators  # noqa: F401
import pytest
import segments  # noqa: F401
import tensorflow as tf
import topology

from graft.tensorflow import trt

# TF-TRT's for single precision.
TOLERANCE = dict(rtol=1e-5, atol=1e-5)


def tuple_of(results):
    return results if isinstance(results, tuple) else (results,)


def as_module(case):
    """A module with the topology as its signature."""

    @tf.function(input_signature=case.specs)
    def serve(*inputs):
        results = tuple_of(case.build(*inputs))
        return {f"output_{i}": result for i, result in enumerate(results)}

    module = tf.Module()
    module.serve = serve
    # What a topology captures is part of the model.
    module.captured = [v for v in serve.get_concrete_function().variables]
    return module


@pytest.fixture(scope="module", params=sorted(topology.ALL))
def converted(request, tmp_path_factory):
    """(topology, converter after convert(), folder of the SavedModel, folder of the converted)."""
    case = topology.ALL[request.param]
    folder = tmp_path_factory.mktemp(case.name)
    module = as_module(case)
    tf.saved_model.save(module, str(folder / "native"), signatures=module.serve)
    converter = trt.TrtGraphConverterV2(str(folder / "native"), minimum_segment_size=2)
    converter.convert()
    converter.save(str(folder / "converted"))
    return case, converter, folder


def graph_of(converter):
    return converter._converted_graph_def


def engines_of(graph):
    return [node for node in graph.node if node.op == "TRTEngineOp"]


def segment_of(graph, engine):
    (function,) = [
        f for f in graph.library.function if f.signature.name == engine.attr["segment_func"].func.name
    ]
    return function


def test_engines(converted):
    """As many engines as there should be, with the operators that should be in them."""
    case, converter, _ = converted
    graph = graph_of(converter)
    engines = engines_of(graph)
    assert len(engines) == case.engines
    inside = {node.op for engine in engines for node in segment_of(graph, engine).node_def}
    outside = {node.op for node in graph.node}
    assert case.inside <= inside
    assert not case.native & inside
    assert case.native <= outside
    # What an engine could take, one has taken.
    assert not case.inside & outside


def test_attributes(converted):
    """What TF-TRT's tests read from each engine node."""
    _, converter, _ = converted
    graph = graph_of(converter)
    for engine in engines_of(graph):
        assert re.fullmatch(r"TRTEngineOp_\d{3,}_\d{3,}", engine.name)
        assert engine.attr["segment_func"].func.name == engine.name + "_native_segment"
        assert engine.attr["precision_mode"].s == b"FP32"
        assert engine.attr["static_engine"].b
        assert engine.attr["serialized_segment"].s
        assert not engine.attr["use_calibration"].b
        assert not engine.attr["calibration_data"].s
        assert len(engine.attr["InT"].list.type) == len(engine.input)
        assert len(engine.attr["input_shapes"].list.shape) == len(engine.input)
        segment = segment_of(graph, engine)
        assert len(segment.signature.input_arg) == len(engine.attr["InT"].list.type)
        assert len(segment.signature.output_arg) == len(engine.attr["OutT"].list.type)


def test_shapes(converted):
    """TensorFlow knows of an engine's results what the compiler knows."""
    _, converter, _ = converted
    for engine in engines_of(converter._converted_func.graph.as_graph_def(add_shapes=True)):
        known = engine.attr["output_shapes"].list.shape
        assert list(engine.attr["_output_shapes"].list.shape) == list(known)


def test_answers(converted):
    """The saved model, loaded again, gives TensorFlow's answers in engines, for every call, and
    the same ones twice."""
    case, _, folder = converted
    served = tf.saved_model.load(str(folder / "converted")).signatures["serving_default"]
    for feeds in case.calls():
        want = tuple_of(case.reference(*(tf.constant(value) for value in feeds.values())))
        tensors = {name: tf.constant(value) for name, value in feeds.items()}
        first, second = served(**tensors), served(**tensors)
        assert len(first) == len(want)
        for i, expected in enumerate(want):
            got = first[f"output_{i}"].numpy()
            assert got.dtype == expected.numpy().dtype
            np.testing.assert_allclose(got, expected.numpy(), **TOLERANCE)
            np.testing.assert_array_equal(second[f"output_{i}"].numpy(), got)


def test_converts_once(converted):
    """Converting what is converted gives the same engines."""
    _, converter, folder = converted
    again = trt.TrtGraphConverterV2(str(folder / "converted"), minimum_segment_size=2)
    again.convert()
    contents = [
        sorted(
            sorted(node.op for node in segment_of(graph, engine).node_def)
            for engine in engines_of(graph)
        )
        for graph in (graph_of(converter), graph_of(again))
    ]
    assert contents[0] == contents[1]
