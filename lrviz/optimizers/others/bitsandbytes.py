"""The 8-bit and paged optimizers of bitsandbytes."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from lrviz.language.fields import Count, Whole
from lrviz.optimizers.hyperparameters import Betas, DecoupledWeightDecay, Epsilon, LearningRate, WeightDecay
from lrviz.optimizers.others.guest import Guest, Momentum

_Smallest = Annotated[Whole, Field(description="elements from which on a parameter has a state in 8 bits")]
_Paged = Annotated[bool, Field(description="keep the state in memory that the CPU shares")]


class _Bnb(Guest):
    module: ClassVar[str] = "bitsandbytes.optim"


class _Adam(_Bnb):
    lr: LearningRate = 1e-3
    betas: Betas = (0.9, 0.999)
    eps: Epsilon = 1e-8
    weight_decay: WeightDecay = 0
    amsgrad: bool = Field(False, description="divide by the largest average of squares so far")
    optim_bits: Count = Field(32, description="bits of a number of the state")
    min_8bit_size: _Smallest = 4096

    usual_lr: ClassVar[tuple[float, float]] = (1e-7, 0.05)


class _AdamW(_Adam):
    weight_decay: DecoupledWeightDecay = 0.01


class _Lion(_Bnb):
    lr: LearningRate = 1e-4
    betas: Betas = (0.9, 0.99)
    weight_decay: DecoupledWeightDecay = 0
    min_8bit_size: _Smallest = 4096

    usual_lr: ClassVar[tuple[float, float]] = (1e-8, 0.01)


class BnbAdam8bit(_Adam):
    """Adam with a state of 8 bits a number.

    Source: https://huggingface.co/docs/bitsandbytes/reference/optim/optim_overview;
    Dettmers et al., 8-bit Optimizers via Block-wise Quantization, https://arxiv.org/abs/2110.02861
    """

    name: Literal["bitsandbytes.optim.Adam8bit"] = "bitsandbytes.optim.Adam8bit"
    is_paged: _Paged = False


class BnbAdamW8bit(_AdamW):
    """AdamW with a state of 8 bits a number.

    Source: https://huggingface.co/docs/bitsandbytes/reference/optim/optim_overview;
    Dettmers et al., 8-bit Optimizers via Block-wise Quantization, https://arxiv.org/abs/2110.02861
    """

    name: Literal["bitsandbytes.optim.AdamW8bit"] = "bitsandbytes.optim.AdamW8bit"
    is_paged: _Paged = False


class BnbLion8bit(_Lion):
    """Lion with a state of 8 bits a number.

    Source: https://huggingface.co/docs/bitsandbytes/reference/optim/optim_overview;
    Dettmers et al., 8-bit Optimizers via Block-wise Quantization, https://arxiv.org/abs/2110.02861
    """

    name: Literal["bitsandbytes.optim.Lion8bit"] = "bitsandbytes.optim.Lion8bit"
    is_paged: _Paged = False


class BnbSGD8bit(_Bnb):
    """SGD with a state of 8 bits a number.

    Source: https://huggingface.co/docs/bitsandbytes/reference/optim/optim_overview;
    Dettmers et al., 8-bit Optimizers via Block-wise Quantization, https://arxiv.org/abs/2110.02861
    """

    name: Literal["bitsandbytes.optim.SGD8bit"] = "bitsandbytes.optim.SGD8bit"
    lr: LearningRate
    momentum: Momentum = 0
    dampening: float = Field(0, description="share of the gradient left out of the running sum")
    weight_decay: WeightDecay = 0
    nesterov: bool = Field(False, description="look ahead along the momentum")
    min_8bit_size: _Smallest = 4096

    usual_lr: ClassVar[tuple[float, float]] = (1e-4, 100)
    example: ClassVar[dict[str, Any]] = {"lr": 0.1, "momentum": 0.9}


class BnbPagedAdam8bit(_Adam):
    """Adam with a state of 8 bits a number, in memory that the CPU shares.

    Source: https://huggingface.co/docs/bitsandbytes/reference/optim/optim_overview;
    Dettmers et al., 8-bit Optimizers via Block-wise Quantization, https://arxiv.org/abs/2110.02861
    """

    name: Literal["bitsandbytes.optim.PagedAdam8bit"] = "bitsandbytes.optim.PagedAdam8bit"
    is_paged: _Paged = False


class BnbPagedAdamW8bit(_AdamW):
    """AdamW with a state of 8 bits a number, in memory that the CPU shares.

    Source: https://huggingface.co/docs/bitsandbytes/reference/optim/optim_overview;
    Dettmers et al., 8-bit Optimizers via Block-wise Quantization, https://arxiv.org/abs/2110.02861
    """

    name: Literal["bitsandbytes.optim.PagedAdamW8bit"] = "bitsandbytes.optim.PagedAdamW8bit"


class BnbPagedLion8bit(_Lion):
    """Lion with a state of 8 bits a number, in memory that the CPU shares.

    Source: https://huggingface.co/docs/bitsandbytes/reference/optim/optim_overview;
    Dettmers et al., 8-bit Optimizers via Block-wise Quantization, https://arxiv.org/abs/2110.02861
    """

    name: Literal["bitsandbytes.optim.PagedLion8bit"] = "bitsandbytes.optim.PagedLion8bit"


class BnbPagedAdamW(_AdamW):
    """AdamW with a state in memory that the CPU shares.

    Source: https://huggingface.co/docs/bitsandbytes/reference/optim/optim_overview;
    Dettmers et al., 8-bit Optimizers via Block-wise Quantization, https://arxiv.org/abs/2110.02861
    """

    name: Literal["bitsandbytes.optim.PagedAdamW"] = "bitsandbytes.optim.PagedAdamW"


CLASSES: tuple[type[Guest], ...] = (
    BnbAdam8bit,
    BnbAdamW8bit,
    BnbLion8bit,
    BnbSGD8bit,
    BnbPagedAdam8bit,
    BnbPagedAdamW8bit,
    BnbPagedLion8bit,
    BnbPagedAdamW,
)
