"""How good poses are: OKS and the COCO figures, PCK and PCKh, and choosing among poses that repeat each other."""

from hrnet.metrics.coco import evaluate, evaluate_crowdpose
from hrnet.metrics.nms import oks_nms, soft_oks_nms
from hrnet.metrics.pck import pck, pckh
from hrnet.metrics.similarity import oks, rescore

__all__ = ["evaluate", "evaluate_crowdpose", "oks", "oks_nms", "pck", "pckh", "rescore", "soft_oks_nms"]
