"""GitHub's side: bytes to values, and values to API calls; knows no rule and no finding."""
