// The programs of docs/trees.md.
#include <copse/copse.hpp>

#include <Eigen/Core>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <sstream>

#include "copse/interop/eigen_leaf.hpp"

using namespace copse;

void check(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::exit(1);
}

struct Linear {
  int units = 3;                    // static: part of the structure
  Parameter kernel = ones({2, 3});  // a leaf of a kind
  Parameter bias = zeros({3});
};

struct Encoder {
  std::string name = "encoder";
  Linear first, second;
  BatchStat mean = zeros({3});
  State<Array> calls = 0.0f;

  Array count(const Array& by) {  // changes a member, so it is not const
    calls = calls + by;
    return calls;
  }
};

struct Net {
  Tree<Encoder> encoder = Encoder{};  // a handle: shared by copies of Net until it changes
  std::vector<Linear> heads = {Linear{}, Linear{}};
};

void first_steps() {
  Tree encoder{Encoder{}};
  auto renamed = encoder.replace<&Encoder::name>("other");
  auto [total, counted] = encoder.mutable_(&Encoder::count)(2.0f);

  check(encoder->name == "encoder" && renamed->name == "other", "replace");
  check(total.item<float>() == 2 && counted->calls->item<float>() == 2, "mutable_");
}

void surgery() {
  Tree net{Net{}};
  auto a = net.replace<&Net::encoder, &Encoder::first, &Linear::bias>(ones({3}));
  auto b = net.replace<&Net::heads, 1, &Linear::units>(4);
  auto c = net.replace("heads.1.units", 4);                // the same by name
  auto d = net.replace("encoder.second.bias", Nothing{});  // no value at all

  check(b == c && !(a == net) && is_nothing(d->encoder->second.bias), "paths");
  check(&*b->encoder == &*net->encoder, "only the path is copied");
}

void kinds() {
  Tree net{Net{}};
  auto parameters = filter<Parameter>(net);  // the same type, Nothing elsewhere
  auto statistics = filter<BatchStat>(net);
  auto states = filter<State>(net);  // BatchStat is a State, too
  auto both = filter<AnyOf<Parameter, BatchStat>>(net);
  auto biases = filter(net, [](const FieldInfo& info) { return info.name == "bias"; });
  auto matrices = filter(net, [](const FieldInfo&, const Array& x) { return x.ndim() == 2; });
  auto [some, rest] = partition<Parameter>(net);
  auto whole = merge(some, rest);

  check(leaves(parameters).size() == 8 && leaves(statistics).size() == 1 && leaves(states).size() == 2,
        "kinds");
  check(leaves(both).size() == 9 && leaves(biases).size() == 4 && whole == net, "partition");
  check(leaves(matrices).size() == 4, "predicates on values");
}

struct EmaKind : StateKind {};  // found by filter<State>, and by filter<EmaKind>
template <class T>
using Ema = Field<EmaKind, T>;

struct Averaged {
  Parameter weight = 1.0f;
  Ema<Array> average = 1.0f;
  Node<float> rate = 0.9f;               // a number as a leaf without a kind
  Static<Array> constant = Array(2.0f);  // an array as part of the structure
};

void own_kinds() {
  Tree tree{Averaged{}};
  check(leaves(filter<Ema>(tree)).size() == 1 && leaves(filter<State>(tree)).size() == 1, "Ema");
  check(count_leaves(tree) == 3, "Node and Static");
}

void mapping() {
  Tree net{Net{}};
  auto doubled = map([](const Array& x) { return 2.0f * x; }, net);
  auto summed = map([](const Array& x, const Array& y) { return x + y; }, net, doubled);
  auto decayed = map<Parameter>([](const Array& x) { return 0.9f * x; }, net);  // the rest stays
  auto named = map_with_path(
      [](const FieldInfo& info, const Array& x) { return info.path.ends_with("bias") ? x + 1.0f : x; }, net);
  auto wide = apply([](Linear& linear) { linear.units = 7; }, net);  // every Linear, wherever it is

  check(summed->heads[0].kernel->item<float>({0, 0}) == 3 && wide->heads[1].units == 7, "map and apply");
  check(decayed->encoder->calls->item<float>() == 0 && !(named == net), "map of kinds");
}

void structures() {
  Tree net{Net{}};
  auto [list, def] = flatten(net);  // std::vector<Array>, TreeDef<Tree<Net>>
  for (auto& leaf : list) leaf = leaf + 1.0f;
  auto back = unflatten(def, list);

  check(structure_equal(net, back) && flatten(back).second == def && hash(def) == hash(flatten(back).second),
        "TreeDef");
  check(!(net == back), "leaves differ");
}

void differences() {
  Tree net{Net{}};
  try {
    (void)map([](const Array& x, const Array& y) { return x + y; }, net,
              net.replace("encoder.name", "other"));
  } catch (const TreeError& error) {
    std::cout << error.what()
              << "\n";  // map: the trees differ in structure: encoder.name: "encoder" vs "other"
  }
  try {
    (void)net.replace("encoder.frist.bias", 1.0f);
  } catch (const TreeError& error) {
    std::cout << error.what()
              << "\n";  // replace: there is no "encoder.frist.bias": "encoder" is an Encoder with ...
  }
}

void printing() {
  Tree net{Net{}};
  std::cout << net << "\n";                           // or print(net), in colour on a terminal
  std::cout << to_string(net, {.depth = 1}) << "\n";  // large models: closed below a depth
  auto dict = to_dict(net);
  auto bias = dict["heads"][1]["bias"].as<DictLeaf>().as<Array>();

  check(bias.shape() == Shape{3}, "to_dict");
}

class Counter {
 public:
  explicit Counter(float start) : count_(start) {}
  static constexpr auto fields() {  // once, since C++ shows nobody its private members
    return std::tuple{std::pair{"count", &Counter::count_}, std::pair{"step", &Counter::step_}};
  }
  void next() { count_ = count_ + step_; }

 private:
  State<Array> count_;
  float step_ = 1.0f;
};

void classes() {
  Tree counter{Counter{3.0f}};
  counter = counter.mutable_(&Counter::next)();
  check(leaves(counter)[0].item<float>() == 4, "fields()");
}

struct Seconds {
  double value = -1;
  friend bool operator==(const Seconds&, const Seconds&) = default;
};
template <>
struct copse::LeafTraits<Seconds> {
  static constexpr bool leaf = true;  // this much is needed; what follows lets it be Nothing
  static bool is_nothing(const Seconds& s) { return s.value < 0; }
  static void make_nothing(Seconds& s) { s.value = -1; }
};

struct Mixed {
  Eigen::MatrixXf weight = Eigen::MatrixXf::Ones(2, 2);  // a leaf by copse/interop/eigen_leaf.hpp
  Seconds spent{0.5};
};

void own_leaves() {
  Tree mixed{Mixed{}};
  check(count_leaves(mixed) == 2, "leaves of two types");
  for (const auto& [info, leaf] : leaves_with_path(mixed)) {
    std::cout << info.path << " has index " << leaf.index() << "\n";  // a std::variant of the leaf types
  }
}

struct Mlp {
  std::vector<int> sizes = {8, 8};
  BasicCompact<Array> layers;

  Array operator()(Array x) {
    auto run = layers.run();
    for (int units : sizes)
      x = x + static_cast<float>(run.make<Linear>(units).units);  // layers.linear, layers.linear2
    return x * run.named<Parameter>("scale", 2.0f);               // layers.scale
  }
};

void inline_parts() {
  Tree mlp{Mlp{}};
  auto call = mutable_([](Mlp& m, const Array& x) { return m(x); });
  auto [y, made] = call(mlp, 1.0f);  // the first run makes the parts, later ones reuse them
  auto [z, same] = call(made, 1.0f);

  check(y.item<float>() == 34 && same == made && made->layers.size() == 3, "Compact");
}

struct Zoo {
  std::vector<AnyTree<Array>> animals = {Linear{}, Encoder{}};
};

void erased() {
  Tree zoo{Zoo{}};
  check(leaves(zoo).size() == 8 && zoo->animals[0].as<Linear>().units == 3, "AnyTree");
  auto changed = zoo.replace("animals.0.bias", ones({3}));
  check(!(changed == zoo) && structure_equal(changed, zoo), "AnyTree is a value");
}

int main() {
  first_steps();
  surgery();
  kinds();
  own_kinds();
  mapping();
  structures();
  differences();
  printing();
  classes();
  own_leaves();
  inline_parts();
  erased();
}
