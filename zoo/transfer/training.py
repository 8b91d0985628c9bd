"""Executes the phases of a recipe on one model: the only training loop there is.

    Trainer(model, recipe, task).run()

Frozen phases train on stored features and never run the body. Each step draws its rows and its random numbers from
(seed, phase, stage, epoch, step), so that a run that was killed anywhere goes on from its checkpoint to the same bits.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zoo.errors import CapabilityError
from zoo.transfer import checkpoint, phases, rows
from zoo.transfer.checkpoint import Position
from zoo.transfer.losses import Loss, alike_loss
from zoo.transfer.model import add_lora, groups_of, has_adapter
from zoo.transfer.recipe import Phase, Recipe
from zoo.transfer.scores import score_of
from zoo.transfer.solving import features_of_model, solved_head
from zoo.transfer.task import Options, Outcome, Task

if TYPE_CHECKING:
    import torch


Term = Callable[[Any, Any, Any], "torch.Tensor"]


class Trainer:
    """One model, one recipe, one task."""

    def __init__(
        self, model: Any, recipe: Recipe, task: Task, options: Options | None = None, terms: Sequence[Term] = ()
    ) -> None:
        self.model, self.recipe, self.task = model, recipe, task
        self.options = options or Options()
        self.terms = list(terms)
        self.loss = Loss(recipe, task.targets[task.train], task.n_classes)
        self.outcome = Outcome()
        self.groups = groups_of(model.encoder, model.kind) if recipe.changes_the_body else []
        self.position = Position()
        self._body_changed = recipe.start == "random"
        self._best: dict[str, torch.Tensor] | None = None
        self._start: dict[str, torch.Tensor] | None = None
        """Where the stage began, to go back to when a loss is no number."""
        self._optimiser: Any = None
        self._moments: dict[int, dict[str, torch.Tensor]] = {}
        self._saved_at = time.monotonic()

    def run(self) -> Outcome:
        """Trains through all phases, from the checkpoint if there is one.

        Raises:
            CapabilityError: the memory of the device does not suffice.
            WeightsError: the checkpoint is damaged.
        """
        import torch

        self._resume()
        self.model.eval()
        while self.position.phase < len(self.recipe.phases):
            phase = self.recipe.phases[self.position.phase]
            if phase.fit == "closed-form":
                self._solve(phase)
            else:
                try:
                    self._descend(phase)
                except torch.OutOfMemoryError as err:
                    size = self.recipe.batch_size
                    raise CapabilityError(
                        f"{self.model.encoder.device} has too little memory for batches of {size}.",
                        f"Give batch_size={max(1, size // 2)} and accumulate=2: the same steps with half the memory.",
                    ) from err
            self.position = Position(phase=self.position.phase + 1)
            self._save(force=True)
        self.model.eval()
        self.model.requires_grad_(False)
        return self.outcome

    def _solve(self, phase: Phase) -> None:
        """The head in closed form on the features of the body as it is."""
        features = self.task.features() if not self._body_changed else self._features_now()
        x, y = features[self.task.train], self.task.targets[self.task.train]
        self.model.head = solved_head(phase.head, x, y, self.task, self.recipe.balanced, self.options.seed).to(
            self.model.encoder.device
        )

    def _features_now(self) -> NDArray[np.float32]:
        return features_of_model(self.model, self.task.inputs, np.arange(len(self.task.targets)))

    def _descend(self, phase: Phase) -> None:
        if phase.adapter == "lora" and not has_adapter(self.model.body):
            add_lora(self.model.encoder, self.model.kind)
        if phase.head == "text-initialised" and not self.position.begun and phase.trainable == "head":
            self._from_prompts()
        opened = phases.stages(phase, len(self.groups))
        while self.position.stage < len(opened):
            self._stage(phase, opened[self.position.stage])
            self.position = Position(phase=self.position.phase, stage=self.position.stage + 1)
            self._best, self._start, self._optimiser, self._moments = None, None, None, {}
            self._save(force=True)

    def _from_prompts(self) -> None:
        from zoo.transfer.model import make_head

        if self.task.text_rows is None:
            raise CapabilityError(
                f"{self.model.encoder.card.id} reads no class names.", "Use a recipe with head='linear'."
            )
        text, scale = self.task.text_rows()
        self.model.head = make_head(scale * text, np.zeros(len(text)), unit_rows=True).to(self.model.encoder.device)

    def _stage(self, phase: Phase, opened: tuple[int, ...]) -> None:
        import torch

        task, place = self.task, self.position
        learns = self._open(phase, opened)
        optimiser = torch.optim.AdamW(learns, lr=phase.head_rate)
        frozen = phase.body_rate is None
        device = self.model.encoder.device
        stored = None if not frozen else torch.from_numpy(np.asarray(self._stored(), dtype=np.float32))
        accelerator = _accelerator(self.options, device)
        model, optimiser = accelerator.prepare(self.model, optimiser) if accelerator else (self.model, optimiser)
        self._optimiser = optimiser
        if self._moments:
            checkpoint.restore_moments(optimiser, self._moments)
        self._body_changed |= not frozen
        self._start = self._start or self._now()
        place.begun = True
        n_rows = len(task.train)
        n_epochs, per_epoch = phases.length(phase, n_rows, self.recipe.batch_size)
        if self.options.max_steps is not None:
            n_epochs = min(n_epochs, max(1, self.options.max_steps // per_epoch))
        stopped = broken = False
        while place.epoch < n_epochs and not stopped:
            order = rows.order(n_rows, self.options.seed, place.phase * 1000 + place.stage, place.epoch)
            self._mode(frozen)
            started = time.monotonic()
            while place.step < per_epoch:
                at = place.epoch * per_epoch + place.step
                share = phases.factor(at, n_epochs * per_epoch, phase)
                for group in optimiser.param_groups:
                    group["lr"] = group["peak"] * share
                chosen = order[place.step * self.recipe.batch_size : (place.step + 1) * self.recipe.batch_size]
                if phase.loss == "pairs":
                    chosen = rows.of_alike(
                        task.targets[task.train], self.recipe.batch_size, self.options.seed, place.epoch, place.step
                    )
                loss = self._step(phase, model, optimiser, accelerator, task.train[chosen], stored)
                if not math.isfinite(loss):
                    where = f"phase {phase.name!r}, epoch {place.epoch + 1}, step {place.step + 1}"
                    self.outcome.warnings.append(
                        f"the loss turned {loss} in {where}; training stopped there and kept the best weights so far. "
                        "Use a smaller rate, or float32."
                    )
                    stopped = broken = True
                    break
                place.sum_loss += loss
                place.step += 1
                self.outcome.n_steps += 1
                self._save()
            if not stopped:
                stopped = self._epoch_ends(phase, model, stored, per_epoch, time.monotonic() - started)
            place.epoch, place.step, place.sum_loss = place.epoch + 1, 0, 0.0
            if not stopped:
                self._save()
        if self._best is not None and phase.stop is not None and phase.stop.restore_best:
            self._load(self._best)
        elif broken:
            self._load(self._start)

    def _step(
        self, phase: Phase, model: Any, optimiser: Any, accelerator: Any, chosen: NDArray[np.intp], stored: Any
    ) -> float:
        """One step of the optimiser on these rows; the loss."""
        import torch

        place = self.position
        torch.manual_seed(_number(self.options.seed, place.phase, place.stage, place.epoch, place.step))
        if accelerator and accelerator.num_processes > 1:  # each process takes its share of the same rows
            chosen = chosen[accelerator.process_index :: accelerator.num_processes]
        parts = np.array_split(chosen, min(self.options.accumulate, len(chosen)))
        total = 0.0
        optimiser.zero_grad(set_to_none=True)
        for part in parts:
            batch = self._batch(part, stored, train=True)
            if self.recipe.mixup and "pixels" in batch:
                batch |= self._blended(batch["pixels"], part)
            with accelerator.autocast() if accelerator else torch.enable_grad():
                outputs = model(batch)
                targets = torch.from_numpy(self.task.targets[part]).to(outputs.logits.device)
                if phase.loss == "pairs":
                    loss = alike_loss(outputs.features.float(), targets)
                else:
                    loss = self.loss(outputs.logits.float(), targets, batch.get("mixed"))
                if stored is None:
                    for term in self.terms:
                        loss = loss + term(self.model, batch, outputs)
                loss = loss * (len(part) / len(chosen))
            if accelerator:
                accelerator.backward(loss)
            else:
                loss.backward()  # type: ignore[no-untyped-call]  # torch's own
            total += float(loss.detach())
        if not math.isfinite(total):
            return total
        if phase.adapter is not None and all(
            value.grad is None for name, value in self.model.body.named_parameters() if "lora_" in name
        ):
            raise CapabilityError(
                f"{self.model.encoder.card.id} reads linear layers without running them: LoRA changes nothing.",
                "Use recipe='partial' or 'lp-ft'.",
            )
        if self.recipe.clip_norm is not None:
            learning = [value for group in optimiser.param_groups for value in group["params"]]
            torch.nn.utils.clip_grad_norm_(learning, self.recipe.clip_norm)
        optimiser.step()
        return total

    def _blended(self, pixels: torch.Tensor, part: NDArray[np.intp]) -> dict[str, Any]:
        """MixUp: each picture blended with another of the batch, and their targets in the same share.

        Source:
            Zhang et al. 2018, arXiv:1710.09412.
        """
        import torch

        place = self.position
        rng = np.random.default_rng([self.options.seed & 0xFFFFFFFF, place.phase, place.epoch, place.step, 3])
        share = float(rng.beta(self.recipe.mixup, self.recipe.mixup))
        other = rng.permutation(len(part))
        targets = torch.from_numpy(self.task.targets[part]).to(self.model.encoder.device)
        soft = targets if self.task.multilabel else torch.nn.functional.one_hot(targets, self.task.n_classes)
        soft = soft.float()
        return {
            "pixels": share * pixels + (1 - share) * pixels[other],
            "mixed": share * soft + (1 - share) * soft[other],
        }

    def _batch(self, places: NDArray[np.intp], stored: Any, *, train: bool) -> dict[str, Any]:
        if stored is not None:
            return {"features": stored[places]}
        augment = self.recipe.augment if train else "none"
        return self.task.inputs.batch(
            places, augment=augment, seed=self.options.seed, epoch=1000 * self.position.phase + self.position.epoch
        )

    def _epoch_ends(self, phase: Phase, model: Any, stored: Any, per_epoch: int, seconds: float) -> bool:
        """Writes the log, keeps the best weights; whether the phase is over."""
        place, task = self.position, self.task
        record: dict[str, Any] = {
            "phase": phase.name,
            "stage": place.stage,
            "epoch": place.epoch + 1,
            "loss": place.sum_loss / per_epoch,
            "seconds": round(seconds, 3),
        }
        late = self.options.deadline is not None and time.monotonic() > self.options.deadline
        if late:
            self.outcome.warnings.append(f"the time was up in phase {phase.name!r}, epoch {place.epoch + 1}.")
        if not len(task.val) or phase.stop is None or phase.loss == "pairs":
            self._tell(record)
            return late
        logits = self.logits(task.val, stored)
        record["val_loss"] = self.loss.plain(logits, task.targets[task.val])
        record["val_metric"] = score_of(logits, task.targets[task.val])
        score = -record["val_loss"] if phase.stop.monitor == "validation-loss" else record["val_metric"]
        if place.best_score is None or score > place.best_score + phase.stop.min_delta:
            place.best_score, place.best_epoch, place.n_worse = score, place.epoch + 1, 0
            self._best = self._now()
        else:
            place.n_worse += 1
        self._tell(record)
        return late or place.n_worse >= phase.stop.patience

    def _now(self) -> dict[str, torch.Tensor]:
        return {name: value.detach().clone() for name, value in self.model.state_dict().items()}

    def _tell(self, record: dict[str, Any]) -> None:
        self.outcome.history.append(record)
        self.options.log(record)

    def logits(self, places: NDArray[np.intp], stored: Any = None) -> NDArray[np.float64]:
        """(n, c) of these rows by the model as it is; `stored` features spare the body."""
        import torch

        self.model.eval()
        made = []
        with torch.no_grad():
            for start in range(0, len(places), 64):
                batch = self._batch(places[start : start + 64], stored, train=False)
                made.append(self.model(batch).logits.float().cpu().numpy())
        return np.concatenate(made).astype(np.float64)

    def _stored(self) -> NDArray[np.float32]:
        return self.task.features() if not self._body_changed else self._features_now()

    def _open(self, phase: Phase, opened: tuple[int, ...]) -> list[dict[str, Any]]:
        """Sets which weights learn; the optimiser's groups."""
        self.model.requires_grad_(False)
        self.model.head.requires_grad_(True)
        head = list(self.model.head.parameters())
        adapters: list[torch.nn.Parameter] = []
        if phase.adapter is not None:
            adapters = [value for name, value in self.model.body.named_parameters() if "lora_" in name]
            for value in adapters:
                value.requires_grad_(True)
        else:
            for place in opened:
                for value in self.groups[place][1]:
                    value.requires_grad_(True)
        return phases.optimiser_groups(phase, opened, self.groups, head, adapters)

    def _mode(self, frozen: bool) -> None:
        """Training mode for the body where it learns; batch statistics stay the source's unless the recipe says."""
        import torch

        self.model.train(not frozen)
        if self.recipe.batch_norm == "source":
            for part in self.model.modules():
                if isinstance(part, torch.nn.modules.batchnorm._BatchNorm):
                    part.eval()
        if self.options.gradient_checkpointing and not frozen:
            enable = getattr(self.model.body, "gradient_checkpointing_enable", None) or getattr(
                self.model.body, "set_grad_checkpointing", None
            )
            if enable is not None:
                enable()

    def _save(self, *, force: bool = False) -> None:
        path = self.options.checkpoint_path
        if path is None or not (force or time.monotonic() - self._saved_at >= self.options.checkpoint_every_s):
            return
        self.position.terms = [getattr(term, "state_dict", dict)() for term in self.terms]
        states = {"model": self.model.state_dict()}
        states |= {name: kept for name, kept in (("best", self._best), ("start", self._start)) if kept is not None}
        optimiser = self._optimiser if self.position.begun else None
        checkpoint.write(path, self.position, states, optimiser, self.recipe.model_dump_json())
        self._saved_at = time.monotonic()

    def _resume(self) -> None:
        found = checkpoint.read(self.options.checkpoint_path) if self.options.checkpoint_path else None
        if found is None:
            return
        self.position, self._moments = found.position, found.moments
        self._best, self._start = found.states.get("best"), found.states.get("start")
        done = self.recipe.phases[: self.position.phase + 1]
        for number, phase in enumerate(done):
            begun = number < self.position.phase or self.position.begun
            if phase.adapter == "lora" and begun and not has_adapter(self.model.body):
                add_lora(self.model.encoder, self.model.kind)
            self._body_changed |= phase.body_rate is not None and begun
        self._load(found.states["model"])
        for term, state in zip(self.terms, self.position.terms, strict=False):
            if state:
                term.load_state_dict(state)  # type: ignore[attr-defined]  # it gave this state
        self.options.log({"resumed": {"phase": self.position.phase, "epoch": self.position.epoch + 1}})

    def _load(self, state: dict[str, torch.Tensor]) -> None:
        from zoo.transfer.model import make_head

        weight, bias = state["head.weight"], state["head.bias"]
        if self.model.head.weight.shape != weight.shape:
            self.model.head = make_head(weight.numpy(), bias.numpy(), unit_rows=self.model.head.unit_rows)
            self.model.head.to(self.model.encoder.device)
        self.model.load_state_dict(state)


def _accelerator(options: Options, device: torch.device) -> Any:
    """accelerate's hand on devices, processes and number types; None where there is one processor and float32."""
    if device.type == "cpu" and options.mixed_precision == "no":
        return None
    from accelerate import Accelerator

    return Accelerator(mixed_precision=options.mixed_precision, cpu=device.type == "cpu")


def _number(*parts: int) -> int:
    """One seed of several numbers."""
    return int(np.random.SeedSequence([part & 0xFFFFFFFF for part in parts]).generate_state(1, np.uint64)[0] >> 1)
