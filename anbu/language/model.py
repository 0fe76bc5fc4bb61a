"""The trained part of understanding: linear models over one sparse encoding, all heads in one matrix.

Heads: the level of each factor when it is the topic; whether an utterance speaks of a factor at all; the dialogue act;
danger signals that the rules may have missed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import IO

import joblib
import numpy as np
from joblib import Parallel, delayed
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.linear_model import LogisticRegression

from anbu.language import corpus, korean, replies
from anbu.language.corpus import Example, Question
from anbu.language.features import Encoder
from anbu.language.korean import Morpheme
from anbu.language.noise import noised
from anbu.language.spans import bounds, clauses
from anbu.language.types import Signal

SEED = 1
WORKERS = 2
LEVELS = 4
SHARED = 0.6  # how much the factors learn from each other what a level sounds like
STRENGTH = {"levels": 30.0, "about": 10.0, "acts": 10.0, "signals": 10.0}  # inverse regularisation
INFORM_WEIGHT = 0.03  # there are fifty times more answers than phrases of any other act
# Probabilities of a danger at which the statistical reader raises it; chosen on tests/development, never on evaluation.
RAISE = 0.25  # in the whole utterance
RAISE_SHORT, BRIEF = 0.5, 14  # in one of fewer letters: a word or two say little without the question
RAISE_CLAUSE = 0.85  # in one clause of it, when the whole leans the same way
LEAN = 0.12
MAX_CLAUSES = 60
# The highest level of a factor that, by its definition, is no danger signal yet (1 where not named).
NO_DANGER_UP_TO = {
    "contact": 3, "support": 2, "loneliness": 2, "outing": 3, "selfcare": 3, "mood": 2, "finances": 2, "alcohol": 2,
    "cognition": 2, "loss": 2, "meals": 2, "health": 2, "self_harm": 0,
}  # fmt: skip

Row = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Piece:
    """The utterance or one clause of it, with the raw score of every head's class."""

    start: int
    end: int
    scores: np.ndarray


@dataclass(frozen=True)
class Heard:
    """An utterance, analysed and scored once for all readers."""

    text: str
    morphemes: tuple[Morpheme, ...]  # of the text without blanks
    whole: Piece
    clauses: tuple[Piece, ...]

    @property
    def pieces(self) -> tuple[Piece, ...]:
        return (self.whole, *self.clauses)


@dataclass(eq=False)
class LanguageModel:
    """One weight matrix; `heads` names the columns of each head and their classes."""

    encoder: Encoder
    weights: np.ndarray
    bias: np.ndarray
    heads: Mapping[str, tuple[int, tuple[str, ...]]]
    questions: tuple[Question, ...] = ()
    source: str = ""

    def hear(self, text: str) -> Heard:
        """Analyses and scores `text` (already `clean`); the last few are remembered."""
        return _hear(self, text)

    def head(self, name: str, piece: Piece) -> np.ndarray:
        """Probabilities of a head's classes, each on its own."""
        first, classes = self.heads[name]
        return 1 / (1 + np.exp(-piece.scores[first : first + len(classes)]))

    def classes(self, name: str) -> tuple[str, ...]:
        return self.heads[name][1]

    @cached_property
    def factors(self) -> frozenset[str]:
        return frozenset(self.classes("about"))

    def signals(self, text: str) -> tuple[Signal, ...]:
        """Dangers the statistical reader hears; they only add to what the rules found, and are asked about first."""
        found, brief = [], len(korean.squeeze(text)[0]) < BRIEF
        for code, (whole, clause, best) in self.dangers(text).items():
            if whole >= (RAISE_SHORT if brief else RAISE) or (clause >= RAISE_CLAUSE and whole >= LEAN):
                found.append(Signal(code, text[best.start : best.end], best.start, best.end, True, "model"))
        return tuple(found)

    def dangers(self, text: str) -> dict[str, tuple[float, float, Piece]]:
        """By signal: its probability in the whole (already `clean`) utterance, in its worst clause, and that clause.

        Read once as it stands and once without fillers and a closing "괜찮아요", neither of which may hide anything.
        """
        bare, origin = replies.without_fillers(text)
        readings = [self._dangers(text)]
        if origin is not None:
            found = self._dangers(bare)
            readings.append(
                {c: (w, k, Piece(origin[p.start], origin[p.end - 1] + 1, p.scores)) for c, (w, k, p) in found.items()}
            )
        return {code: max((reading[code] for reading in readings), key=lambda r: r[:2]) for code in readings[0]}

    def _dangers(self, text: str) -> dict[str, tuple[float, float, Piece]]:
        heard = self.hear(text)
        whole = self.head("signals", heard.whole)
        parts = heard.clauses or (heard.whole,)
        clauses = np.array([self.head("signals", piece) for piece in parts])
        return {
            code: (float(whole[i]), float(clauses[:, i].max()), parts[int(clauses[:, i].argmax())])
            for i, code in enumerate(self.classes("signals"))
        }

    def dump(self, path: Path | str | IO[bytes]) -> None:
        joblib.dump(self, path, compress=("zlib", 3))

    @staticmethod
    def load(path: Path | str | IO[bytes]) -> LanguageModel:
        return joblib.load(path)


def score(
    encoder: Encoder, weights: np.ndarray, bias: np.ndarray, text: str, morphemes: Sequence[Morpheme]
) -> np.ndarray:
    columns, values = encoder.row(text, morphemes)
    return values @ weights[columns].astype(np.float32) + bias


def pieces_of(text: str, morphemes: Sequence[Morpheme]) -> list[tuple[int, int, Sequence[Morpheme]]]:
    """The clauses of an utterance, if it has several; a bounded number."""
    runs = clauses(morphemes)[-MAX_CLAUSES:]
    return [(*bounds(run), run) for run in runs] if len(runs) > 1 else []


@lru_cache(maxsize=32)
def _hear(model: LanguageModel, text: str) -> Heard:
    said, origin = korean.squeeze(text)  # recognisers set blanks at will: with or without, it is read the same
    morphemes = korean.analyse(said)
    rate = lambda part, run: score(model.encoder, model.weights, model.bias, part, run)  # noqa: E731
    whole = Piece(0, len(text), rate(said, morphemes))
    parts = (Piece(origin[s], origin[e - 1] + 1, rate(said[s:e], run)) for s, e, run in pieces_of(said, morphemes))
    return Heard(text, morphemes, whole, tuple(parts))


def fingerprint(data: Path) -> str:
    """Changes whenever the phrases, the lexicons or the code of this room change."""
    digest = hashlib.sha256()
    folders = [data / "answers", data / "signals", data / "nlu", data / "lexicon"]
    files = [p for folder in folders for p in folder.rglob("*.yml")] + list(Path(__file__).parent.glob("*.py"))
    for path in sorted(files):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def train(data: Path | str) -> LanguageModel:
    """Learns from the phrases under `data`; the same phrases give the same model."""
    data = Path(data)
    return fit(corpus.examples(data), corpus.questions(data), fingerprint(data))


def fit(examples: Sequence[Example], questions: Sequence[Question] = (), source: str = "") -> LanguageModel:
    return _Trainer(examples).model(tuple(questions), source)


@dataclass
class _Trainer:
    """Fits all heads on the phrases and on one noisy copy of each, two at a time."""

    examples: Sequence[Example]
    tasks: list[_Task] = field(default_factory=list)

    def model(self, questions: tuple[Question, ...], source: str) -> LanguageModel:
        texts = [korean.squeeze(korean.clean(e.text))[0] for e in self.examples]
        noisy = [korean.squeeze(korean.clean(noised(e.text, SEED)))[0] for e in self.examples]
        self.encoder = Encoder()
        self.clean_rows = self.encoder.fit(texts)
        shares = [noisy[n * len(noisy) // WORKERS : (n + 1) * len(noisy) // WORKERS] for n in range(WORKERS)]
        self.noisy_rows = vstack(Parallel(n_jobs=WORKERS)(delayed(self.encoder.matrix)(share) for share in shares))
        factors = self._levels()
        self._about()
        self._acts()
        self._signals()
        # Processes, not threads: liblinear draws from one random state, and the same phrases must give the same model.
        fitted = Parallel(n_jobs=WORKERS)(delayed(task.fit)() for task in self.tasks)
        heads: dict[str, tuple[int, tuple[str, ...]]] = {}
        columns: list[np.ndarray] = []
        biases: list[float] = []
        for task, (weights, bias) in zip(self.tasks, fitted, strict=True):
            if task.head == "levels":
                named = _levels_of(factors, weights, bias, self.encoder.width)
            else:
                named = [(task.head, task.classes, weights, bias)]
            for name, classes, weights_, bias_ in named:
                first, known = heads.get(name, (len(columns), ()))
                heads[name] = (first, (*known, *classes))
                columns += list(weights_)
                biases += list(bias_)
        matrix = np.ascontiguousarray(np.stack(columns, axis=1), np.float16)  # half the memory, same answers
        return LanguageModel(self.encoder, matrix, np.array(biases, np.float32), heads, questions, source)

    def _rows(self, which: Sequence[int]) -> csr_matrix:
        return vstack([self.clean_rows[which], self.noisy_rows[which]]).tocsr()

    def _levels(self) -> list[str]:
        """All factors' levels at once, so that each profits from how the others speak of much and little."""
        pairs = [
            (i, f, v) for i, e in enumerate(self.examples) for f, v in e.levels.items() if not e.talk or e.topic == f
        ]
        factors = sorted({f for _, f, _ in pairs})
        of = np.tile([factors.index(f) for _, f, _ in pairs], 2)
        wanted = np.tile([v for _, _, v in pairs], 2)
        rows = self._rows([i for i, _, _ in pairs])
        width = rows.shape[1]
        own = rows.tocoo()
        own = csr_matrix((own.data, (own.row, own.col + width * of[own.row])), shape=(len(of), width * len(factors)))
        self.tasks.append(_Task("levels", (), hstack([rows * SHARED, own]).tocsr(), wanted))
        return factors

    def _about(self) -> None:
        known = [
            i for i, e in enumerate(self.examples)
            if not e.elliptic and (e.levels or e.talk or e.act not in (None, "inform"))
        ]  # fmt: skip
        factors = sorted({f for i in known for f in self.examples[i].levels})
        self._binaries("about", known, {f: [f in self.examples[i].levels for i in known] for f in factors})

    def _acts(self) -> None:
        known = [i for i, e in enumerate(self.examples) if e.act]
        acts = sorted({str(self.examples[i].act) for i in known})
        weight = np.tile([INFORM_WEIGHT if self.examples[i].act == "inform" else 1.0 for i in known], 2)
        self._binaries("acts", known, {act: [self.examples[i].act == act for i in known] for act in acts}, weight)

    def _signals(self) -> None:
        known = [i for i, e in enumerate(self.examples) if e.signals is not None or _ordinary(e)]
        codes = sorted({c for i in known for c in self.examples[i].signals or ()})
        self._binaries("signals", known, {c: [c in (self.examples[i].signals or ()) for i in known] for c in codes})

    def _binaries(
        self, head: str, which: Sequence[int], truths: Mapping[str, Sequence[bool]], weight: np.ndarray | None = None
    ) -> None:
        rows = self._rows(which)
        self.tasks += [_Task(head, (name,), rows, np.tile(truth, 2), weight) for name, truth in truths.items()]


@dataclass
class _Task:
    """One classifier to fit; self-contained, so that it can be done in another process."""

    head: str
    classes: tuple[str, ...]
    rows: csr_matrix
    truth: np.ndarray
    weight: np.ndarray | None = None

    def fit(self) -> tuple[np.ndarray, np.ndarray]:
        """Weights (classes, features) and biases (classes,)."""
        learner = LogisticRegression(C=STRENGTH[self.head], solver="liblinear", dual=True, tol=0.1, random_state=SEED)
        learner.fit(self.rows, self.truth, sample_weight=self.weight)
        return learner.coef_.astype(np.float32), learner.intercept_


def _levels_of(
    factors: Sequence[str], weights: np.ndarray, bias: np.ndarray, width: int
) -> Iterator[tuple[str, tuple[str, ...], np.ndarray, np.ndarray]]:
    """The weights learnt together, taken apart by factor."""
    levels = tuple(str(level) for level in range(LEVELS))
    for n, factor in enumerate(factors):
        special = weights[:, width * (n + 1) : width * (n + 2)]
        yield "levels:" + factor, levels, weights[:, :width] * SHARED + special, bias


def _ordinary(example: Example) -> bool:
    """An answer or talk that is no danger, however sad: nothing in it may raise a signal."""
    return all(level <= NO_DANGER_UP_TO.get(factor, 1) for factor, level in example.levels.items()) and (
        bool(example.levels) or example.talk
    )
