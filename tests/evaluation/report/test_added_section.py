"""A section of the report that an installed package brings: two files, nothing of the house touched."""

import sys

import pytest

from assay.errors import ConfigError
from assay.evaluation.report import Subject, write_figures
from assay.evaluation.report.sections import all_sections

SECTION = """
from assay.evaluation.report.section import Section
from assay.pages.canvas import Canvas

def _values(subject):
    return {"images": subject.evidence.metrics["accuracy"].n}

def _figures(subject):
    return {"orchard": Canvas(40, 20, "an orchard")}

SECTION = Section("orchard", "Orchard", _values, _figures, package="an_orchard")
"""
TEMPLATE = '<section id="orchard"><h2>Orchard: what grows</h2><p>{{ images }} trees, {{ level }}</p></section>'


@pytest.fixture
def installed(tmp_path, monkeypatch):
    def install(section):
        package, about = tmp_path / "an_orchard", tmp_path / "an_orchard-1.0.dist-info"
        (package / "templates" / "sections").mkdir(parents=True)
        (package / "__init__.py").write_text(section)
        (package / "templates" / "sections" / "orchard.html.j2").write_text(TEMPLATE)
        about.mkdir()
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: an-orchard\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text("[assay.report_sections]\norchard = an_orchard:SECTION\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.delitem(sys.modules, "an_orchard", raising=False)

    return install


def test_it_stands_last_on_the_page_and_its_figure_lies_beside(installed, random_case, page_of, tmp_path):
    installed(SECTION)
    grades = random_case([40, 12, 8], ("a", "b", "c"))
    page = page_of(grades)
    assert [link["href"] for link in page.all("a")][-1] == "#orchard"
    assert f"<p>{grades.evidence.metrics['accuracy'].n} trees, 95%</p>" in page.source
    figures = write_figures(tmp_path, Subject(grades.evidence, grades.predictions, grades.probabilities))
    assert figures[-1].name == "orchard.png"
    assert figures[-1].exists()


def test_what_is_no_section_is_refused(installed):
    installed("SECTION = 'a section'")
    with pytest.raises(ConfigError, match="an_orchard:SECTION: must be a Section of the report"):
        all_sections()
