//===- RestoreGraph.cpp - Which checkpoint key belongs to which variable --===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The walk is a work list of scopes: the graph, and each function body with the
// variables that its arguments are bound to.
//
//===----------------------------------------------------------------------===//

#include "formats/savedmodel/RestoreGraph.h"

#include "proto/saved_model.pb.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

using namespace graft;
using tensorflow::FunctionDef;
using tensorflow::NodeDef;

/// Far more function bodies than any saver has; a graph of functions that call
/// each other in a circle, or twice each, ends here.
static constexpr size_t maxScopes = 10000;

bool graft::isVariableOp(const std::string &op) {
  return op == "VarHandleOp" || op == "VariableV2" || op == "Variable";
}

namespace {

/// An input as a node refers to it: "node", "node:1", "node:output:1", "^node".
struct Reference {
  std::string_view node;
  int index = 0;
  bool isControl = false;

  explicit Reference(std::string_view text) {
    isControl = !text.empty() && text.front() == '^';
    if (isControl)
      text.remove_prefix(1);
    size_t colon = text.find(':');
    node = text.substr(0, colon);
    size_t last = text.rfind(':');
    if (last != std::string_view::npos)
      std::from_chars(text.data() + last + 1, text.data() + text.size(), index);
  }
};

/// A body: the graph itself, or a function as one call sees it.
struct Scope {
  std::unordered_map<std::string_view, const NodeDef *> nodes;
  /// For each argument, the node of the variable it is bound to, or nothing.
  std::unordered_map<std::string_view, std::string_view> arguments;
  /// The nodes that run.
  std::vector<const NodeDef *> active;
};

class RestoreReader {
public:
  explicit RestoreReader(const tensorflow::MetaGraphDef &metaGraph)
      : metaGraph(metaGraph) {
    for (const FunctionDef &function :
         metaGraph.graph_def().library().function())
      functions.emplace(function.signature().name(), &function);
  }

  Expected<RestoreMap> read() {
    Reference restore(metaGraph.saver_def().restore_op_name());
    if (restore.node.empty())
      return RestoreMap();
    Scope top;
    for (const NodeDef &node : metaGraph.graph_def().node())
      top.nodes.emplace(node.name(), &node);
    auto start = top.nodes.find(restore.node);
    if (start == top.nodes.end())
      return Status::badInput("the saver's restore operation '" +
                              std::string(restore.node) +
                              "' is not in the graph; save the model again");
    top.active = reachable(top, start->second);
    pending.push_back(std::move(top));
    for (size_t count = 1; !pending.empty(); ++count) {
      if (count > maxScopes)
        return Status::badInput(
            "the functions that restore the variables call each other more "
            "than " +
            std::to_string(maxScopes) + " times; save the model again");
      Scope scope = std::move(pending.back());
      pending.pop_back();
      for (const NodeDef *node : scope.active)
        visit(scope, *node);
    }
    return std::move(result);
  }

private:
  /// The nodes that `from` needs, itself included.
  static std::vector<const NodeDef *> reachable(const Scope &scope,
                                                const NodeDef *from) {
    std::vector<const NodeDef *> found{from};
    std::unordered_set<const NodeDef *> seen{from};
    for (size_t done = 0; done < found.size(); ++done)
      for (const std::string &input : found[done]->input())
        if (const NodeDef *node = lookup(scope, Reference(input).node))
          if (seen.insert(node).second)
            found.push_back(node);
    return found;
  }

  static const NodeDef *lookup(const Scope &scope, std::string_view name) {
    auto found = scope.nodes.find(name);
    return found == scope.nodes.end() ? nullptr : found->second;
  }

  /// Follows a tensor back through Identity nodes to the reference that makes
  /// it.
  static Reference origin(const Scope &scope, Reference ref) {
    for (size_t steps = 0; steps <= scope.nodes.size(); ++steps) {
      const NodeDef *node = lookup(scope, ref.node);
      if (!node || node->op() != "Identity" || node->input_size() == 0)
        return ref;
      ref = Reference(node->input(0));
    }
    return Reference(""); // a circle
  }

  /// The variable that a handle or reference stands for, or nothing.
  static std::string_view variable(const Scope &scope, std::string_view input) {
    Reference ref = origin(scope, Reference(input));
    auto argument = scope.arguments.find(ref.node);
    if (argument != scope.arguments.end())
      return argument->second;
    const NodeDef *node = lookup(scope, ref.node);
    if (node && isVariableOp(node->op()))
      return node->name();
    return {};
  }

  void visit(const Scope &scope, const NodeDef &node) {
    if ((node.op() == "AssignVariableOp" || node.op() == "Assign") &&
        node.input_size() >= 2)
      return assignment(scope, node);
    const std::string *callee = &node.op();
    if (node.op() == "PartitionedCall" ||
        node.op() == "StatefulPartitionedCall") {
      auto f = node.attr().find("f");
      if (f != node.attr().end())
        callee = &f->second.func().name();
    }
    auto function = functions.find(*callee);
    if (function != functions.end())
      call(scope, node, *function->second);
  }

  void call(const Scope &scope, const NodeDef &node,
            const FunctionDef &function) {
    Scope body;
    const auto &args = function.signature().input_arg();
    for (int i = 0; i < args.size() && i < node.input_size(); ++i)
      body.arguments.emplace(args[i].name(), variable(scope, node.input(i)));
    for (const NodeDef &inner : function.node_def()) {
      body.nodes.emplace(inner.name(), &inner);
      body.active.push_back(&inner);
    }
    pending.push_back(std::move(body));
  }

  void assignment(const Scope &scope, const NodeDef &node) {
    std::string_view target = variable(scope, node.input(0));
    if (target.empty())
      return;
    Reference value = origin(scope, Reference(node.input(1)));
    const NodeDef *restore = lookup(scope, value.node);
    if (!restore || restore->op() != "RestoreV2" || restore->input_size() < 3)
      return;
    const std::string *key = constant(scope, restore->input(1), value.index);
    const std::string *slice = constant(scope, restore->input(2), value.index);
    if (key && slice)
      result.emplace(target, RestoreSource{*key, *slice});
  }

  /// An element of a constant vector of strings, or null.
  static const std::string *constant(const Scope &scope, std::string_view input,
                                     int index) {
    Reference ref = origin(scope, Reference(input));
    const NodeDef *node = lookup(scope, ref.node);
    if (!node || node->op() != "Const" || index < 0)
      return nullptr;
    auto attr = node->attr().find("value");
    if (attr == node->attr().end() || !attr->second.has_tensor())
      return nullptr;
    const tensorflow::TensorProto &tensor = attr->second.tensor();
    if (tensor.string_val().empty() || tensor.tensor_shape().dim_size() != 1 ||
        index >= tensor.tensor_shape().dim(0).size())
      return nullptr;
    // The last element given stands for all that follow.
    return &tensor.string_val(std::min(index, tensor.string_val_size() - 1));
  }

  const tensorflow::MetaGraphDef &metaGraph;
  std::unordered_map<std::string_view, const FunctionDef *> functions;
  std::vector<Scope> pending;
  RestoreMap result;
};

} // namespace

Expected<RestoreMap>
graft::readRestoreGraph(const tensorflow::MetaGraphDef &graph) {
  return RestoreReader(graph).read();
}

/// The objects of a checkpoint by those of the model: both graphs have the same
/// named ways from their roots, but number the objects on their own.
static std::unordered_map<int, int>
matchObjects(const tensorflow::SavedObjectGraph &model,
             const tensorflow::TrackableObjectGraph &checkpoint) {
  std::unordered_map<int, int> matches;
  if (model.nodes().empty() || checkpoint.nodes().empty())
    return matches;
  std::vector<int> pending = {0};
  matches.emplace(0, 0);
  while (!pending.empty()) {
    int id = pending.back();
    pending.pop_back();
    std::unordered_map<std::string_view, int> children;
    for (const auto &child : checkpoint.nodes(matches.at(id)).children())
      children.emplace(child.local_name(), child.node_id());
    for (const auto &child : model.nodes(id).children()) {
      auto match = children.find(child.local_name());
      if (match != children.end() &&
          matches.emplace(child.node_id(), match->second).second)
        pending.push_back(child.node_id());
    }
  }
  return matches;
}

void graft::addFromCaptures(const tensorflow::MetaGraphDef &graph,
                            const tensorflow::TrackableObjectGraph &objects,
                            RestoreMap &map) {
  std::unordered_set<std::string_view> variables;
  for (const NodeDef &node : graph.graph_def().node())
    if (isVariableOp(node.op()))
      variables.insert(node.name());
  const tensorflow::SavedObjectGraph &model = graph.object_graph_def();
  std::unordered_map<int, int> matches = matchObjects(model, objects);
  for (const NodeDef &node : graph.graph_def().node()) {
    auto callee = node.attr().find("f");
    if (callee == node.attr().end())
      continue;
    auto function =
        model.concrete_functions().find(callee->second.func().name());
    if (function == model.concrete_functions().end())
      continue;
    std::vector<std::string_view> inputs;
    for (const std::string &input : node.input())
      if (Reference reference(input); !reference.isControl)
        inputs.push_back(reference.node);
    // What a function captures comes after its arguments.
    const auto &captures = function->second.bound_inputs();
    if (inputs.size() < static_cast<size_t>(captures.size()))
      continue;
    size_t first = inputs.size() - captures.size();
    for (int i = 0; i < captures.size(); ++i) {
      std::string_view variable = inputs[first + i];
      auto object = matches.find(captures[i]);
      if (!variables.count(variable) || object == matches.end())
        continue;
      for (const auto &tensor : objects.nodes(object->second).attributes())
        if (tensor.name() == "VARIABLE_VALUE")
          map.emplace(variable, RestoreSource{tensor.checkpoint_key(), ""});
    }
  }
}

void graft::addFromObjectGraph(const tensorflow::MetaGraphDef &graph,
                               const tensorflow::TrackableObjectGraph &objects,
                               RestoreMap &map) {
  std::unordered_map<std::string_view, std::string_view> keys;
  std::set<std::string_view> ambiguous;
  for (const auto &object : objects.nodes())
    for (const auto &attribute : object.attributes())
      if (attribute.name() == "VARIABLE_VALUE" &&
          !keys.emplace(attribute.full_name(), attribute.checkpoint_key())
               .second)
        ambiguous.insert(attribute.full_name());
  for (const NodeDef &node : graph.graph_def().node()) {
    if (!isVariableOp(node.op()) || map.count(node.name()))
      continue;
    std::string_view name = node.name();
    auto shared = node.attr().find("shared_name");
    if (shared != node.attr().end() && !shared->second.s().empty())
      name = shared->second.s();
    auto key = keys.find(name);
    if (key != keys.end() && !ambiguous.count(name))
      map.emplace(node.name(), RestoreSource{std::string(key->second), ""});
  }
}
