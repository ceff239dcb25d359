"""Every exception that a public name raises.

FindbenchError and what comes of it are drawn in `findbench.harness.errors`; SuiteError, a ValueError, is what the
function space raises for a suite that does not exist, is damaged or cannot be made.
"""

from findbench.functions.errors import SuiteError as SuiteError
from findbench.harness.errors import BudgetReached as BudgetReached
from findbench.harness.errors import Cancelled as Cancelled
from findbench.harness.errors import ContextOverflow as ContextOverflow
from findbench.harness.errors import EngineError as EngineError
from findbench.harness.errors import FatalModelError as FatalModelError
from findbench.harness.errors import FindbenchError as FindbenchError
from findbench.harness.errors import InfrastructureError as InfrastructureError
from findbench.harness.errors import ModelError as ModelError
from findbench.harness.errors import RecordError as RecordError
from findbench.harness.errors import UsageError as UsageError
