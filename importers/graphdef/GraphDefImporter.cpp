//===- GraphDefImporter.cpp - GraphDef to the graph dialect ---------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "importers/graphdef/GraphDefImporter.h"

#include "dialects/graph/DataTypes.h"
#include "dialects/graph/codec/AttrCodec.h"
#include "dialects/graph/codec/SignatureCodec.h"
#include "importers/graphdef/Body.h"

#include "mlir/IR/Builders.h"

#include <google/protobuf/stubs/logging.h>

using namespace mlir;
using namespace graft;
using namespace graft::graph;
using tensorflow::FunctionDef;

/// The version of graphs that the op table describes: TensorFlow 2.21's.
static constexpr int kGraphVersion = 2474;

namespace {
class Importer {
public:
  Importer(GraphDefSource &source, const GraphDefImportOptions &options,
           MLIRContext *context)
      : source(source), options(options), context(context), b(context) {}

  Expected<OwningOpRef<ModuleOp>> run();

private:
  Status checkVersions();
  Status declareOps();
  Status readBodies();
  Status readArguments(Body &body);
  Status readPorts();
  Expected<Attribute> readPort(StringRef text, const std::string &role,
                               bool isFromModel, const std::string &known);
  Status decodeFunctionAttrs(size_t index);
  void decodeGradients();
  GraphOp buildGraph(OpBuilder &builder);
  void buildFunction(OpBuilder &builder, size_t index);
  void setResidue(const google::protobuf::Message &rest, RawAttr &residue);
  /// Of what is no node's: a NameLoc would be the name of one.
  Location fileLocation() {
    return FileLineColLoc::get(b.getStringAttr(source.name), 0, 0);
  }

  GraphDefSource &source;
  const GraphDefImportOptions &options;
  MLIRContext *context;
  Builder b;
  Signatures signatures;
  Body graph;
  std::vector<Body> functions;
  std::vector<DictionaryAttr> functionAttrs;
  std::vector<StringAttr> gradients;
  SmallVector<Attribute> feeds, fetches;
};
} // namespace

/// TensorFlow's rule: a graph says which consumers may read it.
Status Importer::checkVersions() {
  const tensorflow::VersionDef &versions = source.rest.versions();
  source.producer = versions.producer();
  auto refuse = [&](const std::string &text) {
    return Status::badInput(source.name + ": " + text + ", this build knows " +
                            std::to_string(kGraphVersion) +
                            "; convert it with a newer Graft, or export it for "
                            "an older TensorFlow");
  };
  if (versions.min_consumer() > kGraphVersion)
    return refuse("the graph wants a consumer of version " +
                  std::to_string(versions.min_consumer()));
  if (llvm::is_contained(versions.bad_consumers(), kGraphVersion))
    return refuse("the graph refuses consumers of version " +
                  std::to_string(kGraphVersion));
  if (versions.producer() < 0)
    return refuse("the graph's producer must not be negative, got " +
                  std::to_string(versions.producer()));
  return Status();
}

/// Signatures of the custom ops and the library's functions.
Status Importer::declareOps() {
  auto declare = [&](const tensorflow::OpDef &def, bool isFunction) {
    auto failure = [&](const std::string &text) {
      return Status::badInput(source.name +
                              (isFunction ? ": function " : ": op ") +
                              quoted(def.name()) + ": " + text);
    };
    if (def.name().empty())
      return failure("must have a name");
    Expected<OpSignature> signature = decodeSignature(def);
    if (!signature)
      return failure(signature.status().message());
    if (!signatures.add(*std::move(signature)) && isFunction)
      return failure("names must be unique, but an op or another function has "
                     "this one; rename it");
    return Status();
  };
  for (const GraphDefSource::Function &function : source.functions)
    if (Status status = declare(function.rest.signature(), true); !status)
      return status;
  // A SavedModel lists TensorFlow's own ops too: those are known.
  if (options.customOps)
    for (const tensorflow::OpDef &def : options.customOps->op())
      if (Status status = declare(def, false); !status)
        return status;
  return Status();
}

Status Importer::readArguments(Body &body) {
  for (const auto &arg : body.function->rest.signature().input_arg()) {
    StringAttr name = b.getStringAttr(arg.name());
    int32_t index = body.argNames.size();
    if (!body.byName.try_emplace(name.getValue(), ~index).second)
      return Status::badInput(body.where() +
                              ": arguments must have different "
                              "names, got " +
                              quoted(arg.name()) + " twice");
    body.argNames.push_back(name);
    // A list of tensors has no single type.
    bool isSingle = arg.number_attr().empty() && arg.type_list_attr().empty();
    body.argTypes.push_back(
        isSingle ? arg.type() + (arg.is_ref() ? refTypeOffset : 0) : 0);
  }
  return Status();
}

Status Importer::readBodies() {
  graph.source = &source;
  for (const auto *names : {&options.feeds, &options.fetches})
    for (const std::string &name : *names) {
      auto [node, port] = StringRef(name).rsplit(':');
      unsigned number = 0;
      if (!port.empty() && port.getAsInteger(10, number))
        continue;
      graph.wanted.emplace_back(node, number);
    }
  functions.resize(source.functions.size());
  for (size_t i = 0; i < functions.size(); ++i) {
    functions[i].source = &source;
    functions[i].function = &source.functions[i];
  }
  auto read = [&](Body &body, ArrayRef<StringRef> nodes) {
    if (body.isFunction())
      if (Status status = readArguments(body); !status)
        return status;
    if (Status status = readNodes(body, nodes, signatures, context); !status)
      return status;
    if (Status status = resolveInputs(body, context); !status)
      return status;
    return checkCycles(body);
  };
  if (Status status = read(graph, source.nodes); !status)
    return status;
  for (Body &body : functions)
    if (Status status = read(body, body.function->nodes); !status)
      return status;
  if (Status status = checkCallees(graph, functions); !status)
    return status;
  return checkRecursion(source, functions);
}

Expected<Attribute> Importer::readPort(StringRef text, const std::string &role,
                                       bool isFromModel,
                                       const std::string &known) {
  Expected<Edge> edge = findPort(
      graph, text, isFromModel ? role + " as its signature says" : role);
  if (!edge && isFromModel)
    return Status::badInput(edge.status().message());
  if (!edge)
    return Status(edge.status().code(), edge.status().message() + known);
  StringAttr node = graph.nodes[edge->node].name;
  return Attribute(
      PortAttr::get(context, b.getStringAttr(text), node, edge->port));
}

Status Importer::readPorts() {
  auto read = [&](const std::vector<std::string> &names,
                  const std::string &role, bool isFromModel,
                  const std::string &known, SmallVectorImpl<Attribute> &ports) {
    for (const std::string &name : names) {
      Expected<Attribute> port = readPort(name, role, isFromModel, known);
      if (!port)
        return port.status();
      ports.push_back(*port);
    }
    return Status();
  };
  if (Status status = read(options.feeds, "feed", options.feedsFromModel,
                           options.knownFeeds, feeds);
      !status)
    return status;
  if (options.feeds.empty())
    for (const NodeRecord &node : graph.nodes)
      if (node.op.getValue() == "Placeholder" ||
          node.op.getValue() == "PlaceholderWithDefault")
        feeds.push_back(PortAttr::get(context, node.name, node.name, 0));
  if (Status status = read(options.fetches, "fetch", options.fetchesFromModel,
                           options.knownFetches, fetches);
      !status)
    return status;
  for (const std::string &name : options.targets) {
    Expected<Edge> node = findNode(graph, name, "run");
    if (!node)
      return node.status();
    StringAttr attr = b.getStringAttr(name);
    fetches.push_back(PortAttr::get(context, attr, attr, -1));
  }
  return Status();
}

Status Importer::decodeFunctionAttrs(size_t index) {
  FunctionDef &def = source.functions[index].rest;
  Expected<DictionaryAttr> attrs =
      decodeAttrs(*def.mutable_attr(), def.signature().name(), context);
  if (!attrs)
    return Status(attrs.status().code(),
                  functions[index].where() + ": " + attrs.status().message());
  functionAttrs.push_back(*attrs);
  return Status();
}

/// Moves the gradients to their functions, if the list is in the functions'
/// order; any other list stays where it is.
void Importer::decodeGradients() {
  gradients.resize(functions.size());
  auto &list = *source.rest.mutable_library()->mutable_gradient();
  size_t next = 0;
  for (const tensorflow::GradientDef &gradient : list) {
    while (next < functions.size() &&
           source.functions[next].rest.signature().name() !=
               gradient.function_name())
      ++next;
    if (next == functions.size() ||
        !gradient.GetReflection()->GetUnknownFields(gradient).empty() ||
        gradient.gradient_func().empty()) {
      gradients.assign(functions.size(), {});
      return;
    }
    gradients[next++] = b.getStringAttr(gradient.gradient_func());
  }
  list.Clear();
}

void Importer::setResidue(const google::protobuf::Message &rest,
                          RawAttr &residue) {
  if (rest.ByteSizeLong() != 0)
    residue = RawAttr::get(context, b.getStringAttr(serialize(rest)));
}

static DictionaryAttr versionsAttr(tensorflow::VersionDef &versions,
                                   Builder &b) {
  SmallVector<NamedAttribute> attrs;
  if (versions.producer())
    attrs.push_back(
        b.getNamedAttr("producer", b.getI32IntegerAttr(versions.producer())));
  if (versions.min_consumer())
    attrs.push_back(b.getNamedAttr(
        "min_consumer", b.getI32IntegerAttr(versions.min_consumer())));
  if (versions.bad_consumers_size())
    attrs.push_back(b.getNamedAttr("bad_consumers",
                                   b.getDenseI32ArrayAttr(SmallVector<int32_t>(
                                       versions.bad_consumers().begin(),
                                       versions.bad_consumers().end()))));
  versions.clear_producer();
  versions.clear_min_consumer();
  versions.clear_bad_consumers();
  return b.getDictionaryAttr(attrs);
}

GraphOp Importer::buildGraph(OpBuilder &builder) {
  tensorflow::GraphDef &rest = source.rest;
  DictionaryAttr versions;
  if (rest.has_versions()) {
    versions = versionsAttr(*rest.mutable_versions(), b);
    if (rest.versions().ByteSizeLong() == 0)
      rest.clear_versions();
  }
  // Functions bring the library along; an empty one must be remembered.
  if (rest.library().ByteSizeLong() == 0 && !functions.empty())
    rest.clear_library();
  RawAttr residue;
  setResidue(rest, residue);
  auto op =
      GraphOp::create(builder, fileLocation(), versions, b.getArrayAttr(feeds),
                      b.getArrayAttr(fetches), residue,
                      source.orders.cpp && !source.orders.python);
  buildBody(graph, &op.getBody().emplaceBlock(), context);
  return op;
}

/// Takes out of the signature what the op itself says.
static void clearSignature(tensorflow::OpDef &signature) {
  signature.clear_name();
  signature.clear_control_output();
  auto clearArgs = [](auto &args) {
    bool empty = true;
    for (auto &arg : args) {
      arg.clear_name();
      arg.clear_type();
      empty &= arg.ByteSizeLong() == 0;
    }
    if (empty)
      args.Clear();
  };
  clearArgs(*signature.mutable_input_arg());
  clearArgs(*signature.mutable_output_arg());
}

void Importer::buildFunction(OpBuilder &builder, size_t index) {
  Body &body = functions[index];
  FunctionDef &rest = source.functions[index].rest;
  StringAttr name = b.getStringAttr(rest.signature().name());
  SmallVector<Attribute> argNames(body.argNames.begin(), body.argNames.end());
  SmallVector<Attribute> resultNames;
  SmallVector<Attribute> controlNames(body.controlResultNames.begin(),
                                      body.controlResultNames.end());
  for (const auto &result : rest.signature().output_arg()) {
    resultNames.push_back(b.getStringAttr(result.name()));
    rest.mutable_ret()->erase(result.name());
  }
  for (const std::string &control : rest.signature().control_output())
    rest.mutable_control_ret()->erase(control);
  clearSignature(*rest.mutable_signature());
  if (rest.signature().ByteSizeLong() == 0)
    rest.clear_signature();
  RawAttr residue;
  setResidue(rest, residue);
  auto op = FuncOp::create(
      builder, NameLoc::get(name), name, StringAttr(), b.getArrayAttr(argNames),
      b.getArrayAttr(resultNames),
      controlNames.empty() ? ArrayAttr() : b.getArrayAttr(controlNames),
      functionAttrs[index], gradients[index], residue);
  Block &block = op.getBody().emplaceBlock();
  for (size_t i = 0; i < body.argTypes.size(); ++i) {
    // What the caller's graph knew about the argument's shape.
    ShapeAttr shape;
    auto attrs = rest.arg_attr().find(i);
    if (attrs != rest.arg_attr().end()) {
      auto shapes = attrs->second.attr().find("_output_shapes");
      if (shapes != attrs->second.attr().end() &&
          shapes->second.list().shape_size() == 1) {
        Expected<Attribute> decoded = decodeAttr(shapes->second, "", context);
        if (decoded)
          if (auto list = dyn_cast<ListAttr>(*decoded))
            shape = cast<ShapeAttr>(list.getElements().front());
      }
    }
    block.addArgument(tensorType(body.argTypes[i], shape, context),
                      NameLoc::get(body.argNames[i]));
  }
  buildBody(body, &block, context);
}

Expected<OwningOpRef<ModuleOp>> Importer::run() {
  context->loadDialect<GraphDialect>();
  for (auto step : {&Importer::checkVersions, &Importer::declareOps,
                    &Importer::readBodies, &Importer::readPorts})
    if (Status status = (this->*step)(); !status)
      return status;
  for (size_t i = 0; i < functions.size(); ++i)
    if (Status status = decodeFunctionAttrs(i); !status)
      return status;
  if (source.rest.has_library())
    decodeGradients();
  else
    gradients.resize(functions.size());

  OwningOpRef<ModuleOp> module = ModuleOp::create(fileLocation());
  OpBuilder builder(module->getBodyRegion());
  buildGraph(builder);
  for (size_t i = 0; i < functions.size(); ++i)
    buildFunction(builder, i);
  return module;
}

Expected<OwningOpRef<ModuleOp>>
graft::importGraphDef(const std::string &path,
                      const GraphDefImportOptions &options,
                      MLIRContext *context) {
  // Protobuf would write to stderr what the status says anyway.
  google::protobuf::LogSilencer silencer;
  Expected<GraphDefSource> source = openGraphDef(path);
  if (!source)
    return source.status();
  return Importer(*source, options, context).run();
}

Expected<OwningOpRef<ModuleOp>> graft::importGraphDefBytes(
    StringRef bytes, std::shared_ptr<const void> owner, const std::string &name,
    const GraphDefImportOptions &options, MLIRContext *context) {
  google::protobuf::LogSilencer silencer;
  Expected<GraphDefSource> source = readGraphDef(bytes, std::move(owner), name);
  if (!source)
    return source.status();
  return Importer(*source, options, context).run();
}
