"""Published weights that are at hand load without a fallback and reach what is stated of them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.plugins.seeded import layout, n_parameters, pixels, sample
from zoo.cards import ImagePreprocess
from zoo.images import read_picture
from zoo.plugins.satellite.galileo_network import CONFIGS, Galileo
from zoo.plugins.vision.cifar_network import DEPTHS, CifarResNet, published_state
from zoo.preprocessing import build
from zoo.weights import load_into, read_state_dict

GOLDEN = json.loads((Path(__file__).parent / "golden" / "galileo.json").read_text(encoding="utf-8"))
CIFAR = ImagePreprocess(
    size_px=32,
    resize_mode=None,
    interpolation=None,
    crop="none",
    value_range=(0, 255),
    units="uint8",
    scale=1 / 255,
    mean=(0.485, 0.456, 0.406),
    std=(0.229, 0.224, 0.225),
)
GALILEO_MEAN = (1395.3, 1338.4, 1343.1, 1543.9, 2186.2, 2525.1, 2410.3, 2750.3, 2234.9, 1474.5)
GALILEO_STD = (917.7, 913.3, 1092.7, 1047.2, 1048.0, 1143.7, 1099.0, 1204.5, 1146.0, 980.2)
STATED = {"cifar10-resnet20": 0.812, "cifar10-resnet32": 0.821, "cifar10-resnet44": 0.803, "cifar10-resnet56": 0.826}


@pytest.fixture(scope="module")
def cifar_test_part(shared_data):
    folder = shared_data / "natural_cifar10"
    rows = [row for row in csv.DictReader((folder / "labels.csv").open(encoding="utf-8")) if row["split"] == "test"]
    classes = sorted({row["label"] for row in rows})
    transform = build(CIFAR)
    images = torch.stack([transform(folder / row["file"]) for row in rows])
    return images, torch.tensor([classes.index(row["label"]) for row in rows])


@pytest.mark.parametrize("name", DEPTHS)
@torch.no_grad()
def test_the_cifar_resnets_reach_their_accuracy(name, shared_data, cifar_test_part):
    (path,) = (shared_data / "weights" / "cifar10_resnet").glob(f"{name.split('-')[1]}-*.th")
    network = CifarResNet(DEPTHS[name]).eval()
    load_into(network, published_state(read_state_dict(path)), model_id=name)
    images, labels = cifar_test_part
    accuracy = float((network(images).argmax(dim=1) == labels).float().mean())
    assert accuracy == pytest.approx(STATED[name], abs=5e-4)


@pytest.mark.parametrize("name", CONFIGS)
def test_galileo_has_the_published_names_shapes_and_counts(name):
    with torch.device("meta"):
        network = Galileo(CONFIGS[name])
    assert layout(network) == GOLDEN[name]["layout"]
    assert n_parameters(network) == GOLDEN[name]["n_parameters"]


@pytest.fixture(scope="module")
def galileo(shared_data):
    network = Galileo(CONFIGS["galileo-nano"]).eval()
    state = read_state_dict(shared_data / "weights" / "galileo_nano" / "encoder.pt")
    load_into(network, state, model_id="galileo-nano")
    return network


@torch.no_grad()
def test_galileo_s_real_weights_give_upstream_s_numbers(galileo):
    optical = pixels(2, 10, 24, 24)
    assert sample(galileo.embed_images(optical)) == pytest.approx(GOLDEN["galileo-nano"]["patch 8"], rel=1e-4, abs=1e-5)
    small = galileo(optical.unsqueeze(2), patch_px=4).flatten(1, 4).mean(dim=1)
    assert sample(small) == pytest.approx(GOLDEN["galileo-nano"]["patch 4"], rel=1e-4, abs=1e-5)


@torch.no_grad()
def test_galileo_s_features_tell_land_cover_better_than_the_largest_class(galileo, shared_data):
    """899 real windows of Sentinel-2, trained left and tested right in each tile: features beat the raw band means."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    folder = shared_data / "satellite_terramind"
    mean = np.array(GALILEO_MEAN)[None, :, None, None]
    std = np.array(GALILEO_STD)[None, :, None, None]
    kept = [1, 2, 3, 4, 5, 6, 7, 8, 10, 11]  # B2 to B8A, B11 and B12 of the twelve bands
    rows = list(csv.DictReader((folder / "labels.csv").open(encoding="utf-8")))
    names = {row["tile"] for row in rows}
    tiles = {name: read_picture(folder / "S2L2A" / f"{name}.tif").pixels[:, :, kept] for name in names}
    windows, labels, is_test = [], [], []
    for row in rows:
        top, left, size = int(row["row"]), int(row["col"]), int(row["size"])
        windows.append(tiles[row["tile"]][top : top + size, left : left + size].transpose(2, 0, 1))
        labels.append(row["lulc"])
        is_test.append(row["split"] == "test")
    raw, y, held = np.stack(windows).astype(np.float32), np.array(labels), np.array(is_test)
    normal = torch.from_numpy(((raw - (mean - 2 * std)) / (4 * std)).astype(np.float32))
    features = galileo(normal.unsqueeze(2), patch_px=4).flatten(1, 4).mean(dim=1).numpy()

    def accuracy(x):
        x = StandardScaler().fit(x[~held]).transform(x)
        return LogisticRegression(max_iter=2000).fit(x[~held], y[~held]).score(x[held], y[held])

    values, counts = np.unique(y[~held], return_counts=True)
    majority = float((y[held] == values[counts.argmax()]).mean())
    frozen, band_means = accuracy(features), accuracy(raw.mean(axis=(2, 3)))
    print(f"land cover: galileo-nano {frozen:.3f}, band means {band_means:.3f}, largest class {majority:.3f}")
    assert frozen > band_means > majority
