import subprocess
import sys

import numpy as np
import pytest

import hrnet.engine.openvino_engine as openvino_engine
from hrnet.engine.openvino_engine import BATCH, split


class Listening:
    """Stands before an OpenVINO core and notes what is compiled, and how."""

    def __init__(self, core):
        self._core, self.batches, self.hints = core, [], []

    def compile_model(self, graph, device, hints):
        self.batches.append(graph.inputs[0].shape[0])
        self.hints.append(hints)
        return self._core.compile_model(graph, device, hints)


def listened(engine) -> Listening:
    engine._core = Listening(engine._core)
    return engine._core


def pretend_capabilities(monkeypatch, *names):
    monkeypatch.setattr(openvino_engine, "capabilities", lambda core: list(names))


def test_one_person_compiles_one_shape_and_a_crowd_the_other(case, crops):
    engine = case().open("openvino")
    core = listened(engine)
    assert core.batches == []
    for count, compiled in [(1, [1]), (3, [1]), (8, [1, 8]), (11, [1, 8]), (1, [1, 8])]:
        engine(crops(count))
        assert core.batches == compiled


def test_an_exact_engine_tells_openvino_so_even_where_bfloat16_would_be_quicker(monkeypatch, case, crops):
    pretend_capabilities(monkeypatch, "FP32", "BF16", "INT8")
    engine = case().open("openvino")
    core = listened(engine)
    engine(crops(1))
    assert engine.precision == "float32"
    assert core.hints == [{"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}]


def test_a_fast_engine_asks_for_bfloat16_where_the_processor_has_it(monkeypatch, case, crops, assert_same):
    pretend_capabilities(monkeypatch, "FP32", "BF16", "INT8")
    engine = case().open("openvino", precision="fast")
    core = listened(engine)
    heatmaps = engine(crops(1))
    assert engine.precision == "bfloat16"
    assert core.hints == [{"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "bf16"}]
    assert_same(heatmaps, case().expected(crops(1)), part=0.1)  # 8 bits through 50 layers of random weights


def test_a_fast_engine_says_so_where_it_cannot_be_fast(monkeypatch, case, crops, assert_same):
    pretend_capabilities(monkeypatch, "FP32", "INT8")
    engine = case().open("openvino", precision="fast")
    core = listened(engine)
    assert_same(engine(crops(1)), case().expected(crops(1)))
    assert engine.precision == "float32"
    assert core.hints[0]["INFERENCE_PRECISION_HINT"] == "f32"


@pytest.mark.parametrize("pad_from", [2, 5, 7, 8])
def test_every_crop_is_run_once(pad_from):
    for count in range(30):
        sizes = split(count, pad_from)
        assert sum(sizes) == count
        assert all(size == 1 or pad_from <= size <= BATCH for size in sizes)
        assert sum(size < BATCH for size in sizes) < max(pad_from, 2)


def test_no_torch_is_needed(tmp_path, case, crops, assert_same):
    files = {"weights": tmp_path / "weights.npz", "crops": tmp_path / "crops.npy", "out": tmp_path / "out.npy"}
    np.savez(files["weights"], **case().weights)
    np.save(files["crops"], crops(2))
    program = (
        "import sys, numpy, hrnet.engine, hrnet.spec;"
        "sys.modules['torch'] = None;"  # an import of it would fail
        f"weights = dict(numpy.load(r'{files['weights']}'));"
        f"spec = hrnet.spec.ModelSpec.from_dict({case().spec.to_dict()});"
        "engine = hrnet.engine.open(spec, weights, 17, (64, 64), (.485, .456, .406), (.229, .224, .225));"
        "assert engine.name == 'openvino', engine.name;"
        f"numpy.save(r'{files['out']}', engine(numpy.load(r'{files['crops']}')))"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    assert_same(np.load(files["out"]), case().expected(crops(2)))
