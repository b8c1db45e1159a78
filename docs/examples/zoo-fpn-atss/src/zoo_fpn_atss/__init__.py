"""A feature pyramid and adaptive training sample selection for the detector zoo."""
