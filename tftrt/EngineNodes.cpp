//===- EngineNodes.cpp - nodes that run an engine -------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tftrt/EngineNodes.h"

#include "dialects/graph/DataTypes.h"
#include "dialects/graph/OpTable.h"
#include "tftrt/Names.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace graft::graph;

namespace graft::tftrt {

bool isEngine(NodeOp node) {
  return node.is(kEngineOp) || node.is(kCalibrationOp);
}

StringRef nativeSegmentName(NodeOp engine) {
  auto attr = engine.getNodeAttr<FuncAttr>(kSegmentFunction);
  return attr && !attr.getName().empty()
             ? attr.getName().getValue()
             : engine.getStringAttr(kSegmentFunctionName);
}

std::string engineName(size_t number) {
  return llvm::formatv("{0}_000_{1,0+3}", kEngineOp, number).str();
}

std::string findForeignType(Type type) {
  // What it gives it takes, too.
  static const OpAttr *attr = [] {
    const OpSignature *signature = OpTable::builtin(kEngineOp);
    return signature ? signature->findAttr("OutT") : nullptr;
  }();
  auto shaped = dyn_cast<ShapedType>(type);
  int number = shaped ? numberFromType(shaped.getElementType()).value_or(0) : 0;
  if (attr && llvm::any_of(attr->allowed, [&](const OpAttrValue &allowed) {
        return std::get<TypeValue>(allowed.value).type == number;
      }))
    return "";
  return "a tensor between an engine and TensorFlow must be bool, int8, half, "
         "float or int32, got " +
         dataTypeName(number);
}

ArrayAttr numberedNames(Builder &builder, StringRef prefix, size_t count) {
  SmallVector<Attribute> names;
  for (size_t i = 0; i < count; ++i)
    names.push_back(builder.getStringAttr(prefix + Twine(i)));
  return builder.getArrayAttr(names);
}

} // namespace graft::tftrt
