import re
from datetime import date
from pathlib import Path

import pytest

from spa_desktop.descriptions.model import TokenUse
from spa_desktop.descriptions.openai.openai_writer import load_instructions, load_prices
from spa_desktop.descriptions.openai.service import WriterOptions, check_address
from spa_desktop.errors import InputError
from spa_desktop.paths import resources_dir


@pytest.mark.parametrize(
    ("typed", "url", "is_loopback"),
    [
        ("https://api.openai.com/v1/", "https://api.openai.com/v1", False),
        (" http://LOCALHOST:11434/v1 ", "http://localhost:11434/v1", True),
        ("http://127.0.0.9:1/", "http://127.0.0.9:1", True),
        ("http://[::1]:1234/v1", "http://[::1]:1234/v1", True),
        ("https://10.0.0.1/v1", "https://10.0.0.1/v1", False),
    ],
)
def test_an_address_that_may_be_sent_to(typed, url, is_loopback):
    address = check_address(typed)
    assert (address.url, address.is_loopback) == (url, is_loopback)


def test_the_address_of_the_environment_comes_first(monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "https://elsewhere.example/v1")
    assert WriterOptions(base_url="https://host.example/v1").address().url == "https://elsewhere.example/v1"


NOT_HERE = ("192.168.0.9:1234", "localhost.evil.example", "127.0.0.1.nip.io", "0.0.0.0:1")
NO_ADDRESS = ("localhost:11434/v1", "ftp://host/v1", "https://", "https://a b/v1")
MALFORMED = ("host:port", "ho\x1b[2Jst", "host/\n", "a..b", "h" * 64)


@pytest.mark.parametrize("host", NOT_HERE)
def test_without_encryption_only_this_computer(host):
    options = WriterOptions(base_url=f"http://{host}/v1")
    with pytest.raises(InputError, match="is not encrypted"):
        options.address()
    assert options.model_copy(update={"allow_unencrypted": True}).address().url == f"http://{host}/v1"


@pytest.mark.parametrize(
    "typed",
    [*NO_ADDRESS, *(f"https://{odd}/v1" for odd in MALFORMED), "https://me:hush@host/v1", "https://host/v1?key=hush"],
)
def test_an_address_that_may_not(typed):
    with pytest.raises(InputError, match="without a name, password or query") as caught:
        check_address(typed, allow_unencrypted=True)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "said"), [({"modle": "x"}, "modle"), ({"parallel": 0}, "parallel"), ({"model": " "}, "model")]
)
def test_a_wrong_setting_is_named(settings, said):
    with pytest.raises(InputError, match=f"setting {said} "):
        WriterOptions.from_settings(settings)


def test_the_shipped_prices_say_how_old_they_are():
    prices = load_prices()
    assert prices.as_of > date(2026, 1, 1)
    assert prices.cost("gpt-5", TokenUse(1_000_000, 1_000_000)) == pytest.approx(11.25)
    assert prices.cost("gpt-5-mini-2025-08-07", TokenUse(0, 1_000_000)) == pytest.approx(2.0)
    assert prices.cost("gpt-5-unheard-of", TokenUse(1, 1)) is None
    thinking = prices.guess("gpt-5", photos=0, characters=0, effort="high").output
    assert thinking > prices.guess("gpt-5", photos=0, characters=0, effort="low").output
    assert prices.guess("gpt-4o", photos=2, characters=400, effort="high") == TokenUse(2 * 85 + 100, 200)


def test_own_prices_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SPA_DESKTOP_CONFIG_DIR", str(tmp_path))
    shipped = load_prices()
    own = shipped.model_copy(update={"models": {"mine": shipped.models["gpt-5"]}})
    table = ", ".join(f"{name} = {value}" for name, value in own.assumed.thinking_tokens.items())
    (tmp_path / "prices.toml").write_text(
        "as_of = 2027-01-01\ncurrency = 'USD'\n"
        f"[assumed]\nimage_tokens = 1\ncharacters_per_token = 4\nanswer_tokens = 1\nthinking_tokens = {{ {table} }}\n"
        "[models]\nmine = { input = 2, output = 3 }\n"
    )
    assert load_prices().cost("mine", TokenUse(1_000_000, 0)) == 2.0


def test_many_rivals_are_counted_rather_than_listed(request_):
    from dataclasses import replace

    text = load_instructions().text(replace(request_, others={f"class-{n}": () for n in range(70)}, language="nl"), 3)
    assert "class-59, and 10 more" in text
    assert "Language of the answer: nl" in text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("characters_per_token", "0"),
        ("image_tokens", "9" * 400),
        *(("input", value) for value in ("inf", "nan", "-1")),
        ("as_of", "[" * 20_000),
    ],
    ids=lambda value: value[:12],
)
def test_prices_that_cannot_be_are_one_line(tmp_path, monkeypatch, name, value):
    shipped = (resources_dir() / "prices.toml").read_text(encoding="utf-8")
    changed, count = re.subn(rf"\b{name} = [^,\s}}]+", f"{name} = {value}", shipped, count=1)
    assert count == 1
    monkeypatch.setenv("SPA_DESKTOP_CONFIG_DIR", str(tmp_path))
    (tmp_path / "prices.toml").write_text(changed, encoding="utf-8")
    with pytest.raises(InputError, match="price table") as caught:
        load_prices()
    assert "\n" not in str(caught.value)
