"""More graphs, for round trips: generated() gives (name, GraphDef) pairs.

Where generated.py has one graph for each thing that a GraphDef can hold, these go into the
corners: every element type in every encoding, whole, partial and odd, names that start
alike, unknown fields at every level, functions with all their properties, and noise.
"""

import math
import random
import struct

import numpy as np
import protos  # noqa: F401
from tensorflow.core.framework import attr_value_pb2, graph_pb2, node_def_pb2, tensor_pb2, types_pb2

UNKNOWN = b"\xfa\x3e\x03new"  # field 1007, as a later version might add


def unknown(message):
    """Gives the message a field that its schema does not know."""
    message.MergeFromString(UNKNOWN)
    return message


def graph(*nodes, producer=2000):
    result = graph_pb2.GraphDef()
    result.node.extend(nodes)
    if producer is not None:
        result.versions.producer = producer
    return result


def node(name, op, inputs=(), **attrs):
    result = node_def_pb2.NodeDef(name=name, op=op, input=inputs)
    for key, value in attrs.items():
        result.attr[key].CopyFrom(value)
    return result


def value(**fields):
    return attr_value_pb2.AttrValue(**fields)


def a_list(**fields):
    return value(list=attr_value_pb2.AttrValue.ListValue(**fields))


def a_type(number):
    return value(type=number)


def a_func(name, **attrs):
    func = attr_value_pb2.NameAttrList(name=name)
    for key, attr in attrs.items():
        func.attr[key].CopyFrom(attr)
    return value(func=func)


def shape(*dims, names=None, unknown_rank=False):
    result = value().shape.__class__(unknown_rank=unknown_rank)
    for i, size in enumerate(dims):
        result.dim.add(size=size, name=names[i] if names else "")
    return result


def tensor(dtype, dims, **fields):
    return tensor_pb2.TensorProto(dtype=dtype, tensor_shape=shape(*dims), **fields)


def const(name, proto):
    return node(name, "Const", dtype=a_type(proto.dtype), value=value(tensor=proto))


def placeholder(name="x", dtype=types_pb2.DT_FLOAT):
    return node(name, "Placeholder", dtype=a_type(dtype))


def attribute_kinds():
    strings = [b"", b"plain", b'"quoted" \\ back', b"line\nbreak\ttab", bytes(range(256)), "größe".encode()]
    floats = [0.0, -0.0, 1.5, math.inf, -math.inf, math.nan, 1e-45, 3.4028234663852886e38]
    ints = [0, 1, -1, 2**63 - 1, -(2**63)]
    types = [0, 1, 7, 11, 20, 24, 33, 57, 101, 1000, -3]
    shapes = [
        shape(), shape(1, -1, 3), shape(0), shape(unknown_rank=True), shape(2, names=["batch"]),
        unknown(shape(4)), shape(3, unknown_rank=True),
    ]  # fmt: skip
    tensors = [tensor(1, [2], float_val=[1, 2]), tensor_pb2.TensorProto(), tensor(7, [1], string_val=[b"s"])]
    func = a_func("g", T=a_type(1), n=value(i=3), inner=a_func("h", e=value(), l=a_list(s=[b"x"])), s=value(s=b"\xff"))
    attrs = {}
    for i, s in enumerate(strings):
        attrs[f"s{i}"] = value(s=s)
    for i, f in enumerate(floats):
        attrs[f"f{i}"] = value(f=f)
    for i, n in enumerate(ints):
        attrs[f"i{i}"] = value(i=n)
    for i, t in enumerate(types):
        attrs[f"type{i}"] = a_type(t)
    for i, s in enumerate(shapes):
        attrs[f"shape{i}"] = value(shape=s)
    for i, t in enumerate(tensors):
        attrs[f"tensor{i}"] = value(tensor=t)
    attrs |= {
        "b0": value(b=False), "b1": value(b=True), "nothing": value(), "func": func,
        "func_empty": a_func(""), "placeholder": value(placeholder="T"), "unknown": unknown(value(i=1)),
        "unknown_func": value(func=unknown(attr_value_pb2.NameAttrList(name="f"))),
        "list_none": a_list(), "list_s": a_list(s=strings), "list_i": a_list(i=ints),
        "list_f": a_list(f=floats), "list_b": a_list(b=[True, False, True]),
        "list_type": a_list(type=types), "list_shape": a_list(shape=shapes[:4]),
        "list_shape_odd": a_list(shape=shapes), "list_tensor": a_list(tensor=tensors[:1]),
        "list_tensor_odd": a_list(tensor=tensors), "list_func": a_list(func=[func.func, func.func]),
        "list_mixed": a_list(i=[1], s=[b"a"]), "list_unknown": value(list=unknown(value().list.__class__(i=[1]))),
        # Names that need quotes, start alike, or are nothing.
        "": value(i=1), "a b": value(i=2), "größe": value(i=3), "_private": value(i=4), "T": a_type(1),
        "Tpaddings": a_type(3), "Tp": a_type(3), "1st": value(i=5), 'q"\n': value(i=6), "true": value(b=True),
    }  # fmt: skip
    return graph(node("n", "NotInAnyTable", **attrs))


def _bits(dtype, array):
    return tensor(dtype, array.shape, tensor_content=array.tobytes())


def tensor_encodings():
    random_ = np.random.default_rng(3)
    tensors = {}
    numeric = {
        1: ("float_val", np.float32), 2: ("double_val", np.float64), 3: ("int_val", np.int32), 4: ("int_val", np.uint8),
        5: ("int_val", np.int16), 6: ("int_val", np.int8), 9: ("int64_val", np.int64), 10: ("bool_val", np.bool_),
        17: ("int_val", np.uint16), 22: ("uint32_val", np.uint32), 23: ("uint64_val", np.uint64),
    }  # fmt: skip
    for dtype, (field, kind) in numeric.items():
        for count in (1, 2, 7, 300, 5000):
            array = (random_.standard_normal(count) * 100).astype(kind)
            tensors[f"{dtype}_content_{count}"] = _bits(dtype, array)
            tensors[f"{dtype}_values_{count}"] = tensor(dtype, [count], **{field: array.tolist()})
        some = array[:3].tolist()
        tensors |= {
            f"{dtype}_scalar": tensor(dtype, [], **{field: some[:1]}),
            f"{dtype}_none": tensor(dtype, [4]),
            f"{dtype}_splat": tensor(dtype, [2**40], **{field: some[:1]}),
            f"{dtype}_partial": tensor(dtype, [2, 5], **{field: some}),
            f"{dtype}_partial_alike": tensor(dtype, [6], **{field: some[:1] * 3}),
            f"{dtype}_partial_large": tensor(dtype, [9000], **{field: some}),
            f"{dtype}_empty": tensor(dtype, [3, 0]),
            f"{dtype}_content_alike": _bits(dtype, np.full(400, some[0], kind)),
            f"{dtype}_2d": _bits(dtype, array[:60].reshape(5, 12)),
            f"{dtype}_version": tensor(dtype, [1], version_number=7, **{field: some[:1]}),
            f"{dtype}_unknown": unknown(tensor(dtype, [1], **{field: some[:1]})),
            f"{dtype}_large_unknown": unknown(_bits(dtype, array)),
            f"{dtype}_large_version": tensor(dtype, array.shape, version_number=2, tensor_content=array.tobytes()),
        }
    for dtype in (14, 19):
        halves = random_.integers(0, 65536, 900).tolist()
        tensors |= {
            f"{dtype}_values": tensor(dtype, [900], half_val=halves),
            f"{dtype}_few": tensor(dtype, [5], half_val=halves[:2]),
            f"{dtype}_out_of_range": tensor(dtype, [1], half_val=[-5]),
            f"{dtype}_content": tensor(dtype, [2, 2], tensor_content=struct.pack("<4H", *halves[:4])),
        }
    for dtype, field, width in ((8, "scomplex_val", 8), (18, "dcomplex_val", 16)):
        tensors |= {
            f"{dtype}_values": tensor(dtype, [2], **{field: [1, -2, 3, 4.5]}),
            f"{dtype}_splat": tensor(dtype, [1000], **{field: [1, -2]}),
            f"{dtype}_partial": tensor(dtype, [5], **{field: [1, -2, 3, 4.5]}),
            f"{dtype}_odd": tensor(dtype, [2], **{field: [1, -2, 3]}),
            f"{dtype}_content": tensor(dtype, [3], tensor_content=random_.bytes(3 * width)),
            f"{dtype}_large": tensor(dtype, [300], tensor_content=random_.bytes(300 * width)),
        }
    for dtype, width in ((11, 1), (12, 1), (13, 4), (15, 2), (16, 2)):
        tensors[f"{dtype}_content"] = tensor(dtype, [6], tensor_content=random_.bytes(6 * width))
        tensors[f"{dtype}_large"] = tensor(dtype, [2000], tensor_content=random_.bytes(2000 * width))
        tensors[f"{dtype}_values"] = tensor(dtype, [3], int_val=[1, 2, 3])
    for dtype in (24, 25, 26, 27, 28):
        tensors[f"{dtype}_values"] = tensor(dtype, [4], float8_val=b"\x01\x7f\x80\xff")
        tensors[f"{dtype}_splat"] = tensor(dtype, [4], float8_val=b"\x42")
        tensors[f"{dtype}_content"] = tensor(dtype, [5000], tensor_content=random_.bytes(5000))
    for dtype in (29, 30, 31, 32):
        tensors[f"{dtype}_values"] = tensor(dtype, [3], int_val=[0, 1, 1])
        tensors[f"{dtype}_wide"] = tensor(dtype, [2], int_val=[100, -100])
        tensors[f"{dtype}_content"] = tensor(dtype, [4], tensor_content=b"\x00\x01\xff\x10")
    tensors |= {
        "string_values": tensor(7, [2, 2], string_val=[b"a", b"", b"\x00\xff\n\"", b"0x12"]),
        "string_hex": tensor(7, [1], string_val=[b"0x00"]),
        "string_scalar": tensor(7, [], string_val=[b"text"]),
        "string_splat": tensor(7, [5], string_val=[b"same"]),
        "string_none": tensor(7, [3]),
        "string_empty": tensor(7, [0]),
        "string_partial": tensor(7, [4], string_val=[b"a", b"b"]),
        "string_content": tensor(7, [1], tensor_content=b"\x01a"),
        "string_long": tensor(7, [2], string_val=[b"x" * 5000, b"y" * 5000]),
        "bool_odd": tensor(10, [3], tensor_content=b"\x00\x01\x07"),
        "bool_odd_large": tensor(10, [3000], tensor_content=b"\x05" * 3000),
        "uint8_negative": tensor(4, [1], int_val=[-1]),
        "int8_wide": tensor(6, [1], int_val=[200]),
        "both": tensor(1, [1], float_val=[1], tensor_content=b"\x00\x00\x80\x3f"),
        "two_lists": tensor(1, [1], float_val=[1], int_val=[2]),
        "nan": tensor(1, [3], tensor_content=b"\x01\x00\x80\x7f\x00\x00\xc0\xff\x00\x00\x00\x80"),
        "dim_names": tensor_pb2.TensorProto(dtype=1, tensor_shape=shape(1, names=["n"]), float_val=[1]),
        "huge_partial": tensor(1, [2**40], float_val=[1, 2]),
        "resource": tensor(20, [1], resource_handle_val=[
            tensor_pb2.TensorProto().resource_handle_val.add().__class__(
                device="d", container="c", name="n", hash_code=2**63, maybe_type_name="t",
                dtypes_and_shapes=[{"dtype": 1, "shape": shape(2)}])]),
        "variant": tensor(21, [1], variant_val=[
            tensor_pb2.TensorProto().variant_val.add().__class__(
                type_name="v", metadata=b"\x00m", tensors=[tensor(1, [1], float_val=[1])])]),
        "unknown_type": tensor(57, [1], tensor_content=b"abcd"),
    }  # fmt: skip
    return graph(*(const(name, proto) for name, proto in tensors.items()))


def spellings():
    split = node("s", "Split", ["axis", "x:0"], T=a_type(1), num_split=value(i=3))
    return graph(
        # Nodes before what they read, and every way to say an output.
        node("late", "AddN", ["s:0", "s:1", "s:02", "x:00", "^s", "^s"], T=a_type(1), N=value(i=4)),
        const("axis", tensor(3, [], int_val=[0])), placeholder(), split,
        node("no/op", "NoOp", ["^x", "^late"]),
        node("id", "Identity", ["s:2", "^no/op"], T=a_type(1)),
        node("name:with:colon", "Identity", ["x"], T=a_type(1)),
        node("reader", "Identity", ["name:with:colon"], T=a_type(1)),
        node('odd "name"\n', "Identity", ["x"], T=a_type(1)),
        node("odd", "Identity", ['odd "name"\n'], T=a_type(1)),
    )  # fmt: skip


def custom_ops():
    return graph(
        placeholder(), node("c", "MyOp", ["x", "x:0"], k=value(i=1)), node("d", "MyOther", ["c:3", "c:1", "^c"]),
        node("r", "Relu", ["c:2"], T=a_type(1)), node("last", "MySink", ["d", "r"]),
        node("cut", "MyOp"), const("b", _bits(1, np.arange(2000, dtype=np.float32))),
        node("blob", "MyOp", plan=value(s=bytes(range(256)) * 100)),
    )  # fmt: skip


def loop():
    def on_float(name, op, inputs, **attrs):
        return node(name, op, inputs, T=a_type(1), **attrs)

    return graph(
        placeholder(), placeholder("go", types_pb2.DT_BOOL),
        on_float("enter", "Enter", ["x"], frame_name=value(s=b"f")),
        on_float("merge", "Merge", ["enter", "next"], N=value(i=2)),
        node("cond", "LoopCond", ["go"]), on_float("switch", "Switch", ["merge", "cond"]),
        on_float("next", "NextIteration", ["switch:1"]), on_float("exit", "Exit", ["switch"]),
    )  # fmt: skip


def references():
    return graph(
        node("v", "VariableV2", dtype=a_type(1), shape=value(shape=shape(2))),
        const("c", tensor(1, [2], float_val=[1, 2])),
        node("assign", "Assign", ["v", "c"], T=a_type(1)), node("read", "Identity", ["v"], T=a_type(1)),
    )  # fmt: skip


def everything_else():
    """Devices, debug information, unknown fields, versions, deprecated fields."""
    result = graph(placeholder(), const("c", _bits(1, np.arange(999, dtype=np.float32))))
    x, c = result.node
    x.device = "/device:CPU:0"
    x.experimental_debug_info.original_node_names.extend(["a", "b"])
    x.experimental_debug_info.original_func_names.append("f")
    x.experimental_type.type_id = 1000
    x.experimental_type.args.add(type_id=204, s="s")
    unknown(x), unknown(c), unknown(c.attr["dtype"]), unknown(result), unknown(result.versions)
    result.version = 5
    result.versions.min_consumer = 12
    result.versions.bad_consumers.extend([7, 8])
    for name in ("T", "Tp", "a"):
        result.debug_info.traces[name].file_line_cols.add(file_index=1, line=2, col=3)
    for number in (1, 300, 2**63):
        result.debug_info.frames_by_id[number].line = 1
    result.debug_info.files.append("a.py")
    return result


def unknown_fields_of_known_ops():
    """Unknown fields in attributes on which a node's outputs hang: in the value and in its list."""
    types = unknown(a_list(type=[1, 3]))
    unknown(types.list)
    return graph(
        placeholder(), const("c", tensor(3, [1], int_val=[1])),
        node("both", "IdentityN", ["x", "c"], T=types),
        node("second", "Identity", ["both:1"], T=unknown(a_type(3))),
        node("joined", "ConcatV2", ["second", "second", "both:1"], N=unknown(value(i=2)), T=a_type(3),
             Tidx=unknown(a_type(3)), _output_shapes=value(list=unknown(a_list(shape=[shape(2)]).list))),
    )  # fmt: skip


def functions():
    result = graph(
        placeholder(), const("w", _bits(1, np.arange(500, dtype=np.float32))),
        node("call", "PartitionedCall", ["x"], Tin=a_list(type=[1]), Tout=a_list(type=[1]), f=a_func("outer")),
        node("direct", "inner", ["x"], n=value(i=2), T=a_type(1)),
    )  # fmt: skip
    inner = result.library.function.add()
    sig = inner.signature
    sig.name = "inner"
    sig.input_arg.add(name="a", type=1, description="text", handle_data=[{"dtype": 1}])
    sig.output_arg.add(name="y", type=1)
    sig.output_arg.add(name="z", type_attr="T")
    sig.control_output.extend(["done", "again"])
    sig.attr.add(name="n", type="int", has_minimum=True, minimum=1)
    sig.attr.add(name="T", type="type", allowed_values=a_list(type=[1, 2]))
    sig.is_stateful = True
    inner.node_def.extend([
        node("relu", "Relu", ["a"], T=a_type(1)),
        node("axis", "Const", dtype=a_type(3), value=value(tensor=tensor(3, [], int_val=[0]))),
        node("split", "Split", ["axis:output:0", "relu:activations:0"], T=a_type(1), num_split=value(i=2)),
        node("sum", "AddV2", ["split:output:1", "split:output", "^relu", "^a"], T=a_type(1)),
        node("custom", "MyOp", ["sum:z:0"], n=value(placeholder="n")),
        node("reader", "MyOther", ["custom:q:1", "custom:p:0", "custom:q:0"]),
        node("weights", "Const", dtype=a_type(1), value=value(tensor=_bits(1, np.arange(700, dtype=np.float32)))),
        node("noop", "NoOp", ["^reader"]),
    ])  # fmt: skip
    inner.ret["y"] = "sum:z:0"
    inner.ret["z"] = "custom:p:0"
    inner.control_ret["done"] = "noop"
    inner.control_ret["again"] = "noop"
    for key in ("_noinline", "T", "Tp", "api_implements"):
        inner.attr[key].b = True
    for number in (0, 1, 5):
        inner.arg_attr[number].attr["_output_shapes"].list.shape.append(shape(2, -1))
        inner.resource_arg_unique_id[number] = 7
    unknown(inner)
    outer = result.library.function.add()
    outer.signature.name = "outer"
    outer.signature.input_arg.add(name="v", type=1)
    outer.signature.output_arg.add(name="w", type=1)
    outer.node_def.add().CopyFrom(node("c", "inner", ["v"], n=value(i=1), T=a_type(1)))
    outer.ret["w"] = "c:y:0"
    result.library.gradient.add(function_name="inner", gradient_func="outer")
    result.library.registered_gradients.add(gradient_func="outer", registered_op_type="MyOp")
    return result


def results_of_functions():
    """A result's type where the producer is unknown, is a reference, or is an argument."""
    result = graph(placeholder())
    function = result.library.function.add()
    function.signature.name = "f"
    function.signature.input_arg.add(name="a", type=1)
    function.signature.input_arg.add(name="r", type=1, is_ref=True)
    for name, dtype in (("custom", 7), ("again", 7), ("value", 1), ("same", 1), ("reference", 1)):
        function.signature.output_arg.add(name=name, type=dtype, is_ref=name == "reference")
    function.node_def.extend([
        node("unknown", "NotInAnyTable", ["a"]),
        node("v", "VariableV2", dtype=a_type(1), shape=value(shape=shape(2))),
    ])  # fmt: skip
    function.ret["custom"] = function.ret["again"] = "unknown:y:0"
    function.ret["value"] = function.ret["reference"] = "v:ref:0"
    function.ret["same"] = "a"
    return result


def gradients_out_of_order():
    result = functions()
    result.library.gradient.add(function_name="outer", gradient_func="inner")
    result.library.gradient.add(function_name="elsewhere", gradient_func="inner")
    unknown(result.library)
    return result


def empty_library():
    result = graph(placeholder())
    result.library.SetInParent()
    return result


def no_versions():
    return graph(placeholder(), producer=None)


def empty_versions():
    result = graph(placeholder(), producer=None)
    result.versions.SetInParent()
    return result


def noise(seed):
    """A graph of custom nodes with random names, edges and attributes."""
    choose = random.Random(seed)

    def word():
        return "".join(choose.choice("abT_/.0") for _ in range(choose.randint(1, 6)))

    def attr(depth=0):
        kinds = [
            lambda: value(i=choose.getrandbits(64) - 2**63), lambda: value(f=struct.unpack("<f", choose.randbytes(4))[0]),
            lambda: value(s=choose.randbytes(choose.randint(0, 9))), lambda: value(b=choose.random() < 0.5),
            lambda: a_type(choose.randint(0, 40)), lambda: value(),
            lambda: value(shape=shape(*(choose.randint(-1, 5) for _ in range(choose.randint(0, 4))))),
            lambda: a_list(i=[choose.randint(-9, 9) for _ in range(choose.randint(0, 4))]),
            lambda: value(tensor=tensor(1, [choose.randint(2, 900)], float_val=[choose.random(), 1])),
            lambda: a_func(word(), **{word(): attr(depth + 1) for _ in range(3)}),
        ]  # fmt: skip
        return choose.choice(kinds[:-1] if depth > 4 else kinds)()

    names = list(dict.fromkeys(f"{word()}{i}" for i in range(60)))
    nodes = []
    for i, name in enumerate(names):
        inputs = [choose.choice(["{}", "{}:1", "{}:0"]).format(choose.choice(names[:i])) for _ in range(i and choose.randint(0, 4))]
        controls = ["^" + choose.choice(names[:i]) for _ in range(i and choose.randint(0, 2))]
        nodes.append(node(name, choose.choice(["OpA", "OpB"]), inputs + controls, **{word(): attr() for _ in range(choose.randint(0, 9))}))
    return graph(*nodes)


def generated():
    for make in (
        attribute_kinds, tensor_encodings, spellings, custom_ops, loop, references, everything_else,
        unknown_fields_of_known_ops, functions, results_of_functions,
        gradients_out_of_order, empty_library, no_versions, empty_versions,
    ):  # fmt: skip
        yield f"more_{make.__name__}", make()
    for seed in range(8):
        yield f"noise_{seed}", noise(seed)
