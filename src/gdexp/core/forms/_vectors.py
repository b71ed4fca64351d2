"""Products of rows of samples, in an order of sums that is written down.

Left to the compiler, sums vectorize as the processor and the versions at hand suggest,
and with them the last bits, on which T hangs in float32. So these two are given to LLVM
as vectors of `WIDTH` numbers, with fused products: the same bits on any machine. It
also takes 1.3 times less than what becomes of plain loops, as LLVM by itself does not
use registers of 512 bits. Half of what is left is the conversion of bytes.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

WIDTH = 16
ROWS = 4  # at a time, so that v and the sum are loaded once for four

# what an intrinsic of Numba returns: its signature and what writes the code
Written = tuple[Any, Callable[..., Any]]


def _products(_: Any, samples: Any, i: Any, last: Any, v: Any, out: Any) -> Written:
    _check(samples, v, out)

    def write(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        code = _Code(context, builder, signature, values)
        end = builder.sub(values[2], code.whole(1))
        indices = []
        for r in range(ROWS):
            row = builder.add(values[1], code.whole(r))
            below = builder.icmp_signed("<", row, end)
            indices.append(builder.select(below, row, end))
        rows = [code.row(0, row) for row in indices]
        x, out = code.data(3), code.data(4)
        many = [code.variable(ir.Constant(code.vector, None)) for _ in rows]
        rest = [code.variable(ir.Constant(code.real, 0.0)) for _ in rows]
        with code.vectors() as j:
            factor = code.load(x, j)
            for row, total in zip(rows, many, strict=True):
                sample = code.real_of(code.load(row, j))
                code.fma_to(total, sample, factor)
        with code.others() as j:
            factor = builder.load(builder.gep(x, [j]))
            for row, total in zip(rows, rest, strict=True):
                sample = code.real_of(builder.load(builder.gep(row, [j])))
                code.fma_to(total, sample, factor)
        for index, total, left in zip(indices, many, rest, strict=True):
            whole = builder.fadd(code.sum(builder.load(total)), builder.load(left))
            builder.store(whole, builder.gep(out, [index]))
        return context.get_dummy_value()

    return types.void(samples, i, last, v, out), write


def _add(_: Any, samples: Any, rows: Any, weights: Any, g: Any, total: Any) -> Written:
    _check(samples, rows, weights, total)

    def write(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        code = _Code(context, builder, signature, values, real=4)
        found = []
        for r in range(ROWS):
            place = builder.add(values[3], code.whole(r))
            row = code.row(0, builder.load(builder.gep(code.data(1), [place])))
            weight = builder.load(builder.gep(code.data(2), [place]))
            found.append((row, weight, code.all(weight)))
        total = code.data(4)
        with code.vectors() as j:
            sums = code.load(total, j)
            for row, _, weight in found:
                sums = code.fma(code.real_of(code.load(row, j)), weight, sums)
            code.store(sums, total, j)
        with code.others() as j:
            place = builder.gep(total, [j])
            one = builder.load(place)
            for row, weight, _ in found:
                sample = code.real_of(builder.load(builder.gep(row, [j])))
                one = code.fma(sample, weight, one)
            builder.store(one, place)
        return context.get_dummy_value()

    return types.void(samples, rows, weights, g, total), write


def _check(*arrays: Any) -> None:
    """Refuse to compile for arrays whose numbers do not lie one behind the other."""
    for array in arrays:
        if array.layout != "C":
            raise TypingError(f"layout {array.layout} of an array; allowed: C")


# products(samples, i, last, v, out): out[i : i + 4] = samples[i : i + 4] @ v, of the
# rows before the last. Each is a sum over j of `WIDTH` parts, by j mod `WIDTH`, added
# by halves, and of the numbers left at the end.
products: Callable[..., None] = intrinsic(_products)

# add(samples, rows, weights, g, total): total += weights * samples over the rows g to
# g + 3 of a list, one row after the other.
add: Callable[..., None] = intrinsic(_add)


class _Code:
    """LLVM's code of one call: arrays, vectors of their numbers, loops over a row."""

    def __init__(
        self, context: Any, builder: Any, signature: Any, values: Any, real: int = 3
    ) -> None:
        self._context, self._builder, self._values = context, builder, values
        self._types = signature.args
        self._arrays = {
            k: make_array(kind)(context, builder, values[k])  # type: ignore[no-untyped-call]
            for k, kind in enumerate(self._types)
            if isinstance(kind, types.Array)
        }
        self._signed = getattr(self._types[0].dtype, "signed", False)
        self.real = context.get_data_type(self._types[real].dtype)
        self.vector = ir.VectorType(self.real, WIDTH)
        self._length = builder.extract_value(self._arrays[0].shape, 1)
        whole = builder.sdiv(self._length, self.whole(WIDTH))
        self._full = builder.mul(whole, self.whole(WIDTH))

    def whole(self, number: int) -> Any:
        return self._context.get_constant(types.intp, number)

    def variable(self, value: Any) -> Any:
        return cgutils.alloca_once_value(self._builder, value)  # type: ignore[no-untyped-call]

    def data(self, k: int) -> Any:
        """Return where the numbers of an array begin."""
        return self._arrays[k].data

    def row(self, k: int, i: Any) -> Any:
        """Return where a row of the samples begins; they lie one behind the other."""
        start = self._builder.mul(i, self._length)
        return self._builder.gep(self.data(k), [start])

    @contextmanager
    def vectors(self) -> Iterator[Any]:
        """Write what is done for each whole vector of a row, from the index given."""
        with cgutils.for_range_slice(
            self._builder, self.whole(0), self._full, self.whole(WIDTH)
        ) as (j, _):
            yield j

    @contextmanager
    def others(self) -> Iterator[Any]:
        """Write what is done for each number behind the vectors."""
        with cgutils.for_range_slice(
            self._builder, self._full, self._length, self.whole(1)
        ) as (j, _):
            yield j

    def load(self, base: Any, j: Any) -> Any:
        kind = ir.VectorType(base.type.pointee, WIDTH).as_pointer()
        place = self._builder.bitcast(self._builder.gep(base, [j]), kind)
        return self._builder.load(place, align=1)

    def store(self, value: Any, base: Any, j: Any) -> None:
        place = self._builder.gep(base, [j])
        place = self._builder.bitcast(place, value.type.as_pointer())
        self._builder.store(value, place, align=1)

    def real_of(self, value: Any) -> Any:
        """Return samples as numbers of the precision of the products."""
        several = isinstance(value.type, ir.VectorType)
        kind = self.vector if several else self.real
        stored = value.type.element if several else value.type
        if isinstance(stored, ir.IntType):
            convert = self._builder.sitofp if self._signed else self._builder.uitofp
            return convert(value, kind)
        if stored == self.real:
            return value
        shorter = self.real == ir.FloatType()
        return (self._builder.fptrunc if shorter else self._builder.fpext)(value, kind)

    def all(self, number: Any) -> Any:
        """Return a vector of one number."""
        zero = ir.Constant(ir.IntType(32), 0)
        first = self._builder.insert_element(
            ir.Constant(self.vector, ir.Undefined), number, zero
        )
        return self._shuffle(first, [0] * WIDTH)

    def sum(self, vector: Any) -> Any:
        """Return the sum of a vector, by halves."""
        width = WIDTH
        while width > 1:
            width //= 2
            lower = self._shuffle(vector, list(range(width)))
            upper = self._shuffle(vector, list(range(width, 2 * width)))
            vector = self._builder.fadd(lower, upper)
        return self._builder.extract_element(vector, ir.Constant(ir.IntType(32), 0))

    def fma(self, a: Any, b: Any, c: Any) -> Any:
        """Return a b + c, rounded once."""
        kind = "f32" if self.real == ir.FloatType() else "f64"
        name = f"v{WIDTH}{kind}" if isinstance(a.type, ir.VectorType) else kind
        kinds = ir.FunctionType(a.type, [a.type] * 3)
        function = cgutils.get_or_insert_function(  # type: ignore[no-untyped-call]
            self._builder.module, kinds, f"llvm.fma.{name}"
        )
        return self._builder.call(function, [a, b, c])

    def fma_to(self, total: Any, a: Any, b: Any) -> None:
        """Add a product to a variable."""
        self._builder.store(self.fma(a, b, self._builder.load(total)), total)

    def _shuffle(self, vector: Any, places: list[int]) -> Any:
        mask = ir.Constant(ir.VectorType(ir.IntType(32), len(places)), places)
        return self._builder.shuffle_vector(vector, vector, mask)
