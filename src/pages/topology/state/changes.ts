import { signal } from '@preact/signals';
import type { Answer, LocatedProblem } from '../graph/client.ts';
import { ACCEPT, ADD_PERMISSIONS, REJECT, REMOVE_PERMISSIONS, WATCH } from '../graph/documents.ts';
import { toConnection } from '../graph/read-topology.ts';
import { countStatuses, describeCounts, describeStatus } from '../model/status.ts';
import type { Connection, Parent } from '../model/topology.ts';
import { describeRecord, type WhitelistRecord } from '../model/whitelists.ts';
import { plural } from '../model/words.ts';
import { refreshDetails } from './details.ts';
import { createLimit } from './limit.ts';
import { createMessage, type Put, tell } from './messages.ts';
import { client } from './session.ts';
import { clearChoice } from './choice.ts';
import { findConnection, parents, putConnections } from './topology.ts';
import { forgetWhitelist } from './whitelists.ts';

/** A change that the reader has to confirm. */
export interface Question {
  title: string;
  /** What will happen, one sentence each. */
  consequences: readonly string[];
  /** Asks for a text; some texts come with a warning. */
  asksFor?: { label: string; hint: string; warn: (text: string) => string | undefined };
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

/** Why a change was not made, or not all of it. A payload whose connections could not be read again is that of a change that was made. */
const refusalsOf = (
  payload: Payload | null | undefined,
  problems: readonly LocatedProblem[],
): readonly Refusal[] => {
  const [problem] = problems;
  const refusals = payload
    ? payload.userErrors
    : [
        {
          code: problem?.code ?? 'UNKNOWN',
          message: problem?.message ?? 'The gateway did not say what became of it.',
          field: null,
        },
      ];
  const forbidden = refusals.find(({ code }) => code === 'FORBIDDEN');
  if (forbidden) writeRefusal.value = forbidden.message;
  return refusals;
};

const describeRefusal = ({ code, message }: Refusal): string =>
  code === 'OFFLINE'
    ? `${message} (${code}) It is not known whether the change was made: refresh to see.`
    : `${message} (${code})`;

/** Whether the cloud may have made a change, and did not say so. */
const isUnclear = ({ code }: Refusal): boolean => code === 'INDETERMINATE';

/** Browsers open few connections to one host: a stream each for many clusters would leave none for anything else. */
const sendInTurn = createLimit(1);
const followFew = createLimit(3);

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

/** The refusal of one connection of a target: its field names the target, or the endpoint in it. */
const refusalFor = (refusals: readonly Refusal[], at: number, index: number): Refusal | undefined =>
  refusals.find(
    ({ field }) => !field || (field[2] === String(at) && (field.length < 5 || field[4] === String(index))),
  );

/** Connections of a change that were decided on alike. */
interface Decided {
  /** Why they were refused; undefined if they were not. */
  refusal: Refusal | undefined;
  connections: readonly Connection[];
}

/** Groups the connections of a change by what was decided on them. */
const sortOut = (targets: readonly Target[], refusals: readonly Refusal[]): Decided[] => {
  const each = targets.flatMap(({ connections }, at) =>
    connections.map((one, index) => ({ one, refusal: refusalFor(refusals, at, index) })),
  );
  const alike = Map.groupBy(each, ({ refusal }) =>
    refusal && isUnclear(refusal) ? refusal.code : refusal && describeRefusal(refusal),
  );
  return [...alike.values()].map((some) => ({
    refusal: some[0]!.refusal,
    connections: some.map(({ one }) => one),
  }));
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

/** Which statuses connections have now, in words. */
const describeNow = (connections: readonly Connection[]): { words: string; hasFailed: boolean } => {
  const now = connections.map(({ parentKey, key }) => findConnection(parentKey, key));
  const counts = countStatuses(now.filter((one) => one !== undefined));
  const words =
    connections.length === 1
      ? `${nameOf(connections)} is ${[...counts.keys()].map(describeStatus).join('')}.`
      : `${nameOf(connections)}: ${describeCounts(counts)}.`;
  return { words, hasFailed: counts.has('FAILED') };
};

/** Follows connections that were changed, or may have been, and tells what became of them. */
const tellOutcome = async (
  targets: readonly Target[],
  connections: readonly Connection[],
  put: Put,
  isKnown: boolean,
): Promise<void> => {
  const before = isKnown ? '' : 'The cloud did not say whether it did so. ';
  put(`${before}${nameOf(connections)}: waiting for the cloud …`, 'busy');
  const going = targets
    .map((target) => ({
      ...target,
      connections: target.connections.filter((one) => connections.includes(one)),
    }))
    .filter((target) => target.connections.length > 0);
  const problems = await Promise.all(going.map((target) => followFew(() => follow(target))));
  const problem = problems.find((one) => one !== undefined);
  if (problem !== undefined) {
    put(`${before}${nameOf(connections)}: ${problem}`, 'trouble');
    return;
  }
  const { words, hasFailed } = describeNow(connections);
  put(`${before}${words}`, hasFailed || !isKnown ? 'trouble' : 'good');
};

/** Makes one change, and follows what the cloud makes of it. */
const decideTogether = async (verb: Verb, targets: readonly Target[]): Promise<void> => {
  const all = targets.flatMap(({ connections }) => connections);
  const put = tell(`${nameOf(all)}: ${verb === 'accept' ? 'accepting' : 'rejecting'} …`, 'busy');
  const { payload, problems } = await sendInTurn(() => sendDecision(verb, targets));
  const decided = sortOut(targets, refusalsOf(payload, problems));
  const tellOf = async ({ refusal, connections }: Decided, say: Put): Promise<void> => {
    if (!refusal || isUnclear(refusal)) {
      await tellOutcome(targets, connections, say, !refusal);
      return;
    }
    const were = connections.length === 1 ? 'was' : 'were';
    say(`${nameOf(connections)} ${were} not ${verb}ed: ${describeRefusal(refusal)}`, 'trouble');
  };
  await Promise.all(decided.map((one, at) => tellOf(one, at === 0 ? put : createMessage())));
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
        ? [
            `${connected} of these connections ${connected === 1 ? 'is' : 'are'} in use: what runs over ${connected === 1 ? 'it' : 'them'} now breaks off.`,
          ]
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
  const [refusal] = refusalsOf(data && Object.values(data)[0], problems);
  if (!refusal) put(`${title}: done.`, 'good');
  else if (isUnclear(refusal))
    put(`${title}: the cloud did not say whether it did so. The whitelist is read again.`, 'trouble');
  else put(`${title}: ${describeRefusal(refusal)}`, 'trouble');
  forgetWhitelist(key);
  await refreshDetails();
};

const OPENS = 'Endpoints of every account can then ask to connect.';

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
    asksFor: {
      label: 'Account id',
      hint: '32 hexadecimal digits, or * for every account',
      warn: (text) => (text === '*' ? `This record is for everyone. ${OPENS}` : undefined),
    },
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

/** What removing a record changes, of a whitelist that has these others. */
const consequencesOfRemoval = (
  record: WhitelistRecord,
  others: readonly WhitelistRecord[],
  opens: boolean,
): string[] => {
  const stay = 'Connections that are accepted stay: end them one by one.';
  if (opens)
    return [
      'This is the last record. A cluster with an empty whitelist lets every account in: the record for everyone (*) takes its place, and the cluster is open.',
    ];
  if (record.kind === 'ANY')
    return ['Endpoints of accounts that no other record names can no longer ask to connect.', stay];
  return [
    others.some(({ kind }) => kind === 'ANY')
      ? 'The record for everyone (*) stays, and still lets its endpoints ask to connect.'
      : 'Its endpoints can no longer ask to connect.',
    stay,
  ];
};

/** Asks whether to take a record off a whitelist; `isLast` if it has no other. */
export const askToRemove = (
  parent: Parent,
  record: WhitelistRecord,
  { others, isLast }: { others: readonly WhitelistRecord[]; isLast: boolean },
): void => {
  const opens = parent.kind === 'cluster' && isLast;
  const who = record.kind === 'ANY' ? 'the record for everyone' : describeRecord(record);
  const title = `Remove ${who} from the whitelist of ${parent.name}`;
  question.value = {
    title: `${title}?`,
    consequences: consequencesOfRemoval(record, others, opens),
    action: opens ? 'Remove, and open to everyone' : 'Remove from the whitelist',
    isDangerous: true,
    run: () =>
      changeWhitelist(parent, title, () =>
        client.change(REMOVE_PERMISSIONS, {
          input: {
            parent: referTo(parent),
            project: parent.project,
            principals: [record.permission],
            openToEveryone: opens,
            idempotencyKey: createKey(),
          },
        }),
      ),
  };
};
