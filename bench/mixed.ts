/** What the eight workloads leave out: texts and callers that come once, references of a router, lists over many projects. */
import { SERIAL } from './load.ts';
import { cluster, CLUSTERS, clusterId, PROJECT, rows } from './world.ts';
import { QUERIES, SETTINGS, values, WORKLOADS, type Workload } from './workloads.ts';

const W1 = WORKLOADS.find(({ name }) => name === 'W1')!;

/** The references of a router to so many clusters; beyond those that there are, some come again. */
const entities = (count: number): Workload => {
  const numbers = rows(0, count, (number) => number % CLUSTERS);
  const found = numbers.map(cluster);
  return {
    name: `E${count}`,
    meaning: `\`_entities\` of ${count} ${count === 1 ? 'cluster' : 'clusters'}`,
    clients: 8,
    query:
      'query($references: [_Any!]!) { _entities(representations: $references) { ... on Cluster { clusterId name statusRaw } } }',
    operations: [
      {
        raw:
          count === 1
            ? { workload: 'clusters', ids: [clusterId(0)] }
            : { workload: 'lists', limit: CLUSTERS },
        variables: {
          references: numbers.map((number) => ({
            __typename: 'Cluster',
            region: SETTINGS['HW_REGION_NAME'],
            projectId: PROJECT,
            clusterId: clusterId(number),
          })),
        },
        expected: values(found, 'id', 'name', 'status'),
      },
    ],
  };
};

const PAGE = 20;

/** The first page of the list over so many projects. */
const projects = (count: number): Workload => ({
  name: `P${count}`,
  meaning: `the first ${PAGE} clusters of ${count} ${count === 1 ? 'project' : 'projects'}`,
  clients: 8,
  projects: count,
  query: `{ clusters(first: ${PAGE}) { totalCount nodes { clusterId name } } }`,
  operations: [
    {
      raw: { workload: 'lists', count, limit: PAGE },
      variables: {},
      // Not the total: `raw` adds nothing up.
      expected: values(rows(0, PAGE, cluster), 'id', 'name'),
    },
  ],
});

export const MIXED: readonly Workload[] = [
  {
    ...W1,
    name: 'texts',
    meaning: 'W1, each request with a text that never came before',
    query: QUERIES['W1']!.query.replace('query W1', `query W${SERIAL}`),
  },
  {
    ...W1,
    name: 'callers',
    meaning: 'W1, each request from a caller who never came before',
    callers: 'once',
  },
  entities(1),
  entities(50),
  entities(1000),
  projects(1),
  projects(20),
  projects(100),
];
