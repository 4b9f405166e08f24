//===- LaunchProfile.cpp - where the time of a run goes -------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/graft/LaunchProfile.h"

#include "engine/Elements.h"

#include <algorithm>
#include <cstdio>

using namespace graft;

LaunchProfile::LaunchProfile(const graft_engine *engine, graft_context *context)
    : engine(engine), context(context),
      launches(graft_engine_num_launches(engine)) {
  graft_context_set_profiling(context, 1);
}

void LaunchProfile::note() {
  for (size_t i = 0; i < launches.size(); ++i)
    launches[i].times.push_back(graft_context_launch_ns(context, i));
}

static std::string describe(const graft_tensor &tensor) {
  std::string text(numpyType(tensor.dtype));
  text += "[";
  for (int32_t d = 0; d < tensor.rank; ++d)
    text += (d ? ", " : "") + std::to_string(tensor.dims[d]);
  return text + "]";
}

Status LaunchProfile::noteShapes(const std::vector<const void *> &inputs,
                                 const std::vector<void *> &outputs) {
  graft_run_options options = {};
  options.size = sizeof(options);
  options.launched_user = &launches;
  options.launched = [](void *user, size_t launch, const graft_tensor *wrote,
                        size_t count) {
    auto &seen = (*static_cast<std::vector<Launch> *>(user))[launch].outputs;
    seen.clear();
    for (size_t i = 0; i < count; ++i)
      seen.push_back(describe(wrote[i]));
  };
  graft_code code =
      graft_context_run_with(context, inputs.data(), outputs.data(), &options);
  return code == GRAFT_OK
             ? Status()
             : Status(static_cast<StatusCode>(code), graft_last_error());
}

double LaunchProfile::median(const Launch &launch) {
  std::vector<uint64_t> times = launch.times;
  if (times.empty())
    return 0;
  // As `graft bench` counts: what half of the runs did not exceed.
  auto middle = times.begin() + (times.size() - 1) / 2;
  std::nth_element(times.begin(), middle, times.end());
  return static_cast<double>(*middle) * 1e-3;
}

std::string LaunchProfile::toText() const {
  double total = 0;
  for (const Launch &launch : launches)
    total += median(launch);
  std::string text;
  char line[64];
  std::snprintf(line, sizeof(line), "%12s %6s  %s\n", "median us", "%",
                "launch: kind, results");
  text += line;
  for (size_t i = 0; i < launches.size(); ++i) {
    double us = median(launches[i]);
    std::snprintf(line, sizeof(line), "%12.1f %6.2f  ", us,
                  total > 0 ? 100.0 * us / total : 0);
    text += line;
    text += graft_engine_launch_name(engine, i);
    text += std::string(": ") + graft_engine_launch_kind(engine, i);
    for (const std::string &output : launches[i].outputs)
      text += " " + output;
    text += "\n";
  }
  return text;
}

nlohmann::ordered_json LaunchProfile::toJson() const {
  auto layers = nlohmann::ordered_json::array();
  for (size_t i = 0; i < launches.size(); ++i)
    layers.push_back({{"name", graft_engine_launch_name(engine, i)},
                      {"kind", graft_engine_launch_kind(engine, i)},
                      {"us", median(launches[i])},
                      {"outputs", launches[i].outputs}});
  return layers;
}
