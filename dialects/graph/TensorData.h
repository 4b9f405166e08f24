//===- TensorData.h - the bytes of a constant -----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One way to read a constant, whatever holds it. Weights stay where the file
// has them, and protobuf aligns nothing: a resource's data may start at any
// address (its blob's alignment says which). So nobody casts its pointer; read
// elements with memcpy, or through these functions.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_GRAPH_TENSORDATA_H
#define GRAFT_DIALECTS_GRAPH_TENSORDATA_H

#include "mlir/IR/BuiltinAttributes.h"

#include <cstring>
#include <memory>
#include <optional>
#include <type_traits>

namespace graft::graph {

/// The elements' bytes as a row-major little-endian array; a bool takes one
/// byte, complex numbers are pairs. Borrows from the attribute where it can: a
/// resource is never copied. A splat gives one element only, and `isSplat` says
/// so.
class TensorData {
public:
  /// Nothing for strings and for a resource whose data is absent.
  static std::optional<TensorData> get(mlir::ElementsAttr value);

  llvm::ArrayRef<char> bytes() const { return view; }
  bool isSplat() const { return splat; }
  int64_t elementCount() const { return count; }
  /// Bytes of one element.
  size_t elementSize() const { return size; }

  /// Element `index` of a type with that size.
  template <typename T>
  T at(int64_t index) const {
    static_assert(std::is_trivially_copyable_v<T>);
    T element;
    std::memcpy(&element, view.data() + (splat ? 0 : index * sizeof(T)),
                sizeof(T));
    return element;
  }

private:
  llvm::ArrayRef<char> view;
  std::shared_ptr<llvm::SmallVector<char>> owned;
  int64_t count = 0;
  size_t size = 0;
  bool splat = false;
};

/// Constants above this many bytes are resources, which are not uniqued.
inline constexpr size_t kInlineTensorBytes = 1024;

/// A constant of `type` from bytes of TensorData's layout, which are copied: a
/// dense attribute when small or `bytes` is one element of several, else a
/// resource of that name.
mlir::ElementsAttr makeTensor(mlir::ShapedType type, llvm::ArrayRef<char> bytes,
                              llvm::StringRef name);

/// The same over bytes that stay where they are for as long as `owner` lives.
mlir::ElementsAttr makeTensorView(mlir::ShapedType type,
                                  llvm::ArrayRef<char> bytes,
                                  std::shared_ptr<const void> owner,
                                  llvm::StringRef name);

/// A string attribute over bytes that stay where they are for as long as
/// `owner` lives: #graph.bytes, or a copy in a plain StringAttr when they are
/// few.
mlir::Attribute makeString(mlir::MLIRContext *context,
                           llvm::ArrayRef<char> bytes,
                           std::shared_ptr<const void> owner,
                           llvm::StringRef name);

/// The same of a string that lies in several places, in their order.
mlir::Attribute makeString(mlir::MLIRContext *context,
                           llvm::ArrayRef<llvm::ArrayRef<char>> pieces,
                           std::shared_ptr<const void> owner,
                           llvm::StringRef name);

} // namespace graft::graph

#endif // GRAFT_DIALECTS_GRAPH_TENSORDATA_H
