"""Prints the coefficients of Chebyshev's series in internal/elementary/erfc.go.

For x >= 0 and t = 2/(2+x), erfc(x) = t exp(-x*x + P(t)), so that
P(t) = ln(erfcx(x)/t) with erfcx(x) = exp(x*x) erfc(x), which stays smooth to t = 0.
"""

import numpy as np
from scipy.special import erfcx

NODES = 64
k = np.arange(NODES) + 0.5
t = (np.cos(np.pi * k / NODES) + 1) / 2
p = np.log(erfcx(2 / t - 2) / t)
for j in reversed(range(24)):
    c = 2 / NODES * np.sum(p * np.cos(np.pi * j * k / NODES))
    print(repr(float(c if j else c / 2)))
