// Ranks that are processes started by MPI.
#pragma once

#include "copse/comm/communicator.hpp"

namespace copse::comm {

/// All processes that `mpirun` has started, or a group of one without it. Defined by the library copse::mpi,
/// which is there if MPI was found when Copse was built. The same for all callers; the first call initialises
/// MPI unless the program has done so, and then what it has initialised is finalised when the program ends.
///
/// From that call on a rank ends all others, within seconds, if it ends by an exception that nobody catches,
/// whose message it prints, by `exit` or `return` from main with another status than 0, or by `abort`. If it
/// ends with status 0, ranks that go on to call collectives get a CommunicationError. Throws ValueError where
/// the program has initialised MPI without MPI_THREAD_SERIALIZED.
CommunicatorPtr mpi();

}  // namespace copse::comm
