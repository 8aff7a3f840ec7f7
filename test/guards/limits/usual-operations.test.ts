import { getIntrospectionQuery } from 'graphql';
import { expect, test } from 'vitest';
import { publishedOperations } from '../../support/docs.ts';
import { sandboxTabs } from '../../support/example-tabs.ts';
import { gateway } from '../../support/gateway.ts';

const PUBLISHED = publishedOperations();

const INTROSPECTION = {
  descriptions: true,
  specifiedByUrl: true,
  directiveIsRepeatable: true,
  schemaDescription: true,
  inputValueDeprecation: true,
  oneOf: true,
};

const BELOW = `... on Cluster { region connections(first: 20) { nodes { id status endpointId } } }
  ... on EndpointService { region connections(first: 20) { nodes { id status endpointId } } }`;
const REPRESENTATIONS = Array.from({ length: 100 }, (_, at) => ({
  __typename: at % 2 ? 'Cluster' : 'EndpointService',
  region: 'cn-north-4',
  projectId: 'p',
  [at % 2 ? 'clusterId' : 'serviceId']: `id-${at}`,
}));
const inline = (value: object) =>
  `{ ${Object.entries(value)
    .map(([key, text]) => `${key}: "${text}"`)
    .join(' ')} }`;

const repeated = (count: number, text: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => text(at)).join(' ');

const USUAL: { what: string; query: string; variables?: object }[] = [
  { what: 'introspection', query: getIntrospectionQuery(INTROSPECTION) },
  { what: 'introspection of deep types', query: getIntrospectionQuery({ ...INTROSPECTION, typeDepth: 12 }) },
  { what: 'the SDL', query: '{ _service { sdl } }' },
  {
    what: '100 representations',
    query: `query ($r: [_Any!]!) { _entities(representations: $r) { __typename ${BELOW} } }`,
    variables: { r: REPRESENTATIONS },
  },
  {
    what: '100 representations in the document',
    query: `{ _entities(representations: [${REPRESENTATIONS.map(inline).join()}]) { __typename ${BELOW} } }`,
  },
  {
    what: 'a hundred fragments that repeat what each of them needs',
    query: `{ clusters(first: 20) { edges { node { ${repeated(100, (at) => `...f${at}`)} } } } } ${repeated(
      100,
      (at) => `fragment f${at} on Cluster { __typename id name endpointService { id __typename } }`,
    )}`,
  },
  ...sandboxTabs.map(({ query, variables }, at) => ({
    what: `tab ${at + 1} of GraphiQL`,
    query,
    variables: JSON.parse(variables) as object,
  })),
  ...PUBLISHED.map(({ page, text }, at) => ({
    what: `operation ${at + 1} of the documentation (${page})`,
    query: text,
  })),
];

test.each(USUAL)('$what: within every limit that nobody has set', async ({ query, variables }) => {
  const { ask } = await gateway();
  const { errors } = await ask(query, variables);
  const codes = new Set(errors?.map(({ extensions }) => extensions.code));
  expect(codes).not.toContain('QUERY_TOO_COMPLEX');
  expect(codes).not.toContain('GRAPHQL_VALIDATION_FAILED');
});

test('there are operations of the documentation and of GraphiQL to look at', () => {
  expect(PUBLISHED.length).toBeGreaterThan(6);
  expect(sandboxTabs.length).toBeGreaterThan(3);
});
