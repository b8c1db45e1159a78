"""The reader of .params files against MXNet's own writer, and against files that are damaged in any way."""

import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from zoo_core.errors import RunError
from zoo_core.gluon import mx
from zoo_core.params_file import read_params

TYPES = ["float32", "float64", "float16", "uint8", "int32", "int8", "int64", "bool"]
shapes = arrays_of.array_shapes(min_dims=1, max_dims=5, max_side=4)
arrays = st.sampled_from(TYPES).flatmap(lambda kind: arrays_of.arrays(kind, shapes))
named = st.dictionaries(st.text(min_size=1, max_size=20).filter(lambda name: "\0" not in name), arrays, max_size=5)
quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def written(path, content):
    with mx.util.np_shape(active=False):
        mx.nd.save(str(path), {name: mx.nd.array(each, dtype=each.dtype) for name, each in content.items()})
    return path


@quick
@given(content=named)
def test_reads_what_mxnet_writes(tmp_path, content):
    if not content:
        return  # MXNet writes an empty dictionary as a list of no arrays
    found = read_params(written(tmp_path / "some.params", content))
    assert list(found) == list(content)
    for name, each in content.items():
        assert found[name].dtype == each.dtype
        np.testing.assert_array_equal(found[name], each)


def test_version_3_with_numbers_and_empty_arrays(tmp_path):
    path = tmp_path / "new.params"
    with mx.util.np_shape(active=True):
        mx.nd.save(str(path), {"one": mx.nd.array(3.5).reshape(()), "none": mx.nd.zeros((0, 3))})
    found = read_params(path)
    assert found["one"] == np.float32(3.5)
    assert found["none"].shape == (0, 3)


def test_bfloat16_becomes_float32(tmp_path):
    """MXNet's Python cannot make it without an operator, so two bytes a number are called so."""
    halves = np.array([0x3FC0, 0xC010], "uint16").view("float16")
    content = written(tmp_path / "half.params", {"half": halves}).read_bytes()
    type_of_numbers = 24 + 4 + 4 + 4 + 8 + 8
    np.testing.assert_array_equal(read(tmp_path, put(content, type_of_numbers, "<i", 12))["half"], [1.5, -2.25])


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    content = {"features.weight": np.arange(24, dtype="float32").reshape(2, 3, 4), "bias": np.zeros(2, "float32")}
    return written(tmp_path_factory.mktemp("params") / "sound.params", content).read_bytes()


def read(folder, content):
    (folder / "file.params").write_bytes(content)
    return read_params(folder / "file.params")


def test_every_truncation_is_refused_with_its_place(sound, tmp_path):
    for kept in range(len(sound)):
        with pytest.raises(RunError, match=r"damaged, or not a file of MXNet weights: byte \d+: "):
            read(tmp_path, sound[:kept])


@quick
@given(data=st.data())
def test_damage_never_passes_as_something_else(sound, tmp_path, data):
    """A changed byte is refused, or changes numbers, names or types and nothing worse."""
    place = data.draw(st.integers(0, len(sound) - 1))
    damaged = bytearray(sound)
    damaged[place] ^= data.draw(st.integers(1, 255))
    try:
        found = read(tmp_path, bytes(damaged))
    except RunError:
        return
    assert len(found) == 2
    assert sum(each.nbytes for each in found.values()) == 26 * 4


@quick
@given(content=st.binary(max_size=300))
def test_anything_else_is_refused(tmp_path, content):
    with pytest.raises(RunError, match="damaged, or not a file of MXNet weights"):
        read(tmp_path, content)


def put(content, place, form, value):
    changed = bytearray(content)
    struct.pack_into(form, changed, place, value)
    return bytes(changed)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda sound: put(sound, 0, "<Q", 0x113), "begins with 0x113, and MXNet's files with 0x112"),
        (lambda sound: put(sound, 16, "<Q", 2**60), "there cannot be 1152921504606846976 arrays"),
        (lambda sound: put(sound, 24, "<I", 3), "array 1 of 2 is of an unknown version, 0x3"),
        (lambda sound: put(sound, 28, "<i", 1), "array 1 of 2 is sparse"),
        (lambda sound: put(sound, 32, "<i", -1), "array 1 of 2 has -1 axes"),
        (lambda sound: put(sound, 36, "<q", 2**40), "should have 52776558133248 bytes"),
        (lambda sound: put(sound, 36, "<q", -2), "has the shape .-2, 3, 4."),
        (lambda sound: put(sound, 68, "<i", 99), "numbers of an unknown type, 99"),
        (lambda sound: sound + b"\0", "1 bytes follow the last name"),
        (lambda sound: sound.replace(b"features.weight", b"features.w\xffight"), "name 1 is no text"),
    ],
)
def test_what_is_wrong_is_said(sound, tmp_path, damage, message):
    with pytest.raises(RunError, match=message):
        read(tmp_path, damage(sound))


def test_equal_names_and_no_names_are_refused(tmp_path):
    path = written(tmp_path / "two.params", {"a1": np.zeros(1, "float32"), "a2": np.zeros(1, "float32")})
    with pytest.raises(RunError, match="names repeat: a1"):
        read(tmp_path, path.read_bytes().replace(b"a2", b"a1"))
    mx.nd.save(str(path), [mx.nd.zeros(3)])
    with pytest.raises(RunError, match="without names"):
        read_params(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(RunError, match=r"none\.params: there are no weights here"):
        read_params(tmp_path / "none.params")
