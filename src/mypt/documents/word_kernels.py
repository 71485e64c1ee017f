"""Words, n-grams and MinHash as compiled loops over UTF-8 bytes, free of the interpreter's lock.

The constants stand here again because the compiler's cache sees a change in this
file only; a test holds both files to the same integers.
"""

import numba
import numpy as np

_START, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)  # FNV-1a
_MIX, _ROLL = np.uint64(0xD6E8FEB86659FD93), np.uint64(0x9E3779B97F4A7C15)
_SEPARATOR, _WORD, _ALONE = 0, 1, 2
_ALONE_FROM, _ALONE_TO = 0x1F000, 0x3FFFF
_BEYOND_BYTES = 128  # where the classes of characters stand, behind those of bytes, less those of ASCII
_BLOCK = 2048  # n-grams at a time, so that hashes stay in the nearest cache
_NONE, _ONE = np.uint64(0), np.uint64(1)  # unsigned positions need no check for a negative index

_compiled = numba.njit(nogil=True, cache=True)
_inlined = numba.njit(nogil=True, inline="always", error_model="numpy")


@_inlined
def _mixed(value):
    value = (value ^ (value >> np.uint64(32))) * _MIX
    return value ^ (value >> np.uint64(29))


@_inlined
def _class_of(buffer, position, stop, classes):
    """Return the class and width of a character that is no letter or digit of ASCII; a cut one is a word."""
    byte = np.int64(buffer[position])
    width = np.uint64(2 + (byte >= 0xE0) + (byte >= 0xF0))
    if byte < 128:
        return _SEPARATOR, _ONE
    if byte < 0xC0 or position + width > stop:
        return _WORD, _ONE
    point = byte & (np.int64(0x7F) >> np.int64(width))
    for i in range(_ONE, width):
        point = (point << 6) | (np.int64(buffer[position + i]) & 0x3F)
    if point < 65_536:
        return np.int64(classes[point + _BEYOND_BYTES]), width
    return (_ALONE if _ALONE_FROM <= point <= _ALONE_TO else _WORD), width


@_inlined
def _absorbed(word, buffer, position, width):
    for i in range(width):
        word = (word ^ np.uint64(buffer[position + i])) * _PRIME
    return word


@_inlined
def _hash_words(buffer, position, stop, classes, words):
    """Write the hashes of the next words, before they are mixed; return how many, and where to go on.

    Where a word of ASCII ends is no branch: it would be foretold wrongly once a word.
    """
    word, count = _START, 0
    while position < stop and count + 2 < words.size:
        byte = buffer[position]
        words[count] = word
        if byte < 128:
            folded = np.uint64(classes[byte])
            longer = (word ^ folded) * _PRIME
            count += (folded == _NONE) & (word != _START)
            word = longer if folded else _START
            position += _ONE
            continue
        kind, width = _class_of(buffer, position, stop, classes)
        if kind == _WORD:
            word = _absorbed(word, buffer, position, width)
        else:
            count += word != _START
            word = _START
        if kind == _ALONE:
            words[count] = _absorbed(word, buffer, position, width)
            count += 1
        position += width
    words[count] = word
    return count + (word != _START), position


@_inlined
def _begin(state, ring, position):
    """Set (position, words seen, place in the ring) to the start of a document."""
    state[0], state[1], state[2] = position, 0, 0
    ring[:] = _NONE


@_inlined
def _fill(buffer, stop, classes, state, ring, power, out):  # noqa: PLR0913, PLR0917
    """Return how many of the next n-gram hashes were written; its end is the position when it is done."""
    seen, place = state[1], state[2]
    n = ring.size - 1
    rolled = ring[n]
    n_words, position = _hash_words(buffer, np.uint64(state[0]), np.uint64(stop), classes, out)
    count = 0
    for i in range(n_words):
        word = max(_mixed(out[i]), _ONE)
        rolled = rolled * _ROLL + word - ring[place] * power
        ring[place] = word
        place = place + 1 if place + 1 < n else 0
        seen += 1
        if seen >= n:
            out[count] = _mixed(rolled)
            count += 1
    if position >= np.uint64(stop) and 0 < seen < n:
        out[0] = _mixed(rolled)
        count = 1
    state[0], state[1], state[2], ring[n] = position, seen, place, rolled
    return count


@_inlined
def _power(n):
    value = np.uint64(1)
    for _ in range(n):
        value *= _ROLL
    return value


@_inlined
def _lower(signature, hashes, count, multipliers, addends):
    """Lower a signature to the least values, four n-grams for each pass over it."""
    for k in range(0, count, 4):
        a = np.uint32(hashes[k])
        b = np.uint32(hashes[min(k + 1, count - 1)])
        c = np.uint32(hashes[min(k + 2, count - 1)])
        d = np.uint32(hashes[min(k + 3, count - 1)])
        for i in range(signature.size):
            m, s = multipliers[i], addends[i]
            low = min(np.uint32(a * m + s), np.uint32(b * m + s))
            high = min(np.uint32(c * m + s), np.uint32(d * m + s))
            signature[i] = min(signature[i], min(low, high))


@_compiled
def minhash(buffer, offsets, n, classes, multipliers, addends):
    """Return for each document and each permutation the least value of its n-grams."""
    signatures = np.full((offsets.size - 1, multipliers.size), np.uint32(0xFFFFFFFF), dtype=np.uint32)
    state, ring, out = np.zeros(3, np.int64), np.zeros(n + 1, np.uint64), np.empty(_BLOCK, np.uint64)
    power = _power(n)
    for document in range(offsets.size - 1):
        _begin(state, ring, offsets[document])
        while state[0] < offsets[document + 1]:
            count = _fill(buffer, offsets[document + 1], classes, state, ring, power, out)
            _lower(signatures[document], out, count, multipliers, addends)
    return signatures


@_compiled
def ngram_hashes(buffer, offsets, n, classes):
    """Return the n-gram hashes of all documents, and where each document's begin."""
    bounds = np.zeros(offsets.size, np.int64)
    hashes = np.empty(max(_BLOCK, (offsets[-1] - offsets[0]) // 4), np.uint64)
    state, ring = np.zeros(3, np.int64), np.zeros(n + 1, np.uint64)
    power = _power(n)
    total = 0
    for document in range(offsets.size - 1):
        _begin(state, ring, offsets[document])
        while state[0] < offsets[document + 1]:
            if total + _BLOCK > hashes.size:
                hashes = _longer(hashes)
            out = hashes[total : total + _BLOCK]
            count = _fill(buffer, offsets[document + 1], classes, state, ring, power, out)
            total += count
        bounds[document + 1] = total
    return hashes[:total].copy(), bounds


@_compiled
def find_ngrams(buffer, offsets, n, classes, bitmap, wanted):
    """Return (document, index into `wanted`) of each n-gram that is wanted, and each document's n-grams."""
    documents, indices = np.empty(_BLOCK, np.int64), np.empty(_BLOCK, np.int64)
    totals = np.zeros(offsets.size - 1, np.int64)
    state, ring, out = np.zeros(3, np.int64), np.zeros(n + 1, np.uint64), np.empty(_BLOCK, np.uint64)
    power = _power(n)
    found = 0
    for document in range(offsets.size - 1):
        _begin(state, ring, offsets[document])
        while state[0] < offsets[document + 1]:
            count = _fill(buffer, offsets[document + 1], classes, state, ring, power, out)
            totals[document] += count
            if found + count > indices.size:
                documents, indices = _longer(documents), _longer(indices)
            start, found = found, _keep_wanted(out, count, bitmap, wanted, indices, found)
            documents[start:found] = document
    return documents[:found].copy(), indices[:found].copy(), totals


@_inlined
def _longer(values):
    grown = np.empty(2 * values.size + _BLOCK, values.dtype)
    grown[: values.size] = values
    return grown


@_inlined
def _keep_wanted(hashes, count, bitmap, wanted, indices, found):
    """Write the index of each wanted hash; two bits in the bitmap spare the search for nearly all others."""
    last = np.uint64(bitmap.size * 8 - 1)
    likely = 0
    for i in range(count):  # without a branch, so that many reads of the bitmap are under way at once
        value = hashes[i]
        bit = value & last
        hashes[likely] = value
        likely += np.int64(bitmap[bit >> np.uint64(3)] >> (bit & np.uint64(7)) & np.uint64(1))
    for i in range(likely):
        bit = (hashes[i] >> np.uint64(32)) & last
        if not bitmap[bit >> np.uint64(3)] >> (bit & np.uint64(7)) & np.uint64(1):
            continue
        index = np.searchsorted(wanted, hashes[i])
        if index < wanted.size and wanted[index] == hashes[i]:
            indices[found] = index
            found += 1
    return found


@_compiled
def jaccard(left, right):
    """Return shared over all distinct values of two sorted arrays; nothing resembles nothing."""
    i, j, shared, distinct = 0, 0, 0, 0
    while i < left.size and j < right.size:
        value = min(left[i], right[j])
        in_left, in_right = left[i] == value, right[j] == value
        while i < left.size and left[i] == value:
            i += 1
        while j < right.size and right[j] == value:
            j += 1
        shared += in_left and in_right
        distinct += 1
    for rest, start in ((left, i), (right, j)):
        for k in range(start, rest.size):
            distinct += k == start or rest[k] != rest[k - 1]
    return shared / max(1, distinct)


@_compiled
def agreements(signatures, left, right):
    """Return how many values of two signatures agree, pair by pair."""
    counts = np.zeros(left.size, np.int64)
    for pair in range(left.size):
        a, b = signatures[left[pair]], signatures[right[pair]]
        count = np.uint32(0)
        for i in range(a.size):
            count += np.uint32(a[i] == b[i])
        counts[pair] = count
    return counts
