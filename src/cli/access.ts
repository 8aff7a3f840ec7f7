import { parse } from 'graphql';
import { z } from 'zod';
import { exitCodeOf, noteErrors } from './answers.ts';
import type { ExitCode } from './exit-codes.ts';
import { followPages } from './follow-pages.ts';
import { findPagedField } from './paged-field.ts';
import type { CallContext } from './call-context.ts';
import type { Answer } from './client.ts';
import { PAGE, pageOf, readRestOfConnections } from './rest-of-connections.ts';

const CONNECTION = 'endpointId status';
const ROWS = `
  region projectId name
  permissions(first: 1) { totalCount }
  own: permissions(first: 100, filter: { domainId: $domainId }) { pageInfo { hasNextPage } nodes { permission } }
  wide: permissions(first: 100, filter: { kind: [ANY, ORG_PATH, UNKNOWN] }) { pageInfo { hasNextPage } nodes { permission kind } }
  connections(first: 100, filter: { domainId: $domainId }) { ${PAGE} nodes { ${CONNECTION} } }`;
const QUERIES = [
  `query ($domainId: ID!) { clusters(first: 20) { totalCount unavailable { region projectId message code } nodes { clusterId ${ROWS} } } }`,
  `query ($domainId: ID!) { endpointServices(first: 20) { totalCount nodes { serviceId ${ROWS} } } }`,
];

const Records = z.object({
  pageInfo: z.object({ hasNextPage: z.boolean() }),
  nodes: z.array(z.object({ permission: z.string(), kind: z.string().optional() })),
});

const Connection = z.object({ endpointId: z.string(), status: z.string() });

const Row = z.object({
  clusterId: z.string().optional(),
  serviceId: z.string().optional(),
  region: z.string(),
  projectId: z.string(),
  name: z.string().nullable(),
  permissions: z.object({ totalCount: z.number().nullable() }).nullable(),
  own: Records.nullable(),
  wide: Records.nullable(),
  connections: pageOf(Connection).nullable(),
});

/** A cluster or endpoint service that an account may reach, or is connected to. */
interface Access {
  kind: 'cluster' | 'service';
  id: string;
  name: string;
  region: string;
  projectId: string;
  /** The records that let the account in; of an empty whitelist of a cluster, that lets everyone in, `(empty whitelist)`. */
  admittedBy: string[];
  /** Records that may let it in: only the cloud knows which accounts an organisation has. */
  maybeAdmittedBy: string[];
  /** Whether all records of the whitelist that matter were read; if not, others may let it in. */
  whitelistRead: boolean;
  connections: { endpointId: string; status: string }[];
}

const EMPTY_WHITELIST = '(empty whitelist)';

const toAccess = (row: z.infer<typeof Row>): Access => {
  const { clusterId, serviceId, region, projectId, name, permissions, own, wide, connections } = row;
  const wideRecords = wide?.nodes ?? [];
  const isWhole = (records: typeof own) => records !== null && !records.pageInfo.hasNextPage;
  const isOpen = clusterId !== undefined && permissions?.totalCount === 0;
  return {
    kind: clusterId === undefined ? 'service' : 'cluster',
    id: clusterId ?? serviceId ?? '',
    name: name ?? serviceId ?? '',
    region,
    projectId,
    admittedBy: [
      ...(own?.nodes ?? []).map(({ permission }) => permission),
      ...wideRecords.filter(({ kind }) => kind === 'ANY').map(({ permission }) => permission),
      ...(isOpen ? [EMPTY_WHITELIST] : []),
    ],
    maybeAdmittedBy: wideRecords.filter(({ kind }) => kind !== 'ANY').map(({ permission }) => permission),
    whitelistRead: permissions !== null && isWhole(own) && isWhole(wide),
    connections: [...(connections?.nodes ?? [])],
  };
};

const isRelevant = ({ admittedBy, maybeAdmittedBy, whitelistRead, connections }: Access): boolean =>
  !whitelistRead || admittedBy.length + maybeAdmittedBy.length + connections.length > 0;

const plain = (text: string): string => text.replaceAll(/\p{Cc}/gu, ' ');

const formatAccess = ({
  kind,
  id,
  name,
  admittedBy,
  maybeAdmittedBy,
  whitelistRead,
  connections,
}: Access): string => {
  const lines = [
    `${name} (${kind}) ${id}`,
    ...admittedBy.map((record) => `  admitted by ${record}`),
    ...maybeAdmittedBy.map((record) => `  perhaps admitted by ${record}`),
    ...(whitelistRead ? [] : ['  the whitelist could not be read completely']),
    ...(whitelistRead && admittedBy.length + maybeAdmittedBy.length === 0
      ? ['  admitted by no record any more']
      : []),
    ...connections.map(({ endpointId, status }) => `  connected: ${endpointId} ${status}`),
  ];
  return `${lines.map(plain).join('\n')}\n`;
};

const Unavailable = z.array(
  z.object({ region: z.string(), projectId: z.string(), code: z.string(), message: z.string() }),
);

type ErrorsOfAnswers = NonNullable<Answer['errors']>;

/** Reads what an account may reach of one kind, page by page; errors and gaps are added to `errors`. */
const readAccesses = async (
  { client, schema, terminal }: CallContext,
  query: string,
  domainId: string,
  errors: ErrorsOfAnswers,
): Promise<Access[]> => {
  const accesses: Access[] = [];
  const field = findPagedField(schema, parse(query))!;
  for await (const page of followPages(client, field, { domainId })) {
    errors.push(...(page.answer.errors ?? []));
    for (const { code, ...where } of Unavailable.parse(page.value?.['unavailable'] ?? []))
      errors.push({ message: `${where.region} ${where.projectId}: ${where.message}`, extensions: { code } });
    if (page.cut)
      errors.push({
        message: 'The cloud gives only a part of this list.',
        extensions: { code: 'RESULT_TRUNCATED' },
        path: [...field.path],
      });
    for (const row of z.array(Row.nullable()).parse(page.rows)) {
      if (row === null) continue;
      const access = toAccess(row);
      accesses.push(access);
      if (row.own?.pageInfo.hasNextPage || row.wide?.pageInfo.hasNextPage)
        errors.push({
          message: `${access.id}: Not all records of its whitelist were read.`,
          extensions: { code: 'RESULT_TRUNCATED' },
        });
      if (!row.connections) continue;
      const read = { first: row.connections, filter: { domainId }, selection: CONNECTION };
      const rest = await readRestOfConnections(client, access, read, (rows) => {
        access.connections.push(...z.array(Connection).parse(rows));
      });
      if (rest) errors.push({ message: `${access.id}: ${rest.message}`, extensions: { code: rest.code } });
    }
    terminal.progress(`${accesses.length.toLocaleString('en-US')} of ${field.path[0]}`);
  }
  return accesses;
};

/** Writes what an account may reach, and by which record. */
export const runAccess = async (
  context: CallContext,
  { domainId, json }: { domainId: string; json: boolean },
): Promise<ExitCode> => {
  const { terminal, environment } = context;
  const errors: ErrorsOfAnswers = [];
  const read: Access[] = [];
  for (const query of QUERIES) read.push(...(await readAccesses(context, query, domainId, errors)));
  const answer = { data: read.length > 0 ? { read } : null, errors };
  if (read.length > 0 || errors.length === 0) {
    const relevant = read.filter(isRelevant);
    const text = relevant.map(formatAccess).join('') || 'This account may reach nothing.\n';
    await terminal.write(json ? `${JSON.stringify(relevant, null, 2)}\n` : text);
  }
  noteErrors(terminal, answer, environment);
  return exitCodeOf(answer);
};
