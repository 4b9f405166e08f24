//===- Explain.cpp - `graft explain`: why a node stays native -------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "dialects/graph/NativeReasons.h"
#include "tools/graft/Command.h"

#include <cstdio>
#include <memory>

using namespace graft;

namespace {
struct ExplainCall {
  std::string code;
  bool markdown = false;
};
} // namespace

/// The words of `text` in lines of at most 80 characters, each behind `indent`.
static std::string wrap(std::string_view text, std::string_view indent) {
  constexpr size_t width = 80;
  std::string result, line(indent);
  while (!text.empty()) {
    std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (line.size() > indent.size() && line.size() + 1 + word.size() > width) {
      result += line + "\n";
      line = indent;
    }
    if (line.size() > indent.size())
      line += ' ';
    line += word;
  }
  return result + line + "\n";
}

static std::string describe(size_t code, bool markdown) {
  const graph::ReasonText &text = graph::nativeReasonText(code);
  std::string name(graph::nativeReasonName(code));
  if (markdown)
    return "## `" + name + "`\n\n" + wrap(text.meaning, "") + "\n" +
           wrap(text.advice, "") + "\n";
  return name + "\n" + wrap(text.meaning, "  ") + "\n" +
         wrap("What to do: " + std::string(text.advice), "  ");
}

static Status explain(const ExplainCall &call) {
  std::string text, names;
  for (size_t code = 0; code < graph::nativeReasonCount(); ++code) {
    std::string name(graph::nativeReasonName(code));
    names += (code ? ", " : "") + name;
    if (call.code.empty() || call.code == name)
      text += (text.empty() || call.markdown ? "" : "\n") +
              describe(code, call.markdown);
  }
  if (text.empty())
    return Status::usage("there is no code '" + call.code + "'; there are " +
                         names);
  if (call.markdown)
    text = "<!-- Written by graft explain --markdown from "
           "dialects/graph/NativeReasons.cpp: change it there. -->\n"
           "# Why a node stays native\n\n"
           "A conversion report (`graft convert --report`) has a row for each "
           "node that no\nengine computes, with one of these codes and a "
           "sentence about that node.\n\n" +
           text.erase(text.size() - 1);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return Status();
}

void graft::addExplainCommand(CLI::App &app, Action &action) {
  CLI::App *command = app.add_subcommand(
      "explain", "Say why a node stays native, and what to do about it");
  auto call = std::make_shared<ExplainCall>();
  command->add_option("CODE", call->code,
                      "code of a conversion report (default: all)");
  command->add_flag("--markdown", call->markdown,
                    "print the page of the documentation");
  command->callback(
      [call, &action] { action = [call] { return explain(*call); }; });
}
