"""Numbers of some bits each."""

from __future__ import annotations


class Bits:
    r"""The bits of a text, most significant first.

    >>> bits = Bits(b"\xa5\x0f")
    >>> bits.take(4), bits.take(8), bits.take(4)
    (10, 80, 15)
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> int:
        """The next `count` bits as a number.

        Raises:
            IndexError: there are fewer.
        """
        first, self._at = self._at // 8, self._at + count
        last = -(-self._at // 8)
        if last > len(self._data):
            raise IndexError(f"{self._at} bits are more than there are")
        return int.from_bytes(self._data[first:last], "big") >> (8 * last - self._at) & ((1 << count) - 1)

    def take_exponential(self) -> int:
        """A number written as its length in zeros and then its bits."""
        zeros = 0
        while zeros < 32 and not self.take(1):
            zeros += 1
        return self.take(zeros)
