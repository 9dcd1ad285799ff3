// Communicators: how processes and threads that share a computation exchange arrays.
#pragma once

#include "copse/comm/communicator.hpp"
#include "copse/comm/messages.hpp"
#include "copse/comm/mpi.hpp"
#include "copse/comm/request.hpp"
#include "copse/comm/threads.hpp"
