"""Labels held against reports. Pure: a report in, an outcome out."""

from collections.abc import Collection, Iterable, Sequence

import msgspec

from analyzers.finding import Finding, Report
from app.local_diff import FileDiff
from bench.accuracy.classes import covered
from bench.accuracy.labels import CleanFiles, Pair, Place, PullRequest, Spot
from bench.accuracy.outcomes import Checked, Judged, Replayed
from bench.accuracy.places import at, moved, of_class, on_the_way

# A tree's report, or why there is none.
Answer = Report | str


class Judge(msgspec.Struct, frozen=True):
    """Holds labels against reports, given the rules that exist."""

    rules: frozenset[str]

    def pair(self, pair: Pair, answer: Answer) -> Judged:
        """Tell whether the weakness of a pair is found before its fix."""
        label = Judged(pair.id, pair.weakness, pair.difficulty, note=pair.why)
        return _sought(label, pair.locations, answer, self.rules)

    def spot(self, spot: Spot, answer: Answer) -> Judged:
        """Tell whether a weak place is found."""
        return _sought(Judged(spot.id, spot.weakness, "", note=spot.note), (spot.place,), answer, self.rules)

    def twin(self, pair: Pair, answer: Answer, files: Sequence[FileDiff]) -> Checked:
        """Tell what is still reported at the places of a pair after its fix, whose changes are `files`."""
        return _silent(Checked(pair.id, pair.weakness), moved(pair.locations, files), answer)

    def trap(self, spot: Spot, answer: Answer) -> Checked:
        """Tell what is reported at a place that only looks weak."""
        return _silent(Checked(spot.id, spot.weakness), (spot.place,), answer)

    def clean(self, label: CleanFiles, answer: Answer) -> list[Checked]:
        """Tell what is reported in clean files, class by class."""
        places = [Place(path) for path in label.paths]
        checks = (Checked(label.id, weakness) for weakness in label.classes if covered(weakness, self.rules))
        return [_silent(check, places, answer) for check in checks]

    def review(self, pull: PullRequest, answer: Answer, blocking: Sequence[Finding]) -> Replayed:
        """Tell what blocks a pull request, and which of the weaknesses that it brings are found."""
        expected = () if isinstance(pull.expected, str) else pull.expected
        brought = tuple(
            _sought(Judged(pull.id, item.weakness, pull.kind, note=pull.subject), (item.place,), answer, self.rules)
            for item in expected
        )
        reason = answer if isinstance(answer, str) else ""
        return Replayed(pull.id, pull.kind, pull.subject, tuple(blocking), brought, reason)


def _sought(label: Judged, places: Iterable[Place], answer: Answer, rules: Collection[str]) -> Judged:
    label = msgspec.structs.replace(label, covered=covered(label.weakness, rules))
    if isinstance(answer, str):
        return msgspec.structs.replace(label, unread=answer)
    places = tuple(places)
    here = at(answer, label.weakness, places)
    paths = {place.path for place in places}
    way = on_the_way(answer, label.weakness, places)
    near = [item for item in of_class(answer, label.weakness) if item.location.path in paths]
    return msgspec.structs.replace(
        label,
        found=tuple(item for item in here if item.is_loud()),
        quiet=tuple(item for item in here if not item.is_loud()),
        on_the_way=tuple(item for item in way if item not in here),
        near=tuple(item for item in near if item not in here and item not in way),
    )


def _silent(check: Checked, places: Iterable[Place], answer: Answer) -> Checked:
    if isinstance(answer, str):
        return msgspec.structs.replace(check, unread=answer)
    alarms = tuple(item for item in at(answer, check.weakness, places) if item.is_loud())
    return msgspec.structs.replace(check, alarms=alarms)
