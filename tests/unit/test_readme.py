import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]*)[^)]*\)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_the_parameters_that_the_readme_names_are_the_templates() -> None:
    readme, template = (ROOT / "README.md").read_text(), (ROOT / "template.yaml").read_text()
    rows = re.findall(r"^\| ((?:`[A-Z]\w+`(?:, )?)+) \|", readme, re.MULTILINE)
    assert rows
    for names in rows:
        for name in re.findall(r"`(\w+)`", names):
            assert f"\n  {name}:\n    Type:" in template
