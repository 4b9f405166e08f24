# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes models as TF-TRT of each era wrote them: what a file holds, field by field.

    cut = tftrt.cut(graph, outputs)                 two segments of a frozen graph
    tftrt.graphdef(cut, tftrt.ERAS["1.13"])         -> GraphDef with engine nodes
    tftrt.save(folder, graph, era, ...)             a SavedModel with engines in functions

The engines' bytes are random. The segments are real: constants are copied into those that
read them, the rest is a function of the library, or a GraphDef in the engine node.
"""

import dataclasses
import re

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import attr_value_pb2, graph_pb2, node_def_pb2, op_def_pb2
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow.python.framework import graph_to_function_def

v1 = tf.compat.v1


@dataclasses.dataclass(frozen=True)
class Era:
    """How one version of TF-TRT wrote an engine."""

    name: str  # of an engine, with its number
    places: tuple  # prefixes of a segment's inputs and outputs
    attrs: dict  # plain ones
    function: str = "func"  # where the function's name is: func, string, or "" for nowhere
    carries_graph: bool = False  # in serialized_segment, instead of a plan
    cache: tuple = ()  # the operators that create and fill the cache of engines


_OLD = ("InputPH_", "OutputPH_")
_NEW = ("TensorRTInputPH_", "TensorRTOutputPH_")
_CONTRIB = {
    "fixed_input_size": True, "cached_engine_batches": [1, 8], "max_cached_engines_count": 1,
    "workspace_size_bytes": 1 << 25, "precision_mode": "FP32", "calibration_data": "",
}  # fmt: skip
_CACHE = ("CreateTRTResourceHandle", "InitializeTRTResource")
_V2 = {
    "static_engine": False, "max_cached_engines_count": 1, "workspace_size_bytes": 1 << 30,
    "precision_mode": "FP16", "calibration_data": "", "use_calibration": False,
}  # fmt: skip

ERAS = {
    # tf.contrib: a plan, or with is_dynamic_op the segment's graph.
    "1.8": Era("my_trt_op_%d", _OLD, {"static_engine": True, **_CONTRIB}, "string"),
    "1.8 calibrating": Era(
        "my_trt_op_%d", _OLD, {"workspace_size_bytes": 1 << 25}, "string", carries_graph=True
    ),
    "1.10 dynamic": Era("TRTEngineOp_%d", _OLD, {"static_engine": False, **_CONTRIB}, "", True),
    "1.13": Era(
        "TRTEngineOp_%d", _NEW,
        {"static_engine": True, "use_calibration": True, **_CONTRIB}, "string",
    ),
    "1.13 dynamic": Era(
        "TRTEngineOp_%d", _NEW,
        {"static_engine": False, "use_calibration": True, **_CONTRIB}, "", True,
    ),
    "1.15": Era(
        "TRTEngineOp_%d", _NEW,
        {**_V2, "static_engine": True, "precision_mode": "INT8", "calibration_data": "table"},
    ),
    "2.0": Era(
        "TRTEngineOp_%d", _NEW, {**_V2, "cached_engine_batches": [], "fixed_input_size": True},
        cache=("CreateTRTEngineCacheHandle", "PopulateTRTEngineCache"),
    ),
    "2.4": Era(
        "TRTEngineOp_0_%d", _NEW, {**_V2, "max_batch_size": 1, "_use_implicit_batch": True},
        cache=_CACHE,
    ),
    "2.12": Era(
        "TRTEngineOp_000_%03d", _NEW,
        {**_V2, "max_batch_size": 1, "_use_implicit_batch": False, "use_explicit_precision": False,
         "_allow_build_at_runtime": True, "profile_strategy": "Range"},
        cache=_CACHE,
    ),
}  # fmt: skip


@dataclasses.dataclass
class Segment:
    number: int
    nodes: list  # NodeDefs, constants included
    inputs: list  # tensors of the graph: "node" or "node:1"
    outputs: list
    types: dict  # tensor -> (DataType, TensorShapeProto)

    def graph(self, era):
        """The segment alone, as a GraphDef with TF-TRT's placeholders."""
        graph = graph_pb2.GraphDef()
        places = {}
        inside = {node.name for node in self.nodes}
        for i, tensor in enumerate(self.inputs):
            place = graph.node.add(name=f"{era.places[0]}{i}", op="Placeholder")
            place.attr["dtype"].type, shape = self.types[tensor]
            place.attr["shape"].shape.CopyFrom(shape)
            places[tensor] = place.name
        for node in self.nodes:
            copy = graph.node.add()
            copy.CopyFrom(node)
            # Control edges from outside are the engine's.
            copy.input[:] = [
                places.get(_plain(name), name)
                for name in node.input
                if name[0] != "^" or name[1:] in inside
            ]
        for i, tensor in enumerate(self.outputs):
            place = graph.node.add(name=f"{era.places[1]}{i}", op="Identity", input=[tensor])
            place.attr["T"].type = self.types[tensor][0]
        return graph

    def function(self, era, name):
        """The native function that TF-TRT registered."""
        with v1.Graph().as_default() as graph:
            tf.import_graph_def(self.graph(era), name="")
            inputs = [graph.get_tensor_by_name(f"{era.places[0]}{i}:0") for i in range(len(self.inputs))]
            outputs = [
                graph.get_operation_by_name(f"{era.places[1]}{i}").inputs[0]
                for i in range(len(self.outputs))
            ]
            function = graph_to_function_def.graph_to_function_def(
                graph,
                [graph.get_operation_by_name(node.name) for node in self.nodes],
                inputs,
                outputs,
                [f"tensorrtoutputph_{i}" for i in range(len(outputs))],
            )
        function.signature.name = name
        # TensorFlow's C++ spells arguments in lower case.
        rename = {f"{era.places[0]}{i}": f"tensorrtinputph_{i}" for i in range(len(inputs))}
        for argument, new in zip(function.signature.input_arg, rename.values()):
            rename[argument.name] = new
            argument.name = new
        for node in function.node_def:
            node.input[:] = [rename.get(name, name) for name in node.input]
        for key in function.ret:
            function.ret[key] = rename.get(function.ret[key], function.ret[key])
        return function


@dataclasses.dataclass
class Cut:
    graph: graph_pb2.GraphDef  # without the segments' nodes
    segments: list
    order: list  # of names, with segments in their places


def _plain(tensor):
    return tensor[:-2] if tensor.endswith(":0") else tensor


def _node(tensor):
    return tensor.lstrip("^").split(":")[0]


def cut(graph, outputs, bounds=((0.1, 0.45), (0.5, 0.95))):
    """Takes nodes out of a frozen graph: those between two points of an order in which it
    can be computed. Such a range is convex. `outputs` are names of nodes that stay."""
    nodes = {node.name: node for node in graph.node}
    order, seen = [], set()
    for start in graph.node:
        stack = [(start.name, iter(start.input))]
        while stack:
            name, inputs = stack[-1]
            following = next((i for i in inputs if _node(i) not in seen), None)
            if name in seen:
                stack.pop()
            elif following:
                stack.append((_node(following), iter(nodes[_node(following)].input)))
            else:
                seen.add(name)
                order.append(name)
                stack.pop()
    working = [n for n in order if nodes[n].op not in ("Const", "Placeholder") and n not in outputs]
    with v1.Graph().as_default() as imported:
        tf.import_graph_def(graph, name="")

        def describe(tensor):
            value = imported.get_tensor_by_name(tensor if ":" in tensor else tensor + ":0")
            return value.dtype.as_datatype_enum, value.shape.as_proto()

        segments, taken = [], set()
        for number, (start, end) in enumerate(bounds):
            members = working[int(start * len(working)) : int(end * len(working))]
            inside = set(members)
            taken |= inside
            tensors = [_plain(t) for name in members for t in nodes[name].input if t[0] != "^"]
            constants = sorted({_node(t) for t in tensors if nodes[_node(t)].op == "Const"})
            inputs = list(dict.fromkeys(
                t for t in tensors if _node(t) not in inside and nodes[_node(t)].op != "Const"
            ))  # fmt: skip
            results = list(dict.fromkeys(
                _plain(t)
                for node in graph.node if node.name not in inside
                for t in node.input if t[0] != "^" and _node(t) in inside
            ))  # fmt: skip
            types = {tensor: describe(tensor) for tensor in inputs + results}
            body = [nodes[name] for name in constants + members]
            segments.append(Segment(number, body, inputs, results, types))
    rest = graph_pb2.GraphDef(versions=graph.versions)
    rest.node.extend(node for node in graph.node if node.name not in taken)
    # Constants that only segments read have gone into them.
    read = {_node(t) for node in rest.node for t in node.input} | set(outputs)
    for i in reversed(range(len(rest.node))):
        if rest.node[i].op == "Const" and rest.node[i].name not in read:
            del rest.node[i]
    return Cut(rest, segments, order)


def _attr(value):
    if isinstance(value, attr_value_pb2.AttrValue):
        return value
    attr = attr_value_pb2.AttrValue()
    if isinstance(value, bool):
        attr.b = value
    elif isinstance(value, int):
        attr.i = value
    elif isinstance(value, (str, bytes)):
        attr.s = value if isinstance(value, bytes) else value.encode()
    else:
        attr.list.i.extend(value)
    return attr


def random_plan(seed, size=4096):
    return np.random.default_rng(seed).bytes(size)


def engine(segment, era, device="/job:localhost/replica:0/task:0/device:GPU:0"):
    """The node that takes the segment's place."""
    name = era.name % segment.number
    node = node_def_pb2.NodeDef(name=name, op="TRTEngineOp", input=segment.inputs, device=device)
    if "static_engine" not in era.attrs:
        node.op = "TRTCalibOp"
    for which, tensors in (("In", segment.inputs), ("Out", segment.outputs)):
        node.attr[f"{which}T"].list.type.extend(segment.types[t][0] for t in tensors)
        node.attr[f"{which.lower()}put_shapes"].list.shape.extend(segment.types[t][1] for t in tensors)
    for key, value in era.attrs.items():
        node.attr[key].CopyFrom(_attr(value))
    if era.function == "func":
        node.attr["segment_func"].func.name = name + "_native_segment"
    else:
        node.attr["segment_funcdef_name"].s = (name + "_native_segment").encode() if era.function else b""
    if era.carries_graph:
        node.attr["serialized_segment"].s = segment.graph(era).SerializeToString()
    elif era.attrs["static_engine"]:
        node.attr["serialized_segment"].s = random_plan(segment.number)
    else:
        node.attr["serialized_segment"].s = b""
    return node


def _redirect(graph, segments, era):
    """What read a segment's node reads the engine."""
    ports = {
        tensor: (era.name % s.number) + (f":{i}" if i else "")
        for s in segments for i, tensor in enumerate(s.outputs)
    }  # fmt: skip
    members = {node.name: era.name % s.number for s in segments for node in s.nodes if node.op != "Const"}
    for node in graph.node:
        node.input[:] = [
            f"^{members[name[1:]]}" if name[0] == "^" and name[1:] in members
            else ports.get(_plain(name), name)
            for name in node.input
        ]  # fmt: skip


def graphdef(parts, era):
    """The converted graph, with one engine for each segment."""
    graph = graph_pb2.GraphDef()
    graph.CopyFrom(parts.graph)
    for segment in parts.segments:
        graph.node.append(engine(segment, era))
        if era.function:
            name = era.name % segment.number + "_native_segment"
            graph.library.function.append(segment.function(era, name))
    _redirect(graph, parts.segments, era)
    return graph


def _with_calls(parts, era):
    """The graph as TensorFlow can trace it: each engine is a call of its native segment."""
    graph = graphdef(parts, era)
    for node in graph.node:
        if node.op == "TRTEngineOp":
            call = node_def_pb2.NodeDef(name=node.name, op="PartitionedCall", input=node.input)
            for name, key in (("Tin", "InT"), ("Tout", "OutT"), ("f", "segment_func")):
                call.attr[name].CopyFrom(node.attr[key])
            node.CopyFrom(call)
    return graph


class _Cache(tf.saved_model.experimental.TrackableResource):
    """TF-TRT's cache of one engine. A table stands for it until the model is saved: the
    functions that create and fill it are TensorFlow's own."""

    def __init__(self, name, path):
        super().__init__()
        self._name = name
        self._file = self._track_trackable(
            tf.saved_model.Asset(str(path)), "_serialized_trt_resource_filename"
        )

    def _create_resource(self):
        return tf.raw_ops.HashTableV2(
            shared_name=self._name, key_dtype=tf.string, value_dtype=tf.int64, use_node_name_sharing=False
        )

    def _initialize(self):
        tf.raw_ops.InitializeTableFromTextFileV2(
            table_handle=self.resource_handle, filename=self._file, key_index=-2, value_index=-1
        )


def op_defs(era):
    """What TF-TRT registered, as far as a SavedModel's list of operators says it."""
    fields = [
        op_def_pb2.OpDef(name="TRTEngineOp"),
        op_def_pb2.OpDef(name=era.cache[0], is_stateful=True),
        op_def_pb2.OpDef(name=era.cache[1], is_stateful=True),
    ]
    fields[0].input_arg.add(name="in_tensor", type_list_attr="InT")
    fields[0].output_arg.add(name="out_tensor", type_list_attr="OutT")
    for name, kind in (
        ("serialized_segment", "string"), ("segment_func", "func"), ("InT", "list(type)"),
        ("OutT", "list(type)"), ("input_shapes", "list(shape)"), ("output_shapes", "list(shape)"),
        ("workspace_size_bytes", "int"), ("precision_mode", "string"),
    ):  # fmt: skip
        fields[0].attr.add(name=name, type=kind)
    fields[1].attr.add(name="resource_name", type="string")
    fields[1].output_arg.add(name="resource_handle", type=tf.resource.as_datatype_enum)
    fields[2].attr.add(name="max_cached_engines_count", type="int")
    fields[2].input_arg.add(name="resource_handle", type=tf.resource.as_datatype_enum)
    fields[2].input_arg.add(name="filename", type=tf.string.as_datatype_enum)
    return fields


def _rewrite(node, era, engines):
    """One node of the saved model as TF-TRT has it."""
    called = node.attr["f"].func.name if "f" in node.attr else ""
    match = re.match(r"(TRTEngineOp\w*?)_native_segment", called)
    if node.op == "PartitionedCall" and match:
        new = node_def_pb2.NodeDef()
        new.CopyFrom(engines[match[1]])
        new.name = node.name
        new.input[:] = node.input
        new.attr["segment_func"].func.name = called
        node.CopyFrom(new)
    elif node.op == "HashTableV2" and node.attr["shared_name"].s.startswith(b"TRTEngineOp"):
        name = node.attr["shared_name"].s
        node.op = era.cache[0]
        node.attr.clear()
        node.attr["resource_name"].s = name
    elif node.op == "InitializeTableFromTextFileV2" and node.attr["key_index"].i == -2:
        node.op = era.cache[1]
        node.attr.clear()
        node.attr["max_cached_engines_count"].i = 1
    node.input[:] = [_rename_output(name) for name in node.input]


def _rename_output(tensor):
    """In a function a tensor has the name of the operator's output."""
    tensor = tensor.replace(":table_handle:", ":resource_handle:")
    return re.sub(r"^(TRTEngineOp\w*):output:", r"\1:out_tensor:", tensor)


def save(folder, make, graph, outputs, era, before=None):
    """A SavedModel with engines. make(f) gives the module and its signatures, where f is the
    function of the graph with engines: {input: tensor} -> {output node: tensor}. `before`: also
    write the model as it was before TensorFlow's names were replaced by TF-TRT's."""
    parts = cut(graph, outputs)
    calls = _with_calls(parts, era)
    inputs = [node.name for node in graph.node if node.op == "Placeholder"]
    placeholders = {node.name: node for node in graph.node if node.op == "Placeholder"}

    def traced(*tensors):
        inner = graph_pb2.GraphDef()
        inner.CopyFrom(calls)
        return tf.import_graph_def(
            inner, dict(zip(inputs, tensors)), [f"{name}:0" for name in outputs], name=""
        )

    specs = [
        tf.TensorSpec(
            tf.TensorShape(placeholders[name].attr["shape"].shape),
            tf.as_dtype(placeholders[name].attr["dtype"].type), name,
        )
        for name in inputs
    ]  # fmt: skip
    function = v1.wrap_function(traced, specs)
    module, signatures = make(function)
    module.trt_engine_resources = {}
    for segment in parts.segments:
        name = era.name % segment.number
        path = folder.parent / f"trt-serialized-engine.{name}"
        with tf.io.TFRecordWriter(str(path)) as records:
            records.write(random_plan(segment.number))
        module.trt_engine_resources[name] = _Cache(name, path)
    tf.saved_model.save(module, str(folder), signatures=signatures)
    path = folder / "saved_model.pb"
    if before:
        import shutil

        shutil.copytree(folder, before)
    model = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    meta = model.meta_graphs[0]
    engines = {era.name % s.number: engine(s, era) for s in parts.segments}
    for nodes in [meta.graph_def.node, *(f.node_def for f in meta.graph_def.library.function)]:
        for node in nodes:
            _rewrite(node, era, engines)
    for function in meta.graph_def.library.function:
        for key in function.ret:
            function.ret[key] = _rename_output(function.ret[key])
    meta.meta_info_def.stripped_op_list.op.extend(op_defs(era))
    path.write_bytes(model.SerializeToString())
    return parts
