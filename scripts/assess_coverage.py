"""Assess who is reached in time, and print the headline of every scenario."""

import argparse

from firecover import pipeline
from firecover.cli import guarded
from firecover.tables import print_headline

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", nargs="?", default=pipeline.DEFAULT_STUDY)
    asked = parser.parse_args()
    with guarded():
        done = pipeline.run(asked.study, only="assessment", command=["scripts/assess_coverage.py"])
        print_headline(done.results)
        print(f"figures: {done.folder}/results.json")
