//===- NodeAttrs.h - a node's attributes against its signature ------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_GRAPH_NODEATTRS_H
#define GRAFT_DIALECTS_GRAPH_NODEATTRS_H

#include "dialects/graph/OpSignature.h"

#include "mlir/IR/BuiltinAttributes.h"

namespace graft::graph {

/// The attributes of a node or call as `flattenArgs` asks for them.
class NodeAttrs : public AttrSource {
public:
  explicit NodeAttrs(mlir::DictionaryAttr attrs) : attrs(attrs) {}

  std::optional<int64_t> intAttr(std::string_view name) const override;
  std::optional<int> typeAttr(std::string_view name) const override;
  std::optional<std::vector<int>>
  typeListAttr(std::string_view name) const override;

private:
  mlir::DictionaryAttr attrs;
};

/// Checks that each attribute has the kind and one of the values that the
/// signature allows. A placeholder for an attribute of the enclosing function
/// passes, and so do attributes that the signature does not name. An error
/// (BadInput) does not name the node.
Status checkAttrs(const OpSignature &signature, mlir::DictionaryAttr attrs);

/// Checks that every attribute that has no default is there.
Status checkComplete(const OpSignature &signature, mlir::DictionaryAttr attrs);

} // namespace graft::graph

#endif // GRAFT_DIALECTS_GRAPH_NODEATTRS_H
