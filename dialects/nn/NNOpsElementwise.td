//===- NNOpsElementwise.td - each element alone ------------*- tablegen -*-===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef GRAFT_DIALECTS_NN_NNOPSELEMENTWISE_TD
#define GRAFT_DIALECTS_NN_NNOPSELEMENTWISE_TD

include "dialects/nn/NNBase.td"

class NN_UnaryOp<string mnemonic, string text, list<Trait> traits = [],
                 dag parameters = (ins), Type operand = NN_Tensor,
                 Type result = NN_Tensor>
    : NN_Op<mnemonic, !listconcat([NN_ElementwiseUnary,
                                   SameOperandsAndResultShape], traits)> {
  let summary = text;
  let arguments = !con((ins operand:$x), parameters);
  let results = (outs result:$y);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

/// A unary operation whose parameter is called alpha.
class NN_AlphaOp<string mnemonic, string text, string fallback>
    : NN_UnaryOp<mnemonic, text, [],
                 (ins DefaultValuedAttr<F64Attr, fallback>:$alpha)>;

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

def NN_ReluOp : NN_UnaryOp<"relu", "max(x, 0)", [NN_Exact, NN_NonNegative]> { let precision = NN_Clear; }
def NN_ClipOp : NN_UnaryOp<"clip", "min(max(x, alpha), beta)", [NN_Exact],
                           (ins F64Attr:$alpha, F64Attr:$beta)> { let precision = NN_Clear; }
def NN_LeakyReluOp : NN_AlphaOp<"leaky_relu", "x where x >= 0, else alpha x", "0.2"> { let precision = NN_Infer; }
def NN_EluOp : NN_AlphaOp<"elu", "x where x >= 0, else alpha (exp(x) - 1)", "1.0"> { let precision = NN_Infer; }
def NN_SeluOp : NN_UnaryOp<"selu", "scaled exponential linear unit"> { let precision = NN_Infer; }
def NN_SoftplusOp : NN_UnaryOp<"softplus", "log(1 + exp(x))"> { let precision = NN_Infer; }
def NN_SoftsignOp : NN_UnaryOp<"softsign", "x / (1 + |x|)"> { let precision = NN_Infer; }
def NN_SigmoidOp : NN_UnaryOp<"sigmoid", "1 / (1 + exp(-x))", [NN_NonNegative]> { let precision = NN_Infer; }
def NN_HardSigmoidOp
    : NN_UnaryOp<"hard_sigmoid", "min(max(alpha x + beta, 0), 1)", [],
                 (ins DefaultValuedAttr<F64Attr, "0.2">:$alpha,
                      DefaultValuedAttr<F64Attr, "0.5">:$beta)> { let precision = NN_Infer; }
def NN_TanhOp : NN_UnaryOp<"tanh", "hyperbolic tangent"> { let precision = NN_Infer; }
def NN_SwishOp : NN_UnaryOp<"swish", "x sigmoid(x)"> { let precision = NN_Infer; }
def NN_HardSwishOp : NN_UnaryOp<"hard_swish", "x min(max(x + 3, 0), 6) / 6"> { let precision = NN_Infer; }
def NN_GeluOp : NN_UnaryOp<"gelu", "x (1 + erf(x / sqrt(2))) / 2"> { let precision = NN_Infer; }
def NN_GeluTanhOp : NN_UnaryOp<"gelu_tanh", "tanh approximation of gelu"> { let precision = NN_Infer; }

//===----------------------------------------------------------------------===//
// Mathematical functions
//===----------------------------------------------------------------------===//

def NN_ErfOp : NN_UnaryOp<"erf", "error function"> { let precision = NN_Infer; }
def NN_ErfcOp : NN_UnaryOp<"erfc", "1 - erf(x)"> { let precision = NN_Infer; }
def NN_ExpOp : NN_UnaryOp<"exp", "exponential", [NN_NonNegative]> { let precision = NN_Deny; }
def NN_Expm1Op : NN_UnaryOp<"expm1", "exp(x) - 1, exact near 0"> { let precision = NN_Deny; }
def NN_LgammaOp : NN_UnaryOp<"lgamma", "log |gamma(x)|">;
def NN_LogOp : NN_UnaryOp<"log", "natural logarithm"> { let precision = NN_Infer; }
def NN_Log1pOp : NN_UnaryOp<"log1p", "log(1 + x), exact near 0"> { let precision = NN_Infer; }
def NN_SqrtOp : NN_UnaryOp<"sqrt", "square root", [NN_Exact]> { let precision = NN_Infer; }
def NN_RsqrtOp : NN_UnaryOp<"rsqrt", "1 / sqrt(x)">;
def NN_ReciprocalOp : NN_UnaryOp<"reciprocal", "1 / x"> { let precision = NN_Infer; }
def NN_SquareOp : NN_UnaryOp<"square", "x x", [NN_Exact, NN_NonNegative]>;
def NN_AbsOp : NN_UnaryOp<"abs", "absolute value", [NN_Exact, NN_NonNegative]> { let precision = NN_Clear; }
def NN_NegOp : NN_UnaryOp<"neg", "-x", [NN_Exact]> { let precision = NN_Clear; }
def NN_SignOp : NN_UnaryOp<"sign", "-1, 0 or 1", [NN_Exact]> { let precision = NN_Clear; }
def NN_FloorOp : NN_UnaryOp<"floor", "largest integer that is not above x", [NN_Exact]> { let precision = NN_Clear; }
def NN_CeilOp : NN_UnaryOp<"ceil", "smallest integer that is not below x", [NN_Exact]> { let precision = NN_Clear; }
def NN_RoundOp : NN_UnaryOp<"round", "nearest integer, ties to even", [NN_Exact]> { let precision = NN_Clear; }
def NN_SinOp : NN_UnaryOp<"sin", "sine">;
def NN_CosOp : NN_UnaryOp<"cos", "cosine">;
def NN_TanOp : NN_UnaryOp<"tan", "tangent">;
def NN_AsinOp : NN_UnaryOp<"asin", "inverse sine">;
def NN_AcosOp : NN_UnaryOp<"acos", "inverse cosine">;
def NN_AtanOp : NN_UnaryOp<"atan", "inverse tangent">;
def NN_SinhOp : NN_UnaryOp<"sinh", "hyperbolic sine">;
def NN_CoshOp : NN_UnaryOp<"cosh", "hyperbolic cosine">;
def NN_AsinhOp : NN_UnaryOp<"asinh", "inverse hyperbolic sine">;
def NN_AcoshOp : NN_UnaryOp<"acosh", "inverse hyperbolic cosine">;
def NN_AtanhOp : NN_UnaryOp<"atanh", "inverse hyperbolic tangent">;

//===----------------------------------------------------------------------===//
// Predicates
//===----------------------------------------------------------------------===//

class NN_PredicateOp<string mnemonic, string text, Type operand = NN_Tensor>
    : NN_UnaryOp<mnemonic, text, [NN_Exact], (ins), operand, NN_BoolTensor> {
  let precision = NN_Clear;
}

def NN_LogicalNotOp : NN_PredicateOp<"logical_not", "not x", NN_BoolTensor>;
def NN_IsNanOp : NN_PredicateOp<"is_nan", "whether x is not a number">;
def NN_IsInfOp : NN_PredicateOp<"is_inf", "whether x is an infinity">;
def NN_IsFiniteOp
    : NN_PredicateOp<"is_finite", "whether x is neither an infinity nor a NaN">;

//===----------------------------------------------------------------------===//
// Two operands
//===----------------------------------------------------------------------===//

class NN_BinaryOp<string mnemonic, string text, list<Trait> traits = [],
                  Type operand = NN_Tensor, Type result = NN_Tensor>
    : NN_Op<mnemonic, !listconcat([NN_ElementwiseBinary], traits)> {
  let summary = text;
  let arguments = (ins operand:$a, operand:$b);
  let results = (outs result:$y);
  let assemblyFormat = "$a `,` $b attr-dict `:` functional-type(operands, results)";
}

def NN_AddOp : NN_BinaryOp<"add", "a + b", [Commutative, NN_Exact]> { let precision = NN_Infer; }
def NN_SubOp : NN_BinaryOp<"sub", "a - b", [NN_Exact]> { let precision = NN_Infer; }
def NN_MulOp : NN_BinaryOp<"mul", "a b", [Commutative, NN_Exact]> { let precision = NN_Infer; }
def NN_DivOp : NN_BinaryOp<"div", "a / b; integers truncate", [NN_Exact]> { let precision = NN_Infer; }
def NN_FloorDivOp : NN_BinaryOp<"floor_div", "floor(a / b)"> { let precision = NN_Infer; }
def NN_FloorModOp : NN_BinaryOp<"floor_mod", "a - floor(a / b) b">;
def NN_TruncModOp : NN_BinaryOp<"trunc_mod", "a - trunc(a / b) b">;
def NN_MaximumOp : NN_BinaryOp<"maximum", "the larger of a and b", [Commutative, NN_Exact]> { let precision = NN_Clear; }
def NN_MinimumOp : NN_BinaryOp<"minimum", "the smaller of a and b", [Commutative, NN_Exact]> { let precision = NN_Clear; }
def NN_PowOp : NN_BinaryOp<"pow", "a to the power of b"> { let precision = NN_Deny; }
def NN_SquaredDifferenceOp
    : NN_BinaryOp<"squared_difference", "(a - b) (a - b)", [Commutative]>;
def NN_Atan2Op : NN_BinaryOp<"atan2", "angle of the point (b, a)">;
def NN_DivNoNanOp : NN_BinaryOp<"div_no_nan", "a / b, and 0 where b is 0">;

class NN_LogicalOp<string mnemonic, string text>
    : NN_BinaryOp<mnemonic, text, [Commutative], NN_BoolTensor, NN_BoolTensor>;

def NN_LogicalAndOp : NN_LogicalOp<"logical_and", "a and b">;
def NN_LogicalOrOp : NN_LogicalOp<"logical_or", "a or b">;
def NN_LogicalXorOp : NN_LogicalOp<"logical_xor", "either a or b">;

class NN_CompareOp<string mnemonic, string text, list<Trait> traits = []>
    : NN_BinaryOp<mnemonic, text, !listconcat([NN_Exact], traits), NN_Tensor,
                  NN_BoolTensor> {
  let precision = NN_Clear;
}

def NN_EqualOp : NN_CompareOp<"equal", "a = b", [Commutative]>;
def NN_NotEqualOp : NN_CompareOp<"not_equal", "a != b", [Commutative]>;
def NN_LessOp : NN_CompareOp<"less", "a < b">;
def NN_LessEqualOp : NN_CompareOp<"less_equal", "a <= b">;
def NN_GreaterOp : NN_CompareOp<"greater", "a > b">;
def NN_GreaterEqualOp : NN_CompareOp<"greater_equal", "a >= b">;

//===----------------------------------------------------------------------===//
// Selection and conversion
//===----------------------------------------------------------------------===//

def NN_SelectOp : NN_Op<"select", [NN_Exact]> {
  let precision = NN_Clear;
  let summary = "a where the condition holds, else b; all three broadcast";
  let arguments = (ins NN_BoolTensor:$condition, NN_Tensor:$a, NN_Tensor:$b);
  let results = (outs NN_Tensor:$y);
  let assemblyFormat = [{
    $condition `,` $a `,` $b attr-dict `:` functional-type(operands, results)
  }];
}

def NN_CastOp : NN_Op<"cast", [NN_Exact, SameOperandsAndResultShape]> {
  let summary = "the same values in another element type";
  let description = [{
    `to` names the element type: `f32`, `i64`, `bool`. Floats become integers by
    truncation, integers narrower integers by wrapping around, anything becomes
    a Bool by comparison with 0.
  }];
  let arguments = (ins NN_Tensor:$x, StrAttr:$to);
  let results = (outs NN_Tensor:$y);
  let hasCanonicalizer = 1;
  let hasFolder = 1;
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

#endif // GRAFT_DIALECTS_NN_NNOPSELEMENTWISE_TD
