"""Write the coverage reports of a study, in Chinese and English."""

import argparse

from firecover import pipeline
from firecover.cli import guarded

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", nargs="?", default=pipeline.DEFAULT_STUDY)
    asked = parser.parse_args()
    with guarded():
        done = pipeline.run(asked.study, only="report", command=["scripts/write_report.py"])
        print(f"reports: {done.folder}/report.zh.html, {done.folder}/report.en.html")
