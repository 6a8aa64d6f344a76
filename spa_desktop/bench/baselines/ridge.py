"""Ridge regression onto class indicators that takes its rows task by task."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.nn.functional import one_hot, pad


class IncrementalRidge:
    """`(G + ridge I)^-1 Q` with `G` = sum of outer products of the rows, `Q` = sum of rows by class.

    While rows are few, they themselves are kept and the equal kernel form `H' (H H' + ridge I)^-1 Y` is solved, in
    float64: with 10,000 columns and 1,000 rows it takes a hundredth of the memory and less than that of the time.
    Beyond a quarter as many rows as columns only `G` and `Q` are kept, in float32.
    """

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self._rows = torch.empty(0, columns)
        self._kernel = torch.empty(0, 0, dtype=torch.float64)
        self._targets = torch.empty(0, 0, dtype=torch.float64)  # (n, C) indicators
        self._gram: Tensor | None = None
        self._by_class = torch.empty(columns, 0)  # used beside the Gram matrix
        self._latest = self._targets  # the indicators of the rows added last

    @property
    def classes(self) -> int:
        return self._targets.shape[1] if self._gram is None else self._by_class.shape[1]

    def add(self, rows: Tensor, labels: Tensor, new_classes: int) -> None:
        """Add (n, M) float32 rows with labels (n,) over all classes, of which the last `new_classes` are new."""
        classes = self.classes + new_classes
        self._latest = one_hot(labels, classes).double()
        if self._gram is not None:
            self._by_class = pad(self._by_class, (0, new_classes)).addmm(rows.T, self._latest.float())
            self._gram.addmm_(rows.T, rows)
            return
        self._targets = torch.cat([pad(self._targets, (0, new_classes)), self._latest])
        if len(self._targets) <= self.columns // 4:
            exact = rows.double()
            across, within = self._rows.double() @ exact.T, exact @ exact.T
            self._kernel = torch.cat([torch.cat([self._kernel, across], 1), torch.cat([across.T, within], 1)])
            self._rows = torch.cat([self._rows, rows])
            return
        self._gram = (self._rows.T @ self._rows).addmm_(rows.T, rows)
        self._by_class = torch.cat([self._rows, rows]).T @ self._targets.float()
        self._rows, self._kernel, self._targets = self._rows[:0], self._kernel[:0, :0], self._targets[:0]

    def weights(self, ridges: Sequence[float]) -> Iterator[Tensor]:
        """The (M, C) float32 solution for each ridge."""
        if self._gram is not None:
            for factor in self._factors(ridges):
                yield torch.cholesky_solve(self._by_class, factor)
            return
        values, vectors = self._spectrum()
        seen = vectors.T @ self._targets
        for ridge in ridges:
            yield self._rows.T @ (vectors @ (seen / (values + ridge)[:, None])).float()

    def left_out(self, rows: Tensor, ridges: Sequence[float]) -> Iterator[Tensor]:
        """What the solution says of the rows added last, each photo's rows being left out of the sums.

        Args:
            rows: (n, V, M), exactly those of the last :meth:`add`, V rows of each photo. They must be of new classes.
            ridges: the ridges to try.

        Yields:
            (n, C) mean of the V predictions, for each ridge.
        """
        photos, views, _ = rows.shape
        targets = self._latest.reshape(photos, views, -1)
        eye = torch.eye(views, dtype=torch.float64)
        if self._gram is not None:
            flat = rows.flatten(0, 1)
            for factor in self._factors(ridges):
                half = torch.linalg.solve_triangular(factor, flat.T, upper=False).T.reshape(photos, views, -1)
                hat = torch.einsum("nvm,nwm->nvw", half, half).double()
                fitted = (rows @ torch.cholesky_solve(self._by_class, factor)).double()
                yield (targets - torch.linalg.solve(eye - hat, targets - fitted)).mean(1)
            return
        values, vectors = self._spectrum()
        mine = vectors[-photos * views :].reshape(photos, views, -1)
        seen = vectors.T @ self._targets
        for ridge in ridges:
            scaled = mine / (values + ridge)
            inverse = torch.einsum("nvr,nwr->nvw", scaled, mine)
            yield (targets - torch.linalg.solve(inverse, scaled @ seen)).mean(1)

    def _spectrum(self) -> tuple[Tensor, Tensor]:
        values, vectors = torch.linalg.eigh(self._kernel)
        return values.clamp(min=0), vectors

    def _factors(self, ridges: Sequence[float]) -> Iterator[Tensor]:
        assert self._gram is not None
        least = torch.finfo(torch.float32).eps * float(self._gram.diagonal().mean())
        for ridge in ridges:
            failed = 1
            while failed:  # float32 cannot tell a ridge that is too small from none: raise it to what it can
                shifted = self._gram.clone()
                shifted.diagonal().add_(ridge)
                factor, info = torch.linalg.cholesky_ex(shifted)
                failed, ridge = int(info), max(10 * ridge, least)
            yield factor
