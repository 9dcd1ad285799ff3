// All of TreeCode, for sources that have the code for types of trees: `template struct TreeCode<T>;`.
#pragma once

#include "copse/tree/difference.hpp"
#include "copse/tree/locate.hpp"
#include "copse/tree/path.hpp"
#include "copse/tree/structure.hpp"
