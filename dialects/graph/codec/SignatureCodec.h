//===- SignatureCodec.h - OpDef as a signature ----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_GRAPH_CODEC_SIGNATURECODEC_H
#define GRAFT_DIALECTS_GRAPH_CODEC_SIGNATURECODEC_H

#include "dialects/graph/OpSignature.h"
#include "proto/framework.pb.h"

namespace graft::graph {

/// The signature of a custom op or of a library function. An attribute of a
/// kind that the table does not know is an error (BadInput), as is an argument
/// without exactly one type.
Expected<OpSignature> decodeSignature(const tensorflow::OpDef &def);

/// The inverse, without what only people read.
tensorflow::OpDef encodeSignature(const OpSignature &signature);

} // namespace graft::graph

#endif // GRAFT_DIALECTS_GRAPH_CODEC_SIGNATURECODEC_H
