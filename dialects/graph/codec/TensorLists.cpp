//===- TensorLists.cpp - the typed lists of a TensorProto -----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which of TensorProto's lists a type uses, and how its elements lie there:
// narrow integers as int32, bf16 and f16 as their bits, complex as pairs.
//===----------------------------------------------------------------------===//
#include "dialects/graph/codec/TensorCodec.h"

#include <cstring>

using namespace llvm;
using namespace graft;
using tensorflow::TensorProto;

/// Appends each element of the list, narrowed to T. A value that T cannot hold
/// comes back different, which the caller's comparison finds.
template <typename T, typename List>
static bool read(const List &list, int64_t count,
                 SmallVectorImpl<char> &bytes) {
  bytes.reserve(count * sizeof(T));
  for (int64_t i = 0; i < count; ++i) {
    T element = static_cast<T>(list.Get(i));
    const char *begin = reinterpret_cast<const char *>(&element);
    bytes.append(begin, begin + sizeof(T));
  }
  return true;
}

std::optional<int64_t> graph::listLength(const TensorProto &tensor) {
  switch (tensor.dtype()) {
  case tensorflow::DT_FLOAT:
    return tensor.float_val_size();
  case tensorflow::DT_DOUBLE:
    return tensor.double_val_size();
  case tensorflow::DT_INT32:
  case tensorflow::DT_UINT8:
  case tensorflow::DT_INT8:
  case tensorflow::DT_INT16:
  case tensorflow::DT_UINT16:
  case tensorflow::DT_INT4:
  case tensorflow::DT_UINT4:
  case tensorflow::DT_INT2:
  case tensorflow::DT_UINT2:
    return tensor.int_val_size();
  case tensorflow::DT_INT64:
    return tensor.int64_val_size();
  case tensorflow::DT_BOOL:
    return tensor.bool_val_size();
  case tensorflow::DT_UINT32:
    return tensor.uint32_val_size();
  case tensorflow::DT_UINT64:
    return tensor.uint64_val_size();
  case tensorflow::DT_HALF:
  case tensorflow::DT_BFLOAT16:
    return tensor.half_val_size();
  case tensorflow::DT_COMPLEX64:
    return tensor.scomplex_val_size() / 2;
  case tensorflow::DT_COMPLEX128:
    return tensor.dcomplex_val_size() / 2;
  case tensorflow::DT_STRING:
    return tensor.string_val_size();
  case tensorflow::DT_FLOAT8_E5M2:
  case tensorflow::DT_FLOAT8_E4M3FN:
  case tensorflow::DT_FLOAT8_E4M3FNUZ:
  case tensorflow::DT_FLOAT8_E4M3B11FNUZ:
  case tensorflow::DT_FLOAT8_E5M2FNUZ:
    return tensor.float8_val().size();
  default:
    return std::nullopt;
  }
}

bool graph::readList(const TensorProto &tensor, int64_t length,
                     SmallVectorImpl<char> &bytes) {
  switch (tensor.dtype()) {
  case tensorflow::DT_FLOAT:
    return read<float>(tensor.float_val(), length, bytes);
  case tensorflow::DT_DOUBLE:
    return read<double>(tensor.double_val(), length, bytes);
  case tensorflow::DT_INT32:
    return read<int32_t>(tensor.int_val(), length, bytes);
  case tensorflow::DT_INT16:
    return read<int16_t>(tensor.int_val(), length, bytes);
  case tensorflow::DT_UINT16:
    return read<uint16_t>(tensor.int_val(), length, bytes);
  case tensorflow::DT_UINT8:
  case tensorflow::DT_UINT4:
  case tensorflow::DT_UINT2:
    return read<uint8_t>(tensor.int_val(), length, bytes);
  case tensorflow::DT_INT8:
  case tensorflow::DT_INT4:
  case tensorflow::DT_INT2:
    return read<int8_t>(tensor.int_val(), length, bytes);
  case tensorflow::DT_INT64:
    return read<int64_t>(tensor.int64_val(), length, bytes);
  case tensorflow::DT_BOOL:
    return read<bool>(tensor.bool_val(), length, bytes);
  case tensorflow::DT_UINT32:
    return read<uint32_t>(tensor.uint32_val(), length, bytes);
  case tensorflow::DT_UINT64:
    return read<uint64_t>(tensor.uint64_val(), length, bytes);
  case tensorflow::DT_HALF:
  case tensorflow::DT_BFLOAT16:
    return read<uint16_t>(tensor.half_val(), length, bytes);
  case tensorflow::DT_COMPLEX64:
    return read<float>(tensor.scomplex_val(), 2 * length, bytes);
  case tensorflow::DT_COMPLEX128:
    return read<double>(tensor.dcomplex_val(), 2 * length, bytes);
  case tensorflow::DT_FLOAT8_E5M2:
  case tensorflow::DT_FLOAT8_E4M3FN:
  case tensorflow::DT_FLOAT8_E4M3FNUZ:
  case tensorflow::DT_FLOAT8_E4M3B11FNUZ:
  case tensorflow::DT_FLOAT8_E5M2FNUZ:
    bytes.append(tensor.float8_val().begin(),
                 tensor.float8_val().begin() + length);
    return true;
  default:
    return false;
  }
}

/// Adds `count` elements of type T; of a splat, the first one each time.
template <typename T, typename List>
static bool write(ArrayRef<char> bytes, bool splat, int64_t count, List &list) {
  list.Reserve(count);
  for (int64_t i = 0; i < count; ++i) {
    T element;
    std::memcpy(&element, bytes.data() + (splat ? 0 : i * sizeof(T)),
                sizeof(T));
    list.Add(element);
  }
  return true;
}

/// The same for complex numbers: two entries an element.
template <typename T, typename List>
static bool writePairs(ArrayRef<char> bytes, bool splat, int64_t count,
                       List &list) {
  if (!splat)
    return write<T>(bytes, false, 2 * count, list);
  for (int64_t i = 0; i < count; ++i)
    write<T>(bytes, false, 2, list);
  return true;
}

bool graph::writeList(ArrayRef<char> bytes, bool splat, int64_t length,
                      TensorProto &tensor) {
  switch (tensor.dtype()) {
  case tensorflow::DT_FLOAT:
    return write<float>(bytes, splat, length, *tensor.mutable_float_val());
  case tensorflow::DT_DOUBLE:
    return write<double>(bytes, splat, length, *tensor.mutable_double_val());
  case tensorflow::DT_INT32:
    return write<int32_t>(bytes, splat, length, *tensor.mutable_int_val());
  case tensorflow::DT_INT16:
    return write<int16_t>(bytes, splat, length, *tensor.mutable_int_val());
  case tensorflow::DT_UINT16:
    return write<uint16_t>(bytes, splat, length, *tensor.mutable_int_val());
  case tensorflow::DT_UINT8:
  case tensorflow::DT_UINT4:
  case tensorflow::DT_UINT2:
    return write<uint8_t>(bytes, splat, length, *tensor.mutable_int_val());
  case tensorflow::DT_INT8:
  case tensorflow::DT_INT4:
  case tensorflow::DT_INT2:
    return write<int8_t>(bytes, splat, length, *tensor.mutable_int_val());
  case tensorflow::DT_INT64:
    return write<int64_t>(bytes, splat, length, *tensor.mutable_int64_val());
  case tensorflow::DT_BOOL:
    return write<bool>(bytes, splat, length, *tensor.mutable_bool_val());
  case tensorflow::DT_UINT32:
    return write<uint32_t>(bytes, splat, length, *tensor.mutable_uint32_val());
  case tensorflow::DT_UINT64:
    return write<uint64_t>(bytes, splat, length, *tensor.mutable_uint64_val());
  case tensorflow::DT_HALF:
  case tensorflow::DT_BFLOAT16:
    return write<uint16_t>(bytes, splat, length, *tensor.mutable_half_val());
  case tensorflow::DT_COMPLEX64:
    return writePairs<float>(bytes, splat, length,
                             *tensor.mutable_scomplex_val());
  case tensorflow::DT_COMPLEX128:
    return writePairs<double>(bytes, splat, length,
                              *tensor.mutable_dcomplex_val());
  case tensorflow::DT_FLOAT8_E5M2:
  case tensorflow::DT_FLOAT8_E4M3FN:
  case tensorflow::DT_FLOAT8_E4M3FNUZ:
  case tensorflow::DT_FLOAT8_E4M3B11FNUZ:
  case tensorflow::DT_FLOAT8_E5M2FNUZ:
    if (splat)
      tensor.mutable_float8_val()->append(length, bytes.front());
    else
      tensor.mutable_float8_val()->append(bytes.data(), length);
    return true;
  default:
    return false;
  }
}
