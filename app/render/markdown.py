"""A report as Markdown for people: what the check run says, in one piece and without limits."""

from app.render import check
from app.render.authority import all_tools_table
from app.render.escape import prose
from app.render.view import View


def to_markdown(view: View) -> str:
    """Return the report as one Markdown document."""
    sections = [f"# {prose(view.verdict.title)}", check.summary(view), check.text(view)]
    if view.report.authority_diff is None:
        sections.append(f"### Authority of every tool\n\n{all_tools_table(view.report)}")
    return "\n\n".join(section for section in sections if section) + "\n"
