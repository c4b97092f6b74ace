"""The pages by keyboard, at 400 %, with less motion and without scripts."""

from __future__ import annotations

from typing import Any

import pytest
from installation import Installation
from looking import DESK, HEIGHT, READ_WIDE, ZOOMED, visit
from playwright.sync_api import Browser, Page

from stack.tour import MILESTONE, STOPS

OWN = list(dict.fromkeys(stop.path for stop in STOPS if not stop.is_signed_in))
MAIN = [stop.path for stop in STOPS if stop.is_main]
FORMS = [stop.path for stop in STOPS if stop.is_signed_in]

READ_TABBABLE = """() => {
  const groups = new Set();
  return [...document.querySelectorAll(
      'a[href], button, input, select, textarea, summary, [tabindex]')]
    .filter(element => element.tabIndex >= 0 && !element.disabled && element.checkVisibility(
      {visibilityProperty: true}) && element.type !== 'hidden')
    .filter(element => element.type !== 'radio' || !groups.has(element.name)
      && groups.add(element.name))
    .length;
}"""
READ_FOCUS = """() => {
  const element = document.activeElement;
  if (element === document.body) return null;
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  if (!element.dataset.seen) element.dataset.seen = String(Math.random());
  return {
    key: element.dataset.seen,
    html: element.outerHTML.slice(0, 150),
    isOutlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    isOnScreen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
  };
}"""
READ_WORDS = """() => {
  const words = new Set();
  const main = document.querySelector('[role=main]') || document.body;
  const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    const text = node.textContent.trim();
    // as cards, a table has the heads of its columns beside each value, and no empty values
    if (text && text !== '–' && element.checkVisibility()
        && !element.closest('svg, thead, .visually-hidden, .gtplan-missing'))
      words.add(text);
  }
  return [...words];
}"""
READ_OVERLAPS = """() => {
  const boxes = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.textContent.trim() || !element.checkVisibility({visibilityProperty: true})) continue;
    if (element.closest('svg, thead, .visually-hidden, .visually-hidden-focusable')) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects())
      if (box.width > 2 && box.height > 2) boxes.push([box, node.textContent.trim()]);
  }
  boxes.sort((one, other) => one[0].top - other[0].top);
  const found = [];
  boxes.forEach(([box, text], place) => {
    for (let next = place + 1; next < boxes.length; next++) {
      const [other, words] = boxes[next];
      if (other.top > box.bottom) break;
      const wide = Math.min(box.right, other.right) - Math.max(box.left, other.left);
      const high = Math.min(box.bottom, other.bottom) - other.top;
      if (wide > 3 && high > 0.4 * Math.min(box.height, other.height))
        found.push(`${text.slice(0, 40)} / ${words.slice(0, 40)}`);
    }
  });
  return found;
}"""


def tab_through(page: Page) -> list[dict[str, Any]]:
    """Press the tabulator until what has the focus comes again; give what had it."""
    found: dict[str, dict[str, Any]] = {}
    last = ""
    for _ in range(1500):
        page.keyboard.press("Tab")
        focus = page.evaluate(READ_FOCUS)
        # a date has parts, which have the focus one after the other
        if focus is None or (focus["key"] in found and focus["key"] != last):
            break
        last = focus["key"]
        found[last] = focus
    return list(found.values())


def hold_keyboard(page: Page) -> None:
    """Hold that all that can be used is reached, and seen when it is."""
    page.set_viewport_size({"width": DESK, "height": HEIGHT})
    page.emulate_media(reduced_motion="reduce")  # else it scrolls slowly to what has the focus
    count = page.evaluate(READ_TABBABLE)
    found = tab_through(page)
    assert [focus["html"] for focus in found if not focus["isOutlined"]] == []
    assert [focus["html"] for focus in found if not focus["isOnScreen"]] == []
    assert len(found) >= count


@pytest.mark.parametrize("path", MAIN)
def test_everything_is_reached_by_keyboard_and_seen(
    browser: Browser, running: Installation, path: str
) -> None:
    with visit(browser, running.url + path) as visited:
        hold_keyboard(visited.page)


@pytest.mark.parametrize("path", [*FORMS, f"/milestone/edit/{MILESTONE}"])
def test_forms_are_reached_by_keyboard_and_seen(
    browser: Browser, running: Installation, administrator: Any, path: str
) -> None:
    with visit(browser, running.url + path, administrator) as visited:
        hold_keyboard(visited.page)


def test_the_first_link_skips_to_the_content(browser: Browser, running: Installation) -> None:
    with visit(browser, f"{running.url}/milestone/{MILESTONE}") as visited:
        page = visited.page
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('href')") == "#content"
        assert page.evaluate(READ_FOCUS)["isOnScreen"]
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('#content') !== null")


@pytest.mark.parametrize("path", OWN)
def test_at_400_percent_nothing_is_lost(
    browser: Browser, running: Installation, path: str
) -> None:
    with visit(browser, running.url + path) as visited:
        page = visited.page
        page.set_viewport_size({"width": DESK, "height": HEIGHT})
        words = page.evaluate(READ_WORDS)
        page.set_viewport_size({"width": ZOOMED, "height": 256})
        assert page.evaluate(READ_WIDE) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= ZOOMED
        assert sorted(set(words) - set(page.evaluate(READ_WORDS))) == []
        assert page.evaluate(READ_OVERLAPS) == []


def test_who_wants_less_motion_gets_none(browser: Browser, running: Installation) -> None:
    with visit(browser, running.url) as visited:
        visited.page.emulate_media(reduced_motion="reduce")
        moving = visited.page.evaluate(
            "[...document.querySelectorAll('*')].map(getComputedStyle).filter(style =>"
            " parseFloat(style.transitionDuration) > 0 || style.animationName !== 'none').length"
        )
        assert moving == 0


@pytest.mark.parametrize("path", ["/", "/search?q=datos", "/dataset/"])
def test_without_scripts_the_menu_and_filters_are_there(
    browser: Browser, running: Installation, path: str
) -> None:
    with visit(browser, running.url + path, is_scripted=False) as visited:
        menu = visited.page.get_by_role("link", name="Instituciones").first
        assert menu.is_visible()
