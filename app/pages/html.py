"""Pages as HTML: templates with escaping, Markdown without raw HTML, and headers that allow no script."""

from importlib.resources import files
from typing import Final

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markdown_it import MarkdownIt
from markupsafe import Markup

from app.pages.highlight import highlight

STATIC: Final = {
    name: (files("app.pages").joinpath("static", name).read_bytes(), media_type)
    for name, media_type in {"skillaudit.css": "text/css", "icon.svg": "image/svg+xml"}.items()
}

_HEADERS: Final = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)


def _markdown() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False, "highlight": _highlight_block}).enable("table")
    return reader.disable("image")


def _highlight_block(code: str, language: str, _attributes: str) -> str:
    return f'<pre tabindex="0"><code>{highlight(code, language)}</code></pre>\n'


_MARKDOWN: Final = _markdown()
_TEMPLATES: Final = Environment(
    loader=PackageLoader("app.pages"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def markdown(text: str) -> Markup:
    """Render Markdown; raw HTML in it is shown as text, and images are not loaded."""
    return Markup(_MARKDOWN.render(text))  # noqa: S704 -- the reader escapes all text and admits no HTML


def page(template: str, values: dict[str, object], *, status: int = 200, form_target: str = "") -> HTMLResponse:
    """Answer with a template; `form_target` is the one foreign origin that a form of it may be sent to."""
    policy = f"{_POLICY} {form_target}" if form_target else _POLICY
    headers = _HEADERS | {"Content-Security-Policy": policy}
    return HTMLResponse(_TEMPLATES.get_template(template).render(values), status, headers)
