// Modules and layers.
#pragma once

#include "copse/nn/any_module.hpp"
#include "copse/nn/attention.hpp"
#include "copse/nn/conv.hpp"
#include "copse/nn/dropout.hpp"
#include "copse/nn/initializers.hpp"
#include "copse/nn/linear.hpp"
#include "copse/nn/lookup.hpp"
#include "copse/nn/module.hpp"
#include "copse/nn/norm.hpp"
#include "copse/nn/normalization.hpp"
#include "copse/nn/pool.hpp"
#include "copse/nn/recurrent.hpp"
#include "copse/nn/scope.hpp"
#include "copse/nn/sequential.hpp"
