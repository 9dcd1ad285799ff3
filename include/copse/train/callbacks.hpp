// The callbacks that come with the library.
#pragma once

#include "copse/train/callbacks/lambda.hpp"
#include "copse/train/callbacks/loggers.hpp"
#include "copse/train/callbacks/monitors.hpp"
#include "copse/train/callbacks/progress_bar.hpp"
