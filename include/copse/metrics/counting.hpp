// Metrics made of counts: precision, recall, F1, the confusion matrix.
#pragma once
#include "copse/metrics/accuracy.hpp"
