// Transformations made of others.
#pragma once

#include "copse/optim/transformation.hpp"
