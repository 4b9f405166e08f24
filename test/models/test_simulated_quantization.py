# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Simulated quantization in single precision is TensorFlow's, bit for bit: every operator at
every half-way point of its grid, beside these, beyond both ends, at infinities and NaN."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest
import tools

#: Ranges whose zero point is nudged up, down, to either end, or not at all.
RANGES = [(0.0, 255.0), (-1.0, 1.0), (-6.0, 6.0), (-3.3, 4.7), (-0.1, 7.9), (-7.9, 0.1), (0.0, 6.0),
          (-2.5e-4, 3e-3), (-700.0, 12.5), (1.5, 4.0), (-5.0, -0.5)]  # fmt: skip


def points(low, high, bits):
    """The half-way points of a grid over the range, and what lies beside them."""
    low, high = min(low, 0.0), max(high, 0.0)
    codes = 2**bits - 1
    steps = np.arange(-3, codes + 4) if bits <= 8 else np.linspace(-3, codes + 3, 700).round()
    grids = [(high - low) / (codes - narrow) for narrow in (0, 1)]
    grids += [max(-low / 2 ** (bits - 1), high / (2 ** (bits - 1) - 1)), max(high, 1e-3) / codes]
    at = np.concatenate([start + (steps + 0.5) * grid for grid in grids for start in (low, 0.0)])
    at = np.concatenate([at, -at]).astype("f4")
    special = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1e38, -1e38], "f4")
    return np.concatenate([at, np.nextafter(at, np.inf), np.nextafter(at, -np.inf), special])


def operators():
    """name, what TensorFlow builds of x and a range, how many bits."""
    import tensorflow as tf

    raw = tf.raw_ops
    for narrow in (False, True):
        for bits in (8, 4, 16):
            options = dict(num_bits=bits, narrow_range=narrow)
            yield f"args_{narrow}_{bits}", bits, lambda x, a, b, o=options: raw.FakeQuantWithMinMaxArgs(
                inputs=x, min=a, max=b, **o)  # fmt: skip
            yield f"vars_{narrow}_{bits}", bits, lambda x, a, b, o=options: raw.FakeQuantWithMinMaxVars(
                inputs=x, min=a, max=b, **o)  # fmt: skip
        yield f"channels_{narrow}", 8, lambda x, a, b, n=narrow: raw.FakeQuantWithMinMaxVarsPerChannel(
            inputs=tf.stack([x, x], -1), min=[a, 2 * a], max=[b, 3 * b], narrow_range=n)  # fmt: skip
        for mode in ("HALF_TO_EVEN", "HALF_UP"):
            for signed in (True, False):
                options = dict(round_mode=mode, signed_input=signed, range_given=True, narrow_range=narrow)
                name = f"{narrow}_{mode}_{signed}"
                yield f"both_{name}", 8, lambda x, a, b, o=options: raw.QuantizeAndDequantizeV2(
                    input=x, input_min=a, input_max=b, **o)  # fmt: skip
    yield "both_bits", 5, lambda x, a, b: raw.QuantizeAndDequantizeV3(
        input=x, input_min=a, input_max=b, num_bits=5, range_given=True, signed_input=True)  # fmt: skip


def compare(build, inputs, folder):
    """`build` of placeholders gives tensors by name: the plan's are TensorFlow's."""
    import tensorflow as tf

    graph = tf.Graph()
    with graph.as_default():
        holders = {k: tf.compat.v1.placeholder(v.dtype, v.shape, name=k) for k, v in inputs.items()}
        results = {k: tf.identity(v, name=k) for k, v in build(holders).items()}
    config = tf.compat.v1.ConfigProto()
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    with tf.compat.v1.Session(graph=graph, config=config) as session:
        wanted = session.run(results, {holders[k]: v for k, v in inputs.items()})
    (folder / "m.pb").write_bytes(graph.as_graph_def().SerializeToString())
    np.savez(folder / "in.npz", **inputs)
    tools.tool("graft", "build", folder / "m.pb", "-o", folder / "m.plan")
    tools.tool("graft", "run", folder / "m.plan", "--inputs", folder / "in.npz", "--outputs", folder / "out.npz")
    with np.load(folder / "out.npz") as found:
        for name, want in wanted.items():
            differs = ~((found[name] == want) | (np.isnan(found[name]) & np.isnan(want)))
            at = np.argwhere(differs)
            assert not at.size, f"{name}: {differs.sum()} of {want.size}, first at {at[0]}: " + (
                f"{found[name][tuple(at[0])]!r}, TensorFlow has {want[tuple(at[0])]!r}")  # fmt: skip


@pytest.mark.parametrize("low,high", RANGES)
def test_every_half_way_point(low, high, tmp_path):
    # QuantizeAndDequantize wants ranges that have a code for 0.
    taken = [(n, b, f) for n, b, f in operators() if low <= 0 <= high or not n.startswith("both")]
    inputs = {f"x{bits}": points(low, high, bits) for bits in sorted({b for _, b, _ in taken})}

    def build(holders):
        return {name: function(holders[f"x{bits}"], low, high) for name, bits, function in taken}

    compare(build, inputs, tmp_path)


def test_ranges_of_the_tensor_itself(tmp_path):
    import tensorflow as tf

    random = np.random.default_rng(0)
    inputs = {"x": random.normal(size=(40, 3)).astype("f4") * 3, "y": np.abs(random.normal(size=(40, 3))).astype("f4"),
              "zero": np.zeros((4, 3), "f4")}  # fmt: skip

    def build(holders):
        return {
            f"{name}_{mode}_{signed}_{axis}_{narrow}": tf.raw_ops.QuantizeAndDequantizeV4(
                input=x, input_min=[0.0] * 3 if axis == 1 else 0.0, input_max=[0.0] * 3 if axis == 1 else 0.0,
                range_given=False, round_mode=mode, signed_input=signed, axis=axis, narrow_range=narrow)
            for name, x in holders.items()
            for mode in ("HALF_TO_EVEN", "HALF_UP")
            for signed in (True, False)
            for axis in (-1, 1)
            for narrow in (False, True)
        }  # fmt: skip

    compare(build, inputs, tmp_path)


def test_a_half_is_rounded_up(tmp_path):
    """The report's own example: 0.5 of the range 0 to 255."""
    import tensorflow as tf

    def build(holders):
        return {"y": tf.quantization.fake_quant_with_min_max_vars(holders["x"], 0.0, 255.0)}

    compare(build, {"x": np.array([0.5, 1.5, 2.5, 254.5], "f4")}, tmp_path)
