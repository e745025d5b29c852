"""The recogniser: a bundle loaded into sherpa-onnx, shared by any number of sessions, also from threads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from .audio import Samples, Source
from .bundle import LETTERS, LEXICON, Bundle, load_bundle
from .endpoint import DEFAULT_ENDPOINT, NO_PAUSES, Endpoint
from .errors import AudioError, BundleError, UsageError
from .host import open_host
from .hypothesis import Update
from .inlet import MODEL_RATE
from .language import language_of
from .language_model import LanguageModel
from .language_model_file import read_language_model, shipped_language_model
from .letter_model import LetterModel
from .lexicon import Lexicon, read_lexicon
from .reading_follower import ReadingFollower
from .session import Session

SHIPPED = "shipped"


class Recognizer:
    """A loaded bundle.  Build it with :meth:`load`."""

    def __init__(
        self,
        bundle: Bundle,
        lexicon: Lexicon,
        threads: int = 1,
        language_model: LanguageModel | LetterModel | None = None,
    ) -> None:
        if threads < 1:
            raise UsageError(f"threads must be at least 1, not {threads}")
        self.bundle = bundle
        self.language = language_of(bundle.manifest.language)
        self.lexicon = lexicon
        self.language_model = language_model
        self.host = open_host(bundle, threads)

    @classmethod
    def load(
        cls,
        bundle: str | Path = "en-base",
        *,
        lexicon: str | Path | None = None,
        language_model: str | Path | None = SHIPPED,
        threads: int = 1,
    ) -> Recognizer:
        """Load a shipped bundle by name, or a bundle folder.

        lexicon: a file of further words (``word PH ON ES`` per line); Korean, which rules pronounce, takes none.
        language_model: ``shipped`` = the one that the
        bundle names, a file of your own, or None: the meaning line is then what the network spells, decoded greedily.
        Raises BundleError with the reason and the fix.
        """
        loaded = load_bundle(bundle)
        words = chosen_lexicon(loaded, lexicon)
        return cls(loaded, words, threads, chosen_language_model(loaded, language_model))

    def session(
        self, *, endpoint: Endpoint | None = DEFAULT_ENDPOINT, reference: str | Sequence[str] | None = None
    ) -> Session:
        """A new session.

        endpoint: an EndpointConfig, or a rule of your own; None: a pause never ends a segment (streams still end at
        the hard limit).  reference: the text, or the sentences, that the speaker reads aloud; updates then have a
        ``reading``, and spans are those of its words.  Raises UsageError if it has no words, BundleError if the bundle
        cannot follow one.
        """
        follower = None if reference is None else ReadingFollower(reference, self.lexicon, self.bundle)
        return Session(self.host, self.bundle, self.lexicon, endpoint or NO_PAUSES, self.language_model, follower)

    def stream(
        self,
        source: Source | Iterable[Samples],
        *,
        sample_rate: int = MODEL_RATE,
        endpoint: Endpoint | None = DEFAULT_ENDPOINT,
        reference: str | Sequence[str] | None = None,
    ) -> Iterator[Update]:
        """Updates while the source lasts, then the rest.  endpoint, reference: as of :meth:`session`.

        source: Microphone, AudioFile, or any iterable of 1-D float32 chunks at ``sample_rate``.  If the source fails in
        the middle, what was heard is finalised and yielded before its error is raised.
        """
        rate = source.sample_rate if isinstance(source, Source) else sample_rate
        with self.session(endpoint=endpoint, reference=reference) as session:
            try:
                for chunk in source:
                    yield from skipped(session, source)
                    yield from session.accept(chunk, sample_rate=rate)
            except AudioError:
                yield from session.finish()
                raise
            yield from session.finish()

    def transcribe(
        self,
        source: Source | Iterable[Samples],
        *,
        sample_rate: int = MODEL_RATE,
        endpoint: Endpoint | None = DEFAULT_ENDPOINT,
        reference: str | Sequence[str] | None = None,
    ) -> list[Update]:
        """All final updates of a source."""
        updates = self.stream(source, sample_rate=sample_rate, endpoint=endpoint, reference=reference)
        return [update for update in updates if update.final]


def skipped(session: Session, source: Source | Iterable[Samples]) -> list[Update]:
    """The updates of the gap before the chunk that a source has just delivered, if it knows of one."""
    seconds: float = getattr(source, "gap_seconds", 0.0)
    return session.skip(seconds) if seconds > 0 else []


def chosen_lexicon(bundle: Bundle, own: str | Path | None) -> Lexicon:
    """The lexicon of :meth:`Recognizer.load`, empty where rules pronounce; there ``own`` raises UsageError."""
    if not language_of(bundle.manifest.language).has_lexicon:
        if own is not None:
            raise UsageError(
                f"bundle {bundle.manifest.name!r} takes no lexicon: its words are pronounced by rules; leave it out"
            )
        return Lexicon({})
    words = read_lexicon(bundle.file(LEXICON), letters=bundle.file(LETTERS))
    words.pronounce("a")  # builds the index now, not at the first final update
    return words if own is None else words.extended(own)


def chosen_language_model(bundle: Bundle, choice: str | Path | None) -> LanguageModel | LetterModel | None:
    """The language model of :meth:`Recognizer.load`; raises BundleError if the bundle cannot use one."""
    manifest = bundle.manifest
    if choice is None or (choice == SHIPPED and not manifest.language_model):
        return None
    if not any(lane.startswith("meaning_candidate_") for lane in manifest.lanes):
        raise BundleError(f"bundle {bundle.folder} has no candidate lanes for a language model; export it again")
    path = shipped_language_model(manifest.language_model) if choice == SHIPPED else choice
    model = read_language_model(path)
    if isinstance(model, LetterModel) and not {*manifest.token_inventory["meaning"]} <= {*model.letters}:
        raise BundleError(f"the language model {path} is not of the letters that bundle {bundle.folder} writes")
    return model
