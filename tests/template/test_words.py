"""What people read is plain English, as far as a list of phrases can tell. `make lint` checks spelling."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Mapping

import pytest
from samtranslator.yaml_helper import yaml_parse

from tests.conftest import ROOT

PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
SOURCES = [file for room in ("functions", "local", "tools") for file in (ROOT / room).rglob("*.py")]
TESTS = [*(ROOT / "tests").rglob("*.py")]

#: Phrases that readers stumbled over, and what to write instead.
STUMBLING = {
    r"(?<!there )\b(?:is|are) no (?!longer|more)\w+": "is not a ...",
    r"for want of": "because ... is missing",
    r"\bone's own": "your own",
    r"\bwhoever": "anyone who",
    r"\bstands? (?:in|below|above|there|beside|nowhere)\b": "is in",
    r"\banew\b": "again",
    r"\bbesides\b": "also",
    r"[.:] nor ": "a sentence of its own",
    r"\bmightier\b": "with more rights",
    r"\bthe last so many\b": "that many",
    r"\b(?:here|there|where)(?:of|in|by|upon)\b": "it, or this",
    r"\brings?\b": "goes off",
    r"\bleft empty\b": "if empty",
    r"\b(?:a|an|the) \w+ of yours\b": "your ...",
    r"\bon a laptop\b": "locally",
    r"\btells? (?:of|nothing)\b": "says, or shows",
    r"\btakes? (?:its|their) time\b": "is slow",
    r"\bis left alone\b": "does not change",
}

#: The same for docstrings and comments.
STUMBLING_IN_CODE = STUMBLING | {
    r"\bstands? (?:for|before|behind|after)\b": "is, means, or replaces",
    r"\bmeanwhile\b": "in the meantime",
    r"\bspeaks? of\b": "contains, or names",
    r"\btold of\b": "gets, or is sent",
    r"\bfor ever\b": "forever",
    r"\ball the same\b": "anyway",
    r"\bat hand\b": "available",
    r"\blies? (?:in|on|beside|below|behind)\b": "is in",
    r"\bof (?:its|his|their) own[.,;:)]": "its own ..., or separate",
    r"\b(?:for|of|to|over|by) [\w ]+ alone\b": "only",
    r"\bgiven up\b": "dropped",
}


def stumbles(text: str, phrases: Mapping[str, str] = STUMBLING) -> Iterator[str]:
    """Each phrase of the text that a reader may have to read twice, with the words to use instead."""
    words = " ".join(text.split())
    for pattern, instead in phrases.items():
        for found in re.finditer(pattern, words, re.IGNORECASE):
            start, end = found.span()
            yield f"... {words[max(0, start - 30) : end + 30]} ...: write {instead}"


def said(source: str) -> Iterator[str]:
    """The texts of a module: its strings but those that only developers read."""
    tree = ast.parse(source)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


def explained(source: str) -> Iterator[str]:
    """The texts of a module that developers read: docstrings, and comments of one or more lines."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, documented) and (docstring := ast.get_docstring(node)):
            yield docstring
    line, comment = 0, ""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            text = token.string.lstrip("#: ")
            if token.start[0] == line + 1:
                comment = f"{comment} {text}"
            else:
                yield comment
                comment = text
            line = token.start[0]
    yield comment


def described(written: object) -> Iterator[str]:
    """The descriptions of a template: of parameters, outputs, alarms and constraints."""
    if isinstance(written, dict):
        for name, value in written.items():
            if str(name).endswith("Description") and isinstance(value, str):
                yield value
            else:
                yield from described(value)
    elif isinstance(written, list):
        for value in written:
            yield from described(value)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_has_no_phrase_that_readers_stumbled_over(page: object) -> None:
    assert list(stumbles(ROOT.joinpath(str(page)).read_text())) == []


def test_no_text_of_the_programs_has_one() -> None:
    assert [
        (file.name, phrase)
        for file in SOURCES
        for text in said(file.read_text())
        for phrase in stumbles(text)
    ] == []


def test_no_docstring_and_no_comment_has_one() -> None:
    assert [
        (str(file.relative_to(ROOT)), phrase)
        for file in (*SOURCES, *TESTS)
        for text in explained(file.read_text())
        for phrase in stumbles(text, STUMBLING_IN_CODE)
    ] == []


@pytest.mark.parametrize("template", ["template.yaml", "operations.yaml", "edge.yaml"])
def test_no_description_of_a_template_has_one(template: str) -> None:
    texts = [*described(yaml_parse((ROOT / template).read_text()))]
    assert texts
    assert [phrase for text in texts for phrase in stumbles(text)] == []


#: Words of the code and of its documentation that people who use the page do not know.
UNEXPLAINED = (
    r"\bhints?\b|direct invocation|\binvok\w+|\bdigest\b|\bauthorizer\b|\bprincipal\b|\bstore\b(?! secrets)"
)


def page_texts() -> Iterator[str]:
    """What the settings page shows: its markup without the tags, and the sentences of its scripts."""
    page = ROOT / "functions" / "people" / "settings_page" / "page"
    for file in page.rglob("*.html"):
        yield re.sub(r"<!--.*?-->|<[^>]+>", " ", file.read_text())
    for file in page.rglob("*.js"):
        comments, values = r"/\*.*?\*/|^\s*//[^\n]*$", r"\$\{[^}]*\}"
        code = re.sub(f"{comments}|{values}", "", file.read_text(), flags=re.DOTALL | re.MULTILINE)
        texts = ["".join(text) for text in re.findall(r'"([^"\n]* [^"\n]*)"|`([^`\n]* [^`\n]*)`', code)]
        yield from (text for text in texts if not re.search("[{};=]", text))


def test_the_settings_page_has_none() -> None:
    texts = [*page_texts()]
    assert any("Show older keys" in text for text in texts)
    assert [phrase for text in texts for phrase in stumbles(text)] == []
    assert [found[0] for text in texts for found in re.finditer(UNEXPLAINED, text)] == []


def test_the_help_of_make_has_none() -> None:
    texts = re.findall(r"## (.*)", (ROOT / "Makefile").read_text())
    assert texts
    assert [phrase for text in texts for phrase in stumbles(text)] == []


@pytest.mark.parametrize(
    "text", ["What is no HTTP is refused.", "A key of one's\nown.", "It is there. Nor is that."]
)
def test_such_a_phrase_is_found(text: str) -> None:
    assert list(stumbles(text))


def test_such_a_phrase_is_found_in_a_docstring_and_in_a_comment_of_two_lines() -> None:
    source = '"""What is no key."""\n\nONE = 1\n# This stands\n# before that.\nTWO = 2  # and this is not.\n'
    assert len([phrase for text in explained(source) for phrase in stumbles(text, STUMBLING_IN_CODE)]) == 2


def test_the_usual_words_are_not() -> None:
    assert not list(stumbles("There is no such key. It is no longer there, and strings are here."))
