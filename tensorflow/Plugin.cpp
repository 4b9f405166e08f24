//===- Plugin.cpp - Graft's operators as TensorFlow is imported -----------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A wheel puts this library where TensorFlow looks for plug-ins when it is
// imported, site-packages/tensorflow-plugins. What TensorFlow cannot load there
// ends its import, so this one needs nothing of TensorFlow: it asks which
// version is in the process and loads the op library for that one, if the
// package has it. A TensorFlow that Graft has no operators for is left alone.
//
//   site-packages/tensorflow-plugins/libgraft_plugin.so
//   site-packages/graft/lib/libgraft_tensorflow-2.21.so
//===----------------------------------------------------------------------===//
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

namespace {

using Path = char[4096];

/// The part of a path behind the last slash.
const char *fileName(const char *path) {
  const char *slash = std::strrchr(path, '/');
  return slash ? slash + 1 : path;
}

/// TF_Version() of the TensorFlow in this process, which Python loads out of
/// sight of others; null if there is none.
const char *tensorflowVersion() {
  struct Search {
    Path paths[4];
    size_t count;
  } search = {};
  dl_iterate_phdr(
      [](dl_phdr_info *info, size_t, void *argument) {
        auto *found = static_cast<Search *>(argument);
        const char *name = fileName(info->dlpi_name);
        bool isTensorflow =
            std::strncmp(name, "libtensorflow_cc.so", 19) == 0 ||
            std::strncmp(name, "libtensorflow_framework.so", 26) == 0 ||
            std::strncmp(name, "_pywrap_tensorflow", 18) == 0;
        if (!isTensorflow || std::strlen(info->dlpi_name) >= sizeof(Path))
          return 0;
        std::strcpy(found->paths[found->count++], info->dlpi_name);
        return int(found->count == 4);
      },
      &search);
  for (size_t i = 0; i < search.count; ++i) {
    void *library = dlopen(search.paths[i], RTLD_LAZY | RTLD_NOLOAD);
    if (!library)
      continue;
    void *symbol = dlsym(library, "TF_Version");
    dlclose(library); // TensorFlow itself keeps it
    if (symbol)
      return reinterpret_cast<const char *(*)()>(symbol)();
  }
  return nullptr;
}

/// Where the operators for that version would be. False: it makes no sense.
bool findOperators(const char *version, Path &path) {
  Dl_info self = {};
  const char *dot = std::strchr(version, '.');
  const char *end = dot ? std::strchr(dot + 1, '.') : nullptr;
  if (!end || !dladdr(reinterpret_cast<void *>(&findOperators), &self) ||
      !self.dli_fname)
    return false;
  const char *name = fileName(self.dli_fname);
  int length = std::snprintf(
      path, sizeof(Path), "%.*s../graft/lib/libgraft_tensorflow-%.*s.so",
      int(name - self.dli_fname), self.dli_fname, int(end - version), version);
  return length > 0 && size_t(length) < sizeof(Path);
}

__attribute__((constructor)) void loadOperators() {
  Path path;
  const char *version = tensorflowVersion();
  if (!version || !findOperators(version, path) || access(path, R_OK) != 0)
    return;
  // Another copy of Graft may have been first: that is no reason to end the
  // import of TensorFlow, which a refusal of the op library would do.
  setenv("GRAFT_TENSORFLOW_PLUGIN", "1", /*overwrite=*/1);
  if (!dlopen(path, RTLD_NOW | RTLD_LOCAL))
    std::fprintf(stderr, "graft: note: TensorFlow %s gets no operators: %s\n",
                 version, dlerror());
  unsetenv("GRAFT_TENSORFLOW_PLUGIN");
}

} // namespace
