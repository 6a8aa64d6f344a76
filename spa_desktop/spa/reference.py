"""SPA on one page, in plain tensors: learn a task, score a photo. To be read first; nothing of the app runs it.

tests/spa/test_reference.py holds it against the rest of this package, which does the same for many classes, on files
and devices, with photos taken out, classes merged, weights set on held-out photos and answers explained. Letters and
sections are those of docs/method.md. (The order of the steps follows SPA's abstract, the form is ours.)
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize, pad

K = 16
ClassFeatures = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]
"""Of n photos pooled (n, V, W + T), patches (n, V, N, D); name, description (D,) and phrases (J, D). All but T unit."""


def thing_square(lengths: Tensor) -> tuple[int, int, int]:
    """Section 1: side, top and left of the square where patches (h, h) are long for its side; it is grown by 1.35."""
    h, above = len(lengths), lengths - lengths.mean()
    sides = [s for s in range(1, h + 1) if 0.35 * h <= s <= 0.75 * h]
    squares = [(s, y, x) for s in sides for y in range(h - s + 1) for x in range(h - s + 1)]
    return max(squares, key=lambda q: float(above[q[1] : q[1] + q[0], q[2] : q[2] + q[0]].sum()) / q[0])


@dataclass
class Gaussians:
    """Section 2: a count and a mean for each class, one scatter S for all."""

    n: list[int] = field(default_factory=list)
    mu: list[Tensor] = field(default_factory=list)
    S: Tensor = field(default_factory=lambda: torch.zeros(()))
    m: Tensor = field(init=False)
    L: Tensor = field(init=False)

    def add(self, x: Tensor) -> None:
        """One more class, of features (n, W)."""
        self.n, self.mu = [*self.n, len(x)], [*self.mu, x.mean(0)]
        self.S = self.S + (x - x.mean(0)).T @ (x - x.mean(0))

    def fit(self, s: float) -> "Gaussians":
        """The shrunk covariance's root R and whitening L; the middle m of the means; the whitened means b."""
        sigma = self.S / max(sum(self.n) - len(self.n), 1)
        self.R = torch.linalg.cholesky((1 - s) * sigma + s * sigma.trace() / len(sigma) * torch.eye(len(sigma)))
        self.L, self.m = torch.linalg.inv(self.R).T, torch.stack(self.mu).mean(0)
        self.b = self.white(torch.stack(self.mu))
        self.gap = float(self.b.square().sum()) / (len(self.b) - 1)
        return self

    def white(self, x: Tensor) -> Tensor:
        return (x - self.m) @ self.L

    def log_density(self, x: Tensor) -> Tensor:
        """(..., W) to (..., C), up to what all classes share."""
        return self.white(x) @ self.b.T - self.b.square().sum(-1) / 2


@dataclass
class State:
    """What is known after some tasks: no photo. Global features are never negative."""

    projection: Tensor  # (W, D), of the encoder
    globals: Gaussians = field(default_factory=Gaussians)
    textures: Gaussians = field(default_factory=Gaussians)
    patches: Gaussians = field(default_factory=Gaussians)
    selected: Gaussians = field(default_factory=Gaussians)
    F: list[Tensor] = field(default_factory=list)  # for each class the main directions (6, W) of its global features
    d: list[Tensor] = field(default_factory=list)  # its description
    t: list[Tensor] = field(default_factory=list)  # the same, moved by the text projector of its task
    tokens: list[Tensor] = field(default_factory=list)  # its phrases among patches, (J, D)
    image: list[tuple[Tensor, Tensor, Tensor]] = field(default_factory=list)  # for each task m (W,), V (W, r), U (D, r)
    names: list[Tensor] = field(default_factory=list)  # of each class
    tau: float = 0.0  # section 8: how well names alone tell photos apart
    asked: int = 0  # of how many photos that is known

    def features(self, pooled: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of pooled features phi, texture, and the unit joint feature."""
        x, texture = pooled.tensor_split([len(self.projection)], dim=-1)
        return normalize(x.clamp_min(0).sqrt(), dim=-1), texture, normalize(x @ self.projection, dim=-1)

    def joint(self, phi: Tensor) -> Tensor:
        return normalize(phi.clamp_min(0).square() @ self.projection, dim=-1)

    def shift(self, phi: Tensor) -> Tensor:
        """What the image projectors of all tasks add to a joint feature."""
        shift = torch.zeros(self.projection.shape[1])
        for m, V, U in self.image:
            shift = shift + (phi - m) @ V @ U.T
        return shift


def select(state: State, patches: Tensor, c: int | None = None) -> Tensor:
    """Section 3: of patches (..., N, D) the K that tell class c from the others; without c, the first one."""

    def z(scores: Tensor) -> Tensor:
        best, others = scores.topk(2).values, [k for k in range(scores.shape[-1]) if k != c]
        r = best[..., 0] - best[..., 1] if c is None else scores[..., c] - scores[..., others].amax(-1)
        return (r - r.mean(-1, keepdim=True)) / r.std(-1, correction=0, keepdim=True).clamp_min(1e-6)

    r = z(state.patches.fit(0.3).log_density(patches)) + 0.5 * z(patches @ torch.stack(state.d).T)
    places = r.topk(min(K, r.shape[-1])).indices[..., None]
    return torch.gather(patches, -2, places.expand(*places.shape[:-1], patches.shape[-1]))


def sinkhorn(cost: Tensor, rows: Tensor, columns: Tensor, epsilon: float) -> Tensor:
    """The entropic transport plan (..., K, J) of costs, and masses (K,) and (J,): Cuturi 2013."""
    kernel = (-cost.double() / epsilon).exp()
    u = torch.ones_like(kernel[..., 0])
    for _ in range(100):
        v = columns / (kernel.mT @ u[..., None])[..., 0]
        u = rows / (kernel @ v[..., None])[..., 0]
    return (u[..., None] * kernel * v[..., None, :]).to(cost)


def ground(patches: Tensor, phrases: Tensor, q: Gaussians) -> Tensor:
    """Section 4: phrases (J, D) move to where selected patches (M, D) show them."""
    by_text = 1 - normalize(patches - patches.mean(0), dim=-1) @ normalize(phrases - phrases.mean(0), dim=-1).T
    rows, columns = (torch.full((count,), 1 / count) for count in by_text.shape)
    cost = by_text
    for _ in range(4):
        T = sinkhorn(cost, rows, columns, 0.1)
        s = T.T @ patches / T.sum(0)[:, None]
        cost = 0.7 * (1 - normalize(q.white(patches), dim=-1) @ normalize(q.white(s), dim=-1).T) + 0.3 * by_text
    return s / 2 + patches.mean(0) / 2


def name_scale(cosines: Tensor, labels: Tensor) -> float:
    """Section 8: the tau under which a softmax of tau times cosines (n, C) gives labels (n,) most probably."""
    right, low, high = cosines.gather(1, labels[:, None])[:, 0], 0.0, 1000.0
    for _ in range(50):
        tau = (low + high) / 2
        rise = (right - ((tau * cosines).softmax(1) * cosines).sum(1)).sum() - tau * (cosines.std(1).mean() / 3) ** 2
        low, high = (tau, high) if rise > 0 else (low, tau)
    return low


def learn(state: State, task: Sequence[ClassFeatures], seed: int = 0) -> None:
    """Learn the classes of a task; there are at least two then."""
    mine = range(len(state.d), len(state.d) + len(task))
    for pooled, patches, name, description, _ in task:
        phi, texture, _ = (rows.flatten(0, 1) for rows in state.features(pooled))
        for gaussians, rows in (
            (state.globals, phi),
            (state.textures, texture),
            (state.patches, patches.flatten(0, 2)),
        ):
            gaussians.add(rows)
        x = (phi - phi.mean(0)) / (len(phi) - 1) ** 0.5
        state.F.append(torch.linalg.eigh(x @ x.T).eigenvectors[:, -6:].flip(1).T @ x)
        state.d.append(description)
        state.names.append(name)
    names = torch.stack(state.names).T
    cosines = torch.cat([(state.features(pooled)[2] @ names).mean(1) for pooled, *_ in task]).double()
    labels = torch.tensor(mine).repeat_interleave(torch.tensor([len(pooled) for pooled, *_ in task]))
    state.asked += len(labels)
    state.tau += (name_scale(cosines, labels) - state.tau) * len(labels) / state.asked
    chosen = [select(state, patches, c).flatten(0, 2) for c, (_, patches, *_) in zip(mine, task, strict=True)]
    for rows in chosen:
        state.selected.add(rows)
    state.selected.fit(0.3)
    grounded = [ground(rows, phrases, state.selected) for rows, (*_, phrases) in zip(chosen, task, strict=True)]

    # Section 6, texts: a ridge map to what they describe, cut to rank 32.
    texts = torch.cat([torch.cat([description[None], phrases]) for *_, description, phrases in task])
    pairs = zip(mine, grounded, strict=True)
    goals = torch.cat([torch.cat([state.joint(state.globals.mu[c])[None], normalize(s, dim=-1)]) for c, s in pairs])
    ridge = torch.linalg.solve(texts @ texts.T + 4 * torch.eye(len(texts)), goals - texts)
    left, values, right = torch.linalg.svd(texts.T @ ridge)
    PQ = left[:, :32] * values[:32] @ right[:32]
    for s, (*_, description, phrases) in zip(grounded, task, strict=True):
        state.t.append(normalize(description + description @ PQ, dim=-1))
        state.tokens.append(0.8 * s + 0.2 * s.norm(dim=-1, keepdim=True) * normalize(phrases + phrases @ PQ, dim=-1))
    project(state, mine, [pooled for pooled, *_ in task], seed)


def project(state: State, mine: range, pooled: Sequence[Tensor], seed: int) -> None:
    """Section 6, photos: V reads the cosine to a class mean, U moves a photo to its text. Old classes are drawn."""
    g, t = state.globals.fit(0.5), torch.stack(state.t)
    phi, _, v = (rows.flatten(0, 1) for rows in state.features(torch.cat(list(pooled))))
    V = g.L @ normalize(g.b[mine.start :], dim=-1).T / g.white(phi).square().sum(-1).mean().sqrt()
    U = 5 * t.T @ torch.linalg.solve(t @ t.T + 0.1 * torch.eye(len(t)), torch.eye(len(t))[:, mine.start :])
    chance, drawn = torch.Generator().manual_seed(seed), [phi[:0]]
    for c in range(mine.start):
        e1, e2 = (torch.randn(32, size, generator=chance) for size in state.F[c].shape)
        a = g.n[c] / (g.n[c] + 20)
        drawn.append(g.mu[c] + a**0.5 * e1 @ state.F[c] + (1 - a) ** 0.5 * e2 @ g.R.T)
    old, old_labels = torch.cat(drawn), torch.arange(mine.start).repeat_interleave(32)
    labels = torch.cat([torch.full((rows.shape[:2].numel(),), c) for c, rows in zip(mine, pooled, strict=True)])
    change, size = torch.zeros_like(U, requires_grad=True), U.square().mean().sqrt()
    chance, adam = torch.Generator().manual_seed(seed), torch.optim.Adam([change], lr=0.03)
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(adam, 60)
    for _ in range(60):
        some = torch.randperm(len(old), generator=chance)[: 8 * mine.start]
        x, joint = torch.cat([phi, old[some]]), torch.cat([v, state.joint(old[some])])
        z = normalize(joint + state.shift(x) + (x - g.m) @ V @ (U + size * change).T, dim=-1)
        adam.zero_grad()
        loss = cross_entropy(20 * z @ t.T, torch.cat([labels, old_labels[some]])) + change.square().mean()
        loss.backward()  # type: ignore[no-untyped-call]
        adam.step()
        rate.step()
    state.image.append((g.m, V, U + size * change.detach()))


def align(patches: Tensor, tokens: Tensor) -> Tensor:
    """Section 5: how well selected patches (..., K, D) and tokens (J, D) agree, unit length, by partial transport."""
    S = patches @ tokens.T
    rows, columns = (torch.cat([torch.full((count,), 1 / count), torch.ones(1)]) for count in S.shape[-2:])
    cost = pad(pad(1 - S, (0, 1), value=1.0), (0, 0, 0, 1))  # the dustbin is as near as a similarity of 0
    return (sinkhorn(cost, rows, columns, 0.05)[..., :-1, :-1] * S).sum((-2, -1))


def whole(state: State, phi: Tensor, texture: Tensor) -> tuple[Tensor, Tensor]:
    """Of the photo as a whole evidence (B, V, C), and squared distances to the class means for each of W + T."""
    g, x = state.globals.fit(0.2), state.textures.fit(0.2)
    a, b = torch.cat([g.white(phi), x.white(texture)], -1), torch.cat([g.b, x.b], -1)
    evidence = normalize(a, dim=-1) @ normalize(b, dim=-1).T
    evidence = evidence + 0.5 * (a @ b.T - b.square().sum(-1) / 2) / (g.gap + x.gap)
    return evidence, (a[..., None, :] - b).square().mean(-1)


def familiarity(state: State, pooled: Tensor) -> Tensor:
    """Section 9: how like one of the classes photos are, (B,)."""
    phi, texture, v = state.features(pooled)
    e, away = (rows.mean(1) for rows in whole(state, phi, texture))
    cosine = v.mean(1) @ state.joint(torch.stack(state.globals.mu)).T
    return (20 / 3 * e).softmax(-1).amax(-1) - away.amin(-1).sqrt() + 1.5 * cosine.amax(-1)


def threshold(held: Tensor) -> float:
    """Section 9: below it a photo belongs to none of the classes. `held` (h,) are photos that were left out."""
    away = (held - held.mean()).square().sum() + 20 * 0.37**2
    return float(held.mean() - 1.645 * (away / (len(held) + 20)).sqrt())


def score(state: State, pooled: Tensor, patches: Tensor, weights: Tensor) -> Tensor:
    """Section 7: scores (B, C) of pooled (B, V, W + T) and patches (B, V, N, D), by the weights (4,) of section 8."""
    phi, texture, v = state.features(pooled)
    q, by_whole = state.selected.fit(0.3), whole(state, phi, texture)[0]
    by_text = normalize(v + state.shift(phi), dim=-1) @ torch.stack(state.t).T
    chosen = select(state, patches)
    tokens = [normalize(q.white(s), dim=-1) for s in state.tokens]
    aligned = torch.stack([align(normalize(q.white(chosen), dim=-1), s) for s in tokens], -1)
    by_patches = q.log_density(chosen).mean(-2) / q.gap
    few = 50 / (50 + sum(state.globals.n) - len(state.globals.n))
    by_names = state.tau * few * (v @ torch.stack(state.names).T).mean(1)
    return torch.stack([by_text, aligned, by_patches, by_whole], -1).mean(1) @ weights + by_names
