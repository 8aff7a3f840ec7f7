import { z } from 'zod';
import { exitCodeOf, noteErrors } from './answers.ts';
import type { Answer } from './client.ts';
import { EXIT, type ExitCode, WrongUse } from './exit-codes.ts';
import type { CallContext } from './call-context.ts';

const CONNECTIONS =
  'connections(first: 1000, filter: $filter) { pageInfo { hasNextPage } nodes { endpointId status } }';
const PARENTS = {
  clusterId: `query ($id: ID!, $filter: ConnectionFilter) { parent: cluster(clusterId: $id) { ${CONNECTIONS} } }`,
  serviceId: `query ($id: ID!, $filter: ConnectionFilter) { parent: endpointService(by: { id: $id }) { ${CONNECTIONS} } }`,
};
type ParentKind = keyof typeof PARENTS;

const Parent = z.object({
  connections: z
    .object({
      pageInfo: z.object({ hasNextPage: z.boolean() }),
      nodes: z.array(z.object({ endpointId: z.string(), status: z.string() })),
    })
    .nullable(),
});
const Event = z.object({
  connectionStatusChanged: z.object({ endpointId: z.string(), status: z.string() }).nullable(),
});

const CHANGING = ['CREATING', 'DELETING'];
const SETTLED_BADLY = 'FAILED';

/** What `wait` is asked for. */
export interface WaitOptions {
  /** A `clusterId` or `serviceId`. */
  id: string;
  /** Endpoints to wait for; without any, all that are not settled. */
  endpointIds: readonly string[];
  /** Statuses to wait for; without any, every status that does not change by itself. */
  until: readonly string[];
}

/** The cluster or service of an id, and its connections that match. */
const findParent = async (
  { client }: CallContext,
  id: string,
  filter: object,
  isNamed: boolean,
): Promise<
  { kind: ParentKind; connections: { endpointId: string; status: string }[] } | { refusal: Answer }
> => {
  let refusal: Answer | undefined;
  for (const kind of ['clusterId', 'serviceId'] as const) {
    const answer = await client.ask({ query: PARENTS[kind], variables: { id, filter } });
    const parent = Parent.safeParse(answer.data?.['parent']);
    if (parent.success && parent.data.connections) {
      const { nodes, pageInfo } = parent.data.connections;
      if (pageInfo.hasNextPage && !isNamed)
        throw new WrongUse(`${id}: has more than 1,000 connections to wait for; name the endpoints.`);
      return { kind, connections: nodes };
    }
    // The more telling of both: that it is no cluster says little of a service.
    if (!refusal || answer.errors?.some(({ extensions }) => extensions?.code !== 'NOT_FOUND'))
      refusal = answer;
  }
  return { refusal: refusal ?? {} };
};

const subscription = (kind: ParentKind) => `
  subscription ($id: ID!, $endpointIds: [ID!]!, $until: [ConnectionStatus!]) {
    connectionStatusChanged(parent: { ${kind}: $id }, endpointIds: $endpointIds, until: $until) { endpointId status }
  }`;

/** Waits until connections are settled, and writes every change. */
export const runWait = async (
  context: CallContext,
  { id, endpointIds, until }: WaitOptions,
): Promise<ExitCode> => {
  const { client, terminal, environment } = context;
  const found = await findParent(
    context,
    id,
    until.length > 0 || endpointIds.length > 0 ? {} : { status: CHANGING },
    endpointIds.length > 0,
  );
  if ('refusal' in found) {
    noteErrors(terminal, found.refusal, environment);
    if (!found.refusal.errors) terminal.note(`There is no cluster and no endpoint service ${id}.`);
    return found.refusal.errors ? exitCodeOf({ ...found.refusal, data: null }) : EXIT.failed;
  }
  const open = found.connections
    .filter(({ status }) => !until.includes(status))
    .map(({ endpointId }) => endpointId);
  const awaited = endpointIds.length > 0 ? endpointIds : open;
  if (awaited.length === 0) {
    terminal.note('All connections are settled.');
    return EXIT.done;
  }
  const last = new Map<string, string>();
  let failed: ExitCode = EXIT.done;
  const variables = { id, endpointIds: awaited, ...(until.length > 0 && { until }) };
  for await (const event of client.subscribe({ query: subscription(found.kind), variables })) {
    const change = Event.safeParse(event.data).data?.connectionStatusChanged;
    if (change) {
      last.set(change.endpointId, change.status);
      await terminal.write(`${change.endpointId}\t${change.status}\n`);
    }
    if (event.errors) {
      noteErrors(terminal, event, environment);
      failed = exitCodeOf(event);
    }
  }
  const isReached = (status: string | undefined) =>
    status !== undefined && (until.length > 0 ? until.includes(status) : status !== SETTLED_BADLY);
  const missed = awaited.filter((endpointId) => !isReached(last.get(endpointId)));
  return missed.length > 0 && failed === EXIT.done ? EXIT.failed : failed;
};
