"""The newkind newpart for the detector zoo."""
