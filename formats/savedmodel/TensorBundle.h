//===- TensorBundle.h - The tensors of a checkpoint -----------------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A checkpoint is an index (PREFIX.index) and shards of tensor bytes
// (PREFIX.data-00000-of-00001). Tensors are read where they lie: views into the
// mapped shards.
//
//===----------------------------------------------------------------------===//

#ifndef GRAFT_FORMATS_SAVEDMODEL_TENSORBUNDLE_H
#define GRAFT_FORMATS_SAVEDMODEL_TENSORBUNDLE_H

#include "support/MappedFile.h"
#include "support/Status.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace graft {

/// A tensor of a checkpoint: its DataType, its shape, and its elements in
/// row-major order, little-endian, as a view into `file`.
struct BundleTensor {
  int dtype = 0;
  std::vector<int64_t> shape;
  std::string_view bytes;
  /// Keeps the view alive.
  std::shared_ptr<const MappedFile> file;
};

/// A tensor of strings of a checkpoint. The elements are views that live as
/// long as the bundle.
struct BundleStrings {
  std::vector<int64_t> shape;
  std::vector<std::string_view> elements;
};

/// A rectangular part of a tensor: where it starts and how long it is in each
/// dimension.
struct TensorSlice {
  std::vector<int64_t> starts;
  std::vector<int64_t> lengths;
};

/// The bytes of one element of a DataType in a checkpoint; 0 for a type that
/// has no fixed size.
int64_t dataTypeSize(int dtype);

/// An open checkpoint.
class TensorBundle {
public:
  /// Reads and checks the index. Shards are mapped when a tensor in them is
  /// first read. Errors (BadInput) name the file.
  static Expected<TensorBundle> open(const std::string &prefix);

  TensorBundle(TensorBundle &&);
  TensorBundle &operator=(TensorBundle &&);
  ~TensorBundle();

  bool contains(std::string_view key) const;
  /// Whether readStrings() is the way to read that key.
  bool holdsStrings(std::string_view key) const;
  /// The keys of whole tensors, sorted.
  std::vector<std::string> keys() const;

  /// The tensor with that key, its checksum verified. Errors (BadInput) name
  /// the file, the key and what is wrong.
  Expected<BundleTensor> read(std::string_view key);

  /// A part of the tensor with that key. It must have been stored as that part,
  /// or be one stretch of a tensor stored whole.
  Expected<BundleTensor> readSlice(std::string_view key,
                                   const TensorSlice &slice);

  /// A tensor of strings, which is not stored as an array.
  Expected<BundleStrings> readStrings(std::string_view key);

  const std::string &indexPath() const;

private:
  struct State;
  explicit TensorBundle(std::unique_ptr<State> state);
  std::unique_ptr<State> state;
};

} // namespace graft

#endif // GRAFT_FORMATS_SAVEDMODEL_TENSORBUNDLE_H
