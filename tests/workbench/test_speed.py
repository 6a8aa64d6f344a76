import pytest

from spa_desktop.jobs import Cancelled, Job
from spa_desktop.workbench import method_settings


def test_speed_is_counted_in_photos_that_were_encoded(tiny, monkeypatch):
    monkeypatch.setattr(method_settings, "_SECONDS", 0.05)
    speed = method_settings.measure_speed("spa-lite")
    (encoder,) = tiny
    # One batch more than was timed.
    timed = encoder.encoded - encoder.batch_size
    assert timed > 0
    assert 0 < speed <= timed / 0.05


def test_measuring_can_be_cancelled(tiny):
    job = Job()
    job.cancel()
    with pytest.raises(Cancelled):
        method_settings.measure_speed("spa-lite", job=job)
