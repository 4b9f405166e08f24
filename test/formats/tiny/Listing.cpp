//===- Listing.cpp - functions as a list of operations --------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "test/formats/tiny/Tiny.h"

#include "support/AtomicFile.h"
#include "support/FileKind.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace graft;

static constexpr llvm::StringLiteral kEndings[] = {".list"};

static const FileKind kListFile{"a listing", [](std::string_view text) {
                                  return StringRef(text).starts_with("main");
                                }};

static Status check(const Output &output) {
  return output.buffer ? Status() : checkReplaces(output.path, kListFile);
}

static Status write(ModuleOp module, const OpenModel *, const Output &output) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  for (auto function : module.getOps<func::FuncOp>()) {
    stream << function.getName() << '\n';
    for (Operation &op : function.getBody().front().without_terminator())
      stream << "  " << op.getName() << ' '
             << (op.getNumResults() ? op.getResult(0).getType() : Type())
             << '\n';
  }
  return output.buffer ? output.buffer->write(text)
                       : AtomicFile::writeAll(output.path, text);
}

const Emitter tiny::kListing = {
    "a listing", kEndings, Emitter::Stage::Functions, check, write,
};
