"""Published architectures at small sizes: what `auto` covers, and what signals and gradients do."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
import transformers
from torch import Tensor, nn

from initscope.observe import Operation, Trace, observe
from initscope.planning import plan
from initscope.planning.graph import Graph

WORDS, CLASSES = 100, 10
_BATCH = 8
_SIZES: Mapping[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
}
_TEXT: Mapping[str, Any] = {**_SIZES, "vocab_size": WORDS, "max_position_embeddings": 64}
_VISION: Mapping[str, Any] = {**_SIZES, "image_size": 32, "patch_size": 8, "num_labels": CLASSES}
_SOUND: Mapping[str, Any] = {
    "encoder_ffn_dim": 128,
    "decoder_ffn_dim": 128,
    "encoder_layers": 3,
    "decoder_layers": 3,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "d_model": 64,
    "vocab_size": WORDS,
}
_SPECIAL = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 1}


@dataclass(frozen=True)
class Case:
    """A model, what it is called with, and its number of classes; None where it has no classes."""

    model: nn.Module
    example: dict[str, Tensor]
    classes: int | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was measured of one architecture.

    Args:
        parameters: how many.
        covered: how many the plan covers.
        audit: whether all values are as declared.
        classes: number of classes.
        loss_before, loss_after: the loss expected where every class is equally likely.
        gradient_before, gradient_after: root of the gradient's squared norm at the first addition
            to a residual stream, divided by that at the last; of the stream furthest from one.
        signal_before, signal_after: second moment of the stream at the last over that at the first.
    """

    parameters: int
    covered: int
    audit: bool
    classes: int | None
    loss_before: float | None
    loss_after: float | None
    gradient_before: float
    gradient_after: float
    signal_before: float
    signal_after: float


def _words(rows: int = _BATCH, columns: int = 16) -> Tensor:
    return torch.randint(3, WORDS, (rows, columns), generator=torch.Generator().manual_seed(1))


def _images(side: int) -> dict[str, Tensor]:
    noise = torch.randn(_BATCH, 3, side, side, generator=torch.Generator().manual_seed(2))
    return {"pixel_values": noise}


def _text(name: str, **options: Any) -> Callable[[], Case]:
    def make() -> Case:
        return Case(_model(name, **(dict(_TEXT) | options)), {"input_ids": _words()}, WORDS)

    return make


def _labelled(name: str, **options: Any) -> Callable[[], Case]:
    def make() -> Case:
        model = _model(name, **(dict(_TEXT) | {"num_labels": CLASSES} | options))
        return Case(model, {"input_ids": _words()}, CLASSES)

    return make


def _image(name: str, side: int, **options: Any) -> Callable[[], Case]:
    def make() -> Case:
        return Case(_model(name, **({"num_labels": CLASSES} | options)), _images(side), CLASSES)

    return make


def _model(name: str, **options: Any) -> nn.Module:
    """Build a model from its class's name; the configuration's class is the model's own."""
    kind = getattr(transformers, name)
    model: nn.Module = kind(kind.config_class(**options))
    return model


def _whisper() -> Case:
    options = {**_SOUND, **_SPECIAL, "num_mel_bins": 16, "max_target_positions": 32}
    model = _model("WhisperForConditionalGeneration", max_source_positions=32, **options)
    sound = torch.randn(_BATCH, 16, 64, generator=torch.Generator().manual_seed(3))
    return Case(model, {"input_features": sound, "decoder_input_ids": _words(columns=12)}, WORDS)


def _t5() -> Case:
    options = {"vocab_size": WORDS, "d_model": 64, "d_kv": 16, "d_ff": 128, "num_layers": 3}
    model = _model("T5ForConditionalGeneration", num_heads=4, decoder_start_token_id=0, **options)
    return Case(model, {"input_ids": _words(), "decoder_input_ids": _words(columns=12)}, WORDS)


def _wav2vec2() -> Case:
    options = {**_SIZES, "conv_dim": (32,) * 3, "conv_stride": (5, 2, 2), "conv_kernel": (10, 3, 2)}
    model = _model(
        "Wav2Vec2ForSequenceClassification",
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=4,
        num_labels=CLASSES,
        classifier_proj_size=32,
        apply_spec_augment=False,
        **options,
    )
    sound = torch.randn(_BATCH, 800, generator=torch.Generator().manual_seed(3))
    return Case(model, {"input_values": sound}, CLASSES)


def _clip() -> Case:
    text = {**_TEXT, "num_hidden_layers": 2, "bos_token_id": 1, "eos_token_id": 2}
    vision = {**_VISION, "num_hidden_layers": 2}
    model = _model("CLIPModel", text_config=text, vision_config=vision, projection_dim=32)
    return Case(model, {"input_ids": _words(), **_images(32)}, None)


_HALF = {"num_key_value_heads": 2}
_STAGES = {"hidden_sizes": [16, 32, 48, 64], "depths": [2, 2, 2, 2]}

ARCHITECTURES: dict[str, Callable[[], Case]] = {
    "GPT-2": _text("GPT2LMHeadModel", bos_token_id=0, eos_token_id=0),
    "Llama": _text("LlamaForCausalLM", **_HALF),
    "Qwen2": _text("Qwen2ForCausalLM", tie_word_embeddings=True, **_HALF),
    "Mistral": _text("MistralForCausalLM", **_HALF),
    "Mixtral": _text("MixtralForCausalLM", num_local_experts=4, **_HALF),
    "OPT": _text("OPTForCausalLM", ffn_dim=128, word_embed_proj_dim=64),
    "GPT-NeoX": _text("GPTNeoXForCausalLM"),
    "Phi": _text("PhiForCausalLM", bos_token_id=0, eos_token_id=0),
    "Mamba": _text("MambaForCausalLM", state_size=8),
    "BERT": _labelled("BertForSequenceClassification"),
    "RoBERTa": _text("RobertaForMaskedLM"),
    "DistilBERT": _labelled(
        "DistilBertForSequenceClassification", dim=64, hidden_dim=128, n_layers=3, n_heads=4
    ),
    "ALBERT": _labelled("AlbertForSequenceClassification", embedding_size=32),
    "T5": _t5,
    "BART": _text("BartForConditionalGeneration", **_SOUND),
    "Whisper": _whisper,
    "Wav2Vec2": _wav2vec2,
    "ViT": _image("ViTForImageClassification", 32, **_VISION),
    "DeiT": _image("DeiTForImageClassification", 32, **_VISION),
    "BEiT": _image("BeitForImageClassification", 32, use_relative_position_bias=True, **_VISION),
    "Swin": _image(
        "SwinForImageClassification",
        32,
        image_size=32,
        patch_size=2,
        embed_dim=32,
        depths=[2, 2],
        num_heads=[2, 4],
        window_size=4,
    ),
    "SegFormer": _image(
        "SegformerForImageClassification",
        64,
        hidden_sizes=[16, 32, 48, 64],
        depths=[2, 2, 2, 2],
        num_attention_heads=[1, 2, 3, 4],
    ),
    "CLIP": _clip,
    "ConvNeXt": _image("ConvNextForImageClassification", 64, image_size=64, **_STAGES),
    "ResNet": _image("ResNetForImageClassification", 64, embedding_size=16, **_STAGES),
    "RegNet": _image(
        "RegNetForImageClassification", 64, embedding_size=16, groups_width=8, **_STAGES
    ),
    "MobileNetV2": _image(
        "MobileNetV2ForImageClassification", 64, depth_multiplier=0.35, image_size=64
    ),
}
"""Twenty-seven architectures of the library `transformers`, random weights, no download."""


def prepare(name: str, seed: int = 0) -> Case:
    """Build an architecture in training mode with dropout off: normalizations see their batch."""
    transformers.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    torch.manual_seed(seed)
    case = ARCHITECTURES[name]()
    case.model.train()
    for module in case.model.modules():
        if "Drop" in type(module).__name__:
            module.eval()
        for option in ("dropout", "attention_dropout", "activation_dropout", "layerdrop"):
            if isinstance(getattr(module, option, None), float):
                setattr(module, option, 0.0)
    return case


def measure(name: str, seed: int = 0) -> Evidence:
    """Measure an architecture as its library initializes it, and as `auto` does."""
    case = prepare(name, seed)
    before = _pass(case)
    chosen = plan(case.model, "auto", case.example)
    audit = chosen.apply(case.model, seed)
    after = _pass(case)
    return Evidence(
        parameters=len(chosen.rows),
        covered=len(chosen.rows) - len(chosen.uncovered),
        audit=audit.ok,
        classes=case.classes,
        loss_before=before.loss if case.classes else None,
        loss_after=after.loss if case.classes else None,
        gradient_before=gradient_ratio(before),
        gradient_after=gradient_ratio(after),
        signal_before=signal_growth(before),
        signal_after=signal_growth(after),
    )


def row(name: str) -> dict[str, Any]:
    """Measure an architecture, as plain data."""
    return asdict(measure(name))


def _pass(case: Case) -> Trace:
    loss = _expected_loss if case.classes else None
    return observe(case.model, batches=[((), case.example)], loss=loss)


def _expected_loss(output: Any) -> Tensor:
    """Mean cross-entropy over all classes: what labels that say nothing give on average.

    The gradients are those of one label each, drawn once.
    """
    outputs = output.logits if hasattr(output, "logits") else output["logits"]
    flat = outputs.reshape(-1, outputs.shape[-1]).float()
    labels = torch.randint(len(flat[0]), (len(flat),), generator=torch.Generator().manual_seed(4))
    drawn = nn.functional.cross_entropy(flat, labels)
    mean = (flat.logsumexp(-1) - flat.mean(-1)).mean()
    loss: Tensor = drawn + (mean - drawn).detach()
    return loss


def _streams(trace: Trace) -> list[list[Operation]]:
    """Return the additions of each residual stream that gradients reach, two or more."""
    streams = [
        [trace.operations[branch.add] for branch in stream]
        for stream in Graph(trace).residuals.streams()
    ]
    seen = [[each for each in stream if each.backward and each.forward] for stream in streams]
    return [stream for stream in seen if len(stream) > 1]


def gradient_ratio(trace: Trace) -> float:
    """Return first over last gradient norm, of the stream in which it is furthest from one."""
    ratios = [_norm(stream[0]) / _norm(stream[-1]) for stream in _streams(trace)]
    return max(ratios, key=lambda ratio: abs(math.log(ratio))) if ratios else math.nan


def signal_growth(trace: Trace) -> float:
    """Return last over first second moment, of the stream in which it is furthest from one."""
    ratios = [_second(stream[-1]) / _second(stream[0]) for stream in _streams(trace)]
    return max(ratios, key=lambda ratio: abs(math.log(ratio))) if ratios else math.nan


def _norm(row: Operation) -> float:
    found = row.backward
    return math.sqrt(found.second_moment * found.elements) if found else math.nan


def _second(row: Operation) -> float:
    return row.forward.second_moment if row.forward else math.nan
