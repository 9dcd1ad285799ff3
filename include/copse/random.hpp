// Random numbers from keys, without any state.
#pragma once

#include "copse/random/key.hpp"
#include "copse/random/samplers.hpp"
