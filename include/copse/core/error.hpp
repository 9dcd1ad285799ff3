// The errors that Copse throws: one class a cause, all under copse::Error.
#pragma once

#include <stdexcept>
#include <string>

namespace copse {

/// Base of everything Copse throws. The message names the function, what it got and what it wanted.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Shapes, ranks or axes that do not fit.
class ShapeError : public Error {
 public:
  using Error::Error;
};

/// A dtype that the function does not take.
class DTypeError : public Error {
 public:
  using Error::Error;
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

}  // namespace copse
