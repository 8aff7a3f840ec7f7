import type { Call, Refusal } from './exchange.ts';

/** A problem of a body; `code` if the vendor has a special one for this property. */
export interface BodyProblem {
  kind: 'missing' | 'content-type' | 'syntax' | 'shape';
  detail: string;
  code?: string;
}

class Misfit extends Error {
  readonly code: string | undefined;

  constructor(detail: string, code?: string) {
    super(detail);
    this.code = code;
  }
}

/** Checks one value of a body and gives it its type. */
export type Reader<Value> = (value: unknown, at: string) => Value;

/** Text within a length and, where given, of a pattern. */
export const text =
  ({ min = 0, max = 1024, pattern }: { min?: number; max?: number; pattern?: RegExp } = {}): Reader<string> =>
  (value, at) => {
    if (typeof value !== 'string') throw new Misfit(`${at} must be text`);
    if (value.length < min || value.length > max)
      throw new Misfit(`${at} must have ${min} to ${max} characters`);
    if (pattern !== undefined && !pattern.test(value))
      throw new Misfit(`${at} must be like ${pattern.source}`);
    return value;
  };

/** True or false; text is refused. */
export const flag: Reader<boolean> = (value, at) => {
  if (typeof value !== 'boolean') throw new Misfit(`${at} must be true or false`);
  return value;
};

/** A whole number within a range. */
export const whole =
  (min: number, max: number): Reader<number> =>
  (value, at) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max)
      throw new Misfit(`${at} must be an integer from ${min} to ${max}`);
    return value;
  };

/** One of the values, in exactly this case. */
export const choice =
  <Value extends string>(...values: readonly Value[]): Reader<Value> =>
  (value, at) => {
    const found = values.find((allowed) => allowed === value);
    if (found === undefined) throw new Misfit(`${at} must be one of ${values.join(', ')}`);
    return found;
  };

/** A list within a length; `tooFew` and `tooMany` are the vendor's codes for it. */
export const list =
  <Item>(
    item: Reader<Item>,
    {
      min = 0,
      max = Infinity,
      tooFew,
      tooMany,
    }: { min?: number; max?: number; tooFew?: string; tooMany?: string } = {},
  ): Reader<Item[]> =>
  (value, at) => {
    if (!Array.isArray(value)) throw new Misfit(`${at} must be a list`);
    if (value.length < min) throw new Misfit(`${at} must have at least ${min} items`, tooFew);
    if (value.length > max) throw new Misfit(`${at} must have at most ${max} items`, tooMany);
    return value.map((entry, index) => item(entry, `${at}[${index}]`));
  };

/** The check of a property that may be left out. */
type Optional<Value> = Reader<Value> & { mayBeMissing: true };

/** A property that may be missing; null is not missing. */
export const optional = <Value>(reader: Reader<Value>): Optional<Value> =>
  Object.assign((value: unknown, at: string) => reader(value, at), { mayBeMissing: true as const });

/** The same check, refused with a vendor code of its own. */
export const coded =
  <Value>(code: string, reader: Reader<Value>): Reader<Value> =>
  (value, at) => {
    try {
      return reader(value, at);
    } catch (error) {
      if (error instanceof Misfit) throw new Misfit(error.message, error.code ?? code);
      throw error;
    }
  };

/** An object of any content. */
export const anyObject: Reader<object> = (value, at) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Misfit(`${at} must be an object`);
  return value;
};

type Fields = Record<string, Reader<unknown>>;

type Names<F extends Fields, Kind> = { [Name in keyof F]: F[Name] extends Kind ? Name : never }[keyof F];

/** Type of the value that `shape` reads with these fields. */
export type Read<F extends Fields> = {
  [Name in Exclude<keyof F, Names<F, Optional<unknown>>>]: ReturnType<F[Name]>;
} & {
  [Name in Names<F, Optional<unknown>>]?: ReturnType<F[Name]>;
};

/** An object with exactly these properties: an unknown one is refused like a missing one. */
export const shape =
  <F extends Fields>(fields: F): Reader<Read<F>> =>
  (value, at) => {
    const given = new Map<string, unknown>(Object.entries(anyObject(value, at)));
    for (const name of given.keys())
      if (!Object.hasOwn(fields, name)) throw new Misfit(`${at} has an unknown property ${name}`);
    const read: Record<string, unknown> = {};
    for (const [name, reader] of Object.entries(fields)) {
      if (given.has(name)) read[name] = reader(given.get(name), `${at}.${name}`);
      else if (!('mayBeMissing' in reader)) throw new Misfit(`${at}.${name} is missing`);
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the loop above has just built exactly this
    return read as Read<F>;
  };

const parse = (body: string, refuse: (problem: BodyProblem) => Refusal): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    throw refuse({ kind: 'syntax', detail: 'the body is not JSON' });
  }
};

/** Reads the JSON body of a write; `refuse` makes the refusal of the service. */
export const readBody = <Value>(
  call: Call,
  reader: Reader<Value>,
  refuse: (problem: BodyProblem) => Refusal,
): Value => {
  if (call.body === '') throw refuse({ kind: 'missing', detail: 'the body is missing' });
  if (!/^application\/json\s*(;|$)/i.test(call.headers['content-type'] ?? ''))
    throw refuse({ kind: 'content-type', detail: 'Content-Type must be application/json' });
  try {
    return reader(parse(call.body, refuse), 'body');
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    const { message: detail, code } = error;
    throw refuse(code === undefined ? { kind: 'shape', detail } : { kind: 'shape', detail, code });
  }
};
