//===- TwinSignatures.h - signatures that compute the same ----------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One function is often saved under several names: Keras 3 writes every model
// as "serve" and as "serving_default", each with placeholders and calls of its
// own. Only one of them has to be converted.
//
//===----------------------------------------------------------------------===//

#ifndef GRAFT_FORMATS_SAVEDMODEL_TWINSIGNATURES_H
#define GRAFT_FORMATS_SAVEDMODEL_TWINSIGNATURES_H

#include <map>
#include <string>
#include <vector>

namespace graft {
namespace tensorflow {
class MetaGraphDef;
} // namespace tensorflow

/// For each signature that computes what an earlier one of `order` computes,
/// from inputs of the same names and types: its name, and the other's. Compares
/// nodes and function bodies one by one, in the order of their inputs; two that
/// compute the same in different ways are no twins. Each signature is compared
/// with a few others, in time linear in the nodes of both.
std::map<std::string, std::string>
findTwinSignatures(const tensorflow::MetaGraphDef &graph,
                   const std::vector<std::string> &order);

} // namespace graft

#endif // GRAFT_FORMATS_SAVEDMODEL_TWINSIGNATURES_H
