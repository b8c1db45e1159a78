"""The colours of classes, the same in every picture, chart and page, and the text that is legible on them."""

from __future__ import annotations

import colorsys
from functools import lru_cache
from typing import TypeAlias

__all__ = ["Colour", "class_colour", "contrast", "css", "text_colour"]

Colour: TypeAlias = tuple[int, int, int]
"""Red, green and blue from 0 to 255, as sRGB."""

_FIRST: tuple[Colour, ...] = (
    (0, 114, 178),  # blue
    (213, 94, 0),  # vermilion
    (0, 160, 120),  # green
    (139, 26, 75),  # wine
    (154, 128, 245),  # lavender
    (58, 32, 184),  # indigo
)
"""Also told apart with protanopia, deuteranopia and tritanopia; the first two are of Okabe and Ito."""
_LUMINANCES = (0.29, 0.05, 0.24, 0.04)
"""Of the colours that follow: neighbours differ in it, which all eyes see. Each has a contrast of 3 to white paper."""
_HUE_TURN, _SATURATION_TURN = 2**0.5 - 1, 3**0.5 - 1
"""From one colour to the next; irrational, so that no earlier colour comes back."""
_BLACK, _WHITE = (0, 0, 0), (255, 255, 255)


@lru_cache(4096)
def class_colour(index: int) -> Colour:
    """The colour of the class with an index: it depends on nothing else, so a class has it wherever it is drawn.

    Args:
        index: from 0 on; there is no last one.
    """
    if index < len(_FIRST):
        return _FIRST[index]
    number = index - len(_FIRST)
    hue, saturation = number * _HUE_TURN % 1, 0.6 + 0.4 * (number * _SATURATION_TURN % 1)
    return _with_luminance(colorsys.hsv_to_rgb(hue, saturation, 1), _LUMINANCES[number % len(_LUMINANCES)])


def text_colour(background: Colour) -> Colour:
    """Black or white, whichever has the higher contrast: it is 4.58 or more on any background."""
    return max(_BLACK, _WHITE, key=lambda ink: contrast(ink, background))


def contrast(one: Colour, other: Colour) -> float:
    """The contrast of two colours as WCAG 2 defines it, from 1 to 21."""
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def css(colour: Colour) -> str:
    """A colour as CSS, SVG and Matplotlib read it: ``#0072b2``."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _with_luminance(parts: tuple[float, float, float], luminance: float) -> Colour:
    """A colour, of parts from 0 to 1, darkened or mixed with white until it has a luminance."""
    red, green, blue = map(_linear, parts)
    own = _weighted(red, green, blue)
    if own > luminance:
        lights = [each * luminance / own for each in (red, green, blue)]
    else:
        lights = [each + (1 - each) * (luminance - own) / (1 - own) for each in (red, green, blue)]
    red, green, blue = (round(255 * _encoded(each)) for each in lights)
    return red, green, blue


def _luminance(colour: Colour) -> float:
    """The relative luminance of WCAG 2, from 0 to 1."""
    red, green, blue = (_linear(part / 255) for part in colour)
    return _weighted(red, green, blue)


def _weighted(red: float, green: float, blue: float) -> float:
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    """A part of sRGB, from 0 to 1, as an amount of light."""
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _encoded(light: float) -> float:
    """The other way of `_linear`."""
    return light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
