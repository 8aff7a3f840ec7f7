/** A client's program: it asks the questions of an administrator, and uses every answer by its type. */
import { graphql, type ResultOf, type VariablesOf } from './graphql.ts';

/** Which connections have failed, anywhere? */
export const failed = graphql(`
  query Failed($first: Int, $after: String) {
    connections(filter: { status: [FAILED] }, first: $first, after: $after) {
      edges {
        node {
          id
          endpointId
          status
          createdAt
          failures {
            message
          }
          cluster {
            name
          }
          endpointService {
            name
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
      unavailable {
        name
        code
      }
    }
  }
`);

export const describeFailed = ({ connections }: ResultOf<typeof failed>): string[] =>
  (connections?.edges ?? []).map(
    ({ node: { endpointId, createdAt, failures, cluster, endpointService } }) => {
      const since: string = createdAt ?? 'unknown';
      const reasons: (string | null)[] = (failures ?? []).map(({ message }) => message);
      return [endpointId, cluster?.name ?? endpointService?.name, since, ...reasons].join(' ');
    },
  );

/** Where is an endpoint connected? */
export const whereConnected = graphql(`
  query WhereConnected($endpointIds: [ID!]!) {
    connectionsByEndpoint(endpointIds: $endpointIds) {
      endpointId
      clusterConnection {
        status
        cluster {
          clusterId
        }
      }
      serviceConnection {
        status
        endpointService {
          serviceId
        }
      }
    }
  }
`);

export const placesOf = ({
  connectionsByEndpoint,
}: ResultOf<typeof whereConnected>): (string | undefined)[] =>
  (connectionsByEndpoint ?? []).flatMap(({ clusterConnection, serviceConnection }) => [
    clusterConnection?.cluster?.clusterId,
    serviceConnection?.endpointService?.serviceId,
  ]);

/** What may an account reach, and why? */
export const access = graphql(`
  query Access($domainId: ID!) {
    accessFor(domainId: $domainId) {
      nodes {
        cluster {
          name
        }
        endpointService {
          name
        }
        openToEveryone
        permissions {
          permission
          admitsEveryone
        }
      }
      unavailable {
        name
        code
      }
    }
  }
`);

export const openParents = ({ accessFor }: ResultOf<typeof access>): string[] =>
  (accessFor?.nodes ?? [])
    .filter(
      ({ openToEveryone, permissions }) => openToEveryone || permissions.some((one) => one.admitsEveryone),
    )
    .map(({ cluster, endpointService }) => cluster?.name ?? endpointService?.name ?? '');

/** How many connections are there of each status, and which service has nobody? */
export const counts = graphql(`
  query Counts {
    clusters {
      nodes {
        name
        connectionCounts {
          status
          count
        }
      }
    }
    endpointServices {
      nodes {
        name
        connectionCounts {
          status
          count
        }
      }
    }
  }
`);

export const withoutConnections = ({ endpointServices }: ResultOf<typeof counts>): (string | null)[] =>
  (endpointServices?.nodes ?? [])
    .filter(({ connectionCounts }) => connectionCounts?.every(({ count }) => count === 0))
    .map(({ name }) => name);

export const totalOfClusters = ({ clusters }: ResultOf<typeof counts>): number =>
  (clusters?.nodes ?? [])
    .flatMap(({ connectionCounts }) => connectionCounts ?? [])
    .reduce((sum, { count }) => sum + count, 0);

/** To which whitelist does a change of it lead back? */
export const admit = graphql(`
  mutation Admit($input: AddPermissionsInput!) {
    addPermissions(input: $input) {
      cluster {
        id
        name
      }
      permissions {
        id
        permission
        kind
        cluster {
          id
        }
        endpointService {
          id
        }
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`);

export const admitAccount: VariablesOf<typeof admit> = {
  input: { parent: { clusterId: 'c1' }, principals: ['d1'], idempotencyKey: 'ticket-4711' },
};

export const explain = ({ addPermissions }: ResultOf<typeof admit>): string =>
  addPermissions?.userErrors.map(({ code, message }) => `${code}: ${message}`).join() ??
  String(addPermissions?.permissions?.some(({ kind }) => kind === 'ANY'));

/** When is a connection settled? */
export const settled = graphql(`
  subscription Settled($parent: ParentReference!, $endpointIds: [ID!]!) {
    connectionStatusChanged(parent: $parent, endpointIds: $endpointIds, until: [ACCEPTED]) {
      endpointId
      status
    }
  }
`);

export const isAccepted = ({ connectionStatusChanged }: ResultOf<typeof settled>): boolean =>
  connectionStatusChanged?.status === 'ACCEPTED';
