// The callbacks that come with the library.
#pragma once

#include "copse/train/callbacks/averages.hpp"
#include "copse/train/callbacks/backup.hpp"
#include "copse/train/callbacks/gradient_norms.hpp"
#include "copse/train/callbacks/lambda.hpp"
#include "copse/train/callbacks/loggers.hpp"
#include "copse/train/callbacks/monitors.hpp"
#include "copse/train/callbacks/progress_bar.hpp"
#include "copse/train/callbacks/schedules.hpp"
#include "copse/train/callbacks/timing.hpp"
