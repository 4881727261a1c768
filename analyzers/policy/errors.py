"""What is wrong with a policy, and where."""


class PolicyError(Exception):
    """A policy that cannot be followed; line and column are 1-based."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(f"line {line}, column {column}: {message}")
        self.message = message
        self.line = line
        self.column = column
