"""Steps of a processor for bytes times digits, 64 at a time (VNNI), as code for LLVM.

Sums of such products are exact as long as they fit into 32 bits: the same bits in any
order, so on any machine that has these steps. See `_digits` for what digits are.
"""

from collections.abc import Callable
from functools import partial
from itertools import chain
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.registry import cpu_target
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

from gdexp.core.forms._digits import DIGITS

ROWS = 4  # at a time
COLUMNS = 64  # at a time: what rows of bytes have a multiple of
WIDEST = 2**20  # columns whose sums fit into 32 bits

BYTE, SHORT, WORD, LONG = (ir.IntType(bits) for bits in (8, 16, 32, 64))
BYTES, WORDS = ir.VectorType(BYTE, 64), ir.VectorType(WORD, 16)
REALS = ir.VectorType(ir.DoubleType(), 8)


def multiplies_bytes() -> bool:
    """Return whether the processor that is compiled for has steps for bytes."""
    features: str = cpu_target.target_context.codegen().magic_tuple()[2]
    return "+avx512vnni" in features


def _dots(_: Any, samples: Any, i: Any, last: Any, digits: Any, out: Any) -> Any:
    def write(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        data = _data(context, builder, signature, values)
        d = _length(context, builder, signature, values)
        end = builder.sub(values[2], _whole(1))
        rows = []
        for r in range(ROWS):
            row = builder.add(values[1], _whole(r))
            row = builder.select(builder.icmp_signed("<", row, end), row, end)
            rows.append(builder.gep(data[0], [builder.mul(row, d)]))
        places = [
            builder.gep(data[3], [builder.mul(_whole(k), d)]) for k in range(DIGITS)
        ]
        sums = [[_variable(builder) for _ in places] for _ in rows]
        with cgutils.for_range_slice(builder, _whole(0), d, _whole(COLUMNS)) as (j, _):
            vectors = [_load(builder, place, j, BYTES) for place in places]
            for row, totals in zip(rows, sums, strict=True):
                sample = _load(builder, row, j, BYTES)
                for vector, total in zip(vectors, totals, strict=True):
                    _add_quads(builder, total, sample, vector)
        long = ir.VectorType(LONG, 16)
        add = _function(builder, "llvm.vector.reduce.add.v16i64", LONG, long)
        for r, totals in enumerate(sums):
            whole = _whole(0)
            for k, total in enumerate(totals):
                one = builder.call(add, [builder.sext(builder.load(total), long)])
                whole = builder.add(whole, builder.shl(one, _whole(8 * k)))
            builder.store(whole, builder.gep(data[4], [_whole(r)]))
        return context.get_dummy_value()

    return types.void(samples, i, last, digits, out), write


def _pull(
    _: Any,
    samples: Any,
    rows: Any,
    count: Any,
    digits: Any,
    unit: Any,
    total: Any,
    ahead: Any,
) -> Any:
    def write(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        data = _data(context, builder, signature, values)
        d = _length(context, builder, signature, values)
        width = _length(context, builder, signature, values, 3)
        unit = _all(builder, values[4], REALS)
        sums = [[_variable(builder) for _ in range(4)] for _ in range(DIGITS)]
        with cgutils.for_range_slice(builder, _whole(0), d, _whole(COLUMNS)) as (j, _):
            for total in chain.from_iterable(sums):
                builder.store(ir.Constant(WORDS, None), total)
            with cgutils.for_range_slice(
                builder, _whole(0), values[2], _whole(ROWS)
            ) as (g, _):
                four = []
                for r in range(ROWS):
                    place = builder.gep(data[1], [builder.add(g, _whole(r))])
                    row = builder.mul(builder.load(place), d)
                    four.append(_load(builder, builder.gep(data[0], [row]), j, BYTES))
                    row = builder.add(values[6], builder.add(g, _whole(r)))
                    place = builder.add(builder.mul(row, d), j)
                    _fetch(builder, builder.gep(data[0], [place]))
                quads = _quads_of_columns(builder, *four)
                for k, totals in enumerate(sums):
                    place = builder.add(builder.mul(_whole(k), width), g)
                    place = builder.gep(data[3], [place])
                    weights = builder.load(
                        builder.bitcast(place, WORD.as_pointer()), align=1
                    )
                    weights = builder.bitcast(_all(builder, weights, WORDS), BYTES)
                    for quad, total in zip(quads, totals, strict=True):
                        _add_quads(builder, total, quad, weights)
            high = [
                builder.add(
                    builder.shl(builder.load(top), ir.Constant(WORDS, [8] * 16)),
                    builder.load(middle),
                )
                for top, middle in zip(sums[2], sums[1], strict=True)
            ]
            low = [builder.load(total) for total in sums[0]]
            halves = zip(_in_order(builder, high), _in_order(builder, low), strict=True)
            for part, (upper, lower) in enumerate(halves):
                for half in (0, 1):
                    place = builder.add(j, _whole(16 * part + 8 * half))
                    place = builder.gep(data[5], [place])
                    place = builder.bitcast(place, REALS.as_pointer())
                    one = _real(builder, upper, half)
                    one = builder.fmul(one, ir.Constant(REALS, [256.0] * 8))
                    one = builder.fadd(one, _real(builder, lower, half))
                    # exact until here, and the product with a power of two is
                    one = builder.fmul(one, unit)
                    one = builder.fadd(one, builder.load(place, align=1))
                    builder.store(one, place, align=1)
        return context.get_dummy_value()

    return types.void(samples, rows, count, digits, unit, total, ahead), write


# dots(samples, i, last, digits, out): out[:4] = samples[i : i + 4] @ the whole numbers
# of the digits, int64, of the rows before the last.
dots: Callable[..., None] = intrinsic(_dots)

# pull(samples, rows, count, digits, unit, total, ahead): total += unit * the whole
# numbers of the digits times the `count` first of these rows, a multiple of four, at
# most 252. As many rows from `ahead` on are fetched meanwhile: to wait for them in
# `dots` would take longer than all its steps.
pull: Callable[..., None] = intrinsic(_pull)


def _whole(number: int) -> Any:
    return ir.Constant(LONG, number)


def _real(builder: Any, words: Any, half: int) -> Any:
    """Return one half of sixteen words as numbers."""
    places = list(range(8 * half, 8 * half + 8))
    return builder.sitofp(_shuffle(builder, words, words, places), REALS)


def _variable(builder: Any) -> Any:
    return cgutils.alloca_once_value(builder, ir.Constant(WORDS, None))  # type: ignore[no-untyped-call]


def _array(context: Any, builder: Any, signature: Any, values: Any, k: int) -> Any:
    return make_array(signature.args[k])(context, builder, values[k])  # type: ignore[no-untyped-call]


def _data(context: Any, builder: Any, signature: Any, values: Any) -> dict[int, Any]:
    """Return where the numbers of each array begin."""
    array = partial(_array, context, builder, signature, values)
    kinds = enumerate(signature.args)
    return {k: array(k).data for k, kind in kinds if isinstance(kind, types.Array)}


def _length(context: Any, builder: Any, signature: Any, values: Any, k: int = 0) -> Any:
    """Return the length of the rows of an array."""
    array = _array(context, builder, signature, values, k)
    return builder.extract_value(array.shape, 1)


def _function(builder: Any, name: str, result: Any, *arguments: Any) -> Any:
    kind = ir.FunctionType(result, arguments)
    return cgutils.get_or_insert_function(builder.module, kind, name)  # type: ignore[no-untyped-call]


def _load(builder: Any, base: Any, j: Any, kind: Any) -> Any:
    place = builder.bitcast(builder.gep(base, [j]), kind.as_pointer())
    return builder.load(place, align=1)


def _fetch(builder: Any, place: Any) -> None:
    """Have memory brought near; where there is none, nothing happens."""
    kinds = [place.type, WORD, WORD, WORD]
    fetch = _function(builder, "llvm.prefetch.p0", ir.VoidType(), *kinds)
    # to read it, into the second cache, as data
    builder.call(fetch, [place, *(ir.Constant(WORD, x) for x in (0, 2, 1))])


def _all(builder: Any, number: Any, kind: Any) -> Any:
    """Return a vector of one number."""
    nothing = ir.Constant(kind, ir.Undefined)
    first = builder.insert_element(nothing, number, ir.Constant(WORD, 0))
    return _shuffle(builder, first, nothing, [0] * kind.count)


def _shuffle(builder: Any, a: Any, b: Any, places: list[int]) -> Any:
    mask = ir.Constant(ir.VectorType(WORD, len(places)), places)
    return builder.shuffle_vector(a, b, mask)


def _add_quads(builder: Any, total: Any, x: Any, y: Any) -> None:
    """Add to each word of a variable the four products of bytes that lie there.

    The bytes x are without, y with a sign.
    """
    name = "llvm.x86.avx512.vpdpbusd.512"
    add = _function(builder, name, WORDS, WORDS, WORDS, WORDS)
    x, y = builder.bitcast(x, WORDS), builder.bitcast(y, WORDS)
    builder.store(builder.call(add, [builder.load(total), x, y]), total)


def _quads_of_columns(builder: Any, a: Any, b: Any, c: Any, d: Any) -> list[Any]:
    """Return four vectors whose words hold the bytes of a column, of four rows each.

    The word 4 p + q of the vector m is of the column 16 p + 4 m + q, as bytes are
    interleaved within 128 bits only.
    """

    def interleaved(x: Any, y: Any, half: int, size: int) -> Any:
        """Return one half of each 128 bits of x beside that of y, by `size` bits."""
        count, inside = 512 // size, 128 // size
        places = []
        for start in range(half * inside // 2, count, inside):
            for place in range(start, start + inside // 2):
                places += [place, count + place]
        return _shuffle(builder, x, y, places)

    quads = []
    for half in (0, 1):
        pairs = [
            builder.bitcast(interleaved(x, y, half, 8), ir.VectorType(SHORT, 32))
            for x, y in ((a, b), (c, d))
        ]
        for other in (0, 1):
            quad = interleaved(pairs[0], pairs[1], other, 16)
            quads.append(builder.bitcast(quad, BYTES))
    return quads


def _in_order(builder: Any, found: list[Any]) -> list[Any]:
    """Return four vectors of such columns as they follow each other."""
    first, second = (
        _shuffle(builder, found[m], found[m + 1], list(range(32))) for m in (0, 2)
    )
    return [
        _shuffle(
            builder,
            first,
            second,
            [16 * m + 4 * part + q for m in range(4) for q in range(4)],
        )
        for part in range(4)
    ]
