# Changelog

All changes that clients and operators notice. The format is that of [Keep a Changelog](https://keepachangelog.com/en/1.1.0/).

## Unreleased

### Renamed in 0.2.0

One word for one thing. Every old query beside its new one; `…` stands for what stays as it is.

| 0.1.0 | 0.2.0 |
| --- | --- |
| `dataSource(…) { regionId }`, `insightInstance(…) { regionId }` | `dataSource(…) { region }`, `insightInstance(…) { region }`: a `String!`, as on every other type |
| `cluster(…) { failure { code message } }` | `cluster(…) { failures { code message } }`: a list, empty while the cluster is healthy |
| `cluster(…) { endpointServiceName }` | `cluster(…) { serviceName }` |
| `endpoint(…) { endpointServiceId endpointServiceName }` | `endpoint(…) { serviceId serviceName }` |
| `endpoints(filter: { endpointServiceName: "…" })` | `endpoints(filter: { serviceName: "…" })` |
| `endpointService(…) { connectionCount }` | `endpointService(…) { activeConnectionCount }` |
| `connections { nodes { dnsName } }` | `connections { nodes { dnsNames } }`: a list, as on `Endpoint` |
| `connectionStatusChanged(clusterId: "…", endpointIds: …)` | `connectionStatusChanged(parent: { clusterId: "…" }, endpointIds: …)` |
| `connectionStatusChanged(serviceId: "…", endpointIds: …)` | `connectionStatusChanged(parent: { serviceId: "…" }, endpointIds: …)` |
| `query ($service: EndpointServiceReference!)` | `query ($service: EndpointServiceBy!)` |
| `mutation ($id: ID) { …(input: { clientMutationId: $id, … }) }` | `mutation ($id: String) { …(input: { clientMutationId: $id, … }) }` |

### Added

Graph:

- A policy for changes of the contract: what was released is removed or changed only after a release in which it is deprecated.
- Every argument and input that takes an id as the console shows it also takes the opaque `id` of the same thing, and then needs no
  `project`.
- Clusters of Cloud Search Service, endpoint services, endpoints and quotas of VPC Endpoint, and data sources, instances and
  workspaces of DataArts Insight as one graph, with connections and whitelists of both sides.
- Every list as a Relay connection, with filters, orders, stable cursors and `truncatedAt` for lists that the cloud cuts off.
- `connections`: those of all clusters and own endpoint services as one list, each endpoint once, with `unavailable` for clusters and
  services that could not be read.
- `accessFor`: what an account may reach, and by which records; `connectionsByEndpoint`: where endpoints are connected.
- `connectionCounts` of clusters and endpoint services; `Permission.cluster`, `Permission.endpointService` and
  `Permission.admitsEveryone`; `Connection.region` and `Connection.projectId`; payloads of whitelist changes lead to what was changed.
- Filters: `admits` of whitelists; `createdAfter` and `ipv4` of connections; `endpointAccess`, `vpcId`, `enterpriseProjectId` and `tags`
  of clusters; `serviceType`, `approvalRequired`, `vpcId` and `hasConnections` of endpoint services; `status`, `ipv4`, `endpointId`,
  `markerId` and `serviceId` of endpoints.
- Mutations for connections, whitelists, endpoint access, endpoint services and endpoints, with `userErrors` and
  `idempotencyKey`.
- Subscriptions `connectionStatusChanged` and `endpointStatusChanged` as server-sent events; `until: [GONE]` waits for a deletion.
- A Federation 2 subgraph with entities, resolved in batches.
- A closed list of error codes, with `retryable`, `requestId`, `retryAfterMs` and `upstream`.
- `X-Cost: 1`, `X-Explain: 1` and `2`: the cost of an operation, its calls in a few lines, or each of them with what was merged.
- Every operation of VPC Endpoint: policies of endpoints (`Endpoint.policy`, `updateEndpointPolicy`, `deleteEndpointPolicy`), route
  tables (`updateEndpointRouteTables`), tags (`addTags`, `removeTags`, `usedTags`, the filter `tags`), the professional edition
  (`upgradeEndpoint`, `upgradeEndpointService`, `supportedEditions`) and further servers (`addServerResources`).

Use and operation:

- A built-in sandbox cloud, and GraphiQL with ready-made queries.
- A page at `/topology` that shows who is connected to what, as a picture and as a table, with exports, and where
  connections are accepted and rejected and whitelists changed (`TOPOLOGY`); a start page at
  `/` that leads to it and to GraphiQL.
- Several projects and regions in one gateway (`PROJECTS_FILE`), with tokens, access keys or users of IAM, and the dialects of
  regions, Open Telekom Cloud among them.
- API keys and JWT, with the roles `read` and `write`; CORS; persisted operations; a rate limit.
- Limits on the size and cost of operations, on calls, time and memory, shared fairly between callers.
- Retries of reads with a budget, a circuit breaker per host and service, partial results.
- A start that does not guess: misspelt names of settings are errors, `NODE_ENV=production` serves the sandbox only with `SANDBOX=1`,
  and every message about a setting has its name, its value (unless it is secret) and what it takes.
- Signals reach the gateway through `npm start`, shells and as process 1; `npm start` ends after it, and leaves nothing behind if it
  is killed. Where Node is too old, the Node that comes with the packages runs it: on Linux (glibc), macOS and Windows.
- Start and end as lines of the log in production, and `gateway_build_info`.
- A base path behind a reverse proxy (`BASE_PATH`).
- Forward proxies (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`) for every call of the gateway.
- The cause of a call without an answer, such as `ECONNREFUSED` or `CERT_HAS_EXPIRED`, in log, explanation and trace, and as
  `gateway_upstream_failures_total`.
- The command `vpc-endpoint-graph` (`query`, `topology`, `access`, `wait`, `schema`, `doctor`, `serve`), and a package with types to run
  the gateway inside another program.
- A quick start for frontend developers, platform engineers, operators and network administrators.
- Recipes for curl, Apollo Client, urql, Relay, code generators and routers.
- `npm run doctor`, Prometheus metrics (optionally on `METRICS_PORT`), OpenTelemetry traces, JSON logs, and an audit line for every
  mutation.
- Redis behind Sentinels and as a cluster; the doctor checks it, and `gateway_redis_up` shows whether it is usable.
- Redis for several replicas: shared answers, counters, idempotency keys and turns for changes of whitelists.
- What outlasts the grace of a shutdown is answered: `INDETERMINATE` for writes under way, `OVERLOADED` for everything else.
- Durations by a monotonic clock: a clock that jumps changes only signatures, and the check of a JWT's `exp` and `nbf`.
- A page for browsers where GraphiQL is off, and an error in the body where no type in `Accept` can be served (406).
- A log for people on a terminal, JSON everywhere else.
- A log that never blocks: what nothing reads is bounded, and what is lost is counted (`gateway_log_lines_lost_total`).
- A container image, and in `deploy/`: a compose file, a kustomize base with overlays (Redis, ingress with TLS, monitoring), tested
  Prometheus alerts that lead to their entry in the troubleshooting, a Grafana dashboard, and configurations for HAProxy and nginx.

### Changed

- `X-Explain: 1` answers a few lines; what it answered before is at `X-Explain: 2`.
- A refusal because of another change of the resource (`UPSTREAM_BUSY`) is logged at `info`.
- `SHUTDOWN_GRACE_MS` is 15,000 by default, as long as an operation may take; the doctor warns if it is shorter.
- An API key without a role, and a JWT without the scope in `JWT_WRITE_SCOPE`, may only read. Mutations need the role `write`.
- A list that the cloud cuts off ends with its last readable row, with `truncatedAt`, instead of an error.
- An operation that does not run because of its variables is answered with 400.
- Whitelists are read again after a change. If they contradict it, the result is `CONFLICT`.
- A mutation sent again with its key after `INDETERMINATE` reports the current state of whitelists, connections, deletions, names
  and endpoint access.
- A write is not started when there is not enough time left for it.
- A subscription no longer ends with the state from before a change (`SETTLING_LAG_MS`), and ends when the caller's token expires.
- Memory is limited by `MAX_KEPT_BYTES`, `MAX_UPSTREAM_BYTES`, `MAX_UNREAD_BYTES`, `MAX_PENDING_BODY_BYTES` and
  `MAX_RUNNING_COST`; `gateway_held` shows what is used.
- A client that disconnects no longer counts as an error in logs, metrics, traces, breakers or retries.
- Refusals that the graph has a regular answer to have the outcome `answered`, and are logged at `debug`.
- The Redis of the manifests uses TLS.
- A page over many projects costs one call each and the rows of the page, and no longer the first rows of every project. What needs the
  end of a list that is too long is refused by its first total.
- `_entities` and `nodes` are compiled like other queries. A few ids are read from the first rows of their list or one by one, and no
  longer from a page of 1,000 rows; a connection of a cluster by id reads the second page only if the first does not have it.
- `UPSTREAM_CALL_LIMIT` is 500 by default, so that one query can read 200 clusters and 200 services.
- `MAX_VARIABLES_BYTES` is 262,144 by default and `MAX_BODY_BYTES` 327,680, so that a router can send 1,000 connections.
- Subscriptions that join a running poll share its next reads, instead of a read each.
- Known queries run by a plan of the gateway's own, without a code generator; a call to the cloud makes fewer promises, and kept answers
  hold a digest of each response instead of the response. Where answers keep changing, they are not kept.
- The documentation is in `docs/`.
- The tabs of GraphiQL ask for the caller's own resources where a cloud is served; those of the sandbox keep its names.

### Fixed

- An odd value in a response nulls its own field, and no longer the whole list; `gateway_upstream_drift_total` counts it by
  operation and field.
- A refusal that the cloud sends with status 200 is recognised in every format.
- A removal from a whitelist that cannot be read, and a deletion that the cloud refused to show, are no longer reported as done.
- The label of the cloud's own endpoint services is complete.
- `markerId` of a cluster's connection is read from the caller's own endpoint if the endpoint service belongs to another account.
- An error in a variable names the variable and the path in it.
- The page for browsers where GraphiQL is off gives the address of the graph behind a base path and without TLS as well.
- Large requests and answers no longer block other callers for more than 100 ms of CPU time.

### Security

- A gateway on loopback refuses requests for other hosts (421), which protects against DNS rebinding.
- In production, GraphiQL, introspection, explanations and suggestions in error messages are off.
- Cursors have a checksum; one that was altered is refused before any call.
