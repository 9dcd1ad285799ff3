// What tests of one's own modules need.
#pragma once

#include "copse/testing/gradients.hpp"
