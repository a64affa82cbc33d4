import pytest
import torch
from torch import nn

from hrnet.engine.torch_engine import BATCH, fold, half_precision
from hrnet.network import HRNet
from hrnet.spec import W8


def pretend_capabilities(monkeypatch, **capabilities):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)


def test_no_batch_norm_is_left_to_compute(case):
    network = case().open("torch")._network
    assert not [name for name, module in network.named_modules() if isinstance(module, nn.BatchNorm2d)]
    assert all(module.bias is not None for module in network.modules() if isinstance(module, nn.Conv2d))


def test_folding_forgets_no_batch_norm():
    network = HRNet(W8, joints=3).eval()
    norms = sum(isinstance(module, nn.BatchNorm2d) for module in network.modules())
    fold(network)
    assert sum(isinstance(module, nn.Conv2d) and module.bias is not None for module in network.modules()) == norms + 1


def test_channels_lie_last_from_the_crops_on(case, crops):
    engine, seen = case().open("torch"), []
    engine._network.conv1.register_forward_pre_hook(lambda module, inputs: seen.extend([*inputs, module.weight]))
    engine(crops(2))
    assert [tensor.is_contiguous(memory_format=torch.channels_last) for tensor in seen] == [True, True]


def test_exact_means_without_tf32_and_only_inside(case, crops):
    engine, seen = case().open("torch"), []
    engine._network.register_forward_pre_hook(lambda *_: seen.append(torch.backends.cudnn.conv.fp32_precision))
    before = torch.backends.cudnn.conv.fp32_precision
    engine(crops(1))
    assert (before, seen, torch.backends.cudnn.conv.fp32_precision) == ("tf32", ["ieee"], "tf32")


def test_large_batches_go_in_parts(case, crops):
    engine, seen = case().open("torch"), []
    engine._network.register_forward_pre_hook(lambda _, inputs: seen.append(len(inputs[0])))
    engine(crops(2 * BATCH["cpu"] + 1))
    assert seen == [BATCH["cpu"], BATCH["cpu"], 1]


def test_a_fast_engine_computes_in_bfloat16_where_the_processor_has_it(monkeypatch, case, crops, assert_same):
    pretend_capabilities(monkeypatch, avx512_bf16=True)
    engine, seen = case().open("torch", precision="fast"), []
    engine._network.register_forward_hook(lambda module, inputs, output: seen.append(output.dtype))
    heatmaps = engine(crops(1))
    assert engine.precision == "bfloat16" and seen == [torch.bfloat16]
    assert_same(heatmaps, case().expected(crops(1)), part=0.1)  # 8 bits through 50 layers of random weights


def test_a_fast_engine_says_so_where_it_cannot_be_fast(monkeypatch, case, crops, assert_same):
    pretend_capabilities(monkeypatch, avx512_bf16=False)
    engine = case().open("torch", precision="fast")
    assert engine.precision == "float32"
    assert_same(engine(crops(1)), case().expected(crops(1)))


def test_fast_means_float16_on_cuda():
    assert half_precision(torch.device("cuda:1")) is torch.float16


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize(("precision", "computed", "part"), [("exact", "float32", 1e-5), ("fast", "float16", 2e-2)])
def test_heatmaps_on_cuda_are_those_of_the_network(case, crops, assert_same, precision, computed, part):
    batch = crops(BATCH["cuda"] + 3)
    engine = case().open("torch", device="cuda", precision=precision)
    assert (engine.device, engine.precision) == ("cuda", computed)
    assert_same(engine(batch), case().expected(batch), part)
