// A model without Copse's arrays or gradients: k-means with Eigen's matrices, in a trainer.
// test:
//
// At the core level a trainer asks nothing of a struct but a step: what it holds, what its batches are and
// how it learns is its own affair. It gets epochs, logs, callbacks and checkpoints for that. Writes
// eigen_model.svg. examples/trees_of_eigen.cpp shows what trees of such matrices can do without a trainer.
#include <copse/copse.hpp>
#include <copse/interop/eigen.hpp>

#include <cstdio>

using Points = Eigen::MatrixXf;  // a batch: a point in each row

struct KMeans {
  int clusters = 5;
  Points centres;
  Eigen::VectorXf counts;  // how many points each centre is the mean of

  // The first centre is a point; each next one is the point that is farthest from all others.
  void init_step(copse::Key, const Points& points) {
    centres = points.row(0).replicate(clusters, 1);
    counts = Eigen::VectorXf::Zero(clusters);
    for (int k = 1; k < clusters; ++k) {
      Eigen::Index farthest = 0;
      distances(points).rowwise().minCoeff().maxCoeff(&farthest);
      centres.row(k) = points.row(farthest);
    }
  }

  // Each point moves its nearest centre a little: D. Sculley, Web-scale k-means clustering, 2010.
  copse::Logs train_step(const Points& points) {
    const Eigen::VectorXi nearest = pred_step(points);
    for (Eigen::Index i = 0; i < points.rows(); ++i) {
      const int k = nearest[i];
      counts[k] += 1;
      centres.row(k) += (points.row(i) - centres.row(k)) / counts[k];
    }
    return test_step(points);
  }

  copse::Logs test_step(const Points& points) const {
    return {{"distance", distances(points).rowwise().minCoeff().cwiseSqrt().mean()}};
  }

  Eigen::VectorXi pred_step(const Points& points) const {
    const Eigen::MatrixXf d = distances(points);
    Eigen::VectorXi nearest(points.rows());
    for (Eigen::Index i = 0; i < points.rows(); ++i) d.row(i).minCoeff(&nearest[i]);
    return nearest;
  }

  // Squares of the distances from each point to each centre.
  Eigen::MatrixXf distances(const Points& points) const {
    Eigen::MatrixXf d(points.rows(), centres.rows());
    for (Eigen::Index k = 0; k < centres.rows(); ++k)
      d.col(k) = (points.rowwise() - centres.row(k)).rowwise().squaredNorm();
    return d;
  }
};

int main() {
  // Five clusters on a circle.
  Points truth(5, 2), all(1000, 2);
  for (int k = 0; k < 5; ++k)
    truth.row(k) << std::cos(1.2566f * static_cast<float>(k)), std::sin(1.2566f * static_cast<float>(k));
  const copse::Array noise = 0.15f * copse::random::normal(copse::random::key(0), {1000, 2});
  for (Eigen::Index i = 0; i < 1000; ++i)
    all.row(i) = truth.row(i % 5) + copse::as_eigen<float>(noise).row(i);
  std::vector<Points> batches;
  for (Eigen::Index i = 0; i < 10; ++i) batches.push_back(all.middleRows(100 * i, 100));

  copse::Trainer trainer{KMeans{}, {.strategy = copse::strategy::eager()}};
  trainer.fit(batches,
              {.epochs = 10, .callbacks = {copse::callbacks::ModelCheckpoint{"clusters"}}, .verbose = 2});

  // Another program loads what has been learned.
  copse::Trainer loaded{KMeans{}, {.strategy = copse::strategy::eager()}};
  loaded.init(batches[0]);
  loaded.load("clusters");
  const Points& centres = loaded.state()->centres;
  copse::io::save_plot(
      "eigen_model.svg",
      {{"points", copse::Array(all.col(0)), copse::Array(all.col(1)), copse::io::Mark::points},
       {"centres", copse::Array(centres.col(0)), copse::Array(centres.col(1)), copse::io::Mark::points}},
      {.title = "K-means", .width = 400, .height = 400});

  float worst = 0;  // the distance from a cluster to the centre that was found for it
  for (int k = 0; k < 5; ++k)
    worst = std::max(worst, (centres.rowwise() - truth.row(k)).rowwise().norm().minCoeff());
  std::printf("farthest that a centre is from its cluster: %.3f (wanted: < 0.05)\n", worst);
  return worst < 0.05f ? 0 : 1;
}
