import httpx
import pytest

from github import checks
from github.checks import Action, Annotation, CheckRun, NewCheckRun, Output, StoredOutput
from github.errors import WriteOutcomeUnknown

pytestmark = pytest.mark.anyio

CREATE = "POST /repos/octo/shop/check-runs"
PATCH = "PATCH /repos/octo/shop/check-runs/5"
LIST = "GET /repos/octo/shop/commits/aa/check-runs"
NOW = "2027-01-15T08:00:00Z"


def stored(**changes) -> httpx.Response:
    return httpx.Response(200, json={"id": 5, "name": "SkillAudit", "head_sha": "aa", "status": "completed", **changes})


def notes(count: int) -> tuple[Annotation, ...]:
    return tuple(Annotation("a.py", line, line, "warning", f"note {line}") for line in range(1, count + 1))


async def test_a_check_run_is_created_in_progress(repository, script):
    script.on(CREATE, stored(status="in_progress", external_id="v1:1", output={"annotations_count": 0}))

    run = await checks.create_check_run(repository, NewCheckRun("SkillAudit", "aa", "v1:1", "https://x.example/1"))

    assert run == CheckRun(5, "SkillAudit", "aa", "in_progress", external_id="v1:1")
    assert script.bodies(CREATE) == [
        {
            "name": "SkillAudit",
            "head_sha": "aa",
            "external_id": "v1:1",
            "status": "in_progress",
            "started_at": NOW,
            "details_url": "https://x.example/1",
        }
    ]


async def test_a_creation_without_an_answer_is_not_repeated(repository, script):
    script.on(CREATE, httpx.Response(502))

    with pytest.raises(WriteOutcomeUnknown):
        await checks.create_check_run(repository, NewCheckRun("SkillAudit", "aa", "v1:1"))
    assert len(script.requests) == 1


async def test_a_conclusion_takes_one_call(repository, script):
    script.on(PATCH, stored(conclusion="failure"))
    note = Annotation("a.py", 3, 4, "failure", "m", title="t", raw_details="r", start_column=1, end_column=2)
    one_line = Annotation("a.py", 3, 3, "notice", "m", start_column=1, end_column=2)
    output = Output("1 finding", "summary", "text", (note, one_line))
    run = CheckRun(5, "SkillAudit", "aa", "in_progress")

    concluded = await checks.conclude_check_run(
        repository, run, "failure", output, (Action("Re-run", "Again", "rerun"),)
    )

    assert concluded.conclusion == "failure"
    assert script.bodies(PATCH) == [
        {
            "status": "completed",
            "conclusion": "failure",
            "completed_at": NOW,
            "actions": [{"label": "Re-run", "description": "Again", "identifier": "rerun"}],
            "output": {
                "title": "1 finding",
                "summary": "summary",
                "text": "text",
                "annotations": [
                    {
                        "path": "a.py",
                        "start_line": 3,
                        "end_line": 4,
                        "annotation_level": "failure",
                        "message": "m",
                        "title": "t",
                        "raw_details": "r",
                    },
                    {
                        "path": "a.py",
                        "start_line": 3,
                        "end_line": 3,
                        "annotation_level": "notice",
                        "message": "m",
                        "start_column": 1,
                        "end_column": 2,
                    },
                ],
            },
        }
    ]


@pytest.mark.parametrize(("count", "sizes"), [(0, [0]), (50, [50]), (51, [50, 1]), (120, [50, 50, 20])])
async def test_annotations_are_sent_in_steps_and_the_last_step_concludes(repository, script, count, sizes):
    script.on(PATCH, stored())
    run = CheckRun(5, "SkillAudit", "aa", "in_progress")

    await checks.conclude_check_run(repository, run, "failure", Output("t", "s", annotations=notes(count)))

    bodies = script.bodies(PATCH)
    assert [len(body["output"].get("annotations", [])) for body in bodies] == sizes
    assert ["conclusion" in body for body in bodies] == [False] * (len(sizes) - 1) + [True]


async def test_annotations_that_were_stored_before_a_crash_are_not_sent_again(repository, script):
    script.on("GET /repos/octo/shop/check-runs/5", stored(status="in_progress", output={"annotations_count": 50}))
    script.on(PATCH, stored())

    run = await checks.read_check_run(repository, 5)
    await checks.conclude_check_run(repository, run, "failure", Output("t", "s", annotations=notes(60)))

    assert run.output == StoredOutput(annotations_count=50)
    assert [note["start_line"] for note in script.bodies(PATCH)[0]["output"]["annotations"]] == list(range(51, 61))


async def test_outputs_are_cut_to_githubs_byte_limits(repository, script):
    script.on(PATCH, stored())
    fire = "🔥" * 10 + "\n"
    note = Annotation("a.py", 1, 1, "warning", fire * 5000, title="🔥" * 200, raw_details=fire * 5000)
    run = CheckRun(5, "SkillAudit", "aa", "in_progress")

    await checks.conclude_check_run(
        repository, run, "failure", Output("🔥" * 100, fire * 5000, "```\n" + fire * 5000, (note,))
    )

    (body,) = script.bodies(PATCH)
    output = body["output"]
    (sent,) = output["annotations"]
    assert len(output["title"].encode()) <= 255
    assert len(output["summary"].encode()) <= 65_535
    assert len(output["text"].encode()) <= 65_535
    assert output["text"].endswith(f"\n```\n\n{checks.CUT}")
    assert len(sent["message"].encode()) <= 64_000
    assert len(sent["raw_details"].encode()) <= 64_000
    assert len(sent["title"].encode()) <= 255


async def test_a_run_is_found_by_its_external_id_the_newest_first(repository, script):
    runs = [
        {"id": 3, "name": "SkillAudit", "head_sha": "aa", "status": "queued", "external_id": "v1:1"},
        {"id": 9, "name": "SkillAudit", "head_sha": "aa", "status": "completed", "external_id": "v1:1"},
        {"id": 10, "name": "SkillAudit", "head_sha": "aa", "status": "queued", "external_id": None},
    ]
    script.on(LIST, httpx.Response(200, json={"total_count": 3, "check_runs": runs}))

    found = await checks.find_check_run(repository, "aa", "SkillAudit", "v1:1", 4242)
    missing = await checks.find_check_run(repository, "aa", "SkillAudit", "v1:2", 4242)

    assert found == CheckRun(9, "SkillAudit", "aa", "completed", external_id="v1:1")
    assert missing is None
    assert dict(script.requests[0].url.params) == {
        "check_name": "SkillAudit",
        "app_id": "4242",
        "filter": "all",
        "per_page": "100",
        "page": "1",
    }
