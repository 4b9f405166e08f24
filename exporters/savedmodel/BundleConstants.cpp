//===- BundleConstants.cpp - constants of the graph as a checkpoint -------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "exporters/savedmodel/BundleConstants.h"

#include "dialects/graph/DataTypes.h"
#include "dialects/graph/TensorData.h"
#include "formats/savedmodel/TensorBundleWriter.h"

using namespace mlir;
using namespace graft;
using namespace graft::graph;

static Status addStrings(TensorBundleWriter &bundle, const std::string &key,
                         DenseStringElementsAttr value) {
  ArrayRef<StringRef> raw = value.getRawStringData();
  std::vector<std::string_view> strings;
  for (int64_t i = 0; i < value.getNumElements(); ++i)
    strings.emplace_back(raw[value.isSplat() ? 0 : i]);
  return bundle.addStrings(key, value.getType().getShape().vec(), strings);
}

static Status addConstant(TensorBundleWriter &bundle,
                          const BundleConstant &constant) {
  if (auto strings = dyn_cast<DenseStringElementsAttr>(constant.value))
    return addStrings(bundle, constant.key, strings);
  ShapedType type = constant.value.getShapedType();
  std::optional<int32_t> dtype = numberFromType(type.getElementType());
  std::optional<TensorData> data = TensorData::get(constant.value);
  if (!dtype || !data)
    return Status::internal("constant '" + constant.key +
                            "' has no bytes to be written");
  std::string_view bytes(data->bytes().data(), data->bytes().size());
  std::string repeated;
  if (data->isSplat()) {
    repeated.reserve(bytes.size() * data->elementCount());
    for (int64_t i = 0; i < data->elementCount(); ++i)
      repeated += bytes;
    bytes = repeated;
  }
  return bundle.add(constant.key, *dtype, type.getShape().vec(), bytes);
}

Status graft::writeBundle(const std::string &prefix,
                          const std::vector<BundleConstant> &constants) {
  Expected<TensorBundleWriter> bundle = TensorBundleWriter::create(prefix);
  if (!bundle)
    return bundle.status();
  for (const BundleConstant &constant : constants)
    if (Status status = addConstant(*bundle, constant); !status)
      return status;
  return bundle->commit();
}
