"""The modelled inputs of the bundled study, made from published facts and a fixed seed."""

from firecover.demo.write import STEPS, make_inputs

__all__ = ["STEPS", "make_inputs"]
