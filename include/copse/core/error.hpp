// The errors that Copse throws: one class a cause, all under copse::Error.
#pragma once

#include "copse/core/config.hpp"

#include <new>
#include <stdexcept>
#include <string>
#include <utility>

namespace copse {

namespace detail {

/// Adds to a message where the program is: the layer, and the transforms around. Null on a thread that has
/// not been in any (see core/name_scope.hpp).
using AddContext = void (*)(std::string& message);
inline constinit thread_local AddContext add_context = nullptr;

inline std::string with_context(std::string message) {
  if (add_context) add_context(message);
  return message;
}

}  // namespace detail

/// Base of everything Copse throws. The message names the function, what it got and what it wanted.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Shapes, ranks or axes that do not fit. The message ends with the layer and the transforms in which it was
/// made, if there are any: `(in Classifier.hidden, inside `jit`)`.
class ShapeError : public Error {
 public:
  explicit ShapeError(std::string message) : Error(detail::with_context(std::move(message))) {}
};

/// A dtype that the function does not take. The message ends like that of a ShapeError.
class DTypeError : public Error {
 public:
  explicit DTypeError(std::string message) : Error(detail::with_context(std::move(message))) {}
};

/// Trees whose structures differ, or a path that leads nowhere.
class TreeError : public Error {
 public:
  using Error::Error;
};

/// State would change where nothing may: use `apply` or `mutable_`.
class MutabilityError : public Error {
 public:
  using Error::Error;
};

/// A random key was asked for and none was given.
class KeyError : public Error {
 public:
  using Error::Error;
};

/// A value was asked for while only shapes are known (inside `jit` or `vmap`).
class ConcretizationError : public Error {
 public:
  using Error::Error;
};

/// A file that is missing, malformed or cannot be written.
class IoError : public Error {
 public:
  using Error::Error;
};

/// An argument outside of its domain.
class ValueError : public Error {
 public:
  using Error::Error;
};

/// A fault of Copse itself, found by its own checks. Please report it.
class InternalError : public Error {
 public:
  using Error::Error;
};

/// There is not enough memory for what was asked.
class MemoryError : public Error {
 public:
  using Error::Error;
  /// Without a message of its own, for which there might be no memory either.
  MemoryError() : Error("") {}
  const char* what() const noexcept override {
    const char* text = Error::what();
    return *text ? text : "out of memory";
  }
};

namespace detail {

/// Throws the MemoryError of a function.
[[noreturn]] inline void out_of_memory(const char* function) {
  std::string text;
  try {
    text = std::string(function) + ": out of memory";
  } catch (const std::bad_alloc&) {
    throw MemoryError();
  }
  throw MemoryError(text);
}

/// Calls f. Where the standard library finds no memory, or a container no room, for what f does, that is a
/// MemoryError naming `function`. All that asks for memory beyond that of arrays is called through this.
template <class F>
decltype(auto) guard_memory(const char* function, F&& f) {
  try {
    return std::forward<F>(f)();
  } catch (const std::bad_alloc&) {
    out_of_memory(function);
  } catch (const std::length_error&) {
    out_of_memory(function);
  }
}

}  // namespace detail

}  // namespace copse
