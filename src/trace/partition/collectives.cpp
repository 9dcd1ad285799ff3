#include "collectives.hpp"

#include <fmt/format.h>

#include <cstring>
#include <numeric>

#include "../../ops/shaping/view_kernel.hpp"
#include "copse/core/error.hpp"

namespace copse::sharding {
namespace {

// In the programs of ranks only: those are not transformed any more.
[[noreturn]] void transformed(std::string_view name) {
  throw InternalError(fmt::format("{}: the program of a rank is mapped", name));
}

comm::Reduce reduction(traits::Combination how) {
  constexpr comm::Reduce all[] = {comm::Reduce::sum, comm::Reduce::min, comm::Reduce::max};
  return all[static_cast<int>(how)];
}

// Bools are compared as the bytes that they are.
DType exchanged(DType dtype) { return dtype == DType::bool_ ? DType::uint8 : dtype; }

// How an array divided along an axis lies: `outer` rows of `inner` bytes for each element of the axis.
struct Rows {
  Rows(const ShapeDtype& type, int axis) : inner(size_of(type.dtype)) {
    for (int d = 0; d < axis; ++d) outer *= static_cast<std::size_t>(type.shape[d]);
    for (int d = axis + 1; d < type.shape.rank(); ++d) inner *= static_cast<std::size_t>(type.shape[d]);
  }
  std::size_t outer = 1, inner;
};

// Bytes of the parts of a row, and where each begins in it.
struct Parts {
  Parts(const Placement& placement, const Rows& rows) {
    for (std::size_t r = 0; r + 1 < placement.starts.size(); ++r) {
      begin.push_back(static_cast<std::size_t>(placement.starts[r]) * rows.inner);
      bytes.push_back(static_cast<std::size_t>(placement.starts[r + 1] - placement.starts[r]) * rows.inner);
    }
  }
  // Elements of each rank's part of all rows.
  std::vector<std::int64_t> counts(const Rows& rows, std::size_t item) const {
    std::vector<std::int64_t> found;
    for (const std::size_t n : bytes) found.push_back(static_cast<std::int64_t>(n * rows.outer / item));
    return found;
  }
  std::vector<std::size_t> begin, bytes;
};

// Copies between rows and parts one behind the other.
template <bool ToRows>
void copy_parts(const Rows& rows, const Parts& parts, std::byte* of_rows, std::byte* of_parts) {
  const std::size_t width = std::accumulate(parts.bytes.begin(), parts.bytes.end(), std::size_t{0});
  for (std::size_t r = 0; r < parts.bytes.size(); ++r)
    for (std::size_t o = 0; o < rows.outer; ++o, of_parts += parts.bytes[r]) {
      std::byte* at = of_rows + o * width + parts.begin[r];
      if (parts.bytes[r] == 0) continue;
      if constexpr (ToRows)
        std::memcpy(at, of_parts, parts.bytes[r]);
      else
        std::memcpy(of_parts, at, parts.bytes[r]);
    }
}

class Exchange : public Primitive {
 public:
  explicit Exchange(comm::CommunicatorPtr c) : communicator(std::move(c)) {}
  bool has_effect() const final { return true; }  // all ranks do it, in one order
  PrimitivePtr without_effect() const final { return share(); }
  bool same(const Primitive& other) const final { return this == &other; }
  BatchResult batch(const BatchCall&) const final { transformed(name()); }
  double flops(std::span<const ShapeDtype>, std::span<const ShapeDtype>) const final { return 0; }

 protected:
  const comm::CommunicatorPtr communicator;
};

class AllReduce final : public Exchange {
 public:
  AllReduce(comm::CommunicatorPtr c, traits::Combination how, std::size_t arrays)
      : Exchange(std::move(c)), how_(how), arrays_(static_cast<int>(arrays)) {}
  std::string_view name() const override { return "all_reduce"; }
  std::string parameters() const override { return to_string(Placement::partial(how_)); }
  int outputs() const override { return arrays_; }
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    std::copy(in.begin(), in.end(), out.begin());
  }

  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype>) const override {
    const DType dtype = exchanged(in[0].dtype);
    const comm::Reduce how = reduction(how_);
    if (in.size() == 1)
      return make_kernel(
          [c = communicator, n = in[0].shape.elements(), dtype, how](
              const void* const* from, void* const* to) { c->all_reduce(from[0], to[0], n, dtype, how); });
    std::vector<std::size_t> bytes;
    for (const ShapeDtype& type : in) bytes.push_back(type.bytes());
    const std::size_t all = std::accumulate(bytes.begin(), bytes.end(), std::size_t{0});
    return make_kernel(all, [c = communicator, bytes = std::move(bytes), all, dtype, how](
                                const void* const* from, void* const* to, void* workspace) {
      auto* packed = static_cast<std::byte*>(workspace);
      for (std::size_t k = 0, at = 0; k < bytes.size(); at += bytes[k++])
        if (bytes[k]) std::memcpy(packed + at, from[k], bytes[k]);
      c->all_reduce(packed, packed, static_cast<std::int64_t>(all / size_of(dtype)), dtype, how);
      for (std::size_t k = 0, at = 0; k < bytes.size(); at += bytes[k++])
        if (bytes[k]) std::memcpy(to[k], packed + at, bytes[k]);
    });
  }

 private:
  traits::Combination how_;
  int arrays_;
};

class AllGather final : public Exchange {
 public:
  AllGather(comm::CommunicatorPtr c, Placement placement, ShapeDtype whole)
      : Exchange(std::move(c)), placement_(std::move(placement)), whole_(whole) {}
  std::string_view name() const override { return "all_gather"; }
  std::string parameters() const override { return fmt::format("axis={}", placement_.axis); }
  void infer(std::span<const ShapeDtype>, std::span<ShapeDtype> out) const override { out[0] = whole_; }

  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype>, std::span<const ShapeDtype>) const override {
    const Rows rows(whole_, placement_.axis);
    const Parts parts(placement_, rows);
    const DType dtype = exchanged(whole_.dtype);
    auto counts = parts.counts(rows, size_of(dtype));
    const std::size_t scratch = rows.outer == 1 ? 0 : whole_.bytes();
    return make_kernel(scratch, [c = communicator, rows, parts, counts = std::move(counts), dtype](
                                    const void* const* from, void* const* to, void* workspace) {
      if (rows.outer == 1) return c->all_gather(from[0], to[0], counts, dtype);
      c->all_gather(from[0], workspace, counts, dtype);
      copy_parts<true>(rows, parts, static_cast<std::byte*>(to[0]), static_cast<std::byte*>(workspace));
    });
  }

 private:
  Placement placement_;
  ShapeDtype whole_;
};

class ReduceScatter final : public Exchange {
 public:
  ReduceScatter(comm::CommunicatorPtr c, Placement placement)
      : Exchange(std::move(c)), placement_(std::move(placement)) {}
  std::string_view name() const override { return "reduce_scatter"; }
  std::string parameters() const override { return fmt::format("axis={}", placement_.axis); }
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    out[0] = local_type(in[0], placement_, communicator->rank());
  }

  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype>) const override {
    const Rows rows(in[0], placement_.axis);
    const Parts parts(placement_, rows);
    const DType dtype = in[0].dtype;
    auto counts = parts.counts(rows, size_of(dtype));
    const std::size_t scratch = rows.outer == 1 ? 0 : in[0].bytes();
    return make_kernel(scratch, [c = communicator, rows, parts, counts = std::move(counts), dtype](
                                    const void* const* from, void* const* to, void* workspace) {
      if (rows.outer == 1) return c->reduce_scatter(from[0], to[0], counts, dtype);
      auto* whole = const_cast<std::byte*>(static_cast<const std::byte*>(from[0]));
      copy_parts<false>(rows, parts, whole, static_cast<std::byte*>(workspace));
      c->reduce_scatter(workspace, to[0], counts, dtype);
    });
  }

 private:
  Placement placement_;
};

class View final : public Primitive {
 public:
  View(ViewAxes axes, ShapeDtype out) : axes_(std::move(axes)), out_(out) {}
  std::string_view name() const override { return "view"; }
  std::string parameters() const override { return "shape=" + copse::to_string(out_.shape); }
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    out[0] = {out_.shape, in[0].dtype, in[0].weak};
  }
  std::optional<traits::View> as_view(const ShapeDtype& in, const ShapeDtype&) const override {
    return axes_.strides(in.shape);
  }
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype> out) const override {
    return make_kernel(
        [walk = shaping::walk_of(out[0], axes_.strides(in[0].shape))](
            const void* const* from, void* const* to) { shaping::copy_view(walk, from[0], to[0]); });
  }
  bool same(const Primitive& other) const override {
    const auto* o = dynamic_cast<const View*>(&other);
    return o && o->axes_ == axes_ && o->out_ == out_;
  }
  BatchResult batch(const BatchCall&) const override { transformed(name()); }
  double flops(std::span<const ShapeDtype>, std::span<const ShapeDtype>) const override { return 0; }

 private:
  ViewAxes axes_;
  ShapeDtype out_;
};

}  // namespace

PrimitivePtr all_reduce(comm::CommunicatorPtr communicator, traits::Combination how, std::size_t arrays) {
  return new_primitive<AllReduce>(std::move(communicator), how, arrays);
}
PrimitivePtr all_gather(comm::CommunicatorPtr communicator, Placement placement, ShapeDtype whole) {
  return new_primitive<AllGather>(std::move(communicator), std::move(placement), whole);
}
PrimitivePtr reduce_scatter(comm::CommunicatorPtr communicator, Placement placement) {
  return new_primitive<ReduceScatter>(std::move(communicator), std::move(placement));
}
PrimitivePtr view(ViewAxes axes, ShapeDtype out) { return new_primitive<View>(std::move(axes), out); }

}  // namespace copse::sharding
