"""action.yml, the workflow in the documents and the Dockerfile: what they name is there, and no input
reaches a shell but by the environment.
"""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
PAGE = (ROOT / "docs" / "continuous_integration.md").read_text()


def test_inputs_reach_the_shell_by_the_environment_alone() -> None:
    lines = [step["run"] for step in STEPS if "run" in step]
    assert len(lines) == 2
    for line in lines:
        assert "${{" not in line
        unquoted = re.sub(r'"[^"]*"', "", line)
        assert "$" not in unquoted
    assert all(step["shell"] == "bash" for step in STEPS if "run" in step)


def test_every_input_is_used_and_every_variable_read() -> None:
    text = (ROOT / "action.yml").read_text()
    assert set(re.findall(r"inputs\.(\w+)", text)) == set(ACTION["inputs"])
    given = {name for step in STEPS for name in step.get("env", {})} - {"EDGEQ_EXTRAS"}
    program = (ROOT / "tools" / "pull_request_report.py").read_text()
    assert given == set(re.findall(r'"(EDGEQ_\w+)"', program))


def test_the_program_is_there() -> None:
    named = re.findall(r"GITHUB_ACTION_PATH/([\w/.]+)", str(STEPS))
    assert named == ["tools/pull_request_report.py"]
    assert all((ROOT / name).is_file() for name in named)


def test_the_workflow_of_the_page_fits_the_action() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.S)
    workflow = yaml.safe_load(example)
    assert workflow["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert "pull_request_target" not in example
    _, ours = workflow["jobs"]["report"]["steps"]
    assert set(ours["with"]) <= set(ACTION["inputs"])
    required = {name for name, row in ACTION["inputs"].items() if row.get("required")}
    assert required <= set(ours["with"])


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.M)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines if line]


def test_what_the_dockerfile_copies_is_there_and_not_ignored() -> None:
    copies = [rest for name, rest in instructions() if name == "COPY" and "--from" not in rest]
    wanted = [source for rest in copies for source in rest.split()[:-1]]
    assert {"edgeq", "boards", "firmware_templates", "examples", "pyproject.toml"} <= set(wanted)
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[0] == "*"
    for source in wanted:
        assert (ROOT / source).exists()
        assert f"!{source}" in ignored


def test_the_image_is_pinned_and_runs_without_rights() -> None:
    found = instructions()
    bases = [rest for name, rest in found if name == "FROM"]
    assert all(re.match(r"[\w/]+:\d[\w.-]+( AS \w+)?$", base) for base in bases)
    last_user = [rest for name, rest in found if name == "USER"][-1]
    assert last_user == "edgeq"
    assert [rest for name, rest in found if name == "ENTRYPOINT"] == ['["edgeq"]']


@pytest.mark.parametrize("build_argument", re.findall(r"EXTRAS=([\w,]+)", PAGE))
def test_the_extras_that_are_named_exist(build_argument: str) -> None:
    defined = re.findall(r"^(\w+) = \[", (ROOT / "pyproject.toml").read_text(), re.M)
    assert set(build_argument.split(",")) <= set(defined)
