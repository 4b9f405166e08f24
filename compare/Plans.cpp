//===- Plans.cpp - where two plans differ ---------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Layer by layer: what runs, by whom, how, on which tensors, where these are.
//===----------------------------------------------------------------------===//
#include "compare/DifferenceList.h"

#include "runtime/core/Engine.h"
#include "support/MappedFile.h"

#include <cstdio>
#include <unordered_map>

using namespace graft;
using runtime::Plan;
using runtime::PlanFile;
using runtime::PlanLaunch;
using runtime::PlanTensor;
using runtime::Storage;

template <typename List, typename Print>
static std::string join(const List &list, Print print) {
  std::string text;
  for (const auto &element : list)
    text += (text.empty() ? "" : " ") + print(element);
  return text;
}

static std::string join(const std::vector<std::string> &list) {
  return join(list, [](const std::string &text) { return text; });
}

/// All digits that tell two numbers apart.
static std::string print(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.17g", value);
  return text;
}

namespace {
struct AttributePrinter {
  std::string operator()(int64_t value) const { return std::to_string(value); }
  std::string operator()(double value) const { return print(value); }
  std::string operator()(const std::string &value) const { return value; }
  std::string operator()(const std::vector<int64_t> &value) const {
    return "[" + join(value, [](int64_t v) { return std::to_string(v); }) + "]";
  }
  std::string operator()(const std::vector<double> &value) const {
    return "[" + join(value, [](double v) { return print(v); }) + "]";
  }
};
} // namespace

static std::string print(const ops::Attributes &attributes) {
  return join(attributes, [](const auto &entry) {
    return entry.first + "=" + std::visit(AttributePrinter(), entry.second);
  });
}

static std::string print(const ops::Epilogue &epilogue) {
  std::string text = epilogue.kind;
  if (epilogue.operand >= 0)
    text += "(" + std::to_string(epilogue.operand) + ")";
  if (epilogue.alpha != 0 || epilogue.beta != 0)
    text += "[" + print(epilogue.alpha) + " " + print(epilogue.beta) + "]";
  return text;
}

/// What a tensor is and where it is, without the numbers of other tensors.
static std::string print(const PlanTensor &tensor) {
  static constexpr const char *storages[] = {"input", "output", "constant",
                                             "arena", "view"};
  std::string text = tensor.describe() + " in " +
                     storages[static_cast<size_t>(tensor.storage)];
  if (tensor.storage == Storage::Constant || tensor.storage == Storage::Arena)
    text += " at " + std::to_string(tensor.offset);
  if (!tensor.layout.empty())
    text += " as " + tensor.layout;
  if (tensor.storage == Storage::View)
    text += " of tensor " + std::to_string(tensor.parent) + ", axis " +
            std::to_string(tensor.axis) + " from " +
            std::to_string(tensor.start);
  if (!tensor.name.empty())
    text += " '" + tensor.name + "'";
  return text;
}

static std::string print(const Plan &plan, const std::vector<uint32_t> &list) {
  return join(list, [&](uint32_t index) {
    return "{" + print(plan.tensors[index]) + "}";
  });
}

static void compareLaunches(const Plan &left, const PlanLaunch &a,
                            const Plan &right, const PlanLaunch &b,
                            DifferenceList &differences) {
  std::string where = "layer '" + a.name + "'";
  auto check = [&](const char *what, const std::string &x,
                   const std::string &y) {
    differences.check("layer", where, what, x, y);
  };
  auto printEpilogue = [](const ops::Epilogue &epilogue) {
    return print(epilogue);
  };
  check("kind", a.op.kind, b.op.kind);
  check("attributes", print(a.op.attributes), print(b.op.attributes));
  check("epilogues", join(a.op.epilogues, printEpilogue),
        join(b.op.epilogues, printEpilogue));
  check("provider", a.provider, b.provider);
  check("tactic", a.tactic, b.tactic);
  check("precision", a.precision, b.precision);
  check("inputs", print(left, a.inputs), print(right, b.inputs));
  check("outputs", print(left, a.outputs), print(right, b.outputs));
  check("nodes", join(a.nodes), join(b.nodes));
}

/// The layers by their names, which are unique.
static void compareLaunches(const Plan &left, const Plan &right,
                            DifferenceList &differences) {
  std::unordered_map<std::string_view, size_t> index;
  for (size_t i = 0; i < right.launches.size(); ++i)
    index.emplace(right.launches[i].name, i);
  std::vector<bool> seen(right.launches.size());
  size_t last = 0;
  bool ordered = true;
  for (const PlanLaunch &launch : left.launches) {
    auto found = index.find(launch.name);
    if (found == index.end()) {
      differences.add("layer", "layer '" + launch.name + "'", "",
                      launch.op.kind, "");
      continue;
    }
    seen[found->second] = true;
    compareLaunches(left, launch, right, right.launches[found->second],
                    differences);
    if (ordered && found->second < last) {
      ordered = false;
      differences.add("order", "layer '" + launch.name + "'", "",
                      "later than '" + right.launches[last].name + "'",
                      "earlier");
    }
    last = std::max(last, found->second);
  }
  for (size_t i = 0; i < right.launches.size(); ++i)
    if (!seen[i])
      differences.add("layer", "layer '" + right.launches[i].name + "'", "", "",
                      right.launches[i].op.kind);
}

/// The first layer that reads the constant at `offset` of the weights.
static std::string readerOf(const Plan &plan, uint64_t offset) {
  for (const PlanLaunch &launch : plan.launches)
    for (uint32_t index : launch.inputs) {
      const PlanTensor &tensor = plan.tensors[index];
      if (tensor.storage == Storage::Constant && tensor.offset <= offset &&
          offset - tensor.offset < tensor.bytes)
        return "layer '" + launch.name + "'";
    }
  return "";
}

static void compareWeights(const PlanFile &left, const PlanFile &right,
                           DifferenceList &differences) {
  std::string_view a = left.weights(), b = right.weights();
  differences.check("weights", "", "bytes", std::to_string(a.size()),
                    std::to_string(b.size()));
  auto [x, y] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (x == a.end() || y == b.end())
    return;
  uint64_t offset = x - a.begin();
  differences.add("weights", readerOf(left.plan(), offset),
                  "byte " + std::to_string(offset),
                  std::to_string(static_cast<unsigned char>(*x)),
                  std::to_string(static_cast<unsigned char>(*y)));
}

Status graft::comparePlans(const std::string &leftPath,
                           const std::string &rightPath,
                           ComparisonReport &report,
                           DifferenceList &differences) {
  Expected<PlanFile> left = PlanFile::open(leftPath);
  if (!left)
    return left.status();
  Expected<PlanFile> right = PlanFile::open(rightPath);
  if (!right)
    return right.status();
  Expected<MappedFile> leftFile = MappedFile::open(leftPath);
  Expected<MappedFile> rightFile = MappedFile::open(rightPath);
  if (!leftFile || !rightFile)
    return leftFile ? rightFile.status() : leftFile.status();
  report.identical = leftFile->bytes() == rightFile->bytes();
  if (report.identical)
    return Status();
  const Plan &a = left->plan(), &b = right->plan();
  auto check = [&](const char *what, const std::string &x,
                   const std::string &y) {
    differences.check("plan", "", what, x, y);
  };
  check("producer", a.producer, b.producer);
  check("name", a.name, b.name);
  check("precision", a.precision, b.precision);
  check("features", join(a.features), join(b.features));
  check("inputs", print(a, a.inputs), print(b, b.inputs));
  check("outputs", print(a, a.outputs), print(b, b.outputs));
  check("arena bytes", std::to_string(a.arenaBytes),
        std::to_string(b.arenaBytes));
  compareLaunches(a, b, differences);
  compareWeights(*left, *right, differences);
  return Status();
}
