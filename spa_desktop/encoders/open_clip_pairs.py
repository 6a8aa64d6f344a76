"""open_clip's pairs, timm's models, checkpoint files of their architectures, repositories of the hub and copies."""

from __future__ import annotations

import difflib
import hashlib
import re
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import open_clip
import timm
import torch
from open_clip.tokenizer import HFTokenizer
from PIL import Image
from timm.models import load_state_dict
from torch import nn
from transformers import dynamic_module_utils

from spa_desktop.encoders import lite_files
from spa_desktop.encoders.device import has_fast_bfloat16, is_out_of_memory
from spa_desktop.encoders.download import (
    CONFIG,
    FOLDER,
    HUB,
    TIMM,
    AllowFile,
    Consent,
    Message,
    Progress,
    cached_weights,
    download,
    hub_folder,
    is_repository,
    offered_download,
    read_text_config,
    tokenizer_folder,
)
from spa_desktop.encoders.encoder import ClipEncoder, Towers
from spa_desktop.encoders.open_clip_towers import TimmTower, fingerprint_of, open_clip_towers, take_bfloat16
from spa_desktop.encoders.photo_encoder import OBJECT
from spa_desktop.encoders.transform import PhotoTransform
from spa_desktop.errors import FilledText, InputError, SpaError
from spa_desktop.plain_files import is_elsewhere
from spa_desktop.visible import QT_TRANSLATE_NOOP

_CHECKSUM = re.compile(r"#sha256=([0-9a-fA-F]{64})$")
_LONGEST_NAME, _LONGEST_PATH = 80, 300  # letters in a message
_EXAMPLE = "ViT-B-16/laion400m_e32"
_MOST_PACKED = 20  # times
dynamic_module_utils.TIME_OUT_REMOTE_CODE = 0  # transformers would ask whether code beside a tokenizer may run
_TIMM_NAME = re.compile(r"(\w{1,80})(\.\w{1,80})?(@\d{2,4})?")
_LARGEST = 1024  # pixels along a side: memory grows with the square of the patches
_PREPROCESS = ("mean", "std", "interpolation", "resize_mode")


def checked_pair(name: str, allow_file: AllowFile | None = None) -> str:
    """What ``checked_name`` does, for a pair or a checkpoint file; arguments and errors are its own."""
    architecture, tag, file = _parts(name)
    if tag or architecture.startswith(HUB):
        return architecture if architecture.startswith(TIMM) else name
    pinned = _CHECKSUM.search(file)
    return f"{architecture}:{_checkpoint(architecture, file, allow_file)}{pinned.group(0) if pinned else ''}"


def fetch_pair(name: str, consent: Consent | None, on_progress: Progress | None = None) -> None:
    """Download what is missing of a pair, as ``load_encoder`` does; arguments and errors are its own."""
    architecture, tag, file = _parts(name)
    folder = Path(file).expanduser() if file else None
    if architecture + ":" == FOLDER:
        architecture = f"{FOLDER}{folder}"
    elif folder is not None:
        folder = folder.parent
    for _ in range(2):  # a repository's configuration, which comes first, may name another repository
        offer = offered_download(architecture, tag, folder)
        if offer is None:
            return
        if consent is None or not consent(offer):
            text = QT_TRANSLATE_NOOP(
                "errors", "Backbone {backbone} is not on this computer, and comes from {source} ({terms})"
            )
            fields = {"backbone": offer.backbone, "source": offer.source, "terms": offer.terms, "name": name}
            raise InputError(text, "download", **fields)
        download(offer, on_progress)


def load_pair(
    name: str,
    device: torch.device,
    *,
    consent: Consent | None = None,
    allow_file: AllowFile | None = None,
    on_progress: Progress | None = None,
    on_message: Message | None = None,
) -> ClipEncoder:
    """Load a pair or a checkpoint file; arguments and errors are those of ``load_encoder``."""
    architecture, tag, file = _parts(name)
    is_hub, is_copy = architecture.startswith(HUB), architecture + ":" == FOLDER
    path = None if tag or is_hub else _checkpoint(architecture, file, allow_file)
    fetch_pair(name, consent, on_progress)
    folder = hub_folder(architecture.removeprefix(HUB)) if is_hub else path if is_copy else None
    if folder is not None:
        architecture, found = f"{FOLDER}{folder}", open_clip.factory._find_checkpoint_in_dir(folder)
        if found is None:
            text = QT_TRANSLATE_NOOP(
                "errors", "{path} has no weights (*.safetensors, *.bin or *.pth): copy the whole repository there"
            )
            raise InputError(text, path=folder)
        path = Path(found)
    weights = path or cached_weights(architecture, tag)
    if weights is None:
        text = QT_TRANSLATE_NOOP(
            "errors", "Backbone {name} was downloaded and is not there: look at the space on the disk, and try again"
        )
        raise SpaError(text, name=name)
    settings = (open_clip.get_pretrained_cfg(architecture, tag) or {}) if tag else {}
    try:
        with weights.open("rb") as stream:
            start = stream.read(9)
        if not tag and not (start.startswith(b"PK\x03\x04") or start.endswith(b"{")):
            text = QT_TRANSLATE_NOOP("errors", "it is neither a safetensors file nor one of torch 1.6 or later")
            raise ValueError(text)
        if not tag and start.startswith(b"PK"):
            with zipfile.ZipFile(weights) as packed:  # which weights hardly are: a megabyte could fill the memory
                if sum(entry.file_size for entry in packed.infolist()) > _MOST_PACKED * weights.stat().st_size:
                    raise ValueError("it is packed far smaller than weights can be")
        if architecture.startswith(TIMM):
            towers = timm_towers(architecture, weights)
        else:
            model = open_clip.create_model(
                architecture,
                pretrained=str(weights) if folder is None else None,
                weights_only=True,  # no code out of a checkpoint
                force_quick_gelu=bool(settings.get("quick_gelu", False)),
                force_preprocess_cfg={key: settings[key] for key in _PREPROCESS if key in settings},
            )
            tokenizer = _tokenizer(architecture, folder or (path.parent if path else None))
            towers = open_clip_towers(model, tokenizer, name=name)
            if device.type == "cpu" and has_fast_bfloat16():
                take_bfloat16(towers)
        encoder = ClipEncoder(towers, name=name, device=device, on_message=on_message)
        if folder is not None:  # what its configuration says of photos and texts is tried on one of each
            encoder.encode_texts(["a photo"])
            pooled = encoder.encode_images(encoder.preprocess(Image.new("RGB", (64, 64)))[None]).pooled
            if not pooled.isfinite().all():
                raise ValueError("its features are not finite")
    except SpaError:
        raise
    except Exception as error:  # zipfile, safetensors, numpy and torch each have their own kinds of errors
        if isinstance(error, OSError) or is_out_of_memory(error):
            text = QT_TRANSLATE_NOOP("errors", "Backbone {name} could not be loaded: {reason}")
            raise SpaError(text, name=name[:_LONGEST_PATH], reason=_reason(error)) from error
        text = QT_TRANSLATE_NOOP("errors", "{path} is no checkpoint of {name}: {reason}")
        if folder is not None:
            text = QT_TRANSLATE_NOOP(
                "errors", "{path} is no checkpoint of the model that {name} beside it describes: {reason}"
            )
        of = architecture if folder is None else CONFIG
        raise InputError(text, path=weights, name=of, reason=_reason(error)) from error
    return encoder


def _tokenizer(architecture: str, folder: Path | None) -> Any:
    """The tokenizer of an architecture: the one in the folder, if there is one."""
    texts = read_text_config(architecture)
    name = texts.get("hf_tokenizer_name")
    if not name:
        return open_clip.get_tokenizer(architecture)
    return HFTokenizer(
        str(tokenizer_folder(folder, name) or name),
        context_length=texts.get("context_length", open_clip.tokenizer.DEFAULT_CONTEXT_LENGTH),
        tokenizer_mode=texts.get("tokenizer_mode"),
        trust_remote_code=False,
        **texts.get("tokenizer_kwargs", {}),
    )


def _parts(name: str) -> tuple[str, str, str]:
    """Architecture, tag and file of a backbone that is not the embedded one; tag or file is "".

    The name may come out of a stranger's project. It can name what open_clip itself lists, a repository of the hub, a
    file or a folder on this computer; no address. A model of timm stands for an architecture, with its tag where that
    is to be downloaded. Raises InputError if it is none of these.
    """
    if name.startswith(OBJECT):
        raise InputError(
            f"The backbone {name[:_LONGEST_NAME]} is an object of Python: give it as backbone of SpaClassifier.load"
        )
    if name.startswith(TIMM):
        model, colon, file = name.removeprefix(TIMM).partition(":")
        if (found := known_model(model)) is None:
            raise InputError(_unknown(name))
        return TIMM + found, "" if colon else found.partition("@")[0], file
    architecture, colon, file = name.partition(":")
    if name.startswith(HUB):
        if not is_repository(file):
            raise InputError(_unknown(name))
        return name, "", ""
    if name.startswith(FOLDER):
        return architecture, "", file
    # With a colon before a tag, as in open_clip's own listings, it is a slip: answered below with a suggestion.
    if colon and architecture in open_clip.list_models() and not open_clip.get_pretrained_cfg(architecture, file):
        return architecture, "", file
    architecture, _, tag = name.partition("/")
    if (architecture, tag) not in open_clip.list_pretrained():
        raise InputError(_unknown(name))
    return architecture, tag, ""


def _checkpoint(architecture: str, text: str, allow_file: AllowFile | None) -> Path:
    is_copy = architecture + ":" == FOLDER
    kind = FilledText.of(QT_TRANSLATE_NOOP("errors", "folder") if is_copy else QT_TRANSLATE_NOOP("errors", "file"))
    pinned = None if is_copy else _CHECKSUM.search(text)
    text = text[: pinned.start()] if pinned else text
    if is_elsewhere(text):
        why = QT_TRANSLATE_NOOP(
            "errors", "{path} is not on this computer: copy the checkpoint {kind} here, and give its path"
        )
        raise InputError(why, path=text[:_LONGEST_PATH], kind=kind)
    try:
        path = Path(text).expanduser().absolute()
        if allow_file is not None and not allow_file(path):
            why = QT_TRANSLATE_NOOP(
                "errors", "The backbone is the checkpoint {kind} {path}, which was not agreed to on this computer"
            )
            raise InputError(why, "allow file", path=text[:_LONGEST_PATH], kind=kind)
        is_there = bool(text) and (path.is_dir() if is_copy else path.is_file())
    except (OSError, RuntimeError, ValueError):  # a name that is too long, a home that is not known
        is_there = False
    if not is_there:
        why = QT_TRANSLATE_NOOP("errors", "{path} is missing: give the path of a checkpoint {kind}")
        raise InputError(why, path=text[:_LONGEST_PATH], kind=kind)
    if pinned:
        way_out = QT_TRANSLATE_NOOP("errors", "download the file again or correct the checksum")
        lite_files.verify(path, pinned.group(1).lower(), way_out)
    return path


def known_model(name: str) -> str | None:
    """MODEL.TAG, with @SIZE where that is given, for the name of a model with or without its tag; None if unknown.

    >>> known_model("vit_small_patch14_dinov2@224")
    'vit_small_patch14_dinov2.lvd142m@224'
    """
    parts = _TIMM_NAME.fullmatch(name)
    if parts is None or not timm.is_model(parts[1]) or int((parts[3] or "@0")[1:]) > _LARGEST:
        return None
    try:
        settings = timm.get_pretrained_cfg(parts[1] + (parts[2] or ""))
    except RuntimeError:  # there is no such tag
        return None
    tag = f".{settings.tag}" if settings and settings.tag else ""
    return f"{parts[1]}{tag}{parts[3] or ''}"


def timm_towers(backbone: str, weights: Path) -> Towers:
    """The image tower of "timm:MODEL.TAG@SIZE", in float32, with weights from a file of which only numbers are read.

    Pooled features are those that a classifier of timm would read, without its classifier. Patches are the tokens that
    stand for a place, or the cells of the last map, each brought through the same ending alone. The input is of the
    size that the weights were made for, unless another is given. Raises InputError if the model gives no patches;
    whatever timm raises where the file does not fit.
    """
    name, _, size = backbone.removeprefix(TIMM).partition("@")
    settings = timm.get_pretrained_cfg(name) or timm.models.PretrainedCfg()
    state = load_state_dict(str(weights), weights_only=True)
    heads = [settings.classifier] if isinstance(settings.classifier, str) else settings.classifier or ()
    # The classifier that the file has, if any: with it each number has a place, and timm refuses a file that lacks one
    # (but for DLA, MobileNetV5 and fcmae's ConvNeXt V2, whose numbers timm then leaves random without a word).
    classes = next((len(state[f"{head}.weight"]) for head in heads if f"{head}.weight" in state), 0)
    del state
    overlay = {"file": str(weights), "num_classes": classes, "label_offset": 0, "custom_load": False}
    model: Any = timm.create_model(name, pretrained=True, num_classes=classes, pretrained_cfg_overlay=overlay)
    model.reset_classifier(0)
    side = int(size or settings.input_size[-1])
    if size and hasattr(model, "set_input_size"):  # one with places that are learned; others take any
        model.set_input_size(img_size=(side, side))
    model = model.eval().requires_grad_(False).to(memory_format=torch.channels_last)
    transform = PhotoTransform(
        {"size": side, "mean": settings.mean, "std": settings.std, "interpolation": settings.interpolation}
    )
    tower = TimmTower(SimpleNamespace(trunk=model, head=nn.Identity()))
    try:
        with torch.no_grad():
            pooled, patches, (height, width) = tower(torch.zeros(1, 3, side, side))
        is_sound = pooled.ndim == 2 and patches.shape == (1, height * width, pooled.shape[1])
    except (RuntimeError, AssertionError, AttributeError, ValueError, TypeError, IndexError):
        is_sound = False
    if not is_sound:
        text = QT_TRANSLATE_NOOP(
            "errors",
            "Backbone {name} gives no patch features of photos of {side} x {side} pixels: choose another model or "
            "size, such as timm:vit_small_patch14_dinov2.lvd142m@224",
        )
        raise InputError(text, name=backbone, side=side)
    # Of the form as well: the same weights may be of another activation or pooling.
    fingerprint = hashlib.sha256(f"{name.partition('.')[0]} {fingerprint_of(model, transform)}".encode()).hexdigest()
    return Towers(tower, None, None, transform, fingerprint, 0, 1.0, model.to)


_LETTERS = {"small": "S", "base": "B", "large": "L", "so400m": "SO400M", "giant-opt": "gopt"}
_DINO = {"": "patch16_224.dino", "v2": "patch14_dinov2.lvd142m", "v3": "patch16_dinov3.lvd1689m"}


def _unknown(name: str) -> str:
    # It may be a stranger's, of any length.
    name = name[:_LONGEST_NAME]
    is_timm = name.startswith(TIMM)
    near = [] if is_timm else _names_of(name)
    if not near:
        pairs = [f"{architecture}/{tag}" for architecture, tag in open_clip.list_pretrained()]
        known = [TIMM + model for model in timm.list_pretrained()] if is_timm else [lite_files.NAME, *pairs]
        near = difflib.get_close_matches(name if is_timm else name.replace(":", "/"), known, n=3, cutoff=0.5)
        near = near or [pair for pair in pairs if name and name.lower() in pair.lower()][:3]
    text = QT_TRANSLATE_NOOP("errors", "Unknown backbone {name}: did you mean {names}?")
    return FilledText.of(text, name=repr(name), names=", ".join(near or [lite_files.NAME, _EXAMPLE]))


def _names_of(name: str) -> list[str]:
    """What a model is called here that has another name in OpenAI's package, transformers, timm and the like."""
    pairs = open_clip.list_pretrained()
    places = {open_clip.get_pretrained_cfg(*pair).get("hf_hub", "").rstrip("/"): "/".join(pair) for pair in pairs}
    if name in places:
        return [places[name]]
    if found := re.fullmatch(r"(?:sentence-transformers/)?(?:clip-)?(RN\d+(?:x\d+)?|ViT-.[/-]\d\d)(@336px)?", name):
        guess = found[1].replace("/", "-") + ("-336" if found[2] else "")
    elif found := re.fullmatch(r"openai/clip-vit-(base|large)-patch(\d\d)(-336)?", name):
        guess = f"ViT-{_LETTERS[found[1]]}-{found[2]}{found[3] or ''}"
    elif found := re.fullmatch(r"google/siglip(2?)-(base|large|so400m|giant-opt)-patch(\d\d)-(\d+)", name):
        size = "" if found[4] == "224" else f"-{found[4]}"
        guess = f"ViT-{_LETTERS[found[2]]}-{found[3]}-SigLIP{found[1]}{size}"
    elif found := re.search(r"dino(v2|v3)?[_-]?(?:vit)?(small|base|large|giant|[sblg])?", name.lower()):
        size = {"s": "small", "b": "base", "l": "large", "g": "giant"}.get(found[2], found[2]) or "base"
        names = (name, *(f"vit_{side}_{_DINO[found[1] or '']}" for side in (size, "base")))
        return [TIMM + next(model for model in names if known_model(model))]
    else:
        guess = name
    tags = [tag for architecture, tag in pairs if architecture == guess]
    if guess != name and "openai" in tags:
        tags = ["openai"]
    if tags:
        return [f"{guess}/{tag}" for tag in tags[:3]]
    model = name.removeprefix("timm/")
    if timm.is_model(model):
        return [f"timm:{model}"]
    is_of_hub = re.fullmatch(r"[\w-]+/[\w.-]+", name) and name.partition("/")[0] not in open_clip.list_models()
    return [f"{HUB}{name}"] if is_of_hub and "CLIP" in name.upper() else []


def _reason(error: Exception) -> str:
    # torch and numpy advise to switch off what keeps code in a file from being run.
    if re.search("pickl|weights.only|remote.code", f"{type(error).__name__} {error}", re.IGNORECASE):
        return QT_TRANSLATE_NOOP("errors", "it is damaged, or holds more than numbers")
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
