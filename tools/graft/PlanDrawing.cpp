//===- PlanDrawing.cpp - a plan to look at --------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/graft/PlanDrawing.h"

#include <algorithm>

using namespace graft;
using runtime::PlanLaunch;
using runtime::PlanTensor;
using runtime::Storage;

/// The tensor that `index` is a view of, in the end.
static uint32_t rootOf(const runtime::Plan &plan, uint32_t index) {
  while (plan.tensors[index].storage == Storage::View)
    index = static_cast<uint32_t>(plan.tensors[index].parent);
  return index;
}

static std::string timeOf(const LayerTimes &times, const std::string &layer) {
  auto found = times.find(layer);
  if (found == times.end())
    return "";
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f", found->second);
  return text;
}

Drawing graft::drawPlan(const runtime::Plan &plan, const LayerTimes &times) {
  Drawing drawing;
  /// What wrote each tensor; several where each wrote a part.
  std::vector<std::vector<size_t>> writers(plan.tensors.size());
  auto addPort = [&](const char *what, uint32_t index) {
    const PlanTensor &tensor = plan.tensors[index];
    drawing.nodes.push_back(
        {{std::string(what) + tensor.name, ops::toString(tensor.type)},
         tensor.name,
         true});
    return drawing.nodes.size() - 1;
  };
  for (uint32_t index : plan.inputs)
    writers[index] = {addPort("input ", index)};
  for (const PlanLaunch &launch : plan.launches) {
    std::string kind = launch.op.kind, details = launch.name;
    for (const ops::Epilogue &step : launch.op.epilogues)
      kind += " + " + step.kind;
    for (const std::string &node : launch.nodes)
      details += "\n" + node;
    std::string how = launch.precision;
    if (std::string time = timeOf(times, launch.name); !time.empty())
      how += ", " + time + " us";
    size_t node = drawing.nodes.size();
    drawing.nodes.push_back(
        {{kind, launch.provider + "/" + launch.tactic, how,
          launch.outputs.empty()
              ? ""
              : ops::toString(plan.tensors[launch.outputs[0]].type)},
         details});
    for (uint32_t input : launch.inputs)
      for (size_t writer : writers[rootOf(plan, input)])
        drawing.connect(writer, node);
    for (uint32_t output : launch.outputs) {
      std::vector<size_t> &all = writers[rootOf(plan, output)];
      if (plan.tensors[output].storage != Storage::View)
        all.clear();
      all.push_back(node);
    }
  }
  for (uint32_t index : plan.outputs) {
    std::vector<size_t> from = writers[index];
    size_t node = addPort("output ", index);
    for (size_t writer : from)
      drawing.connect(writer, node);
  }
  return drawing;
}

/// Which bytes of the arena which launches use: launches from left to right.
static std::string drawArena(const runtime::Plan &plan) {
  constexpr double kWidth = 900, kHeight = 400;
  if (!plan.isStatic() || plan.arenaBytes == 0)
    return "<p>It is laid out when shapes are known.</p>\n";
  struct Life {
    size_t first = SIZE_MAX, last = 0;
  };
  std::vector<Life> lives(plan.tensors.size());
  for (size_t i = 0; i < plan.launches.size(); ++i)
    for (const auto *list :
         {&plan.launches[i].inputs, &plan.launches[i].outputs})
      for (uint32_t index : *list) {
        Life &life = lives[rootOf(plan, index)];
        life.first = std::min(life.first, i);
        life.last = std::max(life.last, i);
      }
  std::string text =
      "<svg class=\"arena\" xmlns=\"http://www.w3.org/2000/svg\" "
      "width=\"900\" height=\"400\">\n";
  double launch = kWidth / double(plan.launches.size());
  double byte = kHeight / double(plan.arenaBytes);
  for (size_t i = 0; i < plan.tensors.size(); ++i) {
    const PlanTensor &tensor = plan.tensors[i];
    if (tensor.storage != Storage::Arena || lives[i].first == SIZE_MAX)
      continue;
    int64_t count = 0;
    (void)ops::countElements(tensor.type.shape, count);
    double size = double(count) * double(ops::sizeOf(tensor.type.dtype));
    char rect[256];
    std::snprintf(rect, sizeof(rect),
                  "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\">",
                  double(lives[i].first) * launch, double(tensor.offset) * byte,
                  double(lives[i].last - lives[i].first + 1) * launch,
                  std::max(size * byte, 1.0));
    text += rect;
    text += "<title>" + escapeHtml(ops::toString(tensor.type)) + " at " +
            std::to_string(tensor.offset) + ", from " +
            escapeHtml(plan.launches[lives[i].first].name) + " to " +
            escapeHtml(plan.launches[lives[i].last].name) + "</title></rect>\n";
  }
  return text + "</svg>\n";
}

std::string graft::planPage(const runtime::PlanFile &file,
                            const LayerTimes &times) {
  const runtime::Plan &plan = file.plan();
  std::string rows;
  for (const PlanLaunch &launch : plan.launches) {
    std::string epilogues, nodes;
    for (const ops::Epilogue &step : launch.op.epilogues)
      epilogues += (epilogues.empty() ? "" : " ") + step.kind;
    for (const std::string &node : launch.nodes)
      nodes += (nodes.empty() ? "" : ", ") + node;
    rows += "<tr>";
    for (const std::string &cell :
         {launch.name, launch.op.kind, launch.provider, launch.tactic,
          launch.precision,
          launch.outputs.empty()
              ? std::string()
              : ops::toString(plan.tensors[launch.outputs[0]].type),
          epilogues, timeOf(times, launch.name), nodes})
      rows += "<td>" + escapeHtml(cell) + "</td>";
    rows += "</tr>\n";
  }
  return htmlPage(
      plan.name,
      "<p>" + escapeHtml(plan.precision + ", by " + plan.producer) + ", " +
          std::to_string(plan.launches.size()) + " layers, weights " +
          std::to_string(file.weights().size()) + " bytes, arena " +
          std::to_string(plan.arenaBytes) + " bytes</p>\n",
      {"layer", "kind", "provider", "tactic", "precision", "output",
       "epilogues", "us", "nodes"},
      rows,
      "<h2>Graph</h2>\n" + toSvg(drawPlan(plan, times)) +
          "<h2>Arena</h2>\n<p>Launches from left to right, bytes from top to "
          "bottom.</p>\n" +
          drawArena(plan));
}

std::string graft::htmlPage(const std::string &title, const std::string &intro,
                            const std::vector<std::string> &columns,
                            const std::string &rows, const std::string &rest) {
  std::string head;
  for (const std::string &column : columns)
    head += "<th>" + escapeHtml(column) + "</th>";
  return "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>" +
         escapeHtml(title) + R"html(</title><style>
body { font: 13px sans-serif; margin: 1em; }
table { border-collapse: collapse; }
th, td { border: 1px solid #ccc; padding: 2px 6px; text-align: left; }
rect { fill: #eef3fb; stroke: #557; }
.port rect { fill: #f7f2e2; }
.arena rect { fill-opacity: 0.6; }
path { fill: none; stroke: #999; }
svg text { font-size: 11px; }
</style></head><body>
<h1>)html" +
         escapeHtml(title) + "</h1>\n" + intro +
         "<p><input id=\"find\" placeholder=\"search\"></p>\n"
         "<table><thead><tr>" +
         head + "</tr></thead><tbody id=\"rows\">\n" + rows +
         "</tbody></table>\n" + rest + R"html(<script>
document.getElementById("find").oninput = function () {
  const wanted = this.value.toLowerCase();
  for (const row of document.getElementById("rows").rows)
    row.hidden = !row.textContent.toLowerCase().includes(wanted);
};
</script></body></html>
)html";
}
