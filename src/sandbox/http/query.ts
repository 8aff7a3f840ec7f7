import type { RefuseParameter } from './exchange.ts';

interface Range {
  min: number;
  max: number;
  fallback: number;
}

/** The parameters of one request, checked one by one as an operation asks for them. */
export interface Query {
  integer: (name: string, range: Range) => number;
  /** Whether the parameter was given at all. */
  has: (name: string) => boolean;
  text: (name: string, max: number) => string | undefined;
  choice: <Value extends string>(name: string, values: readonly Value[]) => Value | undefined;
  matching: (name: string, pattern: RegExp) => string | undefined;
}

const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
};

const parseValues = (query: string): Map<string, (string | undefined)[]> => {
  const values = new Map<string, (string | undefined)[]>();
  for (const pair of query === '' ? [] : query.split('&')) {
    const cut = pair.indexOf('=');
    const name = decode(cut < 0 ? pair : pair.slice(0, cut)) ?? '';
    const value = cut < 0 ? '' : decode(pair.slice(cut + 1));
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  return values;
};

/** Reads a raw query string. Parameters that no operation asks for are ignored, as the vendor does. */
export const readQuery = (query: string, refuse: RefuseParameter): Query => {
  const values = parseValues(query);

  const one = (name: string): string | undefined => {
    const given = values.get(name);
    if (given === undefined) return undefined;
    if (given.length > 1) throw refuse(name, `${name} is given ${given.length} times`);
    if (given[0] === undefined) throw refuse(name, `${name} is not percent-encoded`);
    return given[0];
  };

  const check = <Value>(
    name: string,
    read: (text: string) => Value | undefined,
    must: string,
  ): Value | undefined => {
    const text = one(name);
    if (text === undefined) return undefined;
    const value = read(text);
    if (value === undefined) throw refuse(name, `${name} must be ${must}`);
    return value;
  };

  return {
    has: (name) => values.has(name),
    integer: (name, { min, max, fallback }) =>
      check(
        name,
        (text) => {
          const value = /^(0|[1-9]\d{0,15})$/.test(text) ? Number(text) : Number.NaN;
          return value >= min && value <= max ? value : undefined;
        },
        Number.isFinite(max) ? `an integer from ${min} to ${max}` : `an integer from ${min}`,
      ) ?? fallback,
    text: (name, max) =>
      check(
        name,
        (text) => (text.length >= 1 && text.length <= max ? text : undefined),
        `1 to ${max} characters long`,
      ),
    choice: (name, allowed) =>
      check(name, (text) => allowed.find((value) => value === text), `one of ${allowed.join(', ')}`),
    matching: (name, pattern) =>
      check(name, (text) => (pattern.test(text) ? text : undefined), `like ${pattern.source}`),
  };
};
