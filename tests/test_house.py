"""The house stays in order: imports point to the core, imports are inert, packages equal the folders on disk."""

from __future__ import annotations

import ast
import graphlib
import os
import subprocess
import sys
import tomllib
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

FRAMEWORKS = (
    "torch",
    "timm",
    "open_clip",
    "transformers",
    "torchvision",
    "pandas",
    "sklearn",
    "scipy",
    "matplotlib",
    "huggingface_hub",
    "rasterio",
    "pydicom",
    "tifffile",
    "skimage",
    "pyarrow",
)
"""What neither an import of one of our modules nor look-up nor metadata advice may load."""

HOUSE = {"zoo": "zoo", "plugins": "zoo.plugins", "selector": "zoo.selector"}
FORBIDDEN = {
    "zoo": ("zoo.plugins", "zoo.selector"),
    "plugins": ("zoo.selector",),
    "selector": ("zoo.plugins",),
}
TREE_ONLY = ("selector/build_evidence", "zoo/embedded/training", "plugins/build_catalogues")
"""Scripts that make data or train: in the source tree, never in the wheel."""
LIGHT_DEPENDENCIES = ("click", "jinja2", "numpy", "packaging", "pillow", "pluggy", "pydantic", "rich", "safetensors")
"""The dependencies that look-up and metadata advice really need; torch is not among them."""


def modules(root: Path) -> Iterator[tuple[str, str, Path]]:
    """(folder, import name, file) of every module that ships."""
    for folder, package in HOUSE.items():
        for path in sorted((root / folder).rglob("*.py")):
            parts = path.relative_to(root / folder).with_suffix("").parts
            yield folder, ".".join([package, *(part for part in parts if part != "__init__")]), path


def in_tree_only(path: Path) -> bool:
    """Whether a file, relative to the repository, stays out of the wheel."""
    return any(path.is_relative_to(folder) for folder in TREE_ONLY)


def imported(name: str, path: Path, *, top_only: bool) -> Iterator[tuple[str, int]]:
    """(absolute dotted name, line) of every import in a file; `top_only` leaves out functions and TYPE_CHECKING."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    todo: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            stem = node.module or ""
            if node.level:
                base = package.split(".")[: len(package.split(".")) - node.level + 1]
                stem = ".".join([*base, *([node.module] if node.module else [])])
            yield stem, node.lineno
            yield from ((f"{stem}.{alias.name}", node.lineno) for alias in node.names)
        elif top_only and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        elif top_only and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            todo.extend(node.orelse)
            continue
        todo.extend(ast.iter_child_nodes(node))


def below(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


def test_imports_point_to_the_core(repository):
    wrong = [
        f"{path.relative_to(repository)}:{line} imports {target}"
        for folder, name, path in modules(repository)
        for target, line in imported(name, path, top_only=False)
        if below(target, FORBIDDEN[folder])
    ]
    assert wrong == []


def arrows(root: Path) -> dict[str, set[str]]:
    """Module -> modules of ours that it imports, at its top, in functions and for types alike."""
    known = {name: path for _, name, path in modules(root)}
    found: dict[str, set[str]] = {name: set() for name in known}
    for name, path in known.items():
        for target, _ in imported(name, path, top_only=False):
            while target and target not in known:
                target = target.rpartition(".")[0]
            is_own_package = known[target].name == "__init__.py" and name.startswith(f"{target}.") if target else True
            if target and target != name and not is_own_package:
                found[name].add(target)
    return found


def test_no_module_imports_in_a_circle(repository):
    graphlib.TopologicalSorter(arrows(repository)).prepare()  # raises CycleError with the circle


SELECTOR_ORDER = ("report", "task", "evidence", "prior", "constraints", "advice", "scores", "ranking")
"""Each folder of the selector imports only those before it; a renderer knows nothing of what it shows."""


def test_folders_of_the_selector_import_only_those_before_them(repository):
    place = {f"zoo.selector.{folder}": number for number, folder in enumerate(SELECTOR_ORDER)}

    def room(name: str) -> str:
        return ".".join(name.split(".")[:3])

    wrong = [
        f"{name} imports {target}"
        for name, targets in arrows(repository).items()
        for target in targets
        if room(name) in place and room(target) in place and place[room(target)] > place[room(name)]
    ]
    assert wrong == []
    folders = {path.name for path in (repository / "selector").iterdir() if (path / "__init__.py").exists()}
    assert folders == {*SELECTOR_ORDER, "build_evidence", "data"}


def test_the_selector_has_few_floors_and_few_arrows(repository):
    """Rooms are its folders and its single modules; a floor is one more than the highest room that it stands on."""
    rooms: dict[str, set[str]] = {}
    for name, targets in arrows(repository).items():
        own = ".".join(name.split(".")[:3])
        if name.startswith("zoo.selector."):
            below_it = {".".join(t.split(".")[:3]) for t in targets if t.startswith("zoo.selector.")}
            rooms.setdefault(own, set()).update(below_it - {own})
    floor: dict[str, int] = {}
    for room in graphlib.TopologicalSorter(rooms).static_order():
        floor[room] = 1 + max((floor[under] for under in rooms[room]), default=0)
    assert max(floor.values()) <= 7
    assert sum(map(len, rooms.values())) <= 45


def test_networks_are_imported_only_inside_functions(repository):
    wrong = [
        f"{path.relative_to(repository)}:{line} imports {target}"
        for _, name, path in modules(repository)
        if not is_network(path)
        for target, line in imported(name, path, top_only=True)
        if target.startswith("zoo.plugins.") and any(part.endswith("_network") for part in target.split(".")[2:])
    ]
    assert wrong == []


def test_plugins_and_selector_import_their_siblings_relatively(repository):
    wrong = [
        f"{path.relative_to(repository)}:{node.lineno}"
        for folder, _, path in modules(repository)
        if folder != "zoo"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and not node.level and below(node.module or "", (HOUSE[folder],))
    ]
    assert wrong == []


def is_network(path: Path) -> bool:
    """Whether a module of a plugin holds the layers of an architecture, imported only when a model is built."""
    return path.parent.parent.name == "plugins" and path.stem.endswith("_network")


def test_no_module_imports_a_framework_at_its_top(repository):
    wrong = [
        f"{path.relative_to(repository)}:{line} imports {target}"
        for _, name, path in modules(repository)
        if not is_network(path)
        for target, line in imported(name, path, top_only=True)
        if below(target, FRAMEWORKS)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "program",
    [
        "import zoo; zoo.list_models(); zoo.find(query='chest x-ray'); zoo.get_card('multimodal/tiny-clip')",
        "import zoo; zoo.plan('multimodal/tiny-clip')",
        "from zoo.selector import Task, recommend; recommend(Task(modality='image', class_names=('cat', 'dog')))",
        "from zoo.selector import Task, recommend; recommend(Task(modality='text')); recommend(Task(modality='code'))",
    ],
    ids=["look-up", "plan", "image advice", "text advice"],
)
def test_metadata_work_loads_no_framework(program):
    code = f"{program}\nimport sys; print(*sorted({set(FRAMEWORKS)!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_look_up_does_without_numpy():
    # It would be a quarter of the time and of the memory of `zoo list`.
    code = (
        "import zoo; zoo.list_models(); zoo.get_card('multimodal/tiny-clip'); import sys; print('numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == ["False"], done.stderr


def test_importing_every_module_is_inert(repository):
    names = [name for _, name, path in modules(repository) if path.name != "__main__.py" and not is_network(path)]
    code = (
        "import importlib, socket, sys\n"
        "def refuse(*args, **kwargs): raise AssertionError('a module opened a socket at import')\n"
        "socket.socket.connect = refuse\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
        "from zoo.registry import default_registry\n"
        "assert default_registry.cache_info().currsize == 0, 'a module filled the registry at import'\n"
        f"print(*sorted({set(FRAMEWORKS)!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_modules_stay_readable(repository):
    long = {
        str(path.relative_to(repository)): lines
        for _, _, path in modules(repository)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert long == {}


def test_listed_packages_equal_the_folders_on_disk(repository):
    listed = tomllib.loads((repository / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    on_disk = {
        ".".join([package, *path.parent.relative_to(repository / folder).parts])
        for folder, package in HOUSE.items()
        for path in (repository / folder).rglob("*.py")
        if not in_tree_only(path.relative_to(repository))
    }
    assert sorted(listed) == sorted(on_disk)


def test_the_wheel_works_in_an_empty_environment(repository, tmp_path):
    """Built, installed beside the light dependencies, and asked: every file is inside and torch is not needed."""
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    source = tmp_path / "source"
    shipped = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=repository, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    for name in shipped:
        if (repository / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((repository / name).read_bytes())
    subprocess.run([*pip, "wheel", "--no-deps", "-w", str(tmp_path), str(source)], check=True)
    (wheel,) = tmp_path.glob("*.whl")

    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"
    install = [str(python), *pip[1:], "install", "-c", str(repository / "constraints.txt")]
    subprocess.run([*install, *LIGHT_DEPENDENCIES], check=True)
    subprocess.run([*install, "--no-deps", str(wheel)], check=True)
    where = [str(python), "-c", "import zoo; print(zoo.__path__[0])"]
    site = subprocess.run(where, capture_output=True, text=True, check=True, cwd=tmp_path).stdout.strip()
    installed = {str(path.relative_to(site)) for path in Path(site).rglob("*") if "__pycache__" not in path.parts}
    ours = [name for name in shipped if name.split("/")[0] in HOUSE]
    wanted = {name.removeprefix("zoo/") for name in ours if not in_tree_only(Path(name))}
    assert sorted(wanted - installed) == []
    assert not any(in_tree_only(Path(name)) for name in installed)

    program = (
        "import zoo; from zoo.selector import Task, recommend\n"
        "advice = recommend(Task(modality='image', class_names=('cat', 'dog')))\n"
        "print(len(zoo.list_models()), len(advice.candidates))"
    )
    asked = subprocess.run([str(python), "-c", program], capture_output=True, text=True, cwd=tmp_path)
    assert asked.returncode == 0, asked.stderr
    models, candidates = map(int, asked.stdout.split())
    assert models > 20
    assert candidates > 0
