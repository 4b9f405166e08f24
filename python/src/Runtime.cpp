//===- Runtime.cpp - graft._runtime: engine plans from Python -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Stands on graft_runtime.h alone, so that a process which only serves plans
// loads neither MLIR nor protobuf. Buffers of dense arrays go to the kernels as
// they are; Python's lock is released while one loads or runs.
//===----------------------------------------------------------------------===//
#include "python/src/Engine.h"
#include "python/src/Errors.h"
#include "python/src/Lock.h"
#include "python/src/Text.h"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>

#include <cstdlib>
#include <optional>

namespace nb = nanobind;
using namespace nb::literals;
using namespace graft::python;

namespace {

using Input = nb::ndarray<nb::ro, nb::device::cpu>;
using Output = nb::ndarray<nb::numpy>;
using Memory =
    nb::ndarray<const uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

/// What numpy and DLPack call a graft_dtype.
struct Element {
  const char *name;
  nb::dlpack::dtype_code code;
  uint8_t bits;
};

constexpr Element kElements[] = {
    {"float32", nb::dlpack::dtype_code::Float, 32},
    {"float64", nb::dlpack::dtype_code::Float, 64},
    {"float16", nb::dlpack::dtype_code::Float, 16},
    {"bfloat16", nb::dlpack::dtype_code::Bfloat, 16},
    {"int8", nb::dlpack::dtype_code::Int, 8},
    {"int16", nb::dlpack::dtype_code::Int, 16},
    {"int32", nb::dlpack::dtype_code::Int, 32},
    {"int64", nb::dlpack::dtype_code::Int, 64},
    {"uint8", nb::dlpack::dtype_code::UInt, 8},
    {"uint16", nb::dlpack::dtype_code::UInt, 16},
    {"uint32", nb::dlpack::dtype_code::UInt, 32},
    {"uint64", nb::dlpack::dtype_code::UInt, 64},
    {"bool", nb::dlpack::dtype_code::Bool, 8},
};
static_assert(std::size(kElements) == GRAFT_BOOL + 1);

bool isElement(const Element &element, nb::dlpack::dtype type) {
  return type.code == static_cast<uint8_t>(element.code) &&
         type.bits == element.bits && type.lanes == 1;
}

/// "float32[?,224,224,3]".
std::string describe(const std::string &element, const int64_t *dims,
                     size_t rank) {
  std::string text = element + "[";
  for (size_t i = 0; i < rank; ++i)
    text += (i ? "," : "") + (dims[i] < 0 ? "?" : std::to_string(dims[i]));
  return text + "]";
}

[[noreturn]] void refuse(const Port &port, const std::string &got) {
  throw Failure(GRAFT_USAGE,
                "input '" + port.name + "' must be " +
                    describe(kElements[port.dtype].name, port.shape.data(),
                             port.shape.size()) +
                    ", got " + got);
}

bool isDense(const Input &array) {
  if (!array.stride_ptr() || array.size() < 2)
    return true;
  int64_t expected = 1;
  for (size_t i = array.ndim(); i-- > 0;) {
    if (array.shape(i) != 1 && array.stride(i) != expected)
      return false;
    expected *= static_cast<int64_t>(array.shape(i));
  }
  return true;
}

/// Kernels load whole elements.
bool isAligned(const Input &array) {
  return reinterpret_cast<uintptr_t>(array.data()) % array.itemsize() == 0;
}

/// The runtime takes the bits of bfloat16; numpy has no such type of its own.
bool fits(const Element &element, nb::dlpack::dtype type) {
  return isElement(element, type) ||
         (element.code == nb::dlpack::dtype_code::Bfloat &&
          isElement(kElements[GRAFT_U16], type));
}

void checkShape(const Port &port, const Input &array) {
  bool ok = array.ndim() == port.shape.size();
  for (size_t i = 0; ok && i < port.shape.size(); ++i)
    ok = port.shape[i] < 0 ||
         static_cast<size_t>(port.shape[i]) == array.shape(i);
  if (!ok)
    refuse(port, describe(kElements[port.dtype].name, array.shape_ptr(),
                          array.ndim()));
}

std::string listNames(const std::vector<Port> &ports) {
  std::string names;
  for (const Port &port : ports)
    names += (names.empty() ? "'" : ", '") + port.name + "'";
  return names.empty() ? "none" : names;
}

/// What stands for an input that need not be given.
std::optional<Input> findDefault(const Engine &engine, size_t i) {
  graft_port port;
  const void *data = nullptr;
  if (!graft_engine_input_default(engine.getHandle(), i, &port, &data))
    return std::nullopt;
  std::vector<size_t> shape(port.dims, port.dims + port.rank);
  const Element &element = kElements[port.dtype];
  return Input(
      data, shape.size(), shape.data(), nb::handle(), nullptr,
      nb::dlpack::dtype{static_cast<uint8_t>(element.code), element.bits, 1});
}

/// The array of each port, in their order. What is no dense array of the port's
/// elements yet, coerce(value, element) makes one, or says what it is as text.
std::vector<Input> importInputs(const Engine &engine, const nb::dict &values,
                                const nb::callable &coerce) {
  const std::vector<Port> &ports = engine.getInputs();
  std::vector<Input> inputs;
  for (const Port &port : ports) {
    nb::str name = toText(port.name);
    if (!values.contains(name)) {
      if (std::optional<Input> value = findDefault(engine, inputs.size())) {
        inputs.push_back(*std::move(value));
        continue;
      }
      throw Failure(GRAFT_USAGE,
                    "input '" + port.name +
                        "' must be given; the engine's inputs are " +
                        listNames(ports));
    }
    nb::object value = values[name];
    Input array;
    auto isReady = [&] {
      return nb::try_cast<Input>(value, array, false) &&
             fits(kElements[port.dtype], array.dtype()) && isDense(array) &&
             isAligned(array);
    };
    if (!isReady()) {
      value = coerce(value, kElements[port.dtype].name);
      if (nb::isinstance<nb::str>(value))
        refuse(port, nb::cast<std::string>(value));
      if (!isReady())
        throw Failure(GRAFT_INTERNAL,
                      "input '" + port.name + "' has become no dense array");
    }
    checkShape(port, array);
    inputs.push_back(std::move(array));
  }
  if (values.size() != ports.size())
    for (auto [key, value] : values) {
      std::string name = nb::cast<std::string>(nb::str(key));
      bool known = false;
      for (const Port &port : ports)
        known |= port.name == name;
      if (!known)
        throw Failure(GRAFT_USAGE, "the engine's inputs are " +
                                       listNames(ports) + ", got '" + name +
                                       "'");
    }
  return inputs;
}

/// Outputs before numpy owns them.
struct Buffers {
  struct Free {
    void operator()(void *data) const { std::free(data); }
  };
  std::vector<std::unique_ptr<void, Free>> data;
  std::vector<std::vector<size_t>> shapes;

  /// Throws Failure.
  void allocate(const std::vector<Port> &ports, const graft_context *context) {
    for (size_t i = 0; i < ports.size(); ++i) {
      graft_port actual = graft_context_output(context, i);
      shapes.emplace_back(actual.dims, actual.dims + actual.rank);
      size_t bytes = kElements[ports[i].dtype].bits / 8;
      for (size_t dim : shapes.back())
        if (__builtin_mul_overflow(bytes, dim, &bytes))
          throw Failure(GRAFT_EXHAUSTED,
                        "output '" + ports[i].name + "' must fit into memory");
      size_t rounded = 0; // aligned_alloc wants a multiple of the alignment
      if (__builtin_add_overflow(bytes, size_t(64), &rounded))
        throw Failure(GRAFT_EXHAUSTED,
                      "output '" + ports[i].name + "' must fit into memory");
      data.emplace_back(std::aligned_alloc(64, rounded & ~size_t(63)));
      if (!data.back())
        throw Failure(GRAFT_EXHAUSTED, "output '" + ports[i].name + "' needs " +
                                           std::to_string(bytes) + " bytes");
    }
  }
};

/// The results of the launches of a run, as real values.
struct Trace {
  struct Entry {
    size_t launch = 0;
    std::vector<std::vector<size_t>> shapes;
    std::vector<std::unique_ptr<float[]>> numbers;
  };
  std::vector<Entry> entries;
  bool exhausted = false;

  static void take(void *user, size_t launch, const graft_tensor *outputs,
                   size_t count) {
    auto &trace = *static_cast<Trace *>(user);
    try {
      Entry entry{launch, {}, {}};
      for (size_t i = 0; i < count; ++i) {
        size_t elements = 1;
        for (int32_t d = 0; d < outputs[i].rank; ++d)
          elements *= static_cast<size_t>(outputs[i].dims[d]);
        entry.shapes.emplace_back(outputs[i].dims,
                                  outputs[i].dims + outputs[i].rank);
        entry.numbers.emplace_back(new float[elements]);
        graft_tensor_read(&outputs[i], entry.numbers.back().get());
      }
      trace.entries.push_back(std::move(entry));
    } catch (const std::bad_alloc &) {
      trace.exhausted = true; // no exception may cross the runtime
    }
  }
};

/// Needs no lock of Python's.
Buffers runEngine(Engine &engine, const std::vector<Input> &inputs,
                  Trace *trace) {
  std::vector<Shape> shapes;
  std::vector<const void *> sources;
  // Arrays without elements may have no memory, but the runtime requires a
  // buffer.
  static const char nothing = 0;
  for (const Input &input : inputs) {
    shapes.emplace_back(input.shape_ptr(), input.shape_ptr() + input.ndim());
    sources.push_back(input.data() ? input.data() : &nothing);
  }
  std::unique_ptr<Engine::Context> context = engine.acquire(shapes);
  Buffers outputs;
  std::string failure;
  graft_code code = GRAFT_OK;
  try {
    outputs.allocate(engine.getOutputs(), context->handle);
    std::vector<void *> targets;
    for (auto &buffer : outputs.data)
      targets.push_back(buffer.get());
    graft_run_options options = {};
    options.size = sizeof(options);
    if (trace) {
      options.launched = Trace::take;
      options.launched_user = trace;
    }
    code = graft_context_run_with(context->handle, sources.data(),
                                  targets.data(), &options);
    if (code != GRAFT_OK)
      failure = graft_last_error();
  } catch (...) {
    engine.release(std::move(context));
    throw;
  }
  engine.release(std::move(context));
  if (code != GRAFT_OK)
    throw Failure(code, failure);
  return outputs;
}

nb::dict exportOutputs(const std::vector<Port> &ports, Buffers &outputs) {
  nb::dict results;
  for (size_t i = 0; i < ports.size(); ++i) {
    const Element &element = kElements[ports[i].dtype];
    bool isBfloat = element.code == nb::dlpack::dtype_code::Bfloat;
    nb::dlpack::dtype type{
        static_cast<uint8_t>(isBfloat ? nb::dlpack::dtype_code::UInt
                                      : element.code),
        element.bits, 1};
    void *data = outputs.data[i].release();
    nb::capsule owner(data, [](void *memory) noexcept { std::free(memory); });
    results[toText(ports[i].name)] =
        nb::cast(Output(data, outputs.shapes[i].size(),
                        outputs.shapes[i].data(), owner, nullptr, type));
  }
  return results;
}

nb::dict run(Engine &engine, const nb::dict &values,
             const nb::callable &coerce) {
  std::vector<Input> inputs = importInputs(engine, values, coerce);
  Buffers outputs;
  {
    Unlocked unlocked;
    outputs = runEngine(engine, inputs, nullptr);
  }
  return exportOutputs(engine.getOutputs(), outputs);
}

nb::tuple trace(Engine &engine, const nb::dict &values,
                const nb::callable &coerce) {
  std::vector<Input> inputs = importInputs(engine, values, coerce);
  Buffers outputs;
  Trace trace;
  {
    Unlocked unlocked;
    outputs = runEngine(engine, inputs, &trace);
  }
  if (trace.exhausted)
    throw Failure(GRAFT_EXHAUSTED, "what the layers give must fit into memory");
  nb::list layers;
  for (Trace::Entry &entry : trace.entries) {
    nb::list arrays;
    for (size_t i = 0; i < entry.numbers.size(); ++i) {
      float *data = entry.numbers[i].release();
      nb::capsule owner(data, [](void *memory) noexcept {
        delete[] static_cast<float *>(memory);
      });
      arrays.append(
          nb::cast(Output(data, entry.shapes[i].size(), entry.shapes[i].data(),
                          owner, nullptr, nb::dtype<float>())));
    }
    layers.append(nb::make_tuple(
        toText(graft_engine_launch_name(engine.getHandle(), entry.launch)),
        graft_engine_launch_kind(engine.getHandle(), entry.launch),
        graft_engine_launch_precision(engine.getHandle(), entry.launch),
        nb::tuple(arrays)));
  }
  return nb::make_tuple(exportOutputs(engine.getOutputs(), outputs), layers);
}

nb::tuple describePorts(const std::vector<Port> &ports) {
  nb::list list;
  for (const Port &port : ports) {
    nb::list shape;
    for (int64_t dim : port.shape)
      shape.append(dim);
    list.append(nb::make_tuple(toText(port.name), kElements[port.dtype].name,
                               nb::tuple(shape)));
  }
  return nb::tuple(list);
}

/// `memory` is what the engine reads its plan from, if that is Python's.
template <typename Load>
std::unique_ptr<Engine> load(int threads, std::shared_ptr<void> memory,
                             Load &&load) {
  Unlocked unlocked;
  graft_engine *handle = nullptr;
  graft_code code = load(&handle);
  if (code != GRAFT_OK)
    throw Failure(code, graft_last_error());
  return std::make_unique<Engine>(handle, threads, std::move(memory));
}

using Ports = nb::typed<nb::tuple,
                        nb::typed<nb::tuple, nb::str, nb::str,
                                  nb::typed<nb::tuple, int, nb::ellipsis>>,
                        nb::ellipsis>;

} // namespace

NB_MODULE(_runtime, m) {
  m.doc() = "Engine plans. The package's functions are the interface; these "
            "are what they stand on.";
  nb::set_leak_warnings(false);
  registerErrors();

  m.def(
      "version", [] { return std::string(graft_version()); },
      "Version of the runtime library.");
  nb::class_<Engine>(m, "Engine", "A loaded plan and its pool of contexts.")
      .def_static(
          "load",
          [](const nb::bytes &path, int threads) {
            return load(threads, nullptr, [&](graft_engine **handle) {
              return graft_engine_load(path.c_str(), handle);
            });
          },
          "path"_a, "threads"_a, "Maps the plan in a file.")
      .def_static(
          "from_memory",
          [](const Memory &data, int threads) {
            // While the array is held, its memory stays where it is.
            return load(threads, std::make_shared<Memory>(data),
                        [&](graft_engine **handle) {
                          return graft_engine_load_memory(data.data(),
                                                          data.size(), handle);
                        });
          },
          "data"_a, "threads"_a,
          "Takes a plan in memory, without a copy where it is aligned to 64 "
          "bytes.",
          nb::sig("def from_memory(data: bytes | bytearray | memoryview, "
                  "threads: int) -> Engine"))
      .def(
          "run",
          [](Engine &engine, const nb::dict &inputs,
             const nb::callable &coerce) {
            return run(engine, inputs, coerce);
          },
          "inputs"_a, "coerce"_a,
          "Runs once. `coerce(value, element)` makes a dense array of what is "
          "none, or says what it is.",
          nb::sig(
              "def run(self, inputs: dict[str, Any], coerce: Callable[[Any, "
              "str], object]) -> dict[str, NDArray[Any]]"))
      .def(
          "trace",
          [](Engine &engine, const nb::dict &inputs,
             const nb::callable &coerce) {
            return trace(engine, inputs, coerce);
          },
          "inputs"_a, "coerce"_a,
          "As `run`, with name, kind, precision and numbers of each launch.",
          nb::sig("def trace(self, inputs: dict[str, Any], coerce: "
                  "Callable[[Any, str], object]) -> tuple[dict[str, "
                  "NDArray[Any]], list[tuple[str, str, str, "
                  "tuple[NDArray[Any], ...]]]]"))
      .def_prop_ro(
          "inputs",
          [](const Engine &e) { return Ports(describePorts(e.getInputs())); },
          "Name, element and shape of each input; -1: known at run time.")
      .def_prop_ro(
          "outputs",
          [](const Engine &e) { return Ports(describePorts(e.getOutputs())); },
          "As `inputs`.")
      .def_prop_ro(
          "precision",
          [](const Engine &e) { return std::string(e.getPrecision()); },
          "As `graft.Engine.precision`.")
      .def_prop_ro(
          "context_bytes", [](Engine &e) { return e.getContextBytes(); },
          "Memory that idle contexts hold, in bytes.");
}
