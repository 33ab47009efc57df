"""A PDF that a browser printed, page by page. Leaves out: what is on it."""

from __future__ import annotations

import pypdfium2
from PIL import Image


class Printed:
    def __init__(self, pdf: bytes) -> None:
        self._pages = list(pypdfium2.PdfDocument(pdf))

    @property
    def texts(self) -> list[str]:
        return [page.get_textpage().get_text_bounded() for page in self._pages]

    def picture(self, page: int) -> Image.Image:
        """A pixel a point."""
        image: Image.Image = self._pages[page].render().to_pil().convert("RGB")
        return image

    def edges(self, page: int) -> tuple[float, float]:
        """Left and right edge of its text, as shares of the page's width."""
        text = self._pages[page].get_textpage()
        boxes = [text.get_charbox(at) for at in range(text.count_chars())]
        width = self._pages[page].get_width()
        inked = [(left, right) for left, _, right, _ in boxes if right > left]
        return min(left for left, _ in inked) / width, max(right for _, right in inked) / width
