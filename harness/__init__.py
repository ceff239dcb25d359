"""The host side: labs, oracles, interpreters, scoring, records and reports."""

if __name__ != "findbench.harness":
    raise ImportError(f"import findbench.harness, not {__name__}: two copies of one module do not know each other")
