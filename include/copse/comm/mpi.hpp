// Ranks that are processes started by MPI.
#pragma once

#include "copse/comm/communicator.hpp"

namespace copse::comm {

/// The group of all processes that `mpirun` has started; without `mpirun`, a group of one. Defined by the
/// library copse::mpi, which exists if CMake found MPI when Copse was built. All callers get the same
/// communicator. The first call initialises MPI, unless the program has already done so; in that case the
/// program finalises it, otherwise Copse does at exit.
///
/// From that call on a rank ends all others, within seconds, if it ends by an exception that nobody catches,
/// whose message it prints, by `exit` or `return` from main with another status than 0, or by `abort`. If it
/// ends with status 0, ranks that go on to call collectives get a CommunicationError. Throws ValueError where
/// the program has initialised MPI without MPI_THREAD_SERIALIZED.
CommunicatorPtr mpi();

}  // namespace copse::comm
