"""Everything that a run writes: layers, figures, maps, reports."""
