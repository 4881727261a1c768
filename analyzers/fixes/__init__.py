"""Patches of the code that findings point at, and the proof that they mend it."""
