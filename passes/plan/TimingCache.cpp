//===- TimingCache.cpp - measured times of kernels, kept in a file --------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "passes/plan/TimingCache.h"

#include "support/AtomicFile.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <nlohmann/json.hpp>

using namespace graft;
using namespace graft::plan;
using nlohmann::json;

static constexpr int kSchemaVersion = 1;

static bool isTimingCache(std::string_view text) {
  json root = json::parse(text.begin(), text.end(), nullptr,
                          /*allow_exceptions=*/false);
  if (!root.is_object() || !root.contains("schema_version"))
    return false;
  for (const auto &[name, value] : root.items())
    if (name != "schema_version" && name != "kernels")
      return false;
  return true;
}

const FileKind graft::plan::kTimingCacheFile{"a timing cache", isTimingCache};

Status TimingCache::load(const std::string &path) {
  kernels.clear();
  changed = false;
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (file.getError() == std::errc::no_such_file_or_directory)
    return Status();
  if (std::error_code error = file.getError())
    return Status(StatusCode::BadInput,
                  "timing cache '" + path + "': " + error.message());
  llvm::StringRef text = (*file)->getBuffer();
  if (text.empty()) // as a temporary file begins
    return Status();
  json root = json::parse(text.begin(), text.end(), nullptr,
                          /*allow_exceptions=*/false);
  auto damaged = [&](const std::string &what) {
    kernels.clear();
    return Status(StatusCode::BadInput, "timing cache '" + path + "': " + what);
  };
  if (!root.is_object())
    return damaged("must be a JSON object");
  auto version = root.find("schema_version");
  if (version == root.end() || *version != kSchemaVersion)
    return damaged("schema_version must be " + std::to_string(kSchemaVersion));
  auto entries = root.find("kernels");
  if (entries == root.end() || !entries->is_object())
    return damaged("kernels must be an object");
  for (const auto &[key, times] : entries->items()) {
    if (!times.is_object())
      return damaged("the times of a kernel must be an object");
    for (const auto &[tactic, seconds] : times.items()) {
      if (!seconds.is_number() || !(seconds.get<double>() > 0.0) ||
          !std::isfinite(seconds.get<double>()))
        return damaged("a time must be a positive number of seconds");
      kernels[key][tactic] = seconds.get<double>();
    }
  }
  return Status();
}

Status TimingCache::save(const std::string &path) const {
  if (!changed)
    return Status();
  // Merge with what is there now; a damaged file is replaced.
  TimingCache merged;
  (void)merged.load(path).ok();
  json entries = json::object();
  for (const TimingCache *cache :
       {static_cast<const TimingCache *>(&merged), this})
    for (const auto &[key, times] : cache->kernels)
      for (const auto &[tactic, seconds] : times)
        entries[key][tactic] = seconds;
  json root = {{"schema_version", kSchemaVersion},
               {"kernels", std::move(entries)}};
  // Keys hold node attributes, which may be any bytes.
  return AtomicFile::writeAll(
      path, root.dump(1, ' ', false, json::error_handler_t::replace) + "\n",
      kTimingCacheFile);
}

std::optional<double> TimingCache::find(const std::string &key,
                                        const std::string &tactic) const {
  auto times = kernels.find(key);
  if (times == kernels.end())
    return std::nullopt;
  auto seconds = times->second.find(tactic);
  if (seconds == times->second.end())
    return std::nullopt;
  return seconds->second;
}

void TimingCache::add(const std::string &key, const std::string &tactic,
                      double seconds) {
  kernels[key][tactic] = seconds;
  changed = true;
}

namespace {
struct PrintValue {
  llvm::raw_ostream &os;
  void operator()(int64_t value) { os << value; }
  void operator()(double value) { os << llvm::formatv("{0:e}", value); }
  void operator()(const std::string &value) { os << value; }
  template <typename T>
  void operator()(const std::vector<T> &values) {
    os << '[';
    for (const T &value : values) {
      (*this)(value);
      os << ',';
    }
    os << ']';
  }
};
} // namespace

std::string graft::plan::makeKey(llvm::StringRef machine,
                                 const runtime::LaunchDesc &launch,
                                 int threads) {
  std::string key;
  llvm::raw_string_ostream os(key);
  PrintValue print{os};
  os << machine << " x" << threads << ' ' << launch.op.kind << '{';
  for (const auto &[name, value] : launch.op.attributes) {
    os << name << '=';
    std::visit(print, value);
    os << ';';
  }
  os << '}';
  for (const ops::Epilogue &step : launch.op.epilogues) {
    os << '+' << step.kind << '(' << step.operand << ',';
    print(step.alpha);
    os << ',';
    print(step.beta);
    os << ')';
  }
  auto printSlots = [&](const std::vector<runtime::Slot> &slots) {
    os << '(';
    for (const runtime::Slot &slot : slots) {
      os << ops::toString(slot.type);
      if (slot.constant)
        os << " const";
      if (runtime::isSlice(slot))
        print(slot.strides);
      os << ',';
    }
    os << ')';
  };
  printSlots(launch.inputs);
  os << "->";
  printSlots(launch.outputs);
  return key;
}
