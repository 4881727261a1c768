"""How well labelled code is judged: recall, false positives, and pull requests that should have passed."""
