"""What is shipped: small, without anything inline, with its licences; and the links into the runbook."""

import gzip
import json
import re

from ipfs_cluster.edge import page

from tests.helpers.pages import anchors
from tests.helpers.support import ROOT

MOST_BYTES = 100 * 1024


def built(pattern: str) -> str:
    (found,) = page.FOLDER.glob(pattern)
    return found.read_text()


def test_all_together_is_small() -> None:
    sizes = {name: len(gzip.compress((page.FOLDER / name).read_bytes(), 9)) for name in page.files()}
    assert sum(sizes.values()) < MOST_BYTES, sizes
    assert set(sizes) > {"index.html", "LICENSES.txt"}


def test_the_page_names_its_files_and_nothing_is_inline() -> None:
    html = (page.FOLDER / page.INDEX).read_text()
    named = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert sorted(re.sub(r"-[0-9A-Z]{8}", "-HASH", name) for name in named) == ["assets/console-HASH.css", "assets/console-HASH.js", "assets/icon-HASH.svg"]
    for name in named:
        assert (page.FOLDER / name).is_file()
    assert re.findall(r"<style|<script(?! type=\"module\" src=)|\son\w+=|\sstyle=|https?:", html) == []


def test_nothing_of_another_site_is_in_it() -> None:
    script = built("assets/console-*.js") + built("assets/upload-worker-*.js") + built("assets/console-*.css")
    # Names of XML's vocabularies, which are not addresses.
    assert set(re.findall(r"https?://[\w./-]+", script)) <= {
        "http://www.w3.org/1998/Math/MathML",
        "http://www.w3.org/1999/xhtml",
        "http://www.w3.org/1999/xlink",
        "http://www.w3.org/2000/svg",
    }
    assert re.findall(r"\beval\(|new Function\(", script) == []


def test_texts_never_become_html() -> None:
    sources = {str(file): file.read_text() for file in (ROOT / "console" / "src").rglob("*.ts*")}
    ways = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|createContextualFragment"
    assert [file for file, text in sources.items() if re.search(ways, text, re.IGNORECASE)] == []


def test_the_licence_of_each_package_is_shipped() -> None:
    licences = (page.FOLDER / "LICENSES.txt").read_text()
    dependencies = json.loads((ROOT / "console" / "package.json").read_text())["dependencies"]
    for name, version in dependencies.items():
        assert re.search(rf"^{re.escape(name)} {re.escape(version)} \(", licences, re.MULTILINE), name


def test_versions_are_exact() -> None:
    package = json.loads((ROOT / "console" / "package.json").read_text())
    versions = [*package["dependencies"].values(), *package["devDependencies"].values()]
    assert [version for version in versions if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []


def test_links_lead_to_sections_of_the_runbook() -> None:
    source = (ROOT / "console" / "src" / "sections.ts").read_text()
    sections = re.findall(r'^  \w+: "([\w-]+)",$', source, re.MULTILINE)
    assert len(sections) == 9
    assert set(sections) <= set(anchors(ROOT / "docs" / "operations.md"))
    used = "\n".join(file.read_text() for file in (ROOT / "console" / "src").rglob("*.ts*") if file.name != "sections.ts")
    assert [name for name in re.findall(r"^  (\w+): \"", source, re.MULTILINE) if f"sections.{name}" not in used] == []
