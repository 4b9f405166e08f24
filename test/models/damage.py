"""Damaged inputs: what a disk, a network, a faulty exporter or a hostile author may hand over.

CASES: {name: Case}. Each takes the zoo's digits model, whole and small, and breaks one thing.
"""

import dataclasses
import shutil
import typing

import generated
import zoo
from generated import node, placeholder, shape, tensor_attr
from tensorflow.core.framework import graph_pb2, types_pb2
from tensorflow.core.protobuf import saved_model_pb2

F = types_pb2.DT_FLOAT


@dataclasses.dataclass
class Case:
    make: typing.Callable  # folder -> path of the model
    says: tuple  # what the message must name, at least one of them
    code: int = 4


CASES = {}


def case(*says, code=4):
    """Registers a function folder -> path, or one that changes the GraphDef it is given."""

    def register(make):
        CASES[make.__name__] = Case(make, says, code)
        return make

    return register


def graph_case(*says, code=4):
    """Registers a function that breaks a small graph: x -> y = Relu(x), with a constant c."""

    def register(change):
        def make(folder):
            graph = whole()
            change(graph)
            path = folder / "model.pb"
            path.write_bytes(graph.SerializeToString())
            return path

        CASES[change.__name__] = Case(make, says, code)
        return change

    return register


def whole():
    """The graph that graph_case() breaks."""
    graph = graph_pb2.GraphDef()
    graph.versions.producer = 1882
    placeholder(graph).attr["shape"].shape.CopyFrom(shape(2, 3))
    constant(graph, "c", (2, 3), tensor_content=b"\0" * 24)
    node(graph, "sum", "AddV2", ["x", "c"], T=F)
    node(graph, "y", "Relu", ["sum"], T=F)
    return graph


def constant(graph, name, dims, dtype=F, **fields):
    return node(graph, name, "Const", dtype=dtype, value=tensor_attr(dtype, dims, **fields))


def find(graph, name):
    return next(n for n in graph.node if n.name == name)


# ---- files -----------------------------------------------------------------


@case("no such file", "does not exist", "not found", "No such file")
def missing_file(folder):
    return folder / "nosuch.pb"


@case("empty", "0 bytes")
def empty_file(folder):
    path = folder / "model.pb"
    path.touch()
    return path


@case("model.pb")
def truncated_file(folder):
    path = folder / "model.pb"
    path.write_bytes(zoo.graphdef("digits").read_bytes()[:-1000])
    return path


@case("model.pb")
def truncated_early(folder):
    path = folder / "model.pb"
    path.write_bytes(zoo.graphdef("digits").read_bytes()[:37])
    return path


@case("model.pb")
def random_bytes(folder):
    import random

    path = folder / "model.pb"
    path.write_bytes(random.Random(3).randbytes(4096))
    return path


@case("model.pb")
def text_instead_of_binary(folder):
    path = folder / "model.pb"
    path.write_bytes(zoo.graphdef("digits", text=True).read_bytes()[:4000])
    return path


@case("model.pbtxt")
def broken_text(folder):
    path = folder / "model.pbtxt"
    path.write_text('node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: ')
    return path


@case("model.pbtxt", "nest", "deep")
def text_nested_100000_deep(folder):
    path = folder / "model.pbtxt"
    opening = 'attr { key: "f" value { func { name: "g" '
    path.write_text('node { name: "x" op: "F" ' + opening * 100000 + "}}}" * 100000 + "}")
    return path


@case("saved_model.pbtxt")
def saved_model_text_nested_deep(folder):
    opening = 'attr { key: "f" value { func { name: "g" '
    head = 'meta_graphs { meta_info_def { tags: "serve" } graph_def { node { name: "x" op: "F" '
    (folder / "saved_model.pbtxt").write_text(head + opening * 8000 + "}}}" * 8000 + "}}}")
    return folder


@case("model.pb", "nest", "deep")
def binary_nested_deep(folder):
    """AttrValue in a function in an AttrValue ..., 5,000 times: three messages a level."""
    value = b"\x28\x01"  # f: true
    for _ in range(5000):
        entry = field(1, b"a") + field(2, value)  # map<string, AttrValue>
        value = field(10, field(1, b"g") + field(2, entry))  # func { name, attr }
    node_bytes = field(1, b"x") + field(2, b"F") + field(5, field(1, b"f") + field(2, value))
    path = folder / "model.pb"
    path.write_bytes(field(1, node_bytes))
    return path


def field(number, payload):
    return generated._varint(number << 3 | 2) + generated._varint(len(payload)) + payload


@case("model.pb")
def length_beyond_the_file(folder):
    path = folder / "model.pb"
    path.write_bytes(b"\x0a\xff\xff\xff\xff\x07" + b"x" * 100)
    return path


# ---- edges -----------------------------------------------------------------


@graph_case("nosuch")
def input_names_a_missing_node(graph):
    find(graph, "y").input[0] = "nosuch"


@graph_case("nosuch")
def control_input_names_a_missing_node(graph):
    find(graph, "y").input.append("^nosuch")


@graph_case("sum")
def input_port_out_of_range(graph):
    find(graph, "y").input[0] = "sum:7"


@graph_case("sum")
def input_port_is_no_number(graph):
    find(graph, "y").input[0] = "sum:first"


@graph_case("sum")
def input_port_overflows(graph):
    find(graph, "y").input[0] = "sum:99999999999999999999"


@graph_case("y")
def input_is_empty(graph):
    find(graph, "y").input[0] = ""


@graph_case("y")
def data_input_after_control_input(graph):
    del find(graph, "sum").input[:]
    find(graph, "sum").input.extend(["^x", "x", "c"])


@graph_case("sum", "twice", "duplicate")
def duplicate_name(graph):
    node(graph, "sum", "Relu", ["x"], T=F)


@graph_case("y", "cycle")
def cycle_of_one(graph):
    find(graph, "y").input[0] = "y"


@graph_case("cycle")
def cycle_of_three(graph):
    find(graph, "sum").input[1] = "last"
    node(graph, "last", "Relu", ["y"], T=F)


@graph_case("cycle")
def cycle_of_control_edges(graph):
    find(graph, "c").input.append("^y")


@graph_case("sum")
def extra_input(graph):
    find(graph, "sum").input.append("x")


@graph_case("sum")
def missing_input(graph):
    del find(graph, "sum").input[1]


@graph_case("name")
def node_without_a_name(graph):
    find(graph, "y").name = ""


@case("node 0")
def name_that_is_no_text(folder):
    path = folder / "m.pb"
    graph = whole()
    graph.node[0].name = "quite-unique"
    path.write_bytes(graph.SerializeToString().replace(b"quite-unique", b"quite-\xff\xfe\xfd\xfc\xfb\xfa"))
    return path


@graph_case("y")
def node_without_an_operator(graph):
    find(graph, "y").op = ""


# ---- attributes ------------------------------------------------------------


@graph_case("sum")
def missing_type_attribute(graph):
    del find(graph, "sum").attr["T"]


@graph_case("y")
def type_that_is_not_allowed(graph):
    find(graph, "y").attr["T"].type = types_pb2.DT_STRING


@graph_case("y")
def attribute_of_the_wrong_kind(graph):
    find(graph, "y").attr["T"].s = b"float"


@graph_case("y")
def type_of_an_edge_differs(graph):
    find(graph, "y").attr["T"].type = types_pb2.DT_INT32


@graph_case("list", "N")
def list_with_a_negative_number(graph):
    node(graph, "list", "AddN", [], T=F, N=generated.AttrValue(i=-1))


@graph_case("list", "N")
def list_with_a_huge_number(graph):
    node(graph, "list", "AddN", ["x"], T=F, N=generated.AttrValue(i=2**62))


@graph_case("x")
def shape_with_a_negative_size(graph):
    find(graph, "x").attr["shape"].shape.dim[0].size = -5


# ---- constants -------------------------------------------------------------


@graph_case("c")
def constant_without_a_value(graph):
    del find(graph, "c").attr["value"]


@graph_case("c")
def constant_too_large(graph):
    find(graph, "c").attr["value"].tensor.tensor_shape.CopyFrom(shape(2**40, 2**40))


@graph_case("c")
def constant_with_a_negative_size(graph):
    find(graph, "c").attr["value"].tensor.tensor_shape.dim[0].size = -2


@graph_case("c")
def constant_of_unknown_rank(graph):
    find(graph, "c").attr["value"].tensor.tensor_shape.CopyFrom(shape(None))


@graph_case("c")
def constant_content_too_short(graph):
    find(graph, "c").attr["value"].tensor.tensor_content = b"\0" * 7


@graph_case("c")
def constant_content_too_long(graph):
    find(graph, "c").attr["value"].tensor.tensor_content = b"\0" * 28


@graph_case("c")
def constant_with_too_many_values(graph):
    tensor = find(graph, "c").attr["value"].tensor
    tensor.ClearField("tensor_content")
    tensor.float_val.extend([1] * 100)


@graph_case("c")
def constant_of_another_type(graph):
    find(graph, "c").attr["value"].tensor.dtype = types_pb2.DT_INT32


@graph_case("c")
def constant_of_an_unknown_type(graph):
    find(graph, "c").attr["value"].tensor.dtype = 77
    find(graph, "c").attr["dtype"].type = 77


# ---- functions -------------------------------------------------------------


def function(graph, name, op="Relu", operand="x"):
    made = graph.library.function.add()
    made.signature.name = name
    made.signature.input_arg.add(name="x", type=F)
    made.signature.output_arg.add(name="y", type=F)
    body = made.node_def.add(name="body", op=op, input=[operand])
    if op == "Relu":
        body.attr["T"].type = F
        made.ret["y"] = "body:activations:0"
    else:
        made.ret["y"] = "body:y:0"
    return made


@graph_case("f", "recurs")
def function_calls_itself(graph):
    function(graph, "f", "f")
    node(graph, "call", "f", ["y"])


@graph_case("f", "recurs")
def functions_call_each_other(graph):
    function(graph, "f", "g")
    function(graph, "g", "f")
    node(graph, "call", "f", ["y"])


@graph_case("f", "recurs")
def function_calls_itself_through_an_attribute(graph):
    made = function(graph, "f")
    call = made.node_def.add(name="again", op="PartitionedCall", input=["x"])
    call.attr["Tin"].list.type.append(F)
    call.attr["Tout"].list.type.append(F)
    call.attr["f"].func.name = "f"
    made.ret["y"] = "again:output:0"
    node(graph, "call", "f", ["y"])


@graph_case("cycle")
def cycle_in_a_function(graph):
    function(graph, "f", operand="body:activations:0")
    node(graph, "call", "f", ["y"])


@graph_case("f")
def function_result_missing(graph):
    del function(graph, "f").ret["y"]
    node(graph, "call", "f", ["y"])


@graph_case("nosuch")
def function_result_names_a_missing_node(graph):
    function(graph, "f").ret["y"] = "nosuch:z:0"
    node(graph, "call", "f", ["y"])


@graph_case("f")
def function_defined_twice(graph):
    function(graph, "f")
    function(graph, "f")
    node(graph, "call", "f", ["y"])


@graph_case("call")
def call_with_too_many_arguments(graph):
    function(graph, "f")
    node(graph, "call", "f", ["y", "x"])


# ---- SavedModels -----------------------------------------------------------


def saved(folder):
    return shutil.copytree(zoo.saved_model("digits", 1), folder / "model")


def flip(path, at, bit=3):
    data = bytearray(path.read_bytes())
    data[at] ^= 1 << bit
    path.write_bytes(data)


def cut(path, by):
    data = path.read_bytes()
    path.write_bytes(data[: len(data) - by])


@case("saved_model.pb")
def folder_without_a_model(folder):
    (folder / "model").mkdir()
    return folder / "model"


@case("saved_model.pb")
def saved_model_truncated(folder):
    cut(saved(folder) / "saved_model.pb", 5000)
    return folder / "model"


@case("saved_model.pb")
def saved_model_empty(folder):
    (saved(folder) / "saved_model.pb").write_bytes(b"")
    return folder / "model"


@case("saved_model.pb")
def saved_model_random(folder):
    (saved(folder) / "saved_model.pb").write_bytes(bytes(range(256)) * 16)
    return folder / "model"


@case("variables")
def variables_missing(folder):
    shutil.rmtree(saved(folder) / "variables")
    return folder / "model"


@case("variables")
def data_truncated(folder):
    cut(next((saved(folder) / "variables").glob("*.data*")), 100)
    return folder / "model"


@case("checksum", "crc", "CRC", "damaged")
def data_bit_flipped(folder):
    data = next((saved(folder) / "variables").glob("*.data*"))
    flip(data, 2000)
    return folder / "model"


@case("variables.index")
def index_truncated(folder):
    cut(saved(folder) / "variables/variables.index", 20)
    return folder / "model"


@case("variables.index")
def index_bit_flipped(folder):
    flip(saved(folder) / "variables/variables.index", 200)
    return folder / "model"


@case("variables.index")
def index_empty(folder):
    (saved(folder) / "variables/variables.index").write_bytes(b"")
    return folder / "model"


def edited(folder, change):
    path = saved(folder) / "saved_model.pb"
    model = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    change(model)
    path.write_bytes(model.SerializeToString())
    return folder / "model"


@case("nosuch")
def signature_names_a_missing_tensor(folder):
    def change(model):
        signature = model.meta_graphs[0].signature_def["serving_default"]
        signature.outputs["predictions"].name = "nosuch:0"

    return edited(folder, change)


@case("serving_default", code=2)
def signature_missing(folder):
    return edited(folder, lambda model: model.meta_graphs[0].signature_def.clear())


@case("saved_model.pb")
def no_meta_graph(folder):
    return edited(folder, lambda model: model.ClearField("meta_graphs"))


@case("9999")
def object_graph_child_out_of_range(folder):
    def change(model):
        objects = model.meta_graphs[0].object_graph_def.nodes
        objects[0].children[0].node_id = 9999

    return edited(folder, change)


@case("dependency 'd'")
def object_graph_dependency_out_of_range(folder):
    def change(model):
        objects = model.meta_graphs[0].object_graph_def.nodes
        objects[0].dependencies.add(node_id=len(objects), local_name="d")

    return edited(folder, change)


@case("a bound input")
def object_graph_capture_out_of_range(folder):
    def change(model):
        functions = model.meta_graphs[0].object_graph_def.concrete_functions
        functions[sorted(functions)[0]].bound_inputs.append(-5)

    return edited(folder, change)


@case("nosuch")
def function_of_the_signature_missing(folder):
    def change(model):
        for entry in model.meta_graphs[0].graph_def.node:
            if entry.op == "StatefulPartitionedCall" and "f" in entry.attr:
                entry.attr["f"].func.name = "nosuch"

    return edited(folder, change)
