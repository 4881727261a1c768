"""Calls that run a script in the page that a browser shows."""

# Method -> position and name of the script.
SCRIPTS: dict[str, tuple[int, str]] = {
    **dict.fromkeys(("evaluate", "evaluate_handle"), (0, "expression")),
    **dict.fromkeys(("eval_on_selector", "eval_on_selector_all"), (1, "expression")),
    **dict.fromkeys(("execute_script", "execute_async_script", "add_init_script"), (0, "script")),
    "add_script_tag": (-1, "content"),
}
LIBRARIES = frozenset(
    {"playwright", "patchright", "selenium", "pyppeteer", "rebrowser_playwright", "undetected_chromedriver"}
)
# What a page, or the driver of one, is called where nothing else is known of it.
PAGES = frozenset({"page", "frame", "tab", "driver", "browser"})


def runs_script(name: str) -> bool:
    """Tell whether a dotted name is such a call, by its library or by what it is called on."""
    owner, _, last = name.rpartition(".")
    is_known = owner.partition(".")[0] in LIBRARIES
    return last in SCRIPTS and (is_known or owner.rpartition(".")[2].lower().rpartition("_")[2] in PAGES)
