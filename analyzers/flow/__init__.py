"""Control flow, values, guards, effects and labels of functions."""
