// History: what a training has reported, epoch by epoch.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "copse/io/store.hpp"
#include "copse/train/epoch_logs.hpp"

namespace copse {

/// The logs of all epochs.
class History {
 public:
  History();
  // Compiled once, and not in each program: copies of what a trainer keeps are much of its code.
  History(const History&);
  History(History&&) noexcept;
  History& operator=(const History&);
  History& operator=(History&&) noexcept;
  ~History();

  /// The values of that name, one for each epoch that reported it. Throws ValueError, listing the names, if
  /// none did.
  const std::vector<double>& operator[](std::string_view name) const;
  bool contains(std::string_view name) const;
  std::vector<std::string> names() const;

  /// How many epochs there are.
  std::size_t epochs() const { return epochs_.size(); }
  /// Their numbers, counted from 0.
  const std::vector<int>& epoch_numbers() const { return epochs_; }
  /// The epochs for which there is a value of that name: as many as operator[] gives values.
  const std::vector<int>& epochs_of(std::string_view name) const;

  void add(int epoch, const EpochLogs& logs);

  /// Into a store and out of it.
  void save(io::Store& store) const;
  void load(const io::Store& store);

 private:
  struct Series {
    std::string name;
    std::vector<int> epochs;
    std::vector<double> values;
  };
  const Series& series(std::string_view name) const;

  std::vector<int> epochs_;
  std::vector<Series> series_;
};

/// A line for each epoch: `epoch 0: loss: 0.25 - val_loss: 0.5`.
std::ostream& operator<<(std::ostream& out, const History& history);

/// Draws the history as an SVG or PNG file, as the path ends: one plot for each name, training and validation
/// (`val_...`) together. Throws ValueError for another ending, IoError for a PNG where Copse was built
/// without zlib.
void plot_history(const std::filesystem::path& path, const History& history);

}  // namespace copse
