# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The programs of docs/examples run as their documentation says."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

EXAMPLES = pathlib.Path(__file__).parents[2] / "docs" / "examples"


def example(name, *arguments, code=0):
    """Runs a program; what it prints."""
    environment = dict(os.environ, TF_TRT_ALLOW_ENGINE_NATIVE_SEGMENT_EXECUTION="False")
    done = subprocess.run(
        [sys.executable, EXAMPLES / name, *map(str, arguments)],
        env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == code, done.stderr[-4000:]
    return done.stdout if code == 0 else done.stderr


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    """BERT, small, as a SavedModel."""
    folder = tmp_path_factory.mktemp("bert") / "model"
    program = """if True:
        import sys, tensorflow as tf, transformers
        config = transformers.BertConfig(
            hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=128, vocab_size=500)
        bert = transformers.TFBertModel(config)
        spec = lambda name: tf.TensorSpec([1, 16], tf.int32, name=name)
        names = ("input_ids", "attention_mask", "token_type_ids")
        @tf.function(input_signature=[{name: spec(name) for name in names}])
        def serve(inputs):
            return {"last_hidden_state": bert(inputs).last_hidden_state}
        tf.saved_model.save(bert, sys.argv[1], signatures=serve)
    """
    environment = dict(os.environ, TF_USE_LEGACY_KERAS="1", TF_CPP_MIN_LOG_LEVEL="3")
    subprocess.run([sys.executable, "-c", program, str(folder)], check=True, env=environment)
    return folder


def test_conversion_comparison(bert, tmp_path):
    out = example("conversion_comparison.py", bert, "--work", tmp_path)
    for comparison in ("frozen", "partial", "e2e"):
        assert re.search(rf"^{comparison} +python \| command line: identical bytes", out, re.M)
    assert re.search(r"^e2e +python \| command line: identical assets/trt-serialized-engine", out, re.M)
    assert "different" not in out
    plans = sorted((tmp_path / "engines").glob("*.plan"))
    assert plans and all(p.with_suffix(".json").stat().st_size for p in plans)
    assert (tmp_path / "graph.dot").read_text().startswith("digraph")
    assert (tmp_path / "report.json").exists()


def test_inception_v3(tmp_path):
    out = example("inception_v3.py", "--folder", tmp_path, "--precisions", "FP32", "--runs", 8)
    assert (tmp_path / "inceptionv3_saved_model_TFTRT_FP32" / "saved_model.pb").exists()
    assert "[*] Total number of TensorRT engines: 1" in out
    (row,) = re.findall(r"^FP32 +([\d.]+) +([\d.]+) +(\S+)$", out, re.M)
    assert float(row[0]) > 0 and float(row[2]) < 1e-5
    assert re.search(r"^chelsea.png: class \d+", out, re.M)


def test_inference_graph():
    out = example("inference_graph.py")
    assert re.search(r"nodes became \d+, 1 of them engines", out)
    right = [float(x) for x in re.findall(r": ([\d.]+) of the digits right", out)]
    assert len(right) == 2 and right[0] == right[1] > 0.9
    assert float(re.search(r"largest difference: (\S+)", out)[1]) < 1e-5


def test_tf2trt_resnet50(tmp_path):
    out = example("tf2trt_resnet50.py", "--engine", tmp_path / "resnet50.plan")
    assert (tmp_path / "resnet50.plan").exists()
    assert float(re.search(r": (\S+) from TensorFlow", out)[1]) < 1e-4


def test_tf2trt_reports_what_is_unknown(tmp_path):
    err = example("tf2trt_resnet50.py", "--engine", tmp_path / "x.plan", "--unknown", code=1)
    assert "unusual/BesselI0e (BesselI0e): operator BesselI0e has no conversion" in err
    assert not (tmp_path / "x.plan").exists()


def test_checkpoint_to_plan(tmp_path):
    name = "checkpoint_to_plan.py"
    out = example(name, "train", f"--checkpoint_folder={tmp_path}")
    assert float(re.search(r": (\S+) of new crops right", out)[1]) > 0.9
    example(name, "freeze", f"--checkpoint_folder={tmp_path}", "--output_node_names=softmax_tensor")
    example(
        name, "deploy", f"--frozen_file={tmp_path}/frozen_model.pb",
        "--input_placeholder=images_placeholder", "--dimensions=3,64,64",
        "--output_placeholders=softmax_tensor", f"--file_path={tmp_path}/model.PLAN", "--max_batch_size=1",
    )  # fmt: skip
    out = example(name, "infer", f"--plan_file={tmp_path}/model.PLAN", "--desired_size=3,64,64")
    assert re.search(r"^china.jpg: .* no flower$", out, re.M)
    assert re.search(r"^flower.jpg: \[[^]]*\] flower$", out, re.M)
