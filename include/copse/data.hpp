// Data: batches, and where they come from.
#pragma once

#include "copse/data/batch.hpp"
#include "copse/data/dataset.hpp"
#include "copse/data/loader.hpp"
#include "copse/data/samples.hpp"
#include "copse/data/source.hpp"
