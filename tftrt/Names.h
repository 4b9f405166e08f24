//===- Names.h - TF-TRT's names, and what Graft adds to them --------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A converted model says where its engines are as TF-TRT said it, to the
// letter: users' scripts look for these names, and TensorFlow 2.17 validates
// them. Every other folder takes them from here. Needs no other header.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TFTRT_NAMES_H
#define GRAFT_TFTRT_NAMES_H

namespace graft::tftrt {

//===----------------------------------------------------------------------===//
// Engine nodes
//===----------------------------------------------------------------------===//

/// The operator that runs an engine, and that of TensorFlow 1.7 to 1.9 which
/// calibrates one.
inline constexpr char kEngineOp[] = "TRTEngineOp";
inline constexpr char kCalibrationOp[] = "TRTCalibOp";

/// Attributes: the function that an engine falls back on, since TensorFlow 1.14
/// and before it; the plan, or the GraphDef that one is to be made of; and
/// whether it is a plan.
inline constexpr char kSegmentFunction[] = "segment_func";
inline constexpr char kSegmentFunctionName[] = "segment_funcdef_name";
inline constexpr char kSerializedSegment[] = "serialized_segment";
inline constexpr char kStaticEngine[] = "static_engine";

/// Behind an engine's name: its function.
inline constexpr char kNativeSegmentSuffix[] = "_native_segment";
/// Before a number: the inputs and outputs of plans and of serialized graphs;
/// and those of functions, whose names are in lower case.
inline constexpr char kInputPrefix[] = "TensorRTInputPH_";
inline constexpr char kOutputPrefix[] = "TensorRTOutputPH_";
inline constexpr char kArgumentPrefix[] = "tensorrtinputph_";
inline constexpr char kResultPrefix[] = "tensorrtoutputph_";

//===----------------------------------------------------------------------===//
// The cache of engines
//===----------------------------------------------------------------------===//

inline constexpr char kCreateHandleOp[] = "CreateTRTResourceHandle";
inline constexpr char kInitializeOp[] = "InitializeTRTResource";
inline constexpr char kSerializeOp[] = "SerializeTRTResource";
/// The container of its resources.
inline constexpr char kContainer[] = "TF-TRT";

//===----------------------------------------------------------------------===//
// Engines in the assets of a SavedModel (see RestoreAssets.h)
//===----------------------------------------------------------------------===//

/// What begins the names of the nodes that fill engines in.
inline constexpr char kScope[] = "graft/";
/// The node of them that runs the others, and the model's own initialiser. A
/// collection of this name says which that is.
inline constexpr char kInitNode[] = "graft/initialize";
/// On an engine node, the name of the resource that holds its plan; and on the
/// node that gives that resource the file with it.
inline constexpr char kResource[] = "_graft_resource";
/// The files: of an engine, with its name behind; and a checkpoint.
inline constexpr char kEngineFile[] = "trt-serialized-engine.";
inline constexpr char kSegmentWeights[] = "native-segments";

} // namespace graft::tftrt

#endif // GRAFT_TFTRT_NAMES_H
