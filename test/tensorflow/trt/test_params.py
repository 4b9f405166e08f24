# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Parameters of TF-TRT: names, order, defaults, checks, and those that mean nothing here."""

import inspect
import logging

import pytest
import tensorflow as tf

from graft.tensorflow import trt
from graft.tensorflow.trt import _notices


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch):
    monkeypatch.setattr(_notices, "_said", set())


def arguments(function):
    """{name: default} without self, in order."""
    parameters = list(inspect.signature(function).parameters.values())
    return [(p.name, p.default) for p in parameters if p.name not in ("self", "cls")]


def test_params_are_tf_trts():
    assert trt.TrtConversionParams._fields == (
        "max_workspace_size_bytes", "precision_mode", "minimum_segment_size",
        "maximum_cached_engines", "use_calibration", "allow_build_at_runtime",
    )  # fmt: skip
    assert tuple(trt.DEFAULT_TRT_CONVERSION_PARAMS) == (1 << 30, "FP32", 3, 1, True, True)
    assert trt.TrtConversionParams(5, "FP16", 7)[:3] == (5, "FP16", 7)


def test_names_are_tf_trts():
    """Every public name of TensorFlow's module that has to do with conversion is here, with the
    same arguments."""
    from tensorflow.python.compiler.tensorrt import trt_convert

    for name in ("TrtGraphConverterV2", "TrtGraphConverter"):
        theirs, ours = getattr(trt_convert, name), getattr(trt, name)
        methods = [m for m in vars(theirs) if not m.startswith("_") and callable(getattr(theirs, m))]
        for method in ["__init__", *methods]:
            assert arguments(getattr(ours, method)) == arguments(getattr(theirs, method)), method
    theirs = arguments(trt_convert.create_inference_graph)
    assert arguments(trt.create_inference_graph)[: len(theirs)] == theirs
    theirs = arguments(trt_convert.get_tensorrt_rewriter_config)
    assert arguments(trt.get_tensorrt_rewriter_config) == theirs
    theirs = arguments(trt_convert.TrtConversionParams.__new__)
    assert arguments(trt.TrtConversionParams.__new__)[: len(theirs)] == theirs
    for name in ("DEFAULT_TRT_CONVERSION_PARAMS", "DEFAULT_TRT_MAX_WORKSPACE_SIZE_BYTES"):
        assert getattr(trt, name) == getattr(trt_convert, name)
    assert trt.supported_profile_strategies() == trt_convert.supported_profile_strategies()
    modes = trt_convert.TrtPrecisionMode.supported_precision_modes()
    ours = trt.TrtPrecisionMode.supported_precision_modes()
    assert [mode for mode in ours if mode.upper() != "BF16"] == modes and {"BF16", "bf16"} <= set(ours)
    assert trt.Converter is trt.TrtGraphConverterV2
    assert trt.ConversionParams is trt.TrtConversionParams


def test_replace(caplog):
    params = trt.DEFAULT_TRT_CONVERSION_PARAMS._replace(
        precision_mode=trt.TrtPrecisionMode.FP16, max_workspace_size_bytes=8000000000
    )
    assert params.precision_mode == "FP16"
    assert params.max_workspace_size_bytes == 8000000000
    assert params.minimum_segment_size == 3
    assert not caplog.records
    with pytest.raises((TypeError, ValueError)):
        params._replace(no_such_parameter=1)


def test_target_is_kept():
    params = trt.TrtConversionParams(target="cpu:x86-64-v3")._replace(minimum_segment_size=1)
    assert params.target == "cpu:x86-64-v3"
    assert params._replace(target="cpu").target == trt.DEFAULT_TRT_CONVERSION_PARAMS.target == "cpu"


def test_tensorflows_own_params_convert(tmp_path):
    """Those of TensorFlow's class know nothing of `target`."""
    from tensorflow.python.compiler.tensorrt import trt_convert

    module = tf.Module()
    module.f = tf.function(lambda x: tf.nn.relu(x * 2.0 + 1.0), [tf.TensorSpec([2, 3])])
    tf.saved_model.save(module, str(tmp_path / "m"), module.f)
    for params in (
        trt_convert.TrtConversionParams(precision_mode="FP32", minimum_segment_size=2),
        trt_convert.DEFAULT_TRT_CONVERSION_PARAMS._replace(precision_mode="BF16"),
    ):
        converter = trt.TrtGraphConverterV2(
            input_saved_model_dir=str(tmp_path / "m"), conversion_params=params
        )
        assert converter.convert() is not None


def test_retired_parameters_say_so_once(caplog):
    """The call of the 2.0 tutorials, and its _replace()."""
    params = trt.TrtConversionParams(
        precision_mode="FP32", max_batch_size=1, minimum_segment_size=3,
        max_workspace_size_bytes=8000000000, use_calibration=True, maximum_cached_engines=1,
        is_dynamic_op=True, rewriter_config_template=None,
    )  # fmt: skip
    assert params == trt.DEFAULT_TRT_CONVERSION_PARAMS._replace(max_workspace_size_bytes=8000000000)
    assert (params.max_batch_size, params.is_dynamic_op) == (1, True)
    copy = params._replace(max_batch_size=16)
    assert (copy.max_batch_size, copy.is_dynamic_op) == (16, True)
    said = [record.message.split()[0] for record in caplog.records]
    assert sorted(said) == ["is_dynamic_op", "max_batch_size"]


@pytest.mark.parametrize(
    "change, message",
    [
        (dict(precision_mode="FP64"), "precision mode 'FP64' is not supported"),
        (dict(minimum_segment_size=0), "minimum segment size should be positive or -1"),
        (dict(minimum_segment_size=-2), "minimum segment size should be positive or -1"),
    ],
)
def test_refused(change, message):
    params = trt.DEFAULT_TRT_CONVERSION_PARAMS._replace(**change)
    for refuse in (
        lambda: trt.Converter("model", conversion_params=params),
        lambda: trt.Converter("model", **change),
        lambda: trt.get_tensorrt_rewriter_config(params, is_dynamic_op=True),
    ):
        with pytest.raises(ValueError, match=message):
            refuse()


def test_profile_strategies(caplog):
    with pytest.raises(ValueError, match="profile_strategy 'Best' is not supported"):
        trt.Converter("model", use_dynamic_shape=True, dynamic_shape_profile_strategy="Best")
    trt.Converter("model", use_dynamic_shape=True, dynamic_shape_profile_strategy="range+optimal")
    assert not caplog.records
    trt.Converter(
        "model", use_dynamic_shape=True,
        dynamic_shape_profile_strategy="ImplicitBatchModeCompatible",
    )  # fmt: skip
    assert "deprecated" in caplog.text


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(is_v2=True, is_dynamic_op=False), "is_dynamic_op is either None or True for TF2"),
        (dict(), "is_dynamic_op can't be None for TF1"),
        (dict(is_dynamic_op=True, max_batch_size=1), "max_batch_size has to be None"),
        (dict(is_dynamic_op=False), "max_batch_size has to be an integer"),
    ],
)
def test_rewriter_config_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        trt.get_tensorrt_rewriter_config(trt.DEFAULT_TRT_CONVERSION_PARAMS, **arguments)


def test_rewriter_config(caplog):
    config = trt.get_tensorrt_rewriter_config(
        trt.DEFAULT_TRT_CONVERSION_PARAMS, is_dynamic_op=False, max_batch_size=4
    )
    optimizer = config.custom_optimizers[0]
    assert optimizer.name == "TensorRTOptimizer"
    assert optimizer.parameter_map["max_batch_size"].i == 4
    assert optimizer.parameter_map["minimum_segment_size"].i == 3
    assert optimizer.parameter_map["precision_mode"].s == b"FP32"
    assert not optimizer.parameter_map["is_dynamic_op"].b
    assert "create_inference_graph" in caplog.text
    assert len(config.optimizers) == 6 and len(config.custom_optimizers) == 2
    alone = trt.get_tensorrt_rewriter_config(
        trt.DEFAULT_TRT_CONVERSION_PARAMS, is_dynamic_op=True, disable_non_trt_optimizers=True
    )
    assert not alone.optimizers and len(alone.custom_optimizers) == 1
    assert alone.constant_folding == alone.OFF and alone.disable_model_pruning


def test_variables_without_meaning_say_so(monkeypatch, caplog):
    monkeypatch.setenv("TF_TRT_FIXED_ALGORITHM_ID", "3")
    trt.Converter("model")
    trt.Converter("model")
    assert [r.levelno for r in caplog.records] == [logging.WARNING]
    assert "TF_TRT_FIXED_ALGORITHM_ID" in caplog.text


def test_maximum_engines_must_be_a_number(monkeypatch):
    from graft.tensorflow.trt import _environment

    assert _environment.maximum_engines() == 0
    monkeypatch.setenv("TF_TRT_MAX_ALLOWED_ENGINES", "-1")
    assert _environment.maximum_engines() == 0
    monkeypatch.setenv("TF_TRT_MAX_ALLOWED_ENGINES", "many")
    with pytest.raises(ValueError, match="TF_TRT_MAX_ALLOWED_ENGINES should be a number, got 'many'"):
        _environment.maximum_engines()


def test_eager_mode_is_for_the_other_converter():
    assert tf.executing_eagerly()
    with pytest.raises(RuntimeError, match="Please use tf.experimental.tensorrt.Converter in TF 2.0"):
        trt.TrtGraphConverter(input_saved_model_dir="model")
