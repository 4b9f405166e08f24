//===- Tensor.h - element types, shapes and views of memory ---------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The types that shape functions, kernels and the executor share. Nothing here
// owns memory or depends on MLIR.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_OPS_TENSOR_H
#define GRAFT_RUNTIME_OPS_TENSOR_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace graft::ops {

/// Element types. The values are written to plan files: append, never renumber.
enum class DType : uint8_t {
  F32 = 0,
  F64 = 1,
  F16 = 2,
  BF16 = 3,
  I8 = 4,
  I16 = 5,
  I32 = 6,
  I64 = 7,
  U8 = 8,
  U16 = 9,
  U32 = 10,
  U64 = 11,
  Bool = 12 ///< one byte, 0 or 1
};
inline constexpr unsigned kNumDTypes = 13;

/// Bytes of one element.
size_t sizeOf(DType type);
/// The name in plans, reports and npz messages: "f32", "i64", "bool", ...
std::string_view name(DType type);
/// The type of that name. False if there is none.
[[nodiscard]] bool parseDType(std::string_view text, DType &type);

bool isFloat(DType type);
bool isInteger(DType type); ///< signed or unsigned; not Bool
bool isSigned(DType type);  ///< a signed integer

/// A dimension whose size is not known yet.
inline constexpr int64_t kDynamic = -1;

/// Sizes of the dimensions, outermost first.
using Shape = std::vector<int64_t>;

/// An element type and a shape. Memory is dense and row-major unless a
/// TensorView says otherwise.
struct TensorType {
  DType dtype = DType::F32;
  Shape shape;

  bool isStatic() const;
  bool operator==(const TensorType &other) const {
    return dtype == other.dtype && shape == other.shape;
  }
};

/// Elements of a static shape. False if the product overflows int64_t.
[[nodiscard]] bool countElements(const Shape &shape, int64_t &count);

/// Bytes of a dense tensor of static shape. False on overflow.
[[nodiscard]] bool countBytes(const TensorType &type, uint64_t &bytes);

/// "[1, 299, ?, 3]".
std::string toString(const Shape &shape);
/// "1x299x299x3xf32", with "?" for unknown dimensions.
std::string toString(const TensorType &type);

/// A tensor in memory. Strides are in elements; empty strides mean dense.
struct TensorView {
  TensorType type;
  void *data = nullptr;
  std::vector<int64_t> strides;

  template <typename T>
  T *as() const {
    return static_cast<T *>(data);
  }
};

} // namespace graft::ops

#endif // GRAFT_RUNTIME_OPS_TENSOR_H
