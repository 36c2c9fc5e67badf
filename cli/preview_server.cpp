#include "preview_server.h"

#include <httplib.h>

#include <chrono>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include <folio/datasets/error.h>

namespace folio::cli {
namespace {

constexpr const char* kHost = "127.0.0.1";
constexpr std::size_t kMostRequestBytes = 64 * 1024;
// Not application/json, which the library would compress: pictures are compressed already.
constexpr const char* kAnswerType = "application/x-folio-preview+json";

void answer_error(httplib::Response& response, int status, const std::string& message) {
  response.status = status;
  response.set_content(json_text(Json{{"error", message}}), kAnswerType);
}

}  // namespace

struct PreviewServer::Impl {
  httplib::Server server;
  int port = 0;
  std::string page;
  Draw draw;
  std::mutex drawing;  // One draw at a time.

  // A page of another origin may send its visitor's browser here; it comes with that name.
  [[nodiscard]] bool is_own_host(const std::string& host) const {
    const std::string suffix = ":" + std::to_string(port);
    return host == kHost + suffix || host == "localhost" + suffix;
  }
  [[nodiscard]] bool is_own_origin(const httplib::Request& request) const {
    if (!request.has_header("Origin")) return true;
    const std::string origin = request.get_header_value("Origin");
    return origin.starts_with("http://") && is_own_host(origin.substr(7));
  }

  void answer(const httplib::Request& request, httplib::Response& response) {
    Json wanted;
    try {
      wanted = Json::parse(request.body);
    } catch (const Json::exception&) {
      return answer_error(response, 400, "the request is not JSON");
    }
    try {
      const std::lock_guard lock(drawing);
      response.set_content(json_text(draw(wanted)), kAnswerType);
    } catch (const Error& error) {
      answer_error(response, 400, error.what());
    } catch (const std::exception& error) {
      answer_error(response, 500, error.what());
    }
  }
};

PreviewServer::PreviewServer(int port, std::string page, Draw draw)
    : impl_(std::make_unique<Impl>()) {
  impl_->page = std::move(page);
  impl_->draw = std::move(draw);
  httplib::Server& server = impl_->server;
  server.set_payload_max_length(kMostRequestBytes);
  server.set_keep_alive_timeout(1);  // Bounds how long an idle browser delays the end.
  server.new_task_queue = [] { return new httplib::ThreadPool(4); };
  server.set_default_headers(
      {{"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}});
  server.set_pre_routing_handler(
      [this](const httplib::Request& request, httplib::Response& response) {
        if (impl_->is_own_host(request.get_header_value("Host")) && impl_->is_own_origin(request)) {
          return httplib::Server::HandlerResponse::Unhandled;
        }
        answer_error(response, 403, "only for pages of " + address());
        return httplib::Server::HandlerResponse::Handled;
      });
  server.Get("/", [this](const httplib::Request&, httplib::Response& response) {
    response.set_content(impl_->page, "text/html; charset=utf-8");
  });
  server.Post("/render", [this](const httplib::Request& request, httplib::Response& response) {
    impl_->answer(request, response);
  });
  // An own option set: the library's default lets a second process share the port.
  server.set_socket_options([](socket_t socket) {
    const int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  if (port == 0) {
    impl_->port = server.bind_to_any_port(kHost);
  } else if (server.bind_to_port(kHost, port)) {
    impl_->port = port;
  }
  if (impl_->port <= 0) {
    throw Error(ErrorKind::kIo, "--port " + std::to_string(port) +
                                    ": cannot be used, it may be taken; 0 takes a free one");
  }
}

PreviewServer::~PreviewServer() = default;

std::string PreviewServer::address() const {
  return std::string("http://") + kHost + ":" + std::to_string(impl_->port) + "/";
}

void PreviewServer::run(const std::function<bool()>& ended) {
  std::thread listener([this] { impl_->server.listen_after_bind(); });
  while (!ended()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  impl_->server.stop();
  listener.join();
}

}  // namespace folio::cli
