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

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

/// A file of one record, mapped where the file system can.
struct HeldEngines::File {
  std::string path;
  std::unique_ptr<tf::ReadOnlyMemoryRegion> region;
  tf::tstring copy; ///< of the record, without a region
  std::string_view plan;
};

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
      add(std::move(shapes), *std::move(engine), /*origin=*/0, capacity);
    else
      LOG(WARNING) << path << ": record " << count
                   << " is no engine for this machine: "
                   << engine.status().message();
  }
}

absl::StatusOr<int> HeldEngines::write(tf::Env *env, const std::string &path) {
  std::list<Entry> all;
  std::shared_ptr<const File> one;
  {
    std::lock_guard<std::mutex> lock(mutex);
    all = entries;
    one = this->file;
  }
  std::unique_ptr<tf::WritableFile> file;
  if (absl::Status s = env->NewWritableFile(path, &file); !s.ok())
    return s;
  tf::io::RecordWriter writer(file.get());
  if (one)
    if (absl::Status s = writer.WriteRecord(writeMessage({}, one->plan));
        !s.ok())
      return s;
  for (const Entry &entry : all)
    if (absl::Status s = writer.WriteRecord(
            writeMessage(entry.shapes, entry.engine->plan()));
        !s.ok())
      return s;
  if (absl::Status s = writer.Close(); !s.ok())
    return s;
  if (absl::Status s = file->Close(); !s.ok())
    return s;
  return static_cast<int>(all.size()) + (one ? 1 : 0);
}

/// The record of a TFRecord file that has just one; empty if it has not.
static std::string_view onlyRecord(std::string_view file) {
  constexpr size_t head = 12, tail = 4;
  uint64_t length = 0;
  for (size_t i = 0; i < 8 && file.size() >= head + tail; ++i)
    length |= uint64_t(static_cast<unsigned char>(file[i])) << (8 * i);
  if (length == 0 || length != file.size() - head - tail)
    return {};
  return file.substr(head, length);
}

absl::Status HeldEngines::keep(tf::Env *env, const std::string &path) {
  auto kept = std::make_shared<File>();
  kept->path = path;
  std::string_view record;
  // The plan has checksums of its own; the record's is only looked at where the
  // file is read.
  if (env->NewReadOnlyMemoryRegionFromFile(path, &kept->region).ok()) {
    record = onlyRecord({static_cast<const char *>(kept->region->data()),
                         static_cast<size_t>(kept->region->length())});
  } else {
    std::unique_ptr<tf::RandomAccessFile> opened;
    if (absl::Status s = env->NewRandomAccessFile(path, &opened); !s.ok())
      return s;
    uint64_t offset = 0;
    tf::io::RecordReader reader(opened.get());
    if (absl::Status s = reader.ReadRecord(&offset, &kept->copy); !s.ok())
      return s;
    record = {kept->copy.data(), kept->copy.size()};
  }
  Shapes shapes;
  if (record.empty() || !readMessage(record, shapes, kept->plan))
    return absl::DataLossError(
        absl::StrCat(path, " must be one record, a TRTEngineInstance message"));
  std::lock_guard<std::mutex> lock(mutex);
  file = std::move(kept);
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<SharedEngine>> HeldEngines::kept() {
  std::shared_ptr<const File> from;
  {
    std::lock_guard<std::mutex> lock(mutex);
    from = file;
  }
  if (!from)
    return absl::NotFoundError("its resource has no plan");
  absl::StatusOr<std::shared_ptr<SharedEngine>> engine =
      SharedEngine::get(from->plan);
  if (!engine.ok())
    return absl::Status(
        engine.status().code(),
        absl::StrCat(from->path, ": ", engine.status().message()));
  return engine;
}

std::string HeldEngines::folder() const {
  std::lock_guard<std::mutex> lock(mutex);
  return file ? file->path.substr(0, file->path.rfind('/')) : std::string();
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
  return entries.empty() && !file;
}

template <typename Fn>
std::shared_ptr<SharedEngine> HeldEngines::findIf(uint64_t origin, Fn &&fits) {
  std::lock_guard<std::mutex> lock(mutex);
  for (auto it = entries.begin(); it != entries.end(); ++it) {
    if ((it->origin != 0 && it->origin != origin) || !fits(*it))
      continue;
    entries.splice(entries.begin(), entries, it);
    return entries.front().engine;
  }
  return nullptr;
}

std::shared_ptr<SharedEngine> HeldEngines::find(const Shapes &shapes,
                                                uint64_t origin) {
  return findIf(origin, [&](const Entry &entry) {
    return entry.engine->numInputs() == shapes.size() &&
           entry.engine->accepts(shapes);
  });
}

std::shared_ptr<SharedEngine> HeldEngines::findExact(const Shapes &shapes,
                                                     uint64_t origin) {
  return findIf(origin,
                [&](const Entry &entry) { return entry.shapes == shapes; });
}

void HeldEngines::add(Shapes shapes, std::shared_ptr<SharedEngine> engine,
                      uint64_t origin, size_t capacity) {
  std::list<Entry> dropped; // freed when the lock is
  std::lock_guard<std::mutex> lock(mutex);
  for (auto it = entries.begin(); it != entries.end(); ++it)
    if (it->shapes == shapes && it->origin == origin) {
      dropped.splice(dropped.end(), entries, it);
      break;
    }
  entries.push_front({std::move(shapes), std::move(engine), origin});
  while (entries.size() > std::max<size_t>(capacity, 1))
    dropped.splice(dropped.end(), entries, std::prev(entries.end()));
}
