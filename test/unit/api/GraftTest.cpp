//===- GraftTest.cpp - the compiler's C interface -------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Linked against libgraft.so, as a user's program is.
//===----------------------------------------------------------------------===//
#include "graft.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

using testing::HasSubstr;
using testing::Not;

extern "C" size_t c_size_of_bytes(void);
extern "C" graft_code c_freeze(const char *path, graft_bytes *graph);

namespace {

const graft_model kModel = {GRAFT_TEST_MODEL, nullptr, 0};

struct Bytes : graft_bytes {
  Bytes() : graft_bytes{nullptr, 0, 0} {}
  Bytes(const Bytes &) = delete;
  ~Bytes() { graft_bytes_free(this); }
  std::string str() const { return {static_cast<const char *>(data), size}; }
};

struct Options {
  graft_options *options = nullptr;
  Options() { EXPECT_EQ(graft_options_create(&options), GRAFT_OK); }
  ~Options() { graft_options_destroy(options); }
  graft_code set(const char *name, const char *value) {
    return graft_options_set(options, name, value);
  }
};

std::string frozen() {
  Bytes graph;
  EXPECT_EQ(c_freeze(GRAFT_TEST_MODEL, &graph), GRAFT_OK) << graft_last_error();
  return graph.str();
}

graft_model inMemory(const std::string &bytes) {
  return {nullptr, bytes.data(), bytes.size()};
}

} // namespace

TEST(Graft, TableOfOptionsIsWhole) {
  Options options;
  std::set<std::string> names;
  for (size_t i = 0; i < graft_num_options(); ++i) {
    graft_option_info info = graft_option(i);
    ASSERT_NE(info.name, nullptr);
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_NE(info.functions, 0u) << info.name;
    EXPECT_GT(std::string(info.doc).size(), 10u) << info.name;
    EXPECT_STREQ(graft_options_get(options.options, info.name),
                 info.default_value);
    // A default is a value like another.
    EXPECT_EQ(options.set(info.name, info.default_value), GRAFT_OK)
        << graft_last_error();
  }
  for (const char *name :
       {"precision", "minimum_segment_size", "deny", "signature", "inputs",
        "outputs", "shapes", "tune", "timing_cache", "threads"})
    EXPECT_EQ(names.count(name), 1u) << name;
  EXPECT_EQ(graft_option(graft_num_options()).name, nullptr);
}

TEST(Graft, OptionsRefuseWhatIsNone) {
  Options options;
  EXPECT_EQ(options.set("precison", "fp32"), GRAFT_USAGE);
  EXPECT_THAT(graft_last_error(), HasSubstr("there is no option 'precison'"));
  EXPECT_THAT(graft_last_error(), HasSubstr("minimum_segment_size"));
  EXPECT_EQ(options.set("precision", "fp7"), GRAFT_USAGE);
  EXPECT_THAT(graft_last_error(), HasSubstr("fp32"));
  EXPECT_THAT(graft_last_error(), HasSubstr("got 'fp7'"));
  for (const char *wrong :
       {"0", "-3", "three", "3x", "", "99999999999999999999"})
    EXPECT_EQ(options.set("minimum_segment_size", wrong), GRAFT_USAGE) << wrong;
  EXPECT_EQ(options.set("tune", "yes"), GRAFT_USAGE);
  for (const char *wrong :
       {"x", "=1x2", "x=1y2", "x=1x", "x=-2", "x=2..1", "x=1...2", "x=??",
        "x=1,x=1", "x=99999999999999999999"})
    EXPECT_EQ(options.set("shapes", wrong), GRAFT_USAGE) << wrong;
  for (const char *right : {"x=1..32x224,y=,a=b=3", "x=?x-1xNone", "x=0..x3.."})
    EXPECT_EQ(options.set("shapes", right), GRAFT_OK)
        << right << ": " << graft_last_error();
  EXPECT_STREQ(graft_options_get(options.options, "minimum_segment_size"), "3");
  EXPECT_EQ(graft_options_get(options.options, "no"), nullptr);
}

TEST(Graft, NullIsUsage) {
  Bytes bytes;
  graft_model nothing = {nullptr, nullptr, 0};
  EXPECT_EQ(graft_options_create(nullptr), GRAFT_USAGE);
  EXPECT_EQ(graft_options_set(nullptr, "tune", "true"), GRAFT_USAGE);
  EXPECT_EQ(graft_convert(nullptr, nullptr, nullptr, &bytes, nullptr),
            GRAFT_USAGE);
  EXPECT_EQ(graft_build(&nothing, nullptr, nullptr, &bytes), GRAFT_USAGE);
  EXPECT_EQ(graft_build(&kModel, nullptr, nullptr, nullptr), GRAFT_USAGE);
  EXPECT_EQ(graft_freeze(&kModel, nullptr, "/tmp/never", &bytes), GRAFT_USAGE);
  EXPECT_EQ(graft_model_summary(&kModel, nullptr, nullptr), GRAFT_USAGE);
  EXPECT_EQ(graft_calibrate(&kModel, nullptr, nullptr, nullptr, &bytes),
            GRAFT_USAGE);
  EXPECT_EQ(graft_calibrate(nullptr, "data.npz", nullptr, nullptr, &bytes),
            GRAFT_USAGE);
  const char *tables[] = {"a.json", nullptr};
  EXPECT_EQ(graft_merge_calibrations(tables, 2, nullptr, nullptr, &bytes),
            GRAFT_USAGE);
  EXPECT_EQ(graft_merge_calibrations(tables, 0, nullptr, nullptr, &bytes),
            GRAFT_USAGE);
  EXPECT_EQ(graft_report_json(nullptr, &bytes), GRAFT_USAGE);
  graft_options_destroy(nullptr);
  graft_report_destroy(nullptr);
  graft_bytes_free(nullptr);
}

TEST(Graft, CalibratesOnSamplesInMemory) {
  const float numbers[] = {1, 2, 3, 4};
  const int64_t dims[] = {2, 2};
  graft_array x = {"x", GRAFT_F32, 2, dims, numbers};
  Options options;
  Bytes table;
  ASSERT_EQ(graft_options_add_samples(options.options, &x, 1), GRAFT_OK)
      << graft_last_error();
  ASSERT_EQ(graft_calibrate(&kModel, nullptr, options.options, nullptr, &table),
            GRAFT_OK)
      << graft_last_error();
  EXPECT_THAT(table.str(), HasSubstr("\"x\""));

  // A build for int8 takes the same; other functions do not.
  Bytes plan, graph;
  EXPECT_EQ(graft_freeze(&kModel, options.options, nullptr, &graph),
            GRAFT_USAGE);
  EXPECT_EQ(options.set("calibration_data", "data.npz"), GRAFT_USAGE);
  EXPECT_EQ(
      graft_calibrate(&kModel, "data.npz", options.options, nullptr, &graph),
      GRAFT_USAGE);
  ASSERT_EQ(options.set("precision", "int8"), GRAFT_OK);
  EXPECT_EQ(graft_build(&kModel, options.options, nullptr, &plan), GRAFT_OK)
      << graft_last_error();
}

TEST(Graft, SamplesAreChecked) {
  Options options;
  const float number = 1;
  const int64_t one[] = {1}, open[] = {-1}, large[] = {INT64_MAX, 4};
  for (graft_array wrong : {graft_array{nullptr, GRAFT_F32, 1, one, &number},
                            graft_array{"x", GRAFT_F32, 1, nullptr, &number},
                            graft_array{"x", GRAFT_F32, 1, one, nullptr},
                            graft_array{"x", GRAFT_F32, 1, open, &number},
                            graft_array{"x", GRAFT_F32, 2, large, &number},
                            graft_array{"x", GRAFT_F32, -1, one, &number},
                            graft_array{"x", graft_dtype(99), 1, one, &number}})
    EXPECT_EQ(graft_options_add_samples(options.options, &wrong, 1),
              GRAFT_USAGE);
  graft_array twice[] = {{"x", GRAFT_F32, 1, one, &number},
                         {"x", GRAFT_F32, 1, one, &number}};
  EXPECT_EQ(graft_options_add_samples(options.options, twice, 2), GRAFT_USAGE);
  EXPECT_EQ(graft_options_add_samples(options.options, nullptr, 1),
            GRAFT_USAGE);
  EXPECT_EQ(graft_options_add_samples(nullptr, twice, 1), GRAFT_USAGE);
  Bytes table;
  EXPECT_EQ(graft_calibrate(&kModel, nullptr, options.options, nullptr, &table),
            GRAFT_USAGE);
}

TEST(Graft, TellsWarnings) {
  Options options;
  Bytes plan;
  const std::string cache = testing::TempDir() + "graft-warnings.json";
  std::ofstream(cache) << R"({"schema_version": 99, "kernels": {}})";
  ASSERT_EQ(options.set("tune", "true"), GRAFT_OK);
  ASSERT_EQ(options.set("timing_cache", cache.c_str()), GRAFT_OK);
  std::vector<std::string> told;
  auto tell = [](void *user, const char *text) {
    static_cast<std::vector<std::string> *>(user)->emplace_back(text);
  };
  ASSERT_EQ(graft_options_set_warning(options.options, tell, &told), GRAFT_OK);
  EXPECT_EQ(graft_options_set_warning(nullptr, tell, &told), GRAFT_USAGE);
  EXPECT_EQ(graft_build(&kModel, options.options, nullptr, &plan), GRAFT_OK)
      << graft_last_error();
  std::remove(cache.c_str());
  ASSERT_EQ(told.size(), 1u);
  EXPECT_THAT(told.front(), HasSubstr("measuring afresh"));
}

TEST(Graft, RescuesWhatWasConverted) {
  Bytes converted, native, json;
  Options options;
  ASSERT_EQ(options.set("minimum_segment_size", "1"), GRAFT_OK);
  ASSERT_EQ(
      graft_convert(&kModel, options.options, nullptr, &converted, nullptr),
      GRAFT_OK)
      << graft_last_error();
  std::string bytes = converted.str();
  graft_model old = inMemory(bytes);
  graft_report *report = nullptr;
  ASSERT_EQ(graft_rescue(&old, nullptr, nullptr, &native, &report), GRAFT_OK)
      << graft_last_error();
  EXPECT_THAT(native.str(), Not(HasSubstr("TRTEngineOp")));
  EXPECT_EQ(graft_report_json(report, &json), GRAFT_OK);
  EXPECT_THAT(json.str(), HasSubstr("\"restored\": [\n"));
  EXPECT_THAT(json.str(), HasSubstr("\"conversion\": null"));
  graft_report_destroy(report);

  // Nothing to rescue, and an option that would have no meaning.
  Bytes none;
  report = nullptr;
  EXPECT_EQ(graft_rescue(&kModel, nullptr, nullptr, &none, &report),
            GRAFT_BAD_INPUT);
  EXPECT_EQ(none.data, nullptr);
  EXPECT_EQ(report, nullptr);
  EXPECT_EQ(graft_rescue(&old, options.options, nullptr, &none, nullptr),
            GRAFT_USAGE);
  EXPECT_THAT(graft_last_error(), HasSubstr("'minimum_segment_size'"));
  ASSERT_EQ(options.set("convert", "true"), GRAFT_OK);
  EXPECT_EQ(graft_rescue(&old, options.options, nullptr, &none, nullptr),
            GRAFT_OK)
      << graft_last_error();
  EXPECT_THAT(none.str(), HasSubstr("TRTEngineOp"));
}

TEST(Graft, OptionOfAnotherFunctionIsUsage) {
  Options options;
  ASSERT_EQ(options.set("deny", "MatMul"), GRAFT_OK);
  Bytes plan;
  EXPECT_EQ(graft_build(&kModel, options.options, nullptr, &plan), GRAFT_USAGE);
  EXPECT_THAT(graft_last_error(), HasSubstr("'deny'"));
  EXPECT_EQ(plan.data, nullptr);
}

TEST(Graft, ConvertsBytesToBytes) {
  ASSERT_EQ(c_size_of_bytes(), sizeof(graft_bytes));
  std::string graph = frozen();
  ASSERT_FALSE(graph.empty());
  graft_model model = inMemory(graph);
  Options options;
  ASSERT_EQ(options.set("minimum_segment_size", "1"), GRAFT_OK);
  Bytes converted, json, text;
  graft_report *report = nullptr;
  ASSERT_EQ(
      graft_convert(&model, options.options, nullptr, &converted, &report),
      GRAFT_OK)
      << graft_last_error();
  EXPECT_THAT(converted.str(), HasSubstr("TRTEngineOp"));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(converted.data) % 64, 0u);
  EXPECT_EQ(static_cast<const char *>(converted.data)[converted.size], 0);
  ASSERT_EQ(graft_report_json(report, &json), GRAFT_OK);
  EXPECT_THAT(json.str(), HasSubstr("\"schema_version\": 1"));
  EXPECT_THAT(json.str(), HasSubstr("\"engines\""));
  ASSERT_EQ(graft_report_text(report, &text), GRAFT_OK);
  EXPECT_THAT(text.str(), HasSubstr("1 engine(s), precision fp32"));
  graft_report_destroy(report);

  // The same of the file.
  Bytes fromFile;
  ASSERT_EQ(
      graft_convert(&kModel, options.options, nullptr, &fromFile, nullptr),
      GRAFT_OK);
  EXPECT_TRUE(fromFile.str() == converted.str());
}

TEST(Graft, BuildsAPlanThatRuns) {
  std::string graph = frozen();
  graft_model model = inMemory(graph);
  Bytes plan;
  ASSERT_EQ(graft_build(&model, nullptr, nullptr, &plan), GRAFT_OK)
      << graft_last_error();
  graft_engine *engine = nullptr;
  ASSERT_EQ(graft_engine_load_memory(plan.data, plan.size, &engine), GRAFT_OK)
      << graft_last_error();
  EXPECT_EQ(graft_engine_num_inputs(engine), 1u);
  graft_engine_destroy(engine);
}

TEST(Graft, SummaryCounts) {
  Bytes json;
  ASSERT_EQ(graft_model_summary(&kModel, nullptr, &json), GRAFT_OK);
  EXPECT_THAT(json.str(), HasSubstr("\"kind\": \"model\""));
  EXPECT_THAT(json.str(), HasSubstr("\"inputs\": [\n    \"x: "));
}

TEST(Graft, DamageIsOneLine) {
  std::string damaged = frozen();
  damaged.resize(damaged.size() / 2);
  graft_model model = inMemory(damaged);
  Bytes graph;
  EXPECT_EQ(graft_convert(&model, nullptr, nullptr, &graph, nullptr),
            GRAFT_BAD_INPUT);
  EXPECT_THAT(graft_last_error(), testing::StartsWith("GraphDef: "));
  model.path = "the user's graph";
  EXPECT_EQ(graft_convert(&model, nullptr, nullptr, &graph, nullptr),
            GRAFT_BAD_INPUT);
  EXPECT_THAT(graft_last_error(), testing::StartsWith("the user's graph: "));
  EXPECT_EQ(graph.data, nullptr);
  graft_model empty = {nullptr, "", 0};
  EXPECT_EQ(graft_freeze(&empty, nullptr, nullptr, &graph), GRAFT_BAD_INPUT);
  EXPECT_THAT(graft_last_error(), HasSubstr("empty"));
  graft_model missing = {"/no/such/model.pb", nullptr, 0};
  EXPECT_EQ(graft_freeze(&missing, nullptr, nullptr, &graph), GRAFT_BAD_INPUT);
}

TEST(Graft, ProgressNamesPassesAndCancels) {
  struct Log {
    std::vector<std::string> names;
    size_t stopAfter;
  };
  auto note = [](void *user, int step, int of, const char *name) {
    Log &log = *static_cast<Log *>(user);
    EXPECT_GE(step, 1);
    EXPECT_LE(step, of);
    log.names.emplace_back(name);
    return log.names.size() == log.stopAfter ? 1 : 0;
  };
  Log whole{{}, 0};
  Options options;
  ASSERT_EQ(graft_options_set_progress(options.options, note, &whole),
            GRAFT_OK);
  Bytes graph;
  ASSERT_EQ(graft_convert(&kModel, options.options, nullptr, &graph, nullptr),
            GRAFT_OK);
  EXPECT_EQ(whole.names.front(), "import");
  EXPECT_EQ(whole.names.back(), "write");
  EXPECT_THAT(whole.names, testing::Contains(HasSubstr("convert: graph-")));

  // Wherever it is stopped, it stops there, and hands out nothing.
  for (size_t i = 1; i <= whole.names.size(); ++i) {
    Log log{{}, i};
    ASSERT_EQ(graft_options_set_progress(options.options, note, &log),
              GRAFT_OK);
    Bytes none;
    EXPECT_EQ(graft_convert(&kModel, options.options, nullptr, &none, nullptr),
              GRAFT_FAILED);
    EXPECT_THAT(graft_last_error(), testing::EndsWith("cancelled"));
    EXPECT_EQ(log.names.size(), i);
    EXPECT_EQ(none.data, nullptr);
  }
}

TEST(Graft, ThreadsConvertAtOnce) {
  std::string graph = frozen();
  Options options;
  ASSERT_EQ(options.set("minimum_segment_size", "1"), GRAFT_OK);
  std::vector<std::string> results(4);
  std::vector<std::thread> threads;
  for (std::string &result : results)
    threads.emplace_back([&] {
      graft_model model = inMemory(graph);
      Bytes bytes;
      if (graft_convert(&model, options.options, nullptr, &bytes, nullptr) ==
          GRAFT_OK)
        result = bytes.str();
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_FALSE(results[0].empty());
  for (const std::string &result : results)
    EXPECT_TRUE(result == results[0]);
}

TEST(Graft, ComparesModels) {
  std::string graph = frozen();
  graft_model left = inMemory(graph), right = inMemory(graph);
  Bytes json, text;
  ASSERT_EQ(graft_compare(&left, &right, 10, &json, &text), GRAFT_OK)
      << graft_last_error();
  EXPECT_THAT(json.str(), HasSubstr("\"identical\": true"));
  EXPECT_THAT(text.str(), HasSubstr("identical"));

  Bytes converted, difference;
  ASSERT_EQ(graft_convert(&left, nullptr, nullptr, &converted, nullptr),
            GRAFT_OK)
      << graft_last_error();
  std::string other = converted.str();
  graft_model changed = inMemory(other);
  ASSERT_EQ(graft_compare(&left, &changed, 1, &difference, nullptr), GRAFT_OK)
      << graft_last_error();
  EXPECT_THAT(difference.str(), HasSubstr("\"equal\": false"));
  EXPECT_EQ(graft_compare(&left, nullptr, 1, &json, nullptr), GRAFT_USAGE);
  EXPECT_EQ(graft_compare(&left, &right, 1, nullptr, nullptr), GRAFT_USAGE);
}
