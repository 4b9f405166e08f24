//===- Progress.cpp - what long work shows on a terminal ------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/graft/Progress.h"

#include <cstdio>
#include <sys/ioctl.h>
#include <unistd.h>

using namespace graft;

ProgressLine::ProgressLine()
    : terminal(::isatty(STDERR_FILENO)),
      start(std::chrono::steady_clock::now()) {}

ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::clear() {
  if (shown)
    std::fputs("\r\033[K", stderr);
  shown = false;
}

Progress ProgressLine::callback() {
  if (!terminal)
    return {};
  return [this](int step, int of, std::string_view name) {
    show(step, of, name);
    return true;
  };
}

void ProgressLine::show(graft_options &options) {
  auto show = [](void *line, int step, int of, const char *name) {
    static_cast<ProgressLine *>(line)->show(step, of, name);
    return 0;
  };
  if (terminal) // setting fails only for null
    (void)graft_options_set_progress(&options, show, this);
}

double ProgressLine::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
      .count();
}

void ProgressLine::show(int step, int of, std::string_view name) {
  constexpr int kWidth = 20;
  std::string bar(of > 0 ? kWidth * step / of : 0, '#');
  bar.resize(kWidth, '.');
  std::string line =
      "[" + bar + "] " + std::to_string(step) + "/" + std::to_string(of) + " ";
  line += name;
  // What goes on in the next line of the terminal would stay there.
  winsize window = {};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0)
    line = line.substr(0, window.ws_col - 1);
  std::fprintf(stderr, "\r\033[K%s", line.c_str());
  std::fflush(stderr);
  shown = true;
}
