"""The docs of this repository as a site, for Sphinx: `docs/site/build` makes it.

The pages are those that GitHub shows, and none is written for the site alone: a page that lists others is their
navigation, and what a link leads to outside of the docs is in the repository.
"""

import json
import os
import re
import shutil
import tomllib
from pathlib import Path

from docutils import nodes
from pygments.lexers.special import TextLexer
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]
HOME = "README"

project = html_title = html_short_title = "domi-nix"
copyright = "the authors of domi-nix"
html_show_copyright = html_use_index = False
extensions = ["myst_parser"]
include_patterns = ["*.md", "docs/**.md"]
root_doc = HOME
myst_heading_anchors = 6

# The sections of the site, in the order of a newcomer's questions. Each is a page that lists others.
SECTIONS = [
    "docs/site/guide",
    "docs/site/concepts",
    "docs/site/authors",
    "docs/site/options",
    "docs/site/fleets",
    "docs/site/commands",
    "docs/site/project",
    "docs/decisions/README",
]

html_theme = "pydata_sphinx_theme"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = html_show_sourcelink = False
html_theme_options = {
    "header_links_before_dropdown": len(SECTIONS),
    "navbar_persistent": ["search-button"],
    "navigation_with_keys": False,
    "pygments_dark_style": "a11y-high-contrast-dark",
    "pygments_light_style": "a11y-high-contrast-light",
    "icon_links": [
        {
            "name": "Repository",
            "url": PACKAGE["repository"],
            "icon": "fa-brands fa-github",
            "type": "fontawesome",
        }
    ],
    "footer_start": [],
    "footer_end": [],
}


def navigation(docname, text):
    """The pages below one: those of its list, in their order."""
    if docname == HOME:
        return [f"/{section}" for section in SECTIONS]
    folder = (ROOT / docname).parent
    links = re.findall(r"^(?:- |\| )\[[^]]*\]\(([^()\s]+)\.md\)", text, re.MULTILINE)
    pages = [f"/{(folder / link).resolve().relative_to(ROOT)}" for link in links]
    if docname == "docs/site/options":
        # A feature's options are printed for programs as well. These files are generated.
        features = sorted((ROOT / "docs/reference").glob("*.json"))
        features = [path.stem for path in features if path.with_suffix(".md").exists()]
        pages += [f"/docs/reference/{feature}" for feature in features]
    return pages


def read(app, docname, source):
    """What Sphinx reads is a page of GitHub's, and says what MyST wants said in its own way."""
    # MyST knows an anchor in front of a heading by another form than HTML's.
    text = re.sub(r'^(#+ )<a id="([^"]+)"></a>', r"(\2)=\n\1", source[0], flags=re.MULTILINE)
    if docname == HOME or docname in SECTIONS:
        pages = "\n".join(navigation(docname, source[0]))
        text += f"\n\n```{{toctree}}\n:hidden:\n\n{pages}\n```\n"
    source[0] = text


class Outside(SphinxTransform):
    """What a link leads to outside of the docs is shown by the repository."""

    default_priority = 5

    def apply(self, **kwargs):
        for node in list(self.document.findall(addnodes.pending_xref)):
            # MyST has found no page for it.
            if node.get("reftype") == "myst":
                self.lead(node)
        for node in list(self.document.findall(addnodes.download_reference)):
            self.lead(node)

    def lead(self, node):
        target, _, fragment = node["reftarget"].partition("#")
        path = ((ROOT / self.env.docname).parent / target).resolve()
        if not target or not path.exists() or not path.is_relative_to(ROOT):
            return
        kind = "tree" if path.is_dir() else "blob"
        uri = f"{PACKAGE['repository']}/{kind}/main/{path.relative_to(ROOT)}"
        uri += f"#{fragment}" if fragment else ""
        node.replace_self(nodes.reference("", "", *node.children, refuri=uri))


class Keys(SphinxTransform):
    """A table whose head is empty, as Markdown wants one, has its heads in the first column."""

    default_priority = 5

    def apply(self, **kwargs):
        for head in list(self.document.findall(nodes.thead)):
            if not head.astext().strip():
                head.parent.next_node(nodes.colspec)["stub"] = 1
                head.parent.remove(head)


class Verdicts(SphinxTransform):
    """The page of a feature says what its tests came to last on the computer that makes the site.

    What `docs/site/build` has asked stands in the folder that DOMI_VERDICTS names.
    """

    default_priority = 5

    def apply(self, **kwargs):
        page = ROOT / self.env.docname
        folder = os.environ.get("DOMI_VERDICTS")
        if folder is None or page.parent != ROOT / "docs/reference" or not page.with_suffix(".json").exists():
            return
        section = nodes.section("", nodes.title("", "Last verdicts"), ids=["last-verdicts"])
        section += claimed(page.with_suffix(".md").read_text())
        shown = Path(folder) / f"{page.name}.json"
        text = shown.read_text() if shown.exists() else None
        if text == "":
            section += paragraph("What was recorded on this computer could not be read.")
        else:
            section += recorded(json.loads(text)["tests"] if text else [])
        feature = next(iter(self.document.findall(nodes.section)), self.document)
        feature += section
        self.document.note_explicit_target(section)


def claimed(page):
    """The systems that the page of a feature says that it claims."""
    row = re.search(r"^\| Platforms \| (.+) \|$", page, re.MULTILINE)
    systems = re.findall("`([^`]+)`", row[1]) if row else []
    return [paragraph(f"The feature claims {' and '.join(systems)}.")] if systems else []


def recorded(tests):
    """What the tests of a feature came to: a row for each on each system."""
    rows = [(test["name"], last) for test in tests for last in test["last"]]
    if not any("verdict" in last for _, last in rows):
        return [paragraph("No verdict is recorded on this computer.")]
    said = "What each test came to when it last ran on the computer that made this site. Others may know more."
    return [
        paragraph(said),
        table(
            ["test", "system", "verdict", "backend", "day"],
            [
                [name, last["system"], last.get("verdict", "none"), last.get("backend", ""), last.get("began", "")[:10]]
                for name, last in rows
            ],
        ),
    ]


def paragraph(text):
    return nodes.paragraph("", "", nodes.Text(text))


def table(heads, rows):
    """A table of texts."""
    group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in heads), cols=len(heads))

    def row(texts):
        return nodes.row("", *(nodes.entry("", paragraph(text)) for text in texts))

    group += nodes.thead("", row(heads))
    group += nodes.tbody("", *map(row, rows))
    return nodes.table("", group)


def finish(app, exception):
    """A server shows `index.html` where no page is named."""
    if exception is None and app.builder.name == "html":
        shutil.copy(Path(app.outdir) / f"{HOME}.html", Path(app.outdir) / "index.html")


def setup(app):
    # Pygments colours no jq.
    app.add_lexer("jq", TextLexer)
    app.connect("source-read", read)
    app.add_transform(Outside)
    app.add_transform(Keys)
    app.add_transform(Verdicts)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
