"""Draw the maps of a study: single files that open in a browser without a network."""

import argparse

from firecover import pipeline
from firecover.cli import guarded

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", nargs="?", default=pipeline.DEFAULT_STUDY)
    asked = parser.parse_args()
    with guarded():
        done = pipeline.run(asked.study, only="maps", command=["scripts/make_maps.py"])
        print(f"open {done.maps}/index.html")
