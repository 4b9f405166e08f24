//===- Drawing.cpp - a graph to look at -----------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/graft/Drawing.h"

#include <algorithm>
#include <tuple>

using namespace graft;

void Drawing::connect(size_t from, size_t to) {
  std::pair edge(from, to);
  // Edges to one node are added one after the other.
  for (auto it = edges.rbegin(); it != edges.rend() && it->second == to; ++it)
    if (*it == edge)
      return;
  edges.push_back(edge);
}

//===----------------------------------------------------------------------===//
// Graphviz
//===----------------------------------------------------------------------===//

static std::string quoteDot(std::string_view text) {
  std::string quoted;
  for (char c : text) {
    if (c == '"' || c == '\\')
      quoted += '\\';
    quoted += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return quoted;
}

std::string graft::toDot(const Drawing &drawing, std::string_view name) {
  std::string text = "digraph \"" + quoteDot(name) +
                     "\" {\n  node [shape=box, fontname=\"sans-serif\"];\n";
  for (size_t i = 0; i < drawing.nodes.size(); ++i) {
    const Drawing::Node &node = drawing.nodes[i];
    text += "  n" + std::to_string(i) + " [label=\"";
    for (size_t line = 0; line < node.lines.size(); ++line)
      text += (line ? "\\n" : "") + quoteDot(node.lines[line]);
    text += "\", tooltip=\"" + quoteDot(node.details) + '"';
    text += node.isPort ? ", shape=ellipse];\n" : "];\n";
  }
  for (auto [from, to] : drawing.edges)
    text += "  n" + std::to_string(from) + " -> n" + std::to_string(to) + ";\n";
  return text + "}\n";
}

//===----------------------------------------------------------------------===//
// SVG
//===----------------------------------------------------------------------===//

std::string graft::escapeHtml(std::string_view text) {
  std::string escaped;
  for (char c : text)
    switch (c) {
    case '&':
      escaped += "&amp;";
      break;
    case '<':
      escaped += "&lt;";
      break;
    case '>':
      escaped += "&gt;";
      break;
    case '"':
      escaped += "&quot;";
      break;
    default:
      // Neither format has other control characters.
      escaped += static_cast<unsigned char>(c) < ' ' && c != '\n' ? ' ' : c;
    }
  return escaped;
}

namespace {

constexpr int kNodeWidth = 190, kLineHeight = 15, kGapX = 24, kGapY = 34;

/// Where each node is.
class Layout {
public:
  explicit Layout(const Drawing &drawing) : drawing(drawing) {
    readers.resize(drawing.nodes.size());
    writers.resize(drawing.nodes.size());
    for (auto [from, to] : drawing.edges) {
      readers[from].push_back(to);
      writers[to].push_back(from);
    }
    assignLayers();
    placeNodes();
  }

  int x(size_t node) const { return column[node] * (kNodeWidth + kGapX); }
  int y(size_t node) const { return top[layer[node]]; }
  int height(size_t node) const {
    return int(drawing.nodes[node].lines.size()) * kLineHeight + 10;
  }
  int totalWidth() const { return int(widest) * (kNodeWidth + kGapX); }
  int totalHeight() const { return top.back(); }

private:
  /// One below the lowest of those that it reads; what reads nothing is one
  /// above the highest of its readers.
  void assignLayers() {
    layer.assign(drawing.nodes.size(), 0);
    std::vector<size_t> waiting(drawing.nodes.size()), ready;
    for (size_t i = 0; i < waiting.size(); ++i) {
      waiting[i] = writers[i].size();
      if (waiting[i] == 0)
        ready.push_back(i);
    }
    for (size_t i = 0; i < ready.size(); ++i)
      for (size_t reader : readers[ready[i]]) {
        layer[reader] = std::max(layer[reader], layer[ready[i]] + 1);
        if (--waiting[reader] == 0)
          ready.push_back(reader);
      }
    // Constants stand above what reads them, not all in the first row.
    for (size_t i = 0; i < layer.size(); ++i) {
      if (!writers[i].empty() || readers[i].empty())
        continue;
      size_t first = SIZE_MAX;
      for (size_t reader : readers[i])
        first = std::min(first, layer[reader]);
      layer[i] = first == 0 ? 0 : first - 1;
    }
  }

  /// In each layer in the order of the middle of what they read.
  void placeNodes() {
    size_t layers = 1;
    for (size_t l : layer)
      layers = std::max(layers, l + 1);
    std::vector<std::vector<size_t>> rows(layers);
    for (size_t i = 0; i < layer.size(); ++i)
      rows[layer[i]].push_back(i);
    column.assign(layer.size(), 0);
    top.assign(1, 0);
    for (std::vector<size_t> &row : rows) {
      std::vector<double> middle(layer.size());
      int tallest = 0;
      for (size_t node : row) {
        for (size_t writer : writers[node])
          middle[node] += column[writer] / double(writers[node].size());
        tallest = std::max(tallest, height(node));
      }
      std::sort(row.begin(), row.end(), [&](size_t a, size_t b) {
        return std::tie(middle[a], a) < std::tie(middle[b], b);
      });
      int next = 0;
      for (size_t node : row) {
        column[node] = std::max(next, int(middle[node]));
        next = column[node] + 1;
      }
      widest = std::max(widest, size_t(next));
      top.push_back(top.back() + tallest + kGapY);
    }
  }

  const Drawing &drawing;
  std::vector<std::vector<size_t>> readers, writers;
  std::vector<size_t> layer;
  std::vector<int> column, top;
  size_t widest = 1;
};

} // namespace

/// The text, cut where it is wider than a node.
static std::string fit(std::string_view text) {
  constexpr size_t kMost = 28;
  return text.size() <= kMost ? std::string(text)
                              : std::string(text.substr(0, kMost - 3)) + "...";
}

std::string graft::toSvg(const Drawing &drawing) {
  Layout layout(drawing);
  auto number = [](int value) { return std::to_string(value); };
  std::string text = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" +
                     number(layout.totalWidth()) + "\" height=\"" +
                     number(layout.totalHeight()) + "\">\n";
  for (auto [from, to] : drawing.edges) {
    int x1 = layout.x(from) + kNodeWidth / 2,
        x2 = layout.x(to) + kNodeWidth / 2;
    int y1 = layout.y(from) + layout.height(from), y2 = layout.y(to);
    int middle = (y1 + y2) / 2;
    text += "<path d=\"M" + number(x1) + ' ' + number(y1) + " C" + number(x1) +
            ' ' + number(middle) + ' ' + number(x2) + ' ' + number(middle) +
            ' ' + number(x2) + ' ' + number(y2) + "\"/>\n";
  }
  for (size_t i = 0; i < drawing.nodes.size(); ++i) {
    const Drawing::Node &node = drawing.nodes[i];
    text += "<g" + std::string(node.isPort ? " class=\"port\"" : "") +
            "><title>" + escapeHtml(node.details) + "</title><rect x=\"" +
            number(layout.x(i)) + "\" y=\"" + number(layout.y(i)) +
            "\" width=\"" + number(kNodeWidth) + "\" height=\"" +
            number(layout.height(i)) + "\"/>";
    for (size_t line = 0; line < node.lines.size(); ++line)
      text += "<text x=\"" + number(layout.x(i) + 6) + "\" y=\"" +
              number(layout.y(i) + 17 + int(line) * kLineHeight) + "\">" +
              escapeHtml(fit(node.lines[line])) + "</text>";
    text += "</g>\n";
  }
  return text + "</svg>\n";
}
