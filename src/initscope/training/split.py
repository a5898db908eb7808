"""Training and test data, as networks meet them."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, slots=True)
class Split:
    """Training and test data: features (n, d) in float32.

    Attributes:
        x_train: features of the training data.
        y_train: labels (n,) as whole numbers from 0; for regression the target in float32, scaled
            to mean 0 and variance 1 on the training data.
        x_test: features of the test data.
        y_test: likewise, scaled as the training data.
        classes: number of classes; 0 for regression.
        target_scale: standard deviation of the training target, in its own unit.
    """

    x_train: Tensor
    y_train: Tensor
    x_test: Tensor
    y_test: Tensor
    classes: int
    target_scale: float = 1.0

    @property
    def features(self) -> int:
        return self.x_train.shape[1]

    @property
    def majority_share(self) -> float:
        """Accuracy on the test data of always answering their most frequent class."""
        return self.y_test.bincount().max().item() / len(self.y_test)

    @property
    def test_squares(self) -> float:
        """Sum of squares of the test target about its own mean."""
        y = self.y_test.double()
        return float((y - y.mean()).square().sum())

    @property
    def baseline(self) -> float:
        """Score that needs no network: of the most frequent class, or of the training mean.

        The score is the accuracy; for regression R squared, where the training mean has 0 or less.
        """
        if self.classes:
            return self.majority_share
        return 1 - float(self.y_test.double().square().sum()) / self.test_squares
