//===- HeldEngines.cpp - engines that a resource holds --------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The message has two fields, so it is read and written by hand:
//   repeated TensorShapeProto input_shapes = 1; bytes serialized_engine = 2;
//===----------------------------------------------------------------------===//
#include "tensorflow/HeldEngines.h"

#include "tensorflow/core/framework/tensor_shape.pb.h"
#include "tensorflow/core/lib/io/record_reader.h"
#include "tensorflow/core/lib/io/record_writer.h"

#include "absl/strings/str_cat.h"

using namespace graft;
namespace tf = ::tensorflow;

//===----------------------------------------------------------------------===//
// The message
//===----------------------------------------------------------------------===//

namespace {

constexpr uint64_t kShapeTag = 1 << 3 | 2, kEngineTag = 2 << 3 | 2;

bool takeVarint(std::string_view &bytes, uint64_t &value) {
  value = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    value |= uint64_t(byte & 0x7f) << shift;
    if (!(byte & 0x80))
      return true;
  }
  return false;
}

void addVarint(std::string &bytes, uint64_t value) {
  for (; value >= 0x80; value >>= 7)
    bytes.push_back(static_cast<char>(value | 0x80));
  bytes.push_back(static_cast<char>(value));
}

/// Both fields are length-delimited; TF-TRT writes no others.
bool readMessage(std::string_view bytes, Shapes &shapes,
                 std::string_view &plan) {
  while (!bytes.empty()) {
    uint64_t tag = 0, length = 0;
    if (!takeVarint(bytes, tag) || !takeVarint(bytes, length) ||
        length > bytes.size())
      return false;
    std::string_view field = bytes.substr(0, length);
    bytes.remove_prefix(length);
    if (tag == kEngineTag) {
      plan = field;
    } else if (tag == kShapeTag) {
      tf::TensorShapeProto proto;
      tf::TensorShape shape;
      if (!proto.ParseFromString(std::string(field)) ||
          !tf::TensorShape::BuildTensorShape(proto, &shape).ok())
        return false;
      shapes.push_back(shape);
    } else {
      return false;
    }
  }
  return true;
}

std::string writeMessage(const Shapes &shapes, std::string_view plan) {
  std::string bytes;
  for (const tf::TensorShape &shape : shapes) {
    std::string field = shape.AsProto().SerializeAsString();
    addVarint(bytes, kShapeTag);
    addVarint(bytes, field.size());
    bytes += field;
  }
  addVarint(bytes, kEngineTag);
  addVarint(bytes, plan.size());
  bytes += plan;
  return bytes;
}

} // namespace

absl::StatusOr<int> HeldEngines::read(tf::Env *env, const std::string &path,
                                      size_t capacity) {
  std::unique_ptr<tf::RandomAccessFile> file;
  if (absl::Status s = env->NewRandomAccessFile(path, &file); !s.ok())
    return s;
  tf::io::RecordReader reader(file.get());
  uint64_t offset = 0;
  int count = 0;
  for (tf::tstring record;; ++count) {
    absl::Status status = reader.ReadRecord(&offset, &record);
    if (absl::IsOutOfRange(status))
      return count;
    if (!status.ok())
      return status;
    Shapes shapes;
    std::string_view plan;
    if (!readMessage({record.data(), record.size()}, shapes, plan))
      return absl::DataLossError(absl::StrCat(
          path, ": record ", count, " must be a TRTEngineInstance message"));
    absl::StatusOr<std::shared_ptr<SharedEngine>> engine =
        SharedEngine::get(plan);
    if (engine.ok())
      add(std::move(shapes), *std::move(engine), capacity);
    else
      LOG(WARNING) << path << ": record " << count
                   << " is no engine for this machine: "
                   << engine.status().message();
  }
}

absl::StatusOr<int> HeldEngines::write(tf::Env *env, const std::string &path) {
  std::list<Entry> all;
  {
    std::lock_guard<std::mutex> lock(mutex);
    all = entries;
  }
  std::unique_ptr<tf::WritableFile> file;
  if (absl::Status s = env->NewWritableFile(path, &file); !s.ok())
    return s;
  tf::io::RecordWriter writer(file.get());
  for (const Entry &entry : all)
    if (absl::Status s = writer.WriteRecord(
            writeMessage(entry.shapes, entry.engine->plan()));
        !s.ok())
      return s;
  if (absl::Status s = writer.Close(); !s.ok())
    return s;
  if (absl::Status s = file->Close(); !s.ok())
    return s;
  return static_cast<int>(all.size());
}

//===----------------------------------------------------------------------===//
// The engines
//===----------------------------------------------------------------------===//

std::string HeldEngines::DebugString() const {
  std::lock_guard<std::mutex> lock(mutex);
  return absl::StrCat("engines of Graft: ", entries.size());
}

bool HeldEngines::empty() const {
  std::lock_guard<std::mutex> lock(mutex);
  return entries.empty();
}

std::shared_ptr<SharedEngine> HeldEngines::find(const Shapes &shapes) {
  std::lock_guard<std::mutex> lock(mutex);
  for (auto it = entries.begin(); it != entries.end(); ++it) {
    if (it->engine->numInputs() != shapes.size() ||
        !it->engine->accepts(shapes))
      continue;
    entries.splice(entries.begin(), entries, it);
    return entries.front().engine;
  }
  return nullptr;
}

void HeldEngines::add(Shapes shapes, std::shared_ptr<SharedEngine> engine,
                      size_t capacity) {
  std::list<Entry> dropped; // freed when the lock is
  std::lock_guard<std::mutex> lock(mutex);
  for (auto it = entries.begin(); it != entries.end(); ++it)
    if (it->shapes == shapes) {
      dropped.splice(dropped.end(), entries, it);
      break;
    }
  entries.push_front({std::move(shapes), std::move(engine)});
  while (entries.size() > std::max<size_t>(capacity, 1))
    dropped.splice(dropped.end(), entries, std::prev(entries.end()));
}
