//===- PlanCodec.cpp - plans as FlatBuffers -------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Translates between plan.fbs and the structs of Plan.h.
//===----------------------------------------------------------------------===//
#include "runtime/core/Plan.h"

#include "support/Precision.h"

#include <algorithm>
#include <cstring>

#ifdef __clang__ // generated code does not comply with this project's warnings
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wcovered-switch-default"
#endif
#include "runtime/core/plan_generated.h"
#ifdef __clang__
#pragma clang diagnostic pop
#endif

using namespace graft;
using namespace graft::runtime;
namespace fb = flatbuffers;

bool Plan::isStatic() const {
  return std::all_of(
      tensors.begin(), tensors.end(),
      [](const PlanTensor &tensor) { return tensor.type.isStatic(); });
}

bool PlanTensor::takes(const ops::Shape &shape) const {
  bool fits = shape.size() == type.shape.size();
  for (size_t d = 0; fits && d < shape.size(); ++d) {
    fits = shape[d] >= 0 &&
           (type.shape[d] == ops::kDynamic || type.shape[d] == shape[d]);
    if (fits && !limits.empty())
      fits = shape[d] >= limits[2 * d] &&
             (limits[2 * d + 1] < 0 || shape[d] <= limits[2 * d + 1]);
  }
  return fits;
}

std::string PlanTensor::describe() const {
  std::string text;
  for (size_t d = 0; d < type.shape.size(); ++d) {
    int64_t size = type.shape[d];
    int64_t least = limits.empty() ? 0 : limits[2 * d];
    int64_t most = limits.empty() ? -1 : limits[2 * d + 1];
    if (size != ops::kDynamic)
      text += std::to_string(size);
    else if (least <= 0 && most < 0)
      text += "?";
    else
      text +=
          std::to_string(least) + ".." + (most < 0 ? "" : std::to_string(most));
    text += "x";
  }
  return text + std::string(ops::name(type.dtype));
}

namespace {

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

using Builder = fb::FlatBufferBuilder;

fb::Offset<fb::String> text(Builder &builder, std::string_view value) {
  return value.empty() ? fb::Offset<fb::String>() : builder.CreateString(value);
}

fb::Offset<planfile::Attribute> encode(Builder &builder,
                                       const std::string &name,
                                       const ops::AttributeValue &value) {
  auto key = builder.CreateString(name);
  planfile::AttributeValue kind = planfile::AttributeValue_NONE;
  fb::Offset<void> held;
  if (auto *integer = std::get_if<int64_t>(&value)) {
    kind = planfile::AttributeValue_IntValue;
    held = planfile::CreateIntValue(builder, *integer).Union();
  } else if (auto *number = std::get_if<double>(&value)) {
    kind = planfile::AttributeValue_FloatValue;
    held = planfile::CreateFloatValue(builder, *number).Union();
  } else if (auto *string = std::get_if<std::string>(&value)) {
    kind = planfile::AttributeValue_StringValue;
    held = planfile::CreateStringValue(builder, builder.CreateString(*string))
               .Union();
  } else if (auto *integers = std::get_if<std::vector<int64_t>>(&value)) {
    kind = planfile::AttributeValue_IntsValue;
    held = planfile::CreateIntsValue(builder, builder.CreateVector(*integers))
               .Union();
  } else {
    kind = planfile::AttributeValue_FloatsValue;
    held =
        planfile::CreateFloatsValue(
            builder, builder.CreateVector(std::get<std::vector<double>>(value)))
            .Union();
  }
  return planfile::CreateAttribute(builder, key, kind, held);
}

fb::Offset<planfile::Tensor> encode(Builder &builder,
                                    const PlanTensor &tensor) {
  auto shape = builder.CreateVector(tensor.type.shape);
  auto layout = text(builder, tensor.layout);
  auto name = text(builder, tensor.name);
  fb::Offset<fb::Vector<int64_t>> limits;
  if (!tensor.limits.empty())
    limits = builder.CreateVector(tensor.limits);
  return planfile::CreateTensor(
      builder, static_cast<uint8_t>(tensor.type.dtype), shape,
      static_cast<planfile::Storage>(tensor.storage), tensor.offset,
      tensor.bytes, layout, tensor.parent, tensor.axis, tensor.start, name,
      limits, tensor.fallback, static_cast<uint8_t>(tensor.space));
}

fb::Offset<planfile::Launch> encode(Builder &builder,
                                    const PlanLaunch &launch) {
  std::vector<fb::Offset<planfile::Attribute>> attributes;
  for (const auto &[name, value] : launch.op.attributes)
    attributes.push_back(encode(builder, name, value));
  std::vector<fb::Offset<planfile::Epilogue>> epilogues;
  for (const ops::Epilogue &epilogue : launch.op.epilogues)
    epilogues.push_back(planfile::CreateEpilogue(
        builder, builder.CreateString(epilogue.kind), epilogue.operand,
        epilogue.alpha, epilogue.beta));
  auto name = builder.CreateString(launch.name);
  auto kind = builder.CreateString(launch.op.kind);
  auto provider = builder.CreateString(launch.provider);
  auto tactic = text(builder, launch.tactic);
  auto precision = text(builder, toStoredPrecision(launch.precision));
  auto attributeList = builder.CreateVector(attributes);
  auto epilogueList = builder.CreateVector(epilogues);
  auto inputs = builder.CreateVector(launch.inputs);
  auto outputs = builder.CreateVector(launch.outputs);
  auto nodes = builder.CreateVectorOfStrings(launch.nodes);
  return planfile::CreateLaunch(builder, name, kind, provider, tactic,
                                precision, attributeList, epilogueList, inputs,
                                outputs, nodes);
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

/// Tables may be shared, so a small file could describe a large plan. The
/// reader therefore limits the plan to a multiple of the file's size.
class Reader {
public:
  explicit Reader(size_t bytes) : budget(bytes * 64 + (1 << 20)) {}

  std::string text(const fb::String *value) {
    if (!value || !spend(value->size()))
      return {};
    return value->str();
  }

  template <typename T>
  std::vector<T> numbers(const fb::Vector<T> *values) {
    if (!values || !spend(values->size() * sizeof(T)))
      return {};
    // The verifier does not check the alignment of a vector's elements.
    std::vector<T> copy(values->size());
    if (!copy.empty())
      std::memcpy(copy.data(), values->Data(), copy.size() * sizeof(T));
    return copy;
  }

  /// `fn` of each element.
  template <typename T, typename Fn>
  void forEach(const fb::Vector<T> *values, Fn &&fn) {
    if (!values || !spend(values->size() * 64))
      return;
    for (auto *value : *values)
      if (!spent)
        fn(*value);
  }

  bool exhausted() const { return spent; }

private:
  bool spend(uint64_t bytes) {
    // A few bytes for the struct that holds even an empty vector.
    bytes += 16;
    spent = spent || bytes > budget;
    budget -= spent ? 0 : bytes;
    return !spent;
  }

  uint64_t budget;
  bool spent = false;
};

bool decode(Reader &reader, const planfile::Attribute &attribute,
            ops::Attributes &attributes) {
  ops::AttributeValue value;
  if (auto *integer = attribute.value_as_IntValue())
    value = integer->value();
  else if (auto *number = attribute.value_as_FloatValue())
    value = number->value();
  else if (auto *string = attribute.value_as_StringValue())
    value = reader.text(string->value());
  else if (auto *integers = attribute.value_as_IntsValue())
    value = reader.numbers(integers->value());
  else if (auto *floats = attribute.value_as_FloatsValue())
    value = reader.numbers(floats->value());
  else
    return false;
  attributes.set(reader.text(attribute.name()), std::move(value));
  return true;
}

} // namespace

std::string graft::runtime::encodePlan(const Plan &plan) {
  Builder builder;
  std::vector<fb::Offset<planfile::Tensor>> tensors;
  for (const PlanTensor &tensor : plan.tensors)
    tensors.push_back(encode(builder, tensor));
  std::vector<fb::Offset<planfile::Launch>> launches;
  for (const PlanLaunch &launch : plan.launches)
    launches.push_back(encode(builder, launch));
  auto producer = text(builder, plan.producer);
  auto name = text(builder, plan.name);
  auto precision = text(builder, toStoredPrecision(plan.precision));
  auto tensorList = builder.CreateVector(tensors);
  auto inputs = builder.CreateVector(plan.inputs);
  auto outputs = builder.CreateVector(plan.outputs);
  auto launchList = builder.CreateVector(launches);
  auto features = builder.CreateVectorOfStrings(plan.features);
  auto target = text(builder, plan.target);
  builder.Finish(planfile::CreatePlan(builder, producer, name, precision,
                                      tensorList, inputs, outputs, launchList,
                                      plan.arenaBytes, features, target));
  return std::string(reinterpret_cast<const char *>(builder.GetBufferPointer()),
                     builder.GetSize());
}

Expected<Plan> graft::runtime::decodePlan(std::string_view metadata) {
  constexpr unsigned kMaxDepth = 16;
  constexpr unsigned kMaxTables = 1u << 22;
  fb::Verifier verifier(reinterpret_cast<const uint8_t *>(metadata.data()),
                        metadata.size(), kMaxDepth, kMaxTables);
  if (metadata.size() < 16 || !planfile::VerifyPlanBuffer(verifier))
    return Status::badInput("the plan's metadata is not well formed");
  const planfile::Plan &root = *planfile::GetPlan(metadata.data());
  Reader reader(metadata.size());
  Plan plan;
  plan.producer = reader.text(root.producer());
  plan.name = reader.text(root.name());
  plan.precision = fromStoredPrecision(reader.text(root.precision()));
  plan.target = reader.text(root.target());
  plan.inputs = reader.numbers(root.inputs());
  plan.outputs = reader.numbers(root.outputs());
  plan.arenaBytes = root.arena_bytes();
  reader.forEach(root.features(), [&](const fb::String &feature) {
    plan.features.push_back(reader.text(&feature));
  });
  bool valid = true;
  reader.forEach(root.tensors(), [&](const planfile::Tensor &from) {
    PlanTensor &tensor = plan.tensors.emplace_back();
    valid = valid && from.dtype() < ops::kNumDTypes &&
            from.storage() <= planfile::Storage_MAX &&
            from.space() < kNumMemorySpaces;
    if (!valid)
      return;
    tensor.type.dtype = static_cast<ops::DType>(from.dtype());
    tensor.type.shape = reader.numbers(from.shape());
    tensor.storage = static_cast<Storage>(from.storage());
    tensor.offset = from.offset();
    tensor.bytes = from.bytes();
    tensor.layout = reader.text(from.layout());
    tensor.parent = from.parent();
    tensor.axis = from.axis();
    tensor.start = from.start();
    tensor.name = reader.text(from.name());
    tensor.limits = reader.numbers(from.limits());
    tensor.fallback = from.fallback();
    tensor.space = static_cast<MemorySpace>(from.space());
  });
  reader.forEach(root.launches(), [&](const planfile::Launch &from) {
    PlanLaunch &launch = plan.launches.emplace_back();
    launch.name = reader.text(from.name());
    launch.op.kind = reader.text(from.kind());
    launch.provider = reader.text(from.provider());
    launch.tactic = reader.text(from.tactic());
    launch.precision = fromStoredPrecision(reader.text(from.precision()));
    launch.inputs = reader.numbers(from.inputs());
    launch.outputs = reader.numbers(from.outputs());
    reader.forEach(from.nodes(), [&](const fb::String &node) {
      launch.nodes.push_back(reader.text(&node));
    });
    reader.forEach(from.attributes(), [&](const planfile::Attribute &value) {
      valid = decode(reader, value, launch.op.attributes) && valid;
    });
    reader.forEach(from.epilogues(), [&](const planfile::Epilogue &epilogue) {
      launch.op.epilogues.push_back({reader.text(epilogue.kind()),
                                     epilogue.operand(), epilogue.alpha(),
                                     epilogue.beta()});
    });
  });
  if (!valid || reader.exhausted())
    return Status::badInput(
        "the plan's metadata is not well formed: " +
        std::string(valid ? "it repeats itself" : "it has unknown values"));
  return plan;
}
