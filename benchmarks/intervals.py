"""Intervals that stand beside shares."""


def wilson(right: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """95 % interval of the share `right / of`, from 0 to 1 (Wilson 1927)."""
    middle = (right + z * z / 2) / (of + z * z)
    half = z * (right * (of - right) / of + z * z / 4) ** 0.5 / (of + z * z)
    return max(0.0, middle - half), min(1.0, middle + half)
