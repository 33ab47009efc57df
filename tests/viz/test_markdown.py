"""Markdown becomes elements, and nothing else."""

from __future__ import annotations

import pytest

from viz.text.markdown import TAGS, tree


def test_what_a_lesson_is_written_with():
    text = "## 見出し\n\nA *word* and `a token`,\n**strong**.\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    heading, paragraph, items, table = tree(text)
    assert heading == ["h2", {}, "見出し"]
    expected = ["A ", ["em", {}, "word"], " and ", ["code", {}, "a token"], ",", "\n", ["strong", {}, "strong"], "."]
    assert paragraph == ["p", {}, *expected]
    assert items == ["ul", {}, *[["li", {}, word] for word in ("one", "two")]]
    assert table[0] == "table" and table[3][0] == "tbody"


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "a <img src=x onerror=alert(1)> b", "&lt;b&gt;"])
def test_html_is_text(text):
    def words(nodes):
        return "".join(node if isinstance(node, str) else words(node[2:]) for node in nodes)

    def tags(nodes):
        return {tag for node in nodes if not isinstance(node, str) for tag in ({node[0]} | tags(node[2:]))}

    assert words(tree(text)) == text.replace("&lt;", "<").replace("&gt;", ">")
    assert tags(tree(text)) <= TAGS


@pytest.mark.parametrize(
    ("text", "attributes"),
    [
        ("[a](https://example.org)", {"href": "https://example.org"}),
        ("[a](javascript:alert(1))", None),
        ("[a](data:text/html,x)", None),
        ("[a](/etc/passwd)", {}),
    ],
)
def test_links_go_to_the_web_alone(text, attributes):
    (paragraph,) = tree(text)
    link = paragraph[2]
    assert link == "".join(paragraph[2:]) if attributes is None else link[:2] == ["a", attributes]
