//===- KeptVariables.cpp - variables that are not constants ---------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The nodes are those of TensorFlow 1's saver, by its names: every TensorFlow
// loads such a model, and Graft's own importer reads them back.
//===----------------------------------------------------------------------===//
#include "exporters/savedmodel/KeptVariables.h"

#include "dialects/graph/GraphAttributes.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringSet.h"

#include <filesystem>

using namespace mlir;
using namespace graft;
using namespace graft::graph;

namespace graft {

class SaverBuilder {
public:
  SaverBuilder(GraphOp graph, KeptVariables &result)
      : result(result), builder(graph.getContext()) {
    builder.setInsertionPointToEnd(graph.getBlock());
    for (auto node : graph.getOps<NodeOp>())
      names.insert(node.getName());
  }

  void build(ArrayRef<NodeOp> variables);

private:
  NodeOp add(StringRef name, StringRef op, TypeRange types, ValueRange inputs,
             ArrayRef<NamedAttribute> attrs, ValueRange controls = {});
  Value addStrings(StringRef name, ArrayRef<StringRef> values);
  Value read(NodeOp variable);
  Value assign(NodeOp variable, Value value);
  NamedAttribute type(StringRef name, Type element) {
    return builder.getNamedAttr(name, TypeAttr::get(element));
  }

  KeptVariables &result;
  OpBuilder builder;
  llvm::StringSet<> names;
  StringType string = builder.getType<StringType>();
};

} // namespace graft

NodeOp SaverBuilder::add(StringRef name, StringRef op, TypeRange types,
                         ValueRange inputs, ArrayRef<NamedAttribute> attrs,
                         ValueRange controls) {
  std::string wanted = ("save/" + name).str(), free = wanted;
  for (unsigned i = 1; !names.insert(free).second; ++i)
    free = wanted + "_" + std::to_string(i);
  return NodeOp::create(builder, NameLoc::get(builder.getStringAttr(free)),
                        types, op, inputs, controls, free,
                        builder.getDictionaryAttr(attrs));
}

Value SaverBuilder::addStrings(StringRef name, ArrayRef<StringRef> values) {
  auto count = static_cast<int64_t>(values.size());
  auto type = RankedTensorType::get({count}, string);
  auto value = TensorAttr::get(builder.getContext(),
                               DenseStringElementsAttr::get(type, values),
                               TensorEncoding::Values, count);
  return add(name, "Const", TypeRange(type), {},
             {this->type("dtype", string),
              builder.getNamedAttr("value", value)})
      .getOutputs()[0];
}

static RankedTensorType valueType(NodeOp variable) {
  auto value = variable->getAttrOfType<ElementsAttr>(kVariableValueAttr);
  return cast<RankedTensorType>(value.getShapedType());
}

/// What SaveV2 takes: a reference stands for its value.
Value SaverBuilder::read(NodeOp variable) {
  if (!variable.is("VarHandleOp"))
    return variable.getOutputs()[0];
  RankedTensorType tensor = valueType(variable);
  return add("Read", "ReadVariableOp", TypeRange(tensor),
             variable.getOutputs()[0], {type("dtype", tensor.getElementType())})
      .getOutputs()[0];
}

/// Its control result.
Value SaverBuilder::assign(NodeOp variable, Value value) {
  Type element = valueType(variable).getElementType();
  Value target = variable.getOutputs()[0];
  if (variable.is("VarHandleOp"))
    return add("Assign", "AssignVariableOp", {}, {target, value},
               {type("dtype", element)})
        .getControl();
  return add("Assign", "Assign", TypeRange(target.getType()), {target, value},
             {type("T", element),
              builder.getNamedAttr("use_locking", builder.getBoolAttr(true)),
              builder.getNamedAttr("validate_shape",
                                   builder.getBoolAttr(true))})
      .getControl();
}

void SaverBuilder::build(ArrayRef<NodeOp> variables) {
  MLIRContext *context = builder.getContext();
  SmallVector<Type> types;
  SmallVector<Attribute> elements;
  SmallVector<StringRef> keys;
  for (NodeOp variable : variables) {
    types.push_back(valueType(variable));
    elements.push_back(TypeAttr::get(valueType(variable).getElementType()));
    keys.push_back(variable.getName());
    result.constants.push_back(
        {variable.getName().str(),
         variable->getAttrOfType<ElementsAttr>(kVariableValueAttr)});
  }
  SmallVector<StringRef> whole(keys.size(), "");
  NamedAttribute dtypes = builder.getNamedAttr(
      "dtypes", ListAttr::get(context, ListKind::Type, elements));
  auto scalar = RankedTensorType::get({}, string);
  NodeOp file =
      add("Const", "Placeholder", TypeRange(scalar), {},
          {type("dtype", string),
           builder.getNamedAttr("shape", ShapeAttr::get(context, {}, true))});
  Value path = file.getOutputs()[0];

  SmallVector<Value> saved = {path, addStrings("SaveV2/tensor_names", keys),
                              addStrings("SaveV2/shape_and_slices", whole)};
  for (NodeOp variable : variables)
    saved.push_back(read(variable));
  NodeOp save = add("SaveV2", "SaveV2", {}, saved, {dtypes});
  NodeOp done = add("control_dependency", "Identity", TypeRange(scalar), path,
                    {type("T", string)}, save.getControl());

  NodeOp restore = add("RestoreV2", "RestoreV2", types,
                       {path, addStrings("RestoreV2/tensor_names", keys),
                        addStrings("RestoreV2/shape_and_slices", whole)},
                       {dtypes});
  SmallVector<Value> assigned;
  for (auto [variable, value] : llvm::zip(variables, restore.getOutputs()))
    assigned.push_back(assign(variable, value));
  NodeOp all = add("restore_all", "NoOp", {}, {}, {}, assigned);

  result.saverDef.set_filename_tensor_name(file.getName().str() + ":0");
  result.saverDef.set_save_tensor_name(done.getName().str() + ":0");
  result.saverDef.set_restore_op_name(all.getName().str());
  result.saverDef.set_max_to_keep(5);
  result.saverDef.set_keep_checkpoint_every_n_hours(10000);
  result.saverDef.set_version(tensorflow::SaverDef::V2);
}

KeptVariables KeptVariables::take(ModuleOp module) {
  KeptVariables result;
  auto graphs = module.getOps<GraphOp>();
  if (graphs.empty())
    return result;
  GraphOp graph = *graphs.begin();
  SmallVector<NodeOp> variables;
  for (auto node : graph.getOps<NodeOp>())
    if (node->hasAttr(kVariableValueAttr) &&
        (node.is("VarHandleOp") || node.is("VariableV2") ||
         node.is("Variable")))
      variables.push_back(node);
  if (!variables.empty())
    SaverBuilder(graph, result).build(variables);
  return result;
}

Status KeptVariables::write(const std::string &folder) const {
  namespace fs = std::filesystem;
  fs::path variables = fs::path(folder) / "variables";
  std::error_code error;
  fs::create_directories(variables, error);
  if (error)
    return Status::failed("'" + variables.string() +
                          "' cannot be made: " + error.message());
  return writeBundle((variables / "variables").string(), constants);
}
