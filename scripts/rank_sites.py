"""Rank the candidate sites, say how sure that is, and choose the best further stations."""

import argparse

from firecover import pipeline
from firecover.cli import guarded
from firecover.tables import print_ranking, print_solutions

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", nargs="?", default=pipeline.DEFAULT_STUDY)
    asked = parser.parse_args()
    with guarded():
        done = pipeline.run(asked.study, only="ranking", command=["scripts/rank_sites.py"])
        print_ranking(done.results.candidates, done.results.ranking_figures)
        print_solutions(done.results.solutions)
