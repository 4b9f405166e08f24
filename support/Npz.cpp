//===- Npz.cpp - NumPy's archives of arrays -------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/Npz.h"
#include "support/AtomicFile.h"
#include "support/MappedFile.h"

#include <memory>
#include <zip.h>

using namespace graft;

namespace {

constexpr std::string_view kSuffix = ".npy";

struct CloseArchive {
  void operator()(zip_t *archive) const { zip_discard(archive); }
};
struct CloseFile {
  void operator()(zip_file_t *file) const { zip_fclose(file); }
};
struct FreeSource {
  void operator()(zip_source_t *source) const { zip_source_free(source); }
};
using Archive = std::unique_ptr<zip_t, CloseArchive>;
using Source = std::unique_ptr<zip_source_t, FreeSource>;

std::string takeMessage(zip_error_t &error) {
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

/// Inflates entry `index`. Its size comes from the archive, so memory is taken
/// as the bytes arrive.
Expected<std::string> readEntry(zip_t *archive, zip_uint64_t index) {
  std::unique_ptr<zip_file_t, CloseFile> file(
      zip_fopen_index(archive, index, 0));
  if (!file)
    return Status::badInput(zip_strerror(archive));
  std::string bytes;
  constexpr size_t kStep = 1 << 20;
  for (;;) {
    size_t used = bytes.size();
    bytes.resize(used + kStep);
    zip_int64_t got = zip_fread(file.get(), bytes.data() + used, kStep);
    if (got < 0)
      return Status::badInput(zip_file_strerror(file.get()));
    bytes.resize(used + got);
    if (got == 0)
      return bytes;
  }
}

} // namespace

Expected<NpzArrays> graft::readNpz(const std::string &path) {
  Expected<MappedFile> mapped = MappedFile::open(path);
  if (!mapped)
    return mapped.status();
  if (mapped->size() == 0)
    return Status::badInput(path + ": the file is empty (0 bytes)");
  zip_error_t error;
  zip_error_init(&error);
  Source source(zip_source_buffer_create(mapped->bytes().data(), mapped->size(),
                                         /*freep=*/0, &error));
  Archive archive(source
                      ? zip_open_from_source(source.get(), ZIP_RDONLY, &error)
                      : nullptr);
  if (!archive)
    return Status::badInput(
        path + ": expected an .npz archive: " + takeMessage(error));
  (void)source.release(); // owned by the archive now
  NpzArrays arrays;
  zip_int64_t count = zip_get_num_entries(archive.get(), 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const char *entry = zip_get_name(archive.get(), i, 0);
    std::string name = entry ? entry : "";
    if (name.size() <= kSuffix.size() ||
        name.compare(name.size() - kSuffix.size(), kSuffix.size(), kSuffix) !=
            0)
      return Status::badInput(path + ": expected arrays, got entry '" + name +
                              "'");
    name.resize(name.size() - kSuffix.size());
    Expected<std::string> bytes = readEntry(archive.get(), i);
    if (!bytes)
      return Status::badInput(path + ": array '" + name +
                              "': " + bytes.status().message());
    Expected<NpyArray> array = parseNpy(*bytes);
    if (!array)
      return Status::badInput(path + ": array '" + name +
                              "': " + array.status().message());
    if (!arrays.emplace(name, std::move(*array)).second)
      return Status::badInput(path + ": array '" + name + "' appears twice");
  }
  return arrays;
}

Status graft::writeNpz(const std::string &path, const NpzArrays &arrays) {
  zip_error_t error;
  zip_error_init(&error);
  Source buffer(zip_source_buffer_create(nullptr, 0, /*freep=*/0, &error));
  if (!buffer)
    return Status::exhausted(path + ": " + takeMessage(error));
  zip_source_keep(buffer.get()); // read back after the archive is closed
  Archive archive(
      zip_open_from_source(buffer.get(), ZIP_CREATE | ZIP_TRUNCATE, &error));
  if (!archive) {
    zip_source_free(buffer.get());
    return Status::failed(path + ": " + takeMessage(error));
  }
  std::vector<std::string> files; // alive until the archive is closed
  files.reserve(arrays.size());
  for (const auto &[name, array] : arrays) {
    const std::string &file = files.emplace_back(formatNpy(array));
    Source entry(zip_source_buffer(archive.get(), file.data(), file.size(), 0));
    zip_int64_t index =
        entry ? zip_file_add(archive.get(), (name + ".npy").c_str(),
                             entry.get(), ZIP_FL_ENC_UTF_8)
              : -1;
    if (index < 0)
      return Status::failed(path + ": array '" + name +
                            "': " + zip_strerror(archive.get()));
    (void)entry.release();
    // Stored, and dated 1 January 1980, so that the bytes depend on the arrays.
    zip_set_file_compression(archive.get(), index, ZIP_CM_STORE, 0);
    zip_file_set_dostime(archive.get(), index, 0, 0x21, 0);
  }
  if (zip_close(archive.get()) != 0)
    return Status::failed(path + ": " + zip_strerror(archive.get()));
  (void)archive.release();

  if (zip_source_open(buffer.get()) != 0)
    return Status::internal(path + ": the finished archive cannot be read");
  Expected<AtomicFile> out = AtomicFile::create(path);
  Status status = out.status();
  std::string chunk(1 << 20, '\0');
  while (status.ok()) {
    zip_int64_t got = zip_source_read(buffer.get(), chunk.data(), chunk.size());
    if (got <= 0)
      break;
    status = out->write(std::string_view(chunk).substr(0, got));
  }
  zip_source_close(buffer.get());
  return status.ok() ? out->commit() : status;
}
