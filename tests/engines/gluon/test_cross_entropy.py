"""Cross-entropy of independent classes, against the definition in float64."""

import numpy as np

from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.cross_entropy import sigmoid_cross_entropy


def test_values_and_gradients_are_those_of_the_definition():
    """At 0 too, where a sum of ReLU and absolute value has no gradient, and far from it."""
    scores = np.array([0, 0, 0.5, -3, 12, -80, 80, 80], np.float32)
    wanted = np.array([0, 1, 0.3, 1, 0, 0, 1, 0], np.float32)
    said = mx.nd.array(scores)
    said.attach_grad()
    with mx.autograd.record():
        loss = sigmoid_cross_entropy(mx.nd, said, mx.nd.array(wanted))
    loss.backward()
    expected = np.logaddexp(0, scores.astype(np.float64)) - scores * wanted
    np.testing.assert_allclose(loss.asnumpy(), expected, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(said.grad.asnumpy(), 1 / (1 + np.exp(-scores.astype(np.float64))) - wanted, atol=1e-6)
