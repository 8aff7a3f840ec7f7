import { graphql } from './graphql.ts';

const Row = graphql(`
  fragment Row on Connection {
    endpointId
    status
    statusRaw
    domainId
    ipv4
    createdAt
    updatedAt
    failures {
      code
      message
    }
  }
`);

const Record = graphql(`
  fragment Record on Permission {
    permissionId
    permission
    kind
    domainId
    orgPath
    description
    createdAt
  }
`);

const Missing = graphql(`
  fragment Missing on UnavailableProject {
    region
    projectId
    code
    message
  }
`);

const Refusal = graphql(`
  fragment Refusal on UserError {
    code
    message
    field
  }
`);

const Place = graphql(`
  fragment Place on PageInfo {
    hasNextPage
    endCursor
  }
`);

/** Clusters, and how many connections they have. */
export const CLUSTERS = graphql(
  `
    query Clusters($first: Int!, $after: String) {
      clusters(first: $first, after: $after) {
        totalCount
        truncatedAt
        pageInfo {
          ...Place
        }
        unavailable {
          ...Missing
        }
        nodes {
          id
          clusterId
          name
          status
          region
          projectId
          endpointAccess
          serviceName
          connectionCounts {
            status
            count
          }
          connections(first: 1) {
            totalCount
            truncatedAt
          }
        }
      }
    }
  `,
  [Place, Missing],
);

/** Endpoint services, and how many connections they have. */
export const SERVICES = graphql(
  `
    query Services($first: Int!, $after: String) {
      endpointServices(first: $first, after: $after) {
        totalCount
        truncatedAt
        pageInfo {
          ...Place
        }
        unavailable {
          ...Missing
        }
        nodes {
          id
          serviceId
          name
          label
          status
          region
          projectId
          approvalRequired
          connectionCounts {
            status
            count
          }
          connections(first: 1) {
            totalCount
            truncatedAt
          }
        }
      }
    }
  `,
  [Place, Missing],
);

/** Connections of several clusters and services. */
export const CONNECTIONS = graphql(
  `
    query Connections($ids: [ID!]!, $first: Int!, $after: String) {
      nodes(ids: $ids) {
        ... on Cluster {
          connections(first: $first, after: $after) {
            totalCount
            truncatedAt
            pageInfo {
              ...Place
            }
            nodes {
              ...Row
            }
          }
        }
        ... on EndpointService {
          connections(first: $first, after: $after) {
            totalCount
            truncatedAt
            pageInfo {
              ...Place
            }
            nodes {
              ...Row
            }
          }
        }
      }
    }
  `,
  [Row, Place],
);

/** Whitelists of several clusters and services. */
export const WHITELISTS = graphql(
  `
    query Whitelists($ids: [ID!]!, $first: Int!, $after: String) {
      nodes(ids: $ids) {
        ... on Cluster {
          permissions(first: $first, after: $after) {
            totalCount
            truncatedAt
            pageInfo {
              ...Place
            }
            nodes {
              ...Record
            }
          }
        }
        ... on EndpointService {
          permissions(first: $first, after: $after) {
            totalCount
            truncatedAt
            pageInfo {
              ...Place
            }
            nodes {
              ...Record
            }
          }
        }
      }
    }
  `,
  [Record, Place],
);

/** What an account may reach, and why. */
export const ACCESS = graphql(
  `
    query Access($domainId: ID!, $first: Int!, $after: String) {
      accessFor(domainId: $domainId, first: $first, after: $after) {
        totalCount
        pageInfo {
          ...Place
        }
        unavailable {
          region
          projectId
          clusterId
          serviceId
          name
          code
          message
        }
        nodes {
          openToEveryone
          isOwner
          permissions {
            ...Record
          }
          possiblePermissions {
            ...Record
          }
          cluster {
            clusterId
            region
            projectId
          }
          endpointService {
            serviceId
            region
            projectId
          }
          connections {
            totalCount
          }
        }
      }
    }
  `,
  [Record, Place],
);

export const CLUSTER_DETAILS = graphql(
  `
    query ClusterDetails($id: ID!, $project: ProjectInput, $first: Int!) {
      cluster(clusterId: $id, project: $project) {
        name
        status
        engine
        engineVersion
        addresses
        endpointAccess
        endpointIpv4
        serviceName
        vpcId
        createdAt
        endpointService {
          name
          serviceId
          ownership
          approvalRequired
        }
        permissions(first: $first) {
          totalCount
          nodes {
            ...Record
          }
        }
      }
    }
  `,
  [Record],
);

export const SERVICE_DETAILS = graphql(
  `
    query ServiceDetails($id: ID!, $project: ProjectInput, $first: Int!) {
      endpointService(by: { id: $id }, project: $project) {
        name
        label
        status
        ownership
        approvalRequired
        serviceType
        vpcId
        createdAt
        description
        ports {
          protocol
          clientPort
          serverPort
        }
        failures {
          code
          message
        }
        permissions(first: $first) {
          totalCount
          nodes {
            ...Record
          }
        }
      }
    }
  `,
  [Record],
);

const Details = graphql(
  `
    fragment Details on Connection {
      ...Row
      ipv6
      dnsNames
      markerId
      specification
      maxSessions
      description
      admittedBy {
        ...Record
      }
    }
  `,
  [Row, Record],
);

export const CLUSTER_CONNECTION_DETAILS = graphql(
  `
    query ClusterConnectionDetails($id: ID!, $project: ProjectInput, $endpointId: ID!) {
      cluster(clusterId: $id, project: $project) {
        permissions(first: 1) {
          totalCount
        }
        connections(first: 1, filter: { endpointId: $endpointId }) {
          nodes {
            ...Details
          }
        }
      }
    }
  `,
  [Details],
);

export const SERVICE_CONNECTION_DETAILS = graphql(
  `
    query ServiceConnectionDetails($id: ID!, $project: ProjectInput, $endpointId: ID!) {
      endpointService(by: { id: $id }, project: $project) {
        connections(first: 1, filter: { endpointId: $endpointId }) {
          nodes {
            ...Details
          }
        }
      }
    }
  `,
  [Details],
);

export const ACCEPT = graphql(
  `
    mutation Accept($input: AcceptConnectionsInput!) {
      acceptConnections(input: $input) {
        connections {
          ...Row
        }
        userErrors {
          ...Refusal
        }
      }
    }
  `,
  [Row, Refusal],
);

export const REJECT = graphql(
  `
    mutation Reject($input: RejectConnectionsInput!) {
      rejectConnections(input: $input) {
        connections {
          ...Row
        }
        userErrors {
          ...Refusal
        }
      }
    }
  `,
  [Row, Refusal],
);

/** Statuses of connections until they are settled. */
export const WATCH = graphql(
  `
    subscription Watch($parent: ParentReference!, $project: ProjectInput, $endpointIds: [ID!]!) {
      connectionStatusChanged(parent: $parent, project: $project, endpointIds: $endpointIds) {
        ...Row
      }
    }
  `,
  [Row],
);

export const ADD_PERMISSIONS = graphql(
  `
    mutation AddPermissions($input: AddPermissionsInput!) {
      addPermissions(input: $input) {
        added
        permissions {
          ...Record
        }
        userErrors {
          ...Refusal
        }
      }
    }
  `,
  [Record, Refusal],
);

export const REMOVE_PERMISSIONS = graphql(
  `
    mutation RemovePermissions($input: RemovePermissionsInput!) {
      removePermissions(input: $input) {
        removed
        permissions {
          ...Record
        }
        userErrors {
          ...Refusal
        }
      }
    }
  `,
  [Record, Refusal],
);
