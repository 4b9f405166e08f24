//===- Resolver.cpp - inputs from names to edges --------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A graph spells an input "node" or "node:port", a function's body "argument"
// or "node:output:index"; both write "^node" for a control edge. Ops that
// nobody declares have the outputs that others read, of the types they expect.
//===----------------------------------------------------------------------===//
#include "dialects/graph/DataTypes.h"
#include "dialects/graph/NodeAttrs.h"
#include "importers/graphdef/Body.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <map>

using namespace mlir;
using namespace graft;
using namespace graft::graph;

/// More outputs than any op has: a damaged port must not exhaust memory.
static constexpr unsigned kMaxPort = 1 << 16;

std::string graft::quoted(StringRef text) {
  std::string result;
  llvm::raw_string_ostream stream(result);
  stream << '\'';
  llvm::printEscapedString(text.take_front(200), stream);
  stream << '\'';
  return result;
}

std::string Body::where() const {
  if (!function)
    return source->name;
  return source->name + ": function " +
         quoted(function->rest.signature().name());
}

std::string Body::where(const NodeRecord &node) const {
  std::string op = quoted(node.op.getValue());
  return where() + (isFunction() ? ", node " : ": node ") +
         quoted(node.name.getValue()) + " (" + op.substr(1, op.size() - 2) +
         ")";
}

/// The names most like a missing one, for the message.
static std::string nearNames(const Body &body, StringRef missing) {
  unsigned limit = 2 + missing.size() / 4;
  std::vector<std::pair<unsigned, StringRef>> near;
  auto consider = [&](StringRef name) {
    unsigned distance = missing.edit_distance(name, true, limit);
    if (distance <= limit)
      near.emplace_back(distance, name);
  };
  for (const NodeRecord &node : body.nodes)
    consider(node.name.getValue());
  for (StringAttr name : body.argNames)
    consider(name.getValue());
  if (near.empty())
    return "; the graph may have been cut, freeze it with all its inputs";
  llvm::sort(near);
  std::string text = "; near names: ";
  for (size_t i = 0; i < near.size() && i < 3; ++i)
    text += (i ? ", " : "") + quoted(near[i].second);
  return text;
}

namespace {
class Resolver {
public:
  Resolver(Body &body, MLIRContext *context) : body(body), context(context) {}

  Status run();

private:
  Status resolveNode(NodeRecord &node);
  /// Resolves one data input as the file spells it. `usual` is false where
  /// another spelling would be the usual one.
  Status resolveData(StringRef text, Edge &edge, bool &usual);
  Status resolveInFunction(StringRef text, Edge &edge, bool &usual);
  Status resolveControl(StringRef text, Edge &edge);
  Status resolveResults();
  Status checkResults();
  void allotUndeclared();
  Status checkNode(const NodeRecord &node);
  /// The type that an edge carries; 0 where it is not known.
  int32_t &typeOf(const Edge &edge) {
    return edge.isArgument()
               ? body.argTypes[edge.argument()]
               : body.outputTypes[body.nodes[edge.node].firstOutput +
                                  edge.port];
  }
  Status missing(StringRef text, StringRef name) {
    return Status::badInput("reads " + quoted(text) +
                            ", which is not in the graph" +
                            nearNames(body, name));
  }

  /// Notes that output `port` of an op that nobody declares is read.
  Status noteUse(int32_t node, StringRef output, unsigned index, Edge &edge);

  /// The outputs that are read of one such op, by name in order of appearance.
  struct Undeclared {
    SmallVector<std::pair<StringRef, unsigned>, 1> outputs;
    bool inFunction = false;
  };
  std::map<int32_t, Undeclared> undeclared;

  Body &body;
  MLIRContext *context;
};
} // namespace

Status Resolver::noteUse(int32_t node, StringRef output, unsigned index,
                         Edge &edge) {
  if (index >= kMaxPort)
    return Status::badInput("an output's number must be below " +
                            std::to_string(kMaxPort) + ", got " +
                            std::to_string(index));
  Undeclared &entry = undeclared[node];
  auto *found =
      llvm::find_if(entry.outputs, [&](auto &o) { return o.first == output; });
  if (found == entry.outputs.end()) {
    if (entry.outputs.size() >= 256)
      return Status::badInput("an op must have less than 256 outputs");
    entry.outputs.emplace_back(output, 0);
    found = std::prev(entry.outputs.end());
  }
  found->second = std::max(found->second, index + 1);
  // Which result that is, is known when all uses are.
  edge = {node, static_cast<int32_t>(
                    (found - entry.outputs.begin()) * kMaxPort + index)};
  return Status();
}

Status Resolver::resolveControl(StringRef text, Edge &edge) {
  auto known = body.byName.find(text.drop_front());
  if (known == body.byName.end())
    return missing(text, text.drop_front());
  edge = {known->second, Edge::kControl};
  return Status();
}

/// Splits "name:7"; the text after the colon must be a number.
static bool splitPort(StringRef text, StringRef &name, unsigned &port) {
  size_t colon = text.rfind(':');
  if (colon == StringRef::npos)
    return false;
  name = text.take_front(colon);
  return !text.drop_front(colon + 1).getAsInteger(10, port);
}

Status Resolver::resolveData(StringRef text, Edge &edge, bool &usual) {
  if (body.isFunction())
    return resolveInFunction(text, edge, usual);
  unsigned port = 0;
  StringRef name = text;
  auto known = body.byName.find(name);
  if (known == body.byName.end() && splitPort(text, name, port))
    known = body.byName.find(name);
  if (known == body.byName.end())
    return missing(text, name);
  const NodeRecord &producer = body.nodes[known->second];
  usual &= port ? text.size() == name.size() + 1 + Twine(port).str().size()
                : text == name;
  if (!producer.signature)
    return noteUse(known->second, "", port, edge);
  if (port >= producer.outputCount)
    return Status::badInput("reads output " + std::to_string(port) + " of " +
                            quoted(name) + ", but " +
                            producer.op.getValue().str() + " has " +
                            std::to_string(producer.outputCount));
  edge = {known->second, static_cast<int32_t>(port)};
  return Status();
}

Status Resolver::resolveInFunction(StringRef text, Edge &edge, bool &usual) {
  auto known = body.byName.find(text);
  if (known != body.byName.end() && known->second < 0) {
    edge = Edge::fromArgument(~known->second);
    return Status();
  }
  // "node:output:index"; the index may be left out when the output is one
  // tensor.
  StringRef name = text, output;
  unsigned index = 0;
  StringRef rest;
  if (splitPort(text, rest, index)) {
    size_t colon = rest.rfind(':');
    if (colon == StringRef::npos) { // "argument:0"
      known = body.byName.find(rest);
      if (known != body.byName.end() && known->second < 0) {
        usual = false;
        edge = Edge::fromArgument(~known->second);
        return Status();
      }
      return missing(text, rest);
    }
    name = rest.take_front(colon);
    output = rest.drop_front(colon + 1);
  } else {
    size_t colon = text.rfind(':');
    if (colon == StringRef::npos)
      return missing(text, text);
    usual = false;
    name = text.take_front(colon);
    output = text.drop_front(colon + 1);
  }
  known = body.byName.find(name);
  if (known == body.byName.end() || known->second < 0)
    return missing(text, name);
  if (Twine(index).str().size() + 1 + rest.size() != text.size())
    usual = false;
  const NodeRecord &producer = body.nodes[known->second];
  if (!producer.signature)
    return noteUse(known->second, output, index, edge);
  auto outputIndex =
      producer.signature->findOutput({output.data(), output.size()});
  if (!outputIndex)
    return Status::badInput(
        "reads output " + quoted(output) + " of " + quoted(name) + ", but " +
        producer.op.getValue().str() + " has no output of that name");
  Expected<FlatArgs> outputs =
      flattenArgs(*producer.signature, producer.signature->outputs,
                  NodeAttrs(producer.attrs));
  if (!outputs)
    return outputs.status();
  std::optional<size_t> port = outputs->flatIndex(*outputIndex, index);
  if (!port)
    return Status::badInput("reads tensor " + std::to_string(index) + " of " +
                            quoted((name + ":" + output).str()) +
                            ", which has " +
                            std::to_string(outputs->count(*outputIndex)));
  edge = {known->second, static_cast<int32_t>(*port)};
  return Status();
}

Status Resolver::resolveNode(NodeRecord &node) {
  bool usual = true, sawControl = false;
  for (uint32_t i = 0; i < node.inputCount; ++i) {
    StringRef text = body.inputs[node.firstInput + i];
    Edge &edge = body.edges[node.firstInput + i];
    bool isControl = text.starts_with("^");
    Status status;
    if (isControl)
      status = resolveControl(text, edge);
    else if (sawControl)
      status =
          Status::badInput("data inputs must come before control inputs, got " +
                           quoted(text) + " after one");
    else
      status = resolveData(text, edge, usual);
    if (!status)
      return Status(status.code(), body.where(node) + ": input " +
                                       std::to_string(i) + ": " +
                                       status.message());
    sawControl |= isControl;
    // An argument has no control edge: only the spelling can keep it.
    if (isControl && edge.isArgument())
      usual = false;
  }
  if (!usual) {
    SmallVector<Attribute> spelling;
    for (uint32_t i = 0; i < node.inputCount; ++i)
      spelling.push_back(
          StringAttr::get(context, body.inputs[node.firstInput + i]));
    node.spelling = ArrayAttr::get(context, spelling);
  }
  return Status();
}

/// Gives each op that nobody declares the outputs that are read.
void Resolver::allotUndeclared() {
  for (auto &[index, uses] : undeclared) {
    NodeRecord &node = body.nodes[index];
    node.firstOutput = body.outputTypes.size();
    SmallVector<Attribute> names;
    for (auto &[output, count] : uses.outputs)
      for (unsigned i = 0; i < count; ++i)
        names.push_back(StringAttr::get(context, output + ":" + Twine(i)));
    node.outputCount = names.size();
    body.outputTypes.resize(body.outputTypes.size() + names.size(), 0);
    if (body.isFunction())
      node.outputNames = ArrayAttr::get(context, names);
  }
  auto settle = [&](Edge &edge) {
    if (edge.isControl() || edge.isArgument())
      return;
    auto found = undeclared.find(edge.node);
    if (found == undeclared.end())
      return;
    int32_t ordinal = edge.port / kMaxPort;
    edge.port %= kMaxPort;
    for (int32_t i = 0; i < ordinal; ++i)
      edge.port += found->second.outputs[i].second;
  };
  if (undeclared.empty())
    return;
  llvm::for_each(body.edges, settle);
  llvm::for_each(body.results, settle);
}

/// Checks the number and the types of a node's data inputs.
Status Resolver::checkNode(const NodeRecord &node) {
  ArrayRef<Edge> edges(body.edges.data() + node.firstInput, node.inputCount);
  size_t dataCount =
      llvm::count_if(edges, [](const Edge &edge) { return !edge.isControl(); });
  if (!node.signature)
    return Status();
  auto failure = [&](const std::string &text) {
    return Status::badInput(body.where(node) + ": " + text);
  };
  Expected<FlatArgs> inputs = flattenArgs(
      *node.signature, node.signature->inputs, NodeAttrs(node.attrs));
  if (!inputs)
    return failure(inputs.status().message());
  if (inputs->types.size() != dataCount)
    return failure("must have " + std::to_string(inputs->types.size()) +
                   " inputs, got " + std::to_string(dataCount));
  for (size_t i = 0; i < dataCount; ++i) {
    const Edge &edge = edges[i];
    int32_t &actual = typeOf(edge);
    int32_t expected = inputs->types[i];
    if (actual == 0) {
      if (!edge.isArgument())
        actual = expected;
      continue;
    }
    // A reference gives its value where a value is wanted.
    if (expected == 0 || actual == expected ||
        actual == expected + refTypeOffset)
      continue;
    return failure("input " + std::to_string(i) + " must be " +
                   dataTypeName(expected) + ", got " + dataTypeName(actual) +
                   " from " + quoted(body.inputs[node.firstInput + i]));
  }
  return Status();
}

/// A function's results and control results.
Status Resolver::resolveResults() {
  const tensorflow::FunctionDef &def = body.function->rest;
  bool usual = true;
  SmallVector<Attribute> spelling;
  for (const auto &output : def.signature().output_arg()) {
    auto entry = def.ret().find(output.name());
    std::string result = ": result " + quoted(output.name());
    if (entry == def.ret().end())
      return Status::badInput(body.where() + result +
                              " must be in the function's ret");
    Edge edge;
    if (Status status = resolveData(entry->second, edge, usual); !status)
      return Status(status.code(),
                    body.where() + result + ": " + status.message());
    body.results.push_back(edge);
    spelling.push_back(StringAttr::get(context, entry->second));
  }
  if (!usual)
    body.resultSpelling = ArrayAttr::get(context, spelling);
  for (const std::string &name : def.signature().control_output()) {
    auto entry = def.control_ret().find(name);
    auto known = entry == def.control_ret().end()
                     ? body.byName.end()
                     : body.byName.find(entry->second);
    if (known == body.byName.end() || known->second < 0)
      return Status::badInput(
          body.where() + ": control result " + quoted(name) +
          " must name a node in the function's control_ret");
    body.controlResults.push_back({known->second, Edge::kControl});
    body.controlResultNames.push_back(StringAttr::get(context, name));
  }
  return Status();
}

/// Checks the types of a function's results; one that an undeclared op gives
/// has the type that the function's signature says.
Status Resolver::checkResults() {
  const tensorflow::FunctionDef &def = body.function->rest;
  for (auto [output, edge] :
       llvm::zip_equal(def.signature().output_arg(), body.results)) {
    int32_t expected = output.type();
    if (expected == 0) // an attribute says it
      continue;
    expected += output.is_ref() ? refTypeOffset : 0;
    int32_t &actual = typeOf(edge);
    if (actual == 0 && !edge.isArgument())
      actual = expected;
    if (actual == 0 || actual == expected || actual == expected + refTypeOffset)
      continue;
    return Status::badInput(body.where() + ": result " + quoted(output.name()) +
                            " must be " + dataTypeName(expected) + ", got " +
                            dataTypeName(actual) + " from " +
                            quoted(def.ret().at(output.name())));
  }
  return Status();
}

Status Resolver::run() {
  body.edges.resize(body.inputs.size());
  for (NodeRecord &node : body.nodes)
    if (Status status = resolveNode(node); !status)
      return status;
  if (body.isFunction())
    if (Status status = resolveResults(); !status)
      return status;
  Edge ignored;
  for (auto &[name, port] : body.wanted) {
    auto known = body.byName.find(name);
    if (known != body.byName.end() && known->second >= 0 &&
        !body.nodes[known->second].signature)
      if (Status status = noteUse(known->second, "", port, ignored); !status)
        return Status(status.code(), body.where() + ": " + quoted(name) + ": " +
                                         status.message());
  }
  allotUndeclared();
  for (const NodeRecord &node : body.nodes)
    if (Status status = checkNode(node); !status)
      return status;
  return body.isFunction() ? checkResults() : Status();
}

Status graft::resolveInputs(Body &body, MLIRContext *context) {
  return Resolver(body, context).run();
}

static Status noNode(const Body &body, StringRef name,
                     const std::string &role) {
  return Status::usage(body.where() + ": there is no node " + quoted(name) +
                       " to " + role + nearNames(body, name));
}

Expected<Edge> graft::findNode(const Body &body, StringRef name,
                               const std::string &role) {
  auto known = body.byName.find(name);
  if (known == body.byName.end())
    return noNode(body, name, role);
  return Edge{known->second, Edge::kControl};
}

Expected<Edge> graft::findPort(const Body &body, StringRef text,
                               const std::string &role) {
  StringRef name = text;
  unsigned port = 0;
  auto known = body.byName.find(name);
  if (known == body.byName.end() && splitPort(text, name, port))
    known = body.byName.find(name);
  if (known == body.byName.end())
    return noNode(body, name, role);
  const NodeRecord &node = body.nodes[known->second];
  if (port >= node.outputCount)
    return Status::usage(body.where(node) + ": has no output " +
                         std::to_string(port) + " to " + role + ", it has " +
                         std::to_string(node.outputCount));
  return Edge{known->second, static_cast<int32_t>(port)};
}
