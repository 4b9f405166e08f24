//===- SavedModelDump.cpp - Prints the variables of a SavedModel ----------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// For the tests against TensorFlow: a line for each variable with its node,
// key, DataType, shape and checksum.
//
//===----------------------------------------------------------------------===//

#include "formats/savedmodel/SavedModel.h"
#include "support/AtomicFile.h"

#include <cstdio>

using namespace graft;

static Status dump(const char *directory, const char *output) {
  Expected<SavedModel> model = SavedModel::load(directory);
  if (!model)
    return model.status();
  Expected<AtomicFile> file = AtomicFile::create(output);
  if (!file)
    return file.status();
  for (const Variable &variable : model->variables()) {
    std::string shape;
    for (int64_t dim : variable.value.shape)
      shape += (shape.empty() ? "" : ",") + std::to_string(dim);
    // Strings one after the other.
    std::string bytes(variable.value.bytes);
    for (const std::string &string : variable.strings)
      bytes += string;
    std::printf("%s\t%d\t%s\t%zu\n", variable.node.c_str(),
                variable.value.dtype, shape.c_str(), bytes.size());
    if (Status status = file->write(bytes); !status)
      return status;
  }
  return file->commit();
}

int main(int argc, char **argv) {
  Status status =
      argc == 3 ? dump(argv[1], argv[2])
                : Status::usage("usage: savedmodel-dump DIRECTORY OUTPUT");
  if (!status)
    std::fprintf(stderr, "%s\n", status.message().c_str());
  return status.exitCode();
}
