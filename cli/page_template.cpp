#include "page_template.h"

#include <stdexcept>
#include <vector>

#include "pages.h"
#include "terminal.h"

namespace folio::cli {
namespace {

std::string escaped(const std::string& text) {
  std::string result;
  for (const char character : text) {
    switch (character) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += character;
    }
  }
  return result;
}

// JSON that neither ends a <script> nor begins a comment in it.
std::string for_script(const Json& value) {
  std::string result;
  for (const char character : json_text(value)) {
    if (character == '<') {
      result += "\\u003c";
    } else {
      result += character;
    }
  }
  return result;
}

std::string text_of(const Json& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return format_number(value.get<double>());
  return json_text(value);
}

bool is_set(const Json& value) {
  return !(value.is_null() || value == false || value == "" ||
           (value.is_structured() && value.empty()));
}

class Renderer {
 public:
  explicit Renderer(const Json& data) { context_.push_back(&data); }

  // Renders `text` up to the end of the section `section`; returns where it goes on.
  std::size_t render(std::string_view text, std::size_t at, std::string_view section, bool shown) {
    for (;;) {
      const std::size_t open = text.find("{{", at);
      if (open == std::string_view::npos) {
        if (!section.empty()) unclosed(section);
        if (shown) result += text.substr(at);
        return text.size();
      }
      if (shown) result += text.substr(at, open - at);
      const std::size_t close = text.find("}}", open);
      if (close == std::string_view::npos) unclosed(text.substr(open, 20));
      const std::string_view tag = text.substr(open + 2, close - open - 2);
      at = close + 2;
      const std::string_view name = tag.substr(tag.find_first_not_of("#^/&>"));
      switch (tag.front()) {
        case '/':
          if (name != section) unclosed(section);
          return at;
        case '#':
          at = render_section(text, at, name, shown);
          break;
        case '^':
          at = render(text, at, name, shown && !is_set(value_of(name)));
          break;
        case '&':
          if (shown) result += for_script(value_of(name));
          break;
        case '>':
          if (shown) render(page_file(name), 0, "", true);
          break;
        default:
          if (shown) result += escaped(text_of(value_of(name)));
      }
    }
  }

  std::string result;

 private:
  std::size_t render_section(std::string_view text, std::size_t at, std::string_view name,
                             bool shown) {
    const Json& value = value_of(name);
    if (!shown || !is_set(value)) return render(text, at, name, false);
    std::size_t end = at;
    if (!value.is_array()) {
      context_.push_back(&value);
      end = render(text, at, name, true);
      context_.pop_back();
      return end;
    }
    for (const Json& element : value) {
      context_.push_back(&element);
      end = render(text, at, name, true);
      context_.pop_back();
    }
    return end;
  }

  const Json& value_of(std::string_view name) const {
    static const Json kNothing;
    if (name == ".") return *context_.back();
    for (auto scope = context_.rbegin(); scope != context_.rend(); ++scope) {
      if (!(*scope)->is_object()) continue;
      const auto found = (*scope)->find(std::string(name));
      if (found != (*scope)->end()) return *found;
    }
    return kNothing;
  }

  [[noreturn]] static void unclosed(std::string_view what) {
    throw std::logic_error("page template: \"" + std::string(what) + "\" is not closed");
  }

  std::vector<const Json*> context_;  // Innermost last.
};

}  // namespace

std::string render_page(std::string_view name, const Json& data) {
  Renderer renderer(data);
  renderer.render(page_file(name), 0, "", true);
  return std::move(renderer.result);
}

}  // namespace folio::cli
