//===- BodyWriter.cpp - nodes and functions to their messages -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Fields in the order of their numbers, as protobuf writes them. What the
// dialect does not say lies in residues: messages whose other fields are empty.
//===----------------------------------------------------------------------===//
#include "exporters/graphdef/BodyWriter.h"

#include "dialects/graph/DataTypes.h"
#include "dialects/graph/NodeAttrs.h"
#include "dialects/graph/codec/AttrCodec.h"
#include "dialects/graph/codec/TensorCodec.h"

#include "mlir/IR/BuiltinOps.h"

using namespace mlir;
using namespace graft;
using namespace graft::graph;
using tensorflow::FunctionDef;
using tensorflow::NodeDef;

OutputNames::OutputNames(Operation *anywhere) {
  auto module = dyn_cast<ModuleOp>(anywhere);
  if (!module)
    module = anywhere->getParentOfType<ModuleOp>();
  if (!module)
    return;
  for (auto graph : module.getOps<GraphOp>())
    if (graph.getCppMapOrder())
      order = MapOrder::Cpp;
  for (auto function : module.getOps<FuncOp>())
    functions.try_emplace(function.getSymNameAttr(), function);
}

Expected<std::string> OutputNames::spell(NodeOp node, unsigned port) {
  if (ArrayAttr names = node.getOutputNamesAttr(); names && port < names.size())
    return cast<StringAttr>(names[port]).str();
  StringRef op = node.getOp();
  if (const OpSignature *signature = OpTable::builtin({op.data(), op.size()})) {
    Expected<FlatArgs> outputs =
        flattenArgs(*signature, signature->outputs, NodeAttrs(node.getAttrs()));
    if (!outputs)
      return outputs.status();
    if (port >= outputs->types.size())
      return Status::failed(
          "op '" + op.str() + "' has " + std::to_string(outputs->types.size()) +
          " outputs, got a use of output " + std::to_string(port));
    auto [arg, index] = outputs->argAndIndex(port);
    return signature->outputs[arg].name + ":" + std::to_string(index);
  }
  auto callee = functions.find(node.getOpAttr());
  if (callee != functions.end() &&
      port < callee->second.getResultNames().size())
    return cast<StringAttr>(callee->second.getResultNames()[port]).str() + ":0";
  return Status::failed("op '" + op.str() +
                        "' is not known; a node of it in a "
                        "function needs output_names");
}

BodyWriter::BodyWriter(Operation *parent, OutputNames &names)
    : function(dyn_cast<FuncOp>(parent)), names(names) {}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

/// The name of the node that computes the value, if one does.
static std::optional<StringRef> producerName(Value value) {
  if (auto node = value.getDefiningOp<NodeOp>())
    return node.getName();
  return std::nullopt;
}

std::string BodyWriter::spellControl(Value value) {
  return "^" + producerName(value).value_or("").str();
}

Expected<std::string> BodyWriter::spellData(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    if (!function || argument.getArgNumber() >= function.getArgNames().size())
      return Status::failed("an argument must have a name");
    return cast<StringAttr>(function.getArgNames()[argument.getArgNumber()])
        .str();
  }
  auto result = cast<OpResult>(value);
  auto node = dyn_cast<NodeOp>(result.getOwner());
  if (!node)
    return Status::failed("an input must be the result of a graph.node, got " +
                          result.getOwner()->getName().getStringRef().str());
  unsigned port = result.getResultNumber();
  if (!function) {
    if (port == 0)
      return node.getName().str();
    return node.getName().str() + ":" + std::to_string(port);
  }
  Expected<std::string> output = names.spell(node, port);
  if (!output)
    return output.status();
  return node.getName().str() + ":" + *output;
}

/// True if the text, spelled in whichever way, can only mean the value.
bool BodyWriter::refersTo(StringRef text, Value value) {
  Expected<std::string> usual = spellData(value);
  if (!usual)
    return false;
  if (text == *usual)
    return true;
  auto sameNumber = [](StringRef a, StringRef b) {
    unsigned x = 0, y = 0;
    return !a.getAsInteger(10, x) && !b.getAsInteger(10, y) && x == y;
  };
  StringRef expected(*usual);
  // "node:0", "argument:0"
  auto [head, tail] = text.rsplit(':');
  if (head == expected && sameNumber(tail, "0"))
    return true;
  auto [usualHead, usualTail] = expected.rsplit(':');
  // "node:output", "node:output:00"
  return (text == usualHead && usualTail == "0" && function) ||
         (head == usualHead && sameNumber(tail, usualTail));
}

bool BodyWriter::stillFits(ArrayAttr spelling, ValueRange data,
                           ValueRange controls) {
  if (!spelling)
    return false;
  auto isArgument = [&](StringRef name) {
    return function && llvm::any_of(function.getArgNames(), [&](Attribute arg) {
             return cast<StringAttr>(arg).getValue() == name;
           });
  };
  auto nextData = data.begin();
  auto nextControl = controls.begin();
  for (auto text : spelling.getAsValueRange<StringAttr>()) {
    if (text.starts_with("^")) {
      if (nextControl != controls.end() && text == spellControl(*nextControl))
        ++nextControl;
      else if (!isArgument(text.drop_front()))
        return false;
    } else if (nextData == data.end() || !refersTo(text, *nextData++)) {
      return false;
    }
  }
  return nextData == data.end() && nextControl == controls.end();
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

/// Appends an entry of a node's attribute map.
Status BodyWriter::writeAttr(StringRef name, Attribute attr,
                             const NodeDef &residue, Rope &rope) {
  tensorflow::AttrValue value;
  Pieces content;
  if (Status status = encodeAttr(attr, value, &content); !status)
    return Status(status.code(),
                  "attribute '" + name.str() + "': " + status.message());
  const tensorflow::AttrValue *rest = nullptr;
  if (residue.attr_size() != 0)
    if (auto entry = residue.attr().find(name.str());
        entry != residue.attr().end())
      rest = &entry->second;
  Rope contents, bytes;
  for (ArrayRef<char> piece : content)
    contents.borrow(StringRef(piece.data(), piece.size()));
  if (content.empty()) {
    if (rest && value.has_list())
      value.mutable_list()->MergeFrom(rest->list());
    bytes.append(serialize(value, names.mapOrder()));
  } else if (!value.has_tensor()) {
    bytes.field(tensorflow::AttrValue::kSFieldNumber, contents);
  } else {
    // Of the tensor's fields only type and shape are there, whose numbers come
    // before that of the contents.
    Rope tensor;
    tensor.append(serialize(value.tensor()));
    tensor.field(tensorflow::TensorProto::kTensorContentFieldNumber, contents);
    bytes.field(tensorflow::AttrValue::kTensorFieldNumber, tensor);
  }
  // Unknown fields come last; those of the list are in it.
  if (rest) {
    tensorflow::AttrValue unknown(*rest);
    unknown.clear_list();
    bytes.append(serialize(unknown));
  }
  Rope entry;
  entry.field(1, name);
  entry.field(2, bytes);
  rope.field(NodeDef::kAttrFieldNumber, entry);
  return Status();
}

Status BodyWriter::writeAttrs(NodeOp node, const NodeDef &residue, Rope &rope) {
  // The empty name, the only one that a dictionary cannot hold, is in the
  // residue.
  auto writeUnnamed = [&] {
    auto unnamed = residue.attr().find("");
    if (unnamed == residue.attr().end())
      return;
    Rope entry;
    entry.field(1, StringRef());
    entry.field(2, StringRef(serialize(unnamed->second, names.mapOrder())));
    rope.field(NodeDef::kAttrFieldNumber, entry);
  };
  bool inCppOrder = names.mapOrder() == MapOrder::Cpp;
  // Dictionaries are in C++'s order.
  SmallVector<NamedAttribute> attrs(node.getAttrs().getValue());
  if (inCppOrder)
    writeUnnamed();
  else
    llvm::sort(attrs, [](NamedAttribute a, NamedAttribute b) {
      StringRef first = a.getName(), second = b.getName();
      return comesBefore({first.data(), first.size()},
                         {second.data(), second.size()}, MapOrder::Python);
    });
  for (NamedAttribute attr : attrs)
    if (Status status =
            writeAttr(attr.getName(), attr.getValue(), residue, rope);
        !status)
      return status;
  if (!inCppOrder)
    writeUnnamed();
  return Status();
}

Status BodyWriter::writeNode(NodeOp node, Rope &rope) {
  auto failure = [&](const Status &status) {
    return Status(status.code(), "node '" + node.getName().str() + "' (" +
                                     node.getOp().str() +
                                     "): " + status.message());
  };
  StringRef op = node.getOp();
  if (const OpSignature *signature = OpTable::builtin({op.data(), op.size()}))
    if (Status status = checkComplete(*signature, node.getAttrs()); !status)
      return failure(status);
  if (!node.getName().empty())
    rope.field(NodeDef::kNameFieldNumber, node.getName());
  if (!node.getOp().empty())
    rope.field(NodeDef::kOpFieldNumber, node.getOp());
  ArrayAttr spelling = node.getInputSpellingAttr();
  if (stillFits(spelling, node.getInputs(), node.getControls())) {
    for (StringRef text : spelling.getAsValueRange<StringAttr>())
      rope.field(NodeDef::kInputFieldNumber, text);
  } else {
    for (Value input : node.getInputs()) {
      Expected<std::string> text = spellData(input);
      if (!text)
        return failure(text.status());
      rope.field(NodeDef::kInputFieldNumber, *text);
    }
    for (Value control : node.getControls()) {
      if (!producerName(control))
        return failure(Status::failed("a control input must come from a node"));
      rope.field(NodeDef::kInputFieldNumber, spellControl(control));
    }
  }
  if (std::optional<StringRef> device = node.getDevice();
      device && !device->empty())
    rope.field(NodeDef::kDeviceFieldNumber, *device);

  NodeDef residue;
  if (RawAttr raw = node.getResidueAttr())
    if (!residue.ParseFromString(raw.getBytes().str()))
      return failure(Status::failed("the residue must be a NodeDef"));
  if (Status status = writeAttrs(node, residue, rope); !status)
    return failure(status);
  residue.clear_attr();
  rope.append(serialize(residue, names.mapOrder()));
  return Status();
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

/// Sets the names and types of arguments whose other properties are in `args`.
static Status
writeArgs(ArrayRef<Attribute> names, TypeRange types,
          google::protobuf::RepeatedPtrField<tensorflow::OpDef::ArgDef> &args) {
  if (static_cast<size_t>(args.size()) != names.size())
    args.Clear();
  while (static_cast<size_t>(args.size()) < names.size())
    args.Add();
  for (auto [name, type, arg] : llvm::zip_equal(names, types, args)) {
    arg.set_name(cast<StringAttr>(name).str());
    if (!arg.type_attr().empty() || !arg.type_list_attr().empty())
      continue;
    auto shaped = dyn_cast<ShapedType>(type);
    std::optional<int32_t> number =
        shaped ? numberFromType(shaped.getElementType()) : std::nullopt;
    if (!number)
      return Status::failed("argument '" + arg.name() +
                            "' must have one of TensorFlow's types");
    // Whether it is a reference is said apart; a function may return the value
    // of one.
    arg.set_type(static_cast<tensorflow::DataType>(
        *number > refTypeOffset ? *number - refTypeOffset : *number));
  }
  return Status();
}

/// False if a tensor of `type` cannot have the one shape in `attr`.
static bool mayHaveShape(Type type, const tensorflow::AttrValue &attr) {
  auto ranked = dyn_cast<RankedTensorType>(type);
  if (!ranked || attr.list().shape_size() != 1 ||
      attr.list().shape(0).unknown_rank())
    return true;
  const auto &dims = attr.list().shape(0).dim();
  if (dims.size() != ranked.getRank())
    return false;
  for (auto [dim, size] : llvm::zip(dims, ranked.getShape()))
    if (dim.size() >= 0 && !ShapedType::isDynamic(size) && dim.size() != size)
      return false;
  return true;
}

/// Forgets what variables the handles in `args` stood for that are values now.
static void dropHandleData(
    TypeRange types,
    google::protobuf::RepeatedPtrField<tensorflow::OpDef::ArgDef> &args) {
  for (auto [type, arg] : llvm::zip(types, args))
    if (auto shaped = dyn_cast<ShapedType>(type);
        shaped && !isa<ResourceType, VariantType>(shaped.getElementType()))
      arg.clear_handle_data();
}

/// Takes out of `def` what does not hold for arguments of these types.
static void dropStaleAttributes(TypeRange types, FunctionDef &def) {
  for (auto [i, type] : llvm::enumerate(types)) {
    auto attrs = def.mutable_arg_attr()->find(i);
    if (attrs == def.mutable_arg_attr()->end())
      continue;
    auto &known = *attrs->second.mutable_attr();
    if (auto shape = known.find("_output_shapes");
        shape != known.end() && !mayHaveShape(type, shape->second))
      known.erase(shape);
  }
}

Status BodyWriter::writeFunction(Rope &rope) {
  auto failure = [&](const Status &status) {
    return Status(status.code(), "function '" + function.getSymName().str() +
                                     "': " + status.message());
  };
  FunctionDef def;
  if (RawAttr raw = function.getResidueAttr())
    if (!def.ParseFromString(raw.getBytes().str()))
      return failure(Status::failed("the residue must be a FunctionDef"));
  Block *block = function.getBlock();
  auto returnOp = dyn_cast<ReturnOp>(block->getTerminator());
  if (!returnOp ||
      returnOp.getValues().size() != function.getResultNames().size() ||
      block->getNumArguments() != function.getArgNames().size())
    return failure(Status::failed("must return a value for each result and "
                                  "have a name for each argument"));

  tensorflow::OpDef &signature = *def.mutable_signature();
  if (function->hasAttr("graph.retyped")) {
    dropStaleAttributes(block->getArgumentTypes(), def);
    dropHandleData(block->getArgumentTypes(), *signature.mutable_input_arg());
    dropHandleData(returnOp.getValues().getTypes(),
                   *signature.mutable_output_arg());
  }
  signature.set_name(function.getSymName().str());
  if (Status status =
          writeArgs(function.getArgNames().getValue(),
                    block->getArgumentTypes(), *signature.mutable_input_arg());
      !status)
    return failure(status);
  if (Status status = writeArgs(function.getResultNames().getValue(),
                                returnOp.getValues().getTypes(),
                                *signature.mutable_output_arg());
      !status)
    return failure(status);

  bool asRead =
      stillFits(returnOp.getSpellingAttr(), returnOp.getValues(), ValueRange());
  for (auto [i, name] : llvm::enumerate(
           function.getResultNames().getAsValueRange<StringAttr>())) {
    if (asRead) {
      (*def.mutable_ret())[name.str()] =
          cast<StringAttr>(returnOp.getSpellingAttr()[i]).str();
      continue;
    }
    Expected<std::string> text = spellData(returnOp.getValues()[i]);
    if (!text)
      return failure(text.status());
    (*def.mutable_ret())[name.str()] = *text;
  }
  if (ArrayAttr controlNames = function.getControlResultNamesAttr())
    for (auto [name, control] :
         llvm::zip(controlNames.getAsValueRange<StringAttr>(),
                   returnOp.getControls())) {
      signature.add_control_output(name.str());
      (*def.mutable_control_ret())[name.str()] =
          spellControl(control).substr(1);
    }
  if (Status status = encodeAttrs(function.getAttrs(), *def.mutable_attr());
      !status)
    return failure(status);

  rope.field(FunctionDef::kSignatureFieldNumber,
             StringRef(serialize(signature, names.mapOrder())));
  def.clear_signature();
  for (Operation &op : *block) {
    if (isa<ReturnOp>(op))
      continue;
    auto node = dyn_cast<NodeOp>(op);
    if (!node)
      return failure(Status::failed("must hold nodes only, got " +
                                    op.getName().getStringRef().str()));
    Rope bytes;
    if (Status status = writeNode(node, bytes); !status)
      return failure(status);
    rope.field(FunctionDef::kNodeDefFieldNumber, bytes);
  }
  rope.append(serialize(def, names.mapOrder()));
  return Status();
}
