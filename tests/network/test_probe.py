import threading

import pytest
import torch
import torch.nn.functional as F

from hrnet.network.exchange import sum_in_order
from hrnet.network.probe import cuts, places, probe

CROPS = torch.randn(2, 3, 32, 64, generator=torch.Generator().manual_seed(0))


@pytest.fixture(autouse=True)
def without_gradients():
    with torch.no_grad():
        yield


def run(network, keep=(), cut=()):
    with probe(network, keep=keep, cut=cut) as seen:
        heatmaps = network(CROPS)
    return heatmaps, seen


def units(network):
    return [name for name in cuts(network) if name.rpartition(".")[2].startswith("unit")]


def hook_count(network):
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in network.modules())


def test_every_place_is_reached_in_the_listed_order(small):
    _, seen = run(small, keep="*")
    assert list(seen) == places(small)


def test_looking_changes_nothing(small):
    heatmaps, seen = run(small, keep="*")
    assert torch.equal(heatmaps, small(CROPS))
    assert torch.equal(heatmaps, seen["head"])


def test_the_edges_of_a_unit_added_up_and_rectified_are_what_leaves_it(small):
    _, seen = run(small, keep="*")
    for unit in units(small):
        branches = places(small, f"{unit}.branch*")
        for target in range(len(places(small, f"{unit}.out.*"))):
            edges = [seen[f"{unit}.edge.{source}-{target}"] for source in range(len(branches))]
            assert torch.equal(F.relu(sum_in_order(edges)), seen[f"{unit}.out.{target}"])


def test_the_stem_is_what_enters_stage_1_and_the_head_reads_the_last_out(small):
    _, seen = run(small, keep=["stem", "stage1", "stage4.unit1.out.0", "head"])
    assert seen["stem"].shape == (2, 16, 8, 16)
    assert torch.equal(small.layer1(seen["stem"]), seen["stage1"])
    assert torch.equal(small.final_layer(seen["stage4.unit1.out.0"]), seen["head"])


def test_an_edge_from_a_branch_to_itself_is_that_branch(small):
    _, seen = run(small, keep="stage3.unit2.*")
    assert torch.equal(seen["stage3.unit2.edge.1-1"], seen["stage3.unit2.branch1"])


def test_only_what_was_asked_for_is_kept(small):
    _, seen = run(small, keep=["head", "stage4.unit1.branch?"])
    assert list(seen) == [*(f"stage4.unit1.branch{i}" for i in range(4)), "head"]


def test_a_cut_edge_adds_nothing_to_its_target_and_leaves_the_others_alone(small):
    _, whole = run(small, keep="stage3.unit0.*")
    _, seen = run(small, keep="stage3.unit0.*", cut="stage3.unit0.edge.0-2")
    rest = [whole[f"stage3.unit0.edge.{source}-2"] for source in (1, 2)]
    assert torch.equal(seen["stage3.unit0.out.2"], F.relu(sum_in_order(rest)))
    assert not seen["stage3.unit0.edge.0-2"].any()
    for same in ("branch0", "edge.0-0", "edge.0-1", "out.0", "out.1"):
        assert torch.equal(seen[f"stage3.unit0.{same}"], whole[f"stage3.unit0.{same}"])


def test_a_unit_with_only_its_identity_edges_is_branches_that_never_met(small):
    across = [name for name in cuts(small, "stage3.unit1.edge.*") if name[-1] != name[-3]]
    assert len(across) == 6
    _, seen = run(small, keep="stage3.unit1.*", cut=across)
    for i in range(3):
        assert torch.equal(seen[f"stage3.unit1.out.{i}"], seen[f"stage3.unit1.branch{i}"])


def test_a_cut_branch_is_zero_for_all_its_targets(small):
    _, whole = run(small, keep="stage3.unit1.*")
    _, seen = run(small, keep="stage3.unit1.*", cut="stage3.unit1.branch1")
    assert not seen["stage3.unit1.branch1"].any()
    assert not seen["stage3.unit1.edge.1-1"].any()
    # behind a convolution and a norm, zero is the norm's constant: one value per channel, not zero
    carried = seen["stage3.unit1.edge.1-0"]
    assert torch.equal(carried, carried[:, :, :1, :1].expand_as(carried))
    assert torch.equal(seen["stage3.unit1.edge.0-0"], whole["stage3.unit1.edge.0-0"])


@pytest.mark.parametrize(
    ("unit", "before"), [("stage3.unit2", "stage3.unit1.out."), ("stage4.unit1", "stage4.unit0.out.")]
)
def test_a_cut_unit_hands_on_what_it_received(small, unit, before):
    _, whole = run(small, keep=f"{before}*")
    _, seen = run(small, keep=f"{unit}.out.*", cut=unit)
    for name, x in seen.items():
        assert torch.equal(x, whole[before + name[-1]])


def test_without_the_last_unit_the_head_reads_the_finest_branch_of_the_unit_before(small):
    _, whole = run(small, keep="stage4.unit0.out.0")
    heatmaps, _ = run(small, cut="stage4.unit1")
    assert torch.equal(heatmaps, small.final_layer(whole["stage4.unit0.out.0"]))


def test_a_cut_out_is_zero_even_where_its_unit_is_cut_too(small):
    for cut in (["stage4.unit1.out.0"], ["stage4.unit1.out.0", "stage4.unit1"], ["stage4.*"]):
        heatmaps, seen = run(small, keep="stage4.unit1.out.0", cut=cut)
        assert not seen["stage4.unit1.out.0"].any()
        assert torch.equal(heatmaps, small.final_layer.bias[:, None, None].expand_as(heatmaps))


def test_every_single_cut_changes_the_heatmaps(small):
    whole = small(CROPS)
    names = cuts(small, ["stage?.unit0*", "stage4.unit1*"])  # the units between them are built alike
    idle = [name for name in names if torch.equal(run(small, cut=name)[0], whole)]
    assert idle == []


def test_a_cut_edge_learns_nothing(small):
    across, down = (list(layer.parameters()) for layer in small.stage3[0].fuse_layers[2][:2])
    with torch.enable_grad(), probe(small, cut="stage3.unit0.edge.0-2"):
        gradients = torch.autograd.grad(small(CROPS).sum(), across + down, allow_unused=True)
    assert gradients[: len(across)] == (None,) * len(across)
    assert all(gradient.any() for gradient in gradients[len(across) :])


def test_what_was_seen_is_a_copy_without_gradient(small):
    with torch.enable_grad():
        heatmaps, seen = run(small, keep="head")
    before = seen["head"].clone()
    heatmaps.detach().zero_()
    assert torch.equal(seen["head"], before)
    assert heatmaps.requires_grad and not seen["head"].requires_grad


def test_a_second_run_replaces_what_the_first_one_left(small):
    with probe(small, keep="stem") as seen:
        small(CROPS)
        small(CROPS[:1])
    assert len(seen["stem"]) == 1


def test_nothing_stays_on_the_network(small):
    heatmaps = small(CROPS)
    run(small, keep="*", cut="stage3.*")
    assert hook_count(small) == 0
    assert torch.equal(small(CROPS), heatmaps)


def test_nothing_stays_on_the_network_after_an_error_either(small):
    with pytest.raises(RuntimeError, match="channels"), probe(small, keep="*", cut="stage2.*"):
        small(CROPS[:, :2])
    assert hook_count(small) == 0
    with pytest.raises(ValueError), probe(small, keep="nowhere"):
        pass
    assert hook_count(small) == 0


def test_probes_inside_each_other_both_act(small):
    with probe(small, keep="stage2.unit0.edge.*") as outer, probe(small, cut="stage2.unit0.edge.0-1") as inner:
        small(CROPS)
    assert inner == {}
    _, seen = run(small, keep="stage2.unit0.out.1", cut="stage2.unit0.edge.0-1")
    assert torch.equal(F.relu(outer["stage2.unit0.edge.1-1"]), seen["stage2.unit0.out.1"])


def test_runs_in_other_threads_pass_untouched_and_unseen(small):
    whole, elsewhere = small(CROPS), []
    with probe(small, keep="head", cut="stage3.*") as seen:
        thread = threading.Thread(target=lambda: elsewhere.append(small(CROPS)))
        thread.start()
        thread.join()
    torch.testing.assert_close(elsewhere[0].detach(), whole, rtol=0, atol=1e-5)
    assert not torch.allclose(run(small, cut="stage3.*")[0], whole, atol=1e-3)
    assert seen == {}


def test_two_threads_probe_one_network_at_once_without_mixing(small):
    names = ["stage3.unit0.branch0", "stage4.unit0"]
    alone = {name: run(small, cut=name)[0] for name in names}
    together, open_at_once = {}, threading.Barrier(2, timeout=20)

    def work(name: str) -> None:
        with torch.no_grad(), probe(small, keep="head", cut=name) as seen:
            open_at_once.wait()
            for _ in range(3):
                small(CROPS)
            open_at_once.wait()
        together[name] = seen["head"]

    threads = [threading.Thread(target=work, args=[name]) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in names:
        torch.testing.assert_close(together[name], alone[name], rtol=0, atol=1e-5)
    assert not torch.allclose(alone[names[0]], alone[names[1]], atol=1e-3)
    assert hook_count(small) == 0
