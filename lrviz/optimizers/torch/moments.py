"""What Adam and its kin have in common: running averages of the gradient and of its square, and how weights decay."""

from __future__ import annotations

from lrviz.foundation.aligned import scratch
from lrviz.foundation.arrays import FloatArray, np
from lrviz.optimizers.first_order import Average, FirstOrder, State, lerp, next_step, power

Pair = tuple[float, float]


def averages(x: FloatArray, *, amsgrad: bool = False) -> State:
    """Return the two averages before the first step, and with amsgrad the largest of the second."""
    kept = ["exp_avg", "exp_avg_sq", *["max_exp_avg_sq"] * amsgrad]
    return {"step": 0, **{name: np.zeros_like(x) for name in kept}}


def running(betas: Pair, *, amsgrad: bool = False) -> dict[str, Average]:
    """Return the two averages as they are kept where a step takes the bias out of both.

    amsgrad divides by the largest of the second, and takes the bias out of that.
    """
    return {"exp_avg": Average(betas[0], corrected=True), "exp_avg_sq": Average(betas[1], corrected=not amsgrad)}


def average(g: FloatArray, state: State, betas: Pair) -> tuple[FloatArray, FloatArray]:
    """Take a gradient into the averages, and return them.

    Formula:
        m ← β₁ m + (1 - β₁) g
        v ← β₂ v + (1 - β₂) g²
    """
    first, second = state["exp_avg"], state["exp_avg_sq"]
    lerp(first, g, 1 - betas[0])
    second *= betas[1]
    squared = np.multiply(g, 1 - betas[1], out=scratch(g))
    squared *= g
    second += squared
    return first, second


def decay(
    optimizer: FirstOrder, x: FloatArray, g: FloatArray, lr: FloatArray, weight_decay: float, *, decoupled: bool
) -> None:
    """Let the weights decay, in place: by themselves where decoupled, else through the gradient."""
    if decoupled and weight_decay != 0:
        x *= 1 - lr * weight_decay
    optimizer.prepare(x, g, 0 if decoupled else weight_decay)


def adam_step(
    x: FloatArray, g: FloatArray, state: State, lr: FloatArray, *, betas: Pair, eps: float, amsgrad: bool
) -> None:
    """Make the step that Adam and AdamW share, with the bias of both averages taken out."""
    step = next_step(state)
    first, second = average(g, state, betas)
    if amsgrad:
        second = np.maximum(state["max_exp_avg_sq"], second, out=state["max_exp_avg_sq"])
    # In place: the gradient is not needed any more.
    denominator = np.sqrt(second, out=g)
    denominator /= power(1 - power(betas[1], step), 0.5)
    denominator += eps
    change = np.multiply(first, lr / (1 - power(betas[0], step)), out=scratch(first))
    change /= denominator
    x -= change
