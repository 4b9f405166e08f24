//===- Packing.cpp - constants in the layouts that kernels require --------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/plan/Packing.h"

#include "dialects/nn/reference/TensorBuffer.h"
#include "passes/plan/Utils.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectResourceBlobManager.h"

#include <cstring>
#include <memory>

using namespace mlir;
using namespace graft;
using namespace graft::plan;

/// A tensor<Nxi8> over `bytes`, which the context then owns.
static ElementsAttr makeBytes(MLIRContext *context,
                              std::vector<std::byte> bytes) {
  auto owned = std::make_shared<std::vector<std::byte>>(std::move(bytes));
  ArrayRef<char> data(reinterpret_cast<const char *>(owned->data()),
                      owned->size());
  // The deleter's copy of the pointer keeps the bytes alive.
  AsmResourceBlob blob(
      data, alignof(std::max_align_t), [owned](void *, size_t, size_t) {},
      /*dataIsMutable=*/false);
  auto type = RankedTensorType::get({static_cast<int64_t>(data.size())},
                                    IntegerType::get(context, 8));
  return DenseResourceElementsAttr::get(type, "packed", std::move(blob));
}

Packer::Packer(EngineOp engine, StaticTypes &types, const Target &target,
               int threads, bool releases)
    : types(types), target(target), threads(threads), releases(releases) {
  for (auto constant : engine.getBlock()->getOps<ConstantOp>())
    ++holders[constant.getValue()];
}

void Packer::drop(ConstantOp constant) {
  ElementsAttr value = constant.getValue();
  bool frees = --holders[value] == 0 && releases && !constant.getShared();
  types.forget(constant);
  constant.erase();
  if (!frees)
    return;
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value))
    resource.getRawHandle().getResource()->setBlob(AsmResourceBlob());
}

/// The packed form of `constant` with these bytes.
ConstantOp Packer::hold(ConstantOp constant, BufferType type,
                        std::vector<std::byte> bytes) {
  auto &known = packed[{constant.getValue(), type}];
  for (ConstantOp form : known) {
    auto value = cast<DenseResourceElementsAttr>(form.getValue());
    ArrayRef<char> held = value.getRawHandle().getBlob()->getData();
    if (held.size() == bytes.size() &&
        std::memcmp(held.data(), bytes.data(), bytes.size()) == 0)
      return form;
  }
  OpBuilder builder(constant);
  auto form =
      ConstantOp::create(builder, constant.getLoc(), type,
                         makeBytes(constant.getContext(), std::move(bytes)));
  types.set(form, types.get(constant));
  known.push_back(form);
  return form;
}

LogicalResult Packer::pack(LaunchOp launch) {
  const runtime::Provider *provider =
      target.findProvider(*launch.getProvider());
  if (!provider)
    return launch.emitOpError("provider '")
           << *launch.getProvider() << "' is none of target '"
           << target.getName() << "'";
  runtime::LaunchDesc desc = types.describe(launch);
  for (unsigned i = 0; i < launch.getInputs().size(); ++i) {
    auto constant = launch.getInputs()[i].getDefiningOp<ConstantOp>();
    if (!constant || constant.getBuffer().getType().isPacked())
      continue;
    nn::TensorBuffer contents;
    if (failed(contents.read(constant.getValue())))
      return constant.emitOpError("contents cannot be read");
    Expected<runtime::PackedConstant> form =
        provider->pack(desc, i, contents.view().data, threads);
    if (!form)
      return launch.emitOpError() << StringRef(form.status().message());
    if (form->layout.empty())
      continue;

    BufferType type = constant.getBuffer().getType().withLayout(form->layout);
    desc.inputs[i].layout = form->layout;
    desc.inputs[i].bytes = form->bytes.size();
    launch.getInputsMutable()[i].assign(
        hold(constant, type, std::move(form->bytes)));
    if (constant->use_empty())
      drop(constant);
  }
  return success();
}

Status
graft::plan::packForTrial(const runtime::Provider &provider,
                          runtime::LaunchDesc &desc,
                          ArrayRef<const void *> contents, int threads,
                          SmallVectorImpl<std::vector<std::byte>> &packed) {
  packed.assign(contents.size(), {});
  for (auto [i, dense] : llvm::enumerate(contents)) {
    if (!dense)
      continue;
    Expected<runtime::PackedConstant> form =
        provider.pack(desc, i, dense, threads);
    if (!form)
      return form.status();
    if (form->layout.empty())
      continue;
    desc.inputs[i].layout = form->layout;
    desc.inputs[i].bytes = form->bytes.size();
    packed[i] = std::move(form->bytes);
  }
  return Status();
}
