"""What every page is held to (WCAG 2.2 AA), as far as a machine can tell."""

from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NARROW = 320

# What one can press or fill in, as it is shown now; of a group of radio buttons the keyboard stops at one. What is hidden from everybody,
# a form's first button so that Enter sends it, is not pressed.
NUMBER_THE_INTERACTIVE = """() => {
  const all = [...document.querySelectorAll(
      'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"], [contenteditable=true]')]
    .filter(e => e.checkVisibility({visibilityProperty: true}) && !e.disabled && !e.closest('[inert], dialog:not([open])'))
    .filter(e => !e.matches('.visually-hidden[aria-hidden=true][tabindex="-1"]'))
    .filter(e => e.type !== 'radio' || e === (document.querySelector(
        `input[type=radio][name="${CSS.escape(e.name)}"]:checked`) ?? document.querySelector(
        `input[type=radio][name="${CSS.escape(e.name)}"]`)));
  all.forEach((e, n) => e.dataset.nth = n);
  document.activeElement.blur();
  scrollTo(0, 0);
  return all.map(e => e.outerHTML.slice(0, 100));
}"""
FOCUSED = "() => Number(document.activeElement?.dataset?.nth ?? -1)"
#: How often Tab stops within a field for a date: at day, month, year, hour, minute and the calendar; and how often beside the page's own.
STOPS_OF_A_DATE, ELSEWHERE = 6, 10


def assert_accessible(page: Page) -> None:
    """axe finds nothing, Tab reaches everything, and nothing scrolls sideways on the narrowest screen."""
    assert violations(page) == []
    assert unreachable(page) == []
    assert too_wide(page) <= 0


def violations(page: Page) -> list[str]:
    """What axe finds, a line a place."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run({runOnly: rules, resultTypes: ['violations']})", RULES)["violations"]
    return [f"{rule['id']}: {node['target']} {node['html'][:120]}" for rule in found for node in rule["nodes"]]


def unreachable(page: Page) -> list[str]:
    """Interactive elements at which the Tab key never stops."""
    elements = page.evaluate(NUMBER_THE_INTERACTIVE)
    missed = set(range(len(elements)))
    dates = sum('type="date' in element for element in elements)
    for _press in range(len(elements) + STOPS_OF_A_DATE * dates + ELSEWHERE):
        page.keyboard.press("Tab")
        missed.discard(page.evaluate(FOCUSED))
        if not missed:
            break
    return [elements[number] for number in sorted(missed)]


def too_wide(page: Page) -> int:
    """By how many pixels the page is wider than a window of 320 pixels."""
    window = page.viewport_size
    page.set_viewport_size({"width": NARROW, "height": 700})
    excess: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    page.set_viewport_size(window)
    return excess
