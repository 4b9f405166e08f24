//===- NodeConversion.h - one node becomes nn operations ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The interface of an operator's converter, and the table of converters. A
// converter checks and builds at once: to check whether a node can be
// converted, it is converted into a scratch block, so that check and build
// cannot disagree.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_PASSES_GRAPH_TO_NN_NODECONVERSION_H
#define GRAFT_PASSES_GRAPH_TO_NN_NODECONVERSION_H

#include "dialects/graph/Graph.h"
#include "dialects/nn/NN.h"
#include "dialects/nn/reference/TensorBuffer.h"
#include "passes/graph/NodeSemantics.h"

#include "mlir/IR/Builders.h"

#include <optional>
#include <variant>

namespace graft {

/// The value of an nn attribute as a converter writes it.
class AttributeArg {
public:
  AttributeArg(int64_t value) : value(value) {}
  AttributeArg(int value) : value(int64_t(value)) {}
  AttributeArg(bool value) : value(value) {}
  AttributeArg(double value) : value(value) {}
  AttributeArg(const char *value) : value(llvm::StringRef(value)) {}
  AttributeArg(llvm::StringRef value) : value(value) {}
  AttributeArg(llvm::ArrayRef<int64_t> value) : value(value) {}
  AttributeArg(const llvm::SmallVector<int64_t> &value)
      : value(llvm::ArrayRef<int64_t>(value)) {}
  AttributeArg(std::initializer_list<int64_t> value)
      : value(llvm::ArrayRef<int64_t>(value)) {}
  AttributeArg(mlir::Attribute value) : value(value) {}

  mlir::Attribute get(mlir::Builder &builder) const;

private:
  std::variant<int64_t, bool, double, llvm::StringRef, llvm::ArrayRef<int64_t>,
               mlir::Attribute>
      value;
};

using AttributeArgs =
    std::initializer_list<std::pair<llvm::StringRef, AttributeArg>>;

class NodeConversion {
public:
  /// `inputs` are the nn values of the node's data inputs; null for one whose
  /// type has no place in an engine.
  NodeConversion(graph::NodeOp node, mlir::ValueRange inputs,
                 mlir::OpBuilder &builder);

  graph::NodeOp getNode() { return node; }
  mlir::OpBuilder &getBuilder() { return builder; }

  //===--------------------------------------------------------------------===//
  // Inputs
  //===--------------------------------------------------------------------===//

  size_t numInputs() const { return inputs.size(); }
  /// The input, or null, and a refusal, where the node has too few.
  mlir::Value input(size_t index);
  /// The inputs from `first` to before `last`.
  llvm::SmallVector<mlir::Value> inputRange(size_t first, size_t last);
  /// The value of a constant input, or null.
  mlir::ElementsAttr constant(size_t index);
  /// The elements of an integer input; refuses where it is not constant. `what`
  /// names it for the user ("the axis").
  bool constantInts(size_t index, llvm::StringRef what,
                    llvm::SmallVector<int64_t> &values);
  bool constantInt(size_t index, llvm::StringRef what, int64_t &value);
  /// The elements of a numeric input, or its only one; refuse as above.
  bool constantNumbers(size_t index, llvm::StringRef what,
                       llvm::SmallVector<double> &values);
  bool constantNumber(size_t index, llvm::StringRef what, double &value);

  //===--------------------------------------------------------------------===//
  // Building
  //===--------------------------------------------------------------------===//

  /// Builds an operation with one result. Null operands give null: the refusal
  /// has been noted. Refuses where the operands break the operation's rules.
  template <typename OpT>
  mlir::Value create(mlir::ValueRange operands, AttributeArgs attributes = {}) {
    mlir::Operation *op =
        createOp(OpT::getOperationName(), operands, attributes);
    return op ? op->getResult(0) : mlir::Value();
  }
  mlir::Operation *createOp(llvm::StringRef name, mlir::ValueRange operands,
                            AttributeArgs attributes);

  /// A heavy operation without epilogues; `bias` may be null.
  template <typename OpT>
  mlir::Value createHeavy(mlir::Value a, mlir::Value b, mlir::Value bias,
                          AttributeArgs attributes) {
    return createHeavy(OpT::getOperationName(), a, b, bias, attributes);
  }

  mlir::Value constantOf(mlir::ElementsAttr value);
  /// A scalar of `elementType`.
  mlir::Value scalar(mlir::Type elementType, double value);
  mlir::Value intVector(llvm::ArrayRef<int64_t> values, mlir::Type elementType);
  /// `value` with permuted dimensions; itself where nothing moves.
  mlir::Value transpose(mlir::Value value, llvm::ArrayRef<int64_t> perm);
  mlir::Value cast(mlir::Value value, mlir::Type elementType);
  mlir::Value reshape(mlir::Value value, llvm::ArrayRef<int64_t> shape);

  //===--------------------------------------------------------------------===//
  // Outcome
  //===--------------------------------------------------------------------===//

  /// Records why the node is not converted. The first refusal counts.
  void refuse(graph::NativeReason code, const llvm::Twine &reason);
  bool refused() const { return refusal.has_value(); }
  const std::optional<graph::Refusal> &getRefusal() const { return refusal; }

  /// Sets the next data result.
  void result(mlir::Value value) { results.push_back(value); }
  /// A result that inference never needs (what FusedBatchNorm keeps for
  /// training): the node converts only where nobody reads it.
  void unusedResult() { results.push_back({}); }
  llvm::ArrayRef<mlir::Value> getResults() const { return results; }

private:
  /// Reads a constant input; refuses where it is none.
  bool readConstant(size_t index, llvm::StringRef what,
                    nn::TensorBuffer &buffer);
  mlir::Value createHeavy(llvm::StringRef name, mlir::Value a, mlir::Value b,
                          mlir::Value bias, AttributeArgs attributes);
  mlir::Operation *build(llvm::StringRef name, mlir::ValueRange operands,
                         llvm::ArrayRef<mlir::NamedAttribute> attributes);

  graph::NodeOp node;
  llvm::SmallVector<mlir::Value> inputs;
  mlir::OpBuilder &builder;
  llvm::SmallVector<mlir::Value> results;
  std::optional<graph::Refusal> refusal;
};

/// Builds what computes the node's results, or refuses.
using Converter = void (*)(NodeConversion &conversion);

/// TensorFlow's name of an operator, and its converter.
struct ConverterRow {
  llvm::StringLiteral op;
  Converter converter;
};
using ConverterRows = llvm::SmallVectorImpl<ConverterRow>;

/// The converter of an operator, or null.
Converter lookupConverter(llvm::StringRef op);
/// The names of all operators that have a converter, sorted.
llvm::ArrayRef<ConverterRow> allConverters();

/// Converts `node` at the builder's insertion point; gives one value for each
/// data result, null for a result that nobody reads. On refusal nothing
/// remains.
std::optional<graph::Refusal>
convertNode(graph::NodeOp node, mlir::ValueRange inputs,
            mlir::OpBuilder &builder,
            llvm::SmallVectorImpl<mlir::Value> &results);

/// Whether the contents of this operand of an nn operation say the shape of its
/// result.
bool saysShape(mlir::OpOperand &operand);

} // namespace graft

#endif // GRAFT_PASSES_GRAPH_TO_NN_NODECONVERSION_H
