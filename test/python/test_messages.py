# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What errors say in Python: of what the user gave, never of the package's own files or of another surface's flags."""

import pathlib
import warnings

import graft
import numpy as np
import pytest

AFFINE = pathlib.Path(__file__).parents[1] / "tools" / "graft" / "Inputs" / "affine.pbtxt"
GOOD = {"x": np.array([[1, 2], [3, 4]], "f4")}


def said(error, call):
    with pytest.raises(error) as caught:
        call()
    text = str(caught.value)
    assert "/graft-" not in text and ".npz" not in text and "--" not in text and "\n" not in text
    return text


def test_calibration_data():
    wrong = {"x": np.ones((4, 3), "f4")}
    assert "input 'x' must be f4[?, 2], got f4[4, 3]" in said(graft.Error, lambda: graft.calibrate(AFFINE, wrong))
    for data in (wrong, iter([GOOD, wrong])):
        said(graft.Error, lambda: graft.build(AFFINE, precision="int8", calibration_data=data))
    none = "the calibration data must have one item or more, got none"
    assert said(graft.ModelError, lambda: graft.calibrate(AFFINE, iter([]))) == none


def test_calibration_data_without_a_finite_value():
    bad = {"x": np.full((3, 2), np.nan, "f4")}
    want = "the calibration data: must give tensors finite values, got nothing but NaN and infinities"
    assert said(graft.ModelError, lambda: graft.calibrate(AFFINE, bad)).startswith(want)
    assert said(graft.ModelError, lambda: graft.build(AFFINE, precision="int8", calibration_data=bad)).startswith(want)
    empty = {"x": np.zeros((0, 2), "f4")}
    assert said(graft.ModelError, lambda: graft.calibrate(AFFINE, empty)) == want.replace(
        "nothing but NaN and infinities", "empty arrays"
    )
    # One number is enough for a range.
    bad["x"][1, 0] = 3
    assert graft.calibrate(AFFINE, bad).ranges["x"]["observed"] == [3, 3]


def test_tables_in_memory():
    first = graft.calibrate(AFFINE, GOOD, histograms=True)
    second = graft.calibrate(AFFINE, GOOD)
    text = said(graft.ModelError, lambda: graft.merge_calibrations([first, second]))
    assert text.startswith("table 1: must have kept its histograms")


def test_plans_in_memory():
    whole = graft.build(AFFINE)
    damaged = graft.Plan(bytes(whole)[:-100], None)
    assert "the plan" in said(graft.ModelError, lambda: graft.compare(damaged, whole))


def test_options_have_the_names_of_arguments():
    text = said(graft.UsageError, lambda: graft.build(AFFINE, shapes={"z": (1, 2)}))
    assert text == "option 'shapes' must name inputs of the model, which has 'x'; got 'z'"
    text = said(graft.UsageError, lambda: graft.build(AFFINE, shapes={"x": (1, 3)}))
    assert "option 'shapes': input 'x' is tensor<?x2xf32>, got [1, 3]" in text
    said(graft.UsageError, lambda: graft.convert(AFFINE, signature="serve"))


def test_warnings_name_the_caller_and_hide_no_error(tmp_path):
    cache = tmp_path / "cache"
    old = '{"schema_version": 99, "kernels": {}}'
    cache.write_text(old)
    with pytest.warns(UserWarning, match="measuring afresh") as warned:
        graft.build(AFFINE, tune=True, timing_cache=cache)
    assert [warning.filename for warning in warned] == [__file__]
    cache.write_text(old)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        said(graft.Error, lambda: graft.build(AFFINE, tmp_path / "no" / "plan", tune=True, timing_cache=cache))
