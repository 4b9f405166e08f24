//===- convert_saved_model.cpp - a SavedModel gets engines ----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// usage: convert_saved_model SAVED_MODEL OUTPUT_DIR GRAPH.pb
//
// Writes the SavedModel with engines in it, and the graph of its default
// signature alone.
//===----------------------------------------------------------------------===//
#include "graft/convert.h"
#include "graph.pb.h"

#include <fstream>
#include <iostream>

static int fail(std::string_view message) {
  std::cerr << "convert_saved_model: " << message << '\n';
  return 1;
}

int main(int argc, char **argv) {
  if (argc != 4)
    return fail("usage: convert_saved_model SAVED_MODEL OUTPUT_DIR GRAPH.pb");
  std::string report;
  graft::ConversionParams params;
  params.report = &report;
  if (absl::Status status = graft::ConvertSavedModel(argv[1], argv[2], params);
      !status.ok())
    return fail(status.ToString());
  std::cout << report;

  absl::StatusOr<tensorflow::GraphDef> graph =
      graft::ConvertAndBuild<tensorflow::GraphDef>(std::string(argv[1]));
  if (!graph.ok())
    return fail(graph.status().ToString());
  std::ofstream file(argv[3], std::ios::binary);
  file << graph->SerializeAsString();
  file.close();
  return file.good() ? 0 : fail(std::string("cannot write ") + argv[3]);
}
