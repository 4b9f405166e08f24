//===- TinyTest.cpp - formats are rows ------------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A format that has nothing to do with TensorFlow goes through all that makes a
// plan, and every model through an emitter that makes none.
//===----------------------------------------------------------------------===//
#include "test/formats/tiny/Tiny.h"

#include "compiler/Compiler.h"
#include "engine/Engine.h"

#include <cstdio>
#include <cstring>
#include <fstream>
#include <gtest/gtest.h>

using namespace graft;

namespace {
class Tiny : public testing::Test {
protected:
  static void SetUpTestSuite() {
    addFrontEnd(tiny::kFrontEnd);
    addEmitter(tiny::kListing);
  }

  Tiny() {
    model.path = write("model.tiny", "input x 2x4\n"
                                     "matmul h x 4x3 0.25\n"
                                     "relu r h\n"
                                     "output y r\n");
  }

  static std::string write(const std::string &name, const char *text) {
    std::string path = testing::TempDir() + name;
    std::ofstream(path) << text;
    return path;
  }

  static std::string read(const std::string &path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  /// What a plan of the model gives for ones, of which one row is negative.
  std::vector<float> run() {
    LoadedEngine loaded;
    Status status =
        buildPlan(model, /*shapes=*/{}, options, loaded.planBytes, {});
    EXPECT_TRUE(status) << status.message();
    if (!status || !loadEngine(loaded))
      return {};
    std::vector<float> x = {1, 1, 1, 1, -1, -1, -1, -1};
    NpyArray array{"f4", {2, 4}, std::string(x.size() * sizeof(float), '\0')};
    std::memcpy(array.bytes.data(), x.data(), array.bytes.size());
    Expected<NpzArrays> outputs =
        runOnce(loaded.engine.get(), {{"x", array}}, /*threads=*/1);
    EXPECT_TRUE(outputs) << outputs.status().message();
    if (!outputs)
      return {};
    const std::string &bytes = outputs->at("y").bytes;
    std::vector<float> y(bytes.size() / sizeof(float));
    std::memcpy(y.data(), bytes.data(), bytes.size());
    return y;
  }

  ModelSource model;
  EngineOptions options;
};
} // namespace

TEST_F(Tiny, BecomesAPlan) {
  EXPECT_EQ(run(), (std::vector<float>{1, 1, 1, 0, 0, 0}));
}

TEST_F(Tiny, BecomesAPlanOfEveryPrecision) {
  options.precision = Precision::BF16;
  EXPECT_EQ(run(), (std::vector<float>{1, 1, 1, 0, 0, 0}));
  options.precision = Precision::Int8;
  NpyArray sample{"f4", {2, 4}, std::string(32, '\0')};
  std::vector<float> x = {1, 1, 1, 1, -1, -1, -1, -1};
  std::memcpy(sample.bytes.data(), x.data(), 32);
  const std::string samples = testing::TempDir() + "samples.npz";
  Status written = writeNpz(samples, {{"x", sample}});
  ASSERT_TRUE(written) << written.message();
  options.calibrationData = samples;
  std::vector<float> y = run();
  ASSERT_EQ(y.size(), 6u);
  for (size_t i = 0; i < 6; ++i)
    EXPECT_NEAR(y[i], i < 3 ? 1 : 0, 0.02);
}

TEST_F(Tiny, SaysWhereItIsDamaged) {
  model.path = write("damaged.tiny", "input x 2x4\nrelu y z\n");
  Status status = buildPlan(model, {}, options, testing::TempDir() + "p", {});
  EXPECT_EQ(status.message(),
            model.path + ": line 2: 'z' must be a line before this one");
}

TEST_F(Tiny, HasNoGraphToConvert) {
  const std::string want = model.path + ": convert takes a model that "
                                        "TensorFlow runs, got a tiny model; "
                                        "build makes a plan of it";
  ByteBuffer bytes;
  EXPECT_EQ(convertModel(model, ConvertOptions(), bytes, {}).status().message(),
            want);
  EXPECT_EQ(freezeModel(model, bytes, {}).exitCode(),
            Status::usage("").exitCode());
  EXPECT_EQ(summarizeModel(model, {}).status().exitCode(),
            Status::usage("").exitCode());
}

TEST_F(Tiny, EmitterTakesFunctionsOfAnyFormat) {
  model.path = write("model.pbtxt", R"(
node { name: "x" op: "Placeholder"
  attr { key: "dtype" value { type: DT_FLOAT } }
  attr { key: "shape" value { shape { dim { size: 2 } } } } }
node { name: "y" op: "Relu" input: "x"
  attr { key: "T" value { type: DT_FLOAT } } }
)");
  std::string path = testing::TempDir() + "functions.list";
  std::remove(path.c_str()); // of a run before
  Status status = buildPlan(model, {}, options, path, {});
  ASSERT_TRUE(status) << status.message();
  EXPECT_EQ(read(path), "main\n  nn.relu tensor<2xf32>\n");
  // What is there is replaced only if it is one of its own.
  std::ofstream(path) << "a diary";
  EXPECT_FALSE(buildPlan(model, {}, options, path, {}));
  EXPECT_EQ(read(path), "a diary");
}
