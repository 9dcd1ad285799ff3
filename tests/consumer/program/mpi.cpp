// The component mpi alone: started without mpirun, a process is a group of its own.
#include <copse/comm.hpp>

int main() {
  const auto ranks = copse::comm::mpi();
  float x = 3;
  ranks->all_reduce(&x, &x, 1, copse::DType::float32);
  return ranks->size() == 1 && x == 3 ? 0 : 1;
}
