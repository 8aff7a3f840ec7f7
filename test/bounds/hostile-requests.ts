import * as fc from 'fast-check';
import { CLUSTER_FIELDS, type Document, DOCUMENTS, repeated } from './hostile-documents.ts';
import { VALUE_DOCUMENTS } from './hostile-values.ts';

/** A request as it is sent. Credentials are left to whoever sends it. */
export interface HostileRequest {
  method: 'GET' | 'POST';
  path: string;
  headers: Record<string, string>;
  /** Empty for a GET. */
  body: string;
}

/** What a gateway takes by default: bytes of a body, and of a head with room for other headers. */
const MOST_BODY = 256 * 1024;
const MOST_URL = 31 * 1024;

const BLANK = 4_900;
const BAD_IDS = 1_000;

/** Those that were the worst so far. */
const WORST: readonly Document[] = [
  {
    query: `query ($i: [ID!]!) {${'\n'.repeat(BLANK)}${repeated(24, (at) => `a${at}: nodes(ids: $i) { id }`)} }`,
    variables: { i: Array.from({ length: BAD_IDS }, (_, at) => `b${at}`) },
  },
  { query: `{ _service { ${repeated(100, (at) => `a${at}: sdl`)} } }` },
  {
    query: `{ ${repeated(24, (at) => `a${at}: clusters(first: 1000) { nodes { ${CLUSTER_FIELDS.slice(0, 30).join(' ')} } }`)} }`,
  },
];

/** Blank lines and comments, which no count of tokens sees. */
const padding: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: fc.constant(''), weight: 3 },
  {
    arbitrary: fc
      .tuple(
        fc.constantFrom('\n', '\r\n', ',', '\t', '#\n', '# a comment\n', '\uFEFF', '\r'),
        fc.constantFrom(10, 4_900, 4_999, 5_000, 60_000),
      )
      .map(([what, times]) => what.repeat(Math.min(times, 120_000 / what.length))),
    weight: 2,
  },
);

const padded = ({ query, ...rest }: Document, blank: string, end: boolean): Document => ({
  // Between tokens, so that what follows is told to be on a late line.
  query: end ? `${query}\n${blank}` : query.replace(/^[^{]*\{/, (start) => `${start}${blank}`),
  ...rest,
});

const post = (document: Document): HostileRequest => ({
  method: 'POST',
  path: '/graphql',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(document),
});

/** As a GET, where that is not longer than a head may be. */
const get = ({ query, variables, operationName }: Document): HostileRequest | undefined => {
  const parameters = new URLSearchParams({
    query,
    ...(variables && { variables: JSON.stringify(variables) }),
    ...(operationName !== undefined && { operationName }),
  });
  const path = `/graphql?${parameters}`;
  return path.length <= MOST_URL
    ? { method: 'GET', path, headers: { accept: 'application/graphql-response+json' }, body: '' }
    : undefined;
};

/** What runs, and so costs the most, comes the most often. */
const OFTEN: ReadonlySet<string> = new Set(['aliases', 'deep', 'fragments', 'badNodes', 'badEntities']);

const KINDS = Object.entries({ ...DOCUMENTS, ...VALUE_DOCUMENTS }).map(([name, arbitrary]) => ({
  arbitrary,
  weight: OFTEN.has(name) ? 3 : 1,
}));

const document: fc.Arbitrary<Document> = fc
  .record({
    one: fc.oneof(...KINDS),
    blank: padding,
    end: fc.boolean(),
  })
  .map(({ one, blank, end }) => padded(one, blank, end));

const request: fc.Arbitrary<HostileRequest> = fc
  .record({ one: document, inUrl: fc.boolean() })
  .map(({ one, inUrl }) => (inUrl ? get(one) : undefined) ?? post(one))
  .filter(({ body }) => Buffer.byteLength(body) <= MOST_BODY);

/** The first one too as a page of another site can have a browser send it. */
const WORST_REQUESTS: readonly HostileRequest[] = [...WORST.map(post), get(WORST[0]!)!];

/** Generates expensive requests: the worst known ones first, then others, the same for each seed. */
export const generateHostileRequests = (seed: number, count: number): HostileRequest[] =>
  [
    ...WORST_REQUESTS,
    ...fc.sample(request, { seed, numRuns: Math.max(1, count - WORST_REQUESTS.length), unbiased: true }),
  ].slice(0, count);
