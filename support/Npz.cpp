//===- Npz.cpp - NumPy's archives of arrays -------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "support/Npz.h"
#include "support/AtomicFile.h"
#include "support/MappedFile.h"

#include <algorithm>
#include <memory>
#include <optional>
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
using File = std::unique_ptr<zip_file_t, CloseFile>;

std::string takeMessage(zip_error_t &error) {
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

/// NumPy writes headers of some hundred bytes, and reads none above 10,000.
constexpr size_t kMostHeader = 10240;

/// An archive that is open, and what its headers say.
class NpzReader {
public:
  Status open(const std::string &path);
  Expected<NpzArrays> readAll();

  NpzHeaders headers;

private:
  Expected<NpyHeader> readHeader(zip_uint64_t index);
  Expected<std::string> readElements(zip_uint64_t index,
                                     const NpyHeader &header);
  /// Reads up to `size` bytes of an entry.
  Expected<std::string> inflate(zip_file_t *file, uint64_t size);
  Status failure(const std::string &name, const std::string &what) const {
    return Status::badInput(path + ": array '" + name + "': " + what);
  }

  std::string path;
  std::optional<MappedFile> mapped; // outlives the archive
  Archive archive;
  std::map<std::string, zip_uint64_t> indices;
};

} // namespace

Expected<std::string> NpzReader::inflate(zip_file_t *file, uint64_t size) {
  std::string bytes(size, '\0');
  uint64_t used = 0;
  while (used < size) {
    zip_int64_t got = zip_fread(file, bytes.data() + used, size - used);
    if (got < 0)
      return Status::badInput(zip_file_strerror(file));
    if (got == 0)
      break;
    used += got;
  }
  bytes.resize(used);
  return bytes;
}

Expected<NpyHeader> NpzReader::readHeader(zip_uint64_t index) {
  zip_stat_t info;
  File file(zip_fopen_index(archive.get(), index, 0));
  if (!file || zip_stat_index(archive.get(), index, 0, &info) != 0 ||
      !(info.valid & ZIP_STAT_SIZE))
    return Status::badInput(zip_strerror(archive.get()));
  Expected<std::string> start =
      inflate(file.get(), std::min<uint64_t>(info.size, kMostHeader));
  GRAFT_RETURN_IF_ERROR(start.status());
  return parseNpyHeader(*start, info.size);
}

Expected<std::string> NpzReader::readElements(zip_uint64_t index,
                                              const NpyHeader &header) {
  File file(zip_fopen_index(archive.get(), index, 0));
  if (!file)
    return Status::badInput(zip_strerror(archive.get()));
  GRAFT_RETURN_IF_ERROR(inflate(file.get(), header.offset).status());
  Expected<std::string> elements = inflate(file.get(), header.bytes);
  GRAFT_RETURN_IF_ERROR(elements.status());
  // The checksum is compared where the entry ends.
  char more;
  zip_int64_t rest = zip_fread(file.get(), &more, 1);
  if (rest < 0)
    return Status::badInput(zip_file_strerror(file.get()));
  if (elements->size() != header.bytes || rest != 0)
    return Status::badInput("the archive is damaged");
  return elements;
}

Status NpzReader::open(const std::string &file) {
  path = file;
  Expected<MappedFile> opened = MappedFile::open(path);
  GRAFT_RETURN_IF_ERROR(opened.status());
  mapped.emplace(*std::move(opened));
  if (mapped->size() == 0)
    return Status::badInput(path + ": the file is empty (0 bytes)");
  zip_error_t error;
  zip_error_init(&error);
  Source source(zip_source_buffer_create(mapped->bytes().data(), mapped->size(),
                                         /*freep=*/0, &error));
  archive.reset(source ? zip_open_from_source(source.get(), ZIP_RDONLY, &error)
                       : nullptr);
  if (!archive)
    return Status::badInput(
        path + ": expected an .npz archive: " + takeMessage(error));
  (void)source.release(); // owned by the archive now
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
    Expected<NpyHeader> header = readHeader(i);
    if (!header)
      return failure(name, header.status().message());
    if (!headers.emplace(name, *std::move(header)).second)
      return Status::badInput(path + ": array '" + name + "' appears twice");
    indices[name] = i;
  }
  return Status();
}

Expected<NpzArrays> NpzReader::readAll() {
  NpzArrays arrays;
  for (const auto &[name, header] : headers) {
    Expected<std::string> elements = readElements(indices.at(name), header);
    if (!elements)
      return failure(name, elements.status().message());
    arrays.emplace(name, makeArray(header, *std::move(elements)));
  }
  return arrays;
}

Expected<NpzHeaders> graft::readNpzHeaders(const std::string &path) {
  NpzReader reader;
  GRAFT_RETURN_IF_ERROR(reader.open(path));
  return std::move(reader.headers);
}

Expected<NpzArrays> graft::readNpz(const std::string &path,
                                   const CheckArray &check) {
  NpzReader reader;
  GRAFT_RETURN_IF_ERROR(reader.open(path));
  for (const auto &[name, header] : reader.headers)
    if (check)
      GRAFT_RETURN_IF_ERROR(check(name, header));
  return reader.readAll();
}

/// True if the first entry of the archive is an array. Other archives (.keras,
/// .docx) begin alike.
static bool isNpz(std::string_view bytes) {
  constexpr std::string_view none("PK\5\6", 4), entry("PK\3\4", 4);
  if (bytes.substr(0, 4) == none)
    return true;
  constexpr size_t nameLength = 26, name = 30;
  if (bytes.substr(0, 4) != entry || bytes.size() < name)
    return false;
  size_t length = static_cast<uint8_t>(bytes[nameLength]) |
                  static_cast<uint8_t>(bytes[nameLength + 1]) << 8;
  std::string_view first = bytes.substr(name, length);
  return first.size() > kSuffix.size() &&
         first.substr(first.size() - kSuffix.size()) == kSuffix;
}

const FileKind graft::kNpzFile{"an archive of arrays", isNpz};

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
  Expected<AtomicFile> out = AtomicFile::create(path, kNpzFile);
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
