"""The reader of .params files against MXNet's own writer, and against files that are damaged in any way."""

import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from zoo_core.common.errors import RunError
from zoo_core.engines.gluon import mx
from zoo_core.engines.params_file import read_params, write_params

TYPES = ["float32", "float64", "float16", "uint8", "int32", "int8", "int64", "bool"]
shapes = arrays_of.array_shapes(min_dims=1, max_dims=5, max_side=4)
arrays = st.sampled_from(TYPES).flatmap(lambda kind: arrays_of.arrays(kind, shapes))
# Not those of a codec, which takes seconds to find out what can be encoded.
characters = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
named = st.dictionaries(st.text(characters, min_size=1, max_size=20), arrays, max_size=5)
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
        (lambda sound: put(sound, 0, "<Q", 0x113), "begins with 0x113, but MXNet's files begin with 0x112"),
        (lambda sound: put(sound, 16, "<Q", 2**60), "there cannot be 1152921504606846976 arrays"),
        (lambda sound: put(sound, 24, "<I", 0xF993FAC7), "array 1 of 2 is of an unknown version, 0xf993fac7"),
        (lambda sound: put(sound, 28, "<i", 1), "array 1 of 2 is sparse"),
        (lambda sound: put(sound, 32, "<i", -1), "array 1 of 2 has -1 axes"),
        (lambda sound: put(sound, 36, "<q", 2**40), "should have 52776558133248 bytes"),
        (lambda sound: put(sound, 36, "<q", -2), "has the shape .-2, 3, 4."),
        (lambda sound: put(put(sound, 36, "<q", 0), 44, "<q", 2**62), "has the shape .0, 4611686018427387904, 4."),
        (lambda sound: put(sound, 68, "<i", 99), "numbers of an unknown type, 99"),
        (lambda sound: sound + b"\0", "1 bytes follow the last name"),
        (lambda sound: sound.replace(b"features.weight", b"features.w\xffight"), "name 1 is not text"),
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
    with pytest.raises(RunError, match=r"none\.params: contains no weights"):
        read_params(tmp_path / "none.params")


def in_the_layout_of(version, content):
    """A file as MXNet wrote it before 1.0: version 1, or 0, when an array had none."""
    parts = [struct.pack("<QQQ", 0x112, 0, len(content))]
    for each in content.values():
        if version:
            parts.append(struct.pack(f"<II{each.ndim}q", 0xF993FAC8, each.ndim, *each.shape))
        else:
            parts.append(struct.pack(f"<I{each.ndim}I", each.ndim, *each.shape))
        parts.append(struct.pack("<iii", 1, 0, {"float32": 0, "float64": 1, "uint8": 3}[str(each.dtype)]))
        parts.append(each.tobytes())
    parts.append(struct.pack("<Q", len(content)))
    parts += [struct.pack("<Q", len(name)) + name.encode() for name in content]
    return b"".join(parts)


@pytest.mark.parametrize("version", [0, 1])
def test_layouts_before_mxnet_1_are_read_as_mxnet_reads_them(tmp_path, version):
    content = {
        "conv.weight": np.arange(24, dtype="float32").reshape(2, 3, 4),
        "b": np.array([0.5, np.pi]),
        "bytes": np.arange(7, dtype="uint8"),
    }
    (tmp_path / "old.params").write_bytes(in_the_layout_of(version, content))
    found, theirs = read_params(tmp_path / "old.params"), mx.nd.load(str(tmp_path / "old.params"))
    assert list(found) == list(content) == list(theirs)
    for name, each in content.items():
        assert found[name].dtype == each.dtype
        np.testing.assert_array_equal(found[name], each)
        np.testing.assert_array_equal(theirs[name].asnumpy(), each)


@pytest.mark.parametrize("version", [0, 1])
def test_every_truncation_of_an_old_layout_is_refused(tmp_path, version):
    content = in_the_layout_of(version, {"a": np.arange(6, dtype="float32").reshape(2, 3), "b": np.zeros(2, "uint8")})
    for kept in range(len(content)):
        with pytest.raises(RunError, match=r"damaged, or not a file of MXNet weights: byte \d+: "):
            read(tmp_path, content[:kept])


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """A file that we wrote."""
    path = tmp_path_factory.mktemp("ours") / "ours.params"
    write_params(path, {"weight": np.arange(6, dtype="float32").reshape(2, 3), "bias": np.ones(2, "float32")})
    return path


def test_every_changed_bit_of_a_file_of_ours_is_refused(ours, tmp_path):
    content = ours.read_bytes()
    for bit in range(8 * len(content)):
        damaged = bytearray(content)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(RunError, match="damaged, or not a file of MXNet weights"):
            read(tmp_path, damaged)


def test_a_file_of_ours_is_for_mxnet_as_any_other(ours):
    theirs = mx.nd.load(str(ours))
    assert list(theirs) == ["weight", "bias"]
    dense = mx.gluon.nn.Dense(2, in_units=3)
    dense.load_parameters(str(ours))
    np.testing.assert_array_equal(dense.weight.data().asnumpy(), np.arange(6).reshape(2, 3))


def test_a_file_without_a_checksum_is_read(ours, tmp_path):
    found = read(tmp_path, put(ours.read_bytes(), 8, "<Q", 0))
    np.testing.assert_array_equal(found["weight"], np.arange(6).reshape(2, 3))


def with_empty_arrays(names):
    content = in_the_layout_of(1, {"a": np.zeros((1, 0), "float32")})
    array, count = content[24:-17], struct.pack("<Q", len(names))
    listed = b"".join(struct.pack("<Q", len(name)) + name.encode() for name in names)
    return content[:16] + count + array * len(names) + count + listed


@pytest.mark.slow
def test_many_arrays_are_read_or_refused_soon(tmp_path):
    """Comparing each name with each other one took minutes."""
    names = [f"a{place}" for place in range(20_000)]
    assert list(read(tmp_path, with_empty_arrays(names))) == names
    with pytest.raises(RunError, match="names repeat: same"):
        read(tmp_path, with_empty_arrays(["same"] * 20_000))
    with pytest.raises(RunError, match="there are 100000 arrays, but a network has at most 50000"):
        read(tmp_path, with_empty_arrays(["same"] * 100_000))


def test_eight_gigabytes_of_nothing_are_refused_unread(tmp_path):
    path = tmp_path / "sparse.params"
    with path.open("wb") as file:
        file.write(in_the_layout_of(1, {"a": np.zeros(1, "float32")})[:-21])
        file.truncate(8 << 30)
    tracemalloc.start()
    with pytest.raises(RunError, match="has 8589934592 bytes, but at most 4294967296"):
        read_params(path)
    with path.open("r+b") as file:
        file.truncate(4 << 30)
    with pytest.raises(RunError, match="damaged"):
        read_params(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1 << 20


def test_a_name_of_gigabytes_is_refused_unread(tmp_path):
    content = in_the_layout_of(1, {"a": np.zeros(1, "float32")})
    path = tmp_path / "long.params"
    with path.open("wb") as file:
        file.write(content[:-9] + struct.pack("<Q", 3 << 30))
        file.truncate(4 << 30)
    with pytest.raises(RunError, match="name 1 should have 3221225472 bytes"):
        read_params(path)
