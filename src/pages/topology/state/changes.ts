import { signal } from '@preact/signals';
import type { Answer, LocatedProblem } from '../graph/client.ts';
import { ACCEPT, ADD_PERMISSIONS, REJECT, REMOVE_PERMISSIONS, WATCH } from '../graph/documents.ts';
import { toConnection } from '../graph/read-topology.ts';
import { countStatuses, describeCounts, describeStatus } from '../model/status.ts';
import type { Connection, Parent } from '../model/topology.ts';
import { plural } from '../model/words.ts';
import { refreshDetails } from './details.ts';
import { tell } from './messages.ts';
import { client } from './session.ts';
import { clearChoice } from './choice.ts';
import { findConnection, parents, putConnections } from './topology.ts';
import { forgetWhitelist } from './whitelists.ts';

/** A change that the reader has to confirm. */
export interface Question {
  title: string;
  /** What will happen, one sentence each. */
  consequences: readonly string[];
  /** Asks for an account, with this label. */
  asksFor?: string;
  action: string;
  isDangerous: boolean;
  run: (text: string) => Promise<void>;
}

export const question = signal<Question | null>(null);

/** Why the reader may not change anything; null until a change was refused for that reason. */
export const writeRefusal = signal<string | null>(null);

/** A key with which a change that is sent twice runs once. `randomUUID` is there on secure origins only. */
const createKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

const referTo = ({ kind, id }: Parent) => (kind === 'cluster' ? { clusterId: id } : { serviceId: id });

interface Refusal {
  code: string;
  message: string;
  /** Path of the input that was refused; null for all of it. */
  field: readonly string[] | null;
}

interface Payload {
  userErrors: readonly Refusal[];
}

/** Why a change was not made, in words; undefined if it was. */
const refusalOf = (
  payload: Payload | null | undefined,
  problems: readonly LocatedProblem[],
): string | undefined => {
  const [first] = [...(payload?.userErrors ?? []), ...problems];
  if (!first) return payload ? undefined : 'The gateway did not say what became of it.';
  if (first.code === 'FORBIDDEN') writeRefusal.value = first.message;
  const reason = `${first.message} (${first.code})`;
  return first.code === 'OFFLINE'
    ? `${reason} It is not known whether the change was made: refresh to see.`
    : reason;
};

type Verb = 'accept' | 'reject';

/** Connections of one cluster or service that are changed. */
interface Target {
  parent: Parent;
  connections: readonly Connection[];
}

/** Connections of one change: a subscription follows no more. */
const MAX_TOGETHER = 50;

/** Splits connections into changes, each of one project, and of targets that name each parent once. */
const splitChanges = (connections: readonly Connection[]): Target[][] => {
  const inProjects = Map.groupBy(connections, ({ parentKey }) => {
    const { region, projectId } = parents.value.get(parentKey)!.project;
    return `${region} ${projectId}`;
  });
  return [...inProjects.values()].flatMap((all) =>
    Array.from({ length: Math.ceil(all.length / MAX_TOGETHER) }, (_none, at) => {
      const some = all.slice(at * MAX_TOGETHER, (at + 1) * MAX_TOGETHER);
      return [...Map.groupBy(some, ({ parentKey }) => parentKey)].map(([key, members]): Target => ({
        parent: parents.value.get(key)!,
        connections: members,
      }));
    }),
  );
};

const nameOf = (connections: readonly Connection[]): string =>
  connections.length === 1 ? connections[0]!.endpointId : `${connections.length} connections`;

/** Shows the statuses of connections until the cloud has settled them. Returns the problem that ended this early, if one did. */
const follow = async ({ parent, connections }: Target): Promise<string | undefined> => {
  let problem: string | undefined;
  await client.watch(
    WATCH,
    {
      parent: referTo(parent),
      project: parent.project,
      endpointIds: connections.map(({ endpointId }) => endpointId),
    },
    ({ data, problems }) => {
      if (data?.connectionStatusChanged)
        putConnections([toConnection(parent.key, data.connectionStatusChanged)]);
      problem ??= problems[0]?.message;
    },
  );
  return problem;
};

/** What is left of a target after its refusals, whose fields name the target or an endpoint in it. */
const withoutRefused = (target: Target, at: number, refusals: readonly Refusal[]): Target => {
  const own = refusals.filter(({ field }) => !field || field[2] === String(at));
  const isRefused = (index: number): boolean =>
    own.some(({ field }) => !field || field.length < 5 || field[4] === String(index));
  return { ...target, connections: target.connections.filter((_one, index) => !isRefused(index)) };
};

const sendDecision = async (verb: Verb, targets: readonly Target[]) => {
  const input = {
    targets: targets.map(({ parent, connections }) => ({
      parent: referTo(parent),
      endpointIds: connections.map(({ endpointId }) => endpointId),
    })),
    project: targets[0]!.parent.project,
    idempotencyKey: createKey(),
  };
  if (verb === 'accept') {
    const { data, problems } = await client.change(ACCEPT, { input });
    return { payload: data?.acceptConnections, problems };
  }
  const { data, problems } = await client.change(REJECT, { input });
  return { payload: data?.rejectConnections, problems };
};

/** Makes one change, and follows what the cloud makes of it. */
const decideTogether = async (verb: Verb, targets: readonly Target[]): Promise<void> => {
  const all = targets.flatMap(({ connections }) => connections);
  const put = tell(`${nameOf(all)}: ${verb === 'accept' ? 'accepting' : 'rejecting'} …`, 'busy');
  const { payload, problems } = await sendDecision(verb, targets);
  const refusal = refusalOf(payload, problems);
  const going =
    payload && problems.length === 0
      ? targets
          .map((target, at) => withoutRefused(target, at, payload.userErrors))
          .filter(({ connections }) => connections.length > 0)
      : [];
  const changed = going.flatMap(({ connections }) => connections);
  if (refusal !== undefined) {
    const refused = all.filter((one) => !changed.includes(one));
    const told = `${nameOf(refused)} ${refused.length === 1 ? 'was' : 'were'} not ${verb}ed: ${refusal}`;
    if (changed.length === 0) {
      put(told, 'trouble');
      return;
    }
    tell(told, 'trouble');
  }
  put(`${nameOf(changed)}: waiting for the cloud …`, 'busy');
  const [problem] = (await Promise.all(going.map(follow))).filter((one) => one !== undefined);
  if (problem) put(`${nameOf(changed)}: ${problem}`, 'trouble');
  else {
    const settled = changed.map(({ parentKey, key }) => findConnection(parentKey, key));
    const counts = countStatuses(settled.filter((one) => one !== undefined));
    put(
      changed.length === 1
        ? `${nameOf(changed)} is ${[...counts.keys()].map(describeStatus).join('')}.`
        : `${nameOf(changed)}: ${describeCounts(counts)}.`,
      counts.has('FAILED') ? 'trouble' : 'good',
    );
  }
  await refreshDetails();
};

const decide = async (verb: Verb, connections: readonly Connection[]): Promise<void> => {
  clearChoice();
  await Promise.all(splitChanges(connections).map((targets) => decideTogether(verb, targets)));
};

/** Whom connections are of and what they lead to, in words. */
const describe = (connections: readonly Connection[]): { who: string; where: string } => {
  const names = [...new Set(connections.map(({ parentKey }) => parents.value.get(parentKey)!.name))];
  const [first] = connections;
  return {
    who:
      connections.length === 1
        ? `Endpoint ${first!.endpointId} of account ${first!.domainId ?? 'unknown'}`
        : `${connections.length} endpoints of ${plural(new Set(connections.map(({ domainId }) => domainId)).size, 'account')}`,
    where:
      names.length <= 3 ? names.join(', ') : `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`,
  };
};

/** Asks whether to accept connections. */
export const askToAccept = (connections: readonly Connection[]): void => {
  const { who, where } = describe(connections);
  const isOne = connections.length === 1;
  question.value = {
    title: isOne ? 'Accept this connection?' : `Accept ${connections.length} connections?`,
    consequences: [
      `${who} can then reach ${where}.`,
      'The cloud finishes this after it has answered; the page shows the status until it is settled.',
    ],
    action: isOne ? 'Accept' : `Accept ${connections.length}`,
    isDangerous: false,
    run: () => decide('accept', connections),
  };
};

/** Asks whether to reject connections, or to end those that were accepted. */
export const askToReject = (connections: readonly Connection[]): void => {
  const { who, where } = describe(connections);
  const connected = connections.filter(({ status }) => status === 'ACCEPTED').length;
  const isOne = connections.length === 1;
  const verb = connected === 0 ? 'Reject' : connected === connections.length ? 'End' : 'Reject or end';
  const noun = isOne ? 'this connection' : `${connections.length} connections`;
  question.value = {
    title: `${verb} ${noun}?`,
    consequences: [
      connected === connections.length
        ? `${who} can no longer reach ${where}: what runs over ${isOne ? 'it' : 'them'} now breaks off.`
        : `${who} will not reach ${where}.`,
      ...(connected > 0 && connected < connections.length
        ? [`${plural(connected, 'connection')} of them are in use: what runs over them now breaks off.`]
        : []),
      `${isOne ? 'It' : 'They'} can be accepted again later.`,
    ],
    action: isOne ? (connected === 1 ? 'End connection' : 'Reject') : `${verb} ${connections.length}`,
    isDangerous: true,
    run: () => decide('reject', connections),
  };
};

const changeWhitelist = async (
  { key }: Parent,
  title: string,
  send: () => Promise<Answer<{ [field: string]: (Payload & object) | null }>>,
): Promise<void> => {
  const put = tell(`${title} …`, 'busy');
  const { data, problems } = await send();
  const refusal = refusalOf(data && Object.values(data)[0], problems);
  if (refusal === undefined) put(`${title}: done.`, 'good');
  else put(`${title}: ${refusal}`, 'trouble');
  forgetWhitelist(key);
  await refreshDetails();
};

/** Asks for an account to let in. */
export const askToAdd = (parent: Parent, isOpenNow: boolean): void => {
  question.value = {
    title: `Let an account reach ${parent.name}?`,
    consequences: [
      'Endpoints of that account can then ask to connect.',
      ...(isOpenNow
        ? [
            'The whitelist is empty now, which lets every account in: the first record ends that, for all others.',
          ]
        : []),
    ],
    asksFor: 'Account id',
    action: 'Add to the whitelist',
    isDangerous: isOpenNow,
    run: (account) =>
      changeWhitelist(parent, `Add ${account} to the whitelist of ${parent.name}`, () =>
        client.change(ADD_PERMISSIONS, {
          input: {
            parent: referTo(parent),
            project: parent.project,
            principals: [account],
            openToEveryone: account === '*',
            idempotencyKey: createKey(),
          },
        }),
      ),
  };
};

/** Asks whether to take a record off a whitelist. */
export const askToRemove = (parent: Parent, principal: string, isLast: boolean): void => {
  const opens = parent.kind === 'cluster' && isLast;
  question.value = {
    title: `Remove ${principal} from the whitelist of ${parent.name}?`,
    consequences: [
      'Endpoints of that account can no longer ask to connect. Connections that are accepted stay: end them one by one.',
      ...(opens
        ? [
            'This is the last record. A cluster with an empty whitelist lets every account in: the record for everyone (*) takes its place, and the cluster is open.',
          ]
        : []),
    ],
    action: opens ? 'Remove, and open to everyone' : 'Remove from the whitelist',
    isDangerous: true,
    run: () =>
      changeWhitelist(parent, `Remove ${principal} from the whitelist of ${parent.name}`, () =>
        client.change(REMOVE_PERMISSIONS, {
          input: {
            parent: referTo(parent),
            project: parent.project,
            principals: [principal],
            openToEveryone: opens,
            idempotencyKey: createKey(),
          },
        }),
      ),
  };
};
