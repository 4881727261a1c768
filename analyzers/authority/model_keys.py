"""Credentials that open a model, which answers everybody alike at the server's expense."""

from analyzers.flow.effects import Effect
from analyzers.flow.labels import Labels
from analyzers.frameworks.models import asks_model, names_model_key

VARIABLE = "env:"


def only_asks(effect: Effect, credentials: Labels) -> bool:
    """Tell whether all that an effect does with credentials is to ask a model: by its library, or by their names."""
    keys = all(label.startswith(VARIABLE) and names_model_key(label[len(VARIABLE) :]) for label in credentials)
    return asks_model(effect.name) or (bool(credentials) and keys)
