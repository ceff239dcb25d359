"""Numeric functions: atoms, sums and products, with noise, a corrupted region, or a network in the formula's place."""
