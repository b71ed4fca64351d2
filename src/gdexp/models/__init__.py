"""The models, by name. A new one implements `Model` and is added here."""

from collections.abc import Callable
from dataclasses import dataclass

from gdexp.errors import ConfigError
from gdexp.models.base import Model
from gdexp.models.conv import Conv
from gdexp.models.deep import DeepConv
from gdexp.models.linear import Linear


@dataclass(frozen=True)
class ModelFamily:
    """A named model.

    Attributes
    ----------
    name, formula, source : str
        How to call it, what it is in one line, and where it comes from.
    build : callable
        ``build(kernel) -> Model``.
    has_kernel : bool
        Whether a kernel size has to be given.
    """

    name: str
    formula: str
    source: str
    build: Callable[[int], Model]
    has_kernel: bool = False

    def of(self, kernel: int | None) -> Model:
        """Build the model with any kernel, unchecked."""
        return self.build(kernel or 0)

    def __call__(self, kernel: int | None, *, features: int) -> Model:
        """Build the model; ConfigError if the kernel does not suit it."""
        if not self.has_kernel:
            if kernel is not None:
                raise ConfigError(
                    f"kernel {kernel} for model {self.name!r}; allowed: leave it out"
                )
            return self.build(0)
        if kernel is None or not 1 <= kernel <= features:
            raise ConfigError(
                f"kernel {kernel} for model {self.name!r} with {features} features;"
                f" allowed: 1 to {features}"
            )
        return self.build(kernel)


MODELS = {
    family.name: family
    for family in (
        ModelFamily(
            "linear",
            "m(b; v) = <b, v>",
            "paper's text",
            lambda kernel: Linear(),
        ),
        ModelFamily(
            "conv",
            "m(b; c, v) = <v, c * b>, circular convolution with a kernel c in R^k",
            "paper's two-layer model (k = 2), read off a re-implementation",
            Conv,
            has_kernel=True,
        ),
    )
}

__all__ = ["MODELS", "Conv", "DeepConv", "Linear", "Model", "ModelFamily"]
