import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { generateHostileRequests } from './hostile-requests.ts';

const requests = generateHostileRequests(1, 400);

const queryIn = ({ path, body }: (typeof requests)[number]): string =>
  body === ''
    ? new URLSearchParams(path.slice(path.indexOf('?') + 1)).get('query')!
    : (JSON.parse(body) as { query: string }).query;

const parses = (text: string): boolean => {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
};

test('a seed always gives the same hostile requests, and another seed others', () => {
  expect(generateHostileRequests(1, 400)).toEqual(requests);
  expect(generateHostileRequests(2, 20).slice(4)).not.toEqual(requests.slice(4, 20));
  expect(generateHostileRequests(1, 2)).toEqual(requests.slice(0, 2));
});

test('the worst requests that are known come first', () => {
  const [blank, sdl, rows, ofAnotherSite] = requests.map(queryIn);
  expect(blank!.split('\n').length).toBe(4_901);
  expect(blank!.match(/nodes\(/g)).toHaveLength(24);
  expect((JSON.parse(requests[0]!.body) as { variables: { i: string[] } }).variables.i).toHaveLength(1_000);
  expect(sdl).toMatch(/^\{ _service \{ a0: sdl .*a99: sdl \} \}$/);
  expect(rows!.match(/clusters\(first: 1000\)/g)).toHaveLength(24);
  expect(requests[3]!.method).toBe('GET');
  expect(ofAnotherSite).toBe(blank);
});

test('hostile requests fit in a body and in a head, so that it is the gateway that has to deal with them', () => {
  for (const { method, path, body } of requests) {
    expect(path.length).toBeLessThanOrEqual(31 * 1024);
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(256 * 1024);
    expect(method).toBe(body === '' ? 'GET' : 'POST');
  }
});

test('hostile requests are of all kinds, most of them documents that parse', () => {
  const queries = requests.map(queryIn);
  expect(queries.filter(parses).length).toBeGreaterThan(queries.length / 2);
  const kinds: RegExp[] = [
    /a99: /,
    /fragment F1 /,
    /@(include|skip)/,
    /clusterz/,
    /[a_Z]{1000}/,
    /__schema/,
    /_service/,
    /_entities/,
    /nodes\(ids/,
    /\n{4000}/,
    /(# a comment\n){9}/,
    /first: 1000/,
    /\{\{\{|\(\(\(|\[\[\[/,
    /query Q1 /,
    /"""/,
  ];
  for (const kind of kinds)
    expect(queries.filter((text) => kind.test(text)).length, `${kind}`).toBeGreaterThan(1);
  expect(requests.filter(({ method }) => method === 'GET').length).toBeGreaterThan(40);
  expect(
    requests.filter(({ path, body }) => path.length > 8_000 || body.length > 50_000).length,
  ).toBeGreaterThan(40);
});
