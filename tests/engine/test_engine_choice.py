import subprocess
import sys

import pytest

import hrnet.engine
from hrnet.engine import choose


@pytest.fixture
def machine(monkeypatch):
    """machine(installed, devices, driver): what this machine pretends to have."""

    def pretend(installed="openvino torch", devices=0, driver=None):
        monkeypatch.setattr(hrnet.engine, "installed", lambda package: package in installed.split())
        monkeypatch.setattr(hrnet.engine, "nvidia_driver", lambda: devices > 0 if driver is None else driver)
        monkeypatch.setattr(hrnet.engine, "cuda_devices", lambda: devices)

    return pretend


@pytest.mark.parametrize(
    ("has", "wish", "chosen"),
    [
        ({}, (None, None), ("openvino", "cpu")),
        ({"devices": 1}, (None, None), ("torch", "cuda")),
        ({"devices": 1}, (None, "cpu"), ("openvino", "cpu")),
        ({"devices": 1}, ("openvino", None), ("openvino", "cpu")),
        ({"devices": 1}, ("torch", None), ("torch", "cuda")),
        ({"devices": 1}, ("torch", "cpu"), ("torch", "cpu")),
        ({"devices": 2}, (None, "cuda:1"), ("torch", "cuda:1")),
        ({"devices": 0, "driver": True}, (None, None), ("openvino", "cpu")),  # a driver, but a torch without CUDA
        ({"devices": 1, "driver": False}, ("torch", None), ("torch", "cuda")),  # no such driver: AMD's devices
        ({"devices": 1, "driver": False}, (None, "cuda"), ("torch", "cuda")),
        ({"installed": "torch"}, (None, None), ("torch", "cpu")),
        ({"installed": "torch"}, (None, "cpu"), ("torch", "cpu")),
        ({"installed": "openvino"}, (None, None), ("openvino", "cpu")),
    ],
)
def test_the_engine_follows_the_machine_and_the_wish(machine, has, wish, chosen):
    machine(**has)
    assert choose(*wish) == chosen


@pytest.mark.parametrize(
    ("has", "wish", "complaint"),
    [
        ({}, ("onnx", None), "there is no engine 'onnx'; choose one of openvino, torch"),
        ({}, (None, "gpu"), "there is no device 'gpu'; choose cpu, cuda or, among several, cuda:0, cuda:1, ..."),
        ({"devices": 1}, ("openvino", "cuda"), "the engine openvino runs on the device cpu, not on cuda"),
        ({"devices": 0}, (None, "cuda"), "there is no device cuda here: torch sees 0 CUDA devices; choose cpu"),
        ({"devices": 2}, ("torch", "cuda:2"), "there is no device cuda:2 here: torch sees 2 CUDA devices"),
        ({"installed": "torch"}, ("openvino", None), "the engine openvino is not installed; pip install openvino"),
        ({"installed": ""}, (None, None), "no engine is installed; pip install openvino, or pip install torch"),
    ],
)
def test_a_wish_that_cannot_be_met_is_answered_in_one_line(machine, has, wish, complaint):
    machine(**has)
    with pytest.raises(ValueError) as refusal:
        choose(*wish)
    assert str(refusal.value).startswith(complaint) and "\n" not in str(refusal.value)


def test_an_unknown_precision_is_answered_with_the_known_ones(case):
    with pytest.raises(ValueError, match="there is no precision 'half'; choose one of exact, fast"):
        case().open("openvino", precision="half")


def test_the_name_tells_which_engine_was_opened(case):
    assert [case().open(name).name for name in hrnet.engine.NAMES] == list(hrnet.engine.NAMES)
    assert case().open(None).name == "openvino"


def test_importing_the_engines_takes_no_toolkit_along():
    program = "import sys, hrnet.engine; assert not {'torch', 'openvino'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_choosing_without_a_driver_takes_no_toolkit_along():
    program = (
        "import sys, hrnet.engine; hrnet.engine.nvidia_driver = lambda: False;"
        "assert hrnet.engine.choose(None, None) == ('openvino', 'cpu');"
        "assert not {'torch', 'openvino'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
