// Trees: plain structs, frozen, and the functions over them. Stands alone: nothing here knows Copse's arrays.
#pragma once

#include "copse/core/error.hpp"
#include "copse/tree/dict.hpp"
#include "copse/tree/field.hpp"
#include "copse/tree/filter.hpp"
#include "copse/tree/flatten.hpp"
#include "copse/tree/handle.hpp"
#include "copse/tree/leaf.hpp"
#include "copse/tree/map.hpp"
#include "copse/tree/mutable.hpp"
#include "copse/tree/path.hpp"
#include "copse/tree/print.hpp"
#include "copse/tree/replace.hpp"
#include "copse/tree/structure.hpp"
#include "copse/tree/walk.hpp"
