//===- Samples.cpp - the data of a calibration, batch by batch ------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "calibration/Samples.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#define XXH_INLINE_ALL
#include <xxhash.h>

using namespace graft;
namespace fs = std::filesystem;

/// Samples for one run of a model that takes any number.
static constexpr int64_t kBatch = 8;

/// The archives at `path`, sorted by name.
static Expected<std::vector<std::string>>
findArchives(const std::string &path) {
  std::error_code error;
  if (!fs::is_directory(path, error))
    return std::vector<std::string>{path};
  std::vector<std::string> archives;
  for (fs::directory_iterator it(path, error), end; !error && it != end;
       it.increment(error))
    if (it->path().extension() == ".npz")
      archives.push_back(it->path().string());
  if (error)
    return Status::badInput(path + ": " + error.message());
  if (archives.empty())
    return Status::badInput(path + ": needs one or more .npz files");
  std::sort(archives.begin(), archives.end());
  return archives;
}

namespace {

/// How the arrays of one archive are split.
struct Cut {
  int64_t samples = 1; ///< in the archive
  int64_t batch = 1;   ///< of them in a run
  bool fixed = false;  ///< whether a run takes exactly `batch`
  /// Arrays that are split; others are passed whole.
  std::vector<std::string> names;
};

/// The arrays of an archive, with a part of the first dimension of those that
/// are split.
class Slicer {
public:
  Slicer(const NpzArrays &arrays, const Cut &cut) : arrays(arrays), cut(cut) {}

  /// `count` samples from `first` on.
  NpzArrays take(int64_t first, int64_t count) const;
  uint64_t hash(int64_t sample) const;

private:
  bool isCut(const std::string &name) const {
    return std::find(cut.names.begin(), cut.names.end(), name) !=
           cut.names.end();
  }
  std::string_view part(const NpyArray &array, int64_t first,
                        int64_t count) const {
    size_t size = array.bytes.size() / size_t(cut.samples);
    return std::string_view(array.bytes)
        .substr(size_t(first) * size, size_t(count) * size);
  }

  const NpzArrays &arrays;
  const Cut &cut;
};

} // namespace

NpzArrays Slicer::take(int64_t first, int64_t count) const {
  NpzArrays batch;
  for (const auto &[name, array] : arrays) {
    NpyArray &copy = batch[name];
    copy.dtype = array.dtype;
    copy.shape = array.shape;
    copy.bytes = isCut(name) ? part(array, first, count) : array.bytes;
    if (isCut(name))
      copy.shape[0] = count;
  }
  return batch;
}

uint64_t Slicer::hash(int64_t sample) const {
  uint64_t hash = 0;
  auto add = [&](std::string_view text) {
    hash = XXH3_64bits_withSeed(text.data(), text.size(), hash);
  };
  for (const auto &[name, array] : arrays) {
    add(name);
    add(array.dtype);
    add(isCut(name) ? part(array, sample, 1) : array.bytes);
  }
  return hash;
}

/// Errors (BadInput) say which array is too short.
static Expected<Cut> findCut(const NpzArrays &arrays,
                             const std::vector<SampleInput> &inputs) {
  // Arrays of rank 2 and more determine the split; vectors follow them.
  std::optional<int64_t> samples, batch;
  int64_t largest = kBatch;
  bool agree = true;
  auto matchesRank = [&](const SampleInput &input, auto found) {
    return found != arrays.end() &&
           found->second.shape.size() == input.shape.size();
  };
  for (const SampleInput &input : inputs) {
    auto found = arrays.find(input.name);
    if (!matchesRank(input, found) || input.shape.size() < 2)
      continue;
    int64_t length = found->second.shape[0], wanted = input.shape[0];
    agree &= samples.value_or(length) == length;
    samples = length;
    if (wanted >= 0) {
      agree &= batch.value_or(wanted) == wanted;
      batch = wanted;
    } else if (input.largestBatch > 0) {
      largest = std::min(largest, input.largestBatch);
    }
  }
  if (!samples || !agree || *samples == 0 || batch == 0)
    return Cut(); // unchanged, which the engine may refuse
  Cut cut;
  cut.samples = *samples;
  cut.fixed = batch.has_value();
  cut.batch = batch ? *batch : std::min(largest, *samples);
  if (cut.batch > cut.samples)
    return Status::badInput("must have " + std::to_string(cut.batch) +
                            " samples or more, as the model's batch is, got " +
                            std::to_string(cut.samples));
  for (const SampleInput &input : inputs) {
    auto found = arrays.find(input.name);
    if (matchesRank(input, found) && !input.shape.empty() &&
        found->second.shape[0] == cut.samples &&
        (input.shape[0] < 0 || input.shape[0] == cut.batch))
      cut.names.push_back(input.name);
  }
  return cut;
}

static Status takeArrays(const std::string &name, const NpzArrays &arrays,
                         const std::vector<SampleInput> &inputs,
                         const TakeBatch &take, SampleCounts &counts) {
  Expected<Cut> cut = findCut(arrays, inputs);
  if (!cut)
    return Status(cut.status().code(), name + ": " + cut.status().message());
  Slicer slicer(arrays, *cut);
  int64_t end = cut->samples;
  if (cut->fixed)
    end -= end % cut->batch;
  for (int64_t at = 0; at < end; at += cut->batch) {
    int64_t count = std::min(cut->batch, end - at);
    Status status = take(slicer.take(at, count), count);
    if (!status)
      return Status(status.code(), name + ": " + status.message());
    for (int64_t sample = at; sample < at + count; ++sample)
      counts.hash += slicer.hash(sample);
    counts.used += count;
  }
  return Status();
}

static Status checkItem(const NpzArrays &arrays, const CheckArray &check) {
  for (const auto &[name, array] : arrays) {
    NpyHeader header;
    header.dtype = array.dtype;
    header.shape = array.shape;
    header.bytes = array.bytes.size();
    GRAFT_RETURN_IF_ERROR(check(name, header));
  }
  return Status();
}

Expected<SampleCounts>
graft::readSamples(const SampleData &data,
                   const std::vector<SampleInput> &inputs,
                   const CheckArray &check, const TakeBatch &take) {
  SampleCounts counts;
  // Names a failure's place.
  auto within = [&](const std::string &name) -> CheckArray {
    return [&check, name](const std::string &array,
                          const NpyHeader &header) -> Status {
      Status status = check ? check(array, header) : Status();
      return status ? status
                    : Status(status.code(), name + ": " + status.message());
    };
  };
  for (size_t i = 0; i < data.items.size(); ++i) {
    const std::string name = "item " + std::to_string(i) + " of " + data.name();
    GRAFT_RETURN_IF_ERROR(checkItem(*data.items[i], within(name)));
    GRAFT_RETURN_IF_ERROR(
        takeArrays(name, *data.items[i], inputs, take, counts));
  }
  if (!data.items.empty())
    return counts;
  Expected<std::vector<std::string>> archives = findArchives(data.path);
  GRAFT_RETURN_IF_ERROR(archives.status());
  for (const std::string &archive : *archives) {
    Expected<NpzArrays> arrays = readNpz(archive, within(archive));
    GRAFT_RETURN_IF_ERROR(arrays.status());
    GRAFT_RETURN_IF_ERROR(takeArrays(archive, *arrays, inputs, take, counts));
  }
  return counts;
}
