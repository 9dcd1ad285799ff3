// Arrays as text: what NumPy 2.4 prints for the same.
#include <fmt/format.h>

#include <limits>
#include <sstream>

#include "catch.hpp"
#include "copse/core/format.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/trace/compile.hpp"
#include "copse/trace/flat.hpp"

using namespace copse;

namespace {
const double NaN = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();

void expect(const Array& x, const std::string& wanted) {
  INFO(to_string(x.type()));
  CHECK(to_string(x) == wanted);
}
}  // namespace

TEST_CASE("arrays are printed as NumPy prints them") {
  expect(array({1, 2, 3}), R"([1 2 3])");
  expect(array({-1, 20, 300}), R"([ -1  20 300])");
  expect(array({{1, 2}, {3, -4}}), R"([[ 1  2]
 [ 3 -4]])");
  expect(array({true, false}), R"([ True False])");
  expect(array({{true, true}, {true, true}}), R"([[ True  True]
 [ True  True]])");
  expect(array({1.0, 2.5, -3.25}), R"([ 1.    2.5  -3.25])");
  expect(array({0.1, 0.2}), R"([0.1 0.2])");
  expect(array({1.0, 1e-5}), R"([1.e+00 1.e-05])");
  expect(array({1e10, 1.5}), R"([1.0e+10 1.5e+00])");
  expect(array({1e-30, 2e30, 0.0}), R"([1.e-30 2.e+30 0.e+00])");
  expect(array({-1e-10}), R"([-1.e-10])");
  expect(array({999999.0, 1000.5}), R"([999999.    1000.5])");
  expect(array({1000000.0, 100000.0}), R"([1.e+06 1.e+05])");
  expect(array({1.0 / 3, 2.0 / 3, 100.0}), R"([  0.33333334   0.6666667  100.        ])");
  expect(array({NaN, 1.0, inf, -inf}), R"([ nan   1.  inf -inf])");
  expect(array({NaN, 1.0}), R"([nan  1.])");
  expect(array({inf, 1.0}), R"([inf  1.])");
  expect(array({-inf, 1.0}), R"([-inf   1.])");
  expect(array({NaN, NaN}), R"([nan nan])");
  expect(array({NaN, 1e20, -inf}), R"([   nan 1.e+20   -inf])");
  expect(array({1e-4}), "[0.0001]");
  expect(array({0.0, -0.0}), R"([ 0. -0.])");
  expect(arange(12) * 1.5, R"([ 0.   1.5  3.   4.5  6.   7.5  9.  10.5 12.  13.5 15.  16.5])");
  expect(reshape(arange(24), {2, 3, 4}), R"([[[ 0  1  2  3]
  [ 4  5  6  7]
  [ 8  9 10 11]]

 [[12 13 14 15]
  [16 17 18 19]
  [20 21 22 23]]])");
  expect(reshape(arange(16), {2, 2, 2, 2}), R"([[[[ 0  1]
   [ 2  3]]

  [[ 4  5]
   [ 6  7]]]


 [[[ 8  9]
   [10 11]]

  [[12 13]
   [14 15]]]])");
  expect(arange(40), R"([ 0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23
 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39])");
  expect(sqrt(arange(30.0)), R"([0.        1.        1.4142135 1.7320508 2.        2.236068  2.4494898
 2.6457512 2.828427  3.        3.1622777 3.3166249 3.4641016 3.6055512
 3.7416575 3.8729835 4.        4.1231055 4.2426405 4.358899  4.472136
 4.582576  4.690416  4.7958317 4.8989797 5.        5.0990195 5.196152
 5.2915025 5.3851647])");
  expect(sqrt(arange(0, 20, 1, DType::float64)),
         R"([0.         1.         1.41421356 1.73205081 2.         2.23606798
 2.44948974 2.64575131 2.82842712 3.         3.16227766 3.31662479
 3.46410162 3.60555128 3.74165739 3.87298335 4.         4.12310563
 4.24264069 4.35889894])");
  expect(reshape(sqrt(arange(0, 44, 1, DType::float64)), {2, 22}),
         R"([[0.         1.         1.41421356 1.73205081 2.         2.23606798
  2.44948974 2.64575131 2.82842712 3.         3.16227766 3.31662479
  3.46410162 3.60555128 3.74165739 3.87298335 4.         4.12310563
  4.24264069 4.35889894 4.47213595 4.58257569]
 [4.69041576 4.79583152 4.89897949 5.         5.09901951 5.19615242
  5.29150262 5.38516481 5.47722558 5.56776436 5.65685425 5.74456265
  5.83095189 5.91607978 6.         6.08276253 6.164414   6.244998
  6.32455532 6.40312424 6.4807407  6.55743852]])");
  expect(arange(1001), R"([   0    1    2 ...  998  999 1000])");
  expect(arange(1001.0), R"([   0.    1.    2. ...  998.  999. 1000.])");
  expect(reshape(arange(4000), {40, 100}), R"([[   0    1    2 ...   97   98   99]
 [ 100  101  102 ...  197  198  199]
 [ 200  201  202 ...  297  298  299]
 ...
 [3700 3701 3702 ... 3797 3798 3799]
 [3800 3801 3802 ... 3897 3898 3899]
 [3900 3901 3902 ... 3997 3998 3999]])");
  expect(reshape(arange(3000), {10, 20, 15}) * 0.5,
         R"([[[0.0000e+00 5.0000e-01 1.0000e+00 ... 6.0000e+00 6.5000e+00 7.0000e+00]
  [7.5000e+00 8.0000e+00 8.5000e+00 ... 1.3500e+01 1.4000e+01 1.4500e+01]
  [1.5000e+01 1.5500e+01 1.6000e+01 ... 2.1000e+01 2.1500e+01 2.2000e+01]
  ...
  [1.2750e+02 1.2800e+02 1.2850e+02 ... 1.3350e+02 1.3400e+02 1.3450e+02]
  [1.3500e+02 1.3550e+02 1.3600e+02 ... 1.4100e+02 1.4150e+02 1.4200e+02]
  [1.4250e+02 1.4300e+02 1.4350e+02 ... 1.4850e+02 1.4900e+02 1.4950e+02]]

 [[1.5000e+02 1.5050e+02 1.5100e+02 ... 1.5600e+02 1.5650e+02 1.5700e+02]
  [1.5750e+02 1.5800e+02 1.5850e+02 ... 1.6350e+02 1.6400e+02 1.6450e+02]
  [1.6500e+02 1.6550e+02 1.6600e+02 ... 1.7100e+02 1.7150e+02 1.7200e+02]
  ...
  [2.7750e+02 2.7800e+02 2.7850e+02 ... 2.8350e+02 2.8400e+02 2.8450e+02]
  [2.8500e+02 2.8550e+02 2.8600e+02 ... 2.9100e+02 2.9150e+02 2.9200e+02]
  [2.9250e+02 2.9300e+02 2.9350e+02 ... 2.9850e+02 2.9900e+02 2.9950e+02]]

 [[3.0000e+02 3.0050e+02 3.0100e+02 ... 3.0600e+02 3.0650e+02 3.0700e+02]
  [3.0750e+02 3.0800e+02 3.0850e+02 ... 3.1350e+02 3.1400e+02 3.1450e+02]
  [3.1500e+02 3.1550e+02 3.1600e+02 ... 3.2100e+02 3.2150e+02 3.2200e+02]
  ...
  [4.2750e+02 4.2800e+02 4.2850e+02 ... 4.3350e+02 4.3400e+02 4.3450e+02]
  [4.3500e+02 4.3550e+02 4.3600e+02 ... 4.4100e+02 4.4150e+02 4.4200e+02]
  [4.4250e+02 4.4300e+02 4.4350e+02 ... 4.4850e+02 4.4900e+02 4.4950e+02]]

 ...

 [[1.0500e+03 1.0505e+03 1.0510e+03 ... 1.0560e+03 1.0565e+03 1.0570e+03]
  [1.0575e+03 1.0580e+03 1.0585e+03 ... 1.0635e+03 1.0640e+03 1.0645e+03]
  [1.0650e+03 1.0655e+03 1.0660e+03 ... 1.0710e+03 1.0715e+03 1.0720e+03]
  ...
  [1.1775e+03 1.1780e+03 1.1785e+03 ... 1.1835e+03 1.1840e+03 1.1845e+03]
  [1.1850e+03 1.1855e+03 1.1860e+03 ... 1.1910e+03 1.1915e+03 1.1920e+03]
  [1.1925e+03 1.1930e+03 1.1935e+03 ... 1.1985e+03 1.1990e+03 1.1995e+03]]

 [[1.2000e+03 1.2005e+03 1.2010e+03 ... 1.2060e+03 1.2065e+03 1.2070e+03]
  [1.2075e+03 1.2080e+03 1.2085e+03 ... 1.2135e+03 1.2140e+03 1.2145e+03]
  [1.2150e+03 1.2155e+03 1.2160e+03 ... 1.2210e+03 1.2215e+03 1.2220e+03]
  ...
  [1.3275e+03 1.3280e+03 1.3285e+03 ... 1.3335e+03 1.3340e+03 1.3345e+03]
  [1.3350e+03 1.3355e+03 1.3360e+03 ... 1.3410e+03 1.3415e+03 1.3420e+03]
  [1.3425e+03 1.3430e+03 1.3435e+03 ... 1.3485e+03 1.3490e+03 1.3495e+03]]

 [[1.3500e+03 1.3505e+03 1.3510e+03 ... 1.3560e+03 1.3565e+03 1.3570e+03]
  [1.3575e+03 1.3580e+03 1.3585e+03 ... 1.3635e+03 1.3640e+03 1.3645e+03]
  [1.3650e+03 1.3655e+03 1.3660e+03 ... 1.3710e+03 1.3715e+03 1.3720e+03]
  ...
  [1.4775e+03 1.4780e+03 1.4785e+03 ... 1.4835e+03 1.4840e+03 1.4845e+03]
  [1.4850e+03 1.4855e+03 1.4860e+03 ... 1.4910e+03 1.4915e+03 1.4920e+03]
  [1.4925e+03 1.4930e+03 1.4935e+03 ... 1.4985e+03 1.4990e+03 1.4995e+03]]])");
  expect(reshape(arange(2000), {500, 4}), R"([[   0    1    2    3]
 [   4    5    6    7]
 [   8    9   10   11]
 ...
 [1988 1989 1990 1991]
 [1992 1993 1994 1995]
 [1996 1997 1998 1999]])");
  expect(reshape(arange(2000), {4, 500}), R"([[   0    1    2 ...  497  498  499]
 [ 500  501  502 ...  997  998  999]
 [1000 1001 1002 ... 1497 1498 1499]
 [1500 1501 1502 ... 1997 1998 1999]])");
  expect(zeros({0}), R"([])");
  expect(zeros({3, 0}), R"([])");
  expect(zeros({0, 3}, DType::int32), R"([])");
  expect(zeros({1, 1, 1}), R"([[[0.]]])");
  expect(array({{1e-3, 123.456}, {7.0, 0.5}}), R"([[1.00000e-03 1.23456e+02]
 [7.00000e+00 5.00000e-01]])");
  expect(astype(arange(3), DType::uint8), R"([0 1 2])");
  expect(array({-9000000000, 1}), R"([-9000000000           1])");
  expect(full({2}, 0.1, DType::float64), R"([0.1 0.1])");
  expect(array(std::vector<double>{1e100, 1e-100}), R"([1.e+100 1.e-100])");
  expect(array(std::vector<double>{12345678.9, 0.25}), R"([1.23456789e+07 2.50000000e-01])");
  expect(array(std::vector<double>{99999999.0, 1e6}), R"([99999999.  1000000.])");
  expect(Array(1.0), R"(1.0)");
  expect(Array(0.1), R"(0.1)");
  expect(Array(3), R"(3)");
  expect(Array(true), R"(True)");
  expect(Array(1e10), R"(1e+10)");
  expect(Array(1234567), "1234567");
  expect(Array(1234567.0), "1.234567e+06");
  expect(full({}, 1234567.0, DType::float64), "1234567.0");
  expect(Array(1e16), R"(1e+16)");
  expect(Array(1.5e-5), R"(1.5e-05)");
  expect(Array(0.0001), R"(1e-04)");
  expect(Array(-inf), R"(-inf)");
  expect(Array(NaN), R"(nan)");
  expect(full({}, 1.0 / 3, DType::float64), R"(0.3333333333333333)");
  expect(Array(123456789.0), R"(1.2345679e+08)");
  expect(Array(1e30), R"(1e+30)");
}

TEST_CASE("long rows are shortened after as many columns as NumPy's") {
  const std::string text = to_string(arange(1000.0) / 7);
  CHECK(text.substr(0, text.find('\n')) ==
        "[  0.           0.14285715   0.2857143    0.42857143   0.5714286");
  CHECK(std::count(text.begin(), text.end(), '\n') == 199);
}

TEST_CASE("bfloat16 has the digits that make it") {
  expect(astype(array({0.1, 1.0, 100.0}), DType::bfloat16), "[  0.1   1.  100. ]");
  expect(astype(Array(0.333), DType::bfloat16), "0.332");
  expect(full({1}, 3e38, DType::bfloat16), "[3.e+38]");
}

TEST_CASE("streams, fmt and what has no value") {
  const Array x = array({{1, 2}, {3, 4}});
  std::ostringstream out;
  out << x << " " << x.type() << " " << x.shape() << " " << x.dtype();
  CHECK(out.str() == "[[1 2]\n [3 4]] int32(2, 2) (2, 2) int32");
  CHECK(fmt::format("{} {} {} {}", x, x.type(), x.shape(), x.dtype()) == out.str());
  CHECK(fmt::format("{:>6}|", array({1, 2})) == " [1 2]|");
  CHECK(to_string(Array()) == "Nothing");
}

TEST_CASE("inside a transform what is known is printed, and the type of what is not") {
  std::string seen;
  const flat::Function f = [&](const flat::Arrays& in) {
    seen = to_string(in[0] + 1);
    return in;
  };
  const std::uint8_t wanted[] = {1};
  (void)flat::vjp(f, {array({1.0, 2.0})}, wanted);
  CHECK(seen == "[2. 3.]");
  const ShapeDtype type[] = {{{2}, DType::float32}};
  (void)flat::record(f, type);
  CHECK(seen == "float32(2,) in jit");
}
