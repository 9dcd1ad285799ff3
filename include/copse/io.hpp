// Files: safetensors, trees, npy and npz, tables, images, plots, data sets, TensorBoard's events.
#pragma once

#include "copse/io/atomic_file.hpp"
#include "copse/io/csv.hpp"
#include "copse/io/datasets.hpp"
#include "copse/io/event_file.hpp"
#include "copse/io/image.hpp"
#include "copse/io/npy.hpp"
#include "copse/io/options.hpp"
#include "copse/io/plot.hpp"
#include "copse/io/safetensors.hpp"
#include "copse/io/tree.hpp"
