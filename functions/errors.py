"""Expected errors of the function space.

ValueError
└── SuiteError        a suite does not exist, is damaged or cannot be made: one line, what, why, what to do
"""


class SuiteError(ValueError):
    """A suite does not exist, is damaged or cannot be made."""
