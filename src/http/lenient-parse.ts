import { z } from 'zod';
import { unreadable } from './wire-values.ts';

type Schema = z.core.$ZodType;
type Path = readonly (string | number)[];

/** What was read of a value; null where it cannot be read. */
type Read = { value: unknown } | null;

/** What an answer says, as far as it can be read: its value and the fields that are not in the contract, or the place that spoils it all. */
export type Mended = { value: unknown; drift: readonly string[] } | { brokenAt: Path };

/** A path without positions in lists. */
export const fieldOf = (path: readonly PropertyKey[]): string =>
  path.filter((key) => typeof key === 'string').join('.');

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const FLAGS = new Map<unknown, boolean>([0, '0', 1, '1'].map((value) => [value, Number(value) === 1]));

/** The same in another type: a number as text, 0 and 1 as flags. A number beyond 2^53 is not what was sent, and is no text. */
const retyped = (value: unknown): unknown[] => [
  ...(typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER ? [String(value)] : []),
  ...(FLAGS.has(value) ? [FLAGS.get(value)] : []),
];

const firstThatFits = (schema: Schema, candidates: readonly unknown[]): Read => {
  for (const candidate of candidates) {
    const { success, data } = z.safeParse(schema, candidate);
    if (success) return { value: data };
  }
  return null;
};

/** Reads one answer, and remembers what was wrong with it. */
class Mender {
  readonly drift = new Set<string>();
  brokenAt: Path | undefined;

  read(schema: Schema, value: unknown, path: Path): Read {
    return firstThatFits(schema, [value]) ?? this.readParts(schema, value, path);
  }

  private readParts(schema: Schema, value: unknown, path: Path): Read {
    const { def } = (schema as z.core.$ZodTypes)._zod;
    switch (def.type) {
      case 'optional':
      case 'nullable':
        return this.read(def.innerType, value, path);
      case 'pipe': {
        const inner = this.read(def.in, value, path);
        return inner && this.read(def.out, inner.value, path);
      }
      case 'union':
        return this.readOption(def.options, value, path);
      case 'array':
        return Array.isArray(value) ? this.readItems(def.element, value, path) : null;
      case 'object':
        return isObject(value) ? this.readFields(def.shape, value, path) : null;
      default:
        return null;
    }
  }

  private readOption(options: readonly Schema[], value: unknown, path: Path): Read {
    for (const option of options) {
      const read = this.read(option, value, path);
      if (read) return read;
    }
    return null;
  }

  /** A list of which an item cannot be read is not the list that was sent. */
  private readItems(schema: Schema, items: readonly unknown[], path: Path): Read {
    const values: unknown[] = [];
    for (const [at, item] of items.entries()) {
      const place = [...path, at];
      const read = this.read(schema, item, place) ?? this.mended(place, firstThatFits(schema, retyped(item)));
      if (!read) return this.broken(place);
      values.push(read.value);
    }
    return { value: values };
  }

  private readFields(
    fields: Readonly<Record<string, Schema>>,
    value: Record<string, unknown>,
    path: Path,
  ): Read {
    const values: Record<string, unknown> = {};
    for (const [name, schema] of Object.entries(fields)) {
      const place = [...path, name];
      const read =
        this.read(schema, value[name], place) ??
        this.mended(place, this.fieldInstead(schema, value[name], place));
      if (!read) return this.broken(place);
      values[name] = read.value;
    }
    return { value: values };
  }

  /** What a field is whose value does not fit: the same in another type, else null, and an empty text where null is not allowed. */
  private fieldInstead(schema: Schema, value: unknown, path: Path): Read {
    const list = unreadable.get(schema);
    if (!list) return firstThatFits(schema, [...retyped(value), null, '']);
    // One thing in the place of a list of them.
    if (list.as === null) return this.read(schema, [value], path) ?? { value: null };
    return null;
  }

  private mended(path: Path, read: Read): Read {
    if (read) this.drift.add(fieldOf(path));
    return read;
  }

  private broken(path: Path): null {
    this.brokenAt ??= path;
    return null;
  }
}

/**
 * Reads an answer that is not in its shape. What is odd spoils its own field: a number in the place of a text is its digits, 0 and 1
 * are flags, and what cannot be read is null, or an empty text where the shape needs one. What tells a row from the others
 * (`identity`) cannot be made up: without it the list that the row is in cannot be read, and where that is the answer, nor can the answer.
 */
export const mend = (schema: Schema, body: unknown): Mended => {
  const mender = new Mender();
  const read = mender.read(schema, body, []);
  return read ? { value: read.value, drift: [...mender.drift] } : { brokenAt: mender.brokenAt ?? [] };
};
