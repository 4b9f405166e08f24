//===- NNOpsDetection.td - boxes around objects ------------*- tablegen -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_NN_NNOPSDETECTION_TD
#define GRAFT_DIALECTS_NN_NNOPSDETECTION_TD

include "dialects/nn/NNBase.td"

def NN_NonMaxSuppressionOp : NN_Op<"non_max_suppression"> {
  let summary = "of boxes that overlap, the one with the best score";
  let description = [{
    Boxes are two opposite corners, y before x. The best box whose score is above
    `score_threshold` is selected, then the next that shares at most
    `iou_threshold` (intersection over union) with each one selected, until there
    are `size`; of equal scores the first comes first. Where `soft_nms_sigma` is
    above 0, an overlap lowers the score instead. The results are positions and
    scores, with zeros after the last, and how many there are.

    ```mlir
    %positions, %selected, %count = nn.non_max_suppression %boxes, %scores, %iou, %score, %sigma
        {size = 10} : (tensor<?x4xf32>, tensor<?xf32>, tensor<f32>, tensor<f32>, tensor<f32>)
        -> (tensor<10xi32>, tensor<10xf32>, tensor<i32>)
    ```
  }];
  let arguments = (ins NN_FloatTensor:$boxes, NN_FloatTensor:$scores,
                       NN_FloatTensor:$iou_threshold,
                       NN_FloatTensor:$score_threshold,
                       NN_FloatTensor:$soft_nms_sigma, I64Attr:$size);
  let results = (outs NN_IndexTensor:$positions, NN_FloatTensor:$selected,
                      NN_IndexTensor:$count);
  let assemblyFormat = [{
    $boxes `,` $scores `,` $iou_threshold `,` $score_threshold `,`
    $soft_nms_sigma attr-dict `:` functional-type(operands, results)
  }];
}

def NN_CombinedNonMaxSuppressionOp : NN_Op<"combined_non_max_suppression"> {
  let summary = "the best boxes of all classes, for each picture of a batch";
  let description = [{
    For each class, boxes are selected as above, at most `size_per_class`; of all
    classes, the best `size`. `boxes` are batch, box, class, corner, with a class
    dimension of 1 where all classes share them; `scores` are batch, box, class.
    The results are boxes, with corners limited to [0, 1] by `clip_boxes`, scores
    and classes, with zeros after the last, and how many there are in each
    picture. `pad_per_class` returns no more than the classes can fill.

    ```mlir
    %b, %s, %c, %n = nn.combined_non_max_suppression %boxes, %scores, %iou, %score
        {size = 20, size_per_class = 5}
        : (tensor<?x100x1x4xf32>, tensor<?x100x3xf32>, tensor<f32>, tensor<f32>)
        -> (tensor<?x20x4xf32>, tensor<?x20xf32>, tensor<?x20xf32>, tensor<?xi32>)
    ```
  }];
  let arguments = (ins NN_FloatTensor:$boxes, NN_FloatTensor:$scores,
                       NN_FloatTensor:$iou_threshold,
                       NN_FloatTensor:$score_threshold, I64Attr:$size,
                       I64Attr:$size_per_class,
                       DefaultValuedAttr<BoolAttr, "false">:$pad_per_class,
                       DefaultValuedAttr<BoolAttr, "true">:$clip_boxes);
  let results = (outs NN_FloatTensor:$selected, NN_FloatTensor:$selected_scores,
                      NN_FloatTensor:$classes, NN_IndexTensor:$counts);
  let assemblyFormat = [{
    $boxes `,` $scores `,` $iou_threshold `,` $score_threshold attr-dict `:`
    functional-type(operands, results)
  }];
}

#endif // GRAFT_DIALECTS_NN_NNOPSDETECTION_TD
