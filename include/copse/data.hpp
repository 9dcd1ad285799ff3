// Data: batches, and where they come from.
#pragma once

#include "copse/data/batch.hpp"
#include "copse/data/collate.hpp"
#include "copse/data/csv.hpp"
#include "copse/data/dataset.hpp"
#include "copse/data/loader.hpp"
#include "copse/data/samples.hpp"
#include "copse/data/sequence.hpp"
#include "copse/data/source.hpp"
#include "copse/data/splits.hpp"
#include "copse/data/stepped.hpp"
#include "copse/data/stream.hpp"
#include "copse/data/word_piece.hpp"
