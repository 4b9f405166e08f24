//===- GraphFuzz.h - what must hold for a graph that was imported ---------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whatever the importer accepts is a valid module, and the exporter writes it
// so that reading it again gives the same bytes.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TEST_FUZZ_GRAPHFUZZ_H
#define GRAFT_TEST_FUZZ_GRAPHFUZZ_H

#include "Fuzz.h"
#include "exporters/graphdef/GraphDefExporter.h"
#include "importers/graphdef/GraphDefImporter.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"

#include <google/protobuf/stubs/logging.h>

namespace graft::fuzz {

using ImportedModule = Expected<mlir::OwningOpRef<mlir::ModuleOp>>;

/// `import` gets a context of its own: attributes live as long as it.
template <typename Import>
void checkImport(Import &&import) {
  // The parser's own words would hide those of a finding.
  static auto *silent = new google::protobuf::LogSilencer;
  (void)silent;
  auto load = [](mlir::MLIRContext &context) {
    context.loadDialect<graph::GraphDialect>();
  };
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  load(context);
  ImportedModule module = import(context);
  if (!module)
    return requireGoodError(module.status());
  require(mlir::succeeded(mlir::verify(**module)),
          "what is imported must be valid");
  Expected<std::string> first = exportGraphDefToString(**module);
  if (!first)
    fail("what is imported must be exported: " + first.status().message());
  if (first->empty())
    return;

  mlir::MLIRContext secondContext(mlir::MLIRContext::Threading::DISABLED);
  load(secondContext);
  auto bytes = std::make_shared<std::string>(*first);
  ImportedModule again =
      importGraphDefBytes(*bytes, bytes, "again.pb", {}, &secondContext);
  if (!again)
    fail("what is exported must be imported: " + again.status().message());
  Expected<std::string> second = exportGraphDefToString(**again);
  require(second.ok() && *second == *first, "a round trip must keep each byte");
}

} // namespace graft::fuzz

#endif // GRAFT_TEST_FUZZ_GRAPHFUZZ_H
