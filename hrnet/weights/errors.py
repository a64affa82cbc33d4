"""The one error of this package."""


class WeightsError(ValueError):
    """Weights that cannot be found, fetched, verified, read or used; the message is one line and says what to do."""
