//===- Kernels.h - registration of kernels --------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// By hand, since nothing may be registered in a TensorFlow that has the
// operators already; TensorFlow's macros would do it whenever they are loaded.
//===----------------------------------------------------------------------===//
#ifndef GRAFT_TENSORFLOW_KERNELS_H
#define GRAFT_TENSORFLOW_KERNELS_H

#include "tensorflow/core/framework/kernel_def_builder.h"
#include "tensorflow/core/framework/op_kernel.h"

namespace graft {

template <typename Kernel>
void registerKernel(const char *op) {
  tensorflow::KernelDefBuilder builder(op);
  builder.Device(tensorflow::DEVICE_CPU);
  // TensorFlow takes the definition over.
  tensorflow::kernel_factory::OpKernelRegistrar registrar(
      builder.Build(), op,
      [](tensorflow::OpKernelConstruction *context) -> tensorflow::OpKernel * {
        return new Kernel(context);
      });
}

void registerEngineKernel();
void registerResourceKernels();

} // namespace graft

#endif // GRAFT_TENSORFLOW_KERNELS_H
