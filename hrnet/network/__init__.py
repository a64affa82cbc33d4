"""The network family in torch."""

from hrnet.network.hrnet import HRNet, initialize, parameter_count

__all__ = ["HRNet", "initialize", "parameter_count"]
