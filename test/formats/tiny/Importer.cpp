//===- Importer.cpp - a text of tensors to an `nn` function ---------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "test/formats/tiny/Tiny.h"

#include "dialects/nn/NN.h"
#include "support/MappedFile.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace graft;

namespace {
class Importer {
public:
  Importer(const std::string &file, MLIRContext *context)
      : file(file), builder(context),
        module(ModuleOp::create(builder.getUnknownLoc())) {
    builder.setInsertionPointToEnd(module->getBody());
    function = func::FuncOp::create(builder, builder.getUnknownLoc(), "main",
                                    builder.getFunctionType({}, {}));
    builder.setInsertionPointToEnd(function.addEntryBlock());
  }

  Expected<OwningOpRef<ModuleOp>> run(StringRef text);

private:
  Status read(ArrayRef<StringRef> words);
  Expected<Value> find(StringRef name);
  Expected<RankedTensorType> parseType(StringRef shape);
  void addInput(StringRef name, RankedTensorType type);
  DictionaryAttr portName(StringRef name) {
    return builder.getDictionaryAttr(
        builder.getNamedAttr(nn::kPortNameAttr, builder.getStringAttr(name)));
  }
  Status error(const Twine &text) {
    return Status::badInput(file + ": line " + std::to_string(line) + ": " +
                            text.str());
  }

  const std::string &file;
  OpBuilder builder;
  OwningOpRef<ModuleOp> module;
  func::FuncOp function;
  llvm::StringMap<Value> values;
  SmallVector<Value> results;
  SmallVector<DictionaryAttr> inputNames, resultNames;
  unsigned line = 0;
};
} // namespace

Expected<Value> Importer::find(StringRef name) {
  if (Value value = values.lookup(name))
    return value;
  return error("'" + name + "' must be a line before this one");
}

Expected<RankedTensorType> Importer::parseType(StringRef shape) {
  SmallVector<int64_t> dims;
  for (StringRef dim : llvm::split(shape, 'x')) {
    uint16_t size = 0;
    if (dim.getAsInteger(10, size) || size == 0)
      return error("a shape must be sizes such as 2x4, got '" + shape + "'");
    dims.push_back(size);
  }
  return RankedTensorType::get(dims, builder.getF32Type());
}

void Importer::addInput(StringRef name, RankedTensorType type) {
  values[name] = function.getBody().addArgument(type, builder.getUnknownLoc());
  inputNames.push_back(portName(name));
}

Status Importer::read(ArrayRef<StringRef> words) {
  if (words.size() == 3 && words[0] == "input") {
    Expected<RankedTensorType> type = parseType(words[2]);
    GRAFT_RETURN_IF_ERROR(type.status());
    addInput(words[1], *type);
    return Status();
  }
  if (words.size() < 3)
    return error("a line must be an operation, a name and an operand");
  Expected<Value> operand = find(words[2]);
  GRAFT_RETURN_IF_ERROR(operand.status());
  Location location = NameLoc::get(builder.getStringAttr(words[1]));
  if (words.size() == 3 && words[0] == "output") {
    results.push_back(*operand);
    resultNames.push_back(portName(words[1]));
  } else if (words.size() == 3 && words[0] == "relu") {
    values[words[1]] = nn::ReluOp::create(builder, location, *operand);
  } else if (words.size() == 5 && words[0] == "matmul") {
    Expected<RankedTensorType> type = parseType(words[3]);
    GRAFT_RETURN_IF_ERROR(type.status());
    double element = 0;
    if (words[4].getAsDouble(element))
      return error("a weight must be a number, got '" + words[4] + "'");
    auto input = cast<RankedTensorType>((*operand).getType());
    if (type->getRank() != 2 || input.getRank() != 2 ||
        input.getDimSize(1) != type->getDimSize(0))
      return error("matmul must get matrices that fit");
    Value weights = nn::ConstantOp::create(
        builder, location,
        DenseElementsAttr::get(*type, static_cast<float>(element)));
    values[words[1]] = nn::MatMulOp::create(
        builder, location, *operand, weights, /*bias=*/Value(),
        /*epilogue_operands=*/ValueRange(), /*transpose_a=*/false,
        /*transpose_b=*/false, /*epilogues=*/builder.getArrayAttr({}),
        /*to=*/StringAttr(), /*zero_point=*/IntegerAttr());
  } else {
    return error("an operation must be input, matmul, relu or output, got '" +
                 words[0] + "'");
  }
  return Status();
}

Expected<OwningOpRef<ModuleOp>> Importer::run(StringRef text) {
  for (StringRef row : llvm::split(text, '\n')) {
    ++line;
    SmallVector<StringRef> words;
    llvm::SplitString(row, words);
    if (!words.empty())
      GRAFT_RETURN_IF_ERROR(read(words));
  }
  if (results.empty())
    return Status::badInput(file + ": the model must have an output, got none");
  func::ReturnOp::create(builder, builder.getUnknownLoc(), results);
  Block &body = function.getBody().front();
  function.setFunctionType(builder.getFunctionType(
      body.getArgumentTypes(), ValueRange(results).getTypes()));
  function.setAllArgAttrs(inputNames);
  function.setAllResultAttrs(resultNames);
  return std::move(module);
}

static bool recognizes(const ModelSource &model) {
  return !model.bytes && StringRef(model.path).ends_with(".tiny");
}

static void registerDialects(DialectRegistry &registry) {
  registry.insert<nn::NNDialect, func::FuncDialect>();
}

static Expected<OwningOpRef<ModuleOp>> import(const ModelSource &model,
                                              MLIRContext *context) {
  Expected<MappedFile> file = MappedFile::open(model.path);
  GRAFT_RETURN_IF_ERROR(file.status());
  return Importer(model.path, context).run(file->bytes());
}

static Status settle(ModuleOp, const ModelSource &model,
                     const ShapeMap &stated) {
  return stated.empty()
             ? Status()
             : Status::usage(model.path + ": the model states all its shapes");
}

const FrontEnd tiny::kFrontEnd = {
    "a tiny model",
    recognizes,
    registerDialects,
    import,
    settle,
    // The module has nothing but functions.
    [](OpPassManager &, const EnginePipelineOptions &, const Extension &) {},
};
