"""The arithmetic of sliding windows, against counting them."""

from hypothesis import given
from hypothesis import strategies as st

from zoo_core.plugin_api import FeatureMap, ImageSize
from zoo_gluoncv_ssd.shapes import Stage, Window, feature_maps, smallest_input

windows = st.builds(
    Window, kernel=st.integers(1, 7), stride=st.integers(1, 4), padding=st.integers(0, 1), round_up=st.booleans()
).filter(lambda window: window.kernel > 2 * window.padding)
stages = st.lists(st.builds(Stage, st.just(1), st.lists(windows, max_size=3).map(tuple)), min_size=1, max_size=4)


@given(window=windows, side=st.integers(1, 60))
def test_output_counts_the_windows(window, side):
    if side < window.smallest_side(1):
        return
    end = side + 2 * window.padding
    fitting = [start for start in range(0, end, window.stride) if start + window.kernel <= end]
    reaches_over = fitting[-1] + window.kernel < end and window.round_up
    assert window.output(side) == len(fitting) + reaches_over


@given(window=windows, output=st.integers(1, 30))
def test_smallest_side_is_the_first_with_so_much_output(window, output):
    smallest = window.smallest_side(output)
    fits = [side for side in range(1, smallest + 5) if side + 2 * window.padding >= window.kernel]
    assert next(side for side in fits if window.output(side) >= output) == smallest


@given(stages=stages)
def test_smallest_input_leaves_every_window_enough(stages):
    smallest = smallest_input(stages)
    assert all_fit(stages, smallest.height)
    assert smallest.height == 1 or not all_fit(stages, smallest.height - 1)
    assert all(each.height >= 1 and each.width >= 1 for each in feature_maps(stages, smallest))


def all_fit(stages, side):
    for window in (window for stage in stages for window in stage.windows):
        if window.kernel > side + 2 * window.padding:
            return False
        side = window.output(side)
    return True


def test_height_and_width_go_their_own_ways():
    halve, shrink = Window(kernel=3, stride=2, padding=1), Window(kernel=3)
    maps = feature_maps([Stage(8, (halve, halve)), Stage(4, (shrink,))], ImageSize(height=21, width=40))
    assert maps == (FeatureMap(8, 6, 10, 4), FeatureMap(4, 4, 8, 4))
