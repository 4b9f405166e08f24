//===- OpSignature.h - What TensorFlow's registry says of an op -----------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The signature of an op: its arguments, attributes, defaults and flags, and
// what follows from them for one node: how many inputs and outputs, of which
// types. Knows neither MLIR nor protobuf; types are the numbers of DataType.
//
//===----------------------------------------------------------------------===//

#ifndef GRAFT_DIALECTS_GRAPH_OPSIGNATURE_H
#define GRAFT_DIALECTS_GRAPH_OPSIGNATURE_H

#include "support/Status.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace graft::graph {

/// What is added to a DataType for a reference to a tensor of it.
constexpr int refTypeOffset = 100;

/// The number of the DataType that the op table calls `name` ("float",
/// "int32"); nothing if there is none.
std::optional<int> dataTypeFromName(std::string_view name);
/// The other way; "dtype 77" for a number that is not known.
std::string dataTypeName(int type);

/// One input or output. Exactly one of type, typeAttr and typeListAttr is set;
/// with numberAttr, the argument stands for that many tensors of one type.
struct OpArg {
  std::string name;
  int type = 0;
  std::string typeAttr;
  std::string typeListAttr;
  std::string numberAttr;
  bool isRef = false;
};

struct TypeValue {
  int type;
};
struct ShapeValue {
  bool hasRank = false;
  std::vector<int64_t> dims; ///< -1 is unknown
};
struct TensorValue {
  int type;
  ShapeValue shape;
  std::vector<int64_t> values;
};
struct FuncValue {
  std::string name;
};

/// The value of an attribute, of whichever kind.
struct OpAttrValue {
  std::variant<std::string, int64_t, float, bool, TypeValue, ShapeValue,
               TensorValue, FuncValue, std::vector<OpAttrValue>>
      value;
};

/// The kind of an attribute, or of the elements of one that is a list.
enum class OpAttrKind {
  String,
  Int,
  Float,
  Bool,
  Type,
  Shape,
  Tensor,
  Func,
};

struct OpAttr {
  std::string name;
  OpAttrKind kind = OpAttrKind::String;
  bool isList = false;
  /// The least value of an int, or the least length of a list.
  std::optional<int64_t> minimum;
  /// Empty: every value is allowed.
  std::vector<OpAttrValue> allowed;
  std::optional<OpAttrValue> defaultValue;
};

struct OpSignature {
  std::string name;
  std::vector<OpArg> inputs;
  std::vector<OpArg> outputs;
  std::vector<OpAttr> attrs;
  bool isAggregate = false;
  bool isCommutative = false;
  bool isDistributed = false;
  bool isStateful = false;
  bool allowsUninitializedInput = false;

  const OpAttr *findAttr(std::string_view name) const;
  /// The index of the input or output argument of that name.
  std::optional<size_t> findInput(std::string_view name) const;
  std::optional<size_t> findOutput(std::string_view name) const;

  /// The signature as a line of the op table, without the newline.
  std::string str() const;
};

/// The attributes of a node, as far as they decide on the number and types of
/// its inputs and outputs. Answers nothing for an attribute that the node
/// lacks; the signature's default is then taken.
class AttrSource {
public:
  virtual ~AttrSource();
  virtual std::optional<int64_t> intAttr(std::string_view name) const = 0;
  virtual std::optional<int> typeAttr(std::string_view name) const = 0;
  virtual std::optional<std::vector<int>>
  typeListAttr(std::string_view name) const = 0;
};

/// The tensors that a node's input (or output) arguments stand for, in order.
class FlatArgs {
public:
  /// The DataType of each tensor; of a reference, with refTypeOffset added.
  std::vector<int> types;

  /// Where argument `arg` starts, and how many tensors it has.
  size_t first(size_t arg) const { return starts[arg]; }
  size_t count(size_t arg) const { return starts[arg + 1] - starts[arg]; }

  /// The flat index of the index-th tensor of argument `arg`.
  std::optional<size_t> flatIndex(size_t arg, size_t index) const;
  /// The argument and the index in it of a flat index, which must be in bounds.
  std::pair<size_t, size_t> argAndIndex(size_t flat) const;

private:
  friend Expected<FlatArgs> flattenArgs(const OpSignature &,
                                        const std::vector<OpArg> &,
                                        const AttrSource &);
  std::vector<size_t> starts{0};
};

/// Resolves `args`, the inputs or outputs of `signature`, for one node. An
/// error (BadInput) names the op and the attribute; the caller adds the node.
Expected<FlatArgs> flattenArgs(const OpSignature &signature,
                               const std::vector<OpArg> &args,
                               const AttrSource &attrs);

} // namespace graft::graph

#endif // GRAFT_DIALECTS_GRAPH_OPSIGNATURE_H
