//===- CApiTest.cpp - the C interface of the shared library ---------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Linked against libgraft_runtime.so, as a user's program is.
//===----------------------------------------------------------------------===//
#include "TestPlans.h"
#include "runtime/include/graft_runtime.h"

#include <atomic>
#include <cstdio>
#include <string>
#include <thread>

using namespace graft::runtime::test;

namespace {

struct EngineHandle {
  graft_engine *engine = nullptr;
  explicit EngineHandle(const PlanBytes &bytes) {
    EXPECT_EQ(graft_engine_load_memory(bytes.view().data(), bytes.view().size(),
                                       &engine),
              GRAFT_OK)
        << graft_last_error();
  }
  ~EngineHandle() { graft_engine_destroy(engine); }
};

} // namespace

TEST(CApi, DescribesAndRunsAnEngine) {
  PlanBytes bytes(staticPlan().file());
  EngineHandle handle(bytes);
  ASSERT_EQ(graft_engine_num_inputs(handle.engine), 1u);
  ASSERT_EQ(graft_engine_num_outputs(handle.engine), 1u);
  graft_port x = graft_engine_input(handle.engine, 0);
  EXPECT_STREQ(x.name, "x");
  EXPECT_EQ(x.dtype, GRAFT_F32);
  ASSERT_EQ(x.rank, 2);
  EXPECT_EQ(x.dims[0], 2);
  EXPECT_EQ(graft_engine_input(handle.engine, 7).rank, 0);
  EXPECT_EQ(graft_engine_num_launches(handle.engine), 4u);
  EXPECT_STREQ(graft_engine_launch_name(handle.engine, 0), "matmul0");
  EXPECT_STREQ(graft_engine_launch_name(handle.engine, 99), "");

  graft_context *context = nullptr;
  ASSERT_EQ(graft_context_create(handle.engine, 1, &context), GRAFT_OK);
  float in[4] = {1, 2, -30, 40};
  float out[8] = {};
  const void *inputs[] = {in};
  void *outputs[] = {out};
  graft_context_set_profiling(context, 1);
  ASSERT_EQ(graft_context_run(context, inputs, outputs), GRAFT_OK)
      << graft_last_error();
  EXPECT_EQ(out[0], 11);
  EXPECT_EQ(out[7], 40);
  EXPECT_GT(graft_context_launch_ns(context, 0), 0u);
  graft_context_set_profiling(context, 0);
  EXPECT_EQ(graft_context_launch_ns(context, 0), 0u);
  EXPECT_GE(graft_context_bytes(context), 128u);
  graft_context_destroy(context);
}

namespace {

/// What a run's launches have written, in their order.
struct Watched {
  std::vector<std::vector<float>> numbers;
  std::vector<double> scales;

  static void take(void *user, size_t launch, const graft_tensor *outputs,
                   size_t count) {
    auto &watched = *static_cast<Watched *>(user);
    EXPECT_EQ(launch, watched.numbers.size());
    ASSERT_EQ(count, 1u);
    size_t elements = 1;
    for (int32_t d = 0; d < outputs[0].rank; ++d)
      elements *= static_cast<size_t>(outputs[0].dims[d]);
    graft_tensor_read(outputs, watched.numbers.emplace_back(elements).data());
    watched.scales.push_back(outputs[0].scale);
  }
};

/// Quantizes x into both halves of a tensor, then half of it into the first; y
/// is the real values of the whole by then.
PlanBuilder quantizedPlan() {
  using graft::ops::DType;
  PlanBuilder builder;
  uint32_t x = builder.input("x", f32({2, 2}));
  uint32_t y = builder.output("y", f32({2, 4}));
  uint32_t whole = builder.arena({DType::U8, {2, 4}});
  uint32_t left = builder.view({DType::U8, {2, 2}}, whole, 1, 0);
  uint32_t right = builder.view({DType::U8, {2, 2}}, whole, 1, 2);
  uint32_t copy = builder.arena({DType::U8, {2, 4}}, 64);
  auto quantize = [&](uint32_t target, double scale) {
    graft::runtime::PlanLaunch &launch =
        builder.launch("quantize", {x}, {target});
    launch.op.attributes.set("scale", std::vector<double>{scale});
    launch.op.attributes.set("zero_point", Ints{100});
    launch.op.attributes.set("to", std::string("u8"));
  };
  quantize(left, 0.5);
  quantize(right, 0.5);
  builder.launch("identity", {whole}, {copy});
  quantize(left, 0.25);
  graft::runtime::PlanLaunch &end = builder.launch("dequantize", {copy}, {y});
  end.op.attributes.set("scale", std::vector<double>{0.5});
  end.op.attributes.set("zero_point", Ints{100});
  builder.plan.arenaBytes = 128;
  builder.plan.name = "codes";
  return builder;
}

} // namespace

TEST(CApi, ShowsWhatLaunchesWrite) {
  PlanBytes bytes(quantizedPlan().file());
  EngineHandle handle(bytes);
  EXPECT_STREQ(graft_engine_launch_kind(handle.engine, 2), "identity");
  EXPECT_STREQ(graft_engine_launch_precision(handle.engine, 2), "fp32");
  EXPECT_STREQ(graft_engine_launch_kind(handle.engine, 99), "");
  graft_context *context = nullptr;
  ASSERT_EQ(graft_context_create(handle.engine, 1, &context), GRAFT_OK);
  float in[4] = {1.2f, -2, 3, 200};
  float out[8] = {};
  const void *inputs[] = {in};
  void *outputs[] = {out};
  Watched watched;
  graft_run_options options = {};
  options.size = sizeof(options);
  options.launched = Watched::take;
  options.launched_user = &watched;
  ASSERT_EQ(graft_context_run_with(context, inputs, outputs, &options),
            GRAFT_OK)
      << graft_last_error();
  using Numbers = std::vector<float>;
  // Rounded to the step, and 200 to the largest code.
  EXPECT_EQ(watched.numbers[0], (Numbers{1, -2, 3, 77.5}));
  EXPECT_EQ(watched.numbers[2], (Numbers{1, -2, 1, -2, 3, 77.5, 3, 77.5}));
  // The same memory holds values of another scale by now.
  EXPECT_EQ(watched.numbers[3], (Numbers{1.25, -2, 3, 38.75}));
  EXPECT_EQ(watched.numbers[4], Numbers(out, out + 8));
  EXPECT_EQ(watched.scales, (std::vector<double>{0.5, 0.5, 0.5, 0.25, 0}));
  graft_context_destroy(context);
}

TEST(CApi, AContextOutlivesItsEnginesHandle) {
  PlanBytes bytes(staticPlan().file());
  graft_context *context = nullptr;
  {
    EngineHandle handle(bytes);
    ASSERT_EQ(graft_context_create(handle.engine, 1, &context), GRAFT_OK);
  }
  float in[4] = {1, 2, -30, 40};
  float out[8] = {};
  const void *inputs[] = {in};
  void *outputs[] = {out};
  EXPECT_EQ(graft_context_run(context, inputs, outputs), GRAFT_OK);
  graft_context_destroy(context);
}

TEST(CApi, GivesCodesAndText) {
  graft_engine *engine = nullptr;
  EXPECT_EQ(graft_engine_load("/no/such.plan", &engine), GRAFT_BAD_INPUT);
  EXPECT_EQ(engine, nullptr);
  EXPECT_NE(std::string(graft_last_error()).find("/no/such.plan"),
            std::string::npos);
  EXPECT_EQ(graft_engine_load("no\nsuch\033.plan", &engine), GRAFT_BAD_INPUT);
  EXPECT_NE(std::string(graft_last_error()).find("no\\0Asuch\\1B.plan"),
            std::string::npos)
      << graft_last_error();
  EXPECT_EQ(graft_engine_load(nullptr, &engine), GRAFT_USAGE);
  EXPECT_EQ(graft_engine_load_memory("text", 4, &engine), GRAFT_BAD_INPUT);
  EXPECT_EQ(graft_context_create(nullptr, 1, nullptr), GRAFT_USAGE);

  PlanBytes bytes(dynamicPlan().file());
  EngineHandle handle(bytes);
  graft_context *context = nullptr;
  ASSERT_EQ(graft_context_create(handle.engine, 1, &context), GRAFT_OK);
  EXPECT_EQ(graft_context_prepare(context), GRAFT_USAGE);
  int64_t dims[] = {5, 4};
  EXPECT_EQ(graft_context_set_shape(context, 0, dims, 1), GRAFT_USAGE);
  EXPECT_EQ(graft_context_set_shape(context, 0, dims, -1), GRAFT_USAGE);
  EXPECT_EQ(graft_context_set_shape(context, 3, dims, 2), GRAFT_USAGE);
  EXPECT_EQ(graft_context_output(context, 0).dims[0], -1);
  ASSERT_EQ(graft_context_set_shape(context, 0, dims, 2), GRAFT_OK);
  ASSERT_EQ(graft_context_prepare(context), GRAFT_OK) << graft_last_error();
  EXPECT_EQ(graft_context_output(context, 0).dims[0], 10);
  EXPECT_EQ(graft_context_run(context, nullptr, nullptr), GRAFT_USAGE);
  graft_context_destroy(context);
}

TEST(CApi, ContextsOfOneEngineRunAtOnce) {
  PlanBytes bytes(dynamicPlan().file());
  EngineHandle handle(bytes);
  std::atomic<int> wrong{0};
  auto work = [&](int64_t id) {
    for (int64_t round = 0; round < 50; ++round) {
      graft_context *context = nullptr;
      int64_t dims[] = {1 + (id + round) % 9, 4};
      std::vector<float> in(static_cast<size_t>(dims[0] * 4), float(id));
      std::vector<float> out(in.size());
      const void *inputs[] = {in.data()};
      void *outputs[] = {out.data()};
      bool ok = graft_context_create(handle.engine, 1, &context) == GRAFT_OK &&
                graft_context_set_shape(context, 0, dims, 2) == GRAFT_OK &&
                graft_context_run(context, inputs, outputs) == GRAFT_OK &&
                out == std::vector<float>(out.size(), 2 * float(id));
      // An error's text belongs to the thread that made it.
      std::string name = "/no/plan" + std::to_string(id);
      graft_engine *none = nullptr;
      ok = ok && graft_engine_load(name.c_str(), &none) == GRAFT_BAD_INPUT;
      std::this_thread::yield();
      ok =
          ok && std::string(graft_last_error()).find(name) != std::string::npos;
      wrong += !ok;
      graft_context_destroy(context);
    }
  };
  std::vector<std::thread> threads;
  for (int64_t id = 0; id < 8; ++id)
    threads.emplace_back(work, id);
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(wrong, 0);
}
