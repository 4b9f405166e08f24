//===- PlanMutator.h - damages the fields of a plan -----------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Fields are changed as values, so that the plan stays well formed and the
// damage reaches the checks of what it means. Words come from the plans that
// the mutator has been shown: another launch's tactic, another constant's
// layout.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TEST_UNIT_RUNTIME_PLANMUTATOR_H
#define GRAFT_TEST_UNIT_RUNTIME_PLANMUTATOR_H

#include "runtime/core/Backend.h"
#include "runtime/core/Plan.h"
#include "runtime/ops/Semantics.h"

#include <limits>
#include <random>
#include <set>

namespace graft::runtime::test {

class PlanMutator {
public:
  explicit PlanMutator(uint32_t seed) : random(seed) {
    for (const ops::OpSemantics &row : ops::allOperations())
      kinds.add(row.kind);
    for (const Provider *provider : findBackend("cpu")->providers())
      names.add(std::string(provider->name()));
    for (const char *kind : {"relu", "add", "mul", "gelu", "clip", "quantize"})
      epilogues.add(kind);
    for (const char *layout : {"even-blocks-of-16", "winograd-2x2-3x3", "ab"})
      layouts.add(layout);
    for (const char *name : {"strides", "pads", "axis", "axes", "window", "k",
                             "groups", "has_bias", "zero_point", "scale"})
      attributes.add(name);
  }

  void reseed(uint32_t seed) { random.seed(seed); }

  /// Collects the words of `plan`.
  void learn(const Plan &plan) {
    for (const PlanTensor &tensor : plan.tensors)
      layouts.add(tensor.layout);
    for (const PlanLaunch &launch : plan.launches) {
      tactics.add(launch.tactic);
      for (const ops::Epilogue &epilogue : launch.op.epilogues)
        epilogues.add(epilogue.kind);
      for (const auto &[name, value] : launch.op.attributes) {
        attributes.add(name);
        if (auto *word = std::get_if<std::string>(&value))
          texts.add(*word);
      }
    }
  }

  size_t below(size_t count) { return count ? random() % count : 0; }
  bool chance(size_t percent) { return below(100) < percent; }

  /// Changes one field, or several that belong together.
  void mutate(Plan &plan) {
    switch (below(12)) {
    case 0:
      return renameSize(plan);
    case 1:
      plan.arenaBytes = static_cast<uint64_t>(number(plan.arenaBytes));
      return;
    case 2:
      return mutateIndices(below(2) ? plan.inputs : plan.outputs,
                           plan.tensors.size());
    case 3:
      return rearrange(plan.launches);
    case 4:
      return swapTypes(plan.tensors);
    case 5:
    case 6:
    case 7:
      if (!plan.tensors.empty())
        mutate(any(plan.tensors), plan);
      return;
    default:
      if (!plan.launches.empty())
        mutate(any(plan.launches), plan);
      return;
    }
  }

  /// A bit of a byte of the weights, which say sizes and positions too.
  void mutateWeights(std::string &weights) {
    if (!weights.empty())
      weights[below(weights.size())] ^= static_cast<char>(1 << below(8));
  }

  /// A number near `old`, or near the edges of what a field may hold.
  int64_t number(uint64_t old = 0) {
    static const int64_t kEdges[] = {
        0,  1,         -1,        2,       3,         4,        7,
        8,  16,        63,        64,      65,        96,       -2,
        99, INT32_MAX, INT32_MIN, 1 << 20, INT64_MAX, INT64_MIN};
    switch (below(6)) {
    case 0:
      return static_cast<int64_t>(old + 1);
    case 1:
      return static_cast<int64_t>(old - 1);
    case 2:
      return static_cast<int64_t>(old * 2);
    case 3:
      return static_cast<int64_t>(old / 2);
    default:
      return kEdges[below(std::size(kEdges))];
    }
  }

private:
  /// Words that have been met, each once and in that order.
  class Words {
  public:
    void add(const std::string &word) {
      if (list.size() < 1000 && known.insert(word).second)
        list.push_back(word);
    }
    const std::string &operator[](size_t i) const { return list[i]; }
    size_t size() const { return list.size(); }

  private:
    std::set<std::string> known;
    std::vector<std::string> list;
  };

  template <typename T>
  T &any(std::vector<T> &values) {
    return values[below(values.size())];
  }

  void replace(std::string &text, const Words &words) {
    if (words.size() && chance(70))
      text = words[below(words.size())];
    else if (chance(30))
      text.clear();
    else if (!text.empty())
      text[below(text.size())] = static_cast<char>('0' + below(60));
  }

  double real(double old) {
    static const double kEdges[] = {0.0,
                                    -0.0,
                                    1e300,
                                    1e-310,
                                    -1.0,
                                    std::numeric_limits<double>::infinity(),
                                    std::numeric_limits<double>::quiet_NaN()};
    return chance(40) ? old * 2 : kEdges[below(std::size(kEdges))];
  }

  /// Numbers of a list: one of them, or how many there are.
  template <typename T, typename Change>
  void mutateList(std::vector<T> &values, Change &&change) {
    if (chance(20))
      values.push_back(static_cast<T>(change(T())));
    else if (chance(20) && !values.empty())
      values.pop_back();
    else if (!values.empty()) {
      T &value = any(values);
      value = static_cast<T>(change(value));
    }
  }

  void mutateNumbers(std::vector<int64_t> &values) {
    mutateList(values,
               [&](int64_t old) { return number(static_cast<uint64_t>(old)); });
  }

  void mutateIndices(std::vector<uint32_t> &values, size_t tensors) {
    mutateList(values, [&](uint32_t old) {
      return chance(90) ? below(tensors) : static_cast<size_t>(number(old));
    });
    if (chance(20) && values.size() > 1)
      std::swap(any(values), any(values));
  }

  /// One size gets another value wherever it occurs, so that shapes go on
  /// agreeing.
  void renameSize(Plan &plan) {
    if (plan.tensors.empty())
      return;
    const ops::Shape &shape = any(plan.tensors).type.shape;
    if (shape.empty())
      return;
    const int64_t from = shape[below(shape.size())];
    const int64_t to = number(static_cast<uint64_t>(from));
    for (PlanTensor &tensor : plan.tensors)
      for (int64_t &size : tensor.type.shape)
        size = size == from ? to : size;
  }

  void swapTypes(std::vector<PlanTensor> &tensors) {
    if (tensors.size() > 1)
      std::swap(any(tensors).type, any(tensors).type);
  }

  void rearrange(std::vector<PlanLaunch> &launches) {
    if (launches.size() < 2)
      return;
    if (chance(30))
      launches.erase(launches.begin() +
                     static_cast<ptrdiff_t>(below(launches.size())));
    else
      std::swap(any(launches), any(launches));
  }

  void mutate(PlanTensor &tensor, Plan &plan) {
    switch (below(12)) {
    case 0:
      tensor.type.dtype = static_cast<ops::DType>(below(ops::kNumDTypes));
      return;
    case 1:
      tensor.storage = static_cast<Storage>(below(5));
      return;
    case 2:
      tensor.offset = static_cast<uint64_t>(
          chance(50) ? static_cast<int64_t>(any(plan.tensors).offset)
                     : number(tensor.offset));
      if (chance(60))
        tensor.offset &= ~uint64_t(63);
      return;
    case 3:
      tensor.bytes = chance(50) ? any(plan.tensors).bytes
                                : static_cast<uint64_t>(number(tensor.bytes));
      return;
    case 4:
      return replace(tensor.layout, layouts);
    case 5:
      tensor.storage = Storage::View;
      tensor.parent = static_cast<int32_t>(below(plan.tensors.size()));
      tensor.axis = static_cast<int32_t>(below(5)) - 1;
      tensor.start = static_cast<int64_t>(below(4));
      return;
    case 6:
      tensor.parent = static_cast<int32_t>(number());
      return;
    case 7:
      tensor.start = number(static_cast<uint64_t>(tensor.start));
      return;
    case 8:
      tensor.limits.resize(2 * tensor.type.shape.size() + (chance(10) ? 1 : 0));
      for (int64_t &limit : tensor.limits)
        limit = chance(50) ? static_cast<int64_t>(below(8)) - 1 : number();
      return;
    case 9:
      tensor.fallback = static_cast<int32_t>(
          chance(70) ? static_cast<int64_t>(below(plan.tensors.size()))
                     : number());
      return;
    default:
      return mutateNumbers(tensor.type.shape);
    }
  }

  void mutate(ops::Attributes &values) {
    std::vector<std::string> present;
    for (const auto &[name, value] : values)
      present.push_back(name);
    if (present.empty() || chance(20)) {
      std::vector<int64_t> numbers(below(5));
      for (int64_t &value : numbers)
        value = number();
      const std::string &name = attributes[below(attributes.size())];
      if (below(2))
        values.set(name, number());
      else
        values.set(name, numbers);
      return;
    }
    const std::string &name = any(present);
    ops::AttributeValue value = *values.find(name);
    if (auto *integer = std::get_if<int64_t>(&value))
      *integer = number(static_cast<uint64_t>(*integer));
    else if (auto *one = std::get_if<double>(&value))
      *one = real(*one);
    else if (auto *text = std::get_if<std::string>(&value))
      replace(*text, texts);
    else if (auto *integers = std::get_if<std::vector<int64_t>>(&value))
      mutateNumbers(*integers);
    else
      mutateList(std::get<std::vector<double>>(value),
                 [&](double old) { return real(old); });
    values.set(name, std::move(value));
  }

  void mutate(std::vector<ops::Epilogue> &steps, PlanLaunch &launch,
              size_t tensors) {
    if (steps.empty() || chance(30)) {
      ops::Epilogue added;
      replace(added.kind, epilogues);
      if (below(2)) {
        added.operand = static_cast<int32_t>(launch.inputs.size());
        launch.inputs.push_back(static_cast<uint32_t>(below(tensors)));
      }
      steps.push_back(added);
      return;
    }
    ops::Epilogue &step = any(steps);
    switch (below(5)) {
    case 0:
      step.operand =
          static_cast<int32_t>(number(static_cast<uint64_t>(step.operand)));
      return;
    case 1:
      step.alpha = real(step.alpha);
      return;
    case 2:
      step.beta = real(step.beta);
      return;
    case 3:
      return replace(step.kind, epilogues);
    default:
      steps.pop_back();
      return;
    }
  }

  void mutate(PlanLaunch &launch, Plan &plan) {
    switch (below(10)) {
    case 0:
      return replace(launch.op.kind, kinds);
    case 1:
      return replace(launch.provider, names);
    case 2:
      return replace(launch.tactic, tactics);
    case 3:
    case 4:
      return mutateIndices(launch.inputs, plan.tensors.size());
    case 5:
      return mutateIndices(launch.outputs, plan.tensors.size());
    case 6:
      return mutate(launch.op.epilogues, launch, plan.tensors.size());
    default:
      return mutate(launch.op.attributes);
    }
  }

  std::mt19937 random;
  Words kinds, names, tactics, layouts, epilogues, attributes, texts;
};

} // namespace graft::runtime::test

#endif // GRAFT_TEST_UNIT_RUNTIME_PLANMUTATOR_H
