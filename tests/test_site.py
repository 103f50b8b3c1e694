"""The gallery's site in a real browser: headless Chromium, from the file system."""

from __future__ import annotations

import json
import os
import re
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

import lrviz
from lrviz.gallery.catalogue import Catalogue, load_catalogue
from lrviz.gallery.manifest import Manifest
from lrviz.gallery.site import site_of
from lrviz.pages import Page, Picture, Section, Site, data_script, pages, thumbnail
from lrviz.render.axes import ScheduleAxes
from lrviz.render.interactive.schedule import schedule_view
from lrviz.render.interactive.stored import ENTRY

GALLERY = Path(__file__).resolve().parents[1] / "gallery"
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (BROWSER and DRIVER) and "LRVIZ_NEEDS_BROWSER" not in os.environ,
        reason="needs the programs chromium and chromedriver (Debian's packages chromium and chromium-driver)",
    ),
]

ENTRIES = {entry.title: entry for entry in load_catalogue(GALLERY / "catalogue.yaml").entries}

Browser = webdriver.Chrome


class Pages(NamedTuple):
    """The site, written again: the one in the repository may be older than the templates."""

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


def test_search_finds_pages_of_the_documentation(page: Browser, site: Pages) -> None:
    """By their titles and their headings, each of which is a place to go to."""
    page.get(site.front)
    assert shown(page, "#found-docs") == []
    page.get(f"{site.front}#q=LR025")
    page.refresh()
    (rule,) = shown(page, "#found-docs a")
    assert rule.text.startswith("LR025")
    rule.click()
    heading = page.find_element(By.CSS_SELECTOR, f"[id='{page.current_url.partition('#')[2]}']")
    assert heading.tag_name.startswith("h")
    assert heading.text.startswith("LR025")
    # From any page, too, and beside entries.
    press(page, "/", "race fair")
    titles = [one.text.splitlines() for one in shown(page, "#results a")]
    assert ["How a race is fair", "Documentation"] in titles
    press(page, Keys.ENTER)
    WebDriverWait(page, 10).until(lambda _: "race-protocol" in page.current_url)


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
    """A tag may contain spaces."""
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


# One file --------------------------------------------------------------------------------------------------

LOADED_ELSEWHERE = """
return performance.getEntriesByType('resource').map((one) => one.name).filter((one) => !one.startsWith('data:'));
"""
VALUES = """
const rows = [...document.querySelectorAll('.view .values tbody tr')];
return rows.map((row) => [...row.cells].map((cell) => cell.innerText.trim()));
"""
UNNAMED = """
const named = (one) => (one.labels?.[0] || one).textContent.trim() && one.tabIndex >= 0;
return [...document.querySelectorAll('.view input, .view button')].filter((one) => !named(one)).length;
"""
HIDDEN = """
arguments[0].scrollIntoView({block: "start", behavior: "instant"});
return document.querySelector(".top").getBoundingClientRect().bottom - arguments[0].getBoundingClientRect().top;
"""
WARM = """
epochs: 90
steps_per_epoch: 100
optimizer: {name: SGD, lr: 0.1, momentum: 0.9, groups: [{name: body}, {name: head, lr: 0.5}]}
scheduler: {name: OneCycleLR, interval: step, max_lr: [0.4, 2], total_steps: 90ep}
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the addresses of a schedule and a race, each in one file."""
    folder = tmp_path_factory.mktemp("files")
    schedule = lrviz.simulate(lrviz.document(text=WARM), engine="reference")
    race = lrviz.race(["sgd:lr=0.01", "adam:lr=0.3"], fn="rosenbrock", steps=100, engine="reference")
    for name, text in (("schedule", schedule.to_html()), ("race", race.to_html())):
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in ("schedule", "race")}


def hover(page: Browser, selector: str, share: float) -> None:
    """Point at a share of the width of an element."""
    element = page.find_element(By.CSS_SELECTOR, selector)
    script(page, "arguments[0].scrollIntoView({block: 'center'})", element)
    right = int((share - 0.5) * element.size["width"])
    ActionChains(page).move_to_element_with_offset(element, right, 0).perform()


def test_a_schedule_is_touched(page: Browser, files: dict[str, str]) -> None:
    page.get(files["schedule"])
    assert script(page, LOADED_ELSEWHERE) == []
    assert [row[0] for row in script(page, VALUES)] == ["body", "head", "body, head"]
    hover(page, ".u-over", 0.3)
    body, head, momentum = script(page, VALUES)
    assert [float(body[1]), float(head[1])] == pytest.approx([0.4, 2], rel=1e-3)
    assert float(momentum[1]) == pytest.approx(0.85, rel=1e-3)
    assert re.fullmatch("update 2,[67]..", body[2])
    # By keys alone: the slider goes from stored value to stored value.
    slider = page.find_element(By.CSS_SELECTOR, ".view input[type=range]")
    slider.send_keys(Keys.HOME)
    assert script(page, VALUES)[0][1:] == ["0.016", "update 0"]
    slider.send_keys(Keys.END)
    assert script(page, VALUES)[0][2] == "update 8,999"
    # Other axes, a part, and lines that are not shown; what is drawn follows.
    pictures = [page.find_element(By.CSS_SELECTOR, ".view .panel").screenshot_as_base64]
    labels = {one.text.strip(): one for one in page.find_elements(By.CSS_SELECTOR, ".view label")}
    buttons = {one.text: one for one in page.find_elements(By.CSS_SELECTOR, ".view button")}
    for touched in (labels["Log axis"], labels["Share of the run"], buttons["Zoom in"], labels["head"]):
        script(page, "arguments[0].scrollIntoView({block: 'center'})", touched)
        touched.click()
        pictures.append(page.find_element(By.CSS_SELECTOR, ".view .panel").screenshot_as_base64)
    assert len(set(pictures)) == len(pictures)
    assert page.find_element(By.CSS_SELECTOR, ".view .told").text.endswith("% of the run")


def test_a_race_is_touched(page: Browser, files: dict[str, str]) -> None:
    page.get(files["race"])
    assert script(page, LOADED_ELSEWHERE) == []
    last = script(page, VALUES)
    assert [row[0].split("\n")[0] for row in last] == ["sgd", "adam"]
    slider = page.find_element(By.CSS_SELECTOR, ".view input[type=range]")
    slider.send_keys(Keys.HOME)
    first = script(page, VALUES)
    assert {tuple(row[1:3]) for row in first} == {("12.5", "-1.5, 2")}
    slider.send_keys(Keys.ARROW_RIGHT)
    assert page.find_element(By.CSS_SELECTOR, ".view .told").text == "1 of 100"
    assert script(page, VALUES) != first
    # The curve of the losses is a ruler, too, for as long as somebody points at it.
    hover(page, ".u-over", 0.999)
    assert page.find_element(By.CSS_SELECTOR, ".view .told").text == "100 of 100"
    assert script(page, VALUES) == last
    map_of_it = page.find_element(By.CSS_SELECTOR, ".view canvas")
    ActionChains(page).move_to_element(map_of_it).perform()
    assert page.find_element(By.CSS_SELECTOR, ".view .told").text == "1 of 100"
    # Zoomed and moved by keys.
    seen = [map_of_it.screenshot_as_base64]
    script(page, "arguments[0].focus()", map_of_it)
    for key in ("+", Keys.ARROW_LEFT, "0"):
        press(page, key)
        seen.append(map_of_it.screenshot_as_base64)
    assert len(set(seen[:3])) == 3
    (play,) = (one for one in page.find_elements(By.CSS_SELECTOR, ".view button") if one.text == "Play")
    play.click()
    told = page.find_element(By.CSS_SELECTOR, ".view .told")
    WebDriverWait(page, 10).until(lambda _: told.text != "1 of 100")


@pytest.mark.parametrize("name", ["schedule", "race"])
def test_one_file_on_a_phone_and_in_the_dark(page: Browser, files: dict[str, str], name: str) -> None:
    with phone(page, 390, 844):
        page.get(files[name])
        assert script(page, SIDEWAYS) == 0
        light = ground(page)
        features = [{"name": "prefers-color-scheme", "value": "dark"}]
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        try:
            assert ground(page) != light
            # All that can be touched has a name, and is reached by tab.
            assert script(page, UNNAMED) == 0
        finally:
            page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_a_race_lists_the_path_and_its_average(page: Browser, tmp_path: Path) -> None:
    found = lrviz.race(["sgd:lr=0.01"], fn="booth", steps=30, engine="reference", average="ema:decay=0.9:start=10")
    (tmp_path / "race.html").write_text(found.to_html(), encoding="utf-8")
    page.get((tmp_path / "race.html").as_uri())
    path, average = script(page, VALUES)
    assert (path[0].split("\n")[0], average[0]) == ("sgd", "sgd, EMA, decay 0.9 from step 10")
    (one,) = found.contest.contestants
    assert one.average is not None
    assert float(path[1]) == pytest.approx(one.trajectory.loss[-1], rel=1e-2)
    assert float(average[1]) == pytest.approx(one.average.loss[-1], rel=1e-2)
    page.find_element(By.CSS_SELECTOR, ".view input[type=range]").send_keys(Keys.HOME)
    path, average = script(page, VALUES)
    assert float(path[1]) > 0
    assert average[1:3] == ["not yet", ""]


def test_an_entry_is_touched_when_asked(page: Browser, tmp_path: Path) -> None:
    """Nothing of it is loaded before."""
    found = lrviz.simulate(lrviz.document(text=WARM), engine="reference").curves
    view = schedule_view([found], ScheduleAxes(), ENTRY)
    picture = Picture(
        "pictures/one.png", None, (10, 10), "thumbnails/one.svg", "data/one.js", "lrviz schedule", "", "",
        "a curve that falls", "it agrees", "agree", (),
    )  # fmt: skip
    entry = Page("one", "One", "A text.", (), None, None, (), (picture,), (), None)
    made = pages(Site("Site", "Text.", {}, {}, (Section("all", "All", "All.", (entry,)),)))
    made |= {"thumbnails/one.svg": thumbnail(view), "data/one.js": data_script(view)}
    made["pictures/one.png"] = (GALLERY / "pictures" / "steplr.png").read_bytes()
    for name, data in made.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    page.get((tmp_path / "index.html").as_uri())
    assert script(page, LOADED)[0] is True
    shown(page, ".card .open")[0].click()
    before = script(page, LOADED_ELSEWHERE)
    assert not any("explorer" in one or "data/" in one for one in before)
    button = page.find_element(By.ID, "touch")
    with phone(page, 390, 500):
        # The header, of two rows there, does not hide what is scrolled to.
        assert script(page, HIDDEN, button) <= 0
    button.send_keys(Keys.ENTER)
    WebDriverWait(page, 10).until(lambda _: button.get_attribute("aria-expanded") == "true")
    assert len(script(page, VALUES)) == 3
    assert not page.find_element(By.ID, "picture").is_displayed()
    button.click()
    assert page.find_element(By.ID, "picture").is_displayed()
    assert not page.find_element(By.ID, "view").is_displayed()
