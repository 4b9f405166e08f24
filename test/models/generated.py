"""Small GraphDefs that between them hold every kind of thing that a GraphDef can hold.

graphs() -> {name: GraphDef}. They need not make sense to TensorFlow's executor (some
use made-up operators), but each is a graph that its readers accept.
"""

import math

import protos  # noqa: F401
from tensorflow.core.framework import (
    attr_value_pb2,
    full_type_pb2,
    graph_pb2,
    tensor_pb2,
    tensor_shape_pb2,
    types_pb2,
)

AttrValue = attr_value_pb2.AttrValue
TensorProto = tensor_pb2.TensorProto
Shape = tensor_shape_pb2.TensorShapeProto


def shape(*dims, names=()):
    """dims None: unknown rank."""
    if dims == (None,):
        return Shape(unknown_rank=True)
    result = Shape()
    for i, size in enumerate(dims):
        result.dim.add(size=size, name=names[i] if i < len(names) else "")
    return result


def node(graph, name, op, inputs=(), device="", **attributes):
    result = graph.node.add(name=name, op=op, input=list(inputs), device=device)
    for key, value in attributes.items():
        if not isinstance(value, AttrValue):
            value = AttrValue(type=value)
        result.attr[key].CopyFrom(value)
    return result


def placeholder(graph, name="x", dtype=types_pb2.DT_FLOAT, **more):
    return node(graph, name, "Placeholder", dtype=dtype, **more)


def tensor_attr(dtype, dims, **fields):
    tensor = TensorProto(dtype=dtype, **fields)
    tensor.tensor_shape.CopyFrom(dims if isinstance(dims, Shape) else shape(*dims))
    return AttrValue(tensor=tensor)


def scalar_attributes():
    graph = graph_pb2.GraphDef()
    values = {
        "s": AttrValue(s=b"text"),
        "s_bytes": AttrValue(s=bytes(range(256))),
        "s_empty": AttrValue(s=b""),
        "i": AttrValue(i=-7),
        "i_least": AttrValue(i=-(2**63)),
        "i_most": AttrValue(i=2**63 - 1),
        "i_zero": AttrValue(i=0),
        "b_true": AttrValue(b=True),
        "b_false": AttrValue(b=False),
        "none": AttrValue(),
        "placeholder": AttrValue(placeholder="T"),
        "shape": AttrValue(shape=shape(1, -1, 3)),
        "shape_scalar": AttrValue(shape=shape()),
        "shape_unknown": AttrValue(shape=shape(None)),
        "shape_zero": AttrValue(shape=shape(0, 2)),
        "shape_names": AttrValue(shape=shape(2, 3, names=("rows", "columns"))),
    }
    floats = [0.0, -0.0, 1.5, math.inf, -math.inf, math.nan, 1e-45, 3.4028235e38, 0.1]
    values.update({f"f{i}": AttrValue(f=value) for i, value in enumerate(floats)})
    node(graph, "a", "MadeUpScalars", **values)
    return graph


def list_attributes():
    graph = graph_pb2.GraphDef()
    lists = {
        "empty": {},
        "s": {"s": [b"a", b"", b"\xff\x00"]},
        "i": {"i": [1, -1, 2**62]},
        "i_one": {"i": [0]},
        "f": {"f": [0.5, -0.0, math.inf, math.nan]},
        "b": {"b": [True, False]},
        "type": {"type": [types_pb2.DT_FLOAT, types_pb2.DT_INT8]},
        "shape": {"shape": [shape(1, 2), shape(None), shape()]},
        "tensor": {"tensor": [tensor_attr(1, (2,), float_val=[1, 2]).tensor,
                              tensor_attr(7, (), string_val=[b"x"]).tensor]},
        "mixed": {"i": [1], "s": [b"two"], "f": [3.0]},
    }  # fmt: skip
    values = {key: AttrValue(list=AttrValue.ListValue(**kinds)) for key, kinds in lists.items()}
    functions = AttrValue()
    for name in ("f", "g"):
        function = functions.list.func.add(name=name)
        function.attr["T"].type = types_pb2.DT_FLOAT
    values["func"] = functions
    node(graph, "a", "MadeUpLists", **values)
    return graph


def types():
    """Every DataType, its reference, and two numbers that no version has yet."""
    graph = graph_pb2.GraphDef()
    numbers = sorted(types_pb2.DataType.values()) + [77, 199]
    node(graph, "a", "MadeUpTypes", **{f"t{n}": AttrValue(type=n) for n in numbers})
    listed = AttrValue()
    listed.list.type.extend(numbers)
    node(graph, "b", "MadeUpTypes", all=listed)
    return graph


def functions_in_attributes():
    graph = graph_pb2.GraphDef()
    outer = AttrValue()
    inner = outer.func
    for depth in range(20):  # protobuf's own limit is about 30 levels
        inner.name = f"level{depth}"
        inner.attr["i"].i = depth
        inner.attr["shape"].shape.CopyFrom(shape(depth, -1))
        inner = inner.attr["f"].func
    inner.name = "last"
    node(graph, "a", "MadeUpCall", f=outer)
    return graph


def tensors():
    """Constants in every encoding, whole, cut short, and without any value."""
    graph = graph_pb2.GraphDef()
    d = types_pb2
    fields = [
        (d.DT_FLOAT, {"float_val": [1.5, -0.0, math.nan]}),
        (d.DT_DOUBLE, {"double_val": [1e300, -0.0, math.inf]}),
        (d.DT_INT32, {"int_val": [1, -2, 2**31 - 1]}),
        (d.DT_INT16, {"int_val": [1, -2, 3]}),
        (d.DT_INT8, {"int_val": [1, -128, 127]}),
        (d.DT_UINT8, {"int_val": [1, 2, 255]}),
        (d.DT_UINT16, {"int_val": [1, 2, 65535]}),
        (d.DT_QINT8, {"int_val": [1, -2, 3]}),
        (d.DT_QUINT8, {"int_val": [1, 2, 3]}),
        (d.DT_QINT32, {"int_val": [1, -2, 3]}),
        (d.DT_HALF, {"half_val": [0x3C00, 0x8000, 0x7E00]}),
        (d.DT_BFLOAT16, {"half_val": [0x3F80, 0x8000, 0x7FC0]}),
        (d.DT_STRING, {"string_val": [b"", b"\xff\x00", b"text"]}),
        (d.DT_COMPLEX64, {"scomplex_val": [1, 2, 3, 4, 5, 6]}),
        (d.DT_COMPLEX128, {"dcomplex_val": [1, 2, 3, 4, 5, 6]}),
        (d.DT_INT64, {"int64_val": [1, -(2**63), 2**63 - 1]}),
        (d.DT_BOOL, {"bool_val": [True, False, True]}),
        (d.DT_UINT32, {"uint32_val": [1, 2, 2**32 - 1]}),
        (d.DT_UINT64, {"uint64_val": [1, 2, 2**64 - 1]}),
    ]
    for dtype, encoding in fields:
        ((field, values),) = encoding.items()
        name = types_pb2.DataType.Name(dtype) + "_" + field
        per = 2 if "complex" in field else 1
        node(graph, name, "Const", dtype=dtype, value=tensor_attr(dtype, (3,), **encoding))
        node(graph, name + "_splat", "Const", dtype=dtype,
             value=tensor_attr(dtype, (4, 5), **{field: values[:per]}))  # fmt: skip
        node(graph, name + "_short", "Const", dtype=dtype,
             value=tensor_attr(dtype, (7,), **{field: values[: 2 * per]}))  # fmt: skip
        node(graph, name + "_empty", "Const", dtype=dtype, value=tensor_attr(dtype, (0, 2)))
        if dtype != d.DT_STRING:
            node(graph, name + "_zero", "Const", dtype=dtype, value=tensor_attr(dtype, (2, 2)))
    sizes = {d.DT_FLOAT: 4, d.DT_HALF: 2, d.DT_INT8: 1, d.DT_INT64: 8, d.DT_BOOL: 1,
             d.DT_COMPLEX128: 16, d.DT_BFLOAT16: 2, d.DT_UINT16: 2}  # fmt: skip
    for dtype, size in sizes.items():
        name = types_pb2.DataType.Name(dtype) + "_content"
        # Odd bits on purpose: what a constant holds is kept to the bit.
        content = bytes((7 * i + (dtype == d.DT_FLOAT)) % 256 for i in range(6 * size))
        if dtype == d.DT_BOOL:
            content = b"\0\1\0\1\1\0"
        node(graph, name, "Const", dtype=dtype, value=tensor_attr(dtype, (2, 3), tensor_content=content))
    scalar = tensor_attr(d.DT_FLOAT, (), float_val=[2.0])
    scalar.tensor.version_number = 3
    node(graph, "scalar", "Const", dtype=d.DT_FLOAT, value=scalar)
    return graph


def special_tensors():
    """Values that only made-up operators carry: resources, variants, no type at all."""
    graph = graph_pb2.GraphDef()
    resource = tensor_attr(types_pb2.DT_RESOURCE, ())
    handle = resource.tensor.resource_handle_val.add(
        device="/cpu:0", container="c", name="v", hash_code=2**63, maybe_type_name="t"
    )
    handle.dtypes_and_shapes.add(dtype=1, shape=shape(2, -1))
    variant = tensor_attr(types_pb2.DT_VARIANT, ())
    value = variant.tensor.variant_val.add(type_name="list", metadata=b"\x00\x01")
    value.tensors.add(dtype=1, float_val=[1]).tensor_shape.CopyFrom(shape(1))
    untyped = tensor_attr(types_pb2.DT_INVALID, ())
    node(graph, "a", "MadeUpTensors", resource=resource, variant=variant, untyped=untyped)
    return graph


def names_and_edges():
    graph = graph_pb2.GraphDef()
    placeholder(graph, "x", device="/job:worker/task:0/device:CPU:0")
    # The file's order is kept, also where a consumer comes before its producer.
    node(graph, "scope/late", "AddV2", ["x", "scope/Early_1.0"], T=types_pb2.DT_FLOAT)
    node(graph, "scope/Early_1.0", "Identity", ["x:0"], T=types_pb2.DT_FLOAT)
    split = node(graph, "split", "Split", ["axis", "x"], T=types_pb2.DT_FLOAT)
    split.attr["num_split"].i = 3
    node(graph, "axis", "Const", dtype=types_pb2.DT_INT32,
         value=tensor_attr(types_pb2.DT_INT32, (), int_val=[0]))  # fmt: skip
    node(graph, "join", "AddN", ["split", "split:1", "split:2", "split:1", "^scope/late", "^axis"],
         N=AttrValue(i=4), T=types_pb2.DT_FLOAT)  # fmt: skip
    node(graph, "end", "NoOp", ["^join", "^x"])
    node(graph, "0", "MadeUp", ["split:1", "x"])
    return graph


def provenance():
    graph = graph_pb2.GraphDef()
    first = placeholder(graph)
    first.experimental_debug_info.original_node_names.extend(["a", "b"])
    first.experimental_debug_info.original_func_names.append("f")
    second = node(graph, "y", "Identity", ["x"], T=types_pb2.DT_FLOAT)
    second.experimental_type.type_id = full_type_pb2.TFT_PRODUCT
    argument = second.experimental_type.args.add(type_id=full_type_pb2.TFT_TENSOR)
    argument.args.add(type_id=full_type_pb2.TFT_FLOAT)
    argument.args.add(type_id=full_type_pb2.TFT_VAR, s="T")
    graph.versions.producer = 2000
    graph.versions.min_consumer = 12
    graph.versions.bad_consumers.extend([7, 9])
    graph.version = 21
    graph.debug_info.files.extend(["model.py"])
    trace = graph.debug_info.traces["y@"]
    trace.file_line_cols.add(file_index=0, line=3, col=4, func="call", code="y = x")
    return graph


def library():
    """Functions that call one another, with everything that a FunctionDef has."""
    graph = graph_pb2.GraphDef()
    placeholder(graph)
    node(graph, "call", "twice", ["x"])
    partitioned = node(graph, "partitioned", "PartitionedCall", ["x"])
    partitioned.attr["Tin"].list.type.append(types_pb2.DT_FLOAT)
    partitioned.attr["Tout"].list.type.append(types_pb2.DT_FLOAT)
    partitioned.attr["f"].func.name = "square"
    for name, op, operands in (("twice", "AddV2", ("x", "x")), ("square", "Mul", ("x", "x"))):
        function = graph.library.function.add()
        signature = function.signature
        signature.name = name
        signature.description = "what it does"
        signature.summary = "short"
        signature.is_stateful = name == "twice"
        entry = signature.input_arg.add(name="x", type=types_pb2.DT_FLOAT, description="in")
        entry.experimental_full_type.type_id = full_type_pb2.TFT_TENSOR
        signature.output_arg.add(name="y", type=types_pb2.DT_FLOAT)
        signature.control_output.append("done")
        declared = signature.attr.add(name="T", type="type")
        declared.default_value.type = types_pb2.DT_FLOAT
        declared.allowed_values.list.type.append(types_pb2.DT_FLOAT)
        function.attr["_noinline"].b = True
        function.arg_attr[0].attr["_user_specified_name"].s = b"x"
        function.resource_arg_unique_id[0] = 5
        body = function.node_def.add(name="body", op=op, input=operands)
        body.attr["T"].type = types_pb2.DT_FLOAT
        body.attr["late"].placeholder = "T"
        function.node_def.add(name="control", op="NoOp", input=["^body"])
        function.ret["y"] = "body:z:0"
        function.control_ret["done"] = "control"
    graph.library.gradient.add(function_name="square", gradient_func="twice")
    registered = graph.library.registered_gradients.add()
    registered.gradient_func = "square"
    registered.registered_op_type = "MadeUpSquare"
    return graph


def unknown_fields():
    """Fields from a future version of the format, at every level."""
    graph = library()
    graph.MergeFromString(tensors().SerializeToString())

    def add(message, number):
        # A varint, and bytes, under a field number that is not taken.
        tag = [(number << 3) | 0, (number << 3) | 2]
        raw = _varint(tag[0]) + _varint(300) + _varint(tag[1]) + _varint(3) + b"new"
        message.MergeFromString(raw)

    made_up = node(graph, "made_up", "MadeUp", T=types_pb2.DT_FLOAT)
    add(made_up.attr["T"], 1003)
    add(graph, 1000)
    add(graph.versions, 1001)
    add(graph.library, 1002)
    for i, entry in enumerate(graph.node):
        add(entry, 1010 + i)
        for value in entry.attr.values():
            # A type that says what an operator's results are must be a plain one.
            if not value.HasField("type") and not value.list.type:
                add(value, 1003)
            if value.HasField("tensor"):
                add(value.tensor, 1004)
                add(value.tensor.tensor_shape, 1005)
                for dim in value.tensor.tensor_shape.dim:
                    add(dim, 1006)
    for function in graph.library.function:
        add(function, 1007)
        add(function.signature, 1008)
        add(function.signature.input_arg[0], 1009)
        add(function.node_def[0], 1010)
    return graph


def _varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def loop():
    """A v1 while loop: the one place where a graph may have a cycle."""
    graph = graph_pb2.GraphDef()
    f = types_pb2.DT_FLOAT
    frame = {"T": f, "frame_name": AttrValue(s=b"loop"), "parallel_iterations": AttrValue(i=10)}
    placeholder(graph)
    node(graph, "enter", "Enter", ["x"], is_constant=AttrValue(b=False), **frame)
    node(graph, "merge", "Merge", ["enter", "next"], T=f, N=AttrValue(i=2))
    node(graph, "limit", "Const", ["^merge"], dtype=f, value=tensor_attr(f, (), float_val=[10]))
    node(graph, "less", "Less", ["merge", "limit"], T=f)
    node(graph, "cond", "LoopCond", ["less"])
    node(graph, "switch", "Switch", ["merge", "cond"], T=f)
    node(graph, "one", "Const", ["^switch"], dtype=f, value=tensor_attr(f, (), float_val=[1]))
    node(graph, "add", "AddV2", ["switch:1", "one"], T=f)
    node(graph, "next", "NextIteration", ["add"], T=f)
    node(graph, "exit", "Exit", ["switch"], T=f)
    return graph


def no_nodes():
    graph = graph_pb2.GraphDef()
    graph.versions.producer = 1882
    return graph


def graphs():
    makers = [
        scalar_attributes, list_attributes, types, functions_in_attributes, tensors,
        special_tensors, names_and_edges, provenance, library, unknown_fields, loop,
        no_nodes,
    ]  # fmt: skip
    return {maker.__name__: maker() for maker in makers}
