//===- graft.cpp - the command line ---------------------------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "tools/graft/Command.h"

#include "runtime/include/graft_runtime.h"
#include "support/OneLine.h"
#include "tools/Process.h"

#include <csignal>
#include <cstdio>
#include <iostream>
#include <new>

using namespace graft;

/// One line on stderr: what happened, where, and what to do.
static int report(StatusCode code, std::string message) {
  std::cerr << "graft: error: " << oneLine(std::move(message)) << '\n';
  return static_cast<int>(code);
}

/// Parses and runs. CLI11 reports through exceptions; they end here.
static int runMain(int argc, char **argv) {
  CLI::App app("Compiles TensorFlow graphs for inference.", "graft");
  app.set_version_flag("--version", std::string("graft ") + graft_version());
  app.require_subcommand(1);
  app.set_help_all_flag("--help-all", "Print help for every subcommand");
  Action action;
  addConvertCommand(app, action);
  addBuildCommand(app, action);
  addRunCommand(app, action);
  addBenchCommand(app, action);
  addInspectCommand(app, action);
  addFreezeCommand(app, action);
  addCompareCommand(app, action);
  addExplainCommand(app, action);
  addCalibrateCommand(app, action);
  addRescueCommand(app, action);
  auto isFirstWord = [&](const CLI::App *command) {
    return command->check_name(argv[1]);
  };
  if (argc > 1 && argv[1][0] != '-' && app.get_subcommands(isFirstWord).empty())
    return report(StatusCode::Usage, "there is no subcommand '" +
                                         std::string(argv[1]) +
                                         "'; see graft --help");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    if (error.get_exit_code() == 0) // --help and --version
      return app.exit(error);
    return report(StatusCode::Usage,
                  std::string(error.what()) + "; see graft --help");
  }
  Status status = action();
  return status ? 0 : report(status.code(), status.message());
}

int main(int argc, char **argv) {
  installProcessHandlers("graft");
  std::signal(SIGPIPE, SIG_IGN); // a closed pipe is a failed write
  try {
    return runMain(argc, argv);
  } catch (const std::bad_alloc &) {
    return report(StatusCode::Exhausted, "out of memory");
  }
}
