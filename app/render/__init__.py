"""One report in every form it is shown: terminal, JSON, SARIF, Markdown, GitHub."""
