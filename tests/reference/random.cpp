// Keys and samplers.
#include "copse/random.hpp"
#include "registry.hpp"

namespace reference {
namespace {

namespace random = copse::random;

copse::Key key(const Arguments& a) { return {a["key"]}; }

Array bits(const Arguments& a) {
  const std::string name = a.options.text("dtype", "uint32");
  if (name != "uint32" && name != "uint8") a.options.unknown("dtype");
  return random::bits(key(a), a.options.shape("shape"), copse::dtype_from_name(name));
}

Array uniform(const Arguments& a) {
  return random::uniform(key(a), a.options.shape("shape"), a.options.number("minval", 0),
                         a.options.number("maxval", 1));
}

Array bernoulli(const Arguments& a) {
  if (!a.has("p")) return random::bernoulli(key(a), a.options.number("p", 0.5), a.options.shape("shape"));
  if (!a.options.has("shape")) return random::bernoulli(key(a), a["p"]);
  return random::bernoulli(key(a), a["p"], a.options.shape("shape"));
}

Array permutation(const Arguments& a) {
  if (a.has("x")) return random::permutation(key(a), a["x"], static_cast<int>(a.options.integer("axis", 0)));
  return random::permutation(key(a), a.options.integer("n"));
}

Array categorical(const Arguments& a) {
  const int axis = static_cast<int>(a.options.integer("axis", -1));
  if (!a.options.has("shape")) return random::categorical(key(a), a["logits"], axis);
  return random::categorical(key(a), a["logits"], axis, a.options.shape("shape"));
}

Array choice(const Arguments& a) {
  std::optional<Array> p;
  if (a.has("p")) p = a["p"];
  return random::choice(key(a), a.options.integer("n"), a.options.shape("shape"),
                        a.options.flag("replace", true), p);
}

template <Array (*sample)(const copse::Key&, const copse::Shape&, copse::DType)>
Array plain(const Arguments& a) {
  return sample(key(a), a.options.shape("shape"), copse::DType::float32);
}

}  // namespace

void add_random(Group& group) {
  group.add("key", [](const Arguments& a) {
    return Results{{"key", random::key(a.options.integer("seed")).data}};
  });
  group.add("split", [](const Arguments& a) {
    return Results{{"keys", random::split(key(a), a.options.integer("n", 2)).data}};
  });
  group.add("fold_in", [](const Arguments& a) {
    return Results{{"key", random::fold_in(key(a), a.options.integer("data")).data}};
  });
  group.add_value("bits", bits);
  group.add_value("uniform", uniform);
  group.add_value("normal", plain<random::normal>);
  group.add_value("gumbel", plain<random::gumbel>);
  group.add_value("exponential", plain<random::exponential>);
  group.add_value("laplace", plain<random::laplace>);
  group.add_value("truncated_normal", [](const Arguments& a) {
    return random::truncated_normal(key(a), a.options.number("lower"), a.options.number("upper"),
                                    a.options.shape("shape"));
  });
  group.add_value("bernoulli", bernoulli);
  group.add_value("randint", [](const Arguments& a) {
    return random::randint(key(a), a.options.shape("shape"), a.options.integer("minval"),
                           a.options.integer("maxval"));
  });
  group.add_value("permutation", permutation);
  group.add_value("categorical", categorical);
  group.add_value("choice", choice);
}

}  // namespace reference
