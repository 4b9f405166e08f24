//===- graft-translate.cpp - GraphDef to MLIR and back --------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mlirTranslateMain would read the file into memory, write the output in place
// and know one exit code only, so this driver maps the input, writes whole
// files or none, and says by its exit code what went wrong.
//===----------------------------------------------------------------------===//
#include "compiler/formats/FrontEnd.h"
#include "exporters/graphdef/GraphDefExporter.h"
#include "exporters/plan/PlanExporter.h"
#include "support/AtomicFile.h"
#include "support/OneLine.h"
#include "tools/CommandLine.h"
#include "tools/Process.h"
#include "tools/Registration.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace graft;
namespace cl = llvm::cl;

namespace {
enum class Direction { GraphDefToMLIR, MLIRToGraphDef, MLIRToPlan };

cl::OptionCategory category("graft-translate options");
cl::opt<Direction> direction(
    cl::desc("What to do:"), cl::Required, cl::cat(category),
    cl::values(clEnumValN(Direction::GraphDefToMLIR, "graphdef-to-mlir",
                          "import a GraphDef (.pb or .pbtxt), a SavedModel "
                          "directory or a checkpoint"),
               clEnumValN(Direction::MLIRToGraphDef, "mlir-to-graphdef",
                          "export a module to a GraphDef (.pb or .pbtxt)"),
               clEnumValN(Direction::MLIRToPlan, "mlir-to-plan",
                          "export a module's engine to a plan")));
cl::opt<std::string> inputPath(cl::Positional, cl::desc("<input>"),
                               cl::Required, cl::cat(category));
cl::opt<std::string>
    outputPath("o",
               cl::desc("Output; a name ending in .mlirbc is bytecode, - "
                        "is standard output"),
               cl::value_desc("file"), cl::init("-"), cl::cat(category));
cl::opt<std::string> signature("signature",
                               cl::desc("Signature of a SavedModel (default: "
                                        "serving_default)"),
                               cl::value_desc("name"), cl::cat(category));
cl::list<std::string> inputs("inputs", cl::CommaSeparated,
                             cl::desc("Tensors that the user will give; every "
                                      "Placeholder by default"),
                             cl::value_desc("node[:port],..."),
                             cl::cat(category));
cl::list<std::string> outputs("outputs", cl::CommaSeparated,
                              cl::desc("Tensors that the user will want"),
                              cl::value_desc("node[:port],..."),
                              cl::cat(category));

/// A stream into a file that is there whole or not at all.
class AtomicStream : public llvm::raw_ostream {
public:
  explicit AtomicStream(AtomicFile &file) : file(file) {}
  ~AtomicStream() override { flush(); }
  const Status &status() const { return first; }

private:
  void write_impl(const char *data, size_t size) override {
    if (first)
      first = file.write({data, size});
  }
  uint64_t current_pos() const override { return file.size(); }

  AtomicFile &file;
  Status first;
};
} // namespace

/// True if the bytes are MLIR's bytecode, or a text that begins like a module.
static bool isModule(std::string_view bytes) {
  StringRef text(bytes.data(), bytes.size());
  if (text.starts_with("ML\xefR"))
    return true;
  while (text = text.ltrim(), text.starts_with("//"))
    text = text.drop_until([](char c) { return c == '\n'; });
  if (text.starts_with("#") || text.starts_with("!")) // an alias
    return text.take_until([](char c) { return c == '\n'; }).contains(" = ");
  for (StringRef op :
       {"module", "builtin.", "\"builtin.", "graph.", "func.", "nn.", "plan."})
    if (text.starts_with(op))
      return true;
  return false;
}

static const FileKind kModuleFile{"an MLIR module", isModule};

/// Text, or bytecode for a name that asks for it.
static Status printModule(ModuleOp module, llvm::raw_ostream &stream) {
  if (!StringRef(outputPath).ends_with(".mlirbc")) {
    module.print(stream);
    return Status();
  }
  if (failed(writeBytecodeToFile(module, stream)))
    return Status::failed(outputPath + ": the module does not fit in bytecode");
  return Status();
}

/// Of any format that Graft reads.
static Expected<OwningOpRef<ModuleOp>> importModel(MLIRContext &context) {
  ModelSource model;
  model.path = inputPath;
  model.signature = signature;
  model.inputs = {inputs.begin(), inputs.end()};
  model.outputs = {outputs.begin(), outputs.end()};
  return findFrontEnd(model).import(model, &context);
}

static Status importToMLIR(MLIRContext &context) {
  Expected<OwningOpRef<ModuleOp>> module = importModel(context);
  if (!module)
    return module.status();
  if (failed(verify(**module)))
    return Status::internal(inputPath +
                            ": the importer built an invalid module");
  if (outputPath == "-") {
    Status status = printModule(**module, llvm::outs());
    llvm::outs().flush();
    return status;
  }
  Expected<AtomicFile> file = AtomicFile::create(outputPath, kModuleFile);
  if (!file)
    return file.status();
  {
    AtomicStream stream(*file);
    if (Status status = printModule(**module, stream); !status)
      return status;
    stream.flush();
    if (!stream.status())
      return stream.status();
  }
  return file->commit();
}

static Status exportModule(ModuleOp module) {
  bool toStream = outputPath == "-";
  auto print = [](std::string_view piece) {
    llvm::outs() << StringRef(piece);
    return Status();
  };
  if (direction == Direction::MLIRToGraphDef)
    return toStream ? exportGraphDef(module, print)
                    : exportGraphDef(module, outputPath);
  Expected<plan::EngineOp> engine = plan::findEngine(module);
  if (!engine)
    return engine.status();
  return toStream ? plan::exportPlan(*engine, print)
                  : plan::exportPlanFile(*engine, outputPath);
}

static Status exportFromMLIR(MLIRContext &context) {
  std::string error;
  auto buffer = openInputFile(inputPath, &error);
  if (!buffer)
    return Status::badInput(error);
  auto sources = std::make_shared<llvm::SourceMgr>();
  sources->AddNewSourceBuffer(std::move(buffer), llvm::SMLoc());
  // Bytecode lends its resources, so that weights are not copied.
  OwningOpRef<ModuleOp> module =
      parseSourceFile<ModuleOp>(sources, ParserConfig(&context));
  if (!module)
    return Status::badInput(inputPath + ": is no valid module");
  Status status = exportModule(*module);
  llvm::outs().flush();
  if (!status)
    return Status(status.code(), inputPath + ": " + status.message());
  return status;
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  installProcessHandlers("graft-translate");
  showVersion("graft-translate");
  registerAsmPrinterCLOptions();
  cl::HideUnrelatedOptions(category);
  if (!cl::ParseCommandLineOptions(argc, argv, "Graft's file translator\n",
                                   &llvm::errs()))
    return Status::usage("see --help").exitCode();
  DialectRegistry registry;
  registerDialects(registry);
  // Nothing here runs in parallel, and locks cost more than they bring.
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  Status status = direction == Direction::GraphDefToMLIR
                      ? importToMLIR(context)
                      : exportFromMLIR(context);
  if (!status)
    llvm::errs() << "graft-translate: error: " << oneLine(status.message())
                 << '\n';
  return status.exitCode();
}
