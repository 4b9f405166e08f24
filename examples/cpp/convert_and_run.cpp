//===- convert_and_run.cpp - a GraphDef becomes engines and a plan --------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// usage: convert_and_run MODEL.pb CONVERTED.pb PLAN [INPUT OUTPUT]
//
// Reads a frozen GraphDef, converts it and writes it for TensorFlow. Then
// compiles it whole and runs the plan: INPUT has the bytes of the only input,
// OUTPUT gets those of the first output.
//===----------------------------------------------------------------------===//
#include "graft/convert.h"
#include "graph.pb.h"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>

static std::string readFile(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

static bool writeFile(const std::string &path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  return file.good();
}

static int fail(std::string_view message) {
  std::cerr << "convert_and_run: " << message << '\n';
  return 1;
}

static size_t bytesOf(const graft_port &port) {
  static const size_t sizes[] = {4, 8, 2, 2, 1, 2, 4, 8, 1, 2, 4, 8, 1};
  size_t bytes = sizes[port.dtype];
  for (int32_t d = 0; d < port.rank; ++d)
    bytes *= port.dims[d];
  return bytes;
}

/// Runs the plan on one input; empty on failure, which graft_last_error names.
static std::string run(const graft::Bytes &plan, const std::string &input) {
  graft_engine *engine = nullptr;
  if (graft_engine_load_memory(plan.data(), plan.size(), &engine))
    return "";
  std::unique_ptr<graft_engine, void (*)(graft_engine *)> ownEngine(
      engine, graft_engine_destroy);
  graft_context *context = nullptr;
  if (graft_context_create(engine, /*threads=*/0, &context))
    return "";
  std::unique_ptr<graft_context, void (*)(graft_context *)> ownContext(
      context, graft_context_destroy);
  if (graft_context_prepare(context))
    return "";
  if (graft_engine_num_inputs(engine) != 1 ||
      bytesOf(graft_engine_input(engine, 0)) != input.size())
    return "";
  std::vector<std::string> buffers(graft_engine_num_outputs(engine));
  std::vector<void *> outputs;
  for (size_t i = 0; i < buffers.size(); ++i) {
    buffers[i].resize(bytesOf(graft_context_output(context, i)));
    outputs.push_back(buffers[i].data());
  }
  const void *inputs[] = {input.data()};
  return graft_context_run(context, inputs, outputs.data()) ? "" : buffers[0];
}

int main(int argc, char **argv) {
  if (argc != 4 && argc != 6)
    return fail("usage: convert_and_run MODEL.pb CONVERTED.pb PLAN "
                "[INPUT OUTPUT]");
  tensorflow::GraphDef graph;
  if (!graph.ParseFromString(readFile(argv[1])))
    return fail(std::string(argv[1]) + " is no GraphDef");

  graft::ConversionParams params;
  params.minimum_segment_size = 3;
  params.progress = [](int step, int of, std::string_view name) {
    std::cerr << step << '/' << of << ' ' << name << '\n';
    return true;
  };
  absl::StatusOr<tensorflow::GraphDef> converted = graft::ConvertAndBuild(
      graph, /*input_names=*/{}, /*output_names=*/{}, params);
  if (!converted.ok())
    return fail(converted.status().ToString());
  auto engines =
      std::count_if(converted->node().begin(), converted->node().end(),
                    [](auto &node) { return node.op() == "TRTEngineOp"; });
  std::cout << graph.node_size() << " nodes became " << converted->node_size()
            << ", " << engines << " of them engines\n";
  if (!writeFile(argv[2], converted->SerializeAsString()))
    return fail(std::string("cannot write ") + argv[2]);

  absl::StatusOr<graft::Bytes> plan = graft::BuildPlan(graph);
  if (!plan.ok())
    return fail(plan.status().ToString());
  if (!writeFile(argv[3], plan->view()))
    return fail(std::string("cannot write ") + argv[3]);
  if (argc == 4)
    return 0;
  std::string output = run(*plan, readFile(argv[4]));
  if (output.empty())
    return fail(std::string("the plan did not run: ") + graft_last_error());
  return writeFile(argv[5], output)
             ? 0
             : fail(std::string("cannot write ") + argv[5]);
}
