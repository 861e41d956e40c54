"""The house rules, read from the source: who may import whom, and which library belongs to whom."""

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCREENS = {
    "data",
    "model.spec",
    "model.runs.store",
    "model.inspection.diagnostics",
    "model.runs.embedded_run",
    "model.runs.labels",
    "model.runs.snapshot",
    "scenarios",
    "evaluation",
    "ledger",
    "batch.fit_queue",
    "batch.cleanup",
    "batch.jobs",
    "pages",
}
# Who may import what of ours: a package, or one module of it.
ALLOWED = {
    "data": {"data"},
    "model": {"data", "model"},
    "scenarios": {
        "data",
        "model.spec",
        "model.parts",
        "model.parameters",
        "model.runs.store",
        "model.inspection.arviz_layout",
        "model.forward.origin",
        "model.forward.simulate",
        "model.forward.hit_draws",
        "model.hurdle.benchmark",
        "model.fitting.out_of_scale",
        "model.fitting.reweighting",
        "scenarios",
    },
    "evaluation": {"data", "model", "scenarios", "evaluation"},
    "ledger": {
        "data",
        "model.runs.store",
        "model.spec",
        "model.forward.origin",
        "model.forward.simulate",
        "model.fitting.out_of_scale",
        "scenarios",
        "evaluation",
        "ledger",
    },
    "batch": {"data", "model", "scenarios", "evaluation", "batch"},
    "watch": {"data", "model", "scenarios", "ledger", "watch"},
    "pages": SCREENS,
    "app.py": SCREENS,
    "cli": {"data", "model", "scenarios", "evaluation", "ledger", "batch", "watch", "cli"},
}
# Who alone may import a library: a package, or one file of it.
OWNERS = {
    "altair": {
        "scenarios/presentation/charts.py",
        "scenarios/presentation/lab_charts.py",
        "scenarios/presentation/compare_charts.py",
        "scenarios/presentation/report_bars.py",
        "scenarios/distributions/reliability.py",
        "scenarios/distributions/total_bands.py",
        "scenarios/timeline/picture.py",
        "scenarios/whiskers/picture.py",
        "evaluation/presentation/charts.py",
        "ledger/record_charts.py",
    },
    "dask": {"batch"},
    "distributed": {"batch"},
    "jinja2": {"scenarios/presentation/html_page.py"},
    "httpx": {
        *(f"data/sources/{name}.py" for name in ("acled", "answers", "session", "ucdp")),
        "watch/channels.py",
    },
    "numba": {  # decorators and threads once; PyTensor's operations and the density are compiled by themselves
        "model/numba_kernels.py",
        "model/fitting/carry_over.py",
        "model/density/compiled.py",
        "model/regimes/likelihood_op.py",
    },
    "lightgbm": {"evaluation/forecasters/boosted_hurdle.py"},
    "nutpie": {"model"},
    "pydantic": {
        "data",
        "scenarios/beliefs/belief_file.py",
        "scenarios/language/spec.py",
        "scenarios/language/uncertain.py",
        "scenarios/language/premise.py",
        "scenarios/language/mistakes.py",
        "scenarios/language/scenario_files.py",
        "scenarios/language/section_files.py",
        "scenarios/results/document.py",
        "batch/fit_process.py",
        "batch/fit_queue.py",
        "batch/plan_file.py",
        "batch/tasks.py",
        "watch/watch_file.py",
        "watch/past_pass.py",
        "batch/backtests.py",
        "ledger/entries.py",
    },
    "pymc": {"model"},
    "pytensor": {"model"},
    "rich": {"cli/screen", "cli/printing"},
    "scoringrules": {"evaluation", "ledger/losses.py"},
    "statsforecast": {"evaluation/forecasters/baselines.py"},
    "streamlit": {"app.py", "pages"},
    "typer": {"cli/root.py", "cli/options", "cli/commands"},
}
OURS = {name.removesuffix(".py") for name in ALLOWED}
DRAWERS = {"utils", "helpers", "constants", "common", "misc"}
PROBLEMS = "cli/options/problems.py"  # what options mean: read when a command runs
ENTRY = "cli/__init__.py"  # names what `pyproject.toml` starts
# Who alone may look at the environment: the settings, what holds secrets, and what hands a library or a child its own.
ENVIRONMENT = {
    "data/settings.py",
    "data/integrity/api_tokens.py",
    "data/sources/answers.py",
    "watch/channels.py",
    "model/runs/compile_cache.py",
    "cli/serving/launch.py",
}
LONGEST_FILE = 350
MOST_MODULES = 15  # of one folder: a drawer of more is not read as a sentence
MOST_PARAMETERS = 8
KERNELS = {"kernel", "inner"}  # decorators of what numba compiles


def sources(*tops: str) -> list[Path]:
    found = [path for top in tops for path in ([ROOT / top] if top.endswith(".py") else (ROOT / top).rglob("*.py"))]
    return sorted(path for path in found if path.is_file())


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def owners_of(path: Path) -> set[str]:
    """Return the file and the folders that it is in."""
    parents = path.relative_to(ROOT).parents
    return {name_of(path), *(parent.as_posix() for parent in parents if parent != Path())}


@cache
def parsed(path: Path) -> ast.Module:
    """Return the tree of a source, parsed once: its nodes are the same ones whoever asks."""
    return ast.parse(path.read_text("utf-8"))


def imports(path: Path) -> Iterator[tuple[ast.Import | ast.ImportFrom, str]]:
    """Yield each import of a file with the dotted name of the module it brings in."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = (node.module or "").removeprefix("lull.")
            # `from lull.model import spec` brings in model.spec, `from lull import cli` brings in cli
            packages = OURS | {"lull"}
            names = (f"{module}.{alias.name}" if module in packages else module for alias in node.names)
            yield from ((node, name.removeprefix("lull.")) for name in names)


def within(module: str, allowed: set[str]) -> bool:
    return any(module == one or module.startswith(f"{one}.") for one in allowed)


def test_our_packages_import_downwards_only() -> None:
    wrong = [
        f"{name_of(path)}:{node.lineno} imports {module}"
        for top, allowed in ALLOWED.items()
        for path in sources(top)
        for node, module in imports(path)
        if module.split(".")[0] in OURS and not within(module, allowed)
    ]
    assert wrong == []


def test_a_library_is_imported_by_its_owner_only() -> None:
    wrong = [
        f"{name_of(path)}:{node.lineno} imports {module}, which belongs to {', '.join(OWNERS[module.split('.')[0]])}"
        for path in sources(*ALLOWED)
        for node, module in imports(path)
        if not owners_of(path) & OWNERS.get(module.split(".")[0], owners_of(path))
    ]
    assert wrong == []


def test_the_environment_is_read_in_one_place() -> None:
    readers = {name_of(path) for path in sources(*ALLOWED) if re.search(r"\bos\.(environ|getenv)\b", path.read_text())}
    assert readers - ENVIRONMENT == set()


def test_the_alias_for_arrays_is_stated_once() -> None:
    stated = [name_of(path) for path in sources(*ALLOWED) if "type Array = " in path.read_text("utf-8")]
    assert stated == ["data/arrays.py"]


def test_imports_name_things_of_lull() -> None:
    """A bare `data` may be the user's own, `import lull.model` names nothing, relative imports hide the floor."""
    wrong = [
        f"{name_of(path)}:{node.lineno} imports {module or 'relatively'}"
        for path in sources(*ALLOWED, "tests", "benchmarks", "docs")
        for node, module in imports(path)
        if (isinstance(node, ast.Import) and module.removeprefix("lull.").split(".")[0] in OURS)
        or (isinstance(node, ast.ImportFrom) and (node.level > 0 or (node.module or "").split(".")[0] in OURS))
    ]
    assert wrong == []


STARTED = [path for path in sources("cli/commands", "cli/options", "cli/root.py") if name_of(path) != PROBLEMS]


@pytest.mark.parametrize("path", STARTED, ids=name_of)
def test_the_command_imports_nothing_of_ours_before_it_runs(path: Path) -> None:
    """Except other commands and options, for which the same holds."""
    tree = parsed(path)
    ours = [module for node, module in imports(path) if node in tree.body and module.split(".")[0] in OURS]
    assert [module for module in ours if not within(module, {"cli.commands", "cli.options"})] == []


@pytest.mark.parametrize("package", ["data", "scenarios"])
def test_no_sampler_is_loaded_by_what_does_not_sample(package: str) -> None:
    modules = [name_of(path).removesuffix(".py").replace("/", ".") for path in sources(package)]
    names = [module.removesuffix(".__init__") for module in modules]
    loaded = f"import sys; {'; '.join(f'import lull.{name}' for name in names)}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True, cwd=ROOT)
    assert {"pymc", "pytensor", "nutpie"} & set(run.stdout.split()) == set()


def test_files_are_short_well_named_and_inits_empty() -> None:
    paths = sources(*ALLOWED)
    assert [name_of(path) for path in paths if path.name == "__init__.py" and path.read_text("utf-8")] == [ENTRY]
    assert [name_of(path) for path in paths if path.stem in DRAWERS or path.stem == path.parent.name] == []
    assert [name_of(path) for path in paths if len(path.read_text("utf-8").splitlines()) > LONGEST_FILE] == []


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield each function of a file."""
    yield from (node for node in ast.walk(parsed(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return how many parameters a function takes, `self` and `cls` left out."""
    given = function.args
    names = [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return len([name for name in names if name not in {"self", "cls"}]) + sum(map(bool, (given.vararg, given.kwarg)))


def is_kernel(path: Path, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether numba compiles a function: its arrays are parameters of their own."""
    return path.is_relative_to(ROOT / "model") and bool(KERNELS & set(map(ast.unparse, function.decorator_list)))


def test_functions_take_few_parameters() -> None:
    own = [path for path in (ROOT / "lull").glob("*.py") if not path.is_symlink()]
    long = {
        f"{name_of(path)}:{function.name}"
        for path in (*sources(*ALLOWED, "benchmarks", "docs"), *own)
        for function in functions(path)
        if parameters(function) > MOST_PARAMETERS and not is_kernel(path, function)
    }
    assert long == set()


def test_every_package_is_linked_under_the_one_name() -> None:
    links = {path.name: path.resolve() for path in (ROOT / "lull").iterdir() if path.is_symlink()}
    assert links == {top: ROOT / top for top in ALLOWED}


def test_folders_are_few_files_each() -> None:
    modules = [path for path in sources(*ALLOWED) if path.name != "__init__.py" and path.parent != ROOT]
    folders = Counter(name_of(path.parent) for path in modules)
    assert {name: number for name, number in folders.items() if number > MOST_MODULES} == {}


def test_git_ignores_no_module_of_data() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    paths = [*(name_of(path) for path in sources("data")), "data/new.py", "data/importers/new.py"]
    run = subprocess.run(
        ["git", "check-ignore", "--no-index", *paths], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert (run.returncode, run.stdout) == (1, "")  # 1: none is ignored
