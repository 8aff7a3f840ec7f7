import { z } from 'zod';
import { uncopiedObject } from './lazy-row.ts';
import { unreadable } from './wire-values.ts';

type Schema = z.core.$ZodType;
type Path = readonly (string | number)[];

/** A value that was read; null if it is unreadable. */
type Read = { value: unknown } | null;

/** The value of a response and the fields that differ from the contract; or the path that makes all of it unreadable. */
export type LenientResult = { value: unknown; drift: readonly string[] } | { brokenAt: Path };

/** A path without positions in lists. */
export const fieldPath = (path: readonly PropertyKey[]): string =>
  path.filter((key) => typeof key === 'string').join('.');

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const FLAG_VALUES = new Map<unknown, boolean>([0, '0', 1, '1'].map((value) => [value, Number(value) === 1]));

/** Converts a value to other types: a number to text, 0 and 1 to flags. A number beyond 2^53 has lost digits, and is not converted. */
const convert = (value: unknown): unknown[] => [
  ...(typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER ? [String(value)] : []),
  ...(FLAG_VALUES.has(value) ? [FLAG_VALUES.get(value)] : []),
];

/** Reads the first candidate that the schema accepts. */
const readFirst = (schema: Schema, candidates: readonly unknown[]): Read => {
  for (const candidate of candidates) {
    const { success, data } = z.safeParse(schema, candidate);
    if (success) return { value: data };
  }
  return null;
};

/** Reads one response, and records where it differs from its schema. */
class LenientReader {
  readonly drift = new Set<string>();
  brokenAt: Path | undefined;

  read(schema: Schema, value: unknown, path: Path): Read {
    return readFirst(schema, [value]) ?? this.readParts(schema, value, path);
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
      case 'custom': {
        const object = uncopiedObject(schema);
        return object ? this.read(object, value, path) : null;
      }
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

  /** A list with an unreadable item is unreadable: without the item it would not be the list that was sent. */
  private readItems(schema: Schema, items: readonly unknown[], path: Path): Read {
    const values: unknown[] = [];
    for (const [index, item] of items.entries()) {
      const itemPath = [...path, index];
      const read =
        this.read(schema, item, itemPath) ?? this.recordDrift(itemPath, readFirst(schema, convert(item)));
      if (!read) return this.recordBroken(itemPath);
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
      const valuePath = [...path, name];
      const read =
        this.read(schema, value[name], valuePath) ??
        this.recordDrift(valuePath, this.readSubstitute(schema, value[name], valuePath));
      if (!read) return this.recordBroken(valuePath);
      values[name] = read.value;
    }
    return { value: values };
  }

  /** Reads a field whose value its schema rejects: converted to another type, else null, else an empty text if null is not allowed. */
  private readSubstitute(schema: Schema, value: unknown, path: Path): Read {
    const list = unreadable.get(schema);
    if (!list) return readFirst(schema, [...convert(value), null, '']);
    // A single item instead of a list is a list of one.
    if (list.as === null) return this.read(schema, [value], path) ?? { value: null };
    return null;
  }

  private recordDrift(path: Path, read: Read): Read {
    if (read) this.drift.add(fieldPath(path));
    return read;
  }

  private recordBroken(path: Path): null {
    this.brokenAt ??= path;
    return null;
  }
}

/**
 * Reads a response that its schema rejects, so that a wrong value affects its own field only: a number instead of a text becomes its
 * digits, 0 and 1 become flags, and an unreadable value becomes null, or an empty text if the schema does not allow null. The identity
 * of a row (`identity`) has no substitute: without it the list of the row is unreadable, and if that list is the whole response, so is
 * the response.
 */
export const parseLeniently = (schema: Schema, body: unknown): LenientResult => {
  const reader = new LenientReader();
  const read = reader.read(schema, body, []);
  return read ? { value: read.value, drift: [...reader.drift] } : { brokenAt: reader.brokenAt ?? [] };
};
