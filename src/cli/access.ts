import { z } from 'zod';
import { exitCodeOf, noteErrors } from './answers.ts';
import type { ExitCode } from './exit-codes.ts';
import type { CallContext } from './call-context.ts';
import type { Answer } from './client.ts';

const PARENT =
  'cluster { clusterId name region projectId } endpointService { serviceId name region projectId }';
const UNAVAILABLE = 'unavailable { clusterId serviceId name region projectId code message }';

const LISTS = {
  accessFor: `accessFor(domainId: $domainId, first: 100, after: $after) { pageInfo { hasNextPage endCursor } ${UNAVAILABLE}
    nodes { ${PARENT} isOwner openToEveryone permissions { permission admitsEveryone } possiblePermissions { permission } } }`,
  connections: `connections(filter: { domainId: $domainId }, first: 1000, after: $after) { pageInfo { hasNextPage endCursor } ${UNAVAILABLE}
    nodes { endpointId status ${PARENT} } }`,
};
type ListName = keyof typeof LISTS;

const queryOf = (lists: readonly ListName[]): string =>
  `query ($domainId: ID!, $after: String) { ${lists.map((name) => LISTS[name]).join(' ')} }`;

const place = { name: z.string().nullable(), region: z.string(), projectId: z.string() };
const Parent = z.object({
  cluster: z.object({ clusterId: z.string(), ...place }).nullable(),
  endpointService: z.object({ serviceId: z.string(), ...place }).nullable(),
});
type Parent = z.infer<typeof Parent>;

const AccessRow = Parent.extend({
  isOwner: z.boolean(),
  openToEveryone: z.boolean(),
  permissions: z.array(z.object({ permission: z.string(), admitsEveryone: z.boolean() })),
  possiblePermissions: z.array(z.object({ permission: z.string() })),
});

const ConnectionRow = Parent.extend({ endpointId: z.string(), status: z.string() });

const Unavailable = z.array(
  z.object({
    ...place,
    clusterId: z.string().nullable(),
    serviceId: z.string().nullable(),
    code: z.string(),
    message: z.string(),
  }),
);

/** A cluster or endpoint service that an account may reach, or is connected to. */
interface Access {
  kind: 'cluster' | 'service';
  id: string;
  name: string;
  region: string;
  projectId: string;
  /** The records that let the account in; `(empty whitelist)` where that of a cluster lets everyone in, or `(owner of the service)`. */
  admittedBy: string[];
  /** Records that may let it in: only the cloud knows which accounts an organisation has. */
  maybeAdmittedBy: string[];
  /** Whether all records of the whitelist that matter were read; if not, others may let it in. */
  whitelistRead: boolean;
  connections: { endpointId: string; status: string }[];
}

const EMPTY_WHITELIST = '(empty whitelist)';
const OWNER = '(owner of the service)';

const recordsThatAdmit = ({ isOwner, openToEveryone, permissions }: z.infer<typeof AccessRow>): string[] => [
  ...permissions.map(({ permission }) => permission),
  ...(openToEveryone && !permissions.some(({ admitsEveryone }) => admitsEveryone) ? [EMPTY_WHITELIST] : []),
  ...(isOwner ? [OWNER] : []),
];

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

type ErrorsOfAnswers = NonNullable<Answer['errors']>;

interface Place {
  name: string | null;
  region: string;
  projectId: string;
}

/** Collects what an account may reach, each cluster and endpoint service once. */
const createCollection = () => {
  const accesses = new Map<string, Access>();
  const find = (kind: Access['kind'], id: string, { name, region, projectId }: Place): Access => {
    const key = `${region} ${projectId} ${id}`;
    const access = accesses.get(key) ?? {
      kind,
      id,
      name: name ?? id,
      region,
      projectId,
      admittedBy: [],
      maybeAdmittedBy: [],
      whitelistRead: true,
      connections: [],
    };
    accesses.set(key, access);
    return access;
  };
  return {
    accesses,
    find,
    findParent: ({ cluster, endpointService }: Parent): Access | undefined => {
      if (cluster) return find('cluster', cluster.clusterId, cluster);
      return endpointService ? find('service', endpointService.serviceId, endpointService) : undefined;
    },
  };
};

type Gap = z.infer<typeof Unavailable>[number];

const Page = z.object({
  pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
  unavailable: Unavailable,
  nodes: z.array(z.unknown()),
});

/** A list to its end, or to the page that has failed. */
interface List {
  rows: unknown[];
  gaps: Gap[];
  isRead: boolean;
  isWhole: boolean;
}

/** Reads a list, whose first page is in an answer, to its end; errors and gaps are added to `errors`. */
const readList = async (
  { client, terminal }: CallContext,
  { name, first, domainId }: { name: ListName; first: Answer; domainId: string },
  errors: ErrorsOfAnswers,
): Promise<List> => {
  const rows: unknown[] = [];
  const gaps = new Map<string, Gap>();
  let page = Page.nullish().parse(first.data?.[name]);
  const isRead = page != null;
  while (page) {
    rows.push(...page.nodes);
    for (const gap of page.unavailable) gaps.set(JSON.stringify(gap), gap);
    terminal.progress(`${rows.length.toLocaleString('en-US')} of ${name}`);
    const { hasNextPage, endCursor } = page.pageInfo;
    if (!hasNextPage || endCursor === null) break;
    const answer = await client.ask({ query: queryOf([name]), variables: { domainId, after: endCursor } });
    errors.push(...(answer.errors ?? []));
    page = Page.nullish().parse(answer.data?.[name]);
  }
  for (const { clusterId, serviceId, region, projectId, code, message } of gaps.values())
    errors.push({
      message: `${clusterId ?? serviceId ?? `${region} ${projectId}`}: ${message}`,
      extensions: { code },
    });
  return { rows, gaps: [...gaps.values()], isRead, isWhole: page != null };
};

/** Writes what an account may reach, and by which record. */
export const runAccess = async (
  context: CallContext,
  { domainId, json }: { domainId: string; json: boolean },
): Promise<ExitCode> => {
  const { terminal, environment } = context;
  const errors: ErrorsOfAnswers = [];
  const { accesses, find, findParent } = createCollection();
  // In one operation: what both need of the cloud is read once.
  const first = await context.client.ask({
    query: queryOf(['accessFor', 'connections']),
    variables: { domainId },
  });
  errors.push(...(first.errors ?? []));
  const admitted = await readList(context, { name: 'accessFor', first, domainId }, errors);
  const connected = await readList(context, { name: 'connections', first, domainId }, errors);
  for (const row of z.array(AccessRow).parse(admitted.rows)) {
    const access = findParent(row);
    access?.admittedBy.push(...recordsThatAdmit(row));
    access?.maybeAdmittedBy.push(...row.possiblePermissions.map(({ permission }) => permission));
  }
  for (const { clusterId, serviceId, ...where } of admitted.gaps) {
    if (clusterId !== null) find('cluster', clusterId, where).whitelistRead = false;
    else if (serviceId !== null) find('service', serviceId, where).whitelistRead = false;
  }
  for (const { endpointId, status, ...parent } of z.array(ConnectionRow).parse(connected.rows)) {
    const access = findParent(parent);
    access?.connections.push({ endpointId, status });
    if (access && access.admittedBy.length === 0) access.whitelistRead &&= admitted.isWhole;
  }
  const read = [...accesses.values()];
  const isRead = admitted.isRead || connected.isRead;
  const answer = { data: isRead ? { read } : null, errors };
  if (isRead) {
    const text = read.map(formatAccess).join('') || 'This account may reach nothing.\n';
    await terminal.write(json ? `${JSON.stringify(read, null, 2)}\n` : text);
  }
  noteErrors(terminal, answer, environment);
  return exitCodeOf(answer);
};
