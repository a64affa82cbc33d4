"""The one error of this package."""


class WeightsError(ValueError):
    """Weights that cannot be found, fetched, verified, read or used; the message says what to do.

    It is one line, whatever a server or a file put into it: what cannot be printed becomes a space.
    """

    def __init__(self, message: str) -> None:
        super().__init__("".join(c if c.isprintable() else " " for c in message))
