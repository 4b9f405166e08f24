"""What the fusions make of real networks, as `graft inspect --json` tells it.

Every statement is about TensorFlow's own nodes: a layer names those that it stands for, and
the frozen graph says what they are.
"""

import collections
import json

import pytest
import tools
import zoo
from tensorflow.core.framework import graph_pb2

with open("/proc/cpuinfo") as cpuinfo:
    HAS_AVX512 = "avx512f" in cpuinfo.read().split()


class Network:
    def __init__(self, name, folder):
        path = zoo.graphdef(name, 1)
        graph = graph_pb2.GraphDef()
        graph.ParseFromString(path.read_bytes())
        self.ops = {node.name: node.op for node in graph.node}
        plan = folder / f"{name}.plan"
        tools.tool("graft", "build", path, "-o", plan)
        self.layers = json.loads(tools.tool("graft", "inspect", "--json", plan).out)["layers"]

    def count(self, layer, op):
        return sum(self.ops.get(node) == op for node in layer["nodes"])

    def layers_with(self, op):
        return [layer for layer in self.layers if self.count(layer, op)]

    def convolutions(self):
        """The launches that convolve; slices of a merged one name its nodes, too."""
        return [layer for layer in self.layers_with("Conv2D") if layer["kind"] != "slice"]

    def kinds(self):
        return collections.Counter(layer["kind"] for layer in self.layers)


@pytest.fixture(scope="module")
def inception(tmp_path_factory):
    return Network("inception_v3", tmp_path_factory.mktemp("plan"))


@pytest.fixture(scope="module")
def resnet(tmp_path_factory):
    return Network("resnet50", tmp_path_factory.mktemp("plan"))


def test_inception_carries_norm_and_relu(inception):
    """All 94 convolutions have their batch norm in the weights, and every ReLU rides: on the convolution, or on
    the mean that has moved behind it in the 9 branches that average first."""
    convolutions = inception.convolutions()
    assert sum(inception.count(layer, "Conv2D") for layer in convolutions) == 94
    means = [layer for layer in inception.layers if layer["kind"] == "avg_pool2d"]
    assert len(means) == 9 and all(layer["outputs"][0]["shape"][3] <= 192 for layer in means)
    for layer in convolutions:
        count = inception.count(layer, "Conv2D")
        assert layer["kind"] == "conv2d"
        assert inception.count(layer, "FusedBatchNormV3") == count, layer["name"]
        assert layer["epilogues"] == ["relu"] * (inception.count(layer, "Relu") > 0), layer["name"]
        assert inception.count(layer, "Relu") in (0, count), layer["name"]
    bare = [layer for layer in convolutions if not layer["epilogues"]]
    assert len(bare) == 9
    for conv, mean in zip(bare, means, strict=True):
        assert mean["inputs"][0]["shape"] == conv["outputs"][0]["shape"]
        assert mean["epilogues"] == ["relu"] and inception.count(mean, "Relu") == 1, mean["name"]
    carried = {node for layer in convolutions + means for node in layer["nodes"] if inception.ops.get(node) == "Relu"}
    assert len(carried) == 94


def test_inception_merges_siblings(inception):
    """The 1x1 convolutions that read the same tensor are one: ten groups of 29 convolutions."""
    counts = [inception.count(layer, "Conv2D") for layer in inception.convolutions()]
    merged = [count for count in counts if count > 1]
    assert len(merged) == 10 and sum(merged) == 29
    assert len(counts) == 94 - 29 + 10


def test_inception_leaves_nothing_behind(inception):
    """Only real work is left; concatenations are written in place."""
    kinds = {"conv2d", "max_pool2d", "avg_pool2d", "slice", "reduce", "matmul", "softmax"}
    if HAS_AVX512:
        assert set(inception.kinds()) == kinds
        assert inception.kinds()["slice"] <= 9
    else:  # more convolutions are oneDNN's, which write no slices
        assert set(inception.kinds()) == kinds | {"concat", "identity"}
        assert inception.kinds()["slice"] <= 24 and inception.kinds()["concat"] <= 4


def test_resnet_carries_residuals(resnet):
    """The addition of each of the 16 blocks and the ReLU after it ride on a convolution."""
    assert sum(resnet.count(layer, "Conv2D") for layer in resnet.convolutions()) == 53
    riding = [layer for layer in resnet.layers if layer["epilogues"] == ["add", "relu"]]
    assert len(riding) == 16
    for layer in riding:
        assert resnet.count(layer, "Conv2D") == 1 and resnet.count(layer, "AddV2") == 1, layer["name"]
    for layer in resnet.layers_with("Conv2D"):
        assert resnet.count(layer, "FusedBatchNormV3") == resnet.count(layer, "Conv2D"), layer["name"]


def test_resnet_leaves_nothing_behind(resnet):
    """Paddings are in the convolution and the pooling that read them."""
    assert resnet.kinds() == {
        "conv2d": 53, "max_pool2d": 1, "strided_slice": 3, "reduce": 1, "matmul": 1, "softmax": 1
    }  # fmt: skip
    assert all(layer["kind"] in ("conv2d", "max_pool2d") for layer in resnet.layers_with("Pad"))


def test_resnet_computes_what_is_read(resnet):
    """Three stages begin with strided 1x1 convolutions: the block before each computes a quarter of its pixels."""
    shapes = {layer["name"].split("/")[1]: layer["outputs"][0]["shape"] for layer in resnet.convolutions()}
    for block, size, channels in (("conv2_block3", 28, 64), ("conv3_block4", 14, 128), ("conv4_block6", 7, 256)):
        assert shapes[f"{block}_2_relu"] == [1, size, size, channels]
        assert shapes[f"{block}_out"] == [1, size, size, 4 * channels]


def test_every_layer_is_f32(inception, resnet):
    """Without a request no precision changes."""
    for network in (inception, resnet):
        assert {layer["precision"] for layer in network.layers} == {"fp32"}
