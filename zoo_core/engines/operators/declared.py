"""The operators that engines know: under which names MXNet has them, and their settings with MXNet's defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["DECLARED", "HINTS", "REQUIRED", "REQUIRED_NUMBERS", "Declared", "OneOf"]

REQUIRED: Final = object()
"""In place of the default of a setting that has none."""
REQUIRED_NUMBERS: Final = (REQUIRED,)
"""The same for several numbers, of which one alone may be written without brackets."""
HINTS = frozenset({"workspace", "cudnn_tune", "cudnn_off", "num_args", "ctx", "safe_accumulation"})
"""Settings that say how MXNet is to compute, and not what; the number of operands is seen from these."""


@dataclass(frozen=True)
class OneOf:
    """The values of a setting that engines know; the first is its default, or `REQUIRED`."""

    values: tuple[Any, ...]


@dataclass(frozen=True)
class Declared:
    """An operator of MXNet.

    Attributes:
        name: under which engines register what computes it.
        settings: the default of each, `REQUIRED`, or a `OneOf`.
        redundant: settings that the operands tell already, such as the number of filters.
    """

    name: str
    settings: Mapping[str, Any]
    redundant: frozenset[str] = frozenset()


DECLARED: dict[str, Declared] = {}
"""By each name that MXNet has for them; those that are not here have no settings."""


def _declare(*names: str, redundant: tuple[str, ...] = (), **settings: Any) -> None:
    for name in names:
        DECLARED[name] = Declared(names[0], settings, frozenset(redundant))


def _one_of(*values: Any) -> OneOf:
    return OneOf(values)


_CHANNELS_FIRST = _one_of(None, "None", "NCW", "NCHW", "NCDHW")
_NEVER = OneOf((False,))
_IN_FLOAT32 = _one_of(None, "float32")
_WINDOW: dict[str, Any] = {"stride": (), "pad": (), "layout": _CHANNELS_FIRST}

_declare("Convolution", redundant=("num_filter", "no_bias"), kernel=REQUIRED_NUMBERS, dilate=(), num_group=1, **_WINDOW)
_declare(
    "Deconvolution",
    redundant=("num_filter", "no_bias"),
    kernel=REQUIRED_NUMBERS,
    dilate=(),
    adj=(),
    target_shape=(),
    num_group=1,
    **_WINDOW,
)
_declare(
    "Pooling",
    kernel=(),
    pool_type=_one_of("max", "avg", "sum", "lp"),
    global_pool=False,
    pooling_convention=_one_of("valid", "full", "same"),
    p_value=2,
    count_include_pad=True,
    **_WINDOW,
)
_declare("Embedding", redundant=("input_dim", "output_dim", "dtype", "sparse_grad"))
_declare("FullyConnected", redundant=("num_hidden", "no_bias"), flatten=True)
_declare(
    "Activation",
    act_type=_one_of(REQUIRED, "relu", "sigmoid", "tanh", "softrelu", "softsign", "log_sigmoid", "mish"),
)
_declare(
    "LeakyReLU",
    act_type=_one_of("leaky", "prelu", "elu", "selu", "gelu", "rrelu"),
    slope=0.25,
    lower_bound=0.125,
    upper_bound=0.334,
)
_declare("Dropout", p=0.5, mode=_one_of("training", "always"), axes=())
_declare(
    "UpSampling",
    redundant=("num_filter",),
    scale=REQUIRED,
    sample_type=_one_of(REQUIRED, "nearest", "bilinear"),
    multi_input_mode=_one_of("concat", "sum"),
)
_declare("_contrib_AdaptiveAvgPooling2D", output_size=(1,))
_declare(
    "_contrib_BilinearResize2D",
    height=1,
    width=1,
    scale_height=None,
    scale_width=None,
    mode=_one_of("size", "like"),
    align_corners=True,
)

_declare(
    "BatchNorm",
    "_contrib_SyncBatchNorm",
    redundant=("ndev", "key"),
    eps=1e-3,
    momentum=0.9,
    fix_gamma=True,
    use_global_stats=False,
    output_mean_var=_NEVER,
    axis=1,
)
_declare("LayerNorm", axis=-1, eps=1e-5, output_mean_var=_NEVER)
_declare("GroupNorm", num_groups=1, eps=1e-5, output_mean_var=_NEVER)
_declare("InstanceNorm", eps=1e-3)
_declare("LRN", nsize=REQUIRED, alpha=1e-4, beta=0.75, knorm=2.0)
_declare("L2Normalization", eps=1e-10, mode=_one_of("instance", "channel", "spatial"))

for _names in (("sum", "sum_axis"), ("mean",), ("max", "max_axis"), ("min", "min_axis"), ("prod",)):
    _declare(*_names, axis=None, keepdims=False, exclude=False)
_declare("norm", ord=_one_of(2, 1), axis=None, keepdims=False, out_dtype=_IN_FLOAT32)
_declare("_np_cumsum", axis=None, dtype=None)
_declare("softmax", axis=-1, temperature=None, use_length=_NEVER, dtype=_IN_FLOAT32)
_declare("log_softmax", axis=-1, temperature=None, use_length=_NEVER, dtype=_IN_FLOAT32)
_declare("argmax", axis=None, keepdims=False)
_declare("argmin", axis=None, keepdims=False)
_declare("argsort", axis=-1, is_ascend=True, dtype="float32")
_declare("sort", axis=-1, is_ascend=True)
_declare("topk", axis=-1, k=1, ret_typ=_one_of("indices", "value", "both", "mask"), is_ascend=False, dtype="float32")
_declare("pick", axis=-1, keepdims=False, mode=_one_of("clip", "wrap"))
_declare("take", axis=0, mode=_one_of("clip", "wrap", "raise"))
_declare("one_hot", depth=REQUIRED, on_value=1.0, off_value=0.0, dtype="float32")
_declare("dot", transpose_a=False, transpose_b=False)
_declare("batch_dot", transpose_a=False, transpose_b=False)
_declare("_linalg_gemm2", transpose_a=False, transpose_b=False, alpha=1.0, axis=OneOf((-2,)))
_declare("_contrib_arange_like", start=0.0, step=1.0, repeat=1, axis=None)

_declare("clip", a_min=REQUIRED, a_max=REQUIRED)
_declare("smooth_l1", scalar=1.0)
_declare("hard_sigmoid", alpha=0.2, beta=0.5)
_declare("Cast", "amp_cast", dtype=REQUIRED)

_declare("Reshape", shape=(), reverse=False)
_declare("transpose", axes=())
_declare("SwapAxis", dim1=0, dim2=0)
_declare("expand_dims", axis=REQUIRED)
_declare("squeeze", axis=None)
_declare("Concat", "concat", dim=1)
_declare("stack", axis=0)
_declare("_split_v2", indices=(), sections=0, axis=0, squeeze_axis=False)
_declare("Crop", offset=(0, 0), h_w=(0, 0), center_crop=False)
_declare("SliceChannel", num_outputs=REQUIRED, axis=1, squeeze_axis=False)
_declare("slice", begin=REQUIRED_NUMBERS, end=REQUIRED_NUMBERS, step=())
_declare("slice_axis", axis=REQUIRED, begin=REQUIRED, end=REQUIRED)
_declare("slice_like", axes=())
_declare("broadcast_to", shape=REQUIRED_NUMBERS)
_declare("broadcast_like", lhs_axes=None, rhs_axes=None)
_declare("broadcast_axis", "broadcast_axes", axis=(), size=())
_declare("tile", reps=REQUIRED_NUMBERS)
_declare("repeat", repeats=REQUIRED, axis=None)
_declare("reverse", axis=REQUIRED)
_declare(
    "Pad",
    mode=_one_of(REQUIRED, "constant", "edge", "reflect"),
    pad_width=REQUIRED_NUMBERS,
    constant_value=0.0,
)
_declare("depth_to_space", block_size=REQUIRED)
_declare("space_to_depth", block_size=REQUIRED)

_declare("_zeros", shape=REQUIRED_NUMBERS, dtype="float32")
_declare("_ones", shape=REQUIRED_NUMBERS, dtype="float32")
_declare("_full", shape=REQUIRED_NUMBERS, dtype="float32", value=REQUIRED)
_declare("_arange", start=REQUIRED, stop=None, step=1.0, repeat=1, infer_range=_NEVER, dtype="float32")
