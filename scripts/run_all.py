"""Compute a study and write everything: layers, figures, maps and reports."""

import argparse

from firecover import pipeline
from firecover.cli import guarded

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", nargs="?", default=pipeline.DEFAULT_STUDY)
    asked = parser.parse_args()
    with guarded():
        done = pipeline.run(asked.study, command=["scripts/run_all.py"])
        print(f"results: {done.folder}\nmaps:    {done.maps}/index.html")
