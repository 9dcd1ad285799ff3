#include "copse/metrics/rules.hpp"

namespace copse::metrics {

template AnyMetric::AnyMetric(Accuracy metric);
template class AnyMetric::RuleOf<Accuracy>;
template AnyMetric::AnyMetric(AUROC metric);
template class AnyMetric::RuleOf<AUROC>;
template AnyMetric::AnyMetric(Precision metric);
template class AnyMetric::RuleOf<Precision>;
template AnyMetric::AnyMetric(Recall metric);
template class AnyMetric::RuleOf<Recall>;
template AnyMetric::AnyMetric(F1 metric);
template class AnyMetric::RuleOf<F1>;
template AnyMetric::AnyMetric(ConfusionMatrix metric);
template class AnyMetric::RuleOf<ConfusionMatrix>;
template AnyMetric::AnyMetric(Mean metric);
template class AnyMetric::RuleOf<Mean>;
template AnyMetric::AnyMetric(Sum metric);
template class AnyMetric::RuleOf<Sum>;
template AnyMetric::AnyMetric(MeanSquaredError metric);
template class AnyMetric::RuleOf<MeanSquaredError>;
template AnyMetric::AnyMetric(MeanAbsoluteError metric);
template class AnyMetric::RuleOf<MeanAbsoluteError>;

}  // namespace copse::metrics
