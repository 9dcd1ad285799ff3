// Operations on images.
#pragma once

#include "copse/image/augment.hpp"
#include "copse/image/grid.hpp"
#include "copse/image/resize.hpp"
