//===- NNInference.h - result types from the table of operations ----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The one implementation behind InferTypeOpInterface of every `nn` operation.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_NN_NNINFERENCE_H
#define GRAFT_DIALECTS_NN_NNINFERENCE_H

#include "support/Status.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/OperationSupport.h"
#include "mlir/IR/TypeRange.h"
#include "mlir/IR/ValueRange.h"

#include <optional>

namespace graft::nn {

/// Infers the result types of operation `name` ("nn.conv2d") with all its
/// attributes. Fails where an operand's type or an attribute breaks a rule; the
/// message says the rule and what was got.
Status inferTypes(llvm::StringRef name, mlir::ValueRange operands,
                  mlir::DictionaryAttr attributes,
                  llvm::SmallVectorImpl<mlir::Type> &types);

namespace detail {

/// Infers the result types of operation `name` ("nn.conv2d"). Failures are
/// reported at `location`, where there is one.
llvm::LogicalResult inferTypes(std::optional<mlir::Location> location,
                               llvm::StringRef name, mlir::ValueRange operands,
                               mlir::DictionaryAttr attributes,
                               llvm::SmallVectorImpl<mlir::Type> &types);

/// Whether the types agree in element type and rank, and in every size that
/// both know.
bool areCompatible(mlir::TypeRange inferred, mlir::TypeRange actual);

template <typename OpT, typename = void>
struct HasProperties : std::false_type {};
template <typename OpT>
struct HasProperties<OpT, std::void_t<decltype(&OpT::getPropertiesAsAttr)>>
    : std::true_type {};

/// All attributes that an operation is or will be made of.
template <typename OpT>
mlir::DictionaryAttr mergeAttributes(mlir::MLIRContext *context,
                                     mlir::DictionaryAttr attributes,
                                     mlir::OpaqueProperties properties) {
  if constexpr (HasProperties<OpT>::value) {
    if (properties) {
      auto inherent =
          llvm::dyn_cast_or_null<mlir::DictionaryAttr>(OpT::getPropertiesAsAttr(
              context, *properties.as<typename OpT::Properties *>()));
      if (inherent && !inherent.empty()) {
        mlir::NamedAttrList merged(attributes);
        for (mlir::NamedAttribute attribute : inherent)
          merged.set(attribute.getName(), attribute.getValue());
        return merged.getDictionary(context);
      }
    }
  }
  return attributes ? attributes : mlir::DictionaryAttr::get(context);
}

} // namespace detail
} // namespace graft::nn

#endif // GRAFT_DIALECTS_NN_NNINFERENCE_H
