"""Published architectures, from transformers, at small sizes with their own random weights."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor

from corpus.entry import Built, Entry, healthy

VOCABULARY, BATCH, LENGTH = 512, 8, 16

Inputs = Callable[[], dict[str, Tensor]]


def tokens(*, labels: bool = False) -> dict[str, Tensor]:
    """Random tokens."""
    ids = torch.randint(5, VOCABULARY, (BATCH, LENGTH))
    return {"input_ids": ids, "labels": ids} if labels else {"input_ids": ids}


def images(size: int = 32, batch: int = BATCH) -> dict[str, Tensor]:
    """Normalized images."""
    return {"pixel_values": torch.randn(batch, 3, size, size)}


def pairs() -> dict[str, Tensor]:
    """Tokens for an encoder and for a decoder."""
    return tokens() | {"decoder_input_ids": torch.randint(5, VOCABULARY, (BATCH, LENGTH))}


def captions() -> dict[str, Tensor]:
    """Images with texts."""
    return images() | tokens()


def speech() -> dict[str, Tensor]:
    """A short wave."""
    return {"input_values": torch.randn(4, 4000)}


def spectrum() -> dict[str, Tensor]:
    """A spectrogram, with tokens for the decoder."""
    ids = torch.randint(5, VOCABULARY, (4, LENGTH))
    return {"input_features": torch.randn(4, 16, 64), "decoder_input_ids": ids}


def made(model: str, inputs: Inputs, sizes: dict[str, Any], *, train: bool = False) -> Built:
    """Build a model from its class's name; its configuration's class is found from it."""
    import transformers

    kind: Any = getattr(transformers, model)
    sizes = {
        key: kind.config_class.sub_configs[key](**value)
        if isinstance(value, dict) and key in getattr(kind.config_class, "sub_configs", {})
        else value
        for key, value in sizes.items()
    }
    built = kind(kind.config_class(**sizes)).train(train)
    return built, (), inputs()


def disentangled() -> Built:
    """DeBERTa under the plan "auto", whose packed projections end residual branches."""
    from initscope.planning import plan

    sizes = _encoder(2) | {"relative_attention": True, "pos_att_type": ["p2c", "c2p"]}
    model, args, inputs = made("DebertaModel", tokens, sizes)
    plan(model, "auto", inputs["input_ids"]).apply(model, seed=int(torch.randint(2**31, ())))
    return model, args, inputs


def _encoder(depth: int, width: int = 64) -> dict[str, Any]:
    return {
        "vocab_size": VOCABULARY,
        "hidden_size": width,
        "num_hidden_layers": depth,
        "num_attention_heads": 4,
        "intermediate_size": 4 * width,
        "max_position_embeddings": 64,
    }


def _decoder(depth: int, width: int = 64) -> dict[str, Any]:
    return _encoder(depth, width) | {
        "num_key_value_heads": 2,
        "pad_token_id": 0,
        "bos_token_id": 1,
        "eos_token_id": 2,
    }


def _image(depth: int, width: int = 64) -> dict[str, Any]:
    return _encoder(depth, width) | {"image_size": 32, "patch_size": 8, "num_labels": 10}


def _gpt2(depth: int, width: int = 64) -> dict[str, Any]:
    return {
        "vocab_size": VOCABULARY,
        "n_embd": width,
        "n_layer": depth,
        "n_head": 4,
        "n_positions": 64,
    }


_T5 = {"vocab_size": VOCABULARY, "d_model": 64, "d_kv": 16, "d_ff": 256, "num_heads": 4}
_BART = {
    "vocab_size": VOCABULARY,
    "d_model": 64,
    "encoder_ffn_dim": 256,
    "decoder_ffn_dim": 256,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "max_position_embeddings": 64,
}
_WHISPER = _BART | {
    "num_mel_bins": 16,
    "max_source_positions": 32,
    "max_target_positions": 64,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "decoder_start_token_id": 3,
    "suppress_tokens": None,
    "begin_suppress_tokens": None,
}
_SPEECH = {
    "vocab_size": 32,
    "hidden_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 256,
    "conv_dim": (64, 64, 64),
    "conv_kernel": (10, 3, 3),
    "conv_stride": (5, 2, 2),
    "num_feat_extract_layers": 3,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
    "apply_spec_augment": False,
}
_CLIP = {
    "text_config": _encoder(3),
    "vision_config": {
        "hidden_size": 64,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "intermediate_size": 256,
        "image_size": 32,
        "patch_size": 8,
    },
    "projection_dim": 32,
}
_OPT = {
    "vocab_size": VOCABULARY,
    "hidden_size": 64,
    "num_hidden_layers": 6,
    "num_attention_heads": 4,
    "ffn_dim": 256,
    "max_position_embeddings": 64,
    "word_embed_proj_dim": 64,
}
_DISTIL = {
    "vocab_size": VOCABULARY,
    "dim": 64,
    "n_layers": 4,
    "n_heads": 4,
    "hidden_dim": 256,
    "max_position_embeddings": 64,
}
_CONVNEXT = {"depths": [2, 2, 4, 2], "hidden_sizes": [16, 32, 64, 128], "num_labels": 10}
_RESNET = {
    "embedding_size": 16,
    "hidden_sizes": [32, 64, 128, 256],
    "num_labels": 10,
}
_SWIN = {
    "image_size": 32,
    "patch_size": 2,
    "embed_dim": 32,
    "depths": [2, 2, 2],
    "num_heads": [2, 4, 8],
    "window_size": 4,
    "num_labels": 10,
}
_MAMBA = {"vocab_size": VOCABULARY, "hidden_size": 64, "state_size": 8}
_BLOOM = {"vocab_size": VOCABULARY, "hidden_size": 64, "n_layer": 4, "n_head": 4}

_GRIFFIN = {
    "vocab_size": VOCABULARY,
    "hidden_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 1,
    "head_dim": 16,
    "intermediate_size": 384,
    "lru_width": 64,
    "attention_window_size": 64,
}

_words = partial(tokens, labels=True)
_train = partial(made, train=True)

ENTRIES: tuple[Entry, ...] = (
    healthy("GPT-2, 2 layers", partial(made, "GPT2LMHeadModel", _words, _gpt2(2))),
    healthy("GPT-2, 12 layers", partial(made, "GPT2LMHeadModel", _words, _gpt2(12, 128))),
    healthy("GPT-2, 12 layers, train", partial(_train, "GPT2LMHeadModel", _words, _gpt2(12)), 1),
    healthy("GPT-2, 24 layers, no loss", partial(made, "GPT2LMHeadModel", tokens, _gpt2(24))),
    healthy("Llama, 4 layers", partial(made, "LlamaForCausalLM", _words, _decoder(4))),
    healthy("Llama, 16 layers", partial(made, "LlamaForCausalLM", _words, _decoder(16)), 1),
    healthy("Qwen2, 6 layers", partial(made, "Qwen2ForCausalLM", _words, _decoder(6))),
    healthy("Mistral, 6 layers", partial(made, "MistralForCausalLM", _words, _decoder(6))),
    healthy(
        "Gemma, 4 layers",
        partial(made, "GemmaForCausalLM", _words, _decoder(4) | {"head_dim": 16}),
    ),
    healthy("Phi, 6 layers", partial(made, "PhiForCausalLM", _words, _decoder(6))),
    healthy("GPT-NeoX, 6 layers", partial(made, "GPTNeoXForCausalLM", _words, _encoder(6))),
    healthy("OPT, 6 layers", partial(made, "OPTForCausalLM", _words, _OPT)),
    healthy("BLOOM, 4 layers", partial(made, "BloomForCausalLM", _words, _BLOOM)),
    healthy(
        "Mamba, 4 layers",
        partial(made, "MambaForCausalLM", _words, _MAMBA | {"num_hidden_layers": 4}),
    ),
    healthy(
        "Mamba, 12 layers",
        partial(made, "MambaForCausalLM", tokens, _MAMBA | {"num_hidden_layers": 12}),
    ),
    healthy("BERT, 4 layers", partial(made, "BertForMaskedLM", _words, _encoder(4))),
    healthy("BERT, 12 layers, train", partial(_train, "BertForMaskedLM", _words, _encoder(12)), 1),
    healthy("BERT, 24 layers, no head", partial(made, "BertModel", tokens, _encoder(24))),
    healthy("RoBERTa, 6 layers", partial(made, "RobertaForMaskedLM", _words, _encoder(6))),
    healthy(
        "ELECTRA, 6 layers",
        partial(made, "ElectraForMaskedLM", _words, _encoder(6) | {"embedding_size": 64}),
    ),
    healthy(
        "ALBERT, 6 shared layers",
        partial(made, "AlbertForMaskedLM", _words, _encoder(6) | {"embedding_size": 32}),
    ),
    healthy("DistilBERT, 4 layers", partial(made, "DistilBertForMaskedLM", _words, _DISTIL)),
    healthy(
        "T5, 3 + 3 layers",
        partial(made, "T5ForConditionalGeneration", pairs, _T5 | {"num_layers": 3}),
    ),
    healthy("T5, 8 + 8 layers", partial(made, "T5Model", pairs, _T5 | {"num_layers": 8}), 1),
    healthy(
        "BART, 3 + 3 layers",
        partial(
            made,
            "BartForConditionalGeneration",
            pairs,
            _BART | {"encoder_layers": 3, "decoder_layers": 3},
        ),
    ),
    healthy("ViT, 4 layers", partial(made, "ViTForImageClassification", images, _image(4))),
    healthy(
        "ViT, 12 layers, train", partial(_train, "ViTForImageClassification", images, _image(12)), 1
    ),
    healthy("DeiT, 6 layers", partial(made, "DeiTForImageClassification", images, _image(6))),
    healthy("BEiT, 6 layers", partial(made, "BeitForImageClassification", images, _image(6))),
    healthy(
        "DINOv2, 6 layers",
        partial(made, "Dinov2ForImageClassification", images, _image(6) | {"mlp_ratio": 4}),
    ),
    healthy(
        "ConvNeXt, 10 blocks", partial(made, "ConvNextForImageClassification", images, _CONVNEXT)
    ),
    healthy(
        "ConvNeXt, 10 blocks, 64 pixels",
        partial(made, "ConvNextForImageClassification", partial(images, 64), _CONVNEXT),
        1,
    ),
    healthy(
        "ResNet-18 layout, train",
        partial(
            _train,
            "ResNetForImageClassification",
            partial(images, 64),
            _RESNET | {"depths": [2, 2, 2, 2], "layer_type": "basic"},
        ),
    ),
    healthy(
        "ResNet-50 layout, train",
        partial(
            _train,
            "ResNetForImageClassification",
            partial(images, 64, 4),
            _RESNET | {"depths": [3, 4, 6, 3]},
        ),
    ),
    healthy(
        "ResNet-50 layout, batch of 16, train",
        partial(
            _train,
            "ResNetForImageClassification",
            partial(images, 64, 16),
            _RESNET | {"depths": [3, 4, 6, 3]},
        ),
    ),
    healthy(
        "ResNet-18 layout, eval",
        partial(
            made,
            "ResNetForImageClassification",
            partial(images, 64),
            _RESNET | {"depths": [2, 2, 2, 2], "layer_type": "basic"},
        ),
        1,
    ),
    healthy("Swin, 6 blocks", partial(made, "SwinForImageClassification", images, _SWIN)),
    healthy(
        "MobileNetV2, train",
        partial(
            _train,
            "MobileNetV2ForImageClassification",
            partial(images, 64),
            {"depth_multiplier": 0.35, "num_labels": 10},
        ),
    ),
    healthy(
        "MobileNetV2, eval",
        partial(
            made,
            "MobileNetV2ForImageClassification",
            partial(images, 64),
            {"depth_multiplier": 0.35, "num_labels": 10},
        ),
    ),
    healthy(
        "Whisper, 3 + 3 layers",
        partial(
            made,
            "WhisperForConditionalGeneration",
            spectrum,
            _WHISPER | {"encoder_layers": 3, "decoder_layers": 3},
        ),
    ),
    healthy("CLIP, 3 + 3 layers", partial(made, "CLIPModel", captions, _CLIP)),
    healthy("wav2vec 2.0, 3 layers", partial(made, "Wav2Vec2ForCTC", speech, _SPEECH)),
    healthy("HuBERT, 3 layers", partial(made, "HubertForCTC", speech, _SPEECH)),
    healthy(
        "SegFormer, B0's sizes",
        partial(
            made, "SegformerForImageClassification", partial(images, 64, 2), {"num_labels": 10}
        ),
    ),
    healthy(
        "RecurrentGemma, 3 layers", partial(made, "RecurrentGemmaForCausalLM", _words, _GRIFFIN)
    ),
    healthy("DeBERTa, 2 layers, planned", disentangled),
)
"""Healthy models that others published."""
