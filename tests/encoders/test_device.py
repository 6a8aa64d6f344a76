import pytest
import torch

from spa_desktop.encoders.device import BatchRunner, choose_device, is_out_of_memory
from spa_desktop.errors import InputError, SpaError

OUT_OF_MEMORY = torch.OutOfMemoryError("CUDA out of memory")


class Model:
    """Doubles numbers, in the memory of a device that holds so many of them."""

    def __init__(self, holds, error=OUT_OF_MEMORY):
        self.holds, self.error, self.seen = holds, error, []

    def __call__(self, batch):
        self.seen.append(len(batch))
        if len(batch) > self.holds:
            raise self.error
        return batch * 2, batch.sum(dim=1)


def runner(device="meta"):
    messages, moves = [], []
    # A device of another kind than the CPU that every computer has: nothing is computed on it here.
    made = BatchRunner(torch.device("cpu"), moves.append, messages.append)
    made.device = torch.device(device)
    return made, messages, moves


BATCH = torch.arange(20.0).reshape(10, 2)


@pytest.mark.parametrize(
    "error",
    [torch.OutOfMemoryError("x"), RuntimeError("MPS backend out of memory"), MemoryError()],
    ids=["cuda", "mps", "python"],
)
def test_out_of_memory_halves_and_goes_on(error):
    made, messages, _ = runner("cpu")
    model = Model(holds=3, error=error)
    doubled, sums = made.run(model, BATCH)
    assert torch.equal(doubled, BATCH * 2)
    assert torch.equal(sums, BATCH.sum(dim=1))
    assert model.seen == [10, 5, 2, 2, 2, 2, 2]
    assert made.limit == 2
    assert len(messages) == 2
    assert "batches of 2" in messages[-1]
    model.seen.clear()
    made.run(model, BATCH)
    assert model.seen == [2] * 5  # what was learned stays


def test_a_single_photo_too_many_moves_to_the_cpu():
    made, messages, moves = runner()

    def function(batch):
        if made.device.type != "cpu":
            raise torch.OutOfMemoryError("out of memory")
        return (batch + 1,)

    (result,) = made.run(function, BATCH)
    assert torch.equal(result, BATCH + 1)
    assert moves == [torch.device("cpu")]
    assert made.device.type == "cpu"
    assert made.limit is None  # it has more memory: photos do not go one by one
    assert "going on with the CPU" in messages[-1]


def test_the_cpu_itself_too_small_is_an_error():
    made, _, _ = runner("cpu")
    with pytest.raises(SpaError, match="single photo"):
        made.run(Model(holds=0), BATCH)


def test_other_errors_pass_through():
    made, messages, _ = runner("cpu")
    with pytest.raises(RuntimeError, match="shapes differ"):
        made.run(Model(holds=0, error=RuntimeError("shapes differ")), BATCH)
    assert not messages
    assert not is_out_of_memory(ValueError("out of memory"))


def test_device_by_name():
    assert choose_device("cpu") == torch.device("cpu")
    assert choose_device("auto").type in ("cuda", "mps", "cpu")
    with pytest.raises(InputError, match="auto, cuda, mps or cpu"):
        choose_device("abacus")
    if not torch.cuda.is_available():
        with pytest.raises(InputError, match="no cuda device"):
            choose_device("cuda")


def test_encoder_goes_on_with_smaller_batches(lite, monkeypatch):
    images = torch.rand(5, 3, 260, 260)
    expected = lite.encode_images(images)
    real, messages = lite._vision, []

    def small(batch):
        if len(batch) > 2:
            raise torch.OutOfMemoryError("out of memory")
        return real(batch)

    monkeypatch.setattr(lite, "_vision", small)
    monkeypatch.setattr(lite._runner, "on_message", messages.append)
    monkeypatch.setattr(lite._runner, "limit", None)
    features = lite.encode_images(images)
    assert torch.allclose(features.pooled, expected.pooled, atol=1e-4)
    assert lite.batch_size == 2
    assert messages
