"""How Python spells points and lengths of time."""

NOW = frozenset(
    {
        *("time.time", "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today"),
        *("pendulum.now", "arrow.utcnow", "arrow.now", "django.utils.timezone.now", "datetime.now", "datetime.utcnow"),
    }
)
DELTAS = frozenset({"datetime.timedelta", "pendulum.duration"})
UNITS = {
    "microseconds": 1e-6,
    "milliseconds": 1e-3,
    "seconds": 1,
    "minutes": 60,
    "hours": 3600,
    "days": 86400,
    "weeks": 7 * 86400,
}
# Positional parameters of `timedelta`. https://docs.python.org/3/library/datetime.html#datetime.timedelta
POSITIONS = ("days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks")
CONVERSIONS = frozenset({"builtins.int", "builtins.float", "builtins.round", "math.floor", "math.ceil"})
# Methods that give the same point of time in another form.
POINT_METHODS = ("timestamp", "replace", "astimezone", "utctimetuple", "timetuple", "isoformat", "int_timestamp")
# Functions of a variable's name and a default.
SETTINGS = frozenset({"os.getenv", "os.environ.get", "decouple.config"})
