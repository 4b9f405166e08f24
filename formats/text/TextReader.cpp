//===- TextReader.cpp - protobuf messages in text form --------------------===//
// Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "formats/text/TextReader.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/text_format.h>

#include <climits>

using namespace graft;

/// The parser recurses, and protobuf allows texts any depth by default.
static constexpr int kMaxDepth = 100;

namespace {
/// Keeps the first error of protobuf's text parser.
class FirstError : public google::protobuf::io::ErrorCollector {
public:
  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string &message) override {
    if (!text.empty())
      return;
    text = ":" + std::to_string(line + 1) + ":" + std::to_string(column + 1) +
           ": " + message;
    while (text.back() == '.')
      text.pop_back();
    // The package of our messages is no business of the user's.
    constexpr std::string_view prefix = "\"graft.tensorflow.";
    if (size_t package = text.find(prefix); package != std::string::npos)
      text.erase(package + 1, std::string_view("graft.").size());
  }
  std::string text;
};
} // namespace

Status graft::parseText(std::string_view text, const std::string &path,
                        const char *kind, google::protobuf::Message &message) {
  if (text.size() > INT_MAX)
    return Status::badInput(path + ": a text must be below 2 GiB, got " +
                            std::to_string(text.size()) +
                            " bytes; save it in binary form");
  // Protobuf writes to stderr what the status says anyway.
  google::protobuf::LogSilencer silencer;
  google::protobuf::TextFormat::Parser parser;
  FirstError error;
  parser.RecordErrorsTo(&error);
  parser.SetRecursionLimit(kMaxDepth);
  google::protobuf::io::ArrayInputStream stream(text.data(),
                                                static_cast<int>(text.size()));
  if (!parser.Parse(&stream, &message))
    return Status::badInput(path + error.text + "; the text must be a " + kind);
  return {};
}
