"""Content as IPFS has it: files become the blocks that `ipfs add` would make of them, and blocks become CAR files to upload."""

from .cid import Cid, parse
from .errors import ChangedError, DagError, OptionError, Problem, UnreadableError
from .options import Options
from .parts import Part
from .plan import Plan, measure, plan

__all__ = ["ChangedError", "Cid", "DagError", "OptionError", "Options", "Part", "Plan", "Problem", "UnreadableError", "measure", "parse", "plan"]
