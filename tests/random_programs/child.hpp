// Work in processes of their own, so that one that dies is a result like another.
#pragma once

#include <functional>
#include <string>

namespace random_programs {

/// Memory that a process and its children share.
void* shared_memory(std::size_t bytes);

template <class T>
T& shared() {
  return *new (shared_memory(sizeof(T))) T();
}

/// Runs `work` in a child. Empty if it returned; else how it ended: the signal, or that it took too long.
/// The calling process must have no threads.
std::string in_child(const std::function<void()>& work, unsigned seconds);

}  // namespace random_programs
