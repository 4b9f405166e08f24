//===- GraphBytecode.cpp - attributes of the dialect in bytecode ----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Without an encoding of its own an attribute is stored as text, and a resource
// inside loses its data. The codes are written to files: append, never
// renumber.
//===----------------------------------------------------------------------===//
#include "dialects/graph/GraphBytecode.h"

#include "dialects/graph/Graph.h"

#include "mlir/Bytecode/BytecodeImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace graft::graph;

namespace {
enum class Code : uint64_t {
  Shape = 0,
  Tensor = 1,
  List = 2,
  Func = 3,
  Placeholder = 4,
  Raw = 5,
  Port = 6,
  Bytes = 7
};

class GraphBytecode : public BytecodeDialectInterface {
public:
  explicit GraphBytecode(Dialect *dialect)
      : BytecodeDialectInterface(dialect) {}

  LogicalResult writeAttribute(Attribute attr,
                               DialectBytecodeWriter &writer) const override;
  Attribute readAttribute(DialectBytecodeReader &reader) const override;
};
} // namespace

LogicalResult
GraphBytecode::writeAttribute(Attribute attr,
                              DialectBytecodeWriter &writer) const {
  auto start = [&](Code code) {
    writer.writeVarInt(static_cast<uint64_t>(code));
  };
  return llvm::TypeSwitch<Attribute, LogicalResult>(attr)
      .Case([&](ShapeAttr shape) {
        start(Code::Shape);
        writer.writeVarInt(shape.getHasRank());
        writer.writeSignedVarInts(shape.getDims());
        return success();
      })
      .Case([&](TensorAttr tensor) {
        start(Code::Tensor);
        writer.writeAttribute(tensor.getValue());
        writer.writeVarInt(static_cast<uint64_t>(tensor.getEncoding()));
        writer.writeVarInt(tensor.getStored());
        return success();
      })
      .Case([&](ListAttr list) {
        start(Code::List);
        writer.writeVarInt(static_cast<uint64_t>(list.getKind()));
        writer.writeAttributes(list.getElements());
        return success();
      })
      .Case([&](FuncAttr func) {
        start(Code::Func);
        writer.writeAttribute(func.getName());
        writer.writeAttribute(func.getAttrs());
        return success();
      })
      .Case([&](PlaceholderAttr placeholder) {
        start(Code::Placeholder);
        writer.writeAttribute(placeholder.getName());
        return success();
      })
      .Case([&](RawAttr raw) {
        start(Code::Raw);
        writer.writeAttribute(raw.getBytes());
        return success();
      })
      .Case([&](PortAttr port) {
        start(Code::Port);
        writer.writeAttribute(port.getName());
        writer.writeAttribute(port.getNode());
        writer.writeSignedVarInt(port.getIndex());
        return success();
      })
      .Case([&](BytesAttr bytes) {
        start(Code::Bytes);
        writer.writeAttributes(bytes.getPieces());
        return success();
      })
      // The others are small and hold no resource: text will do.
      .Default([](Attribute) { return failure(); });
}

static Attribute readShape(DialectBytecodeReader &reader) {
  uint64_t hasRank;
  SmallVector<int64_t> dims;
  if (failed(reader.readVarInt(hasRank)) ||
      failed(reader.readSignedVarInts(dims)))
    return {};
  return ShapeAttr::get(reader.getContext(), dims, hasRank != 0);
}

static Attribute readTensor(DialectBytecodeReader &reader) {
  ElementsAttr value;
  uint64_t encoding, stored;
  if (failed(reader.readAttribute(value)) ||
      failed(reader.readVarInt(encoding)) || failed(reader.readVarInt(stored)))
    return {};
  auto known = symbolizeTensorEncoding(encoding);
  if (!known) {
    reader.emitError("unknown encoding of a graph.tensor, got ") << encoding;
    return {};
  }
  return TensorAttr::get(reader.getContext(), value, *known, stored);
}

static Attribute readList(DialectBytecodeReader &reader) {
  uint64_t kind;
  SmallVector<Attribute> elements;
  if (failed(reader.readVarInt(kind)) ||
      failed(reader.readAttributes(elements)))
    return {};
  auto known = symbolizeListKind(kind);
  if (!known) {
    reader.emitError("unknown kind of a graph.list, got ") << kind;
    return {};
  }
  return ListAttr::get(reader.getContext(), *known, elements);
}

static Attribute readFunc(DialectBytecodeReader &reader) {
  StringAttr name;
  DictionaryAttr attrs;
  if (failed(reader.readAttribute(name)) || failed(reader.readAttribute(attrs)))
    return {};
  return FuncAttr::get(reader.getContext(), name, attrs);
}

static Attribute readPort(DialectBytecodeReader &reader) {
  StringAttr name, node;
  int64_t index;
  if (failed(reader.readAttribute(name)) ||
      failed(reader.readAttribute(node)) ||
      failed(reader.readSignedVarInt(index)))
    return {};
  return PortAttr::get(reader.getContext(), name, node, index);
}

Attribute GraphBytecode::readAttribute(DialectBytecodeReader &reader) const {
  uint64_t code;
  if (failed(reader.readVarInt(code)))
    return {};
  StringAttr string;
  switch (static_cast<Code>(code)) {
  case Code::Shape:
    return readShape(reader);
  case Code::Tensor:
    return readTensor(reader);
  case Code::List:
    return readList(reader);
  case Code::Func:
    return readFunc(reader);
  case Code::Placeholder:
    if (failed(reader.readAttribute(string)))
      return {};
    return PlaceholderAttr::get(getContext(), string);
  case Code::Raw:
    if (failed(reader.readAttribute(string)))
      return {};
    return RawAttr::get(getContext(), string);
  case Code::Port:
    return readPort(reader);
  case Code::Bytes:
    if (SmallVector<ElementsAttr> pieces;
        succeeded(reader.readAttributes(pieces)))
      return BytesAttr::get(getContext(), pieces);
    return {};
  }
  reader.emitError("unknown attribute of the graph dialect, got code ") << code;
  return {};
}

void graft::graph::addBytecodeInterface(GraphDialect *dialect) {
  dialect->addInterfaces<GraphBytecode>();
}
