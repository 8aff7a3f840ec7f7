import { signal } from '@preact/signals';
import type { Answer, LocatedProblem } from '../graph/client.ts';
import { ACCEPT, ADD_PERMISSIONS, REJECT, REMOVE_PERMISSIONS, WATCH } from '../graph/documents.ts';
import { toConnection } from '../graph/read-topology.ts';
import { describeStatus } from '../model/status.ts';
import type { Connection, Parent } from '../model/topology.ts';
import { refreshDetails } from './details.ts';
import { tell } from './messages.ts';
import { client } from './session.ts';
import { putConnections } from './topology.ts';

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

interface Payload {
  userErrors: readonly { code: string; message: string }[];
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

/** Shows the status of a connection until the cloud has settled it. */
const follow = async (parent: Parent, one: Connection, put: ReturnType<typeof tell>): Promise<void> => {
  let last: Connection = one;
  let problem: string | undefined;
  await client.watch(
    WATCH,
    { parent: referTo(parent), project: parent.project, endpointIds: [one.endpointId] },
    ({ data, problems }) => {
      if (data?.connectionStatusChanged) {
        last = toConnection(parent.key, data.connectionStatusChanged);
        putConnections([last]);
        put(`${one.endpointId}: ${describeStatus(last.status)} …`, 'busy');
      }
      problem = problems[0]?.message;
    },
  );
  if (problem) put(`${one.endpointId}: ${problem}`, 'trouble');
  else
    put(
      `${one.endpointId} is ${describeStatus(last.status)}.`,
      last.status === 'FAILED' ? 'trouble' : 'good',
    );
  await refreshDetails();
};

const decide = async (verb: 'accept' | 'reject', parent: Parent, one: Connection): Promise<void> => {
  const put = tell(`${one.endpointId}: ${verb === 'accept' ? 'accepting' : 'rejecting'} …`, 'busy');
  const input = {
    targets: [{ parent: referTo(parent), endpointIds: [one.endpointId] }],
    project: parent.project,
    idempotencyKey: createKey(),
  };
  const { payload, problems } =
    verb === 'accept'
      ? await client
          .change(ACCEPT, { input })
          .then(({ data, problems: found }) => ({ payload: data?.acceptConnections, problems: found }))
      : await client
          .change(REJECT, { input })
          .then(({ data, problems: found }) => ({ payload: data?.rejectConnections, problems: found }));
  const refusal = refusalOf(payload, problems);
  if (refusal !== undefined) {
    put(`${one.endpointId} was not ${verb}ed: ${refusal}`, 'trouble');
    return;
  }
  await follow(parent, one, put);
};

/** Asks whether to accept a connection. */
export const askToAccept = (parent: Parent, one: Connection): void => {
  question.value = {
    title: 'Accept this connection?',
    consequences: [
      `Endpoint ${one.endpointId} of account ${one.domainId ?? 'unknown'} can then reach ${parent.name}.`,
      'The cloud finishes this after it has answered; the page shows the status until it is settled.',
    ],
    action: 'Accept',
    isDangerous: false,
    run: () => decide('accept', parent, one),
  };
};

/** Asks whether to reject a connection, or to end one that was accepted. */
export const askToReject = (parent: Parent, one: Connection): void => {
  const isConnected = one.status === 'ACCEPTED';
  question.value = {
    title: isConnected ? 'End this connection?' : 'Reject this connection?',
    consequences: [
      isConnected
        ? `Endpoint ${one.endpointId} of account ${one.domainId ?? 'unknown'} can no longer reach ${parent.name}: what runs over it now breaks off.`
        : `Endpoint ${one.endpointId} of account ${one.domainId ?? 'unknown'} will not reach ${parent.name}.`,
      'It can be accepted again later.',
    ],
    action: isConnected ? 'End connection' : 'Reject',
    isDangerous: true,
    run: () => decide('reject', parent, one),
  };
};

const changeWhitelist = async (
  title: string,
  send: () => Promise<Answer<{ [field: string]: (Payload & object) | null }>>,
): Promise<void> => {
  const put = tell(`${title} …`, 'busy');
  const { data, problems } = await send();
  const refusal = refusalOf(data && Object.values(data)[0], problems);
  if (refusal === undefined) put(`${title}: done.`, 'good');
  else put(`${title}: ${refusal}`, 'trouble');
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
      changeWhitelist(`Add ${account} to the whitelist of ${parent.name}`, () =>
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
      changeWhitelist(`Remove ${principal} from the whitelist of ${parent.name}`, () =>
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
