// Objects that last as long as anybody may ask for them: operations work in destructors of globals, of
// statics made at any time, and of objects that belong to a thread.
#pragma once

#include <pthread.h>

#include <memory>
#include <utility>

namespace copse::detail {

/// For a static reference: a value that is never destroyed.
template <class T>
T& never_destroyed(T value) {
  return *new T(std::move(value));
}

/// What each thread keeps for itself, made when it first asks: one object for each type T, so T is a type of
/// the caller's own. It outlives what the thread keeps by `thread_local`, whose destructors may run
/// operations; the main thread's is never destroyed.
template <class T>
T& per_thread() {
  static thread_local T* mine = nullptr;  // no destructor: it can be read at any time
  if (!mine) [[unlikely]] {
    auto made = std::make_unique<T>();
    // The values of keys are destroyed after all thread-local objects, and not when the main thread ends by
    // leaving `main`. Without one the object stays.
    static const std::pair<pthread_key_t, bool> key = [] {
      pthread_key_t made_key{};
      const int failed = pthread_key_create(&made_key, [](void* object) {
        mine = nullptr;
        delete static_cast<T*>(object);
      });
      return std::pair{made_key, failed == 0};
    }();
    if (key.second) (void)pthread_setspecific(key.first, made.get());
    mine = made.release();
  }
  return *mine;
}

}  // namespace copse::detail
