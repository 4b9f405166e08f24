# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The programs of docs/examples run as their documentation prints it."""

import ast
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"


def printed(name):
    """The command lines in a program's documentation, without what is optional in them."""
    text = ast.get_docstring(ast.parse((EXAMPLES / name).read_text())).replace("\\\n", " ")
    lines = re.findall(r"^ +((?:python|graft) .*)$", text, re.M)
    assert lines, f"{name} does not say how it is called"
    return [re.sub(r" *\[[^]]*\]", "", line) for line in lines]


@pytest.fixture
def folder(tmp_path):
    """A folder like docs/examples, which the programs may fill."""
    for program in EXAMPLES.glob("*.py"):
        shutil.copy(program, tmp_path)
    return tmp_path


def shell(line, folder, code=0):
    """Runs a command line; what it prints."""
    path = os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ["GRAFT_BIN"], os.environ["PATH"]])
    environment = dict(os.environ, PATH=path, TF_TRT_ALLOW_ENGINE_NATIVE_SEGMENT_EXECUTION="False")
    done = subprocess.run(["bash", "-c", line], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == code, done.stderr[-4000:]
    return done.stdout if code == 0 else done.stderr


def example(name, folder, more="", code=0):
    """Runs the one command line of a program."""
    (line,) = printed(name)
    return shell(f"{line} {more}", folder, code)


def test_the_environment_that_the_page_sets_up():
    """Its lines find Python's packages and the command of a build."""
    (block,) = re.findall(r"^```sh\n(.*?)^```$", (EXAMPLES / "README.md").read_text(), re.M | re.S)
    if pathlib.Path(os.environ["GRAFT_BIN"]).resolve() != ROOT / "build" / "bin":
        pytest.skip("the page is about the build in build/")
    program = block + 'python -c "import graft, skimage, sklearn, tensorflow, tf_keras; print(graft.__file__)"\ngraft --version\npwd'
    environment = {key: os.environ[key] for key in ("HOME", "PATH", "XDG_CACHE_HOME") if key in os.environ}
    done = subprocess.run(["bash", "-ec", program], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    package, version, where = done.stdout.splitlines()
    assert package.startswith(str(ROOT / "build")) and version.startswith("graft ")
    assert pathlib.Path(where) == EXAMPLES


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


def test_conversion_comparison(bert, folder):
    (folder / "MODEL").symlink_to(bert)
    out = example("conversion_comparison.py", folder, "--work work")
    for comparison in ("frozen", "partial", "e2e"):
        assert re.search(rf"^{comparison} +python \| command line: identical bytes", out, re.M)
    assert re.search(r"^e2e +python \| command line: identical assets/trt-serialized-engine", out, re.M)
    assert "different" not in out
    work = folder / "work"
    plans = sorted((work / "engines").glob("*.plan"))
    assert plans and all(p.with_suffix(".json").stat().st_size for p in plans)
    assert (work / "graph.dot").read_text().startswith("digraph")
    assert (work / "report.json").exists()


def test_inception_v3(folder):
    out = example("inception_v3.py", folder, "--folder models --precisions FP32 --runs 8")
    assert (folder / "models" / "inceptionv3_saved_model_TFTRT_FP32" / "saved_model.pb").exists()
    assert "[*] Total number of TensorRT engines: 1" in out
    (row,) = re.findall(r"^FP32 +([\d.]+) +([\d.]+) +(\S+)$", out, re.M)
    assert float(row[0]) > 0 and float(row[2]) < 1e-5
    assert re.search(r"^chelsea.png: class \d+", out, re.M)


def test_inference_graph(folder):
    out = example("inference_graph.py", folder)
    assert re.search(r"nodes became \d+, 1 of them engines", out)
    right = [float(x) for x in re.findall(r": ([\d.]+) of the digits right", out)]
    assert len(right) == 2 and right[0] == right[1] > 0.9
    assert float(re.search(r"largest difference: (\S+)", out)[1]) < 1e-5


def test_tf2trt_resnet50(folder):
    out = example("tf2trt_resnet50.py", folder)
    assert (folder / "resnet50.plan").exists()
    assert float(re.search(r": (\S+) from TensorFlow", out)[1]) < 1e-4


def test_tf2trt_reports_what_is_unknown(folder):
    err = example("tf2trt_resnet50.py", folder, "--unknown", code=1)
    assert "unusual/BesselI0e (BesselI0e): operator BesselI0e has no conversion" in err
    assert not (folder / "resnet50.plan").exists()


def test_checkpoint_to_plan(folder):
    lines = printed("checkpoint_to_plan.py")
    train, freeze, deploy, infer = (line for line in lines if line.startswith("python "))
    out = shell(train, folder)
    assert float(re.search(r": (\S+) of new crops right", out)[1]) > 0.9
    for line in (freeze, deploy):
        shell(line, folder)
    plan = (folder / "model" / "model.PLAN").read_bytes()
    out = shell(infer, folder)
    assert re.search(r"^china.jpg: .* no flower$", out, re.M)
    assert re.search(r"^flower.jpg: \[[^]]*\] flower$", out, re.M)
    # The same without Python.
    for line in lines:
        if line.startswith("graft "):
            shell(line, folder)
    assert (folder / "model" / "model.PLAN").read_bytes() == plan
