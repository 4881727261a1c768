"""`skillaudit`, or `python -m app`."""

import gc

# What a command loads are 60,000 objects, none of them garbage. Python would look through them every 700, which
# takes a tenth of the time of a small review.
OBJECTS = 100_000


def main() -> None:
    """Run the command line."""
    gc.set_threshold(OBJECTS)
    from app.cli import main as run

    run()


if __name__ == "__main__":
    main()
