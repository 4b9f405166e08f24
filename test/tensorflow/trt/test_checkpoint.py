# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A TensorFlow 1 checkpoint, in training, becomes a frozen graph and a plan."""

import os
import pathlib
import shutil
import subprocess

import numpy as np
import pytest
import tensorflow as tf

import graft

v1 = tf.compat.v1
OUTPUT = "softmax_tensor"


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """(folder, pictures, answers after each step of the training)."""
    folder = tmp_path_factory.mktemp("checkpoint")
    random = np.random.default_rng(0)
    pictures = random.normal(size=(4, 12, 12, 3)).astype(np.float32)
    answers = []
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None, 12, 12, 3], name="images_placeholder")
        labels = v1.placeholder(tf.int32, [None], name="labels")
        # Of each kind: a reference, a resource, one that is saved in parts.
        w = v1.get_variable("w", [3, 3, 3, 8], use_resource=False)
        scale = v1.get_variable("scale", [8], use_resource=True)
        parts = v1.get_variable("parts", [8, 2], partitioner=v1.fixed_size_partitioner(2, axis=0))
        y = tf.reduce_mean(tf.nn.relu(tf.nn.conv2d(x, w, 2, "SAME")), [1, 2]) * scale
        logits = tf.matmul(y, parts)
        output = tf.nn.softmax(logits, name=OUTPUT)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        step = v1.train.get_or_create_global_step()
        train = v1.train.MomentumOptimizer(0.5, 0.9).minimize(tf.reduce_mean(loss), step)
        session.run(v1.global_variables_initializer())
        saver = v1.train.Saver()
        for _ in range(2):
            session.run(train, {x: pictures, labels: [0, 1, 0, 1]})
            saver.save(session, str(folder / "model.ckpt"), global_step=step)
            answers.append(session.run(output, {x: pictures}))
    return folder, pictures, answers


def answer(plan, pictures):
    return graft.load(plan)(images_placeholder=pictures)[OUTPUT]


@pytest.mark.parametrize(
    "name, step",
    [("", 1), ("model.ckpt-2.meta", 1), ("model.ckpt-1.index", 0), ("model.ckpt-1.meta", 0)],
)
def test_freeze_and_build(checkpoint, name, step):
    """A folder stands for its newest checkpoint. What only training needs is gone."""
    folder, pictures, answers = checkpoint
    frozen = graft.freeze(folder / name, outputs=[OUTPUT])
    graph = v1.GraphDef.FromString(bytes(frozen))
    operators = {node.op for node in graph.node}
    assert not operators & {"VariableV2", "VarHandleOp", "RestoreV2", "ApplyMomentum"}
    assert [n.name for n in graph.node if n.op == "Placeholder"] == ["images_placeholder"]
    for plan in (graft.build(bytes(frozen), outputs=[OUTPUT]), graft.build(folder / name, outputs=[OUTPUT])):
        np.testing.assert_allclose(answer(plan, pictures), answers[step], rtol=1e-5, atol=1e-6)


def test_convert(checkpoint):
    """Engines go into the frozen graph."""
    folder, _, _ = checkpoint
    graph = graft.convert(folder, outputs=[OUTPUT]).graph_def()
    assert [node.op for node in graph.node].count("TRTEngineOp") == 1


def freeze_program(path, out):
    """`graft freeze`, which takes a prefix as well."""
    program = pathlib.Path(os.environ["GRAFT_BIN"]) / "graft"
    return subprocess.run(
        [program, "freeze", path, "--outputs", OUTPUT, "-o", out], capture_output=True, text=True
    )


def test_prefix(checkpoint, tmp_path):
    folder, _, _ = checkpoint
    done = freeze_program(folder / "model.ckpt-2", tmp_path / "frozen.pb")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "frozen.pb").read_bytes() == bytes(graft.freeze(folder, outputs=[OUTPUT]))


def test_folder_that_moved(checkpoint, tmp_path):
    """The list names files where they were when it was written."""
    folder, _, _ = checkpoint
    moved = tmp_path / "moved"
    shutil.copytree(folder, moved)
    (moved / "checkpoint").write_text('model_checkpoint_path: "/nowhere/model.ckpt-1"\n')
    want = graft.freeze(folder / "model.ckpt-1.meta", outputs=[OUTPUT])
    assert bytes(graft.freeze(moved, outputs=[OUTPUT])) == bytes(want)


@pytest.mark.parametrize(
    "break_it, message",
    [
        (lambda f: (f / "model.ckpt-2.meta").unlink(), "model.ckpt-2.meta', got none"),
        (lambda f: (f / "model.ckpt-2.index").unlink(), "model.ckpt-2.index', the variables of the"),
        (lambda f: (f / "checkpoint").write_text("what?"), "checkpoint' does not name a checkpoint"),
        (lambda f: (f / "model.ckpt-2.meta").write_bytes(b"\x0fnot"), "is damaged or no MetaGraphDef"),
        (lambda f: (f / "model.ckpt-2.data-00000-of-00001").unlink(), "model.ckpt-2.data-00000-of-00001"),
    ],
)
def test_errors(checkpoint, tmp_path, break_it, message):
    folder, _, _ = checkpoint
    broken = tmp_path / "broken"
    shutil.copytree(folder, broken)
    (broken / "checkpoint").write_text('model_checkpoint_path: "model.ckpt-2"\n')
    break_it(broken)
    done = freeze_program(broken, tmp_path / "frozen.pb")
    assert done.returncode == 4
    assert message in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "frozen.pb").exists()


def test_checkpoint_without_a_graph(tmp_path):
    """TensorFlow 2 saves variables alone: the line says what to save instead."""
    checkpoint = tf.train.Checkpoint(v=tf.Variable(1.0))
    prefix = checkpoint.save(str(tmp_path / "ckpt"))
    done = freeze_program(prefix, tmp_path / "frozen.pb")
    assert done.returncode == 4
    assert "save that with tf.saved_model.save" in done.stderr
