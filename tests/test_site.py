"""The gallery's site in a real browser: headless Chromium, from the file system."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from lrviz.gallery.catalogue import Catalogue, load_catalogue
from lrviz.gallery.manifest import Manifest
from lrviz.gallery.site import site_of
from lrviz.pages import pages

GALLERY = Path(__file__).resolve().parents[1] / "gallery"
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")

pytestmark = [
    pytest.mark.browser,
    # One browser for all of them, in one process of pytest.
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(
        not (BROWSER and DRIVER) and "LRVIZ_NEEDS_BROWSER" not in os.environ,
        reason="needs the programs chromium and chromedriver (Debian's packages chromium and chromium-driver)",
    ),
]

ENTRIES = {entry.title: entry for entry in load_catalogue(GALLERY / "catalogue.yaml").entries}

Browser = webdriver.Chrome


class Pages(NamedTuple):
    """The site, written anew: what stands in the repository may be older than the templates."""

    folder: Path

    @property
    def front(self) -> str:
        return (self.folder / "index.html").as_uri()

    def address(self, title: str) -> str:
        return (self.folder / "site" / f"{ENTRIES[title].id}.html").as_uri()


def written(folder: Path, catalogue: Catalogue) -> Pages:
    """Write the pages of a catalogue, with what was built of it, into a folder."""
    for name, data in pages(site_of(catalogue, Manifest.read(GALLERY).pictures)).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    for name in ("pictures", "films", "thumbnails", "data"):
        (folder / name).symlink_to(GALLERY / name)
    return Pages(folder)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    return written(tmp_path_factory.mktemp("site"), load_catalogue(GALLERY / "catalogue.yaml"))


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    assert BROWSER is not None, "chromium is not installed"
    assert DRIVER is not None, "chromedriver is not installed"
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for argument in (
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic",
        "--window-size=1280,900", f"--user-data-dir={tmp_path_factory.mktemp('profile')}",
    ):  # fmt: skip
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield browser
    browser.quit()


def logged(browser: Browser, kind: str) -> list[Any]:
    """Return what has been logged since it was last asked for."""
    return list(browser.get_log(kind))  # type: ignore[no-untyped-call]


@pytest.fixture
def page(chromium: Browser) -> Iterator[Browser]:
    """Return the browser; afterwards no page may have complained, nor asked for anything beyond the file system."""
    chromium.set_window_size(1280, 900)
    logged(chromium, "browser")
    logged(chromium, "performance")
    yield chromium
    assert logged(chromium, "browser") == []
    asked = [json.loads(line["message"])["message"] for line in logged(chromium, "performance")]
    addresses = [one["params"]["request"]["url"] for one in asked if one["method"] == "Network.requestWillBeSent"]
    assert addresses
    assert all(one.startswith(("file:", "data:", "chrome")) for one in addresses), addresses


def shown(page: Browser, selector: str = ".card") -> list[WebElement]:
    return [one for one in page.find_elements(By.CSS_SELECTOR, selector) if one.is_displayed()]


def press(page: Browser, *keys: str) -> None:
    for key in keys:
        ActionChains(page).send_keys(key).perform()


def script(page: Browser, code: str, *arguments: Any) -> Any:
    return page.execute_script(code, *arguments)


def focused(page: Browser) -> str:
    return str(page.switch_to.active_element.get_attribute("href") or "").rpartition("/")[2]


def ground(page: Browser) -> str:
    return str(script(page, "return getComputedStyle(document.body).backgroundColor"))


@contextmanager
def phone(page: Browser, wide: int, high: int) -> Iterator[None]:
    given = {"width": wide, "height": high, "deviceScaleFactor": 1, "mobile": True}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", given)
    try:
        yield
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


LOADED = """
const images = [...document.images];
images.forEach((image) => { image.loading = "eager"; });
return Promise.all(images.map((image) => image.decode().then(() => image.naturalWidth > 100, () => image.src)));
"""
SIDEWAYS = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"


def test_the_index_shows_every_entry_and_every_picture(page: Browser, site: Pages) -> None:
    page.get(site.front)
    assert len(shown(page)) == len(ENTRIES)
    assert [one for one in script(page, LOADED) if one is not True] == []
    for image in page.find_elements(By.TAG_NAME, "img"):
        assert len(image.get_attribute("alt") or "") > 20


def test_the_first_page_is_light(page: Browser, site: Pages) -> None:
    """What a visitor waits for: pictures further down come when they are scrolled to."""
    page.get(site.front)
    WebDriverWait(page, 10).until(lambda _: script(page, "return document.readyState === 'complete'"))
    names = script(
        page, "return [...document.images].filter((one) => one.complete).map((one) => one.getAttribute('src'))"
    )
    assert 0 < len(names) < len(ENTRIES)
    own = ["index.html", "site/style.css", "site/script.js", "site/search.js"]
    assert sum((site.folder / name).stat().st_size for name in [*own, *names]) < 1_000_000


def names(page: Browser, selector: str = ".card .name") -> list[str]:
    return [one.text.removesuffix(" moving") for one in shown(page, selector)]


def test_search_finds(page: Browser, site: Pages) -> None:
    page.get(site.front)
    press(page, "/", "WARM", "-up cosine")
    found = names(page)
    assert "ResNet-50, warm-up and cosine" in found
    assert len(found) < len(ENTRIES) / 2
    assert page.find_element(By.ID, "found").text == f"{len(found)} of {len(ENTRIES)} entries"
    # What was found stands in its own order, and no section is shown.
    assert shown(page, ".section") == []
    # The address remembers.
    page.refresh()
    assert names(page) == found
    page.find_element(By.ID, "search").send_keys(" xyzzyxyzzy")
    assert shown(page) == []
    press(page, Keys.ESCAPE)
    assert names(page) == list(ENTRIES)
    assert all(section.find_elements(By.CSS_SELECTOR, ".card") for section in shown(page, ".section"))


@pytest.mark.parametrize(
    ("asked", "other", "first"),
    [("warmup", "warm-up", None), ("warm up", "warm-up", None), ("beta2", "betas", None), ("Adam", "adam", "Adam"),
     ("rosenbrok", "rosenbrock", "Rosenbrock"), ("one cycle", "onecycle", "OneCycleLR"),
     ("StepLR", "steplr", "StepLR")],
)  # fmt: skip
def test_search_forgives(page: Browser, site: Pages, asked: str, other: str, first: str | None) -> None:
    """As it is written in the index or not, and titles before texts."""
    found = []
    for words in (asked, other):
        page.get(f"{site.front}#q={words.replace(' ', '+')}")
        page.refresh()
        found.append(names(page))
    assert len(found[0]) >= len(found[1]) > 0
    assert set(found[0]) >= set(found[1])
    if first is not None:
        assert found[0][0] == first


def test_every_page_searches(page: Browser, site: Pages) -> None:
    page.get(site.address("StepLR"))
    press(page, "/", "adam")
    results = shown(page, "#results a")
    assert results[0].text.splitlines()[0] == "Adam"
    press(page, Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    assert page.switch_to.active_element == results[1]
    press(page, Keys.ARROW_UP, Keys.ENTER)
    WebDriverWait(page, 10).until(lambda _: page.find_element(By.TAG_NAME, "h1").text == "Adam")


def test_filters_filter(page: Browser, site: Pages) -> None:
    page.get(site.front)
    page.find_element(By.ID, "tags").click()
    saddle = page.find_element(By.CSS_SELECTOR, ".tag[data-tag=saddle]")
    saddle.click()
    titles = set(names(page))
    assert titles == {title for title, entry in ENTRIES.items() if "saddle" in entry.tags}
    assert saddle.get_attribute("aria-pressed") == "true"
    page.find_element(By.ID, "search").send_keys("monkey")
    assert len(shown(page)) == 1
    saddle.click()
    assert len(shown(page)) >= 1
    # A tag on an entry's page leads to the others that have it.
    page.get(site.address("Leaving a saddle"))
    page.find_element(By.LINK_TEXT, "saddle").click()
    WebDriverWait(page, 10).until(lambda _: len(shown(page)) == len(titles))


def test_any_tag_filters(page: Browser, tmp_path: Path) -> None:
    """REVIEW C26: a tag with a space in it found nothing."""
    catalogue = load_catalogue(GALLERY / "catalogue.yaml")
    odd = 'a saddle\'s "flat" <b>, 50% & more'

    def renamed(tags: Iterable[str]) -> tuple[str, ...]:
        return tuple(odd if tag == "saddle" else tag for tag in tags)

    sections = tuple(
        replace(one, entries=tuple(replace(entry, tags=renamed(entry.tags)) for entry in one.entries))
        for one in catalogue.sections
    )
    tags = dict.fromkeys(renamed(catalogue.tags), "what it is")
    changed = replace(catalogue, sections=sections, tags=tags)
    odd_site = written(tmp_path, changed)
    found = {title for title, entry in ENTRIES.items() if "saddle" in entry.tags}

    def titles() -> set[str]:
        return set(names(page))

    page.get(odd_site.front)
    page.find_element(By.ID, "tags").click()
    (tag,) = (one for one in page.find_elements(By.CSS_SELECTOR, ".filters .tag") if odd in one.text)
    tag.click()
    assert titles() == found
    # The address remembers, and an entry's page leads there.
    page.refresh()
    assert titles() == found
    page.get(odd_site.address("Leaving a saddle"))
    page.find_element(By.LINK_TEXT, odd).click()
    WebDriverWait(page, 10).until(lambda _: titles() == found)


def test_dark_and_light(page: Browser, site: Pages) -> None:
    page.get(site.front)
    light = ground(page)
    button = page.find_element(By.ID, "theme")
    button.click()
    assert ground(page) != light
    assert (button.text, button.get_attribute("aria-pressed")) == ("Light", "true")
    page.get(site.address("StepLR"))
    assert ground(page) != light
    press(page, "t")
    assert ground(page) == light
    # Without a choice it is the system's.
    script(page, "localStorage.clear()")
    page.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    )
    page.refresh()
    assert ground(page) != light
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_keys(page: Browser, site: Pages) -> None:
    page.get(site.front)
    titles = list(ENTRIES)
    press(page, Keys.ARROW_RIGHT)
    assert focused(page) == f"{ENTRIES[titles[0]].id}.html"
    press(page, "j", "j", "k")
    assert focused(page) == f"{ENTRIES[titles[1]].id}.html"
    press(page, Keys.ENTER)
    assert page.find_element(By.TAG_NAME, "h1").text == titles[1]
    press(page, Keys.ARROW_RIGHT)
    assert page.find_element(By.TAG_NAME, "h1").text == titles[2]
    press(page, Keys.ARROW_LEFT, Keys.ARROW_LEFT)
    assert page.find_element(By.TAG_NAME, "h1").text == titles[0]
    press(page, Keys.ARROW_LEFT)
    assert page.find_element(By.TAG_NAME, "h1").text == titles[-1]
    press(page, Keys.ESCAPE)
    assert "index.html" in page.current_url
    press(page, "?")
    assert page.find_element(By.ID, "keys").is_displayed()
    press(page, Keys.ESCAPE)
    assert not page.find_element(By.ID, "keys").is_displayed()
    # What is typed into the search is no command.
    press(page, "/", "tjk?")
    assert page.find_element(By.ID, "search").get_attribute("value") == "tjk?"
    # By tab alone: the first stop skips to the content.
    page.get(site.address("StepLR"))
    press(page, Keys.TAB)
    assert page.switch_to.active_element.text == "Skip to the content"


def test_copying(page: Browser, site: Pages) -> None:
    page.get(site.address("StepLR"))
    page.execute_cdp_cmd("Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]})
    (command, *_) = page.find_elements(By.CLASS_NAME, "copy")
    command.click()
    WebDriverWait(page, 5).until(lambda _: command.text == "Copied")
    read = "return navigator.clipboard.readText()"
    assert script(page, read) == "lrviz schedule configs/schedulers/step-lr.yaml"
    page.find_elements(By.CSS_SELECTOR, ".document .copy")[0].click()
    document = (GALLERY.parent / "configs" / "schedulers" / "step-lr.yaml").read_text(encoding="utf-8")
    WebDriverWait(page, 5).until(lambda _: script(page, read).strip() == document.strip())
    # A page that may not use the clipboard copies all the same.
    script(page, "navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed'))")
    WebDriverWait(page, 5).until(lambda _: command.text == "Copy")
    press(page, "c")
    WebDriverWait(page, 5).until(lambda _: command.text == "Copied")
    assert script(page, read) == "lrviz schedule configs/schedulers/step-lr.yaml"


@pytest.mark.parametrize("title", ["StepLR", "Down the curved valley", "Resuming, right and wrong", "Rosenbrock"])
def test_an_entrys_page(page: Browser, site: Pages, title: str) -> None:
    page.get(site.address(title))
    entry = ENTRIES[title]
    assert page.find_element(By.TAG_NAME, "h1").text == title
    assert [one for one in script(page, LOADED) if one is not True] == []
    commands = [one.text for one in page.find_elements(By.CSS_SELECTOR, ".copied pre")]
    assert all(any(command.startswith("lrviz ") for command in commands) for _ in entry.requests)
    assert len(page.find_elements(By.CLASS_NAME, "agree")) == len(entry.requests)
    assert bool(page.find_elements(By.CLASS_NAME, "film")) == any(request.animate for request in entry.requests)
    if entry.about is not None:
        assert "Formula" in page.find_element(By.CSS_SELECTOR, "pre.doc").text


NARROW = ("OneCycleLR", "Down the curved valley", "What a checkpoint silently keeps", "Powell's badly scaled function")
"""Entries with long commands, long names, long notes."""


def test_a_phone_sees_the_first_section_in_three_screens(page: Browser, site: Pages) -> None:
    with phone(page, 390, 844):
        page.get(site.front)
        assert script(page, "return document.querySelector('.section').getBoundingClientRect().bottom") <= 3 * 844


def test_a_phone(page: Browser, site: Pages) -> None:
    """No page is wider than a small window, nor is anything cut off there."""
    with phone(page, 360, 740):
        for where in (site.front, *map(site.address, NARROW)):
            page.get(where)
            assert script(page, "return innerWidth") == 360
            assert script(page, SIDEWAYS) == 0, where
