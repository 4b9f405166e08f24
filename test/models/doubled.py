"""A frozen GraphDef in double precision: what it computes but for rounding.

Every float32 becomes a float64, and the fused batch norm, which has no such kernel, becomes
its formula.
"""

import protos  # noqa: F401
from tensorflow.core.framework import graph_pb2, types_pb2


def _widen(attribute):
    """Changes the types and constants of one attribute."""
    import tensorflow as tf

    kind = attribute.WhichOneof("value")
    if kind == "type" and attribute.type == types_pb2.DT_FLOAT:
        attribute.type = types_pb2.DT_DOUBLE
    elif kind == "list":
        attribute.list.type[:] = [
            types_pb2.DT_DOUBLE if t == types_pb2.DT_FLOAT else t for t in attribute.list.type
        ]
    elif kind == "tensor" and attribute.tensor.dtype == types_pb2.DT_FLOAT:
        value = tf.make_ndarray(attribute.tensor).astype("float64")
        attribute.tensor.CopyFrom(tf.make_tensor_proto(value, tf.float64, value.shape))


def _batch_norm(graph, node):
    """Adds the formula of an inference batch norm, in the place of `node`."""
    import tensorflow as tf

    assert not node.attr["is_training"].b and node.attr["data_format"].s in (b"", b"NHWC"), node.name
    x, scale, offset, mean, variance = node.input[:5]

    def add(name, op, *inputs):
        made = graph.node.add(name=name, op=op, input=inputs)
        made.attr["T"].type = types_pb2.DT_DOUBLE
        return name

    epsilon = graph.node.add(name=f"{node.name}/epsilon", op="Const")
    epsilon.attr["dtype"].type = types_pb2.DT_DOUBLE
    epsilon.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(node.attr["epsilon"].f, tf.float64, ()))
    variance = add(f"{node.name}/variance", "AddV2", variance, epsilon.name)
    deviation = add(f"{node.name}/deviation", "Rsqrt", variance)
    factor = add(f"{node.name}/factor", "Mul", deviation, scale)
    centred = add(f"{node.name}/centred", "Sub", x, mean)
    scaled = add(f"{node.name}/scaled", "Mul", centred, factor)
    add(node.name, "AddV2", scaled, offset)


def doubled(graph):
    result = graph_pb2.GraphDef(versions=graph.versions)
    for node in graph.node:
        if node.op.startswith("FusedBatchNorm"):
            _batch_norm(result, node)
            continue
        copy = result.node.add()
        copy.CopyFrom(node)
        for attribute in copy.attr.values():
            _widen(attribute)
    return result
