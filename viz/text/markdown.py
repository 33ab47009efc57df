"""Markdown as a tree of elements that a page draws one by one, so that no text is ever read as HTML.

A node is a string, or ``[tag, attributes, child, …]``. Leaves out: HTML and pictures, which stay as they were typed.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

Node: TypeAlias = str | list[Any]

TAGS = {"p", "em", "strong", "s", "code", "pre", "br", "hr", "a", "blockquote", "h2", "h3", "ul", "ol", "li"}
TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}
_READER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")
_LINKS = ("https://", "http://", "#")


def tree(text: str) -> list[Node]:
    """The elements of a text."""
    return _children(SyntaxTreeNode(_READER.parse(text)))


def _children(node: SyntaxTreeNode) -> list[Node]:
    return [drawn for child in node.children for drawn in _nodes(child)]


def _nodes(node: SyntaxTreeNode) -> list[Node]:
    if node.type == "text":
        return [node.content] if node.content else []
    if node.type == "softbreak":
        return ["\n"]
    if node.type in ("code_inline", "code_block", "fence"):
        code: Node = ["code", {}, node.content]
        return [code if node.type == "code_inline" else ["pre", {}, code]]
    if node.tag == "h1":
        return [["h2", {}, *_children(node)]]
    if node.hidden or node.tag not in TAGS:
        return _children(node)
    return [[node.tag, _attributes(node), *_children(node)]]


def _attributes(node: SyntaxTreeNode) -> dict[str, str]:
    href = str(node.attrs.get("href", ""))
    return {"href": href} if node.tag == "a" and href.startswith(_LINKS) else {}
