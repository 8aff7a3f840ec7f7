import { expect, test } from 'vitest';
import { SANDBOX } from '../../../src/sandbox/world.ts';
import { CLUSTER } from '../../support/sample-operations.ts';
import { subscribe } from '../../support/server-sent-events.ts';
import { gateway, type TestGateway } from '../../support/gateway.ts';
import { SPECIAL_NAMES } from '../../support/special-names.ts';

/** A name that nothing treats specially: the answer to the others is this one's, with the name exchanged. */
const ORDINARY = 'ordinaryName';

const PROJECT = { region: SANDBOX.region, projectId: SANDBOX.projectId };
const REFERENCE = { __typename: 'Cluster', ...PROJECT, clusterId: CLUSTER };
const NODE = Buffer.from(JSON.stringify([1, 'Cluster', PROJECT.region, PROJECT.projectId, CLUSTER])).toString(
  'base64url',
);

interface Request {
  query: string;
  variables?: object;
  operationName?: string;
}

const entities = (more: object): Request => ({
  query: 'query ($of: [_Any!]!) { _entities(representations: $of) { __typename ... on Cluster { status } } }',
  variables: { of: [{ ...more, ...REFERENCE }, REFERENCE] },
});

/** Where a name can stand, and the code that clients get where it must not. Fields and arguments are other than the names. */
const PLACES: Record<string, { request: (name: string) => Request; code?: string }> = {
  'an alias at the root': {
    request: (name) => ({
      query: `query ($c: ID!) { ${name}: cluster(clusterId: $c) { status } zz: __typename }`,
      variables: { c: CLUSTER },
    }),
  },
  'an alias of the type at the root': { request: (name) => ({ query: `{ ${name}: __typename }` }) },
  'an alias in rows': {
    request: (name) => ({ query: `{ clusters(first: 2) { nodes { ${name}: status zz: createdAt } } }` }),
  },
  'an alias of a page, of its rows, and in them': {
    request: (name) => ({
      query: `query ($c: ID!) { cluster(clusterId: $c) { ${name}: connections(first: 2) { ${name}: nodes { ${name}: endpointId } } } }`,
      variables: { c: CLUSTER },
    }),
  },
  'an alias of an object that may be null': {
    request: (name) => ({
      query: `{ clusters(first: 3) { nodes { ${name}: endpointService { ${name}: status } } } }`,
    }),
  },
  'an alias of a list of texts': {
    request: (name) => ({ query: `{ clusters(first: 2) { nodes { ${name}: addresses } } }` }),
  },
  'an alias in a fragment': {
    request: (name) => ({
      query: '{ clusters(first: 2) { nodes { ...F } } } fragment F on Cluster { NAME: status }'.replace(
        'NAME',
        name,
      ),
    }),
  },
  'an alias on an interface': {
    request: (name) => ({
      query: `query ($n: ID!) { node(id: $n) { ... on Cluster { ${name}: connections(first: 1) { ${name}: totalCount } } } }`,
      variables: { n: NODE },
    }),
  },
  'an alias in one of several nodes': {
    request: (name) => ({
      query: `query ($n: [ID!]!) { nodes(ids: $n) { ... on Cluster { ${name}: status } } }`,
      variables: { n: [NODE, NODE] },
    }),
  },
  'an alias in an entity': {
    request: (name) => ({
      query: `query ($of: [_Any!]!) { ${name}: _entities(representations: $of) { ... on Cluster { ${name}: status } } }`,
      variables: { of: [REFERENCE] },
    }),
  },
  'an alias of the schema': {
    request: (name) => ({ query: `{ ${name}: __schema { ${name}: queryType { ${name}: kind } } }` }),
  },
  'an alias beside a failure': {
    request: (name) => ({
      query: `query ($c: ID!) { ${name}: cluster(clusterId: $c) { status } zz: cluster(clusterId: $c) { status } }`,
      variables: { c: 'nope' },
    }),
    code: 'NOT_FOUND',
  },
  'the name of an operation': {
    request: (name) => ({
      query: `query ${name} { clusters(first: 1) { nodes { status } } } query Other { __typename }`,
      operationName: name,
    }),
  },
  'the name of an operation that is not there': {
    request: (name) => ({ query: 'query A { __typename } query B { __typename }', operationName: name }),
    code: 'BAD_USER_INPUT',
  },
  'the name of a fragment': {
    request: (name) => ({
      query: `{ clusters(first: 1) { nodes { ...${name} ...${name} } } } fragment ${name} on Cluster { status }`,
    }),
  },
  'the name of a fragment that is not there': {
    request: (name) => ({ query: `{ clusters(first: 1) { nodes { ...${name} } } }` }),
    code: 'GRAPHQL_VALIDATION_FAILED',
  },
  'the name of a variable': {
    request: (name) => ({
      query: `query ($${name}: ID!) { cluster(clusterId: $${name}) { status } }`,
      variables: { [name]: CLUSTER },
    }),
  },
  'the name of a variable that is left out': {
    request: (name) => ({
      query: `query ($${name}: Int) { clusters(first: $${name}) { totalCount nodes { status } } }`,
      variables: {},
    }),
  },
  'the name of a variable with a default': {
    request: (name) => ({
      query: `query ($${name}: Int = 1) { clusters(first: $${name}) { nodes { status } } }`,
      variables: {},
    }),
  },
  'the name of a variable that is needed, and left out': {
    request: (name) => ({
      query: `query ($${name}: ID!) { cluster(clusterId: $${name}) { status } }`,
      variables: {},
    }),
    code: 'BAD_USER_INPUT',
  },
  'the name of a variable that is not declared': {
    request: (name) => ({ query: '{ clusters(first: 1) { totalCount } }', variables: { [name]: 1 } }),
  },
  'the name of a condition': {
    request: (name) => ({
      query: `query ($${name}: Boolean!) { clusters(first: 1) { totalCount @include(if: $${name}) nodes { status } } }`,
      variables: { [name]: false },
    }),
  },
  'a key of an input object': {
    request: (name) => ({
      query: 'query ($f: PublicEndpointServiceFilter) { publicEndpointServices(filter: $f) { totalCount } }',
      variables: { f: { [name]: null, zz: 1 } },
    }),
    code: 'BAD_USER_INPUT',
  },
  'a key of a representation': { request: (name) => entities({ [name]: 'text' }) },
  'a key of a representation, with an object': { request: (name) => entities({ [name]: { [name]: 1 } }) },
  'a key of a representation, with null': { request: (name) => entities({ [name]: null }) },
  'the type of a representation': {
    request: (name) => ({
      query: 'query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }',
      variables: { of: [{ ...REFERENCE, __typename: name }] },
    }),
    code: 'BAD_USER_INPUT',
  },
  'a value of an enum': {
    request: (name) => ({
      query: 'query ($s: [ClusterStatus!]) { clusters(filter: { status: $s }) { totalCount } }',
      variables: { s: [name] },
    }),
    code: 'BAD_USER_INPUT',
  },
};

/** Places where a name has a meaning of its own, so that its answer is another one. */
const MEANT: Record<string, readonly string[]> = {
  'a key of an input object': ['name'],
  'a key of a representation': ['id'],
  'the type of a representation': ['Cluster'],
};

/** The fourth time the answer is one that is validated again, as later times are. */
const TIMES = 4;

/** What differs between the answers to two names: ids of calls, columns, and what graphql-js proposes instead. */
const DIFFERS = /"requestId":"[0-9a-f]{32}"|"column":\d+| Did you mean [^?]*\?/g;

/** The status and the text of an answer. */
const sent = async ({ url }: TestGateway, request: Request): Promise<string> => {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-auth-token': SANDBOX.token,
      'x-request-id': 'request-of-this-test',
    },
    body: JSON.stringify(request),
  });
  const text = await response.text();
  return `${response.status} ${text.replaceAll(DIFFERS, '')}`;
};

test.each(Object.entries(PLACES))(
  '%s can be any name, the first time and when it is asked again',
  async (place, { request, code }) => {
    const gate = await gateway();
    const ordinary = await sent(gate, request(ORDINARY));
    if (code === undefined) expect(ordinary).toMatch(/^200 \{"data":\{(?!.*"errors")/);
    else expect(ordinary).toContain(`"code":"${code}"`);
    const names = SPECIAL_NAMES.filter((name) => !MEANT[place]?.includes(name));
    await Promise.all(
      names.map(async (name) => {
        const right = ordinary.replaceAll(ORDINARY, name);
        for (let time = 1; time <= TIMES; time += 1) {
          // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
          expect.soft(await sent(gate, request(name)), `${name} (asked ${time} times)`).toBe(right);
        }
      }),
    );
  },
);

test('a subscription and a mutation can have any name as alias', async () => {
  const gate = await gateway();
  const { connections } = gate.sandbox.world.clusters.find(({ id }) => id === CLUSTER)!;
  const { id } = connections.find(({ status }) => status === 'accepted')!;
  const input = { targets: [{ parent: { clusterId: CLUSTER }, endpointIds: [id] }] };
  await Promise.all(
    SPECIAL_NAMES.map(async (name) => {
      const events = await subscribe(
        gate,
        `subscription ($of: [ID!]!) { ${name}: connectionStatusChanged(parent: { clusterId: "${CLUSTER}" }, endpointIds: $of) { ${name}: endpointId } }`,
        { of: [id] },
      );
      expect.soft(JSON.stringify(await events.rest())).toBe(`[{"data":{"${name}":{"${name}":"${id}"}}}]`);
      const accepted = await gate.ask(
        `mutation ($input: AcceptConnectionsInput!) { ${name}: acceptConnections(input: $input) { ${name}: connections { ${name}: endpointId } } }`,
        { input },
      );
      expect.soft(JSON.stringify(accepted)).toBe(`{"data":{"${name}":{"${name}":[{"${name}":"${id}"}]}}}`);
    }),
  );
});
