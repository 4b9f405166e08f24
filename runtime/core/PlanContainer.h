//===- PlanContainer.h - the file around a plan's sections ----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A plan file is a header, a table of sections, and the sections: metadata,
// weights, code. All numbers are little-endian.
//
//   offset  bytes  header
//        0      8  magic: 89 'G' 'F' 'T' CR LF 1A LF, which text mode damages
//        8      2  major version: another one is refused
//       10      2  minor version: a newer one is refused
//       12      4  number of sections
//       16      8  length of the file
//       24     16  XXH3-128 of header and table, these 16 bytes being zero
//       40     24  zero
//
//   offset  bytes  entry of the table, one a section
//        0      4  type
//        4      4  alignment, a power of two
//        8      8  offset in the file
//       16      8  length
//       24     16  XXH3-128 of the section
//       40      8  zero
//===----------------------------------------------------------------------===//
#ifndef GRAFT_RUNTIME_CORE_PLANCONTAINER_H
#define GRAFT_RUNTIME_CORE_PLANCONTAINER_H

#include "support/Status.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace graft::runtime {

inline constexpr uint16_t kPlanMajor = 1;
inline constexpr uint16_t kPlanMinor = 0;
/// Offsets of weights in their section are multiples of this, or of a larger
/// power of two if a target requires it.
inline constexpr uint64_t kWeightAlignment = 64;
/// The most bytes of a piece that the writer itself makes.
inline constexpr uint64_t kMaxMadePiece = 512;

/// The sections of a plan, as views of its bytes. Absent ones are empty.
struct PlanSections {
  std::string_view metadata;
  std::string_view weights;
  std::string_view code;
};

/// Whether `file` begins as a plan does. Says nothing about the rest.
bool hasPlanMagic(std::string_view file);

/// Finds the sections of `file`. Checks sizes, versions, bounds and hashes in
/// this order, and allocates no more than the file's size allows. Errors
/// (BadInput) describe the fault, but do not name the file.
Expected<PlanSections> readPlanContainer(std::string_view file);

/// Collects the sections of a plan and writes them in one pass. Added data is
/// not copied: it must exist until write().
class PlanWriter {
public:
  /// `alignment` is that of weights.
  explicit PlanWriter(uint64_t alignment = kWeightAlignment)
      : alignment(alignment) {}

  /// Adds a weight and returns its offset in the section.
  uint64_t addWeight(std::string_view bytes);
  /// Bytes of the section so far.
  uint64_t weightSize() const { return weightBytes; }
  void setMetadata(std::string_view bytes) { metadata = bytes; }
  void setCode(std::string_view bytes) { code = bytes; }

  /// Passes the whole file to `sink`, piece by piece in its order. A piece
  /// longer than kMaxMadePiece is added data; other pieces are valid only
  /// during the call. Fails only if the sink does.
  Status write(const std::function<Status(std::string_view)> &sink) const;

private:
  uint64_t alignment;
  std::string_view metadata;
  std::string_view code;
  std::vector<std::string_view> weights;
  uint64_t weightBytes = 0; ///< with the padding between them
};

} // namespace graft::runtime

#endif // GRAFT_RUNTIME_CORE_PLANCONTAINER_H
