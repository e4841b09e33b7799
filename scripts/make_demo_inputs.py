"""Make the modelled inputs of the bundled study anew: make_demo_inputs.py [FOLDER]."""

import sys
from pathlib import Path

from rich.progress import Progress

from firecover.demo import STEPS, make_inputs
from firecover.errors import FirecoverError

BUNDLED = Path(__file__).resolve().parents[1] / "data" / "raw" / "youyang"


def main() -> int:
    """Write the inputs into the given folder, or over the bundled ones."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else BUNDLED
    with Progress() as progress:
        task = progress.add_task("starting", total=STEPS)

        def tell(step: str) -> None:
            progress.update(task, advance=1, description=step)

        try:
            make_inputs(folder, published=BUNDLED, tell=tell)
        except FirecoverError as error:
            progress.console.print(str(error), style="red")
            return 2
    print(f"written: {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
