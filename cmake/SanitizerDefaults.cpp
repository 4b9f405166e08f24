//===- SanitizerDefaults.cpp - how sanitized programs run -----------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Linked into every program of a sanitized build, so that nobody need know the
// options. The libraries that Graft stands on are built without sanitizers.
//===----------------------------------------------------------------------===//

#define GRAFT_SANITIZER_HOOK                                                   \
  extern "C" __attribute__((used, visibility("default")))

// LLVM's allocators and protobuf's strings poison what they have not handed out
// yet, as their headers see a sanitizer; their own uninstrumented code never
// takes the poison back.
GRAFT_SANITIZER_HOOK const char *__asan_default_options() {
  return "allow_user_poisoning=0:detect_container_overflow=0";
}

GRAFT_SANITIZER_HOOK const char *__ubsan_default_options() {
  return "print_stacktrace=1";
}

// libgomp keeps its pool of threads until the process ends.
GRAFT_SANITIZER_HOOK const char *__lsan_default_suppressions() {
  return "leak:libgomp\n";
}
