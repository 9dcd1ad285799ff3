// Kinds, filter, partition, merge, freezing.
#include <string>
#include <vector>

#include "catch.hpp"
#include "handles.hpp"
#include "leaves.hpp"

using namespace copse;
using namespace testing_trees;

namespace {

struct FastKind : ParameterKind {};
struct BothKind : StateKind, LogKind {};  // a lattice, not only a tree
struct AloneKind {};

struct Model {
  Parameter weight = 1.0f;
  Field<FastKind, Vec> fast = 2.0f;
  BatchStat mean = 3.0f;
  State<Vec> state = 4.0f;
  Cache<Vec> cache = 5.0f;
  LossLog loss = 6.0f;
  Field<MetricLogKind, Vec> metric = 7.0f;
  Vec bare = 8.0f;
  Field<AloneKind, Vec> alone = 9.0f;
};

struct Both {
  Field<BothKind, Vec> both = 1.0f;
  State<Vec> state = 2.0f;
};

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("a kind selects itself and what derives from it", "[tree][filter]") {
  Tree model{Model{}};
  CHECK(paths(filter<Parameter>(model)) == Strings{"weight", "fast"});
  CHECK(paths(filter<ParameterKind>(model)) == Strings{"weight", "fast"});
  CHECK(paths(filter<FastKind>(model)) == Strings{"fast"});
  CHECK(paths(filter<State>(model)) == Strings{"mean", "state", "cache"});
  CHECK(paths(filter<Cache>(model)) == Strings{"cache"});
  CHECK(paths(filter<BatchStat>(model)) == Strings{"mean"});
  CHECK(paths(filter<LogKind>(model)) == Strings{"loss", "metric"});
  CHECK(paths(filter<LossLog>(model)) == Strings{"loss"});
  CHECK(paths(filter<TreePart>(model)).size() == 7);
  CHECK(paths(filter<NoKind>(model)) == Strings{"bare"});
  CHECK(paths(filter<AloneKind>(model)) == Strings{"alone"});
  CHECK(paths(filter<BothKind>(Tree{Both{}})) == Strings{"both"});
  CHECK(paths(filter<LogKind>(Tree{Both{}})) == Strings{"both"});
  CHECK(paths(filter<StateKind, LogKind>(Tree{Both{}})) == Strings{"both"});
}

TEST_CASE("filters are combined", "[tree][filter]") {
  Tree model{Model{}};
  CHECK(paths(filter<Parameter, FastKind>(model)) == Strings{"fast"});  // all must hold
  CHECK(paths(filter<Parameter, BatchStat>(model)).empty());
  CHECK(paths(filter<AnyOf<Parameter, BatchStat>>(model)) == Strings{"weight", "fast", "mean"});
  CHECK(paths(filter<Not<TreePart>>(model)) == Strings{"bare", "alone"});
  CHECK(paths(filter<State, Cache>(model)) == Strings{"cache"});
  CHECK(paths(filter<StateKind, Not<CacheKind>>(model)) == Strings{"mean", "state"});
  auto short_name = [](const FieldInfo& info) { return info.name.size() == 4; };
  auto with_a = [](const FieldInfo& info) { return info.path.find('a') != std::string::npos; };
  CHECK(paths(filter(model, short_name)) == Strings{"fast", "mean", "loss", "bare"});
  CHECK(paths(filter(model, short_name, with_a)) == Strings{"fast", "mean", "bare"});
  CHECK(paths(filter<Parameter>(model, short_name)) == Strings{"fast"});
  CHECK(paths(filter<State>(model, with_a)) == Strings{"mean", "state", "cache"});
  CHECK(paths(filter(model, [](const FieldInfo& info) { return info.is<LogKind>(); })) ==
        Strings{"loss", "metric"});
  CHECK(paths(filter(model, [](const FieldInfo& info) { return info.is<FastKind>(); })) == Strings{"fast"});
}

TEST_CASE("filter keeps the type and marks what is gone", "[tree][filter]") {
  Module model{Model{}};
  auto filtered = filter<Parameter>(model);
  static_assert(std::is_same_v<decltype(filtered), Module<Model>>);
  CHECK(is_nothing(filtered->mean));
  CHECK(is_nothing(filtered->bare));
  CHECK_FALSE(is_nothing(filtered->weight));
  CHECK_FALSE(is_nothing(model->mean));
  CHECK(filter<Parameter>(filtered) == filtered);
  CHECK(paths(filter<Parameter>(*model)).size() == 2);  // a plain struct
}

TEST_CASE("a leaf that cannot be Nothing is only refused if it must be", "[tree][filter]") {
  struct Fixed {
    Node<float> can = 1.0f;
    State<std::string> can_too = std::string("x");
    Vec vec = 1.0f;
  };
  Tree tree{Fixed{}};
  auto none = filter<Parameter>(tree);
  CHECK(leaves(none).empty());
  CHECK(is_nothing(none->can));
  CHECK(is_nothing(none->can_too));
  CHECK(merge(none, tree) == tree);
}

TEST_CASE("partition and merge are inverse", "[tree][filter]") {
  Tree model{Model{}};
  auto [odd, even] = partition(model, [](const FieldInfo& info) { return info.path.size() % 2 == 1; });
  CHECK(leaves(odd).size() + leaves(even).size() == leaves(model).size());
  CHECK(merge(odd, even) == model);
  CHECK(merge(even, odd) == model);
  auto [parameters, rest] = partition<Parameter>(model);
  CHECK(leaves(parameters).size() == 2);
  CHECK(merge(parameters, rest) == model);
  auto [states, others] = partition<State>(model);
  CHECK(leaves(states).size() == 3);
  CHECK(merge(states, others) == model);
}

TEST_CASE("merge takes the last leaf that is not Nothing", "[tree][filter]") {
  using Pair = std::pair<Vec, Vec>;
  Pair merged = merge(Pair{1, 2}, Pair{{}, 4}, Pair{5, {}});
  CHECK(merged.first.sum() == 5);
  CHECK(merged.second.sum() == 4);
  merged = merge(Pair{1, 2}, Pair{{}, 3}, Pair{5, {}});
  CHECK(merged.first.sum() == 5);
  CHECK(merged.second.sum() == 3);
  CHECK(is_nothing(merge(Pair{}, Pair{}).first));
  CHECK(merge(Pair{1, 2}).first.sum() == 1);
}

TEST_CASE("merge wants equal structures", "[tree][filter]") {
  Tree net{Net{}};
  CHECK(message([&] { (void)merge(net, net.replace("label", "other")); }) ==
        "merge: the trees differ in structure: label: \"net\" vs \"other\"");
  CHECK(message([&] { (void)merge(net, net.replace<&Net::layers>(std::vector<Linear>(1))); }) ==
        "merge: the trees differ in structure: layers: 2 elements vs 1 element");
  CHECK(message([&] { (void)merge(net, with_trainable(net, false)); }) ==
        "merge: the trees differ in structure: encoder.kernel: trainable vs frozen");
}

TEST_CASE("merge can take statics from the first or the last tree", "[tree][filter]") {
  Tree a{Net{}};
  auto b = a.replace("label", "other").replace("mean", Nothing{}).replace("encoder.bias", 9.0f);
  auto first = merge<Statics::from_first>(a, b);
  CHECK(first->label == "net");
  CHECK(first->encoder.bias->sum() == 9);
  CHECK_FALSE(is_nothing(first->mean));
  auto last = merge<Statics::from_last>(a, b);
  CHECK(last->label == "other");
  CHECK(last->encoder.bias->sum() == 9);
  CHECK_FALSE(is_nothing(last->mean));
  CHECK_THROWS_AS(merge<Statics::from_last>(a, a.replace<&Net::layers>(std::vector<Linear>(1))), TreeError);
}

TEST_CASE("parameters are frozen in whole trees and parts of them", "[tree][filter]") {
  Tree net{Net{}};
  CHECK(leaves(filter<Trainable>(net)).size() == 6);
  auto frozen = with_trainable(net, false);
  CHECK(leaves(filter<Trainable>(frozen)).empty());
  CHECK(leaves(filter<Parameter>(frozen)).size() == 6);
  CHECK_FALSE(frozen == net);
  CHECK(with_trainable(frozen, true) == net);
  auto part = net.replace<&Net::encoder>(with_trainable(net->encoder, false));
  CHECK(paths(filter<Trainable>(part)) ==
        Strings{"layers.0.kernel", "layers.0.bias", "layers.1.kernel", "layers.1.bias"});
  CHECK(paths(filter<Parameter, Not<Trainable>>(part)) == Strings{"encoder.kernel", "encoder.bias"});
  auto changed = map([](const Vec& v) { return v + v; }, part);
  CHECK_FALSE(changed->encoder.bias.trainable());  // new values, the same flag
}

TEST_CASE("kinds have names and an order", "[tree][filter]") {
  CHECK(KindId::of<ParameterKind>().name() == "Parameter");
  CHECK(KindId::of<FastKind>().name() == "Fast");
  CHECK(KindId::of<NoKind>().name().empty());
  CHECK(KindId() == KindId::of<NoKind>());
  CHECK(KindId::of<FastKind>().is<ParameterKind>());
  CHECK(KindId::of<FastKind>().is<FastKind>());
  CHECK_FALSE(KindId::of<ParameterKind>().is<FastKind>());
  CHECK(KindId::of<BothKind>().is<LogKind>());
  CHECK(KindId::of<BothKind>().is<BothKind>());
  CHECK_FALSE(KindId::of<AloneKind>().is<TreePart>());
}

TEST_CASE("predicates may look at values", "[tree][filter]") {
  Tree net{Net{}};
  auto large = [](const FieldInfo&, const Vec& v) { return v.size() > 1; };
  CHECK(paths(filter(net, large)) ==
        std::vector<std::string>{"encoder.kernel", "mean", "layers.0.kernel", "layers.1.kernel"});
  CHECK(paths(filter<State>(net, large)) == std::vector<std::string>{"mean"});
  auto first = [](const FieldInfo& info) { return info.path.starts_with("layers.0"); };
  CHECK(paths(filter<Parameter>(net, large, first)) == std::vector<std::string>{"layers.0.kernel"});
  auto [some, rest] = partition(net, large);
  CHECK(count_leaves(some) == 4);
  CHECK(merge(some, rest) == net);

  struct Mixed {
    Node<float> rate = 2.0f;
    Vec vec = 1.0f;
  };
  auto positive = [](const FieldInfo&, const auto& leaf) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(leaf)>, float>)
      return leaf > 1.5f;
    else
      return leaf.sum() > 1.5f;
  };
  CHECK(paths(filter(Tree{Mixed{}}, positive)) == std::vector<std::string>{"rate"});
}
