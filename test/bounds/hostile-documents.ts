import * as fc from 'fast-check';
import { SPECIAL_NAMES } from '../support/special-names.ts';

/** A document with its variables: what it costs to read, to check or to answer is the point, not what it asks for. */
export interface Document {
  query: string;
  variables?: Record<string, unknown>;
  operationName?: string;
}

export type Documents = fc.Arbitrary<Document>;

/** Fields of a cluster that need no selection. */
export const CLUSTER_FIELDS =
  `id clusterId projectId region name description status statusRaw engine engineRaw engineVersion
  createdAt updatedAt vpcId subnetIds securityGroupId enterpriseProjectId httpsEnabled securityMode diskEncrypted
  encryptionKeyId backupAvailable prepaid publicAddress publicBandwidthMbits publicKibanaAddress publicAccessControlled
  publicWhitelist addresses ipv6Addresses endpointAccess serviceName endpointUpdateSwitch`.split(/\s+/);

export const repeated = (times: number, make: (at: number) => string, between = ' '): string =>
  Array.from({ length: times }, (_, at) => make(at)).join(between);

const fields: fc.Arbitrary<string> = fc
  .shuffledSubarray(CLUSTER_FIELDS, { minLength: 1 })
  .map((some) => some.join(' '));

const ROOTS: readonly ((size: number, below: string) => string)[] = [
  (size, below) => `clusters(first: ${size}) { totalCount nodes { ${below} } }`,
  (size, below) => `clusters(last: ${size}) { edges { cursor node { ${below} } } }`,
  (size, below) =>
    `clusters(first: ${size}) { nodes { connections(first: ${size}) { nodes { cluster { ${below} } } } } }`,
  (size) => `endpointServices(first: ${size}) { nodes { name connections(first: ${size}) { totalCount } } }`,
  (_, below) => `cluster(clusterId: "nope") { ${below} }`,
  (_, below) => `node(id: "nope") { ... on Cluster { ${below} } }`,
];

const aliases: Documents = fc
  .record({
    root: fc.constantFrom(...ROOTS),
    size: fc.constantFrom(0, 1, 20, 100, 1000, 1000, 1001),
    times: fc.constantFrom(2, 24, 49, 50, 51, 100, 101),
    below: fields,
  })
  .map(({ root, size, times, below }) => ({
    query: `{ ${repeated(times, (at) => `a${at}: ${root(size, below)}`)} }`,
  }));

const deep: Documents = fc
  .record({ depth: fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 100, 700), size: fc.constantFrom(1, 2, 20) })
  .map(({ depth, size }) => ({
    query: `{ clusters(first: 1) { nodes { ${repeated(depth, () => `connections(first: ${size}) { nodes { cluster {`)} id ${repeated(depth, () => '} } }')} } } }`,
  }));

/** Fragments that each spread the next one several times: spread out, they double with each. */
const fragments: Documents = fc
  .record({
    count: fc.integer({ min: 2, max: 300 }),
    spreads: fc.integer({ min: 1, max: 4 }),
    below: fields,
    circular: fc.boolean(),
  })
  .map(({ count, spreads, below, circular }) => ({
    query: `{ clusters { nodes { ...F0 } } } ${repeated(count, (at) => {
      const next = at + 1 < count || circular ? (at + 1) % count : undefined;
      const spread = next === undefined ? '' : repeated(spreads, () => `...F${next} ... { ...F${next} }`);
      return `fragment F${at} on Cluster { ${at < 9 ? below : 'id'} ${spread} }`;
    })}`,
  }));

const directives: Documents = fc
  .record({ times: fc.constantFrom(10, 50, 51, 1200), at: fc.constantFrom('include', 'skip', 'nothing') })
  .map(({ times, at }) => ({
    query: `query ($x: Boolean!) { clusters { totalCount ${repeated(times, () => `@${at}(if: $x)`)} } }`,
    variables: { x: true },
  }));

/** Fields of one name with other arguments, at each level: validation compares each with each. */
const conflicts: Documents = fc
  .record({ times: fc.integer({ min: 2, max: 200 }), depth: fc.integer({ min: 1, max: 6 }) })
  .map(({ times, depth }) => ({
    query: `{ ${repeated(times, (at) => {
      const inside = `connections(first: ${at}) { nodes { cluster { `;
      return `clusters { nodes { ${repeated(depth, () => inside)} a: ${CLUSTER_FIELDS[at % CLUSTER_FIELDS.length]} ${repeated(depth, () => '} } }')} } }`;
    })} }`,
  }));

/** Each gets a proposal, which compares it with every field there is. */
const unknownFields: Documents = fc
  .record({ times: fc.integer({ min: 1, max: 2000 }), name: fc.constantFrom('clusterz', 'x', 'nodez') })
  .map(({ times, name }) => ({ query: `{ ${repeated(times, (at) => `${name}${at}`)} }` }));

const longNames: Documents = fc
  .record({ length: fc.integer({ min: 100, max: 60_000 }), letter: fc.constantFrom('a', '_', 'Z') })
  .map(({ length, letter }) => {
    const name = letter.repeat(length);
    return {
      query: `query ${name}($${name}: ID!) { ${name}: cluster(clusterId: $${name}) { ...${name} } } fragment ${name} on Cluster { id }`,
      variables: { [name]: 'x' },
    };
  });

const specialNames: Documents = fc.shuffledSubarray([...SPECIAL_NAMES], { minLength: 1 }).map((names) => ({
  query: `{ clusters(first: 100) { nodes { ${names.map((name) => `${name}: name`).join(' ')} } } }`,
}));

const introspection: Documents = fc
  .record({ times: fc.integer({ min: 1, max: 100 }), depth: fc.integer({ min: 0, max: 9 }) })
  .map(({ times, depth }) => ({
    query: `{ ${repeated(times, (at) => `a${at}: __schema { types { name fields { name args { name } type { ${repeated(depth, () => 'ofType {')} name ${repeated(depth, () => '}')} } } } }`)} }`,
  }));

const service: Documents = fc
  .integer({ min: 1, max: 100 })
  .map((times) => ({ query: `{ _service { ${repeated(times, (at) => `a${at}: sdl`)} } }` }));

/** Whole documents, by what is hostile in them. */
export const DOCUMENTS: Readonly<Record<string, Documents>> = {
  aliases,
  deep,
  fragments,
  directives,
  conflicts,
  unknownFields,
  longNames,
  specialNames,
  introspection,
  service,
};
