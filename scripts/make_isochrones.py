"""Write the GeoPackage, the QGIS project and the response-time rasters of a study."""

import argparse

from firecover import pipeline
from firecover.cli import guarded

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", nargs="?", default=pipeline.DEFAULT_STUDY)
    asked = parser.parse_args()
    with guarded():
        done = pipeline.run(asked.study, only="isochrones", command=["scripts/make_isochrones.py"])
        for row in done.results.isochrones.itertuples():
            print(f"{row.scenario:12} {row.minutes:4g} min {row.area_km2:8.1f} km²")
        print(f"layers: {done.folder}/coverage.gpkg")
