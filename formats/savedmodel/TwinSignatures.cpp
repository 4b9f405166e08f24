//===- TwinSignatures.cpp - signatures that compute the same --------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Two work lists: pairs of nodes of the graph, from the results back to the
// inputs, and pairs of functions, whose bodies are compared line by line. What
// is on its way to be compared counts as equal, so that loops end.
//
//===----------------------------------------------------------------------===//

#include "formats/savedmodel/TwinSignatures.h"

#include "proto/saved_model.pb.h"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

using namespace graft;
using google::protobuf::util::MessageDifferencer;
using tensorflow::AttrValue;
using tensorflow::FunctionDef;
using tensorflow::NodeDef;
using tensorflow::SignatureDef;

namespace {

/// A signature is compared with so many others of the same inputs and outputs.
constexpr size_t maxCandidates = 8;

/// "node:port" or "^node" apart; port 0 is not spelled.
std::pair<std::string_view, std::string_view>
splitInput(std::string_view text) {
  if (!text.empty() && text.front() == '^')
    return {text.substr(1), "^"};
  size_t colon = text.find(':');
  if (colon == std::string_view::npos)
    return {text, ""};
  std::string_view port = text.substr(colon);
  return {text.substr(0, colon), port == ":0" ? "" : port};
}

/// Where a node is placed and what is known of its shapes is not what it
/// computes.
bool isHint(std::string_view attr) {
  return attr == "_class" || attr == "_output_shapes";
}

class TwinFinder {
public:
  explicit TwinFinder(const tensorflow::MetaGraphDef &graph) : graph(graph) {
    for (const NodeDef &node : graph.graph_def().node())
      nodes.emplace(node.name(), &node);
    for (const FunctionDef &function : graph.graph_def().library().function())
      functions.emplace(function.signature().name(), &function);
  }

  bool areTwins(const SignatureDef &a, const SignatureDef &b);

private:
  bool pairUp(std::string_view a, std::string_view b);
  bool pairUpFunctions(const std::string &a, const std::string &b);
  bool equalInputs(const SignatureDef &a, const SignatureDef &b);
  bool equalAttrs(const NodeDef &a, const NodeDef &b);
  bool equalValues(const AttrValue &a, const AttrValue &b);
  bool equalOps(const NodeDef &a, const NodeDef &b);
  bool equalNodes(const NodeDef &a, const NodeDef &b);
  bool equalBodies(const FunctionDef &a, const FunctionDef &b);

  using Nodes = std::pair<const NodeDef *, const NodeDef *>;
  using Functions = std::pair<const FunctionDef *, const FunctionDef *>;

  const tensorflow::MetaGraphDef &graph;
  std::unordered_map<std::string_view, const NodeDef *> nodes;
  std::unordered_map<std::string_view, const FunctionDef *> functions;
  /// Of the pair of signatures that is being compared.
  std::unordered_map<std::string_view, std::string_view> partners, backwards;
  std::unordered_map<std::string, std::string> functionPartners;
  std::vector<Nodes> pendingNodes;
  std::vector<Functions> pendingFunctions;
};

} // namespace

/// Assumes that the two nodes compute the same, to be seen later. False if one
/// of them has another partner.
bool TwinFinder::pairUp(std::string_view a, std::string_view b) {
  auto [partner, isNew] = partners.emplace(a, b);
  auto [back, isNewBack] = backwards.emplace(b, a);
  if (partner->second != b || back->second != a)
    return false;
  if (!isNew || a == b)
    return true;
  auto first = nodes.find(a), second = nodes.find(b);
  if (first == nodes.end() || second == nodes.end())
    return false;
  pendingNodes.emplace_back(first->second, second->second);
  return true;
}

bool TwinFinder::pairUpFunctions(const std::string &a, const std::string &b) {
  if (a == b)
    return true;
  auto [partner, isNew] = functionPartners.emplace(a, b);
  if (partner->second != b)
    return false;
  if (!isNew)
    return true;
  auto first = functions.find(a), second = functions.find(b);
  if (first == functions.end() || second == functions.end())
    return false;
  pendingFunctions.emplace_back(first->second, second->second);
  return true;
}

/// Compares the attributes, in which functions may have other names.
bool TwinFinder::equalValues(const AttrValue &a, const AttrValue &b) {
  // Not a message of functions: bytes are compared where they are.
  bool hasFunctions =
      a.has_func() || (a.has_list() && a.list().func_size() != 0);
  if (!hasFunctions)
    return a.ByteSizeLong() == b.ByteSizeLong() &&
           MessageDifferencer::Equals(a, b);
  auto equal = [&](const auto &x, const auto &y) {
    return x.attr().empty() && y.attr().empty() &&
           pairUpFunctions(x.name(), y.name());
  };
  if (a.has_func())
    return b.has_func() && equal(a.func(), b.func());
  return b.has_list() && a.list().func_size() == b.list().func_size() &&
         std::equal(a.list().func().begin(), a.list().func().end(),
                    b.list().func().begin(), equal);
}

bool TwinFinder::equalAttrs(const NodeDef &a, const NodeDef &b) {
  auto covers = [](const NodeDef &x, const NodeDef &y) {
    return std::all_of(x.attr().begin(), x.attr().end(), [&](auto &entry) {
      return isHint(entry.first) || y.attr().count(entry.first) != 0;
    });
  };
  return covers(a, b) && covers(b, a) &&
         std::all_of(a.attr().begin(), a.attr().end(), [&](auto &entry) {
           return isHint(entry.first) ||
                  equalValues(entry.second, b.attr().at(entry.first));
         });
}

bool TwinFinder::equalOps(const NodeDef &a, const NodeDef &b) {
  if (a.op() != b.op() &&
      (functions.count(a.op()) == 0 || !pairUpFunctions(a.op(), b.op())))
    return false;
  return a.device() == b.device() && a.input_size() == b.input_size() &&
         equalAttrs(a, b);
}

/// Compares two nodes of the graph that have different names.
bool TwinFinder::equalNodes(const NodeDef &a, const NodeDef &b) {
  if (!equalOps(a, b))
    return false;
  // What reads nothing and is no constant stands for something outside, a
  // variable or a table, that goes by the node's name, or by the shared name.
  if (a.input_size() == 0 && a.op() != "Const" && a.op() != "NoOp") {
    auto shared = a.attr().find("shared_name");
    if (shared == a.attr().end() || shared->second.s().empty())
      return false;
  }
  for (int i = 0; i < a.input_size(); ++i) {
    auto [first, firstPort] = splitInput(a.input(i));
    auto [second, secondPort] = splitInput(b.input(i));
    if (firstPort != secondPort || !pairUp(first, second))
      return false;
  }
  return true;
}

/// Compares two function bodies line by line: functions of one source are
/// written in one order and with the same names.
bool TwinFinder::equalBodies(const FunctionDef &a, const FunctionDef &b) {
  auto sameNames = [](const auto &x, const auto &y) {
    return x.size() == y.size() &&
           std::equal(x.begin(), x.end(), y.begin(), [](auto &p, auto &q) {
             return p.name() == q.name() && p.type() == q.type() &&
                    p.type_attr() == q.type_attr() &&
                    p.number_attr() == q.number_attr() &&
                    p.type_list_attr() == q.type_list_attr();
           });
  };
  auto sameMap = [](const auto &x, const auto &y) {
    return x.size() == y.size() &&
           std::all_of(x.begin(), x.end(), [&](auto &entry) {
             auto other = y.find(entry.first);
             return other != y.end() && other->second == entry.second;
           });
  };
  return sameNames(a.signature().input_arg(), b.signature().input_arg()) &&
         sameNames(a.signature().output_arg(), b.signature().output_arg()) &&
         sameMap(a.ret(), b.ret()) &&
         sameMap(a.control_ret(), b.control_ret()) &&
         a.node_def_size() == b.node_def_size() &&
         std::equal(a.node_def().begin(), a.node_def().end(),
                    b.node_def().begin(),
                    [&](const NodeDef &x, const NodeDef &y) {
                      return x.name() == y.name() && equalOps(x, y) &&
                             std::equal(x.input().begin(), x.input().end(),
                                        y.input().begin());
                    });
}

/// Pairs the inputs of the same names.
bool TwinFinder::equalInputs(const SignatureDef &a, const SignatureDef &b) {
  if (a.inputs_size() != b.inputs_size())
    return false;
  for (const auto &[key, info] : a.inputs()) {
    auto other = b.inputs().find(key);
    if (other == b.inputs().end() || info.name().empty())
      return false;
    auto [first, firstPort] = splitInput(info.name());
    auto [second, secondPort] = splitInput(other->second.name());
    auto x = nodes.find(first), y = nodes.find(second);
    if (firstPort != secondPort || x == nodes.end() || y == nodes.end() ||
        info.dtype() != other->second.dtype() ||
        !MessageDifferencer::Equals(info.tensor_shape(),
                                    other->second.tensor_shape()) ||
        x->second->input_size() != 0 || !equalOps(*x->second, *y->second))
      return false;
    // The user gives both: there is nothing more to compare.
    if (!partners.emplace(first, second).second ||
        !backwards.emplace(second, first).second)
      return false;
  }
  return true;
}

bool TwinFinder::areTwins(const SignatureDef &a, const SignatureDef &b) {
  partners.clear();
  backwards.clear();
  functionPartners.clear();
  pendingNodes.clear();
  pendingFunctions.clear();
  if (a.outputs_size() != b.outputs_size() || !equalInputs(a, b))
    return false;
  for (const auto &[key, info] : a.outputs()) {
    auto other = b.outputs().find(key);
    if (other == b.outputs().end() || info.name().empty() ||
        info.dtype() != other->second.dtype())
      return false;
    auto [first, firstPort] = splitInput(info.name());
    auto [second, secondPort] = splitInput(other->second.name());
    if (firstPort != secondPort || !pairUp(first, second))
      return false;
  }
  while (!pendingNodes.empty() || !pendingFunctions.empty()) {
    if (!pendingNodes.empty()) {
      auto [first, second] = pendingNodes.back();
      pendingNodes.pop_back();
      if (!equalNodes(*first, *second))
        return false;
      continue;
    }
    auto [first, second] = pendingFunctions.back();
    pendingFunctions.pop_back();
    if (!equalBodies(*first, *second))
      return false;
  }
  return true;
}

/// What signatures must share to be compared at all.
static std::vector<std::string> tensorNames(const SignatureDef &signature) {
  std::vector<std::string> names;
  for (const auto *tensors : {&signature.inputs(), &signature.outputs()}) {
    std::vector<std::string> sorted;
    for (const auto &[key, info] : *tensors)
      sorted.push_back(key);
    std::sort(sorted.begin(), sorted.end());
    names.push_back(std::to_string(sorted.size()));
    names.insert(names.end(), sorted.begin(), sorted.end());
  }
  return names;
}

std::map<std::string, std::string>
graft::findTwinSignatures(const tensorflow::MetaGraphDef &graph,
                          const std::vector<std::string> &order) {
  std::map<std::string, std::string> twins;
  if (order.size() < 2)
    return twins;
  TwinFinder finder(graph);
  std::map<std::vector<std::string>, std::vector<std::string>> candidates;
  for (const std::string &name : order) {
    const SignatureDef &signature = graph.signature_def().at(name);
    std::vector<std::string> &alike = candidates[tensorNames(signature)];
    auto twin = std::find_if(
        alike.begin(), alike.end(), [&](const std::string &earlier) {
          return finder.areTwins(graph.signature_def().at(earlier), signature);
        });
    if (twin != alike.end())
      twins.emplace(name, *twin);
    else if (alike.size() < maxCandidates)
      alike.push_back(name);
  }
  return twins;
}
