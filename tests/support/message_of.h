/// What an action that should fail says.
#pragma once
#include <functional>
#include <string>

#include <folio/datasets/error.h>

namespace folio::test {

inline std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace folio::test
