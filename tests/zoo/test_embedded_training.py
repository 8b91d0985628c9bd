"""Drawing, captions, the tokenizer and the loss of the bundled model's training."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from zoo.embedded import WEIGHTS, configuration, tokenize
from zoo.embedded.tokenizer import END, Tokenizer
from zoo.embedded.training import real_images
from zoo.embedded.training.captions import HELD_OUT, describe, facts_vocabulary, vocabulary
from zoo.embedded.training.glyphs import find_fonts, handwritten_digit, printed_glyph
from zoo.embedded.training.pool import fill_pool
from zoo.embedded.training.scenes import draw_pattern, draw_scene
from zoo.embedded.training.train import contrastive_loss, fits, main, train
from zoo.specs import spec_from_open_clip

SPEC = spec_from_open_clip(configuration()["preprocess_cfg"])


@pytest.fixture(scope="module")
def pool():
    return fill_pool(200, SPEC, seed=5, fonts=find_fonts())


def test_the_stored_vocabulary_is_the_captions_own():
    built = Tokenizer.build(vocabulary())
    assert json.loads((WEIGHTS / "vocabulary.json").read_text("utf-8"))["tokens"] == list(built.tokens)
    assert configuration()["model_cfg"]["text_cfg"]["vocab_size"] == len(built.tokens)


@pytest.mark.parametrize(
    "text", ["", "seven", "7", "ein Zebrastreifen!", "naïve Łódź", "数字", "x" * 500, "a " * 99, "\x00\n🙂"]
)
def test_every_text_has_tokens_and_always_the_same(text: str):
    first, second = tokenize([text]), tokenize(["another", text])[1:]
    assert first.tolist() == second.tolist()
    assert first.shape == (1, 24)
    tokenizer = Tokenizer.read(WEIGHTS / "vocabulary.json")
    ends = [int(token) for token in first[0]].count(tokenizer.ids[END])
    assert ends == 1
    assert int(first.max()) == tokenizer.end  # open_clip reads the text's vector where the id is greatest


def test_case_accents_and_punctuation_make_no_difference_but_words_do():
    rows = tokenize(["A Chest X-ray.", "a chest x ray", "a cafe", "a Café", "a cafes"]).tolist()
    assert rows[0] == rows[1]
    assert rows[2] == rows[3] != rows[4]


def test_a_tokenizer_refuses_a_list_without_its_four_signs():
    with pytest.raises(ValueError, match="begin with <pad>"):
        Tokenizer(["a", "b"])


def test_no_texts_give_no_rows():
    assert tokenize([]).shape == (0, 24)


@pytest.mark.parametrize(
    "draw",
    [handwritten_digit, draw_scene, draw_pattern, lambda rng: printed_glyph(rng, find_fonts())],
    ids=["handwriting", "scene", "pattern", "print"],
)
def test_drawings_follow_their_seed_and_carry_known_facts(draw):
    known = set(facts_vocabulary())
    for seed in range(20):
        pixels, facts = draw(np.random.default_rng(seed))
        again, same = draw(np.random.default_rng(seed))
        assert (pixels == again).all()
        assert facts == same
        assert facts <= known
        assert pixels.dtype == np.uint8
        assert pixels.ndim == 3


def test_training_never_joins_a_held_out_pair():
    assert len(set(HELD_OUT)) == 12
    for seed in range(300):
        facts = draw_scene(np.random.default_rng(seed))[1]
        assert not any({f"colour:{colour}", f"shape:{shape}"} <= facts for colour, shape in HELD_OUT)


def test_captions_hold_of_their_picture_and_use_known_words(pool):
    rng = np.random.default_rng(0)
    tokenizer = Tokenizer.build(vocabulary())
    for facts in pool.facts:
        text, asserted = describe(facts, rng)
        assert asserted
        assert asserted <= facts
        assert not any(piece.startswith("##") for piece in tokenizer.pieces(text)), text
        assert len(tokenizer.pieces(text)) <= 22, text


def test_a_caption_fits_every_picture_of_which_it_is_true():
    red_circle, red_star = (frozenset({"colour:red", f"shape:{shape}"}) for shape in ("circle", "star"))
    captions = [("red", frozenset({"colour:red"})), ("a star", frozenset({"shape:star"}))]
    assert fits([red_circle, red_star], captions).tolist() == [[True, False], [True, True]]


def test_the_loss_is_its_definition():
    import torch

    logits = torch.tensor([[2.0, 0.5], [1.0, -1.0], [0.3, 0.2]], dtype=torch.float64)
    match = torch.tensor([[True, True], [False, True], [False, False]])
    values, right = np.exp(logits.numpy()), match.numpy()

    def one_way(p, mask):
        return np.mean([-np.log(row[m] / row.sum()).mean() for row, m in zip(p, mask, strict=True) if m.any()])

    expected = (one_way(values, right) + one_way(values.T, right.T)) / 2
    assert float(contrastive_loss(logits, match)) == pytest.approx(expected, rel=1e-12)


def test_the_pool_holds_what_the_cards_transform_gives(pool):
    from zoo import preprocessing

    pixels, facts = handwritten_digit(np.random.default_rng((5, 0, 0)))
    expected = preprocessing.build(SPEC)(pixels).numpy()
    np.testing.assert_allclose((pool.pixels[0] / 255 - 0.5) / 0.5, expected, atol=1e-6)
    assert pool.facts[0] == facts


def test_training_lowers_the_loss_and_repeats_itself(pool):
    import torch

    def run():
        losses = []
        model = train(
            pool, SPEC, steps=12, batch_size=32, n_captions=32, seed=1, report=lambda step, loss, _: losses.append(loss)
        )
        return losses, model.state_dict()

    (losses, first), (again, second) = run(), run()
    assert np.mean(losses[-4:]) < np.mean(losses[:4]) - 0.1
    assert losses == again
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_the_command_writes_a_folder_with_everything(tmp_path: Path):
    from safetensors.torch import load_file

    run = tmp_path / "run"
    main(f"--pool 60 --steps 2 --batch-size 16 --captions 8 --processes 1 --threads 2 --out {run}".split())
    assert {path.name for path in run.iterdir()} == {path.name for path in WEIGHTS.iterdir()}
    assert str(load_file(run / "model.safetensors")["text_projection"].dtype) == "torch.float16"
    record = json.loads((run / "training_record.json").read_text("utf-8"))
    assert record["seed"] == 0
    assert record["real_sets"] == {}


def test_real_pictures_of_training_and_test_are_disjoint(shared_data: Path):
    for name, (_, read) in real_images.SETS.items():
        train_part = {pixels.tobytes() for pixels, _ in read(shared_data, "train")}
        test_part = {pixels.tobytes() for pixels, _ in read(shared_data, "test")}
        assert len(test_part) > 15, name
        # Two cells of different smears may be the same few pixels of background; whole pictures may not.
        assert len(train_part & test_part) <= 0.01 * len(test_part), name
