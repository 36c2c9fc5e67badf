/// PreviewServer: the live preview, a page and its pictures on this machine alone.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "argument.h"

namespace folio::cli {

/// Answers on 127.0.0.1: `GET /` with a page, `POST /render` with what `draw` makes of the JSON
/// that came. Other machines cannot reach it, and pages of other origins are refused.
class PreviewServer {
 public:
  /// Called for one request at a time; an Error becomes an answer that holds its message.
  using Draw = std::function<Json(const Json& request)>;

  /// Binds the port; 0 takes one that is free.
  ///
  /// Errors  Error (kIo) if the port is taken.
  PreviewServer(int port, std::string page, Draw draw);
  ~PreviewServer();

  [[nodiscard]] std::string address() const;

  /// Serves until `ended` is true.
  void run(const std::function<bool()>& ended);

 private:
  struct Impl;  // The HTTP library stays out of this header.
  std::unique_ptr<Impl> impl_;
};

}  // namespace folio::cli
