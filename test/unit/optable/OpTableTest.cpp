//===- OpTableTest.cpp - Tests of the op table ----------------------------===//
//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The whole table survives parsing and printing, and nodes' arguments resolve
// as TensorFlow resolves them.
//
//===----------------------------------------------------------------------===//

#include "dialects/graph/OpTable.h"

#include "gtest/gtest.h"

#include <map>

using namespace graft;
using namespace graft::graph;

namespace {

constexpr int dtFloat = 1, dtInt32 = 3, dtString = 7, dtInt64 = 9;

/// The attributes of a made-up node.
struct Attrs : AttrSource {
  std::map<std::string, int64_t, std::less<>> ints;
  std::map<std::string, int, std::less<>> types;
  std::map<std::string, std::vector<int>, std::less<>> typeLists;

  template <typename Map>
  static std::optional<typename Map::mapped_type> get(const Map &map,
                                                      std::string_view name) {
    auto found = map.find(name);
    if (found == map.end())
      return std::nullopt;
    return found->second;
  }
  std::optional<int64_t> intAttr(std::string_view name) const override {
    return get(ints, name);
  }
  std::optional<int> typeAttr(std::string_view name) const override {
    return get(types, name);
  }
  std::optional<std::vector<int>>
  typeListAttr(std::string_view name) const override {
    return get(typeLists, name);
  }
};

using Types = std::vector<int>;

} // namespace

TEST(OpTableTest, EveryLineReadsBackAsItWasWritten) {
  size_t count = 0;
  std::string_view rest = OpTable::builtinText(), last;
  while (!rest.empty()) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + 1);
    std::optional<OpSignature> signature = parseOpSignature(line);
    ASSERT_TRUE(signature) << line;
    ASSERT_EQ(signature->str(), line);
    // Sorted, or the binary search misses ops.
    std::string_view name = line.substr(0, signature->name.size());
    ASSERT_LT(last, name);
    last = name;
    const OpSignature *found = OpTable::builtin(name);
    ASSERT_TRUE(found);
    ASSERT_EQ(found->name, name);
    ++count;
  }
  EXPECT_EQ(count, OpTable::builtinCount());
  // TensorFlow 2.21 has over 1900 ops; a table cut short must not pass.
  EXPECT_GT(count, 1800u);
}

TEST(OpTableTest, ReadsWhatTheRegistrySays) {
  const OpSignature *conv = OpTable::builtin("Conv2D");
  ASSERT_TRUE(conv);
  EXPECT_EQ(conv->inputs.size(), 2u);
  EXPECT_EQ(conv->inputs[1].name, "filter");
  EXPECT_EQ(conv->inputs[1].typeAttr, "T");
  EXPECT_FALSE(conv->isStateful);
  const OpAttr *format = conv->findAttr("data_format");
  ASSERT_TRUE(format && format->defaultValue);
  EXPECT_EQ(std::get<std::string>(format->defaultValue->value), "NHWC");
  EXPECT_EQ(format->allowed.size(), 2u);
  EXPECT_FALSE(conv->findAttr("no_such"));

  const OpSignature *print = OpTable::builtin("PrintV2");
  ASSERT_TRUE(print);
  EXPECT_TRUE(print->isStateful);
  EXPECT_EQ(std::get<std::string>(print->findAttr("end")->defaultValue->value),
            "\n");
  EXPECT_TRUE(OpTable::builtin("AddN")->isAggregate);
  EXPECT_TRUE(OpTable::builtin("Assign")->allowsUninitializedInput);
  EXPECT_FALSE(OpTable::builtin("NoSuchOp"));
  EXPECT_FALSE(OpTable::builtin(""));
}

TEST(OpTableTest, RefusesWhatIsNoLine) {
  for (const char *line :
       {"", "Op", "Op(", "Op() ->", "Op(x: T) -> ()", "Op() -> () {a}",
        "Op() -> () {a: colour}", "Op() -> () {a: int = x}",
        "Op() -> () {a: string = \"x}", "Op() -> () {a: list(int) = [1}",
        "Op() -> () {a: string = \"\\q\"}", "Op() -> () sideways",
        "Op(x: N * float) -> ()", "Op(x: T) -> () {T: int}"})
    EXPECT_FALSE(parseOpSignature(line)) << line;
}

TEST(OpTableTest, CustomOpsStandBesideTheRegistry) {
  OpTable table;
  OpSignature custom;
  custom.name = "MyOp";
  custom.isStateful = true;
  EXPECT_FALSE(table.lookup("MyOp"));
  EXPECT_TRUE(table.add(custom));
  EXPECT_FALSE(table.add(custom));
  ASSERT_TRUE(table.lookup("MyOp"));
  EXPECT_TRUE(table.lookup("MyOp")->isStateful);
  custom.name = "Conv2D";
  EXPECT_FALSE(table.add(custom));
  EXPECT_FALSE(OpTable().lookup("MyOp"));
}

TEST(OpTableTest, FlattensNumberedArguments) {
  const OpSignature *concat = OpTable::builtin("ConcatV2");
  Attrs attrs;
  attrs.ints["N"] = 3;
  attrs.types["T"] = dtFloat;
  // Tidx is absent: its default is int32.
  Expected<FlatArgs> inputs = flattenArgs(*concat, concat->inputs, attrs);
  ASSERT_TRUE(inputs) << inputs.status().message();
  EXPECT_EQ(inputs->types, (Types{dtFloat, dtFloat, dtFloat, dtInt32}));
  EXPECT_EQ(inputs->count(0), 3u);
  EXPECT_EQ(inputs->first(1), 3u);
  EXPECT_EQ(inputs->flatIndex(0, 2), 2u);
  EXPECT_EQ(inputs->flatIndex(0, 3), std::nullopt);
  EXPECT_EQ(inputs->flatIndex(2, 0), std::nullopt);
  EXPECT_EQ(inputs->argAndIndex(3), (std::pair<size_t, size_t>(1, 0)));
}

TEST(OpTableTest, FlattensTypeListsAndReferences) {
  const OpSignature *ifOp = OpTable::builtin("If");
  Attrs attrs;
  attrs.types["Tcond"] = dtInt32;
  attrs.typeLists["Tin"] = {};
  attrs.typeLists["Tout"] = {dtString, dtInt64};
  Expected<FlatArgs> inputs = flattenArgs(*ifOp, ifOp->inputs, attrs);
  ASSERT_TRUE(inputs);
  EXPECT_EQ(inputs->types, Types{dtInt32});
  EXPECT_EQ(inputs->count(1), 0u);
  Expected<FlatArgs> outputs = flattenArgs(*ifOp, ifOp->outputs, attrs);
  ASSERT_TRUE(outputs);
  EXPECT_EQ(outputs->types, (Types{dtString, dtInt64}));
  EXPECT_EQ(ifOp->findOutput("output"), 0u);

  const OpSignature *assign = OpTable::builtin("Assign");
  attrs.types["T"] = dtFloat;
  Expected<FlatArgs> refs = flattenArgs(*assign, assign->outputs, attrs);
  ASSERT_TRUE(refs);
  EXPECT_EQ(refs->types, Types{dtFloat + refTypeOffset});
  EXPECT_EQ(dataTypeName(refs->types[0]), "float_ref");
}

TEST(OpTableTest, SkipsEmptyArguments) {
  // Two arguments that stand for nothing in front of one that does.
  std::optional<OpSignature> op = parseOpSignature(
      "Op() -> (a: A, b: N * float, c: int32) {A: list(type), N: int}");
  ASSERT_TRUE(op);
  Attrs attrs;
  attrs.typeLists["A"] = {};
  attrs.ints["N"] = 0;
  Expected<FlatArgs> outputs = flattenArgs(*op, op->outputs, attrs);
  ASSERT_TRUE(outputs);
  EXPECT_EQ(outputs->types, Types{dtInt32});
  EXPECT_EQ(outputs->argAndIndex(0), (std::pair<size_t, size_t>(2, 0)));
}

TEST(OpTableTest, SaysWhichAttributeIsWrong) {
  const OpSignature *concat = OpTable::builtin("ConcatV2");
  Attrs attrs;
  attrs.types["T"] = dtFloat;
  EXPECT_EQ(flattenArgs(*concat, concat->inputs, attrs).status().message(),
            "op 'ConcatV2' needs attribute 'N' of kind int");
  for (int64_t count : {int64_t(-1), int64_t(1) << 40}) {
    attrs.ints["N"] = count;
    Expected<FlatArgs> inputs = flattenArgs(*concat, concat->inputs, attrs);
    ASSERT_FALSE(inputs);
    EXPECT_EQ(inputs.status().code(), StatusCode::BadInput);
  }
}

TEST(OpTableTest, NamesTypes) {
  EXPECT_EQ(dataTypeFromName("half"), 19);
  EXPECT_EQ(dataTypeName(33), "float4_e2m1fn");
  EXPECT_EQ(dataTypeFromName("float_ref"), std::nullopt);
  EXPECT_EQ(dataTypeName(99), "dtype 99");
  EXPECT_EQ(dataTypeName(-1), "dtype -1");
}
