"""Reference for held-out text: the bits per UTF-8 byte that `xz -9` needs when it has just read training text.

A compressor that knows the training text by its bytes alone shows how much of a held-out text is repetition of it.
The size of a text is what it adds: size of xz(primer + text) - size of xz(primer), where xz stands for a raw LZMA2
stream of preset 9, without the container's headers and checksum. Leaves out: which text primes it, and words or
meaning, for which `ngram` is the reference.
"""

import lzma
import multiprocessing
from multiprocessing.connection import Connection

# Together with a text of up to 32 MiB this stays within the window of 64 MiB that preset 9 looks back on.
PRIMER_BYTES = 32 * 2**20
FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9, "dict_size": 64 * 2**20}]
# Given much at once, `compress` only stores most of it, and the work would be left to every single text.
PIECE_BYTES = 16 * 2**10
# A forked process owns a copy of the compressor, which Python has no other way to copy.
FORK = multiprocessing.get_context("fork")


class PrimedCompressor:
    """`xz -9` that has read the last 32 MiB of `primer`.

    Priming costs about 20 s and 0.7 GB once; after it a text costs a fork and its own length, some 0.1 s for 60 kB.
    Needs a system that forks: Linux or macOS.
    """

    def __init__(self, primer: bytes) -> None:
        self._compressor = lzma.LZMACompressor(lzma.FORMAT_RAW, filters=FILTERS)
        kept = primer[-PRIMER_BYTES:]
        for start in range(0, len(kept), PIECE_BYTES):
            self._compressor.compress(kept[start : start + PIECE_BYTES])
        self._without_text = self._rest(b"")

    def bits_per_byte(self, text: bytes) -> float:
        """Bits that `text` (not empty) adds behind the primer, divided by its length; texts do not see each other."""
        return 8 * (self._rest(text) - self._without_text) / len(text)

    def _rest(self, text: bytes) -> int:
        """Bytes still to come, behind those already written for the primer, if `text` follows and ends the stream."""
        receiver, sender = FORK.Pipe(duplex=False)
        child = FORK.Process(target=self._finish, args=(text, sender))
        child.start()
        # Only the child may hold this end, or its death would leave `recv` waiting.
        sender.close()
        size: int = receiver.recv()
        child.join()
        return size

    def _finish(self, text: bytes, sender: Connection) -> None:
        sender.send(len(self._compressor.compress(text)) + len(self._compressor.flush()))
