// One rank of several fails, as the argument says, while the others go on.
#include <copse/comm.hpp>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

int main(int, char** arguments) {
  const std::string what = arguments[1];
  const auto ranks = copse::comm::mpi();
  std::vector<float> x(10, 1);
  if (ranks->rank() == 2) {
    if (what == "throws") throw std::runtime_error("no more data on this rank");
    if (what == "exits") std::exit(3);
    if (what == "returns") return 0;
    if (what == "disagrees") ranks->barrier();
    if (what == "killed") std::raise(SIGKILL);
    if (what == "aborts") ranks->abort(std::make_exception_ptr(std::runtime_error("stopped by hand")));
  }
  for (;;) ranks->all_reduce(x.data(), x.data(), 10, copse::DType::float32);
}
