import { effect, signal } from '@preact/signals';
import type { ResultOf } from 'gql.tada';
import { print } from 'graphql';
import {
  CLUSTER_CONNECTION_DETAILS,
  CLUSTER_DETAILS,
  SERVICE_CONNECTION_DETAILS,
  SERVICE_DETAILS,
} from '../graph/documents.ts';
import type { LocatedProblem } from '../graph/client.ts';
import type { Connection, Parent } from '../model/topology.ts';
import { client } from './session.ts';
import { parents, selectedConnection, selectedParent } from './topology.ts';

type ClusterPart = NonNullable<ResultOf<typeof CLUSTER_DETAILS>['cluster']>;
type ServicePart = NonNullable<ResultOf<typeof SERVICE_DETAILS>['endpointService']>;
export type ConnectionPart = NonNullable<
  NonNullable<ResultOf<typeof CLUSTER_CONNECTION_DETAILS>['cluster']>['connections']
>['nodes'][number];

/** Details of what is selected, with the query that they come from. */
export interface Details {
  key: string;
  query: string;
  variables: object;
  isLoading: boolean;
  problems: readonly LocatedProblem[];
  cluster?: ClusterPart | null;
  service?: ServicePart | null;
  connection?: ConnectionPart | null;
  /** Whether the cluster's whitelist is empty, which lets everyone in. */
  isOpen?: boolean;
}

export const details = signal<Details | null>(null);

type Result = Omit<Details, 'key' | 'query' | 'variables' | 'isLoading'>;

/** A read of details: its query, and how to send it. */
interface DetailsRead {
  query: string;
  variables: object;
  read: () => Promise<Result>;
}

/** Records of a whitelist that are shown. */
const RECORDS = 200;

const parentRead = (parent: Parent): DetailsRead => {
  const variables = { id: parent.id, project: parent.project, first: RECORDS };
  return parent.kind === 'cluster'
    ? {
        query: print(CLUSTER_DETAILS),
        variables,
        read: async () => {
          const { data, problems } = await client.ask(CLUSTER_DETAILS, variables);
          return { cluster: data?.cluster ?? null, problems };
        },
      }
    : {
        query: print(SERVICE_DETAILS),
        variables,
        read: async () => {
          const { data, problems } = await client.ask(SERVICE_DETAILS, variables);
          return { service: data?.endpointService ?? null, problems };
        },
      };
};

const connectionRead = (parent: Parent, { endpointId }: Connection): DetailsRead => {
  const variables = { id: parent.id, project: parent.project, endpointId };
  return parent.kind === 'cluster'
    ? {
        query: print(CLUSTER_CONNECTION_DETAILS),
        variables,
        read: async () => {
          const { data, problems } = await client.ask(CLUSTER_CONNECTION_DETAILS, variables);
          return {
            connection: data?.cluster?.connections?.nodes[0] ?? null,
            isOpen: data?.cluster?.permissions?.totalCount === 0,
            problems,
          };
        },
      }
    : {
        query: print(SERVICE_CONNECTION_DETAILS),
        variables,
        read: async () => {
          const { data, problems } = await client.ask(SERVICE_CONNECTION_DETAILS, variables);
          return { connection: data?.endpointService?.connections?.nodes[0] ?? null, problems };
        },
      };
};

const readDetails = async (key: string, { query, variables, read }: DetailsRead): Promise<void> => {
  const about = { key, query, variables };
  details.value = { ...about, isLoading: true, problems: [] };
  const result = await read();
  // Another selection may have been made meanwhile.
  if (details.value?.key === key) details.value = { ...about, ...result, isLoading: false };
};

/** Reads the details of what is selected again. */
export const refreshDetails = (): Promise<void> => {
  const connection = selectedConnection.peek();
  const parent = connection ? parents.peek().get(connection.parentKey) : selectedParent.peek();
  if (connection && parent) return readDetails(connection.key, connectionRead(parent, connection));
  if (parent) return readDetails(parent.key, parentRead(parent));
  details.value = null;
  return Promise.resolve();
};

/** Reads details whenever something else is selected, or the status of what is selected changes. */
export const followSelection = (): void => {
  let last: string | null = null;
  effect(() => {
    const connection = selectedConnection.value;
    const key = connection ? `${connection.key} ${connection.status}` : (selectedParent.value?.key ?? null);
    if (key === last) return;
    last = key;
    void refreshDetails();
  });
};
