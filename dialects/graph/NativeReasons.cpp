//===- NativeReasons.cpp - what each reason means, and what to do ---------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "dialects/graph/NativeReasons.h"

#include "dialects/graph/Graph.h"

using namespace graft::graph;

/// At the number of each NativeReason.
static constexpr ReasonText texts[] = {
    // fed
    {"The node is an input of the model: a placeholder, or a tensor that you "
     "named with --inputs. Its value comes from outside when the model runs, "
     "so there is nothing to compute.",
     "Nothing. Every model has such nodes. A tensor that should be computed "
     "must not be among --inputs.",
     ReasonKind::Harmless},
    // unknown_operator
    {"No conversion knows the node's operator: TensorFlow runs it. It may be a "
     "custom operator, one for training or input pipelines, one on strings, "
     "or one that Graft does not cover yet.",
     "If the node is not needed for inference, name --outputs that leave it "
     "out. If it stands at an end of the model, as decoding of pictures does, "
     "it costs little there. In the middle it splits an engine in two: "
     "replace it by operators that are covered, or add a conversion: "
     "docs/add-an-operator.md shows how."},
    // unsupported_type
    {"The operator is covered, but not for the element type that this node "
     "has: strings, complex or quantized numbers, or a type that could not be "
     "determined. A tensor between an engine and TensorFlow must be bool, "
     "int8, half, float or int32; a node that would need another type there "
     "stays native, too.",
     "The reason names the type. Cast to float or int32 in the model, or, for "
     "the border of an engine, compile the whole model into a plan with "
     "graft build, which has no such border."},
    // unsupported_attribute
    {"The operator is covered, but not with the value that one of this node's "
     "attributes has: a data format, a padding or a mode that Graft does not "
     "compute.",
     "The reason names the attribute, what is possible and what the node has. "
     "Build the model with a value that is possible. Layouts are best left at "
     "TensorFlow's default: Graft chooses its own inside an engine."},
    // unsupported_shape
    {"The conversion needs to know a rank or a dimension that cannot be "
     "derived from the model: it depends on data, on an input without a "
     "shape, or on an operator that is not covered.",
     "Give the inputs their shapes: graft build has --shapes x=1x224x224x3, "
     "and a range, x=1..32x224x224x3, where only the batch varies. Or save the "
     "model with an input signature that says them."},
    // operand_not_constant
    {"The operator has an operand that must be known when the model is "
     "converted, such as an axis, a permutation or the shape of a filter, and "
     "this one is computed when the model runs.",
     "Often the operand follows from the shape of an input: with a known shape "
     "it becomes a constant. Otherwise write the constant into the model."},
    // stateful
    {"The node reads or writes something that is not a tensor, such as a "
     "variable that the model changes, a table, a file or a random generator, "
     "or it has another effect that must happen in its order.",
     "For inference, variables should be constant: freeze the model, or name "
     "--outputs that need no assignments. Dropout and other random operators "
     "are for training: save the model with training=False. Lookups in tables "
     "stay native."},
    // control_flow
    {"The node decides what runs, as Switch, Merge, Enter, While, If and Case "
     "do, or it is part of a loop of TensorFlow 1. An engine runs as a whole, "
     "so such nodes and the bodies of loops stay with TensorFlow.",
     "A condition that is constant is resolved during conversion: feed "
     "phase_train and its like a constant instead of a placeholder. A loop of "
     "a known, small number of steps can be unrolled in Keras (unroll=True)."},
    // invalid_node
    {"The node contradicts the rules of its operator, for example two shapes "
     "that do not fit each other. TensorFlow would fail when it runs it; Graft "
     "leaves it as it is.",
     "The reason says which rule. If TensorFlow runs the model all the same, "
     "this is a mistake of Graft's: please report it with the node."},
    // denied
    {"The node's operator is on the deny list of this conversion.",
     "Take it off --deny."},
    // target_refused
    {"The node could be converted, but the target that the engine is made for "
     "does not take it, in this type or size, or the segment that it was in "
     "did "
     "not compile. The other segments are not affected.",
     "Choose another precision or target, or leave the node native. If the "
     "reason is an error of the compiler, please report it with the model."},
    // segment_too_small
    {"The node could be part of an engine, but too few nodes beside it could: "
     "an engine of so few nodes costs more at its borders than it gains.",
     "See what surrounds it: usually a native neighbour splits the model, and "
     "its row tells why. --minimum-segment-size 1 makes engines of any size; "
     "measure whether that is faster.",
     ReasonKind::Consequence},
    // segment_without_inputs
    {"The node is part of a segment that depends on no input of the model: its "
     "value is always the same, but it was too large, or not exactly what "
     "TensorFlow computes, to be folded into a constant.",
     "Nothing is lost: TensorFlow computes it once where it can. If it is "
     "slow, compute the value before the model is saved.",
     ReasonKind::Consequence},
    // engine_limit
    {"The node is part of a segment that could be an engine, but the number of "
     "engines is limited and larger ones were taken.",
     "Raise the limit (maximum-engines of graph-segment; TF_TRT_MAX_ALLOWED_"
     "ENGINES in TF-TRT's interface). Many small engines mean many borders: "
     "find the native nodes between them.",
     ReasonKind::Consequence},
    // native_constant
    {"The node is a constant that only native nodes read. Constants that an "
     "engine reads are inside the engine.",
     "Nothing. It goes where its readers go.", ReasonKind::Harmless},
};

static_assert(std::size(texts) == getMaxEnumValForNativeReason() + 1,
              "each reason has its text, at its number");

size_t graft::graph::nativeReasonCount() { return std::size(texts); }

std::string_view graft::graph::nativeReasonName(size_t code) {
  llvm::StringRef name = stringifyNativeReason(static_cast<NativeReason>(code));
  return {name.data(), name.size()};
}

const ReasonText &graft::graph::nativeReasonText(size_t code) {
  return texts[code];
}

ReasonKind graft::graph::nativeReasonKind(std::string_view name) {
  for (size_t code = 0; code < nativeReasonCount(); ++code)
    if (nativeReasonName(code) == name)
      return texts[code].kind;
  return ReasonKind::Cause;
}
