"""How good poses are: OKS and the COCO figures, PCK and PCKh, error types, and choosing among poses that repeat each
other."""

from hrnet.metrics.coco import evaluate, evaluate_crowdpose
from hrnet.metrics.errors import keypoint_errors, per_joint
from hrnet.metrics.nms import oks_nms, soft_oks_nms
from hrnet.metrics.pck import pck, pckh, pckh_at_a_tenth, pckh_per_joint
from hrnet.metrics.similarity import oks, rescore

__all__ = [
    "evaluate",
    "evaluate_crowdpose",
    "keypoint_errors",
    "oks",
    "oks_nms",
    "pck",
    "pckh",
    "pckh_at_a_tenth",
    "pckh_per_joint",
    "per_joint",
    "rescore",
    "soft_oks_nms",
]
