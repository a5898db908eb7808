"""The kinds of operations, and which function is of which kind: one table."""

from __future__ import annotations

from dataclasses import dataclass

LINEAR = "linear"
CONVOLUTION = "convolution"
TRANSPOSED_CONVOLUTION = "transposed_convolution"
EMBEDDING = "embedding"
RECURRENT = "recurrent"
ATTENTION = "attention"
MATMUL = "matmul"
ACTIVATION = "activation"
SOFTMAX = "softmax"
NORMALIZATION = "normalization"
ADD = "add"
MULTIPLY = "multiply"
ELEMENTWISE = "elementwise"
CONCAT = "concat"
POOLING = "pooling"
DROPOUT = "dropout"
VIEW = "view"
REDUCTION = "reduction"
LOSS = "loss"
OTHER = "other"
OPAQUE = "opaque"

KINDS = (
    LINEAR,
    CONVOLUTION,
    TRANSPOSED_CONVOLUTION,
    EMBEDDING,
    RECURRENT,
    ATTENTION,
    MATMUL,
    ACTIVATION,
    SOFTMAX,
    NORMALIZATION,
    ADD,
    MULTIPLY,
    ELEMENTWISE,
    CONCAT,
    POOLING,
    DROPOUT,
    VIEW,
    REDUCTION,
    LOSS,
    OTHER,
    OPAQUE,
)

POINTWISE = frozenset({ACTIVATION, ADD, MULTIPLY, ELEMENTWISE})
"""Kinds whose every output element depends on one element of each operand."""

WEIGHTED = frozenset({LINEAR, CONVOLUTION, TRANSPOSED_CONVOLUTION, EMBEDDING, RECURRENT, ATTENTION})
"""Kinds that make a signal even of parameters and constants alone, such as learned positions."""

CHANNELS_FIRST = frozenset({CONVOLUTION, TRANSPOSED_CONVOLUTION, POOLING})
"""Kinds whose units are dimension 1."""

_CHANNEL_NORMS = frozenset({"batch_norm", "instance_norm", "group_norm", "local_response_norm"})


@dataclass(frozen=True, slots=True)
class Row:
    """What a function means.

    Args:
        kind: one of :data:`KINDS`.
        function: its name in a trace.
        arguments: names of its arguments, in order, as far as they are recorded.
        channels_first: whether its units are dimension 1.
    """

    kind: str
    function: str
    arguments: tuple[str, ...] = ("input",)
    channels_first: bool = False


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _rows(kind: str, names: str, arguments: str = "input") -> dict[str, Row]:
    parts = tuple(arguments.split())
    return {
        name: Row(kind, name, parts, kind in CHANNELS_FIRST or name in _CHANNEL_NORMS)
        for name in names.split()
    }


_CONVOLUTION = "input weight bias stride padding dilation groups"
_TRANSPOSED = "input weight bias stride padding output_padding groups dilation"
_POOLING = "input kernel_size stride padding"
_RECURRENT = "input hx weights bias num_layers dropout train bidirectional batch_first"
_CELL = "input hx weight_ih weight_hh bias_ih bias_hh"

TABLE: dict[str, Row] = {
    **_rows(LINEAR, "linear", "input weight bias"),
    **_rows(LINEAR, "bilinear", "input1 input2 weight bias"),
    **_rows(CONVOLUTION, "conv1d conv2d conv3d", _CONVOLUTION),
    **_rows(
        TRANSPOSED_CONVOLUTION, "conv_transpose1d conv_transpose2d conv_transpose3d", _TRANSPOSED
    ),
    **_rows(EMBEDDING, "embedding", "input weight padding_idx max_norm"),
    **_rows(EMBEDDING, "embedding_bag", "input weight offsets"),
    **_rows(RECURRENT, "lstm gru rnn_tanh rnn_relu", _RECURRENT),
    **_rows(RECURRENT, "lstm_cell gru_cell rnn_tanh_cell rnn_relu_cell", _CELL),
    **_rows(
        ATTENTION,
        "scaled_dot_product_attention",
        "query key value attn_mask dropout_p is_causal scale enable_gqa",
    ),
    # A product with a parameter becomes LINEAR when it is recorded.
    **_rows(MATMUL, "matmul mm bmm mv dot inner outer ger vdot kron", "input weight"),
    **_rows(MATMUL, "rmatmul", "weight input"),
    **_rows(MATMUL, "addmm addmv baddbmm addbmm", "bias input weight"),
    **_rows(MATMUL, "grouped_mm _grouped_mm", "input weight offs"),
    **_rows(MATMUL, "einsum", "equation operands"),
    **_rows(MATMUL, "tensordot chain_matmul linalg_multi_dot linalg_matmul linalg_vecdot", "input"),
    **_rows(
        ACTIVATION,
        "relu relu6 selu sigmoid tanh silu mish hardswish hardsigmoid softsign tanhshrink "
        "logsigmoid sin cos erf",
    ),
    **_rows(ACTIVATION, "gelu", "input approximate"),
    **_rows(ACTIVATION, "leaky_relu", "input a"),
    **_rows(ACTIVATION, "rrelu", "input lower upper training"),
    **_rows(ACTIVATION, "prelu", "input weight"),
    **_rows(ACTIVATION, "elu celu", "input alpha"),
    **_rows(ACTIVATION, "softplus", "input beta threshold"),
    **_rows(ACTIVATION, "hardtanh", "input min_val max_val"),
    **_rows(ACTIVATION, "hardshrink softshrink", "input lambd"),
    **_rows(ACTIVATION, "threshold", "input threshold value"),
    **_rows(ACTIVATION, "glu", "input dim"),
    **_rows(SOFTMAX, "softmax softmin log_softmax", "input dim"),
    **_rows(SOFTMAX, "gumbel_softmax", "input tau"),
    **_rows(
        NORMALIZATION,
        "batch_norm",
        "input running_mean running_var weight bias batch_statistics momentum eps",
    ),
    **_rows(
        NORMALIZATION,
        "instance_norm",
        "input running_mean running_var weight bias batch_statistics momentum eps",
    ),
    **_rows(NORMALIZATION, "layer_norm", "input normalized_shape weight bias eps"),
    **_rows(NORMALIZATION, "group_norm", "input num_groups weight bias eps"),
    **_rows(NORMALIZATION, "rms_norm", "input normalized_shape weight eps"),
    **_rows(NORMALIZATION, "local_response_norm", "input size alpha beta k"),
    **_rows(NORMALIZATION, "normalize", "input p dim eps"),
    **_rows(NORMALIZATION, "_weight_norm", "input g dim"),
    **_rows(ADD, "add sub rsub subtract", "input other alpha"),
    **_rows(MULTIPLY, "mul multiply div divide true_divide rdiv", "input other"),
    **_rows(ELEMENTWISE, "addcmul addcdiv", "input tensor1 tensor2 value"),
    **_rows(ELEMENTWISE, "pow float_power rpow", "input exponent"),
    **_rows(
        ELEMENTWISE,
        "square sqrt rsqrt exp exp2 expm1 log log2 log10 log1p abs neg reciprocal sign positive "
        "maximum minimum where lerp sinh cosh atan asin acos tan erfc atan2 floor ceil round "
        "trunc frac remainder fmod nan_to_num masked_fill heaviside logaddexp xlogy "
        "fill_diagonal",
    ),
    **_rows(ELEMENTWISE, "clamp clip", "input min max"),
    **_rows(ELEMENTWISE, "clamp_min", "input min"),
    **_rows(ELEMENTWISE, "clamp_max", "input max"),
    **_rows(CONCAT, "cat concat concatenate stack hstack vstack dstack", "tensors dim"),
    **_rows(CONCAT, "setitem index_copy masked_scatter scatter scatter_add index_add index_put"),
    **_rows(CONCAT, "copy", "input source"),
    **_rows(POOLING, "max_pool1d max_pool2d max_pool3d avg_pool1d avg_pool2d avg_pool3d", _POOLING),
    **_rows(POOLING, "lp_pool1d lp_pool2d", "input norm_type kernel_size stride"),
    **_rows(
        POOLING,
        "adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d "
        "adaptive_max_pool2d adaptive_max_pool3d",
        "input output_size",
    ),
    **_rows(POOLING, "interpolate upsample", "input size scale_factor mode"),
    **_rows(
        DROPOUT,
        "dropout dropout1d dropout2d dropout3d alpha_dropout feature_alpha_dropout feature_dropout",
        "input p training",
    ),
    **_rows(VIEW, "transpose swapaxes swapdims", "input dim0 dim1"),
    **_rows(VIEW, "permute", "input dims"),
    **_rows(VIEW, "chunk", "input chunks dim"),
    **_rows(VIEW, "split split_with_sizes tensor_split", "input split_size dim"),
    **_rows(VIEW, "select unbind squeeze unsqueeze", "input dim"),
    **_rows(VIEW, "flatten", "input start_dim end_dim"),
    **_rows(
        VIEW,
        "view reshape view_as reshape_as t T mT H mH data adjoint movedim moveaxis unflatten "
        "ravel expand expand_as narrow contiguous clone detach to type type_as float half "
        "bfloat16 double getitem roll flip repeat tile repeat_interleave broadcast_to unfold "
        "as_strided real imag diagonal diag index_select gather take take_along_dim cpu cuda "
        "requires_grad pad pixel_shuffle pixel_unshuffle channel_shuffle alias masked_select tril "
        "triu rot90 hsplit vsplit broadcast_tensors atleast_1d atleast_2d atleast_3d view_as_real "
        "view_as_complex identity as_subclass fold",
    ),
    **_rows(
        REDUCTION,
        "sum mean amax amin max min prod norm std var var_mean std_mean logsumexp cumsum cumprod "
        "median nanmean nansum linalg_norm linalg_vector_norm topk sort kthvalue quantile aminmax "
        "trace cosine_similarity pairwise_distance cdist",
        "input dim",
    ),
    **_rows(
        LOSS,
        "cross_entropy nll_loss mse_loss l1_loss smooth_l1_loss huber_loss kl_div "
        "binary_cross_entropy binary_cross_entropy_with_logits hinge_embedding_loss ctc_loss "
        "cosine_embedding_loss margin_ranking_loss multi_margin_loss multilabel_margin_loss "
        "multilabel_soft_margin_loss soft_margin_loss triplet_margin_loss gaussian_nll_loss "
        "poisson_nll_loss triplet_margin_with_distance_loss linear_cross_entropy",
        "input target",
    ),
}

COPIES = frozenset({"to", "type", "type_as", "float", "half", "bfloat16", "double", "contiguous"})
COPIES |= {"clone", "detach", "identity", "requires_grad", "alias", "data"}
"""Views that keep the shape."""

LIKE_ANOTHER = frozenset({"view_as", "reshape_as", "expand_as", "type_as"})
"""Views whose second tensor gives only a shape or a type."""

TRANSPOSITIONS = frozenset({"t", "T", "mT", "transpose", "swapaxes", "swapdims", "permute"})
TRANSPOSITIONS |= {"adjoint", "H", "mH"}

_ALIASES = {
    "_softmax": "softmax",
    "special_softmax": "softmax",
    "special_log_softmax": "log_softmax",
    "special_expit": "sigmoid",
    "special_erf": "erf",
    "_VF.dropout": "dropout",
    "swish": "silu",
    "truediv": "div",
    "rtruediv": "rdiv",
    "rmul": "mul",
    "radd": "add",
    "iadd": "add",
    "isub": "sub",
    "imul": "mul",
    "idiv": "div",
    "ipow": "pow",
    "negative": "neg",
    "absolute": "abs",
    "concat": "cat",
    "concatenate": "cat",
    "_native_multi_head_attention": "scaled_dot_product_attention",
    "log_sigmoid": "logsigmoid",
}

_RANDOM = _words(
    "randn rand randn_like rand_like normal bernoulli randint randint_like normal_ uniform_ "
    "rrelu_noise multinomial poisson"
)

_FRESH = _words(
    "zeros ones empty full arange linspace eye tensor as_tensor from_numpy zeros_like ones_like "
    "empty_like full_like new_zeros new_ones new_empty new_full new_tensor tril_indices "
    "triu_indices scalar_tensor logspace empty_strided new_empty_strided"
)

VIEW_PROPERTIES = frozenset({"T", "mT", "H", "mH", "real", "imag", "data"})

_SILENT = _words(
    "dim size numel stride is_contiguous item tolist element_size nelement ndimension "
    "storage_offset data_ptr is_floating_point is_complex get_device register_hook backward "
    "numpy untyped_storage is_same_size retain_grad allclose equal is_tensor __len__ __bool__ "
    "__int__ __float__ __index__ __contains__ __hash__ __repr__ __format__ __set__ __delete__ "
    "_set_grad_enabled broadcast_shapes result_type can_cast isnan isinf isfinite argmax argmin "
    "has_names is_inference is_nonzero dense_dim sparse_dim __reversed__ __dir__ _is_view"
)

SILENT = Row("silent", "silent")
FRESH = Row("fresh", "fresh")
RANDOM = Row("random", "random")


def row_of(function: object) -> Row:
    """Return what a function means, by its name.

    >>> import torch
    >>> row_of(torch.Tensor.relu_).function, row_of(torch.nn.functional.gelu).kind
    ('relu', 'activation')
    """
    name = str(getattr(function, "__name__", function))
    if name == "__get__":
        name = str(getattr(getattr(function, "__self__", None), "__name__", ""))
        return TABLE[name] if name in VIEW_PROPERTIES else SILENT
    for names, row in ((_SILENT, SILENT), (_FRESH, FRESH), (_RANDOM, RANDOM)):
        if name in names:
            return row
    name = canonical(name)
    return TABLE.get(name) or Row(OTHER, name)


def canonical(name: str) -> str:
    """Return one name for all spellings of a function.

    >>> [canonical(name) for name in ("relu_", "__getitem__", "__rsub__", "_softmax")]
    ['relu', 'getitem', 'rsub', 'softmax']
    """
    if name.startswith("__") and name.endswith("__"):
        name = name[2:-2]
    name = name.removesuffix("_") if not name.startswith("__") else name
    return _ALIASES.get(name, name)
