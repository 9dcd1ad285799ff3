// What a training is at one moment, kept in memory.
#pragma once

#include <memory>
#include <utility>

#include "copse/io/store.hpp"

namespace copse {

/// The state of a module and all that belongs to it, as `TrainerBase::snapshot` takes it.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
  /// Writes its arrays, by the names that they have in checkpoints.
  virtual void save(io::Store& store) const = 0;
};

/// A snapshot that another process has saved. Whether it fits is seen when it is restored.
class StoredSnapshot final : public Snapshot {
 public:
  explicit StoredSnapshot(io::Store store) : store_(std::move(store)) {}
  void save(io::Store& store) const override { store = store_; }

 private:
  io::Store store_;
};

}  // namespace copse
