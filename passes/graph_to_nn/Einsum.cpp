//===- Einsum.cpp - sums of products by labels ----------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One or two operands. Labels that both operands and the result have are the
// batch of a matrix product, labels of both that the result lacks are summed
// over, the others are rows and columns. Transpositions bring operands into
// that order, reshapes merge groups of labels into one dimension.
//===----------------------------------------------------------------------===//
#include "passes/graph_to_nn/Converters.h"

using namespace mlir;
using namespace graft;
using graph::NativeReason;

namespace {

/// Labels of the dimensions, outermost first. Letters are themselves, positions
/// of an ellipsis are counted from the end, in negative numbers.
using Labels = SmallVector<int>;

struct Term {
  Value value;
  Labels labels;

  int64_t size(int label) const {
    auto at = llvm::find(labels, label) - labels.begin();
    return cast<RankedTensorType>(value.getType()).getDimSize(at);
  }
};

} // namespace

static bool isLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Parses one side's labels. `ellipsis` is how many dimensions "..." stands
/// for.
static bool parseLabels(StringRef text, int64_t ellipsis, Labels &labels) {
  while (!text.empty()) {
    if (text.consume_front("...")) {
      for (int64_t i = ellipsis; i > 0; --i)
        labels.push_back(static_cast<int>(-i));
      continue;
    }
    char letter = text.front();
    text = text.drop_front();
    if (letter == ' ')
      continue;
    if (!isLetter(letter) || llvm::is_contained(labels, letter))
      return false;
    labels.push_back(letter);
  }
  return true;
}

/// How many dimensions of a tensor of `rank` the ellipsis in `text` stands for.
static int64_t ellipsisRank(StringRef text, int64_t rank) {
  return text.contains("...") ? rank - llvm::count_if(text, isLetter) : 0;
}

/// Sums over labels that nobody else has, then orders the dimensions.
static void sumOut(NodeConversion &c, Term &term,
                   llvm::function_ref<bool(int)> keep) {
  SmallVector<int64_t> axes;
  Labels kept;
  for (auto [i, label] : llvm::enumerate(term.labels)) {
    if (keep(label))
      kept.push_back(label);
    else
      axes.push_back(i);
  }
  if (axes.empty())
    return;
  term.value =
      c.create<nn::ReduceOp>(term.value, {{"kind", "sum"}, {"axes", axes}});
  term.labels = kept;
}

static void order(NodeConversion &c, Term &term, const Labels &labels) {
  SmallVector<int64_t> perm;
  for (int label : labels)
    perm.push_back(llvm::find(term.labels, label) - term.labels.begin());
  if (term.value)
    term.value = c.transpose(term.value, perm);
  term.labels = labels;
}

/// Reshapes to `sizes`, of which one may be dynamic.
static Value reshapeTo(NodeConversion &c, Value value,
                       SmallVector<int64_t> sizes) {
  if (!value)
    return {};
  if (cast<RankedTensorType>(value.getType()).getShape() == ArrayRef(sizes))
    return value;
  if (llvm::count_if(sizes, ShapedType::isDynamic) > 1) {
    c.refuse(NativeReason::UnsupportedShape,
             "operator Einsum must get at most one unknown size among the "
             "labels that it merges");
    return {};
  }
  for (int64_t &size : sizes)
    size = ShapedType::isDynamic(size) ? -1 : size;
  return c.reshape(value, sizes);
}

static int64_t mergedSize(const Term &term, const Labels &labels) {
  int64_t product = 1;
  for (int label : labels) {
    int64_t size = term.size(label);
    if (ShapedType::isDynamic(size) ||
        __builtin_mul_overflow(product, size, &product))
      return ShapedType::kDynamic;
  }
  return product;
}

static SmallVector<int64_t> sizesOf(const Term &term, const Labels &labels) {
  SmallVector<int64_t> sizes;
  for (int label : labels)
    sizes.push_back(term.size(label));
  return sizes;
}

/// The product of two terms, with labels batch, rows, columns.
static Term multiply(NodeConversion &c, Term a, Term b, const Labels &out) {
  auto in = [](const Labels &labels, int label) {
    return llvm::is_contained(labels, label);
  };
  sumOut(c, a, [&](int l) { return in(b.labels, l) || in(out, l); });
  sumOut(c, b, [&](int l) { return in(a.labels, l) || in(out, l); });
  if (!a.value || !b.value)
    return {};
  Labels batch, rows, columns, inner;
  for (int label : a.labels)
    (!in(b.labels, label) ? rows
     : in(out, label)     ? batch
                          : inner)
        .push_back(label);
  for (int label : b.labels)
    if (!in(a.labels, label))
      columns.push_back(label);

  Labels orderA = batch;
  orderA.append(rows);
  orderA.append(inner);
  Labels orderB = batch;
  orderB.append(inner);
  orderB.append(columns);
  order(c, a, orderA);
  order(c, b, orderB);
  if (!a.value || !b.value)
    return {};

  SmallVector<int64_t> shapeA = sizesOf(a, batch);
  SmallVector<int64_t> shapeB = sizesOf(b, batch);
  // Without a batch the rows may keep their dimensions: products broadcast.
  bool keepRows = batch.empty() && !rows.empty();
  if (keepRows)
    shapeA = sizesOf(a, rows);
  else
    shapeA.push_back(mergedSize(a, rows));
  shapeA.push_back(mergedSize(a, inner));
  shapeB.push_back(mergedSize(b, inner));
  shapeB.push_back(mergedSize(b, columns));
  // A batch of one side may be broadcast to the other's.
  SmallVector<int64_t> shape;
  for (int label : batch)
    shape.push_back(a.size(label) == 1 ? b.size(label) : a.size(label));
  llvm::append_range(shape, sizesOf(a, rows));
  llvm::append_range(shape, sizesOf(b, columns));

  Value left = reshapeTo(c, a.value, shapeA);
  Value right = reshapeTo(c, b.value, shapeB);
  Value product = c.createHeavy<nn::MatMulOp>(left, right, {}, {});
  Term result{reshapeTo(c, product, shape), batch};
  result.labels.append(rows);
  result.labels.append(columns);
  return result;
}

static void einsum(NodeConversion &c) {
  StringRef equation = c.getNode().getStringAttr("equation");
  auto [inputs, output] = equation.split("->");
  SmallVector<StringRef> texts;
  inputs.split(texts, ',');
  size_t count = texts.size();
  if (!equation.contains("->") || count < 1 || count > 2 ||
      c.numInputs() != count)
    return c.refuse(NativeReason::UnsupportedAttribute,
                    "attribute equation must have one or two terms and a "
                    "result, got '" +
                        equation + "'");
  SmallVector<Term> terms;
  int64_t widest = 0;
  for (auto [i, text] : llvm::enumerate(texts)) {
    Term term{c.input(i), {}};
    int64_t rank = cast<RankedTensorType>(term.value.getType()).getRank();
    int64_t ellipsis = ellipsisRank(text, rank);
    if (ellipsis < 0 || !parseLabels(text, ellipsis, term.labels) ||
        static_cast<int64_t>(term.labels.size()) != rank)
      return c.refuse(NativeReason::UnsupportedAttribute,
                      "attribute equation must have one label, not repeated, "
                      "for each dimension, got '" +
                          equation + "'");
    widest = std::max(widest, ellipsis);
    terms.push_back(std::move(term));
  }
  Labels out;
  if (!parseLabels(output, widest, out))
    return c.refuse(NativeReason::UnsupportedAttribute,
                    "attribute equation must not repeat a label, got '" +
                        equation + "'");
  for (int label : out)
    if (llvm::none_of(terms, [&](const Term &term) {
          return llvm::is_contained(term.labels, label);
        }))
      return c.refuse(NativeReason::InvalidNode,
                      "attribute equation must take the result's labels from "
                      "its terms, got '" +
                          equation + "'");
  Term result = terms[0];
  if (count == 2)
    result = multiply(c, terms[0], terms[1], out);
  else
    sumOut(c, result, [&](int l) { return llvm::is_contained(out, l); });
  if (!result.value)
    return;
  order(c, result, out);
  c.result(result.value);
}

void graft::addEinsumConverters(ConverterRows &rows) {
  rows.push_back({"Einsum", einsum});
}
