//===- Body.h - a graph or function between file and IR -------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the checks work on: nodes by index, inputs as edges, output types by
// number. Flat arrays, because a graph may have millions of nodes.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_IMPORTERS_GRAPHDEF_BODY_H
#define GRAFT_IMPORTERS_GRAPHDEF_BODY_H

#include "dialects/graph/Graph.h"
#include "dialects/graph/OpTable.h"
#include "importers/graphdef/GraphDefReader.h"

#include "llvm/ADT/DenseMap.h"

namespace graft {

/// Where an input comes from: output `port` of node `node`, or an argument of
/// the function, which has a negative number.
struct Edge {
  static constexpr int32_t kControl = -1;
  int32_t node = 0;
  int32_t port = kControl;

  bool isControl() const { return port == kControl; }
  bool isArgument() const { return node < 0; }
  int32_t argument() const { return ~node; }
  static Edge fromArgument(int32_t argument) { return {~argument, 0}; }
};

struct NodeRecord {
  mlir::StringAttr name, op, device;
  mlir::DictionaryAttr attrs;
  graph::RawAttr residue;
  /// The inputs as the file spells them, where it is not the usual way.
  mlir::ArrayAttr spelling;
  mlir::ArrayAttr outputNames;
  /// Null for an op that nobody declares.
  const graph::OpSignature *signature = nullptr;
  /// Ranges of Body's inputs and outputTypes.
  uint32_t firstInput = 0, inputCount = 0;
  uint32_t firstOutput = 0, outputCount = 0;
};

/// The main graph, or a function of the library.
struct Body {
  GraphDefSource *source = nullptr;
  /// Null for the main graph.
  const GraphDefSource::Function *function = nullptr;
  std::vector<NodeRecord> nodes;
  /// Every node's inputs, one after the other: as spelled, and resolved.
  std::vector<llvm::StringRef> inputs;
  std::vector<Edge> edges;
  /// Every node's data outputs: numbers of DataType, 0 where not known.
  std::vector<int32_t> outputTypes;
  /// A function's arguments.
  std::vector<mlir::StringAttr> argNames;
  std::vector<int32_t> argTypes;
  /// A function's results and control results, in order.
  std::vector<Edge> results, controlResults;
  std::vector<mlir::StringAttr> controlResultNames;
  mlir::ArrayAttr resultSpelling;
  /// Tensors that the user names; an op that nobody declares must have them.
  std::vector<std::pair<llvm::StringRef, unsigned>> wanted;
  /// Index by name; of an argument, as in Edge.
  llvm::DenseMap<llvm::StringRef, int32_t> byName;

  bool isFunction() const { return function; }
  /// "model.pb" or "model.pb: function 'f'".
  std::string where() const;
  /// "model.pb: node 'x' (Relu)".
  std::string where(const NodeRecord &node) const;
};

/// The text between quotes, without what could break a line.
std::string quoted(llvm::StringRef text);

/// Signatures of everything that a node of this graph may call.
class Signatures {
public:
  /// TensorFlow's own op, the graph's function or custom op; else null.
  const graph::OpSignature *lookup(mlir::StringAttr op);
  /// False if the name is taken.
  bool add(graph::OpSignature signature) {
    return table.add(std::move(signature));
  }

private:
  graph::OpTable table;
  llvm::DenseMap<mlir::Attribute, const graph::OpSignature *> known;
};

/// Reads the nodes: names, attributes, inputs as text, and the outputs of those
/// with a signature.
Status readNodes(Body &body, llvm::ArrayRef<llvm::StringRef> nodes,
                 Signatures &signatures, mlir::MLIRContext *context);

/// Resolves every input and a function's results, and checks ports and types.
Status resolveInputs(Body &body, mlir::MLIRContext *context);

/// Checks that no node waits for itself. The back edges of a loop are legal.
Status checkCycles(const Body &body);

/// Checks that the library has every function that a call or a control flow op
/// runs.
Status checkCallees(const Body &graph, llvm::ArrayRef<Body> functions);

/// Checks that no function calls itself, however indirectly.
Status checkRecursion(const GraphDefSource &source,
                      llvm::ArrayRef<Body> functions);

/// Output `port` of the node under its name, as "node" or "node:port"; Usage if
/// there is none.
Expected<Edge> findPort(const Body &body, llvm::StringRef name,
                        const std::string &role);

/// The node of that name; Usage if there is none.
Expected<Edge> findNode(const Body &body, llvm::StringRef name,
                        const std::string &role);

/// Builds the nodes at the end of `block`; a function's return too.
void buildBody(const Body &body, mlir::Block *block,
               mlir::MLIRContext *context);

/// The tensor type of an element type's number and a shape.
mlir::Type tensorType(int32_t number, graph::ShapeAttr shape,
                      mlir::MLIRContext *context);

} // namespace graft

#endif // GRAFT_IMPORTERS_GRAPHDEF_BODY_H
