// The library's own metrics as an AnyMetric: their code is compiled with the library and not in each program.
#pragma once

#include "copse/metrics/accuracy.hpp"
#include "copse/metrics/any_metric.hpp"
#include "copse/metrics/auroc.hpp"
#include "copse/metrics/counting.hpp"
#include "copse/metrics/mean.hpp"

namespace copse::metrics {

extern template AnyMetric::AnyMetric(Accuracy metric);
extern template class AnyMetric::RuleOf<Accuracy>;
extern template AnyMetric::AnyMetric(AUROC metric);
extern template class AnyMetric::RuleOf<AUROC>;
extern template AnyMetric::AnyMetric(Precision metric);
extern template class AnyMetric::RuleOf<Precision>;
extern template AnyMetric::AnyMetric(Recall metric);
extern template class AnyMetric::RuleOf<Recall>;
extern template AnyMetric::AnyMetric(F1 metric);
extern template class AnyMetric::RuleOf<F1>;
extern template AnyMetric::AnyMetric(ConfusionMatrix metric);
extern template class AnyMetric::RuleOf<ConfusionMatrix>;
extern template AnyMetric::AnyMetric(Mean metric);
extern template class AnyMetric::RuleOf<Mean>;
extern template AnyMetric::AnyMetric(Sum metric);
extern template class AnyMetric::RuleOf<Sum>;
extern template AnyMetric::AnyMetric(MeanSquaredError metric);
extern template class AnyMetric::RuleOf<MeanSquaredError>;
extern template AnyMetric::AnyMetric(MeanAbsoluteError metric);
extern template class AnyMetric::RuleOf<MeanAbsoluteError>;

}  // namespace copse::metrics
