"""Libraries that fetch a page whose address they are given, as a browser does."""

# Read in scrapling 0.2 and 0.3.
_REQUESTING = ("scrapling.fetchers.Fetcher", "scrapling.fetchers.AsyncFetcher")
_BROWSING = ("StealthyFetcher", "DynamicFetcher", "PlayWrightFetcher")
PAGE_FETCHERS = (
    *("selenium.webdriver.Chrome().get", "selenium.webdriver.Firefox().get", "DrissionPage.ChromiumPage().get"),
    *(f"{name}.get" for name in _REQUESTING),
    *(f"{name}().get" for name in _REQUESTING),
    *(f"scrapling.fetchers.{name}.{method}" for name in _BROWSING for method in ("fetch", "async_fetch")),
    *(f"scrapling.fetchers.{name}().{method}" for name in _BROWSING for method in ("fetch", "async_fetch")),
)
