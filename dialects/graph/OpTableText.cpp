//===- OpTableText.cpp - The text format of the op table ------------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Parser and printer of one line; scripts/gen_op_table.py describes the format.
//
//===----------------------------------------------------------------------===//

#include "dialects/graph/OpTable.h"

#include <array>
#include <cctype>
#include <charconv>

using namespace graft::graph;

namespace {

/// TensorFlow's names without "DT_", in lower case, at the index of their
/// number.
constexpr std::array<const char *, 34> typeNames = {"invalid",
                                                    "float",
                                                    "double",
                                                    "int32",
                                                    "uint8",
                                                    "int16",
                                                    "int8",
                                                    "string",
                                                    "complex64",
                                                    "int64",
                                                    "bool",
                                                    "qint8",
                                                    "quint8",
                                                    "qint32",
                                                    "bfloat16",
                                                    "qint16",
                                                    "quint16",
                                                    "uint16",
                                                    "complex128",
                                                    "half",
                                                    "resource",
                                                    "variant",
                                                    "uint32",
                                                    "uint64",
                                                    "float8_e5m2",
                                                    "float8_e4m3fn",
                                                    "float8_e4m3fnuz",
                                                    "float8_e4m3b11fnuz",
                                                    "float8_e5m2fnuz",
                                                    "int4",
                                                    "uint4",
                                                    "int2",
                                                    "uint2",
                                                    "float4_e2m1fn"};

constexpr std::array<const char *, 8> kindNames = {
    "string", "int", "float", "bool", "type", "shape", "tensor", "func"};

/// The flags in the order in which a line has them.
struct Flag {
  const char *name;
  bool OpSignature::*field;
};
constexpr std::array<Flag, 5> flags = {{
    {"aggregate", &OpSignature::isAggregate},
    {"commutative", &OpSignature::isCommutative},
    {"distributed", &OpSignature::isDistributed},
    {"stateful", &OpSignature::isStateful},
    {"uninitialized", &OpSignature::allowsUninitializedInput},
}};

/// Reads one line. Each method answers false, or nothing, on a mismatch, which
/// ends the parse.
class Parser {
public:
  explicit Parser(std::string_view line) : rest(line) {}

  bool parse(OpSignature &op) {
    std::optional<std::string_view> name = word();
    if (!name || !args(op.inputs) || !accept("->") || !args(op.outputs))
      return false;
    op.name = *name;
    if (accept("{") && !list("}", [&] { return attr(op.attrs); }))
      return false;
    for (const Flag &flag : flags)
      op.*flag.field = acceptWord(flag.name);
    return rest.empty() && resolve(op, op.inputs) && resolve(op, op.outputs);
  }

private:
  void skipSpace() {
    while (!rest.empty() && rest.front() == ' ')
      rest.remove_prefix(1);
  }

  bool accept(std::string_view token) {
    skipSpace();
    if (rest.substr(0, token.size()) != token)
      return false;
    rest.remove_prefix(token.size());
    return true;
  }

  static bool isWordChar(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' ||
           c == '>' || c == '.' || c == '+' || c == '-';
  }

  /// A name or number. Names of ops may have ">" in them.
  std::optional<std::string_view> word() {
    skipSpace();
    size_t length = 0;
    while (length < rest.size() && isWordChar(rest[length]))
      ++length;
    if (length == 0)
      return std::nullopt;
    std::string_view result = rest.substr(0, length);
    rest.remove_prefix(length);
    return result;
  }

  bool acceptWord(std::string_view wanted) {
    std::string_view before = rest;
    if (word() == wanted)
      return true;
    rest = before;
    return false;
  }

  /// Elements up to the closing token; the opening one is already read.
  template <typename Element>
  bool list(std::string_view close, Element element) {
    if (accept(close))
      return true;
    do {
      if (!element())
        return false;
    } while (accept(","));
    return accept(close);
  }

  bool args(std::vector<OpArg> &into) {
    return accept("(") && list(")", [&] {
             OpArg arg;
             std::optional<std::string_view> name = word();
             if (!name || !accept(":"))
               return false;
             arg.name = *name;
             arg.isRef = acceptWord("ref");
             std::optional<std::string_view> type = word();
             if (!type)
               return false;
             if (accept("*")) {
               arg.numberAttr = *type;
               type = word();
               if (!type)
                 return false;
             }
             arg.typeAttr = *type; // which kind it is, resolve() finds out
             into.push_back(std::move(arg));
             return true;
           });
  }

  /// Attributes follow the arguments that name them.
  static bool resolve(const OpSignature &op, std::vector<OpArg> &args) {
    for (OpArg &arg : args) {
      if (const OpAttr *attr = op.findAttr(arg.typeAttr)) {
        if (attr->kind != OpAttrKind::Type)
          return false;
        if (attr->isList)
          std::swap(arg.typeAttr, arg.typeListAttr);
      } else if (std::optional<int> type = dataTypeFromName(arg.typeAttr)) {
        arg.type = *type;
        arg.typeAttr.clear();
      } else {
        return false;
      }
      if (!arg.numberAttr.empty() && !op.findAttr(arg.numberAttr))
        return false;
    }
    return true;
  }

  bool attr(std::vector<OpAttr> &into) {
    OpAttr attr;
    std::optional<std::string_view> name = word();
    if (!name || !accept(":"))
      return false;
    attr.name = *name;
    std::optional<std::string_view> kind = word();
    if (kind == "list") {
      attr.isList = true;
      if (!accept("(") || !(kind = word()) || !accept(")"))
        return false;
    }
    size_t index = 0;
    while (index < kindNames.size() && kind != kindNames[index])
      ++index;
    if (index == kindNames.size())
      return false;
    attr.kind = static_cast<OpAttrKind>(index);

    if (accept(">=") && !(attr.minimum = integer()))
      return false;
    if (acceptWord("in") &&
        (!accept("[") || !elements(attr.kind, attr.allowed)))
      return false;
    if (accept("=")) {
      attr.defaultValue.emplace();
      if (!value(attr.kind, attr.isList, *attr.defaultValue))
        return false;
    }
    into.push_back(std::move(attr));
    return true;
  }

  bool elements(OpAttrKind kind, std::vector<OpAttrValue> &into) {
    return list("]", [&] {
      into.emplace_back();
      return value(kind, /*isList=*/false, into.back());
    });
  }

  bool value(OpAttrKind kind, bool isList, OpAttrValue &into) {
    if (isList) {
      std::vector<OpAttrValue> values;
      if (!accept("[") || !elements(kind, values))
        return false;
      into.value = std::move(values);
      return true;
    }
    switch (kind) {
    case OpAttrKind::String:
      return store(string(), into);
    case OpAttrKind::Int:
      return store(integer(), into);
    case OpAttrKind::Float:
      return store(number(), into);
    case OpAttrKind::Bool:
      into.value = acceptWord("true");
      return std::get<bool>(into.value) || acceptWord("false");
    case OpAttrKind::Type:
      return store(type(), into);
    case OpAttrKind::Shape:
      return store(shape(), into);
    case OpAttrKind::Tensor:
      return store(tensor(), into);
    case OpAttrKind::Func: {
      std::optional<std::string> name = string();
      if (!name)
        return false;
      into.value = FuncValue{*std::move(name)};
      return true;
    }
    }
    return false;
  }

  template <typename T>
  static bool store(std::optional<T> value, OpAttrValue &into) {
    if (!value)
      return false;
    into.value = *std::move(value);
    return true;
  }

  template <typename T>
  std::optional<T> parseNumber() {
    std::optional<std::string_view> text = word();
    T value;
    if (!text)
      return std::nullopt;
    const char *end = text->data() + text->size();
    auto [stop, error] = std::from_chars(text->data(), end, value);
    if (error != std::errc() || stop != end)
      return std::nullopt;
    return value;
  }

  std::optional<int64_t> integer() { return parseNumber<int64_t>(); }
  std::optional<float> number() { return parseNumber<float>(); }

  std::optional<TypeValue> type() {
    std::optional<std::string_view> name = word();
    if (!name)
      return std::nullopt;
    std::optional<int> value = dataTypeFromName(*name);
    if (!value)
      return std::nullopt;
    return TypeValue{*value};
  }

  std::optional<std::string> string() {
    if (!accept("\""))
      return std::nullopt;
    std::string result;
    while (!rest.empty() && rest.front() != '"') {
      char c = rest.front();
      size_t length = 1;
      if (c == '\\') {
        length = 4; // \xNN
        unsigned byte;
        if (rest.size() < length || rest[1] != 'x' ||
            std::from_chars(rest.data() + 2, rest.data() + 4, byte, 16).ptr !=
                rest.data() + 4)
          return std::nullopt;
        c = static_cast<char>(byte);
      }
      result += c;
      rest.remove_prefix(length);
    }
    if (!accept("\""))
      return std::nullopt;
    return result;
  }

  bool integers(std::vector<int64_t> &into) {
    return accept("[") && list("]", [&] {
             std::optional<int64_t> element = integer();
             if (element)
               into.push_back(*element);
             return element.has_value();
           });
  }

  std::optional<ShapeValue> shape() {
    ShapeValue shape;
    if (accept("?"))
      return shape;
    shape.hasRank = true;
    if (!integers(shape.dims))
      return std::nullopt;
    return shape;
  }

  std::optional<TensorValue> tensor() {
    if (!acceptWord("tensor"))
      return std::nullopt;
    std::optional<TypeValue> elementType = type();
    if (!elementType)
      return std::nullopt;
    std::optional<ShapeValue> dims = shape();
    TensorValue tensor{elementType->type, {}, {}};
    if (!dims || !integers(tensor.values))
      return std::nullopt;
    tensor.shape = *std::move(dims);
    return tensor;
  }

  std::string_view rest;
};

} // namespace

std::optional<int> graft::graph::dataTypeFromName(std::string_view name) {
  for (size_t type = 0; type < typeNames.size(); ++type)
    if (name == typeNames[type])
      return static_cast<int>(type);
  return std::nullopt;
}

std::string graft::graph::dataTypeName(int type) {
  bool isRef = type > refTypeOffset;
  int base = isRef ? type - refTypeOffset : type;
  if (base < 0 || base >= static_cast<int>(typeNames.size()))
    return "dtype " + std::to_string(type);
  return typeNames[base] + std::string(isRef ? "_ref" : "");
}

std::optional<OpSignature>
graft::graph::parseOpSignature(std::string_view line) {
  OpSignature signature;
  if (!Parser(line).parse(signature))
    return std::nullopt;
  return signature;
}

//===----------------------------------------------------------------------===//
// Printing
//===----------------------------------------------------------------------===//

template <typename Range, typename Print>
static std::string join(const Range &range, Print print) {
  std::string text;
  for (const auto &element : range)
    text += (text.empty() ? "" : ", ") + print(element);
  return text;
}

static std::string printString(const std::string &value) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text = "\"";
  for (unsigned char c : value) {
    if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\')
      text += static_cast<char>(c);
    else
      text += {'\\', 'x', digits[c >> 4], digits[c & 15]};
  }
  return text + "\"";
}

static std::string printFloat(float value) {
  char buffer[32];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof(buffer), value);
  std::string text(buffer, end);
  // As the generator writes it: a float always shows that it is one.
  if (text.find_first_not_of("-0123456789") == std::string::npos)
    text += ".0";
  return text;
}

static std::string printInts(const std::vector<int64_t> &values) {
  return "[" +
         join(values, [](int64_t value) { return std::to_string(value); }) +
         "]";
}

static std::string printShape(const ShapeValue &shape) {
  return shape.hasRank ? printInts(shape.dims) : "?";
}

static std::string printValue(const OpAttrValue &value) {
  struct Visitor {
    std::string operator()(const std::string &s) { return printString(s); }
    std::string operator()(int64_t i) { return std::to_string(i); }
    std::string operator()(float f) { return printFloat(f); }
    std::string operator()(bool b) { return b ? "true" : "false"; }
    std::string operator()(TypeValue t) { return dataTypeName(t.type); }
    std::string operator()(const ShapeValue &s) { return printShape(s); }
    std::string operator()(const TensorValue &t) {
      return "tensor " + dataTypeName(t.type) + " " + printShape(t.shape) +
             " " + printInts(t.values);
    }
    std::string operator()(const FuncValue &f) { return printString(f.name); }
    std::string operator()(const std::vector<OpAttrValue> &list) {
      // The elements of a list are no lists, so this is one level deep.
      return "[" + join(list, printValue) + "]";
    }
  };
  return std::visit(Visitor(), value.value);
}

static std::string printArg(const OpArg &arg) {
  std::string text = arg.name + ": ";
  if (arg.isRef)
    text += "ref ";
  if (!arg.numberAttr.empty())
    text += arg.numberAttr + " * ";
  if (!arg.typeListAttr.empty())
    return text + arg.typeListAttr;
  return text + (arg.typeAttr.empty() ? dataTypeName(arg.type) : arg.typeAttr);
}

static std::string printAttr(const OpAttr &attr) {
  std::string kind = kindNames[static_cast<size_t>(attr.kind)];
  std::string text =
      attr.name + ": " + (attr.isList ? "list(" + kind + ")" : kind);
  if (attr.minimum)
    text += " >= " + std::to_string(*attr.minimum);
  if (!attr.allowed.empty())
    text += " in [" + join(attr.allowed, printValue) + "]";
  if (attr.defaultValue)
    text += " = " + printValue(*attr.defaultValue);
  return text;
}

std::string OpSignature::str() const {
  std::string text = name + "(" + join(inputs, printArg) + ") -> (" +
                     join(outputs, printArg) + ")";
  if (!attrs.empty())
    text += " {" + join(attrs, printAttr) + "}";
  for (const Flag &flag : flags)
    if (this->*flag.field)
      text += std::string(" ") + flag.name;
  return text;
}
