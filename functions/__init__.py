"""Hidden functions: specs, ground truth, descriptions, samplers, suites, audit. Imports nothing from `harness`."""

if __name__ != "findbench.functions":
    raise ImportError(f"import findbench.functions, not {__name__}: two copies of one module do not know each other")
